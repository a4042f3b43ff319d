//! Commands of `git bbt` that store, import or print tokens.

use std::fs;

use super::watch::Watched;
use super::{canary, watched_person};

/// A token from a URL is written only to the file that stores it.
#[test]
fn migrate_and_login_write_the_token_only_to_its_store() {
    let Some(person) = watched_person() else {
        return;
    };
    let (token, canary) = canary(&person);
    person.bitbucket.repository("acme/widgets");
    person.git(["init", "--quiet", "one"]).succeeds();
    let url = person.url_with(&token, "acme/widgets");
    let file = person.path("one/.git/config");
    let config = fs::read_to_string(&file).expect("the file exists");
    person.write(
        &file,
        &format!("{config}[remote \"origin\"]\n\turl = {url}\n"),
        0o644,
    );
    let given = person.write("given", &token, 0o600);

    let store = person.path(".config/git-remote-bbt/acme.token");
    let seen = Watched::run(
        &person,
        "git bbt migrate --recursive --dry-run .
         git bbt migrate --import-tokens --store file --verify one
         git -C one fetch
         git bbt migrate --undo one
         git bbt logout acme
         git bbt login --with-token --store file acme < given
         git bbt login --with-token --store file --no-verify acme/widgets < given
         git bbt logout acme/widgets
         git bbt status
         git bbt doctor one",
    );
    let leaks = seen.leaks(&canary, None);
    assert!(
        leaks
            .iter()
            .all(|place| place.contains("/.config/git-remote-bbt/.git-bbt-")),
        "{leaks:?}"
    );
    let kept = [given, store.clone()];
    assert_eq!(canary.files_in(&person.path(""), &kept), [""; 0]);
    assert!(canary.is_in(&fs::read(store).expect("login wrote it")));
    let url = person
        .git(["config", "remote.origin.url"])
        .at("one")
        .succeeds();
    assert!(url.stdout.starts_with("https://x-token-auth@"), "{url}");
}

/// A script would put the token into an argument of curl; this is the alternative.
#[test]
fn a_script_can_use_the_token_without_an_argument() {
    let Some(person) = watched_person() else {
        return;
    };
    let (token, canary) = canary(&person);
    person.bitbucket.repository("acme/widgets");
    person.write("kept", &token, 0o600);
    person.configure("[workspace.acme]\ntoken = { file = \"~/kept\" }\n");
    let seen = Watched::run(
        &person,
        "git bbt token acme | sed 's/^/Authorization: Bearer /' > /dev/null
         git bbt token acme/widgets | cat > /dev/null",
    );
    // sed and cat write the token, as intended.
    let leaks = seen.leaks(&canary, None);
    assert_eq!(leaks, ["write to /dev/null"], "{leaks:?}");
}

/// Not even an unnamed temporary file, which may be written to a disk.
#[test]
fn gits_configuration_is_not_written_to_a_file() {
    let Some(person) = watched_person() else {
        return;
    };
    let (token, canary) = canary(&person);
    // The trace would contain the whole configuration.
    person.export("GIT_TRACE2_CONFIG_PARAMS", "");
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "one"]).succeeds();
    let url = person.url_with(&token, "acme/widgets");
    person.write(
        ".gitconfig",
        &format!("[http]\n\textraHeader = \"Authorization: Bearer {token}\"\n"),
        0o600,
    );
    let remote = format!("[remote \"origin\"]\n\turl = {url}\n");
    person.write("one/.git/more", &remote, 0o600);
    let include = ["config", "include.path", "more"];
    person.git(include).at("one").succeeds();
    let seen = Watched::run(
        &person,
        "git bbt setup --dry-run acme
         git bbt migrate --dry-run one
         git bbt doctor one
         git bbt status --check acme",
    );
    assert!(seen.crossings(&canary) > 3, "git passes no token to us");
    assert_eq!(seen.leaks(&canary, None), [""; 0]);
}
