//! REST uses the same proxies, certificates and exceptions as git, from git's configuration and the
//! environment. If possible, git itself is run for comparison.

use std::fs;
use std::path::Path;

use expect_test::expect;

use crate::support::{Outcome, Person, Proxy};

/// Returns a person with a token for acme/widgets.
fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
}

const PATH: &str = "repositories/acme/widgets";

/// Sends a request with REST and one with git, with the same variables. Both must succeed.
fn both_get_through(person: &Person, variables: &[(&str, &str)]) {
    let rest = person.run("git-bbt", ["api", "--silent", PATH]);
    let git = person.git(["ls-remote", "bbt::acme/widgets"]);
    for run in [rest, git] {
        let with = |run, (name, value): &(&str, &str)| crate::support::Run::env(run, name, value);
        variables.iter().fold(run, with).succeeds();
    }
}

fn configure_git(person: &Person, key: &str, value: impl AsRef<Path>) {
    let value = value.as_ref().to_str().expect("the value is UTF-8");
    person.git(["config", "--global", key, value]).succeeds();
}

/// Runs a REST request without the authority that Person trusts, and with these variables.
fn rest_without_authority(person: &Person, variables: &[(&str, &Path)]) -> Outcome {
    let run = person.run("git-bbt", ["api", "--silent", PATH]);
    let run = run.without("GIT_SSL_CAINFO");
    variables
        .iter()
        .fold(run, |run, (name, value)| run.env(name, value))
        .ends()
}

#[test]
fn gits_proxy_is_used() {
    let (person, proxy) = (person(), Proxy::start());
    configure_git(&person, "http.proxy", &proxy.url);
    both_get_through(&person, &[]);
    let heads = proxy.take();
    assert_eq!(heads.len(), 2, "{heads:?}");
    let host = person.host();
    assert!(
        heads
            .iter()
            .all(|head| head.starts_with(&format!("CONNECT {host} ")))
    );
    assert!(
        !heads.concat().to_lowercase().contains("\r\nauthorization"),
        "the proxy gets only the destination"
    );
}

#[test]
fn gits_proxy_for_the_host_is_used() {
    let (person, proxy) = (person(), Proxy::start());
    configure_git(&person, "http.proxy", "http://127.0.0.1:1");
    let key = format!("http.{}.proxy", person.bitbucket.url());
    configure_git(&person, &key, &proxy.url);
    both_get_through(&person, &[]);
    assert_eq!(proxy.tunnels(), 2);
}

#[test]
fn a_proxy_in_the_environment_is_used() {
    let (person, proxy) = (person(), Proxy::start());
    for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        both_get_through(&person, &[(name, &proxy.url)]);
        assert_eq!(proxy.tunnels(), 2, "{name}");
    }
    // The more specific variable wins.
    both_get_through(
        &person,
        &[
            ("https_proxy", &proxy.url),
            ("ALL_PROXY", "http://127.0.0.1:1"),
        ],
    );
    assert_eq!(proxy.tunnels(), 2);
}

#[test]
fn gits_proxy_comes_before_the_environments() {
    let (person, proxy) = (person(), Proxy::start());
    configure_git(&person, "http.proxy", &proxy.url);
    both_get_through(&person, &[("HTTPS_PROXY", "http://127.0.0.1:1")]);
    assert_eq!(proxy.tunnels(), 2);
    // An empty setting means no proxy.
    configure_git(&person, "http.proxy", "");
    both_get_through(&person, &[("HTTPS_PROXY", &proxy.url)]);
    assert_eq!(proxy.tunnels(), 0);
}

#[test]
fn no_proxy_names_exceptions() {
    let (person, proxy) = (person(), Proxy::start());
    for name in ["no_proxy", "NO_PROXY"] {
        for hosts in [
            "localhost",
            "example.com,localhost",
            "example.com, .localhost",
            "*",
        ] {
            both_get_through(&person, &[("HTTPS_PROXY", &proxy.url), (name, hosts)]);
            assert_eq!(proxy.tunnels(), 0, "{name}={hosts}");
        }
        both_get_through(&person, &[("HTTPS_PROXY", &proxy.url), (name, "host")]);
        assert_eq!(proxy.tunnels(), 2, "{name}");
    }
    configure_git(&person, "http.proxy", &proxy.url);
    both_get_through(&person, &[("NO_PROXY", "localhost")]);
    assert_eq!(proxy.tunnels(), 0);
}

