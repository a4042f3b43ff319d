//! Every git operation, with a token from each source, when it succeeds and when it fails.

use std::fs;
use std::path::PathBuf;

use super::{Canary, Watched, canary, watched_person};
use crate::stand_in::{Grant, Redirect, Switches};
use crate::support::{Person, Session, gits, missing};

/// A source: its name, its entry in config.toml, and the variable or the files that hold the token.
struct Source {
    name: &'static str,
    config: &'static str,
    variable: Option<&'static str>,
    files: &'static [&'static str],
}

const CONFIG: &str = ".config/git-remote-bbt/config.toml";

const SOURCES: [Source; 5] = [
    Source {
        name: "BBT_TOKEN_ACME",
        config: "",
        variable: Some("BBT_TOKEN_ACME"),
        files: &[],
    },
    Source {
        name: "env",
        config: "[workspace.acme]\ntoken = { env = \"MINE\" }\n",
        variable: Some("MINE"),
        files: &[],
    },
    Source {
        name: "file",
        config: "[workspace.acme]\ntoken = { file = \"~/kept/acme\" }\n",
        variable: None,
        files: &["kept/acme"],
    },
    Source {
        name: "command",
        config: "[workspace.acme]\ntoken = { command = [\"cat\", \"../../kept/acme\"] }\n",
        variable: None,
        files: &["kept/acme"],
    },
    Source {
        name: "value",
        config: "[workspace.acme]\ntoken = { value = \"TOKEN\" }\n",
        variable: None,
        files: &[CONFIG],
    },
];

impl Source {
    /// Puts the token into the source; returns its assignment in the environment, and the files that
    /// hold it.
    fn keep(&self, person: &Person, token: &str) -> (Option<String>, Vec<PathBuf>) {
        person.configure(&self.config.replace("TOKEN", token));
        if self.files == ["kept/acme"] {
            person.write("kept/acme", token, 0o600);
        }
        if let Some(name) = self.variable {
            person.export(name, token);
        }
        let given = self.variable.map(|name| format!("{name}={token}"));
        (
            given,
            self.files.iter().map(|file| person.path(file)).collect(),
        )
    }
}

/// Everything that people do with git, and that git does with us.
const WORK: &str = "
git config --global user.name Me
git bbt setup acme
git clone bbt::acme/widgets one
cd one
git commit --allow-empty -m one
git push
git fetch
git pull --rebase
git ls-remote
git submodule add ../parts
git commit -m parts
git push
cd ..
git clone --recurse-submodules --depth 1 bbt://acme/widgets two
git -C two fetch --unshallow
git clone --mirror bbt::acme/widgets three
git clone --filter=blob:none bbt::acme/widgets four
git bbt doctor acme/widgets
git bbt status --check
git bbt api repositories/acme/widgets
git -C one bbt url
git bbt migrate one
";

/// The same with git-lfs, if it is installed.
const LFS: &str = "
git lfs install --skip-repo
git clone bbt::acme/parts five
cd five
git lfs track '*.bin'
head -c 3000 /dev/urandom > it.bin
git add .
git commit -m it
git push
cd ..
git clone bbt::acme/parts six
git -C six lfs pull
";

/// Commands that fail.
const IN_VAIN: &str = "
git ls-remote bbt::acme/widgets
git clone bbt::acme/widgets not
git -C one commit --allow-empty -m more
git -C one push
git -C five lfs push --all origin
git bbt doctor acme/widgets
git bbt status --check
git bbt api repositories/acme/widgets
";

/// A change of the stand-in's switches.
type Change<'c> = &'c dyn Fn(&mut Switches);

fn hunt(
    person: &Person,
    source: &str,
    token: &str,
    canary: &Canary,
    given: Option<&str>,
    kept: &[PathBuf],
) {
    for repository in ["acme/widgets", "acme/parts"] {
        person.bitbucket.repository(repository);
    }
    if !person.has("git-lfs") {
        missing("git-lfs", "git-lfs");
    }
    let check = |script: &str, what: &str| {
        let seen = Watched::run(person, script);
        assert_eq!(seen.leaks(canary, given), [""; 0], "{source}: {what}");
        let files = canary.files_in(&person.path(""), kept);
        assert_eq!(files, [""; 0], "{source}: {what}");
        seen
    };

    let seen = check(&format!("{WORK}{LFS}"), "well");
    let made = ["one/.git", "two/parts/README.md", "three/HEAD", "four/.git"];
    for made in made {
        assert!(person.path(made).exists(), "{made} was not made");
    }
    // The helper's answer to git, and what git passes to its own programs.
    assert!(seen.crossings(canary) >= 10, "the token went nowhere");
    assert!(seen.has("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE"));
    assert!(seen.has("RLIMIT_CORE, {rlim_cur=1,"));

    // Failures of the server do not depend on the source.
    if source == "file" {
        let well = Switches::default();
        let redirect = Redirect {
            to: "https://localhost:1".to_owned(),
            status: 302,
        };
        let moods: [(&str, Change); 5] = [
            ("a redirect", &|s| s.redirect_get = Some(redirect.clone())),
            ("429", &|s| s.rate_limited = true),
            ("500", &|s| s.fail_with = Some((500, "Oops".to_owned()))),
            ("a cut connection", &|s| s.drop_connection = true),
            ("HTTP/1.1", &|s| s.http2 = false),
        ];
        for (what, change) in moods {
            person.bitbucket.switches(|s| {
                *s = well.clone();
                change(s);
            });
            check(IN_VAIN, what);
        }
        person.bitbucket.switches(|s| *s = well.clone());
    }
    person.bitbucket.revoke(token);
    check(IN_VAIN, "a dead token");
}

fn from_each_source(git: usize) {
    let gits = gits();
    let Some(git) = gits.get(git) else {
        return;
    };
    for source in SOURCES {
        let Some(person) = watched_person(git) else {
            return;
        };
        let (token, canary) = canary(&person);
        let (given, kept) = source.keep(&person, &token);
        hunt(
            &person,
            source.name,
            &token,
            &canary,
            given.as_deref(),
            &kept,
        );
    }
}

#[test]
fn nothing_leaks_from_any_source() {
    from_each_source(0);
}

#[test]
fn nothing_leaks_with_the_other_git() {
    from_each_source(1);
}

#[test]
fn nothing_leaks_from_the_keyring() {
    let Some(person) = watched_person(&gits()[0]) else {
        return;
    };
    let (token, canary) = canary(&person);
    let Some(session) = Session::start(&person) else {
        return;
    };
    session.store("acme", &token);
    person.configure("[workspace.acme]\ntoken = { keyring = true }\n");
    hunt(&person, "keyring", &token, &canary, None, &[]);
}

/// A token that can read but not push gets other responses.
#[test]
fn nothing_leaks_if_a_scope_is_missing() {
    let Some(person) = watched_person(&gits()[0]) else {
        return;
    };
    let token = person.token(Grant::workspace("acme").scopes(["repository"]));
    let canary = Canary::of(&token);
    let (given, kept) = SOURCES[2].keep(&person, &token);
    person.bitbucket.repository("acme/widgets");
    let seen = Watched::run(&person, WORK);
    assert_eq!(seen.leaks(&canary, given.as_deref()), [""; 0]);
    assert_eq!(canary.files_in(&person.path(""), &kept), [""; 0]);
    let told = fs::read_to_string(person.path("told")).expect("the file exists");
    assert!(told.contains("403"), "it may push");
}
