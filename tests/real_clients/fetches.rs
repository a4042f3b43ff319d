//! Kinds of fetches.

use super::{each_token_was_used_only_for_its_workspace, git, history, refs, set_up_workspaces};
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
            git(person, "widgets", &format!("remote add {name} {url}"));
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
                git(person, "widgets", &delete);
            }
            person.bitbucket.take_requests();
            git(person, "widgets", fetch);
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
        git(person, "", "clone --quiet bbt::acme/widgets other");
        person.commit("other", 10);
        git(person, "other", "push --quiet");

        let before = git(person, "widgets", "rev-parse origin/main");
        let run = ["maintenance", "run", "--task=prefetch"];
        let run = person.git(run).at("widgets").succeeds();
        assert_eq!(run.stderr, "");
        assert_eq!(git(person, "widgets", "rev-parse origin/main"), before);
        let prefetched = git(
            person,
            "widgets",
            "rev-parse refs/prefetch/remotes/origin/main",
        );
        assert_eq!(prefetched, git(person, "other", "rev-parse main"));

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
        git(
            person,
            "",
            "clone --quiet https://bitbucket.org/acme/widgets.git mine",
        );
        person.commit("mine", 30);
        person.commit("widgets", 40);
        git(person, "widgets", "push --quiet");
        person.write("mine/README.md", "third\n", 0o644);
        git(person, "mine", "pull --quiet --rebase --autostash");
        assert_eq!(git(person, "mine", "rev-list --count --merges HEAD"), "0");
        git(person, "mine", "push --quiet");
        git(person, "widgets", "pull --quiet --rebase");
        assert!(person.path("widgets/30.bin").exists());

        git(person, "widgets", "push --quiet origin :side");
        git(person, "mine", "remote set-head origin --auto");
        let shown = git(person, "mine", "remote show origin");
        assert!(
            shown.contains("stale (use 'git remote prune' to remove)"),
            "{shown}"
        );
        git(person, "mine", "fetch --quiet --prune");
        assert_eq!(refs(person, "mine", "refs/remotes"), "HEAD main");
        let heads = git(
            person,
            "",
            "ls-remote --heads --exit-code bbt::acme/widgets",
        );
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
        let commit = git(person, "widgets", "rev-parse v1");
        git(person, "", "init --quiet ci");
        git(
            person,
            "ci",
            "remote add origin https://bitbucket.org/acme/widgets.git",
        );
        git(
            person,
            "ci",
            &format!("fetch --quiet --depth=1 origin {commit}"),
        );
        git(person, "ci", "checkout --quiet FETCH_HEAD");
        assert!(person.path("ci/10.bin").exists());

        git(
            person,
            "widgets",
            "bundle create --quiet ../seed.bundle --all",
        );
        person.commit("widgets", 30);
        git(person, "widgets", "push --quiet");
        git(person, "", "clone --quiet seed.bundle seeded");
        git(person, "seeded", "remote set-url origin bbt::acme/widgets");
        git(person, "seeded", "pull --quiet");
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
