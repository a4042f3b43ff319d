//! One suite per promise or command, through the real programs. All of them are one binary, so
//! that the stand-in is built and linked once: `cargo test <suite>::` runs one.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start git as their users do"
)]

#[allow(
    dead_code,
    reason = "some of it only the example uses, `cargo run --example stand-in`"
)]
mod stand_in;
mod support;

mod stand_in_is_faithful;

mod addresses;
mod api;
mod at_once;
mod bot_email;
mod clone_fetch_push;
mod completions;
mod configuration;
mod credential;
mod doctor;
mod documented;
mod explains_failures;
mod faults;
mod handoff;
mod hostile_input;
mod install;
#[cfg(feature = "keyring")]
mod keyring;
mod leak_hunt;
mod lfs;
mod login;
mod manual;
mod migrate;
mod migrate_is_safe;
mod migrate_origins;
mod network;
mod nothing_outlives_us;
mod package;
mod programs;
mod real_clients;
mod redirects;
mod rotation;
mod setup;
mod sources;
mod status;
mod url;
