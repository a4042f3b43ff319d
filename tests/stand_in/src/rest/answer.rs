//! A response of REST, as it should be or garbled.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use hyper::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Sleep;

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
                Cut {
                    data: Some(body.slice(..body.len() / 2)),
                    pause: Box::pin(tokio::time::sleep(PAUSE)),
                }
                .boxed_unsync()
            }
            Some(Garbled::Endless(piece)) => {
                Pieces(std::iter::repeat(Bytes::from(piece.repeat(1024)))).boxed_unsync()
            }
            Some(Garbled::Dripping) => {
                Pieces((0..body.len()).map(move |at| body.slice(at..=at))).boxed_unsync()
            }
            _ => Full::from(body).boxed_unsync(),
        };
        response.body(body).expect("the headers are legal")
    }
}

/// The time for hyper to send what it has: when it closes the connection, it drops the rest.
const PAUSE: Duration = Duration::from_millis(100);

/// A body that ends early. It does not tell hyper its length, so that hyper sends the header as it is
/// and closes the connection at the end.
struct Cut {
    data: Option<Bytes>,
    pause: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Cut {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.data.take() {
            Some(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            None => self.pause.as_mut().poll(context).map(|()| None),
        }
    }
}

/// A body in pieces, possibly without an end.
struct Pieces<I>(I);

impl<I: Iterator<Item = Bytes> + Unpin> hyper::body::Body for Pieces<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }
}
