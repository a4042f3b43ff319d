//! The hand-off to git's own `git-remote-https`: the token goes only to the configured host, no other
//! credential is used instead, and no other program is given it.

use std::fs;

use crate::stand_in::{Request, synthetic_token};
use crate::support::{Form, Person, hands_off_through_git, with_each_git};

/// Returns a credential helper that records every request, and answers nothing.
fn spy(person: &Person) -> String {
    let script = "#!/bin/sh\n{ echo \"$@\"; cat; } >> \"$HOME/spied\"\n";
    format!("!{}", person.write("spy.sh", script, 0o755).display())
}

/// Sets a key globally, for all URLs and for each part of the URL of acme/widgets.
fn set_in_each_scope(person: &Person, section: &str, key: &str, value: &str) {
    let url = person.bitbucket.url();
    for scope in [
        "",
        &format!("{url}."),
        &format!("{url}/acme."),
        &format!("{url}/acme/widgets.git."),
    ] {
        let name = format!("{section}.{scope}{key}");
        let add = ["config", "--global", "--add", &name, value];
        person.git(add).succeeds();
    }
}

/// Asserts that every Authorization header that was sent has this token.
#[track_caller]
fn only_this_token_was_sent(person: &Person, token: &str) {
    let requests = person.bitbucket.take_requests();
    assert!(
        requests.iter().any(|request| request.status == Some(200)),
        "nothing got through"
    );
    for request in requests {
        if let Some(authorization) = request.authorization {
            assert!(
                authorization.is_basic("x-token-auth", token),
                "{authorization:?} for {}",
                request.path
            );
        }
    }
}

#[test]
fn other_credential_helpers_are_not_run() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let url = person.bitbucket.url().to_owned();
        set_in_each_scope(person, "credential", "helper", &spy(person));
        person
            .git([
                "config",
                "--global",
                &format!("credential.{url}.username"),
                "me",
            ])
            .succeeds();

        person.clone("acme/widgets");
        person.commit("widgets", 10);
        person.git_in("widgets", "push --quiet");
        only_this_token_was_sent(person, &token);
        person.bitbucket.revoke(&token);
        person
            .git(["fetch"])
            .at("widgets")
            .fails(128)
            .says("rejected the token");
        assert!(!person.path("spied").exists(), "another helper was run");

        // The control: with a plain https URL, git calls the helper.
        person
            .git(["ls-remote", &format!("{url}/acme/widgets.git")])
            .fails(128);
        assert!(person.path("spied").exists(), "the control runs no helper");
    });
}

#[test]
fn helpers_of_git_c_and_the_environment_are_not_run() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let helper = format!("credential.helper={}", spy(person));
        person
            .git([
                "-c",
                &helper,
                "-c",
                "http.extraHeader=X-Kept: no",
                "ls-remote",
                "bbt::acme/widgets",
            ])
            .env("GIT_CONFIG_COUNT", "2")
            .env(
                "GIT_CONFIG_KEY_0",
                format!("credential.{}.helper", person.bitbucket.url()),
            )
            .env("GIT_CONFIG_VALUE_0", spy(person))
            .env("GIT_CONFIG_KEY_1", "http.userAgent")
            .env("GIT_CONFIG_VALUE_1", "kept/1")
            .succeeds();
        // Settings for other things still apply.
        let requests = person.bitbucket.requests();
        assert!(
            requests
                .iter()
                .all(|request| request.headers.get("user-agent") == Some("kept/1"))
        );
        only_this_token_was_sent(person, &token);
        assert!(!person.path("spied").exists(), "another helper was run");

        person.git_in("", "-c http.userAgent=kept/2 ls-remote bbt::acme/widgets");
        let requests = person.bitbucket.requests();
        assert!(
            requests
                .iter()
                .all(|request| request.headers.get("user-agent") == Some("kept/2"))
        );
    });
}

#[test]
fn a_configured_authorization_header_is_not_sent() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let header = "Authorization: Basic bm86bm8=";
        set_in_each_scope(person, "http", "extraHeader", header);
        person.clone("acme/widgets");
        person.commit("widgets", 3_000_000);
        person.git_in("widgets", "push --quiet");
        only_this_token_was_sent(person, &token);
    });
}

