//! Everything else that people do with git works with `bbt::` URLs, and with the URLs that other tools
//! use.

mod build_tools;
mod clones;
mod fetches;
mod large_files;
mod packages;
mod pushes;
mod submodules;
mod worktrees;

use crate::support::Person;

/// Creates acme/widgets, whose main has three commits, with a branch and a tag at the second one; and a
/// clone of it.
fn history(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    person.clone("acme/widgets");
    person.write("widgets/README.md", "second\n", 0o644);
    person.commit("widgets", 10);
    person.commit("widgets", 20);
    person.git_in("widgets", "tag v1 HEAD~1");
    let push = "push --quiet origin main main~1:refs/heads/side v1";
    person.git_in("widgets", push);
    person.bitbucket.take_requests();
}

/// Returns the last parts of the names of refs, on one line.
fn refs(person: &Person, folder: &str, below: &str) -> String {
    let list = format!("for-each-ref --format=%(refname:lstrip=-1) {below}");
    person.git_in(folder, &list).replace('\n', " ")
}

/// Workspaces and their tokens.
type Tokens<const N: usize> = [(&'static str, String); N];

/// Creates a token for each of these workspaces, and has git rewrite all their URLs to `bbt::`. A
/// connection to bitbucket.org itself would fail.
fn set_up_workspaces<const N: usize>(person: &Person, workspaces: [&'static str; N]) -> Tokens<N> {
    person.export("https_proxy", "http://127.0.0.1:1");
    person.export("no_proxy", "localhost");
    let tokens = workspaces.map(|workspace| (workspace, person.signed_in_to(workspace)));
    let setup = ["setup", "--rewrite"].into_iter().chain(workspaces);
    person.run("git-bbt", setup).succeeds();
    tokens
}

/// Asserts that each workspace got a request since the last call, and only with its own token.
#[track_caller]
fn each_token_was_used_only_for_its_workspace(person: &Person, tokens: &[(&str, String)]) {
    let mut was_used = vec![false; tokens.len()];
    for request in person.bitbucket.take_requests() {
        let Some(authorization) = &request.authorization else {
            continue;
        };
        let workspace = request.path.split('/').nth(1);
        let owner = tokens.iter().position(|(name, _)| workspace == Some(name));
        let owner = owner.unwrap_or_else(|| panic!("no token is for {}", request.path));
        assert!(
            authorization.is_basic("x-token-auth", &tokens[owner].1),
            "{}",
            request.path
        );
        was_used[owner] = true;
    }
    let names = tokens.iter().map(|(name, _)| name).zip(&was_used);
    assert!(
        was_used.iter().all(|was_used| *was_used),
        "{:?}",
        names.collect::<Vec<_>>()
    );
}
