//! Trying again what Bitbucket was too busy or too unwell for.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use bbt::messages;
use reqwest::{Method, StatusCode};

use crate::bitbucket::ResponseStream;

/// So often after the first attempt.
const RETRIES: u32 = 3;
/// Before the first of them; twice as long before each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Whoever is told to wait longer than this is told so instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Asks until there is an answer that another attempt would not better.
///
/// A 429 did nothing, so everything may be sent again after it; after a 5xx only what does no more
/// when it is done twice.
pub fn until_answered(
    method: &Method,
    ask: impl Fn() -> Result<ResponseStream>,
) -> Result<ResponseStream> {
    for retry in 0..RETRIES {
        let response = ask()?;
        let status = response.status();
        let is_due = status == StatusCode::TOO_MANY_REQUESTS
            || (status.is_server_error() && method.is_idempotent());
        let pause = response
            .header("retry-after")
            .and_then(|text| announced(text, SystemTime::now()))
            .unwrap_or(FIRST_PAUSE * 2_u32.pow(retry));
        if !is_due || pause > LONGEST_PAUSE {
            return Ok(response);
        }
        messages::trace(|| format!("{status}; once more in {pause:?}"));
        sleep(pause);
    }
    ask()
}

/// `Retry-After`: seconds, or a date.
fn announced(text: &str, now: SystemTime) -> Option<Duration> {
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
    fn an_announced_pause_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let pause = |text| announced(text, now).map(|pause| pause.as_secs());
        assert_eq!(pause("7"), Some(7));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(pause("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(pause("soon"), None);
        assert_eq!(pause("-1"), None);
    }
}