/// A company's proxy in front of Bitbucket may require headers.
#[test]
fn other_headers_are_sent_to_a_configured_host() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let url = person.bitbucket.url().to_owned();
        let ls_remote = |settings: &[&str]| {
            let settings = settings.iter().flat_map(|setting| ["-c", setting]);
            let run = person.git(settings.chain(["ls-remote", "bbt::acme/widgets"]));
            run.succeeds()
        };
        let kept = format!("http.{url}/.extraHeader=CF-Access-Client-Id: x");
        let other = "http.https://example.com/.extraHeader=Authorization: Basic bm86bm8=";
        let outcome = ls_remote(&["http.extraHeader=X-Authorization: x", other, &kept]);
        assert_eq!(outcome.stderr, "");
        let requests = person.bitbucket.requests();
        let has_it = |request: &Request| {
            request.headers.get("cf-access-client-id") == Some("x")
                && request.headers.get("x-authorization") == Some("x")
        };
        assert!(requests.iter().all(has_it), "{requests:#?}");
        only_this_token_was_sent(person, &token);

        let port = url.rsplit(':').next().unwrap_or_default();
        for key in [
            "http.extraHeader".to_owned(),
            format!("http.{url}/acme.extraHeader"),
            format!("http.https://*:{port}.extraHeader"),
            format!("http.https://LOCALHOST:{port}/acme/widgets.git.extraheader"),
        ] {
            for value in [
                "AUTHORIZATION: Basic bm86bm8=",
                " authorization :",
                "Authorization;",
            ] {
                let outcome = ls_remote(&[&kept, &format!("{key}={value}")]);
                expect_test::expect![[r#"
                    warning: http.extraHeader has an Authorization header, which would replace the token; no http.extraHeader is sent to localhost:PORT
                "#]]
                .assert_eq(&outcome.stderr);
                only_this_token_was_sent(person, &token);
            }
        }
    });
}

/// Starting it through `git` would be one more process.
#[test]
fn git_remote_https_is_started_directly() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.git(["ls-remote", "bbt::acme/widgets"]).succeeds();
        let through_git = person.forms_of_git().contains(&Form::HandOffByHand);
        assert_eq!(through_git, hands_off_through_git());
    });
}

#[test]
fn without_a_calling_git_the_one_on_the_path_is_started() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let helper = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        helper.input("list\n\n").succeeds();
        assert!(person.forms_of_git().contains(&Form::HandOffByHand));
        only_this_token_was_sent(person, &token);
    });
}

/// bitbucket.org has no such proxy, and reading the setting would be one more process.
#[test]
fn no_headers_are_sent_to_bitbucket_org() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.write_config("");
    let git = person.run("sh", ["-c", "command -v git"]).succeeds().stdout;
    let log = format!(
        "#!/bin/sh\necho \"$* $GIT_CONFIG_PARAMETERS\" >> ~/started\nexec {} \"$@\"\n",
        git.trim()
    );
    person.write("bin/git", &log, 0o755);
    let helper = || {
        let helper = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        helper.input("capabilities\n\n").succeeds();
        let started = fs::read_to_string(person.path("started")).expect("git was started");
        fs::remove_file(person.path("started")).expect("the file exists");
        started
    };
    let started = helper();
    assert_eq!(started.lines().count(), 1, "{started}");
    let emptied = "'http.https://bitbucket.org/acme/widgets.git.extraHeader='";
    assert!(started.contains(emptied), "{started}");
    // The control: with another git_url, git is asked for headers.
    person.configure("");
    assert_eq!(helper().lines().count(), 2);
}

