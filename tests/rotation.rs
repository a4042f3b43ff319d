//! A token is replaced in its source, and every clone works without a change.

use std::fs;
use std::path::Path;

use crate::support::{Outcome, Person, with_each_git};

/// The number of clones for each kind of source.
const CLONES: usize = 3;

/// Rotates the token in a source, which `put` writes to, and checks the clones.
fn rotates(person: &Person, source: &str, put: impl Fn(&str)) {
    person.bitbucket.repository("acme/widgets");
    let old = person.workspace_token("acme");
    put(&old);
    let names: Vec<String> = (0..CLONES).map(|number| format!("c{number}")).collect();
    for name in &names {
        let clone = ["clone", "--quiet", "bbt::acme/widgets", name];
        person.git(clone).succeeds();
    }
    let before = configurations(person, &names);

    // As recommended: the new token replaces the old one, which is then revoked.
    let new = person.workspace_token("acme");
    put(&new);
    works(person, &names, 1);
    person.bitbucket.revoke(&old);
    works(person, &names, 2);

    // As it happens: the token is revoked or expires, and later there is a new one.
    person.bitbucket.revoke(&new);
    let refused = person.git(["fetch"]).at(&names[0]).fails(128);
    refused
        .says("rejected the token for acme/widgets from ")
        .says(source);
    let newer = person.workspace_token("acme");
    put(&newer);
    works(person, &names, 3);

    assert_eq!(configurations(person, &names), before);
    for token in [&old, &new, &newer] {
        let found = person.run("grep", ["-rlF", "-e", token, &names[0]]).ends();
        assert_eq!(found.status, Some(1), "{found}");
    }
}

/// Fetches in each clone, and pushes a new commit from one in each round.
fn works(person: &Person, names: &[String], round: usize) {
    for name in names {
        person.git(["fetch", "--quiet"]).at(name).succeeds();
    }
    let name = &names[round % names.len()];
    person.commit(name, round);
    let branch = format!("HEAD:refs/heads/round-{round}");
    let push = ["push", "--quiet", "origin", &branch];
    person.git(push).at(name).succeeds();
}

fn configurations(person: &Person, names: &[String]) -> Vec<String> {
    let config = |name| person.path(name).join(".git/config");
    let read = |name| fs::read_to_string(config(name)).expect("the clone exists");
    names.iter().map(read).collect()
}

/// Logs in with this token and store.
fn login(person: &Person, store: &str, token: &str) -> Outcome {
    let login = ["login", "acme", "--with-token", "--store", store];
    person.run("git-bbt", login).input(token).succeeds()
}

#[test]
fn a_token_in_a_variable_can_be_replaced() {
    with_each_git(|person| {
        rotates(person, "BBT_TOKEN_ACME", |token| {
            person.export("BBT_TOKEN_ACME", token)
        });
    });
}

#[test]
fn a_token_in_a_file_can_be_replaced() {
    with_each_git(|person| {
        person.configure("[workspace.acme]\ntoken = { file = \"the.token\" }\n");
        rotates(person, "workspace.acme", |token| {
            person.write(
                ".config/git-remote-bbt/the.token",
                &format!("{token}\n"),
                0o600,
            );
        });
    });
}

/// Kubernetes replaces a mounted secret in this way: the file is a link into a folder that is a link
/// itself.
#[test]
fn a_token_in_a_mounted_secret_can_be_replaced() {
    with_each_git(|person| {
        let mount = person.path("mount");
        let text = format!(
            "[workspace.acme]\ntoken = {{ file = \"{}\" }}\n",
            mount.join("acme").display()
        );
        person.configure(&text);
        let number = std::cell::Cell::new(0);
        rotates(person, "workspace.acme", |token| {
            number.set(number.get() + 1);
            let folder = format!("..{}", number.get());
            person.write(mount.join(&folder).join("acme"), token, 0o644);
            replace_link(&mount.join("..data"), Path::new(&folder));
            if number.get() == 1 {
                replace_link(&mount.join("acme"), Path::new("..data/acme"));
            }
        });
    });
}

fn replace_link(link: &Path, to: &Path) {
    let new = link.with_file_name("new");
    std::os::unix::fs::symlink(to, &new).expect("HOME is writable");
    fs::rename(new, link).expect("HOME is writable");
}

#[test]
fn a_token_that_a_command_prints_can_be_replaced() {
    with_each_git(|person| {
        person.configure("[workspace.acme]\ntoken = { command = [\"./vault\"] }\n");
        rotates(person, "workspace.acme", |token| {
            let script = format!("#!/bin/sh\necho '{token}'\n");
            person.write(".config/git-remote-bbt/vault", &script, 0o755);
        });
    });
}

#[test]
fn a_token_in_config_toml_can_be_replaced() {
    with_each_git(|person| {
        rotates(person, "workspace.acme", |token| {
            person.configure(&format!(
                "[workspace.acme]\ntoken = {{ value = \"{token}\" }}\n"
            ));
        });
    });
}

#[test]
fn a_token_can_be_replaced_by_login() {
    with_each_git(|person| {
        rotates(person, "workspace.acme", |token| {
            login(person, "file", token);
        });
    });
}

#[cfg(feature = "keyring")]
#[test]
fn a_token_in_the_keyring_can_be_replaced() {
    with_each_git(|person| {
        let Some(_session) = crate::support::Session::start(person) else {
            return;
        };
        rotates(person, "workspace.acme", |token| {
            login(person, "keyring", token);
        });
    });
}

/// Twenty clones, or as many as `BBT_TEST_CLONES` says: a thousand take some minutes.
#[test]
fn many_clones_use_the_new_token() {
    let many = std::env::var("BBT_TEST_CLONES").map_or(20, |many| many.parse().expect("a number"));
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let old = person.workspace_token("acme");
    login(&person, "file", &old);
    person.clone("acme/widgets");
    let names: Vec<String> = (0..many).map(|number| format!("c{number}")).collect();
    for name in &names {
        person.run("cp", ["-R", "widgets", name]).succeeds();
    }
    let before = configurations(&person, &names);
    let new = person.workspace_token("acme");
    person.bitbucket.revoke(&old);
    person.git(["fetch"]).at("c0").fails(128);
    login(&person, "file", &new);
    for name in &names {
        person.git(["fetch", "--quiet"]).at(name).succeeds();
    }
    assert_eq!(configurations(&person, &names), before);
}
