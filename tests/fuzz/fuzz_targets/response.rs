//! A REST response: two bytes for the status, a line for the value of every header that is read, and a
//! body.

#![no_main]

use bbt::redact::for_terminal;
use bbt_fuzz::bitbucket::response::Response;
use bbt_fuzz::{holds_no_token, is_plain};
use libfuzzer_sys::fuzz_target;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// The headers that `git bbt` reads.
const HEADERS: [&str; 5] = [
    "content-type",
    "location",
    "x-accepted-oauth-scopes",
    "x-credential-type",
    "x-oauth-scopes",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((status, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let status = 100 + u16::from_be_bytes(*status) % 900;
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (line, body) = rest.split_at(end.unwrap_or(0));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(line) {
        for name in HEADERS {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    let response = Response {
        status: StatusCode::from_u16(status).expect("the status is in range"),
        headers,
        body: body.to_vec(),
    };
    let summary = response.summary();
    assert!(summary.chars().count() < 1000, "{summary}");
    for text in [summary, format!("{:?}", response.verdict())] {
        let text = for_terminal(&text);
        is_plain(&text);
        holds_no_token(&text);
    }
});
