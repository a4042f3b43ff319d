//! Promise: no target of a redirect gets the token, on any host, by git, REST or git-lfs. The targets
//! record what they receive.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::stand_in::{Redirect, StandIn, Switches};
use crate::support::{Person, missing, with_each_git};

/// The servers that a hostile Bitbucket redirects to.
struct Elsewhere {
    /// Another port of the same name.
    first: StandIn,
    /// The server that the first one redirects to.
    second: StandIn,
    /// A port without TLS.
    plain: Plain,
}

/// A server without TLS that answers every request with a challenge, and records the headers.
struct Plain {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Plain {
    fn start() -> Plain {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("the listener has an address")
        );
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let lines = BufReader::new(&client).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                seen.lock()
                    .expect("no thread panicked")
                    .push(head.join("\n"));
                let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                    Content-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = client.write_all(answer.as_bytes());
            }
        });
        Plain { url, heads }
    }
}

impl Elsewhere {
    fn beside(person: &Person) -> Elsewhere {
        let elsewhere = Elsewhere {
            first: StandIn::start(),
            second: StandIn::start(),
            plain: Plain::start(),
        };
        // The first server accepts anonymous reads and challenges the POST, which stock git answers;
        // the second, and the one without TLS, challenge at once.
        elsewhere.first.public_repository("acme/widgets");
        elsewhere
            .first
            .switches(|switches| switches.challenge_posts = true);
        elsewhere.second.repository("acme/widgets");
        for stand_in in [&elsewhere.first, &elsewhere.second] {
            person.trust(stand_in);
        }
        elsewhere
    }

    /// Returns the targets: another port, another name of the same machine, a port without TLS, and a
    /// server that redirects once more.
    fn targets(&self) -> [(&'static str, String); 4] {
        let port = self.first.url().rsplit(':').next().unwrap_or_default();
        [
            ("another port", self.first.url().to_owned()),
            ("another host", format!("https://127.0.0.1:{port}")),
            ("no TLS", self.plain.url.clone()),
            ("a chain", self.second.url().to_owned()),
        ]
    }

    /// Returns every redirect, by target and status.
    fn redirects(&self) -> Vec<(String, Redirect)> {
        let targets = self.targets().into_iter();
        let redirects = targets.flat_map(|(what, to)| {
            [301, 302, 303, 307, 308].map(|status| {
                let to = to.clone();
                (format!("{what} {status}"), Redirect { to, status })
            })
        });
        redirects.collect()
    }

    /// Returns whether a target received a secret, and the number of requests since the last call.
    fn received(&self) -> (bool, usize) {
        let requests = [self.first.take_requests(), self.second.take_requests()].concat();
        let told = requests
            .iter()
            .any(|request| request.authorization.is_some());
        let heads = std::mem::take(&mut *self.plain.heads.lock().expect("no thread panicked"));
        let named = heads
            .iter()
            .any(|head| head.to_ascii_lowercase().contains("authorization"));
        (told || named, requests.len() + heads.len())
    }
}

fn redirect_with(person: &Person, change: impl Fn(&mut Switches)) {
    person.bitbucket.switches(|switches| {
        switches.redirect_get = None;
        switches.redirect_post = None;
        change(switches);
    });
}

#[test]
fn git_does_not_follow_redirects_to_other_hosts() {
    with_each_git(|person| {
        let elsewhere = Elsewhere::beside(person);
        let back = Redirect {
            to: elsewhere.first.url().to_owned(),
            status: 302,
        };
        elsewhere
            .second
            .switches(|switches| switches.redirect_get = Some(back));
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        // A user may have set this for any URL.
        let of_workspace = format!("http.{}/acme/.followRedirects", person.bitbucket.url());
        for key in ["http.followRedirects", &of_workspace] {
            let follow = ["config", "--global", key, "true"];
            person.git(follow).succeeds();
        }
        person.bitbucket.take_requests();

        for (what, redirect) in elsewhere.redirects() {
            redirect_with(person, |switches| {
                switches.redirect_get = Some(redirect.clone())
            });
            person.git(["ls-remote", "bbt::acme/widgets"]).fails(128);
            person.git(["push"]).at("widgets").fails(128);
            redirect_with(person, |switches| {
                switches.redirect_post = Some(redirect.clone())
            });
            person.bitbucket.take_requests();
            for operation in ["fetch", "push"] {
                let run = person.git([operation]).at("widgets").ends();
                assert_ne!(run.status, Some(0), "{what} {operation}");
                let redirected = |request: &String| {
                    request.starts_with("POST") && request.ends_with(&redirect.status.to_string())
                };
                let sent_on = person.requests().iter().filter(|is| redirected(is)).count();
                // With protocol v0, a fetch posts only if it wants something.
                assert!(sent_on == 1, "{what} {operation}: {sent_on}");
            }
            assert_eq!(elsewhere.received(), (false, 0), "{what}");
        }
    });
}

/// Bitbucket redirects to itself, until git gives up.
#[test]
fn git_does_not_follow_redirects_to_the_same_host() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let to = person.bitbucket.url().to_owned();
        redirect_with(person, |switches| {
            switches.redirect_get = Some(Redirect {
                to: to.clone(),
                status: 302,
            });
        });
        let requests = |url: &str| {
            person.git(["ls-remote", url]).fails(128);
            person.requests().len()
        };
        assert_eq!(requests("bbt::acme/widgets"), 1);
        let stock = requests(&person.url_with(&token, "acme/widgets"));
        assert!(stock > 1, "stock git follows: {stock}");
    });
}

