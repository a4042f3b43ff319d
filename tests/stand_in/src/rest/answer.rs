//! A response of REST, as it should be or garbled.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, channel::Channel};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::switches::Garbled;
use crate::server::Body;

const HTML: &str = "<!DOCTYPE html>\n<html><body>Sign in to this network first</body></html>\n";

/// The response to send.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", value.to_string())
    }

    pub(super) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain", text.to_owned())
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![(CONTENT_TYPE, content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn response(self, garbled: Option<&Garbled>) -> Response<Body> {
        let answer = match garbled {
            Some(Garbled::Html) => Self::new(self.status, "text/html", HTML),
            Some(Garbled::As { content_type, body }) => {
                Self::new(self.status, content_type, body.clone())
            }
            _ => self,
        };
        let status = StatusCode::from_u16(answer.status).expect("the status is valid");
        let mut response = Response::builder().status(status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        let body = Bytes::from(answer.body);
        let body = match garbled {
            Some(Garbled::Truncated) => {
                response = response.header(CONTENT_LENGTH, body.len());
                in_pieces(std::iter::once(body.slice(..body.len() / 2)))
            }
            Some(Garbled::Endless(piece)) => {
                in_pieces(std::iter::repeat(Bytes::from(piece.repeat(1024))))
            }
            Some(Garbled::Dripping) => {
                in_pieces((0..body.len()).map(move |at| body.slice(at..=at)))
            }
            _ => Full::from(body).boxed_unsync(),
        };
        response.body(body).expect("the headers are legal")
    }
}

/// The time for hyper to send what it has: when it closes the connection, it drops the rest.
const PAUSE: Duration = Duration::from_millis(100);

/// Returns a body in pieces, possibly without an end. Its length is unknown to hyper, which sends a
/// Content-Length as it is, and closes the connection after a shorter body.
fn in_pieces(pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Body {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        for piece in pieces {
            if sender.send_data(piece).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(PAUSE).await;
    });
    body.boxed_unsync()
}
