//! config.toml: what it may say, whose it has to be, and which source wins.

mod file;
mod mistakes;
mod which_source;
