//! The main job: what people do with a remote works through `bbt::` as it does over https, with no
//! token in it, and costs no request more.

mod clones_and_pushes;
mod requests;
mod tokens;
