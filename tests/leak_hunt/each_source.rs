//! Every git operation, with a token from each source, when it succeeds and when it fails.

use std::fs;
use std::path::PathBuf;

use super::{Canary, Watched, canary, turn_on_traces, watched_person};
use crate::stand_in::{Grant, Redirect, Switches};
use crate::support::{self, Person, Session, missing};

/// A source: its entry in config.toml, and the variable or the files that hold the token.
struct Source {
    config: &'static str,
    variable: Option<&'static str>,
    files: &'static [&'static str],
}

const FILE: Source = Source {
    config: "[workspace.acme]\ntoken = { file = \"~/kept/acme\" }\n",
    variable: None,
    files: &["kept/acme"],
};

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

/// A person whose token has to stay in its source.
struct Hunt<'p> {
    person: &'p Person,
    token: String,
    canary: Canary,
    given: Option<String>,
    kept: Vec<PathBuf>,
}

impl<'p> Hunt<'p> {
    fn new(person: &'p Person, (token, canary): (String, Canary), source: &Source) -> Self {
        let (given, kept) = source.keep(person, &token);
        for repository in ["acme/widgets", "acme/parts"] {
            person.bitbucket.repository(repository);
        }
        if !person.has("git-lfs") {
            missing("git-lfs", "git-lfs");
        }
        Self {
            person,
            token,
            canary,
            given,
            kept,
        }
    }

    fn check(&self, script: &str, what: &str) -> Watched {
        let seen = Watched::run(self.person, script);
        let leaks = seen.leaks(&self.canary, self.given.as_deref());
        assert_eq!(leaks, [""; 0], "{what}");
        let files = self.canary.files_in(&self.person.path(""), &self.kept);
        assert_eq!(files, [""; 0], "{what}");
        seen
    }

    /// Runs everything with the token, and again after it was revoked.
    fn run(&self) {
        let seen = self.check(&format!("{WORK}{LFS}"), "well");
        for made in ["one/.git", "two/parts/README.md", "three/HEAD", "four/.git"] {
            assert!(self.person.path(made).exists(), "{made} was not made");
        }
        // The helper's answer to git, and what git passes to its own programs.
        assert!(seen.crossings(&self.canary) >= 10, "the token went nowhere");
        assert!(seen.has("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE"));
        assert!(seen.has("RLIMIT_CORE, {rlim_cur=1,"));
        self.person.bitbucket.revoke(&self.token);
        self.check(IN_VAIN, "a revoked token");
    }
}

fn with_each_git(source: &Source, test: impl Fn(&Hunt)) {
    support::with_each_git(|person| {
        if turn_on_traces(person) {
            test(&Hunt::new(person, canary(person), source));
        }
    });
}

#[test]
fn nothing_leaks_from_our_variable() {
    let source = Source {
        config: "",
        variable: Some("BBT_TOKEN_ACME"),
        files: &[],
    };
    with_each_git(&source, |hunt| hunt.run());
}

#[test]
fn nothing_leaks_from_another_variable() {
    let source = Source {
        config: "[workspace.acme]\ntoken = { env = \"MINE\" }\n",
        variable: Some("MINE"),
        files: &[],
    };
    with_each_git(&source, |hunt| hunt.run());
}

#[test]
fn nothing_leaks_from_a_file() {
    with_each_git(&FILE, |hunt| hunt.run());
}

#[test]
fn nothing_leaks_from_a_command() {
    let source = Source {
        config: "[workspace.acme]\ntoken = { command = [\"cat\", \"../../kept/acme\"] }\n",
        ..FILE
    };
    with_each_git(&source, |hunt| hunt.run());
}

#[test]
fn nothing_leaks_from_config_toml() {
    let source = Source {
        config: "[workspace.acme]\ntoken = { value = \"TOKEN\" }\n",
        variable: None,
        files: &[".config/git-remote-bbt/config.toml"],
    };
    with_each_git(&source, |hunt| hunt.run());
}

/// What happens in an incident does not depend on the source.
#[test]
fn nothing_leaks_in_an_incident() {
    let redirect = Redirect {
        to: "https://localhost:1".to_owned(),
        status: 302,
    };
    let incidents: [(&str, Change); 5] = [
        ("a redirect", &|s| s.redirect_get = Some(redirect.clone())),
        ("429", &|s| s.rate_limited = true),
        ("500", &|s| s.fail_with = Some((500, "Oops".to_owned()))),
        ("a cut connection", &|s| s.drop_connection = true),
        ("HTTP/1.1", &|s| s.http2 = false),
    ];
    with_each_git(&FILE, |hunt| {
        hunt.check(&format!("git clone bbt::acme/widgets one\n{LFS}"), "well");
        for (what, change) in incidents {
            hunt.person.bitbucket.switches(|switches| {
                // Retries need not wait.
                *switches = Switches::default();
                switches.retry_after = Some(0);
                change(switches);
            });
            hunt.check(IN_VAIN, what);
        }
    });
}

#[test]
fn nothing_leaks_from_the_keyring() {
    let Some(person) = watched_person() else {
        return;
    };
    let token = canary(&person);
    let Some(session) = Session::start(&person) else {
        return;
    };
    session.store("acme", &token.0);
    let source = Source {
        config: "[workspace.acme]\ntoken = { keyring = true }\n",
        variable: None,
        files: &[],
    };
    Hunt::new(&person, token, &source).run();
}

/// A token that can read but not push gets other responses.
#[test]
fn nothing_leaks_if_a_scope_is_missing() {
    let Some(person) = watched_person() else {
        return;
    };
    let token = person.token(Grant::workspace("acme").scopes(["repository"]));
    let canary = Canary::of(&token);
    let (given, kept) = FILE.keep(&person, &token);
    person.bitbucket.repository("acme/widgets");
    let seen = Watched::run(&person, WORK);
    assert_eq!(seen.leaks(&canary, given.as_deref()), [""; 0]);
    assert_eq!(canary.files_in(&person.path(""), &kept), [""; 0]);
    let told = fs::read_to_string(person.path("told")).expect("the file exists");
    assert!(told.contains("403"), "the push was not refused");
}
