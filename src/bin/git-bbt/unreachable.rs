//! Why there was no answer: a broken request -> one line and what to do about it.

use std::error::Error;
use std::io;
use std::time::Duration;

use bbt::report::Failure;

use crate::network::{ANSWER, CONNECT, Via};

/// Returns what kept `host` from answering.
pub fn failure(error: &reqwest::Error, host: &str, via: Option<&Via>) -> anyhow::Error {
    if error.is_timeout() {
        let limit = if error.is_connect() { CONNECT } else { ANSWER };
        return too_slow(host, limit);
    }
    failure_in_time(error, host, via).into()
}

fn failure_in_time(error: &reqwest::Error, host: &str, via: Option<&Via>) -> Failure {
    let causes = Causes::of(error);
    if let Some(tls) = causes.tls {
        return of_tls(tls, host);
    }
    let why = causes.last;
    if let (Some(via), true) = (via, error.is_connect()) {
        let what = format!(
            "cannot reach {host} through the proxy {}: {why}",
            via.host()
        );
        // reqwest's own error for it is not public.
        return Failure::new(what).hint(match why.contains("proxy authorization required") {
            true => via.login_hint(),
            false => format!("{} names that proxy", via.place()),
        });
    }
    if error.is_dns() {
        return Failure::new(format!("cannot find {host}: {why}")).hint(CONNECTED);
    }
    if error.is_connect() {
        return Failure::new(format!("cannot reach {host}: {why}")).hint(CONNECTED);
    }
    broken_off(host, &why)
}

/// Returns the error for a host that takes longer than `limit`; see [`is_time_out`].
pub fn too_slow(host: &str, limit: Duration) -> anyhow::Error {
    let limit = limit.as_secs();
    let failure = Failure::new(format!("{host} did not answer within {limit} s"))
        .hint("try again; incidents are on https://bitbucket.status.atlassian.com/");
    anyhow::Error::from(io::Error::from(io::ErrorKind::TimedOut)).context(failure)
}

/// Whether an error is that of a host which did not answer in time.
pub fn is_time_out(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes
        .map(io::Error::kind)
        .any(|kind| kind == io::ErrorKind::TimedOut)
}

/// That an answer has begun and not ended.
pub fn broken_off(host: &str, why: &str) -> Failure {
    Failure::new(format!("the answer of {host} broke off: {why}")).hint("try again")
}

const CONNECTED: &str = "is this machine connected? A proxy is named with git config --global http.proxy <url>, not for one repository alone";

fn of_tls(error: &rustls::Error, host: &str) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(_) => {
            Failure::new(format!("the certificate of {host} is refused: {error}")).hint(
                "behind a proxy that opens TLS, name its authority as for git: git config --global http.sslCAInfo <file>",
            )
        }
        _ => Failure::new(format!("no TLS with {host}: {error}"))
            .hint("see whether git gets through: GIT_CURL_VERBOSE=1 git ls-remote <url>"),
    }
}

/// What lies beneath an error of reqwest's.
struct Causes<'e> {
    tls: Option<&'e rustls::Error>,
    /// The innermost, which says it best.
    last: String,
}

impl<'e> Causes<'e> {
    fn of(error: &'e reqwest::Error) -> Causes<'e> {
        let (mut tls, mut is_cut) = (None, false);
        let mut last: &(dyn Error + 'static) = error;
        while let Some(next) = beneath(last) {
            tls = tls.or_else(|| next.downcast_ref::<rustls::Error>());
            is_cut |= next
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
            last = next;
        }
        let last = match is_cut {
            // rustls would point to a page of its manual.
            true => "the connection was cut".to_owned(),
            false => last.to_string(),
        };
        Causes { tls, last }
    }
}

/// io::Error skips what it wraps when it is asked for its source.
fn beneath<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
