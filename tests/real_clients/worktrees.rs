//! Several work trees of one clone.

use crate::support::with_each_git;

/// The configuration is neither beside the work tree nor in a folder called `.git`.
#[test]
fn worktrees_of_a_bare_clone_fetch_and_push() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let clone = ["clone", "--quiet", "--bare", "bbt::acme/widgets"];
        person.git(clone).succeeds();
        for (name, start) in [("one", "main"), ("two", "-b")] {
            let place = format!("../{name}");
            let add = ["worktree", "add", "--quiet", &place, start];
            let branch = (start == "-b").then_some(name);
            let add = person.git(add.into_iter().chain(branch));
            add.at("widgets.git").succeeds();
        }
        // This also gives every work tree a configuration of its own.
        let sparse = ["sparse-checkout", "set", "--no-cone", "/*"];
        person.git(sparse).at("one").succeeds();
        person.commit("one", 10);
        let push = ["push", "--quiet", "origin", "main", "two"];
        person.git(push).at("one").succeeds();
        let pull = ["pull", "--quiet", "--rebase", "origin", "main"];
        person.git(pull).at("two").succeeds();
        assert!(person.path("two/10.bin").exists());
    });
}
