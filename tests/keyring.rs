//! Tokens in the platform's keyring, with a real one.

use crate::support::{Outcome, Person, Session, with_each_git};

const KEYRING: &str = "[workspace.acme]\ntoken = { keyring = true }\n";

/// Runs git ls-remote for acme/widgets, which must fail.
fn fails(person: &Person) -> Outcome {
    person.git(["ls-remote", "bbt::acme/widgets"]).fails(128)
}

#[test]
fn a_token_in_the_keyring_works() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("acme/infra-dns");
        let token = person.workspace_token("acme");
        let Some(session) = Session::start(person) else {
            return;
        };
        session.store("acme", &token);
        session.store("acme/infra-*", &token);
        person.configure("[workspace.Acme]\ntoken = { keyring = true }\n");
        person.clone("acme/widgets");
        person.configure("[workspace.acme.repository.\"Infra-*\"]\ntoken = { keyring = true }\n");
        person.clone("acme/infra-dns");
        assert!(!session.has_prompted());
    });
}

#[test]
fn a_missing_item_is_reported_before_git_starts() {
    let person = Person::with_any_git();
    let Some(_session) = Session::start(&person) else {
        return;
    };
    person.configure(KEYRING);
    fails(&person)
        .says("error: no token for acme/widgets: the keyring has no item for acme\n")
        .says("hint: store it: git bbt login acme\n");
    person.configure("[workspace.acme.repository.\"wid*\"]\ntoken = { keyring = true }\n");
    fails(&person).says("hint: store it: git bbt login 'acme/wid*'\n");
    assert!(person.requests().is_empty());
}

#[test]
fn a_locked_keyring_neither_prompts_nor_blocks() {
    let person = Person::with_any_git();
    let token = person.workspace_token("acme");
    let Some(session) = Session::start(&person) else {
        return;
    };
    session.store("acme", &token);
    session.lock();
    person.configure(KEYRING);
    fails(&person)
        .says("error: no token for acme/widgets: the keyring is locked\n")
        .says("hint: unlock it: ");
    assert!(!session.has_prompted());
}

/// A keyring that ends with the session would lose its items.
#[test]
fn the_keyring_of_the_session_is_not_used() {
    let person = Person::with_any_git();
    let Some(session) = Session::start(&person) else {
        return;
    };
    session.make_default("session");
    session.store("acme", &person.workspace_token("acme"));
    person.configure(KEYRING);
    fails(&person).says("error: no token for acme/widgets: no default keyring exists\n");
}

#[test]
fn without_a_session_the_error_is_immediate_and_no_bus_is_started() {
    let person = Person::with_any_git();
    person.write("bin/dbus-launch", "#!/bin/sh\ntouch ~/launched\n", 0o755);
    person.export("DISPLAY", ":99");
    person.configure(KEYRING);
    fails(&person)
        .says("no keyring: this session has no D-Bus")
        .says("hint: without a keyring, use another source in config.toml");
    assert!(!person.path("launched").exists());
}

/// A bus that accepts every connection and does not respond.
#[test]
fn a_keyring_that_does_not_respond_times_out() {
    let person = Person::with_any_git();
    let socket = person.path("silent");
    let _bus = std::os::unix::net::UnixListener::bind(&socket).expect("HOME is writable");
    let address = format!("unix:path={}", socket.display());
    person.export("DBUS_SESSION_BUS_ADDRESS", address);
    person.configure(KEYRING);
    fails(&person)
        .says("error: no token for acme/widgets: the keyring did not answer within 3 s\n")
        .says("hint: without a keyring, use another source in config.toml");
}

#[test]
fn a_variable_comes_before_the_keyring() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    // Connections to this bus fail.
    person.export("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    person.configure(KEYRING);
    person.clone("acme/widgets");
    let without = person.git(["ls-remote", "bbt::acme/widgets"]);
    let outcome = without.without("BBT_TOKEN_ACME").fails(128);
    outcome.says("no keyring answers");
}

#[test]
fn login_and_logout_use_an_available_keyring() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let Some(session) = Session::start(person) else {
            return;
        };
        let config = || std::fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
        let before = config().expect("the file exists");
        let old = person.workspace_token("acme");
        for token in [&old, &person.workspace_token("acme")] {
            let login = person.run("git-bbt", ["login", "acme", "--with-token"]);
            let signed_in = login.input(token.as_str()).succeeds();
            assert!(
                signed_in
                    .stdout
                    .contains("Stored the token for acme in the keyring and added"),
                "{signed_in}"
            );
        }
        person.bitbucket.revoke(&old);
        let text = config().expect("the file exists");
        assert_eq!(
            text,
            format!("{before}\n[workspace.acme]\ntoken = {{ keyring = true }}\n")
        );
        person.clone("acme/widgets");

        let out = person.run("git-bbt", ["logout", "acme"]).succeeds();
        assert!(
            out.stdout
                .starts_with("Removed the token for acme from the keyring and "),
            "{out}"
        );
        assert_eq!(config().expect("the file exists"), before);
        person.configure(KEYRING);
        fails(person).says("the keyring has no item for acme");

        // A login to another store leaves no item in this one.
        for store in ["keyring", "file"] {
            let login = person.run(
                "git-bbt",
                [
                    "login",
                    "acme",
                    "--no-verify",
                    "--with-token",
                    "--store",
                    store,
                ],
            );
            login.input(old.as_str()).succeeds();
        }
        person.configure(KEYRING);
        fails(person).says("the keyring has no item for acme");

        session.lock();
        let login = person.run("git-bbt", ["login", "acme", "--no-verify", "--with-token"]);
        let fallen_back = login.input(old.as_str()).succeeds();
        assert!(
            fallen_back
                .stdout
                .contains("config.toml.\n(the keyring is locked)\n"),
            "{fallen_back}"
        );
        let login = person.run(
            "git-bbt",
            [
                "login",
                "other",
                "--no-verify",
                "--with-token",
                "--store",
                "keyring",
            ],
        );
        login
            .input(old.as_str())
            .fails(1)
            .says("error: the keyring is locked");
        assert!(!config().expect("the file exists").contains("other"));
        assert!(!session.has_prompted());
    });
}
