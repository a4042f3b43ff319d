//! A repository's configuration in every form that git reads, and in some that it rejects.

use std::cell::Cell;
use std::fs;

use proptest::prelude::*;

use super::{is_plain, runner};
use crate::support::{Outcome, Person};

fn person() -> Person {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "work"]).succeeds();
    person
}

const CONFIG: &str = "work/.git/config";

/// Returns every variable as git itself reads it; `None` if git rejects the file.
fn in_git(person: &Person) -> Option<Vec<String>> {
    let config = person.path(CONFIG).display().to_string();
    let list = ["config", "--file", &config, "--no-includes", "--list", "-z"];
    let outcome = person.git(list).ends();
    let entries = outcome.stdout.split_terminator('\0').map(str::to_owned);
    (outcome.status == Some(0)).then(|| entries.collect())
}

fn migrate(person: &Person, words: &[&str]) -> Outcome {
    let words = ["migrate"].into_iter().chain(words.iter().copied());
    let outcome = person.run("git-bbt", words).at("work").ends();
    is_plain(&outcome.stdout);
    is_plain(&outcome.stderr);
    outcome
}

/// One of the usual values, or sometimes an odd one.
fn one_of(
    usual: &[&'static str],
    odd: &[&'static str],
) -> impl Strategy<Value = &'static str> + use<> {
    let (usual, odd) = (usual.to_vec(), odd.to_vec());
    prop_oneof![25 => prop::sample::select(usual), 1 => prop::sample::select(odd)]
}

/// A section header, a variable, or something between; git rejects the odd ones.
fn lines() -> impl Strategy<Value = String> {
    let header = one_of(
        &[
            "[remote \"origin\"]",
            "[remote \"a\\\"b\\\\c\"]",
            "[REMOTE \"O\"]",
            "[remote.old]",
            "[core]",
            "[remote \"é \u{1b}[31m\"]",
            "[remote \"x\"] ; note",
            "[submodule \"m\"]",
            "[url \"bbt::acme/\"]",
            "[remote]",
            "[remote \"x\"] url = git@bitbucket.org:acme/widgets.git",
        ],
        &["[remote \"a\nb\"]", "[broken", "[]", "[remote 'x']"],
    );
    let key = one_of(
        &[
            "url = ",
            "\tURL=",
            "  pushurl =\t",
            "fetch = ",
            "insteadOf = ",
            "x-y = ",
            "url =\\\n ",
        ],
        &["url", "9 = ", "a b = ", "url # "],
    );
    let value = one_of(
        &[
            "git@bitbucket.org:acme/widgets.git",
            "\"git@bitbucket.org:acme/widgets.git\" # note",
            "git@bitbucket.org:acme/\\\nwidgets.git",
            "\"git@bitbucket.org:\"acme/widgets ; note",
            "https://me@bitbucket.org/acme/widgets",
            "https://github.com/acme/widgets",
            "\"a \\\" \\\\ \\t \\n \\b b\"",
            "true",
            "",
            "\"\"",
            "bb:widgets",
            "  padded  ",
            "a\u{1b}[31mb",
            "\"#\"#\"",
        ],
        &["\"open", "back\\", "\\x"],
    );
    let end = || one_of(&["\n", "\r\n", "\n\n", " # c\n"], &["", "\r", "\\\n"]);
    let between = one_of(
        &["# c\n", ";\n", "\n", "\t\n"],
        &["junk here\n", "\u{feff}", "]\n", "\0\n"],
    );
    prop_oneof![
        2 => (header, end()).prop_map(|(header, end)| format!("{header}{end}")),
        4 => (key, value, end()).prop_map(|(key, value, end)| format!("{key}{value}{end}")),
        1 => between.prop_map(str::to_owned),
    ]
}

/// A file that git reads is read the same way, and only URLs are changed; a file that git rejects is
/// unchanged; and after `--undo` git reads the same as before.
#[test]
fn git_reads_the_same_as_before_but_for_the_urls() {
    let person = person();
    let (changed, refused) = (Cell::new(0), Cell::new(0));
    let tried = (any::<bool>(), prop::collection::vec(lines(), 0..12));
    runner(250)
        .run(&tried, |(begins_well, lines)| {
            let front = if begins_well {
                "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n"
            } else {
                ""
            };
            let old = format!("{front}{}", lines.concat());
            fs::write(person.path(CONFIG), &old).expect("HOME is writable");
            let before = in_git(&person);
            let outcome = migrate(&person, &[]);
            let new = fs::read_to_string(person.path(CONFIG)).expect("HOME is readable");
            if new == old {
                refused.set(refused.get() + u32::from(before.is_none()));
                return Ok(());
            }
            let Some(before) = before else {
                panic!("git does not read it, and it was changed:\n{old}\n{outcome}");
            };
            changed.set(changed.get() + 1);
            let after = in_git(&person).expect("git reads it still");
            let ours = |entry: &&String| entry.contains(".bbtoriginal");
            let theirs: Vec<_> = after.iter().filter(|entry| !ours(entry)).collect();
            prop_assert_eq!(theirs.len(), before.len(), "{}\n{}", old, new);
            for (was, is) in before.iter().zip(theirs) {
                if was != is {
                    let (name, url) = was.split_once('\n').expect("a setting has a value");
                    prop_assert!(
                        name.ends_with("url") && url.contains("acme/widgets"),
                        "{} became {}",
                        was,
                        is
                    );
                    prop_assert_eq!(is, &format!("{name}\nbbt::acme/widgets"));
                }
            }
            migrate(&person, &["--undo"]);
            let back = in_git(&person).expect("git reads it still");
            prop_assert_eq!(back, before, "{}", old);
            Ok(())
        })
        .expect("the property holds");
    assert!(
        changed.get() > 20 && refused.get() > 20,
        "{changed:?} changed, {refused:?} refused"
    );
}

/// git rejects the whole file, so that the meaning of its URLs is unknown.
#[test]
fn files_that_include_each_other_do_not_loop() {
    let person = person();
    let remote = "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n";
    person.write("a", "[include]\n\tpath = b\n", 0o600);
    person.write("b", "[include]\n\tpath = a\n", 0o600);
    let deep = |at: usize| format!("[include]\n\tpath = deep{}\n", at + 1);
    for at in 0..50 {
        person.write(format!("deep{at}"), &deep(at), 0o600);
    }
    for included in ["../../a", "config", "../../deep0"] {
        let old = format!("[include]\n\tpath = {included}\n{remote}");
        fs::write(person.path(CONFIG), &old).expect("HOME is writable");
        let outcome = migrate(&person, &[]);
        assert_eq!(outcome.status, Some(1), "{included}: {outcome}");
        assert!(outcome.stdout.contains("skipped"), "{included}: {outcome}");
        assert_eq!(
            fs::read_to_string(person.path(CONFIG)).expect("HOME is readable"),
            old
        );
    }
}

/// As many remotes as fit, in linear and not in quadratic time.
#[test]
fn a_long_configuration_takes_linear_time() {
    let person = person();
    let remote =
        |at: u32| format!("[remote \"r{at}\"]\n\turl = git@bitbucket.org:acme/w{at}.git\n");
    let old: String = (0..30_000).map(remote).collect();
    fs::write(person.path(CONFIG), &old).expect("HOME is writable");
    let outcome = migrate(&person, &["--dry-run"]);
    assert!(
        outcome
            .stdout
            .ends_with("1 repository: 30000 remotes would be converted\n")
    );
    let line = format!(
        "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n\tx = {}\n",
        "y".repeat(1 << 20)
    );
    fs::write(person.path(CONFIG), line).expect("HOME is writable");
    let outcome = migrate(&person, &[]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
}
