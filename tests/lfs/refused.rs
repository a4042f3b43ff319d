//! What git-lfs is refused is said, and comes to an end.

use super::{assets, clone_of_pointers, is_pointer};
use crate::support::with_each_git;

#[test]
fn a_token_that_does_not_serve_is_said() {
    with_each_git(|person| {
        let Some(token) = assets(person) else { return };
        clone_of_pointers(person);
        person.bitbucket.revoke(&token);
        // git-lfs 3.3 goes on asking after a 401 and does not end by itself.
        let pull = person.run("timeout", ["5", "git", "lfs", "pull"]);
        let pull = pull.at("assets").ends();
        assert_ne!(pull.status, Some(0), "{pull}");
        pull.says("BBT_TOKEN_ACME")
            .says("git bbt doctor acme/assets");

        let pull = person.git(["lfs", "pull"]).at("assets");
        let pull = pull.without("BBT_TOKEN_ACME").ends();
        assert_ne!(pull.status, Some(0), "{pull}");
        assert!(is_pointer(person, "assets/2000.bin"));
    });
}
