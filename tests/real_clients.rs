//! At home in the rest of git: what people use beside clone, fetch and push works with `bbt::`, and
//! with the URLs that the rest of the world writes.

mod build_tools;
mod clones;
mod fetches;
mod large_files;
mod packages;
mod pushes;
mod submodules;
mod worktrees;

use crate::support::Person;

/// Runs git in a folder of HOME, as it is typed, and gives what it printed.
#[track_caller]
fn git(person: &Person, folder: &str, arguments: &str) -> String {
    let run = person.git(arguments.split(' ')).at(folder);
    run.succeeds().stdout.trim_end().to_owned()
}

/// acme/widgets, whose main has three commits, with a branch and a tag at the second; and a clone of it.
fn history(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    person.clone("acme/widgets");
    person.write("widgets/README.md", "second\n", 0o644);
    person.commit("widgets", 10);
    person.commit("widgets", 20);
    git(person, "widgets", "tag v1 HEAD~1");
    let push = "push --quiet origin main main~1:refs/heads/side v1";
    git(person, "widgets", push);
    person.bitbucket.take_requests();
}

/// The last parts of their names, on one line.
fn refs(person: &Person, folder: &str, below: &str) -> String {
    let list = format!("for-each-ref --format=%(refname:lstrip=-1) {below}");
    git(person, folder, &list).replace('\n', " ")
}

/// Workspaces, each with its token.
type Tokens<const N: usize> = [(&'static str, String); N];

/// Somebody with a token for each of these workspaces, all of whose URLs are `bbt::` ones to git.
/// What would go to bitbucket.org all the same, goes nowhere.
fn at_home_in<const N: usize>(person: &Person, workspaces: [&'static str; N]) -> Tokens<N> {
    person.export("https_proxy", "http://127.0.0.1:1");
    person.export("no_proxy", "localhost");
    let tokens = workspaces.map(|workspace| (workspace, person.signed_in_to(workspace)));
    let setup = ["setup", "--rewrite"].into_iter().chain(workspaces);
    person.run("git-bbt", setup).succeeds();
    tokens
}

/// That every workspace was asked for something since the last look, each with its own token alone.
#[track_caller]
fn each_token_went_to_its_own(person: &Person, tokens: &[(&str, String)]) {
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
