//! A clock that is wrong by years. Only warnings about a token's expiry depend on it.

use crate::support::{missing, with_each_git};

#[test]
fn everything_works_with_a_wrong_clock() {
    with_each_git(|person| {
        if !person.has("faketime") {
            return missing("faketime", "faketime");
        }
        person.bitbucket.repository("acme/widgets");
        person.export("ACME", person.workspace_token("acme"));
        person.configure("[workspace.acme]\ntoken = { env = \"ACME\" }\nexpires = 2999-01-01\n");
        for (date, is_over) in [("1999-06-01", false), ("2999-06-01", true)] {
            let clock = format!("@{date} 12:00:00");
            for words in [
                &["git", "ls-remote", "bbt::acme/widgets"][..],
                &["git", "bbt", "api", "repositories/acme/widgets"],
            ] {
                let words = ["-f", &clock].into_iter().chain(words.iter().copied());
                let outcome = person.run("faketime", words).succeeds();
                assert_eq!(
                    outcome.stderr.contains("ended on 2999-01-01"),
                    is_over,
                    "{date}: {outcome}"
                );
            }
        }
    });
}
