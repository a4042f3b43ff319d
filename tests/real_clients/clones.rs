//! Kinds of clones.

use std::fs;

use super::{each_token_was_used_only_for_its_workspace, history, refs, set_up_workspaces};
use crate::support::with_each_git;

#[test]
fn clones_of_every_kind_work() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        history(person);
        let here = "refs/remotes refs/tags";
        for (options, commits, below, names) in [
            ("--depth=2 --no-tags", "2", here, "HEAD main"),
            ("--single-branch --branch=side", "2", here, "side v1"),
            ("--branch=v1 --depth=1", "1", here, "v1"),
            (
                "--shallow-since=2020-01-01 --no-single-branch",
                "3",
                here,
                "HEAD main side v1",
            ),
            (
                "--reference=widgets --dissociate",
                "3",
                here,
                "HEAD main side v1",
            ),
            (
                "--origin=upstream --no-checkout",
                "3",
                here,
                "HEAD main side v1",
            ),
            ("--mirror", "3", "refs/heads refs/tags", "main side v1"),
        ] {
            for url in [
                "bbt::acme/widgets",
                "https://bitbucket.org/acme/widgets.git",
            ] {
                person.git_in("", &format!("clone --quiet {options} {url} clone"));
                assert_eq!(
                    person.git_in("clone", "rev-list --count HEAD"),
                    commits,
                    "{options}"
                );
                assert_eq!(refs(person, "clone", below), names, "{options}");
                person.git_in("clone", "fetch --quiet");
                fs::remove_dir_all(person.path("clone")).expect("HOME is writable");
            }
        }
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

/// In a partial clone, every command fetches the objects that it needs.
#[test]
fn a_partial_clone_fetches_missing_objects() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        history(person);
        for (filter, url, looking, seen) in [
            ("blob:none", "bbt::acme/widgets", "log -p --all", "+second"),
            (
                "blob:none",
                "bbt::acme/widgets",
                "cat-file -p HEAD:README.md",
                "second",
            ),
            (
                "blob:none",
                "bbt::acme/widgets",
                "checkout --quiet side",
                "",
            ),
            (
                "tree:0",
                "bbt::acme/widgets",
                "blame HEAD README.md",
                "second",
            ),
            (
                "tree:0",
                "https://bitbucket.org/acme/widgets.git",
                "log -p --all",
                "+second",
            ),
            (
                "blob:none",
                "https://bitbucket.org/acme/widgets.git",
                "checkout --quiet side",
                "",
            ),
        ] {
            let clone = format!("clone --quiet --no-checkout --filter={filter} {url} partial");
            person.git_in("", &clone);
            person.bitbucket.take_requests();
            let printed = person.git_in("partial", looking);
            assert!(printed.contains(seen), "{looking}: {printed}");
            each_token_was_used_only_for_its_workspace(person, &tokens);
            fs::remove_dir_all(person.path("partial")).expect("HOME is writable");
        }

        let clone = "clone --quiet --sparse --filter=blob:none bbt::acme/widgets sparse";
        person.git_in("", clone);
        person.git_in("sparse", "sparse-checkout set --no-cone /20.bin");
        assert!(person.path("sparse/20.bin").exists());
    });
}

/// For programs that read the URL and do not know `bbt::`.
#[test]
fn a_clone_with_vcs_bbt_keeps_its_https_url() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let url = "https://bitbucket.org/acme/widgets.git";
        person.git_in("", &format!("clone --quiet -c remote.origin.vcs=bbt {url}"));
        assert_eq!(person.git_in("widgets", "config remote.origin.url"), url);
        person.commit("widgets", 10);
        person.git_in("widgets", "push --quiet");
        each_token_was_used_only_for_its_workspace(person, &[("acme", token)]);
    });
}