/// Shows that the attack in the tests above works on stock git.
#[test]
fn stock_git_follows_redirects_and_sends_the_token() {
    with_each_git(|person| {
        let elsewhere = Elsewhere::beside(person);
        person.bitbucket.repository("acme/widgets");
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
        for (what, to) in &elsewhere.targets()[..2] {
            let to = to.clone();
            redirect_with(person, |switches| {
                switches.redirect_get = Some(Redirect {
                    to: to.clone(),
                    status: 302,
                });
            });
            person.git(["ls-remote", &url]).ends();
            let (told, requests) = elsewhere.received();
            assert!(told && requests > 0, "{what}: {requests}");
        }
    });
}

/// The same host and then another one; and one without TLS.
#[test]
fn rest_sends_the_token_to_no_other_host() {
    let person = Person::with_any_git();
    let elsewhere = Elsewhere::beside(&person);
    let on = Redirect {
        to: elsewhere.first.url().to_owned(),
        status: 302,
    };
    elsewhere
        .second
        .switches(|switches| switches.redirect_get = Some(on));
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    let mut seen = 0;
    for (what, redirect) in elsewhere.redirects() {
        redirect_with(&person, |switches| {
            switches.redirect_get = Some(redirect.clone());
            switches.redirect_post = Some(redirect.clone());
        });
        for words in [
            &["api", "repositories/acme/widgets"][..],
            &["api", "repositories/acme/widgets", "-f", "name=x"],
            &["doctor", "acme/widgets"],
            &["status", "--check"],
        ] {
            person.run("git-bbt", words.iter().copied()).ends();
        }
        let (told, requests) = elsewhere.received();
        assert!(!told, "{what}");
        seen += requests;
    }
    assert!(
        seen > 0,
        "a download from another host is fetched, without the token"
    );
    let plain = elsewhere.targets()[2].1.clone();
    redirect_with(&person, |switches| {
        switches.redirect_get = Some(Redirect {
            to: plain.clone(),
            status: 302,
        });
    });
    person
        .run("git-bbt", ["api", "repositories/acme/widgets"])
        .fails(1);
    assert_eq!(
        elsewhere.received(),
        (false, 0),
        "a request was sent without TLS"
    );
}

/// git-lfs has a client of its own, which follows redirects, and asks git for a credential for the new
/// host. A user may have our helper for every host.
#[test]
fn git_lfs_sends_the_token_to_no_other_host() {
    let person = Person::with_any_git();
    if !person.has("git-lfs") {
        return missing("git-lfs", "git-lfs");
    }
    person.git(["lfs", "install", "--skip-repo"]).succeeds();
    let elsewhere = Elsewhere::beside(&person);
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n";
    person.write("widgets/.gitattributes", attributes, 0o644);
    person.commit("widgets", 100);
    let asked = "#!/bin/sh\ngrep ^host= >> ~/asked\n";
    let spy = format!("!{}", person.write("spy.sh", asked, 0o755).display());
    for helper in [&spy, "bbt"] {
        let add = ["config", "--global", "--add", "credential.helper", helper];
        person.git(add).succeeds();
    }
    let path = ["config", "--global", "credential.useHttpPath", "true"];
    person.git(path).succeeds();
    for (what, redirect) in elsewhere.redirects() {
        redirect_with(&person, |switches| {
            switches.redirect_post = Some(redirect.clone());
        });
        let push = ["lfs", "push", "--all", "origin"];
        person.git(push).at("widgets").ends();
        let (told, _) = elsewhere.received();
        assert!(!told, "{what}");
    }
    let asked = fs::read_to_string(person.path("asked")).expect("git-lfs follows the redirect");
    let host = &elsewhere.first.url()["https://".len()..];
    assert!(asked.contains(host), "{asked}");
}
