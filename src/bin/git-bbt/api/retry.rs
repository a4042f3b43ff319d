//! Retries requests after a 429 or a server error.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

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
            .and_then(|text| requested_pause(text, SystemTime::now()))
            .unwrap_or(FIRST_PAUSE * 2_u32.pow(retry));
        if !is_due || pause > LONGEST_PAUSE {
            return Ok(response);
        }
        messages::trace(|| format!("{status}; retrying in {pause:?}"));
        sleep(pause);
    }
    send()
}

/// Reads `Retry-After`: seconds, or a date.
fn requested_pause(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let pause = |text| requested_pause(text, now).map(|pause| pause.as_secs());
        assert_eq!(pause("7"), Some(7));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(pause("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(pause("soon"), None);
        assert_eq!(pause("-1"), None);
    }
}
