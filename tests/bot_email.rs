//! The bot's e-mail from config.toml is a clone's `user.email`, unless the clone has one.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::{Person, with_each_git};

const BOT: &str = "52c16467c5f19101ff2061cc@bots.bitbucket.org";

fn set(person: &Person, email: &str) {
    let email = match email {
        "" => String::new(),
        email => format!("email = \"{email}\"\n"),
    };
    person.configure(&format!("[workspace.acme]\n{email}"));
}

/// Runs `test` for a person with a token, an e-mail of their own, and the e-mail of a bot in
/// config.toml.
fn with_bot(test: impl Fn(&Person)) {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("gears/small");
        person.signed_in_to("acme");
        person.signed_in_to("gears");
        let own = ["config", "--global", "user.email", "me@example.com"];
        person.git(own).succeeds();
        set(person, BOT);
        test(person);
    });
}

fn git(person: &Person, words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let folder = if words[0] == "clone" || words[0] == "init" {
        ""
    } else {
        "widgets"
    };
    let outcome = person.git(words).at(folder).ends();
    outcome.stdout.trim_end().to_owned()
}

fn email(person: &Person) -> String {
    git(person, "config user.email")
}

#[test]
fn a_clone_commits_as_the_bot_and_follows_config_toml() {
    with_bot(|person| {
        person.clone("acme/widgets");
        git(person, "commit --quiet --allow-empty -m first");
        assert_eq!(git(person, "log -1 --format=%ae"), BOT);
        assert_eq!(git(person, "config --local bbt.email"), BOT);

        let before = fs::read(person.path("widgets/.git/config")).expect("the clone exists");
        git(person, "fetch");
        let after = fs::read(person.path("widgets/.git/config")).expect("the clone exists");
        assert!(before == after, "a fetch changed the configuration");

        set(person, "other@bots.bitbucket.org");
        git(person, "fetch");
        assert_eq!(email(person), "other@bots.bitbucket.org");
        set(person, "");
        git(person, "fetch");
        assert_eq!(email(person), "me@example.com");

        // An e-mail that the user sets or removes is not changed.
        set(person, BOT);
        git(person, "fetch");
        git(person, "config user.email theirs@example.com");
        set(person, "other@bots.bitbucket.org");
        git(person, "fetch");
        assert_eq!(email(person), "theirs@example.com");
        git(person, "config --unset user.email");
        git(person, "fetch");
        assert_eq!(email(person), "me@example.com");
    });
}

#[test]
fn an_email_of_the_clones_own_stays() {
    with_bot(|person| {
        git(
            person,
            "clone --quiet -c user.email=own@example.com bbt::acme/widgets",
        );
        git(person, "fetch");
        assert_eq!(email(person), "own@example.com");
        git(person, "config --unset user.email");
        person.write(
            "widgets/.git/more",
            "[user]\n\temail = more@example.com\n",
            0o644,
        );
        git(person, "config include.path more");
        git(person, "fetch");
        assert_eq!(email(person), "more@example.com");
    });
}

#[test]
fn origin_or_the_only_remote_decides() {
    with_bot(|person| {
        git(person, "clone --quiet -o upstream bbt::acme/widgets");
        assert_eq!(email(person), BOT);
        fs::remove_dir_all(person.path("widgets")).expect("HOME is writable");

        set(person, "");
        person.clone("acme/widgets");
        let gears = format!("[workspace.gears]\nemail = \"{BOT}\"\n");
        person.configure(&gears);
        git(person, "remote add gears bbt::gears/small");
        git(person, "fetch gears");
        git(person, "fetch bbt::gears/small");
        assert_eq!(email(person), "me@example.com");
    });
}

#[test]
fn a_first_contact_starts_one_process() {
    with_bot(|person| {
        let starts = |email: &str| {
            set(person, email);
            let _ = fs::remove_dir_all(person.path("widgets"));
            git(person, "init --quiet widgets");
            git(person, "remote add origin bbt::acme/widgets");
            ["fetch"; 2].map(|fetch| {
                let trace = person.write("trace", "", 0o644);
                let fetch = person.git([fetch]).at("widgets");
                fetch.env("GIT_TRACE", &trace).succeeds();
                let trace = fs::read_to_string(trace).expect("the file exists");
                let asked = trace.matches(" built-in: git config").count();
                // Not counted: since git_url is another host, git is asked whether a header would
                // clash.
                asked - trace.matches("extraheader").count()
            })
        };
        assert_eq!(starts(BOT), [1, 0]);
        person.turns_lfs_off();
        assert_eq!(git(person, "config --local user.email"), BOT);
    });
}

#[test]
fn the_edit_keeps_the_file_as_git_does() {
    with_bot(|person| {
        for end in ["", "\n", "\\\n", "\\"] {
            let _ = fs::remove_dir_all(person.path("widgets"));
            git(person, "init --quiet widgets");
            let config = person.path("widgets/.git/config");
            let text = fs::read_to_string(&config).expect("the file exists")
                + "[remote \"origin\"]\n\turl = bbt::acme/widgets\n[test]\n\tvalue = last"
                + end;
            // A symbolic link is followed, as git does.
            let real = person.write("widgets/.git/real", &text, 0o640);
            fs::remove_file(&config).expect("HOME is writable");
            symlink("real", &config).expect("HOME is writable");
            git(person, "fetch");
            assert_eq!(email(person), BOT, "{end:?}");
            assert_eq!(git(person, "config test.value"), "last", "{end:?}");
            let metadata = fs::metadata(&real).expect("the file exists");
            assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
            let link = fs::symlink_metadata(&config).expect("the file exists");
            assert!(link.is_symlink(), "the link is gone");
            assert!(!person.path("widgets/.git/real.lock").exists());
        }
    });
}

#[test]
fn an_email_in_another_file_of_the_clone_is_looked_up_once() {
    with_bot(|person| {
        for file in ["config.worktree", "more"] {
            let _ = fs::remove_dir_all(person.path("widgets"));
            git(person, "init --quiet widgets");
            git(person, "remote add origin bbt::acme/widgets");
            let own = "[user]\n\temail = own@example.com\n";
            person.write(format!("widgets/.git/{file}"), own, 0o644);
            match file {
                "more" => git(person, "config include.path more"),
                _ => git(person, "config extensions.worktreeConfig true"),
            };
            person.turns_lfs_off();
            git(person, "fetch");
            let trace = person.write("trace", "", 0o644);
            let fetch = person.git(["fetch"]).at("widgets");
            fetch.env("GIT_TRACE", &trace).succeeds();
            let trace = fs::read_to_string(trace).expect("the file exists");
            assert!(!trace.contains("--show-scope"), "{file}: {trace}");
            assert_eq!(email(person), "own@example.com");
            set(person, "other@bots.bitbucket.org");
            git(person, "fetch");
            assert_eq!(email(person), "own@example.com");
            set(person, BOT);
        }
        // A linked work tree without an e-mail of its own.
        let _ = fs::remove_dir_all(person.path("widgets"));
        person.clone("acme/widgets");
        git(person, "config --unset bbt.email");
        git(person, "config --unset user.email");
        git(person, "config extensions.worktreeConfig true");
        git(person, "config --worktree user.email own@example.com");
        git(person, "fetch");
        git(person, "worktree add --quiet ../second");
        // git copied the setting to the new work tree.
        git(person, "-C ../second config --worktree --unset user.email");
        git(person, "-C ../second fetch");
        assert_eq!(git(person, "-C ../second config user.email"), BOT);
        assert_eq!(email(person), "own@example.com");
    });
}
