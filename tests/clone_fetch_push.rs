//! What people do with a remote works through `bbt::` as over https, with no token in the remote and no
//! extra request.

mod clones_and_pushes;
mod requests;
mod tokens;
