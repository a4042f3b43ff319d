//! The Ansible plays in docs/ansible, with three homes as the three machines.

use std::fs;
use std::path::Path;

use crate::support::{Outcome, Person, missing};

const HOSTS: [&str; 3] = ["one", "two", "three"];

/// Runs a play on all hosts.
fn play(person: &Person, name: &str, words: &[&str]) -> Outcome {
    let top = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ansible");
    let path = format!("{top}/{name}");
    let run = person.run(
        "ansible-playbook",
        ["-i", "hosts", "-e", "@vars.json", &path],
    );
    let mut run = run.arguments(words.iter().copied());
    for (name, value) in [
        ("ANSIBLE_HOME", "ansible"),
        ("ANSIBLE_REMOTE_TMP", "ansible/remote"),
        ("ANSIBLE_LOCAL_TEMP", "ansible/tmp"),
    ] {
        run = run.env(name, person.path(value));
    }
    run.env("LC_ALL", "C.UTF-8")
        .env("ANSIBLE_NOCOLOR", "1")
        .succeeds()
}

/// Asserts that the play changed something on every host, or nothing on any.
fn assert_changes(outcome: &Outcome, is_changed: bool) {
    for host in HOSTS {
        let mut lines = outcome.stdout.lines();
        let recap = lines.find(|line| line.starts_with(host) && line.contains(" changed="));
        let recap = recap.unwrap_or_else(|| panic!("{host}: {outcome}"));
        assert!(recap.contains("failed=0"), "{outcome}");
        assert_eq!(
            !recap.contains("changed=0 "),
            is_changed,
            "{recap}: {outcome}"
        );
    }
}

fn origin(person: &Person, host: &str) -> String {
    let config = person.path(host).join("src/widgets/.git/config");
    let get = [
        "config",
        "--file",
        &config.display().to_string(),
        "remote.origin.url",
    ];
    person.git(get).succeeds().stdout
}

#[test]
fn the_plays_install_migrate_rotate_and_roll_back() {
    let person = Person::with_any_git();
    if !person.has("ansible-playbook") {
        return missing("ansible", "ansible-core");
    }
    person.bitbucket.repository("acme/widgets");
    let mut hosts = String::new();
    for host in HOSTS {
        person.origin_by_ssh(&format!("{host}/src/widgets"));
        person.origin_by_ssh(&format!("{host}/src/other"));
        let url = "git@bitbucket.org:initech/tps.git";
        person
            .git(["remote", "set-url", "origin", url])
            .at(format!("{host}/src/other"))
            .succeeds();
        let home = person.path(host);
        hosts += &format!("{host} ansible_connection=local home={}\n", home.display());
    }
    person.write("hosts", &hosts, 0o600);
    let config = person.configuration("[workspace.acme]\ntoken = { file = \"acme.token\" }\n");
    let programs = Path::new(env!("CARGO_BIN_EXE_git-bbt"))
        .parent()
        .expect("a file has a folder");
    let vars = serde_json::json!({ "config_toml": config, "programs": programs });
    person.write("vars.json", &vars.to_string(), 0o600);
    let before: Vec<String> = HOSTS.iter().map(|host| origin(&person, host)).collect();

    let token = person.workspace_token("acme");
    person.export("BBT_TOKEN_ACME", &token);
    let first = play(&person, "bitbucket.yml", &[]);
    assert_changes(&first, true);
    assert!(
        first
            .stdout
            .contains("no token is configured for initech/tps"),
        "{first}"
    );
    assert!(!first.stdout.contains("<token>"), "{first}");
    assert_changes(&play(&person, "bitbucket.yml", &[]), false);
    let fetch = |host: &str| {
        let run = person.git(["fetch"]).at(format!("{host}/src/widgets"));
        run.env("HOME", person.path(host)).without("BBT_TOKEN_ACME")
    };
    for host in HOSTS {
        assert_eq!(origin(&person, host), "bbt::acme/widgets\n");
        fetch(host).succeeds();
    }

    let new = person.workspace_token("acme");
    person.export("BBT_TOKEN_ACME", &new);
    assert_changes(&play(&person, "bitbucket.yml", &["--tags", "rotate"]), true);
    person.bitbucket.revoke(&token);
    for host in HOSTS {
        fetch(host).succeeds();
    }

    assert_changes(&play(&person, "rollback.yml", &[]), true);
    assert_changes(&play(&person, "rollback.yml", &[]), false);
    for (host, before) in HOSTS.iter().zip(before) {
        assert_eq!(origin(&person, host), before);
        assert!(!person.path(host).join(".local/bin/git-bbt").exists());
        let settings = fs::read_to_string(person.path(host).join(".gitconfig"));
        assert!(!settings.unwrap_or_default().contains("bbt"));
    }
}
