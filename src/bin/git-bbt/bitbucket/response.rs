//! Responses of the API: as they arrive, and whole.

use std::io::{Read, Write};
use std::time::Instant;

use anyhow::Result;
use bbt::messages::Failure;
use bbt::redact::shortened;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, blocking};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::network::{RESPONSE_TIMEOUT, Via};
use super::verdict::{Identity, Refusal, Verdict};

/// A message is cut off after this many bytes.
const MAX_MESSAGE: usize = 300;

/// Enough for a page of a hundred large objects, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A response whose body is still to be read.
pub struct ResponseStream {
    response: blocking::Response,
    /// For messages.
    host: String,
    via: Option<Via>,
}

impl ResponseStream {
    pub fn new(response: blocking::Response, host: String, via: Option<Via>) -> ResponseStream {
        ResponseStream {
            response,
            host,
            via,
        }
    }

    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.response.headers(), name)
    }

    /// Returns the status line and headers, as `curl -i` prints them.
    pub fn head(&self) -> Vec<u8> {
        let (version, status) = (self.response.version(), self.status());
        let mut head = format!("{version:?} {status}\r\n").into_bytes();
        for (name, value) in self.headers() {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }

    fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// If it ends early, takes too long, or is longer than 8 MiB.
    pub fn read(mut self) -> Result<Response> {
        let (body, is_whole) = self.first_part()?;
        if !is_whole {
            let most = MAX_BODY / (1024 * 1024);
            let what = format!("the response of {} is larger than {most} MiB", self.host);
            return Err(Failure::new(what)
                .hint("ask for less: pagelen, or fields, as in Bitbucket's documentation")
                .into());
        }
        Ok(Response {
            status: self.status(),
            headers: self.headers().clone(),
            body,
        })
    }

    /// Writes the body to `out`; nothing if it ends early within its first 8 MiB.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for the length; or if `out` cannot be written.
    pub fn write_to(mut self, out: &mut impl Write) -> Result<()> {
        let (mut chunk, mut is_last) = self.first_part()?;
        loop {
            out.write_all(&chunk)?;
            if is_last {
                return Ok(());
            }
            chunk.resize(CHUNK, 0);
            let length = self.read_chunk(&mut chunk)?;
            chunk.truncate(length);
            is_last = length == 0;
        }
    }

    /// Returns the first 8 MiB of the body, and whether that is all of it.
    fn first_part(&mut self) -> Result<(Vec<u8>, bool)> {
        let started = Instant::now();
        let mut body = Vec::new();
        let mut chunk = vec![0; CHUNK];
        while body.len() <= MAX_BODY {
            let length = self.read_chunk(&mut chunk)?;
            if length == 0 {
                return Ok((body, true));
            }
            body.extend_from_slice(&chunk[..length]);
            // The client's timeout is for each chunk; one byte at a time would never reach it.
            if started.elapsed() > RESPONSE_TIMEOUT {
                return Err(error::too_slow(&self.host, RESPONSE_TIMEOUT));
            }
        }
        Ok((body, false))
    }

    fn read_chunk(&mut self, chunk: &mut [u8]) -> Result<usize> {
        self.response.read(chunk).map_err(|io_error| {
            let inner = io_error.get_ref().and_then(|inner| inner.downcast_ref());
            match inner {
                Some(inner) => error::failure(inner, &self.host, self.via.as_ref()),
                None => error::cut_short(&self.host, &io_error.to_string()).into(),
            }
        })
    }
}

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
