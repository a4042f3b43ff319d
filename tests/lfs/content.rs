//! The content comes with a clone and goes with a push, with no set-up.

use std::fs;

use super::{are_all, assets, entries, size};
use crate::stand_in::Request;
use crate::support::with_each_git;

#[test]
fn content_comes_with_a_clone_and_goes_with_a_push() {
    with_each_git(|person| {
        let Some(token) = assets(person) else { return };
        // Whoever is not asked to says nothing, and is refused for good.
        person
            .bitbucket
            .switches(|switches| switches.lfs_forbids_strangers = true);
        let cloned = person
            .git(["clone", "--quiet", "bbt::acme/assets"])
            .succeeds();
        assert_eq!(cloned.said(), "");
        assert_eq!(size(person, "assets/2000.bin"), 2000);
        are_all(&entries(person, "assets"));

        person.commit("assets", 3000);
        person.git(["push", "--quiet"]).at("assets").succeeds();
        person.git(["pull", "--quiet"]).at("origin").succeeds();
        assert_eq!(size(person, "origin/3000.bin"), 3000);
        let requests = person.bitbucket.requests();
        let of_lfs = |request: &&Request| request.path.contains("/info/lfs/objects/");
        let mut answers = requests.iter().filter(of_lfs).map(|request| request.status);
        // git-lfs knows from the start that it has to log in.
        assert!(answers.all(|status| status == Some(200)), "{requests:#?}");
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        assert_eq!(uploads.count(), 1);
        let sent = requests
            .iter()
            .filter_map(|request| request.authorization.as_ref());
        for authorization in sent {
            assert!(
                authorization.is_basic("x-token-auth", &token),
                "{authorization:?}"
            );
        }
        let config = fs::read_to_string(person.path("assets/.git/config")).expect("it is a clone");
        assert!(
            !config.contains(&token),
            "the token is in the configuration"
        );
    });
}
