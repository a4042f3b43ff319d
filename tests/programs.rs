//! The help of the programs, their errors, and their dependencies.

use std::process::Command;

use expect_test::expect;

use crate::support::{Person, missing, terminal};

#[test]
fn without_git_they_print_help_or_an_error() {
    let person = Person::with_any_git();
    for program in ["git-remote-bbt", "git-credential-bbt"] {
        let version = person.run(program, ["--version"]).succeeds();
        assert_eq!(
            version.stdout,
            format!("{program} {}\n", env!("CARGO_PKG_VERSION"))
        );
        let help = person.run(program, ["--help"]).succeeds().stdout;
        assert!(help.starts_with(program), "{help}");
        assert_eq!(person.run(program, []).succeeds().stdout, help);
        assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    }
    let mut said = String::new();
    for arguments in [
        &["origin"][..],
        &["a", "b", "c"],
        &["--credential", "a", "b", "c"],
    ] {
        said += &person
            .run("git-remote-bbt", arguments.iter().copied())
            .fails(128)
            .stderr;
    }
    said += &person
        .run("git-credential-bbt", ["get", "more"])
        .fails(128)
        .stderr;
    expect![[r#"
        error: remote "origin" has no url
        hint: git config remote.origin.url bbt::<workspace>/<repository>
        error: git runs this with a remote and an address, not with so many arguments
        hint: see git-remote-bbt --help
        error: git runs this with a remote and an address, not with so many arguments
        hint: see git-remote-bbt --help
        error: git runs this with one argument: get, store or erase
        hint: see git-credential-bbt --help
    "#]]
    .assert_eq(&said);
}

/// The hot path links no HTTP client and no async runtime.
#[test]
fn the_helpers_contain_no_http_client() {
    holds_no_http_client(&[]);
    holds_no_http_client(&["--features=keyring,vendored-libdbus"]);
}

fn holds_no_http_client(features: &[&str]) {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
            "--no-default-features",
        ])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there");
    let tree = String::from_utf8(tree.stdout).expect("cargo prints UTF-8");
    assert!(
        tree.contains("secrecy "),
        "the dependencies are listed: {tree}"
    );
    for unwanted in [
        "reqwest",
        "hyper",
        "curl",
        "ureq",
        "tokio",
        "async-std",
        "smol",
        "rustls",
        "native-tls",
    ] {
        assert!(
            !tree
                .lines()
                .any(|line| line.starts_with(&format!("{unwanted} "))),
            "{unwanted} in:\n{tree}"
        );
    }
}

/// Users rely on `rust-version` before they build.
#[test]
fn no_dependency_needs_a_newer_rust_than_we_do() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there");
    if !metadata.status.success() {
        return missing("all-crates", "crates of other systems: cargo fetch");
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("the packages are listed");
    let number = |version: &str| -> Vec<u32> {
        let mut parts: Vec<u32> = version
            .split('.')
            .map(|part| part.parse().expect("a number"))
            .collect();
        parts.resize(3, 0);
        parts
    };
    let ours = number(env!("CARGO_PKG_RUST_VERSION"));
    let newer: Vec<_> = packages
        .iter()
        .filter_map(|package| Some((&package["name"], package["rust_version"].as_str()?)))
        .filter(|(_, version)| number(version) > ours)
        .collect();
    assert!(packages.len() > 100);
    assert!(newer.is_empty(), "{newer:?}");
}

#[test]
fn errors_and_hints_have_colours_at_a_terminal() {
    let Some(person) = terminal::person() else {
        return;
    };
    person.export("TERM", "xterm");
    let shown = || terminal::dialogue(&person, "git bbt url", &[]).0;
    let coloured =
        "\x1b[1;31merror:\x1b[0m no remote here is on Bitbucket\r\n\x1b[36mhint:\x1b[0m ";
    assert!(shown().starts_with(coloured), "{:?}", shown());
    person.export("NO_COLOR", "1");
    assert!(
        shown().starts_with("error: no remote here"),
        "{:?}",
        shown()
    );
    let redirected = person.run("git-bbt", ["url"]).fails(1);
    assert!(!redirected.stderr.contains('\x1b'), "{redirected}");
}
