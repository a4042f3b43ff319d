//! Why there was no response, and what to do about it.

use std::error::Error;
use std::io;
use std::time::Duration;

use bbt::messages::Failure;

use super::network::{CONNECT_TIMEOUT, RESPONSE_TIMEOUT, Via};

/// Returns why `host` did not respond.
pub fn failure(error: &reqwest::Error, host: &str, via: Option<&Via>) -> anyhow::Error {
    if error.is_timeout() {
        let limit = if error.is_connect() {
            CONNECT_TIMEOUT
        } else {
            RESPONSE_TIMEOUT
        };
        return too_slow(host, limit);
    }
    other_failure(error, host, via).into()
}

fn other_failure(error: &reqwest::Error, host: &str, via: Option<&Via>) -> Failure {
    let causes = || std::iter::successors(source(error), |error| source(*error));
    if let Some(tls) = causes().find_map(|error| error.downcast_ref()) {
        return tls_failure(tls, host);
    }
    let is_cut = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    let why = if causes().any(|error| error.downcast_ref().is_some_and(is_cut)) {
        // rustls would print a link to its manual.
        "the connection was cut".to_owned()
    } else {
        causes().last().unwrap_or(error).to_string()
    };
    if let (Some(via), true) = (via, error.is_connect()) {
        let what = format!("cannot reach {host} through the proxy {}: {why}", via.host);
        // reqwest's own error for it is not public.
        let hint = if why.contains("proxy authorization required") {
            via.login_hint()
        } else {
            format!("the proxy is set in {}", via.setting)
        };
        return Failure::new(what).hint(hint);
    }
    if error.is_dns() {
        return Failure::new(format!("cannot find {host}: {why}")).hint(CHECK_NETWORK);
    }
    if error.is_connect() {
        return Failure::new(format!("cannot reach {host}: {why}")).hint(CHECK_NETWORK);
    }
    cut_short(host, &why)
}

/// Returns the error for a host that takes longer than `limit`; see [`is_timeout`].
pub fn too_slow(host: &str, limit: Duration) -> anyhow::Error {
    let limit = limit.as_secs();
    let failure = Failure::new(format!("{host} did not answer within {limit} s"))
        .hint("try again; incidents are listed at https://bitbucket.status.atlassian.com/");
    anyhow::Error::from(io::Error::from(io::ErrorKind::TimedOut)).context(failure)
}

/// Returns whether a host did not respond in time.
pub fn is_timeout(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes
        .map(io::Error::kind)
        .any(|kind| kind == io::ErrorKind::TimedOut)
}

/// Returns the error for a response that ended early.
pub fn cut_short(host: &str, why: &str) -> Failure {
    Failure::new(format!("the response from {host} ended early: {why}")).hint("try again")
}

const CHECK_NETWORK: &str = "check the network connection; a proxy is set with git config --global http.proxy <url>, not in one repository only";

fn tls_failure(error: &rustls::Error, host: &str) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(_) => {
            Failure::new(format!("cannot verify the certificate of {host}: {error}")).hint(
                "behind a proxy that inspects TLS, set its CA certificate as for git: git config --global http.sslCAInfo <file>",
            )
        }
        _ => Failure::new(format!("TLS with {host} failed: {error}"))
            .hint("check whether git can connect: GIT_CURL_VERBOSE=1 git ls-remote <url>"),
    }
}

/// Returns an error's source. `io::Error::source` skips the error that it wraps.
fn source<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
