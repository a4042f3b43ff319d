//! The URL of a remote, in a configuration that `git bbt migrate` reads.

#![no_main]

use bbt::config::Config;
use bbt::redact::{self, for_terminal};
use bbt_fuzz::is_plain;

use bbt_fuzz::remote_url::{Classifier, RemoteUrl, Server, UrlSecret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let config = Config::default();
    let servers = ["https://git.example.com".parse::<Server>().expect("a URL")];
    let classifier = Classifier {
        servers: &servers,
        ..Classifier::new(config.service())
    };
    let said = [redact::url(text), redact::without_password(text)];
    said.iter().for_each(|text| is_plain(&for_terminal(text)));
    match classifier.classify_as_written(text) {
        RemoteUrl::Bitbucket { address, secret } => {
            assert!(text.contains(address.workspace()) && text.contains(address.repository()));
            if let Some(UrlSecret::Token { token, .. }) = secret
                && token.expose().len() >= 4
                && !"x-token-auth bitbucket.org".contains(token.expose())
                && !address.to_string().contains(token.expose())
            {
                said.iter()
                    .for_each(|said| assert!(!said.contains(token.expose()), "{said}"));
            }
        }
        RemoteUrl::Bbt { .. } | RemoteUrl::Server { .. } => {}
        RemoteUrl::Other { why, hint } => {
            is_plain(&for_terminal(&why));
            is_plain(&for_terminal(&hint.unwrap_or_default()));
        }
    }
    has_no_password(text, &said);
});

/// Fails if a record or a message holds the password of a URL.
fn has_no_password(url: &str, said: &[String]) {
    let Some((_, rest)) = url.split_once("://") else {
        return;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let Some((userinfo, host)) = authority.rsplit_once('@') else {
        return;
    };
    let Some((user, password)) = userinfo.split_once(':') else {
        return;
    };
    // A password that also occurs elsewhere in the URL proves nothing.
    let others = url.replacen(password, "", 1) + &format!("://***@{user}@{host}?***");
    let is_odd = password.len() < 4 || password.contains(['*', '?', '#']);
    if is_odd || others.contains(password) || user.contains("://") || host.contains("://") {
        return;
    }
    said.iter()
        .for_each(|said| assert!(!said.contains(password), "{said}"));
}
