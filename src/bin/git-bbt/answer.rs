//! An answer of the API, and what it tells of the token and of errors.

use bbt::report::clipped;
use bbt::target::Target;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Status, headers and body as they came.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Where a person's API tokens are listed.
pub const API_TOKENS_PAGE: &str = "https://id.atlassian.com/manage-profile/security/api-tokens";

/// More of a message than this is no message.
const MESSAGE_MAX: usize = 300;

/// What Bitbucket says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It serves.
    Accepted(Identity),
    /// 401: expired, revoked, mistyped, or of another kind.
    Dead,
    /// 403: which scopes the answer asks for, and what the token is.
    MissingScope {
        required: Vec<String>,
        identity: Identity,
    },
    /// 404: there is no such repository, or the token is not for it.
    NotVisible(Identity),
    /// 429.
    RateLimited,
    /// Anything else, in a line.
    Unexpected(String),
}

/// What the headers of an answer tell of the token, as far as they do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `x-credential-type`, such as `workspace_access_token`.
    pub credential: Option<String>,
    /// `x-oauth-scopes`; None where the header is not there.
    pub scopes: Option<Vec<String>>,
    /// Whether it was a list that was asked for, and the list is empty: Bitbucket answers so for
    /// another workspace's repositories too.
    pub sees_nothing: bool,
}

impl Answer {
    /// What it says of the token that was sent.
    pub fn verdict(&self) -> Verdict {
        match self.status {
            status if status.is_success() && self.json().is_some() => {
                Verdict::Accepted(self.identity())
            }
            StatusCode::UNAUTHORIZED => Verdict::Dead,
            // The same status says that an address is not on a list, or a second step is missing.
            StatusCode::FORBIDDEN if self.is_about_scopes() => Verdict::MissingScope {
                required: self.required_scopes(),
                identity: self.identity(),
            },
            StatusCode::NOT_FOUND => Verdict::NotVisible(self.identity()),
            StatusCode::TOO_MANY_REQUESTS => Verdict::RateLimited,
            _ => Verdict::Unexpected(self.summary()),
        }
    }

    /// `HTTP 404: <what the body says>`
    pub fn summary(&self) -> String {
        let status = format!("HTTP {}", self.status.as_u16());
        match self.message() {
            Some(message) => format!("{status}: {message}"),
            // A portal or proxy in between answers so.
            None if self.status.is_success() => format!("{status}, but no JSON"),
            None => status,
        }
    }

    /// The scopes that a 403 asks for; the header lists what any of would do.
    pub fn required_scopes(&self) -> Vec<String> {
        let required = self
            .json()
            .and_then(|body| list(body.pointer("/error/detail/required")?));
        required
            .or_else(|| self.scopes("x-accepted-oauth-scopes"))
            .unwrap_or_default()
    }

    /// The page on which the token that was sent is listed, as far as the answer tells what it is.
    pub fn tokens_page(&self, target: &Target) -> String {
        let workspace = || Target::Workspace(target.workspace().to_owned());
        match self.header("x-credential-type") {
            Some("workspace_access_token") => workspace().tokens_page(),
            Some("project_access_token") => format!(
                "https://bitbucket.org/{}/workspace/projects (its settings, Access tokens)",
                target.workspace()
            ),
            Some("api_token" | "apikey") => API_TOKENS_PAGE.to_owned(),
            _ => target.tokens_page(),
        }
    }

    fn is_about_scopes(&self) -> bool {
        let asks = self
            .json()
            .is_some_and(|body| body.pointer("/error/detail/required").is_some());
        asks || self
            .message()
            .is_some_and(|message| message.contains("privilege scopes"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body; none where it is not JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    fn identity(&self) -> Identity {
        Identity {
            credential: self.header("x-credential-type").map(str::to_owned),
            scopes: self.scopes("x-oauth-scopes"),
            sees_nothing: self.is_empty_list(),
        }
    }

    fn is_empty_list(&self) -> bool {
        let body = self.json();
        let values = body
            .as_ref()
            .and_then(|body| body.get("values")?.as_array());
        values.is_some_and(Vec::is_empty)
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

    /// One line of what went wrong: the envelope's message, with its detail where that is text, or
    /// a plain text's first line.
    fn message(&self) -> Option<String> {
        if let Some(body) = self.json() {
            let error = body.get("error")?;
            let message = error.get("message")?.as_str()?;
            let detail = error.get("detail").and_then(Value::as_str);
            let message = match detail.and_then(|detail| detail.lines().next()) {
                Some(detail) => format!("{message} ({detail})"),
                None => message.to_owned(),
            };
            return Some(clipped(message, MESSAGE_MAX));
        }
        if !self.header("content-type")?.starts_with("text/plain") {
            return None;
        }
        let text = String::from_utf8_lossy(&self.body);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        Some(clipped(line.to_owned(), MESSAGE_MAX))
    }
}

/// A header that is text.
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn list(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?.iter();
    Some(
        items
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
    )
}
