//! config.toml: its keys, its owner and mode, and which source wins.

mod any_workspace;
mod file;
mod machine;
mod mistakes;
mod which_source;
