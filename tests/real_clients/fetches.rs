//! Kinds of fetches.

use super::{each_token_was_used_only_for_its_workspace, history, refs, set_up_workspaces};
use crate::support::with_each_git;

#[test]
fn remotes_of_several_workspaces_are_fetched_at_once() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme", "other", "third"]);
        for full_name in ["acme/widgets", "acme/gadgets", "other/parts", "third/nuts"] {
            person.bitbucket.repository(full_name);
        }
        person.clone("acme/widgets");
        for (name, url) in [
            ("g", "bbt::acme/gadgets"),
            ("p", "https://bitbucket.org/other/parts.git"),
            ("n", "ssh://git@bitbucket.org/third/nuts.git"),
        ] {
            person.git_in("widgets", &format!("remote add {name} {url}"));
        }
        let group = ["config", "remotes.all", "origin g p n"];
        person.git(group).at("widgets").succeeds();
        for fetch in [
            "fetch --quiet --all --jobs=4",
            "fetch --quiet --multiple --jobs=2 origin g p n",
            "remote update all",
        ] {
            for name in ["g", "p", "n"] {
                let delete = format!("update-ref -d refs/remotes/{name}/main");
                person.git_in("widgets", &delete);
            }
            person.bitbucket.take_requests();
            person.git_in("widgets", fetch);
            each_token_was_used_only_for_its_workspace(person, &tokens);
            let names = refs(person, "widgets", "refs/remotes");
            assert_eq!(names, "main main HEAD main main", "{fetch}");
        }
    });
}

/// A scheduler runs it, without a terminal and without the variables of a shell.
#[test]
fn maintenance_prefetches_without_environment_variables() {
    with_each_git(|person| {
        let token = person.workspace_token("acme");
        person.write("token", &token, 0o600);
        person.configure("[workspace.acme]\ntoken = { file = \"~/token\" }\n");
        person.bitbucket.repository("acme/widgets");
        person.clone("acme/widgets");
        person.git_in("", "clone --quiet bbt::acme/widgets other");
        person.commit("other", 10);
        person.git_in("other", "push --quiet");

        let before = person.git_in("widgets", "rev-parse origin/main");
        let run = ["maintenance", "run", "--task=prefetch"];
        let run = person.git(run).at("widgets").succeeds();
        assert_eq!(run.stderr, "");
        assert_eq!(person.git_in("widgets", "rev-parse origin/main"), before);
        let prefetched = person.git_in("widgets", "rev-parse refs/prefetch/remotes/origin/main");
        assert_eq!(prefetched, person.git_in("other", "rev-parse main"));

        person.bitbucket.revoke(&token);
        let run = ["maintenance", "run", "--quiet", "--task=prefetch"];
        let run = person.git(run).at("widgets").ends();
        assert_ne!(run.status, Some(0), "{run}");
        run.says("git bbt doctor acme/widgets");
    });
}

#[test]
fn pull_rebase_remote_show_and_prune_work() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        history(person);
        person.git_in(
            "",
            "clone --quiet https://bitbucket.org/acme/widgets.git mine",
        );
        person.commit("mine", 30);
        person.commit("widgets", 40);
        person.git_in("widgets", "push --quiet");
        person.write("mine/README.md", "third\n", 0o644);
        person.git_in("mine", "pull --quiet --rebase --autostash");
        assert_eq!(person.git_in("mine", "rev-list --count --merges HEAD"), "0");
        person.git_in("mine", "push --quiet");
        person.git_in("widgets", "pull --quiet --rebase");
        assert!(person.path("widgets/30.bin").exists());

        person.git_in("widgets", "push --quiet origin :side");
        person.git_in("mine", "remote set-head origin --auto");
        let shown = person.git_in("mine", "remote show origin");
        assert!(
            shown.contains("stale (use 'git remote prune' to remove)"),
            "{shown}"
        );
        person.git_in("mine", "fetch --quiet --prune");
        assert_eq!(refs(person, "mine", "refs/remotes"), "HEAD main");
        let heads = person.git_in("", "ls-remote --heads --exit-code bbt::acme/widgets");
        assert!(
            heads.ends_with("\trefs/heads/main") && heads.lines().count() == 1,
            "{heads}"
        );
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

/// As CI does: by the hash of a commit, and from a bundle that saves most of the transfer.
#[test]
fn a_ci_job_fetches_a_commit_and_a_bundle() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        history(person);
        let commit = person.git_in("widgets", "rev-parse v1");
        person.git_in("", "init --quiet ci");
        person.git_in(
            "ci",
            "remote add origin https://bitbucket.org/acme/widgets.git",
        );
        person.git_in("ci", &format!("fetch --quiet --depth=1 origin {commit}"));
        person.git_in("ci", "checkout --quiet FETCH_HEAD");
        assert!(person.path("ci/10.bin").exists());

        person.git_in("widgets", "bundle create --quiet ../seed.bundle --all");
        person.commit("widgets", 30);
        person.git_in("widgets", "push --quiet");
        person.git_in("", "clone --quiet seed.bundle seeded");
        person.git_in("seeded", "remote set-url origin bbt::acme/widgets");
        person.git_in("seeded", "pull --quiet");
        assert!(person.path("seeded/30.bin").exists());
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

/// Bitbucket does not have this service, so it does not work over plain https either, and git reports
/// it.
#[test]
fn remote_archives_are_not_supported() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let archive = ["archive", "--remote=bbt::acme/widgets", "HEAD"];
        let archive = person.git(archive).fails(128);
        archive.does_not_say("hint: ");
        assert_eq!(archive.stdout, "");
    });
}
