//! One suite for each promise or command, run with the real programs. All suites are one binary, so
//! that the stand-in is linked once: `cargo test <suite>::` runs one.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start git as their users do"
)]

mod support;

mod stand_in_is_faithful;

mod addresses;
mod api;
mod architecture;
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
mod fleets;
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
mod recipes;
mod redirects;
mod rotation;
mod setup;
mod sources;
mod status;
mod targets;
mod url;

use bbt_stand_in as stand_in;

/// `cargo test --test bbt -- lfs::` runs all tests with `lfs::` in their names, so no module within
/// another suite may be called `lfs`.
#[test]
fn a_suites_name_selects_no_other_suites_tests() {
    let tests = std::env::current_exe().expect("a test has a program");
    let listed = std::process::Command::new(tests).arg("--list").output();
    let listed = listed.expect("the program can be run").stdout;
    let listed = String::from_utf8(listed).expect("names are UTF-8");
    let names = || {
        listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
    };
    let suites: std::collections::BTreeSet<_> = names()
        .filter_map(|name| name.split_once("::"))
        .map(|(suite, _)| suite)
        .collect();
    assert!(suites.len() > 30, "{suites:?}");
    let mixed: Vec<_> = suites
        .iter()
        .flat_map(|suite| names().map(move |name| (format!("{suite}::"), name)))
        .filter(|(suite, name)| name.contains(suite) && !name.starts_with(suite))
        .collect();
    assert_eq!(mixed, []);
}
