//! Retries requests after a 429 or a server error.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use bbt::messages;
use reqwest::{Method, StatusCode};

use crate::bitbucket::ResponseStream;

/// The number of retries.
const RETRIES: u32 = 3;
/// The pause before the first retry; it doubles for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// If Bitbucket requests a longer pause, the response is returned.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Sends a request until a retry would not help. After a 429, which had no effect, every request may be
/// repeated; after a 5xx, only an idempotent one.
pub fn with_retries(
    method: &Method,
    send: impl Fn() -> Result<ResponseStream>,
) -> Result<ResponseStream> {
    for retry in 0..RETRIES {
        let response = send()?;
        let status = response.status();
        let is_due = status == StatusCode::TOO_MANY_REQUESTS
            || (status.is_server_error() && method.is_idempotent());
        let pause = response
            .header("retry-after")
            .and_then(|seconds| Some(Duration::from_secs(seconds.trim().parse().ok()?)))
            .unwrap_or(FIRST_PAUSE * 2_u32.pow(retry));
        if !is_due || pause > LONGEST_PAUSE {
            return Ok(response);
        }
        messages::trace(|| format!("{status}; retrying in {pause:?}"));
        sleep(pause);
    }
    send()
}
