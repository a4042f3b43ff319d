//! config.toml: what it may say, whose it has to be, and which source wins.

mod any_workspace;
mod file;
mod machine;
mod mistakes;
mod which_source;
