//! Promise: operations that run at the same time have the effect of running one after the other: no
//! entry, no token and no repository is lost. (migrate_is_safe covers parallel writers of one
//! repository's configuration; scripts/soak repeats its last test for longer.)

use std::fs;
use std::process::{Child, Output};

use crate::support::{Person, with_each_git};

/// Waits for all, and fails the test if one fails.
#[track_caller]
fn all_succeed(children: Vec<Child>) {
    for output in outputs(children) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}

fn outputs(children: Vec<Child>) -> Vec<Output> {
    let waited = children.into_iter().map(Child::wait_with_output);
    waited
        .map(|output| output.expect("the process ends"))
        .collect()
}

/// Starts `git bbt login`, with the token in a file as its input.
fn login(person: &Person, target: &str, token: &str) -> Child {
    let file = person.write(
        format!("tokens/{}", target.replace('/', "+") + &token[20..30]),
        token,
        0o600,
    );
    let command = format!(
        "exec git-bbt login {target} --with-token --no-verify --store file < {}",
        file.display()
    );
    person.run("sh", ["-c", &command]).start()
}

fn token_of(person: &Person, target: &str) -> Option<String> {
    // Read from the file, since output is redacted.
    let name = target.replace('/', "+");
    let file = person.path(format!(".config/git-remote-bbt/{name}.token"));
    let token = fs::read_to_string(file).ok()?;
    let printed = person.run("git-bbt", ["token", target]).ends();
    (printed.status == Some(0)).then(|| token.trim().to_owned())
}

const TARGETS: [&str; 8] = [
    "acme",
    "gears",
    "acme/widgets",
    "acme/gadgets",
    "gears/small",
    "other",
    "last",
    "last/of-all",
];

#[test]
fn parallel_logins_are_all_stored() {
    let person = Person::with_any_git();
    let tokens = TARGETS.map(|target| person.workspace_token(target));
    let pairs = || TARGETS.iter().zip(&tokens);
    all_succeed(
        pairs()
            .map(|(target, token)| login(&person, target, token))
            .collect(),
    );
    for (target, token) in pairs() {
        assert!(
            token_of(&person, target).as_ref() == Some(token),
            "{target} is lost"
        );
    }
}

#[test]
fn parallel_logins_to_one_workspace_store_one_whole_token() {
    let person = Person::with_any_git();
    for _ in 0..5 {
        let tokens: Vec<String> = (0..6).map(|_| person.workspace_token("acme")).collect();
        all_succeed(
            tokens
                .iter()
                .map(|token| login(&person, "acme", token))
                .collect(),
        );
        let is = token_of(&person, "acme").expect("a token is stored");
        assert!(tokens.contains(&is), "it is none of them");
    }
}

#[test]
fn a_logout_in_parallel_removes_only_its_own_entry() {
    let person = Person::with_any_git();
    let tokens = TARGETS.map(|target| person.workspace_token(target));
    for _ in 0..5 {
        let (first, others) = TARGETS.split_first().expect("the list is not empty");
        all_succeed(vec![login(&person, first, &tokens[0])]);
        let mut children: Vec<Child> = vec![person.run("git-bbt", ["logout", first]).start()];
        children.extend(
            others
                .iter()
                .zip(&tokens[1..])
                .map(|(target, token)| login(&person, target, token)),
        );
        all_succeed(children);
        assert_eq!(token_of(&person, first), None);
        for (target, token) in others.iter().zip(&tokens[1..]) {
            assert!(
                token_of(&person, target).as_ref() == Some(token),
                "{target} is lost"
            );
        }
        // A login and a logout of the same target leave an entry with a token, or neither.
        let both = vec![
            login(&person, "other", &tokens[5]),
            person.run("git-bbt", ["logout", "other"]).start(),
        ];
        all_succeed(both);
        let config = fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
        let has_entry = config
            .expect("the file exists")
            .contains("[workspace.other]");
        assert_eq!(token_of(&person, "other").is_some(), has_entry);
        let _ = outputs(vec![login(&person, "other", &tokens[5])]);
    }
}

/// Both walk the same tree. Only a lock that the other one holds may stop a run.
#[test]
fn two_parallel_migrations_convert_everything_once() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let names: Vec<String> = (0..30).map(|at| format!("all/{at}")).collect();
    for name in &names {
        person.origin_by_ssh(name);
    }
    let migrate = || {
        person
            .run("git-bbt", ["migrate", "--recursive", "all"])
            .start()
    };
    for output in outputs((0..4).map(|_| migrate()).collect()) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() || said.contains("it is locked by "),
            "{said}"
        );
    }
    all_succeed(vec![migrate()]);
    for name in &names {
        let config =
            fs::read_to_string(person.path(name).join(".git/config")).expect("the file exists");
        assert_eq!(
            config.matches("url = bbt::acme/widgets").count(),
            1,
            "{config}"
        );
        assert_eq!(config.matches("\tbbtOriginalUrl = ").count(), 1, "{config}");
    }
}

#[test]
fn parallel_clones_fetches_and_pushes_all_succeed() {
    with_each_git(|person| {
        let names: Vec<String> = (0..8).map(|at| format!("acme/r{at}")).collect();
        let token = person.workspace_token("acme");
        let file = person.write("token", &token, 0o600);
        person.configure(&format!(
            "[workspace.acme]\ntoken = {{ command = [\"cat\", \"{}\"] }}\n",
            file.display()
        ));
        names
            .iter()
            .for_each(|name| drop(person.bitbucket.repository(name)));
        let folder = |name: &String| name.split_once('/').expect("two names").1.to_owned();
        // Two git processes in one clone would be in the way of each other.
        let other = |name: &String| format!("{}-too", folder(name));
        let clones = names.iter().flat_map(|name| {
            [folder(name), other(name)].map(|folder| {
                let clone = ["clone", "--quiet", &format!("bbt::{name}"), &folder];
                person.git(clone).start()
            })
        });
        all_succeed(clones.collect());
        names
            .iter()
            .for_each(|name| person.commit(&folder(name), 1000));
        let work = names.iter().flat_map(|name| {
            let push = person.git(["push", "--quiet"]).at(folder(name)).start();
            let fetch = person.git(["fetch", "--quiet"]).at(other(name)).start();
            [push, fetch]
        });
        all_succeed(work.collect());
        for name in &names {
            let ahead = person
                .git(["rev-list", "@{u}..HEAD"])
                .at(folder(name))
                .succeeds();
            assert_eq!(ahead.stdout, "", "{name}");
        }
    });
}
