//! The target of a command: every form of a workspace or repository that people type or paste.

use crate::support::Person;

#[test]
fn every_form_of_a_workspace_or_repository_is_read() {
    let person = Person::with_any_git();
    person.write_config("");
    for (target, forms) in [
        (
            "acme",
            "acme acme/ /acme bbt::acme bbt::acme/ bbt://acme bitbucket.org/acme \
             bitbucket.org/acme/ https://bitbucket.org/acme https://bitbucket.org/acme/ \
             HTTPS://Bitbucket.org/acme https://www.bitbucket.org/acme \
             https://me@bitbucket.org/acme https://bitbucket.org/acme/workspace \
             https://bitbucket.org/acme/workspace/repositories/ \
             https://bitbucket.org/acme/workspace/settings/access-tokens \
             https://bitbucket.org/acme/workspace/settings/access-tokens?page=2#top \
             bitbucket.org/acme/workspace/projects/PROJ",
        ),
        (
            "acme/widgets",
            "acme/widgets acme/widgets.git acme/widgets/ bbt::acme/widgets bbt://acme/widgets \
             git@bitbucket.org:acme/widgets.git ssh://git@ssh.bitbucket.org/acme/widgets.git \
             https://bitbucket.org/acme/widgets https://bitbucket.org/acme/widgets.git \
             https://bitbucket.org:443/acme/widgets.git \
             https://me@bitbucket.org/acme/widgets.git \
             https://bitbucket.org/acme/widgets/admin/access-tokens \
             https://bitbucket.org/acme/widgets/src/main/README.md \
             https://bitbucket.org/acme/widgets/pull-requests/?state=OPEN \
             bitbucket.org/acme/widgets",
        ),
    ] {
        for form in forms.split_whitespace() {
            let outcome = person.run("git-bbt", ["status", form]).succeeds();
            assert_eq!(
                outcome.stdout.lines().next(),
                Some(target),
                "{form}: {outcome}"
            );
        }
    }
}

#[test]
fn other_texts_are_refused_without_printing_a_secret() {
    let person = Person::with_any_git();
    person.write_config("");
    let refused = "/ bitbucket.org bitbucket.org/ https://bitbucket.org https://bitbucket.org/ \
        https://bitbucket.org/account/settings/app-passwords/ \
        https://bitbucket.org/dashboard/overview https://github.com/acme \
        https://github.com/acme/widgets https://notbitbucket.org/acme \
        https://bitbucket.org.example.com/acme github.com/acme/widgets acme/widgets/more -acme \
        bbt:: .. https://bitbucket.org/acme/.. \
        https://x-token-auth:hunter2@bitbucket.org/acme/widgets \
        https://ATCTT3xFfGN0hunter2@bitbucket.org/acme/widgets \
        https://me:hunter2@bitbucket.org/acme";
    for text in refused.split_whitespace().chain(["", "acme widgets"]) {
        let outcome = person.run("git-bbt", ["status", "--", text]).fails(2);
        assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
    }
}