/// Otherwise a token for the other host would be sent to Bitbucket.
#[test]
fn a_git_url_without_an_api_url_is_warned_of() {
    let (person, proxy) = (
        person(),
        Proxy::refusing("HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n"),
    );
    let ask = || {
        let run = person.run("git-bbt", ["api", "--silent", PATH]);
        run.env("HTTPS_PROXY", &proxy.url).fails(1)
    };
    let warning = "warning: config.toml sets git_url but not api_url";
    ask().does_not_say(warning);
    person.write_config(&format!(
        "[bitbucket]\ngit_url = \"{}\"\n",
        person.bitbucket.url()
    ));
    ask().says(&format!(
        "{warning}, so https://api.bitbucket.org/2.0 is used; set api_url too\n"
    ));
    let asked = proxy.take().concat();
    assert!(asked.contains("CONNECT api.bitbucket.org:443 "), "{asked}");
    person.write_config("[bitbucket]\napi_url = \"https://api.bitbucket.org/2.0\"\n");
    ask().does_not_say("warning");
}

#[test]
fn a_proxys_password_goes_to_the_proxy_and_into_no_message() {
    let (person, proxy) = (person(), Proxy::start());
    // git sends a password only after a 407.
    person
        .run("git-bbt", ["api", "--silent", PATH])
        .env("HTTPS_PROXY", proxy.url.replace("//", "//me:secret@"))
        .succeeds();
    let login = format!(
        "proxy-authorization: {}",
        crate::support::basic("me", "secret")
    );
    let heads = proxy.take().concat().to_lowercase();
    assert_eq!(heads.matches(&login.to_lowercase()).count(), 1);

    let outcome = person
        .run("git-bbt", ["api", PATH])
        .env("HTTPS_PROXY", "http://me:p@secret@127.0.0.1:1")
        .env("BBT_TRACE", "1")
        .fails(1);
    outcome.says("through the proxy 127.0.0.1:1: ");
    outcome.does_not_say("secret");
}

