//! A whole response of the API.

use bbt::redact::shortened;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::verdict::{Identity, Refusal, Verdict};

/// A message is cut off after this many bytes.
const MAX_MESSAGE: usize = 300;

/// A whole response.
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Response {
    /// Returns what it means for the token that was sent.
    pub fn verdict(&self) -> Verdict {
        let json = self.json();
        let at = |path| json.as_ref().and_then(|body| body.pointer(path));
        let required = at("/error/detail/required");
        // A 403 also means that an IP allowlist or two-step verification is in the way.
        let is_about_scopes = required.is_some()
            || self
                .message()
                .is_some_and(|message| message.contains("privilege scopes"));
        let identity = || Identity {
            credential: self.header("x-credential-type").map(str::to_owned),
            scopes: self.scopes("x-oauth-scopes"),
            sees_nothing: at("/values").is_some_and(|values| *values == json!([])),
        };
        Verdict::Refused(match self.status {
            status if status.is_success() && json.is_some() => {
                return Verdict::Accepted(identity());
            }
            StatusCode::UNAUTHORIZED => Refusal::Rejected,
            StatusCode::FORBIDDEN if is_about_scopes => Refusal::MissingScope {
                // Any of those in the header is enough.
                required: required
                    .and_then(|required| Vec::deserialize(required).ok())
                    .or_else(|| self.scopes("x-accepted-oauth-scopes"))
                    .unwrap_or_default(),
                identity: identity(),
            },
            StatusCode::NOT_FOUND => Refusal::NotVisible,
            StatusCode::TOO_MANY_REQUESTS => Refusal::RateLimited,
            _ => Refusal::Unexpected(self.summary()),
        })
    }

    /// Returns `HTTP 404: <the body's message>`.
    pub fn summary(&self) -> String {
        let status = format!("HTTP {}", self.status.as_u16());
        match self.message() {
            Some(message) => format!("{status}: {message}"),
            // A captive portal or a proxy.
            None if self.status.is_success() => format!("{status}, but no JSON"),
            None => status,
        }
    }

    /// Returns a header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Returns the body; `None` if it is not JSON.
    fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    fn scopes(&self, header: &str) -> Option<Vec<String>> {
        let scopes = self.header(header)?.split(',').map(str::trim);
        Some(
            scopes
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Returns the error's message, with its detail if that is text, or the first line of a plain text.
    fn message(&self) -> Option<String> {
        if let Some(body) = self.json() {
            let error = body.get("error")?;
            let message = error.get("message")?.as_str()?;
            let detail = error.get("detail").and_then(Value::as_str);
            let message = match detail.and_then(|detail| detail.lines().next()) {
                Some(detail) => format!("{message} ({detail})"),
                None => message.to_owned(),
            };
            return Some(shortened(message, MAX_MESSAGE));
        }
        if !self.header("content-type")?.starts_with("text/plain") {
            return None;
        }
        let text = String::from_utf8_lossy(&self.body);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        Some(shortened(line.to_owned(), MAX_MESSAGE))
    }
}

/// Returns a header that is text.
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