/// During a push, a partial clone fetches missing objects from the remote that it was cloned from, with
/// the credential for that one.
#[test]
fn a_partial_clone_of_an_https_remote_pushes_to_a_bbt_remote() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.empty_repository("acme/copy");
        person.bitbucket.empty_repository("acme/control");
        let stored = person.url_with(&person.workspace_token("acme"), "");
        person.write(".git-credentials", &stored.replace("/.git", "\n"), 0o600);
        let helper = ["config", "--global", "credential.helper", "store"];
        person.git(helper).succeeds();
        let url = |name: &str| format!("{}/acme/{name}.git", person.bitbucket.url());
        let partial = |folder: &str| {
            let clone = ["clone", "--quiet", "--bare", "--filter=blob:none"];
            let from = url("widgets");
            person
                .git(clone.into_iter().chain([from.as_str(), folder]))
                .succeeds();
        };
        partial("stock");
        let push = ["push", "--quiet", &url("control"), "main"];
        person.git(push).at("stock").succeeds();

        partial("ours");
        let token = person.signed_in_to("acme");
        person.bitbucket.take_requests();
        let push = ["push", "--quiet", "bbt::acme/copy", "main"];
        let push = person.git(push).at("ours").succeeds();
        assert_eq!(push.stderr, "");
        let requests = person.bitbucket.take_requests();
        let fetched = |request: &Request| request.path.contains("acme/widgets.git/git-upload-pack");
        assert!(
            requests.iter().any(fetched),
            "nothing was missing: {requests:#?}"
        );
        for request in requests {
            if let Some(authorization) = request.authorization {
                let is_ours = authorization.is_basic("x-token-auth", &token);
                assert_eq!(
                    is_ours,
                    request.path.contains("acme/copy"),
                    "{}",
                    request.path
                );
            }
        }
    });
}

/// git before 2.18 is ended by a signal if a helper ends without reading its input.
#[test]
fn the_helpers_shell_reads_its_input_on_store() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let traced = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
    let traced = traced
        .env("BBT_TRACE", "1")
        .input("capabilities\n\n")
        .succeeds();
    let (_, line) = traced
        .stderr
        .split_once(".helper=!")
        .expect("the helper is in the trace");
    let (line, _) = line.split_once("; f'").expect("the helper is a function");
    let line = line.replace(r"'\''", "'");
    let run = |line: &str| {
        let script = format!("yes | head -c 1000000 && echo whole >&2 | {{ {line}; f store; }}");
        // The status of the writer, which a signal ends if nobody reads.
        let script = script.replace("&& echo whole >&2 |", "2>&1 && echo whole >&2; } |");
        person
            .run("sh", ["-c", &format!("{{ {script}")])
            .ends()
            .stderr
    };
    assert_eq!(run(&line), "whole\n");
    // The control: a helper that does not read.
    assert_eq!(run("f() { :; }"), "");
}

/// In git before 2.46, curl tries netrc first, and sends its password only to the host of the entry,
/// with a user name that Bitbucket rejects; then git asks us.
#[test]
fn a_login_in_netrc_is_not_used() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let in_netrc = person.workspace_token("acme");
        let token = person.signed_in_to("acme");
        for entry in [
            "machine localhost login x-token-auth",
            "machine localhost login me",
            "default login x-token-auth",
        ] {
            person.write(".netrc", &format!("{entry} password {in_netrc}\n"), 0o600);
            person.git_in("", "clone --quiet bbt::acme/widgets");
            let requests = person.bitbucket.take_requests();
            let answered = requests
                .iter()
                .filter(|request| request.status == Some(200));
            for request in answered {
                let authorization = request
                    .authorization
                    .as_ref()
                    .expect("the request has the header");
                assert!(authorization.is_basic("x-token-auth", &token), "{entry}");
            }
            let most = if person.git_is_proactive() { 3 } else { 5 };
            assert_eq!(requests.len(), most, "{entry}: {requests:#?}");
            fs::remove_dir_all(person.path("widgets")).expect("the clone exists");
        }
    });
}

#[test]
fn the_path_of_the_helper_may_hold_spaces_and_quotes() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let folder = person.path("it's a \"nice\" place, $HOME");
        fs::create_dir(&folder).expect("HOME is writable");
        let program = folder.join("git-remote-bbt");
        fs::copy(env!("CARGO_BIN_EXE_git-remote-bbt"), &program).expect("HOME is writable");
        fs::remove_file(person.path("bin/git-remote-bbt")).expect("the helper is a link");
        std::os::unix::fs::symlink(&program, person.path("bin/git-remote-bbt"))
            .expect("HOME is writable");
        person.clone("acme/widgets");
    });
}