#[test]
fn a_proxy_that_fails_is_named() {
    let person = person();
    let refusing = Proxy::refusing("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let wanting =
        Proxy::refusing("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let mut said = String::new();
    for url in ["http://127.0.0.1:1", &refusing.url, &wanting.url] {
        configure_git(&person, "http.proxy", url);
        let outcome = person.run("git-bbt", ["api", PATH]).fails(1);
        let host = url.trim_start_matches("http://");
        said += &outcome.to_string().replace(host, "PROXY");
    }
    assert!(person.requests().is_empty());
    expect![[r#"
        error: cannot reach localhost:PORT through the proxy PROXY: Connection refused (os error 111)
        hint: the proxy is set in http.proxy
        status: 1
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: unsuccessful
        hint: the proxy is set in http.proxy
        status: 1
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: add your user name, and git's credential helper supplies the password: git config --global http.proxy http://<user>@PROXY
        status: 1
    "#]].assert_eq(&said);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let person = person();
    let outcome = rest_without_authority(&person, &[]);
    assert!(person.requests().is_empty());
    expect![[r#"
        error: cannot verify the certificate of localhost:PORT: invalid peer certificate: UnknownIssuer
        hint: behind a proxy that inspects TLS, set its CA certificate as for git: git config --global http.sslCAInfo <file>
        status: 1
    "#]].assert_eq(&outcome.to_string());
}

#[test]
fn gits_certificate_authorities_are_used() {
    let person = person();
    let trusted = person.bitbucket.ca_file();
    let folder = person.path("authorities");
    fs::create_dir(&folder).expect("HOME is writable");
    fs::copy(trusted, folder.join("ours.pem")).expect("HOME is writable");
    fs::write(folder.join("README"), "not one").expect("HOME is writable");

    for (name, value) in [
        ("GIT_SSL_CAINFO", trusted),
        ("GIT_SSL_CAPATH", &folder),
        // The store of the platform, as far as a test can set one.
        ("SSL_CERT_FILE", trusted),
        ("GIT_SSL_NO_VERIFY", Path::new("1")),
    ] {
        let outcome = rest_without_authority(&person, &[(name, value)]);
        assert_eq!(outcome.status, Some(0), "{name}: {outcome}");
    }
    for (key, value) in [
        ("http.sslCAInfo", trusted),
        ("http.sslCAPath", &folder),
        ("http.sslCAInfo", Path::new("~/trusted.pem")),
        ("http.sslVerify", Path::new("false")),
    ] {
        configure_git(&person, key, value);
        let outcome = rest_without_authority(&person, &[]);
        assert_eq!(outcome.status, Some(0), "{key}: {outcome}");
        person
            .git(["config", "--global", "--unset", key])
            .succeeds();
    }
    assert_eq!(rest_without_authority(&person, &[]).status, Some(1));
}

/// As with libcurl on Debian, which has both a file and a folder.
#[test]
fn one_ca_setting_adds_to_the_systems_and_both_replace_them() {
    let person = person();
    let other = crate::stand_in::StandIn::builder().own_authority().start();
    let folder = person.path("authorities");
    fs::create_dir(&folder).expect("HOME is writable");
    fs::copy(other.ca_file(), folder.join("other.pem")).expect("HOME is writable");
    let system = ("SSL_CERT_FILE", person.bitbucket.ca_file());
    let (file, folder) = (
        ("GIT_SSL_CAINFO", other.ca_file()),
        ("GIT_SSL_CAPATH", folder.as_path()),
    );
    for added in [file, folder] {
        let outcome = rest_without_authority(&person, &[system, added]);
        assert_eq!(outcome.status, Some(0), "{added:?}: {outcome}");
    }
    person.requests();
    let outcome = rest_without_authority(&person, &[system, file, folder]);
    outcome.says("cannot verify the certificate of localhost:PORT");
    assert!(person.requests().is_empty());
    // Certificates that cannot be an authority are ignored.
    let mut mixed = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".to_owned();
    mixed += &fs::read_to_string(person.bitbucket.ca_file()).expect("the file is text");
    let mixed = person.write("mixed.pem", &mixed, 0o644);
    let outcome = rest_without_authority(&person, &[("GIT_SSL_CAINFO", &mixed)]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
}

/// A tracked folder in a clone may be a bare repository.
#[test]
fn settings_of_a_repository_are_not_used() {
    let (person, proxy) = (person(), Proxy::start());
    person.bitbucket.repository("beta/parts");
    let beta = person.workspace_token("beta");
    person.git(["init", "--quiet", "clone"]).succeeds();
    person.git_in("", "init --quiet --bare clone/fix");
    let hostile = format!(
        "[http]\n\tproxy = {}\n\tsslVerify = false\n[credential]\n\thelper = !touch \"$HOME/ran\"; :\n",
        proxy.url
    );
    for config in ["clone/.git/config", "clone/fix/config"] {
        let own = fs::read_to_string(person.path(config)).expect("the file exists");
        person.write(config, &(own + &hostile), 0o644);
    }
    let commands: [&[&str]; 4] = [
        &["status", "--check"],
        &["login", "beta", "--with-token", "--store", "file"],
        &["doctor", "acme/widgets"],
        &["api", "--silent", PATH],
    ];
    let asks = |words: &[&str], folder: &str, variables: &[(&str, &str)]| {
        let run = person.run("git-bbt", words.iter().copied()).at(folder);
        let with = |run, (name, value): &(&str, &str)| crate::support::Run::env(run, name, value);
        let run = variables.iter().fold(run.input(beta.clone()), with);
        let outcome = run.ends();
        let requests = person.bitbucket.take_requests();
        let is_rest = |request: &crate::stand_in::Request| request.path.starts_with("/2.0/");
        assert!(requests.iter().any(is_rest), "{words:?}: {outcome}");
    };
    for words in commands {
        asks(words, "clone", &[]);
        asks(words, "clone/fix", &[]);
        asks(
            words,
            "",
            &[(
                "GIT_DIR",
                person.path("clone/fix").to_str().expect("the path is text"),
            )],
        );
    }
    assert_eq!(proxy.tunnels(), 0);
    assert!(!person.path("ran").exists());
    // The user's own settings are used, wherever they are.
    configure_git(&person, "http.proxy", &proxy.url);
    asks(commands[3], "clone", &[]);
    assert_eq!(proxy.tunnels(), 1);
    let of_command = person.git(["-c", "http.proxy=http://127.0.0.1:1", "bbt", "api", PATH]);
    of_command
        .at("clone")
        .fails(1)
        .says("through the proxy 127.0.0.1:1");
}

#[test]
fn a_proxys_password_comes_from_the_credential_helper() {
    let person = person();
    let proxy = Proxy::wanting("d\\me", "100%z");
    let helper = "!f() { cat >> \"$HOME/asked\"; test \"$1\" != get || echo password=100%z; }; f";
    let key = format!("credential.{}.helper", proxy.url);
    person.git(["config", "--global", &key, helper]).succeeds();
    configure_git(&person, "http.proxy", proxy.url.replace("//", "//d%5Cme@"));
    both_get_through(&person, &[]);
    let asked = fs::read_to_string(person.path("asked")).expect("the request was recorded");
    let host = proxy.url.trim_start_matches("http://");
    let question = format!("protocol=http\nhost={host}\nusername=d\\me\n");
    assert!(asked.starts_with(&question), "{asked}");
    // The user is not prompted, and no helper is asked needlessly.
    fs::remove_file(person.path("asked")).expect("HOME is writable");
    person.write("ask", "#!/bin/sh\ntouch ~/prompted\n", 0o755);
    let rest = || person.run("git-bbt", ["api", "--silent", PATH]);
    let with_password = proxy.url.replace("//", "//d%5Cme:100%25z@");
    configure_git(&person, "http.proxy", &with_password);
    rest().succeeds();
    assert!(!person.path("asked").exists());
    person
        .git(["config", "--global", "--unset", &key])
        .succeeds();
    configure_git(&person, "http.proxy", proxy.url.replace("//", "//d%5Cme@"));
    let outcome = rest()
        .env("GIT_ASKPASS", person.path("ask"))
        .env("SSH_ASKPASS", person.path("ask"))
        .fails(1);
    outcome.says("has no password for d\\me");
    assert!(!person.path("prompted").exists());
}

#[test]
fn a_407_has_a_hint_about_the_proxys_login() {
    let person = person();
    let proxy = Proxy::wanting("me", "secret");
    let host = proxy.url.trim_start_matches("http://").to_owned();
    let mut said = String::new();
    let mut ask = |variable: Option<&str>| {
        let run = person.run("git-bbt", ["api", PATH]);
        let run = variable
            .into_iter()
            .fold(run, |run, url| run.env("HTTPS_PROXY", url));
        said += &run.fails(1).stderr.replace(&host, "PROXY");
    };
    ask(Some(&proxy.url));
    for user in ["", "me@", "me:wrong@"] {
        configure_git(
            &person,
            "http.proxy",
            proxy.url.replace("//", &format!("//{user}")),
        );
        ask(None);
    }
    configure_git(&person, "http.proxy", proxy.url.replace("//", "//me@"));
    person
        .git([
            "config",
            "--global",
            "credential.helper",
            "!echo password=wrong; :",
        ])
        .succeeds();
    ask(None);
    assert!(person.requests().is_empty());
    expect![[r#"
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: add your user name, and git's credential helper supplies the password: export HTTPS_PROXY=http://<user>@PROXY
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: add your user name, and git's credential helper supplies the password: git config --global http.proxy http://<user>@PROXY
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: git's credential helper has no password for me; to store one, run git once: git ls-remote https://bitbucket.org/<workspace>/<repository>
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: http.proxy has a wrong password for me, or the proxy does not accept Basic authentication
        error: cannot reach localhost:PORT through the proxy PROXY: tunnel error: proxy authorization required
        hint: git's credential helper has a wrong password for me, or the proxy does not accept Basic authentication
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let person = person();
    person.write("empty.pem", "", 0o644);
    let pipe = person.path("pipe.pem");
    person
        .run("mkfifo", [pipe.to_str().expect("the path is text")])
        .succeeds();
    let mut said = String::new();
    for (name, value) in [
        ("GIT_SSL_CAINFO", person.path("nowhere.pem")),
        ("GIT_SSL_CAINFO", person.path("empty.pem")),
        ("GIT_SSL_CAPATH", person.path("nowhere")),
        ("GIT_SSL_CERT", person.path("empty.pem")),
        ("GIT_SSL_CAINFO", "/dev/zero".into()),
        ("GIT_SSL_CERT", "/dev/zero".into()),
        ("GIT_SSL_CAINFO", pipe),
    ] {
        said += &person
            .run("git-bbt", ["api", PATH])
            .env(name, value)
            .fails(1)
            .to_string();
    }
    let nonsense = person
        .run("git-bbt", ["api", PATH])
        .env("HTTPS_PROXY", "http://");
    said += &nonsense.fails(1).to_string();
    expect![[r#"
        error: cannot use ~/nowhere.pem (GIT_SSL_CAINFO): No such file or directory (os error 2)
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use ~/empty.pem (GIT_SSL_CAINFO): it contains no certificates in PEM
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use ~/nowhere (GIT_SSL_CAPATH): No such file or directory (os error 2)
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use ~/empty.pem (GIT_SSL_CERT): it needs a certificate and an unencrypted key, both in PEM
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use /dev/zero (GIT_SSL_CAINFO): it is not a regular file
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use /dev/zero (GIT_SSL_CERT): it is not a regular file
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: cannot use ~/pipe.pem (GIT_SSL_CAINFO): it is not a regular file
        hint: git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\.'
        status: 1
        error: HTTPS_PROXY is not a proxy's URL
        hint: write http://<host>:<port>, https:// or socks5h://
        status: 1
    "#]].assert_eq(&said);
}
