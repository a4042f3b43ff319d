//! The recipes in docs/recipes.md, each run as it is written, with the real programs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[cfg(feature = "keyring")]
use crate::support::Session;
use crate::support::{Person, missing};

/// Returns the blocks of a language below a heading of docs/recipes.md.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recipes.md");
    let page = fs::read_to_string(page).expect("the file is text");
    let (_, section) = page.split_once(&format!("# {heading}\n")).expect(heading);
    let section = section.split("\n#").next().expect("the section has text");
    let start = format!("```{language}\n");
    let blocks = section.split(&start).skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

/// Returns a person with these programs; `None` if this machine lacks one.
#[track_caller]
fn person_with(part: &str, programs: &[&str]) -> Option<Person> {
    let person = Person::with_any_git();
    for program in programs {
        if !person.has(program) {
            missing(part, program);
            return None;
        }
    }
    person.bitbucket.repository("acme/widgets");
    Some(person)
}

/// Stores the token as the recipe says, and clones with its configuration. `more` follows the token on
/// stdin.
fn works(person: &Person, heading: &str, more: &str) {
    let token = person.workspace_token("acme");
    for commands in blocks(heading, "sh") {
        let input = format!("{token}\n{more}");
        let run = person.run("sh", ["-euc", &commands]).input(input);
        run.succeeds();
    }
    let config = blocks(heading, "toml").concat();
    person.configure(&config.replace("https://bitbucket.org", person.bitbucket.url()));
    person.clone("acme/widgets");
}

#[test]
fn a_token_in_pass() {
    let Some(person) = person_with("pass", &["pass", "gpg"]) else {
        return;
    };
    let key = "gpg --batch --quiet --passphrase '' --quick-generate-key acme && pass init acme";
    person.run("sh", ["-c", key]).succeeds();
    works(&person, "pass", "login: x-token-auth\n");
    person.run("gpgconf", ["--kill", "all"]).succeeds();
}

#[test]
fn a_token_that_age_encrypted() {
    if let Some(person) = person_with("age", &["age"]) {
        works(&person, "age", "");
    }
}

#[test]
fn a_credential_of_a_service() {
    let Some(person) = person_with("systemd-creds", &["systemd-creds"]) else {
        return;
    };
    let token = person.workspace_token("acme");
    let file = person.write("credentials/acme", &token, 0o400);
    let folder = file.parent().expect("a file has a folder");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).expect("HOME is writable");
    person.export("CREDENTIALS_DIRECTORY", folder);
    works(&person, "systemd-creds", "");
}

#[test]
fn a_token_in_keepassxc() {
    if let Some(person) = person_with("keepassxc", &["keepassxc-cli"]) {
        works(&person, "KeePassXC", "");
    }
}

#[cfg(feature = "keyring")]
#[test]
fn a_token_that_secret_tool_stored() {
    let person = Person::with_any_git();
    if let Some(_session) = Session::start(&person) {
        person.bitbucket.repository("acme/widgets");
        works(&person, "secret-tool", "");
    }
}

#[test]
fn a_token_of_an_oauth_consumer() {
    let Some(person) = person_with("jq", &["jq"]) else {
        return;
    };
    if !person.has("curl") {
        return missing("curl", "curl");
    }
    let (key, secret) = person.bitbucket.oauth_consumer("acme");
    let secret = person.remember(secret);
    let file = ".config/git-remote-bbt/acme.curl";
    person.write(file, &format!("user = \"{key}:{secret}\"\n"), 0o600);
    person.export("CURL_CA_BUNDLE", person.path("trusted.pem"));
    works(&person, "Without a Premium plan", "");

    person.write(file, &format!("user = \"{key}:wrong\"\n"), 0o600);
    let outcome = person.git(["fetch"]).at("widgets").fails(128);
    outcome.says("error: no token for acme/widgets: the command sh ");
}

#[test]
fn a_whole_workspace_is_cloned_and_fetched() {
    let Some(person) = person_with("jq", &["jq"]) else {
        return;
    };
    let names = ["gadgets", "parts", "tools", "widgets"];
    for name in names {
        person.bitbucket.repository(&format!("acme/{name}"));
    }
    person.bitbucket.repository("other/one");
    person.signed_in_to("acme");
    let commands = blocks("A whole workspace at once", "sh");
    let [clone, fetch, find] = &commands[..] else {
        panic!("there are three");
    };
    fs::create_dir(person.path("work")).expect("HOME is writable");
    let run = |commands: &str| person.run("sh", ["-euc", commands]).at("work").succeeds();
    run(clone);
    for name in names {
        assert!(person.path(format!("work/{name}/.git")).exists(), "{name}");
    }
    person.bitbucket.take_requests();
    run(fetch);
    let fetched = person.requests();
    let of_fetches = fetched.iter().filter(|line| line.contains("info/refs"));
    assert!(of_fetches.count() >= names.len(), "{fetched:?}");

    assert_eq!(run(find).stdout, "");
    fs::remove_dir_all(person.path("work/parts")).expect("HOME is writable");
    assert_eq!(run(find).stdout, "acme/parts\n");
}