/// In some versions, git's traces would contain the token, and in all of them if redaction is off.
#[test]
fn gits_traces_contain_no_token() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let encoded = crate::support::basic("x-token-auth", &token);
        for (http2, off) in [
            (true, "0"),
            (false, "0"),
            (false, "00"),
            (true, "0x0"),
            (true, ""),
        ] {
            person.bitbucket.switches(|switches| switches.http2 = http2);
            let trace = person.path("trace");
            let traced = person
                .git(["ls-remote", "bbt::acme/widgets"])
                .env("GIT_TRACE", &trace)
                .env("GIT_TRACE_CURL", &trace)
                .env("GIT_TRACE_PACKET", &trace)
                .env("GIT_TRACE_REDACT", off)
                .env("GIT_TRACE2_EVENT", &trace)
                .env("GIT_TRACE2_CONFIG_PARAMS", "*")
                .env("BBT_TRACE", "1")
                .succeeds();
            traced
                .says("warning: ignoring GIT_TRACE_REDACT")
                .does_not_say("<token>");
            let trace = fs::read_to_string(trace).expect("git traces");
            assert!(trace.contains("Send header"), "curl's trace is there");
            assert!(!trace.contains(&token), "the token is in a trace");
            assert!(
                !trace.contains(encoded.trim_start_matches("Basic ")),
                "the token is in a trace"
            );
            fs::remove_file(person.path("trace")).expect("the file exists");
        }

        // The control: stock git with redaction off writes the header.
        let header = format!("http.extraHeader=Authorization: {encoded}");
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        let stock = person.git(["-c", &header, "ls-remote", &url]);
        let stock = stock
            .env("GIT_TRACE_CURL", "1")
            .env("GIT_TRACE_REDACT", "0")
            .succeeds();
        stock.says("<token>");
    });
}

/// The trace shows the settings that are passed to git.
#[test]
fn bbt_trace_prints_what_was_read_and_run() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.remember(synthetic_token(crate::stand_in::Kind::Access));
    person.configure(&format!(
        "[workspace.acme]\ntoken = {{ value = \"{token}\" }}\n"
    ));
    person.signed_in_to("acme");
    let traced = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
    let traced = traced.env("BBT_TRACE", "1").input("list\n\n").succeeds();
    let program =
        fs::canonicalize(env!("CARGO_BIN_EXE_git-remote-bbt")).expect("the program is built");
    let said = traced
        .stderr
        .replace(&program.display().to_string(), "[git-remote-bbt]");
    let descriptor = said.find(">&").expect("the helper has a pipe") + 2;
    let said = format!("{}N{}", &said[..descriptor], &said[descriptor + 1..]);
    expect_test::expect![[r#"
        bbt: address: acme/widgets
        bbt: config: ~/.config/git-remote-bbt/config.toml
        bbt: source: BBT_TOKEN_ACME in the environment; it comes before value ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        bbt: set: credential.https://localhost:PORT/acme/widgets.git.helper=
        bbt: set: 'credential.https://localhost:PORT/acme/widgets.git.helper=!f() { test "$1" = store || exec '\''[git-remote-bbt]'\'' --credential acme/widgets "$1"; while read -r line; do :; done; { printf s >&N; } 2>/dev/null; }; f'
        bbt: set: credential.https://localhost:PORT/acme/widgets.git.useHttpPath=true
        bbt: set: http.https://localhost:PORT/acme/widgets.git.proactiveAuth=basic
        bbt: set: http.https://localhost:PORT/acme/widgets.git.followRedirects=false
        bbt: run: git remote-https origin https://localhost:PORT/acme/widgets.git
        bbt: config: ~/.config/git-remote-bbt/config.toml
        bbt: source: BBT_TOKEN_ACME in the environment; it comes before value ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&said);
    let quiet = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
    let quiet = quiet.env("BBT_TRACE", "0").input("list\n\n").succeeds();
    assert_eq!(quiet.stderr, "");
}
