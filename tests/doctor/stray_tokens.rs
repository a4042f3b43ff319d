//! Tokens in files of git, git-lfs and curl: reported, and not shown.

use expect_test::expect;

use super::{Finding, person};
use crate::stand_in::{Kind, synthetic_token};

/// Every place where git, git-lfs or curl may store a token. Everything else in the files is unchanged.
#[test]
fn each_hint_removes_the_token_that_was_found_and_nothing_else() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    let password = format!("https://bob:hunter2@{}/acme/widgets.git", person.host());
    let other = "https://bob:hunter2@example.com";
    let host = person.host();

    person.write(
        ".gitconfig",
        &format!(
            "[protocol \"bbt\"]\n\tallow = always\n[http \"https://example.com\"]\n\
         \textraHeader = Authorization: Basic Ym9i\n[include]\n\tpath = other config\n\
         [url \"{other}/\"]\n\tinsteadOf = example:\n\
         [credential]\n\thelper = store --file '~/my store'\n\thelper = cache\n"
        )
        .replace("'~/my store'", "~/'my store'"),
        0o600,
    );
    person.write(
        "other config",
        &format!(
            "[a \"b\"]\n\tc = {url} and more\n\tc = d\n[lfs]\n\turl = {url}/info/lfs\n\
         [http]\n\textraHeader = AUTHORIZATION: basic Ym9i\n\textraHeader = CF-Access: 1\n"
        ),
        0o600,
    );
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied()).at("widgets");
        run.succeeds()
    };
    git(&["remote", "add", "old", &url]);
    git(&["remote", "add", "bob", &password]);
    git(&["config", "--add", "remote.bob.url", other]);
    git(&["config", "branch.main.remote", &url]);
    git(&["config", "branch.main.pushRemote", "origin"]);
    git(&[
        "config",
        "url.bbt::acme/.insteadOf",
        &format!("https://x-token-auth:{token}@bitbucket.org/acme/"),
    ]);
    git(&["config", &format!("url.{url}.insteadOf"), "widgets:"]);
    git(&["config", &format!("credential.{password}.username"), "bob"]);
    git(&[
        "config",
        "credential.helper",
        &format!("!f() {{ echo password={token}; }}; f"),
    ]);
    person.write(
        "widgets/.git/modules/a/b/HEAD",
        "ref: refs/heads/main\n",
        0o600,
    );
    let submodule = format!("[remote \"origin\"]\n\turl = {url}\n\tfetch = a:b\n");
    person.write("widgets/.git/modules/a/b/config", &submodule, 0o600);
    person.write(
        "widgets/.git/worktrees/x/config.worktree",
        &format!("no configuration: {url}\n[a]\n"),
        0o600,
    );

    person.write(
        "widgets/.gitmodules",
        &format!("[submodule \"p q\"]\n\tpath = p\n\turl = {url}\n"),
        0o600,
    );
    person.write(
        "widgets/.lfsconfig",
        &format!("[lfs]\n\turl = {password}\n"),
        0o600,
    );
    git(&["add", ".gitmodules"]);

    let log = format!("1 clone: from {url}\n2\n3 {url}\n4 {url}\n5 {password}\n6 {other}\n");
    person.write("widgets/.git/logs/HEAD", &log, 0o600);
    person.write("widgets/.git/FETCH_HEAD", &url, 0o600);
    person.write(".git-credentials", &format!("{other}\n{url}\n"), 0o600);
    person.write("my store", &format!("{url}\n{other}\n"), 0o600);
    person.write(
        ".netrc",
        &format!(
            "machine example.com login bob password hunter2\n\
         machine {}\n\tlogin bob\n\tpassword hunter2\nmachine example.org\n",
            host.split(':').next().expect("a host has a name"),
        ),
        0o600,
    );

    let found = Finding::fix_all(&person, "widgets", "stray tokens");
    expect![[r#"
        a.b.c in ~/other config contains a token
          git config --file ~/'other config' --replace-all a.b.c 'https://localhost:PORT/acme/widgets.git and more' '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        lfs.url in ~/other config contains a token
          git config --file ~/'other config' --replace-all lfs.url https://localhost:PORT/acme/widgets.git/info/lfs '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        http.extraheader in ~/other config has an Authorization header, which would replace the token in https requests
          git config --file ~/'other config' --unset-all http.extraheader '^AUTHORIZATION:'
        branch.main.remote in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config --replace-all branch.main.remote https://localhost:PORT/acme/widgets.git '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        remote.old.url in ~/widgets/.git/config contains a token
          git bbt migrate --import-tokens
        remote.bob.url in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config --replace-all remote.bob.url https://localhost:PORT/acme/widgets.git '://.*:.*@localhost'
        url.bbt::acme/.insteadof in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config --unset-all url.bbt::acme/.insteadof '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        url.https://x-token-auth:***@localhost:PORT/acme/widgets.git.insteadof in ~/widgets/.git/config contains a token in its name
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '\..*(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}.*\.' | xargs -0 -n 1 git config --file ~/widgets/.git/config --unset-all
        credential.https://bob:***@localhost:PORT/acme/widgets.git.username in ~/widgets/.git/config contains a token in its name
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '\..*://.*:.*@localhost.*\.' | xargs -0 -n 1 git config --file ~/widgets/.git/config --unset-all
        credential.helper in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config --unset-all credential.helper '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        remote.origin.url in ~/widgets/.git/modules/a/b/config contains a token
          git config --file ~/widgets/.git/modules/a/b/config --replace-all remote.origin.url https://localhost:PORT/acme/widgets.git '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        ~/widgets/.git/worktrees/x/config.worktree contains a token (line 1)
          sed -i 1d ~/widgets/.git/worktrees/x/config.worktree
        ~/.git-credentials contains a token (line 2)
          sed -i 2d ~/.git-credentials
        ~/my store contains a token (line 1)
          sed -i 1d ~/'my store'
        machine localhost in ~/.netrc has a password
          sed -i 2,4d ~/.netrc
        submodule.p q.url in ~/widgets/.gitmodules contains a token; the file is committed: revoke the token
          git config --file ~/widgets/.gitmodules --replace-all 'submodule.p q.url' https://localhost:PORT/acme/widgets.git '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        lfs.url in ~/widgets/.lfsconfig contains a token
          git config --file ~/widgets/.lfsconfig --replace-all lfs.url https://localhost:PORT/acme/widgets.git '://.*:.*@localhost'
        ~/widgets/.git/logs/HEAD contains a token (lines 1, 3-5)
          sed -i '1d;3,5d' ~/widgets/.git/logs/HEAD
        ~/widgets/.git/FETCH_HEAD contains a token
          rm ~/widgets/.git/FETCH_HEAD
    "#]].assert_eq(&Finding::text(&found));
    let read = |name: &str| std::fs::read_to_string(person.path(name)).expect("the file exists");
    let rest = [
        "other config",
        "widgets/.gitmodules",
        "widgets/.lfsconfig",
        "widgets/.git/logs/HEAD",
        ".git-credentials",
        "my store",
        ".netrc",
        "widgets/.git/modules/a/b/config",
    ];
    let rest: String = rest
        .iter()
        .map(|name| format!("{name}:\n{}", read(name)))
        .collect();
    expect![[r#"
        other config:
        [a "b"]
        	c = https://localhost:PORT/acme/widgets.git and more
        	c = d
        [lfs]
        	url = https://localhost:PORT/acme/widgets.git/info/lfs
        [http]
        	extraHeader = CF-Access: 1
        widgets/.gitmodules:
        [submodule "p q"]
        	path = p
        	url = https://localhost:PORT/acme/widgets.git
        widgets/.lfsconfig:
        [lfs]
        	url = https://localhost:PORT/acme/widgets.git
        widgets/.git/logs/HEAD:
        2
        6 https://bob:hunter2@example.com
        .git-credentials:
        https://bob:hunter2@example.com
        my store:
        https://bob:hunter2@example.com
        .netrc:
        machine example.com login bob password hunter2
        machine example.org
        widgets/.git/modules/a/b/config:
        [remote "origin"]
        	url = https://localhost:PORT/acme/widgets.git
        	fetch = a:b
    "#]]
    .assert_eq(&rest.replace(host, "localhost:PORT"));
    let config = read("widgets/.git/config");
    for kept in [other, "pushRemote = origin", "bbt::acme/widgets"] {
        assert!(config.contains(kept), "{kept}");
    }
    assert!(read(".gitconfig").contains("helper = cache"));
}

/// The hint unsets the variables, and the setting with them.
#[test]
fn a_token_in_the_environment_is_found() {
    let person = person();
    let token = person.remember(synthetic_token(Kind::Access));
    person.export("GIT_CONFIG_COUNT", "1");
    person.export("GIT_CONFIG_KEY_0", "remote.origin.url");
    person.export(
        "GIT_CONFIG_VALUE_0",
        person.url_with(&token, "acme/widgets"),
    );
    let found = Finding::all(&person, "", "stray tokens", "true");
    expect![[r#"
        remote.origin.url, set by git -c or GIT_CONFIG_COUNT, contains a token
          unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS
    "#]]
    .assert_eq(&Finding::text(&found));
    let after = Finding::all(&person, "", "stray tokens", &found[0].hint);
    assert_eq!(Finding::text(&after), "");
}

#[test]
fn stray_tokens_are_found_in_worktrees_submodules_and_xdg_folders() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    for file in [
        "widgets/.git/worktrees/x/FETCH_HEAD",
        "widgets/.git/modules/a/b/config",
        "widgets/.git/config.worktree",
        "xdg/git/credentials",
    ] {
        let before = person.run("git-bbt", ["doctor"]).at("widgets");
        before.env("XDG_CONFIG_HOME", person.path("xdg")).ends();
        person.write(
            "widgets/.git/modules/a/b/HEAD",
            "ref: refs/heads/main\n",
            0o600,
        );
        let path = person.write(file, &url, 0o600);
        let config = person.path(".config/git-remote-bbt/config.toml");
        let run = person
            .run("git-bbt", ["doctor"])
            .at("widgets")
            .env("BBT_CONFIG", config);
        let outcome = run.env("XDG_CONFIG_HOME", person.path("xdg")).fails(1);
        assert!(
            outcome
                .stdout
                .contains(&format!("problem  stray tokens  ~/{file} contains a token")),
            "{file}: {outcome}"
        );
        assert!(!outcome.stdout.contains("<token>"), "{outcome}");
        std::fs::remove_file(path).expect("HOME is writable");
    }
    let password = "https://bob:hunter2@bitbucket.org/acme/widgets";
    person
        .git(["remote", "set-url", "origin", password])
        .at("widgets")
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").fails(1);
    let found = "remote.origin.url in ~/widgets/.git/config contains a token";
    assert!(outcome.stdout.contains(found), "{outcome}");
    assert!(
        outcome.stdout.contains("hint: git bbt migrate\n"),
        "{outcome}"
    );
    assert!(!outcome.stdout.contains("hunter2"), "{outcome}");
}

/// Passwords in the name of a setting, which a hint could repeat.
#[test]
fn no_hint_repeats_a_password_in_a_name() {
    let person = person();
    let scope = format!("https://bob:hunter2secret@{}/acme", person.host());
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    for (name, value) in [
        (format!("http.{scope}.sslVerify"), "false"),
        (
            format!("http.{scope}.extraHeader"),
            "Authorization: Basic eDp5",
        ),
        (format!("http.{scope}.extraHeader"), "CF-Access: 1"),
        // A name for another host, which is no finding, with a value that is one.
        (
            "lfs.https://bob:hunter2secret@example.com/.x".to_owned(),
            &person.url_with("ATCTAAAAAAAAAAAAAAAAAAAAAAAA", "acme/widgets"),
        ),
        (
            "-x.https://example.com/.y".to_owned(),
            "x-token-auth:AAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ] {
        let words = ["config", "--add", "--", &name, value];
        person.git(words).at("widgets").succeeds();
    }
    let mut found = Finding::fix_all(&person, "widgets", "certificates");
    let config = person.path("widgets/.git/config");
    let left = std::fs::read_to_string(&config).expect("the file exists");
    assert!(!left.contains("sslVerify"), "{left}");
    assert!(left.contains("extraHeader = Authorization"), "{left}");
    let first = Finding::all(&person, "widgets", "stray tokens", "true");
    let authorization = first.iter().find(|is| is.message.contains("Authorization"));
    let authorization = authorization.expect("the header is reported").clone();
    let hint = authorization.hint.replace("localhost:PORT", person.host());
    Finding::all(&person, "widgets", "stray tokens", &hint);
    let left = std::fs::read_to_string(&config).expect("the file exists");
    assert!(!left.contains("Authorization"), "{left}");
    assert!(left.contains("CF-Access: 1"), "{left}");
    found.push(authorization);
    found.extend(Finding::fix_all(&person, "widgets", "stray tokens"));
    let text = Finding::text(&found);
    assert!(!text.contains("hunter2"), "{text}");
    expect![[r#"
        http.https://bob:***@localhost:PORT/acme.sslverify = false (in ~/widgets/.git/config): certificates are not verified, so anyone on the network can read the token
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '^http\.https://bob:.*@localhost:PORT/acme\.sslverify$' | xargs -0 -n 1 git config --file ~/widgets/.git/config --unset-all
        http.https://bob:***@localhost:PORT/acme.extraheader in ~/widgets/.git/config has an Authorization header, which would replace the token in https requests
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '^http\.https://bob:.*@localhost:PORT/acme\.extraheader$' | xargs -0 -n 1 sh -c 'git config --file ~/widgets/.git/config --unset-all "$0" '\''^Authorization:'\'''
        http.https://bob:***@localhost:PORT/acme.extraheader in ~/widgets/.git/config contains a token in its name
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '\..*://.*:.*@localhost.*\.' | xargs -0 -n 1 git config --file ~/widgets/.git/config --unset-all
        lfs.https://bob:***@example.com/.x in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config -z --name-only --get-regexp '^lfs\.https://bob:.*@example\.com/\.x$' | xargs -0 -n 1 sh -c 'git config --file ~/widgets/.git/config --replace-all "$0" https://localhost:PORT/acme/widgets.git '\''(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'\'''
        -x.https://example.com/.y in ~/widgets/.git/config contains a token
          git config --file ~/widgets/.git/config --unset-all -- -x.https://example.com/.y 'x-(bitbucket-api-)?token-auth:'
    "#]].assert_eq(&text);
}

/// Files that git reads besides its configuration: two legacy forms of a remote, and a committed file
/// that is not in the work tree, of which there may be several.
#[test]
fn tokens_in_legacy_remotes_and_in_committed_files_are_found() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    let git = |folder: &str, arguments: &[&str]| {
        let run = person.git(arguments.iter().copied()).at(folder);
        run.succeeds()
    };
    let remote = format!("URL: {url}\nPull: refs/heads/main:refs/heads/main\n");
    person.write("widgets/.git/remotes/team/old", &remote, 0o600);
    person.write(
        "widgets/.git/branches/older",
        &format!("{url}#main\n"),
        0o600,
    );
    person.write(
        "widgets/.lfsconfig",
        &format!("[lfs]\n\turl = {url}/info/lfs\n"),
        0o600,
    );
    let modules = format!("[submodule \"p\"]\n\tpath = p\n\turl = {url}\n");
    person.write("widgets/.gitmodules", &modules, 0o600);
    git("widgets", &["add", ".lfsconfig", ".gitmodules"]);
    git("widgets", &["commit", "--quiet", "-m", "Add"]);
    git("widgets", &["worktree", "add", "--quiet", "../linked"]);
    git("widgets", &["rm", "--quiet", "--cached", ".gitmodules"]);
    for file in [
        "widgets/.lfsconfig",
        "widgets/.gitmodules",
        "linked/.gitmodules",
    ] {
        std::fs::remove_file(person.path(file)).expect("HOME is writable");
    }
    git("", &["clone", "--quiet", "--bare", "widgets", "bare"]);

    let linked = Finding::all(&person, "linked", "stray tokens", "true");
    let mut found = Finding::fix_all(&person, "widgets", "stray tokens");
    assert_eq!(linked.len(), found.len());
    found.extend(Finding::all(&person, "bare", "stray tokens", "true"));
    expect![[r#"
        submodule.p.url in ~/widgets/.gitmodules contains a token; the file is committed: revoke the token
          git -C ~/widgets cat-file blob HEAD:.gitmodules >~/widgets/.gitmodules && git config --file ~/widgets/.gitmodules --replace-all submodule.p.url https://localhost:PORT/acme/widgets.git '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        lfs.url in ~/widgets/.lfsconfig contains a token; the file is committed: revoke the token
          git -C ~/widgets cat-file blob :.lfsconfig >~/widgets/.lfsconfig && git config --file ~/widgets/.lfsconfig --replace-all lfs.url https://localhost:PORT/acme/widgets.git/info/lfs '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        submodule.p.url in ~/linked/.gitmodules contains a token; the file is committed: revoke the token
          git -C ~/linked cat-file blob :.gitmodules >~/linked/.gitmodules && git config --file ~/linked/.gitmodules --replace-all submodule.p.url https://localhost:PORT/acme/widgets.git '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        lfs.url in ~/linked/.lfsconfig contains a token; the file is committed: revoke the token
          git config --file ~/linked/.lfsconfig --replace-all lfs.url https://localhost:PORT/acme/widgets.git/info/lfs '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
        ~/widgets/.git/remotes/team/old contains a token (line 1)
          sed -i 1d ~/widgets/.git/remotes/team/old
        ~/widgets/.git/branches/older contains a token (line 1)
          sed -i 1d ~/widgets/.git/branches/older
        submodule.p.url in ~/bare/.gitmodules contains a token; the file is committed: revoke the token
          remove it from .gitmodules in a clone, commit and push
        lfs.url in ~/bare/.lfsconfig contains a token; the file is committed: revoke the token
          remove it from .lfsconfig in a clone, commit and push
    "#]].assert_eq(&Finding::text(&found));
}

/// A folder whose name looks like an option.
#[test]
fn a_hint_names_a_folder_and_not_an_option() {
    let person = person();
    let token = person.signed_in_to("acme");
    let url = person.url_with(&token, "acme/widgets");
    person.git(["init", "--quiet", "--", "-x"]).succeeds();
    person
        .git(["remote", "add", "origin", &url])
        .at("-x")
        .succeeds();
    let doctor = || person.run("git-bbt", ["doctor", "--", "-x"]).ends();
    let hint = "hint: git bbt migrate --import-tokens ./-x\n";
    let outcome = doctor();
    assert!(outcome.stdout.contains(hint), "{outcome}");
    let words = ["migrate", "--import-tokens", "./-x"];
    person.run("git-bbt", words).succeeds();
    let outcome = doctor();
    assert!(!outcome.stdout.contains("problem  stray"), "{outcome}");
}
