//! A response whose body is still to be read.

use std::io::{Read, Write};
use std::time::Instant;

use anyhow::Result;
use bbt::messages::Failure;
use reqwest::{Method, StatusCode, Url, blocking};

use super::error;
use super::network::RESPONSE_TIMEOUT;
use super::response::{Response, header};

/// Enough for a page of a hundred large objects, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A response whose body is still to be read.
pub struct ResponseStream(pub(super) blocking::Response);

impl ResponseStream {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.0.headers(), name)
    }

    /// Returns where it redirects a request that may be sent again.
    ///
    /// # Errors
    /// As [`refuse_login`].
    pub fn redirect_target(&self, method: &Method) -> Result<Option<Url>> {
        if !self.status().is_redirection() || !matches!(*method, Method::GET | Method::HEAD) {
            return Ok(None);
        }
        let location = self.header("location");
        let target = location.and_then(|location| self.0.url().join(location).ok());
        let target = target.filter(|target| target.scheme() == "https");
        target.as_ref().map_or(Ok(()), refuse_login)?;
        Ok(target)
    }

    /// Returns the status line and headers, as `curl -i` prints them.
    pub fn head(&self) -> Vec<u8> {
        let (version, status) = (self.0.version(), self.status());
        let mut head = format!("{version:?} {status}\r\n").into_bytes();
        for (name, value) in self.0.headers() {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// If it ends early, takes too long, or is longer than 8 MiB.
    pub fn read(mut self) -> Result<Response> {
        let (body, is_whole) = self.first_part()?;
        if !is_whole {
            let most = MAX_BODY / (1024 * 1024);
            let what = format!("the response of {} is larger than {most} MiB", self.host());
            return Err(Failure::new(what)
                .hint("ask for less: pagelen, or fields, as in Bitbucket's documentation")
                .into());
        }
        Ok(Response {
            status: self.status(),
            headers: self.0.headers().clone(),
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
                return Err(error::too_slow(&self.host(), RESPONSE_TIMEOUT));
            }
        }
        Ok((body, false))
    }

    fn read_chunk(&mut self, chunk: &mut [u8]) -> Result<usize> {
        self.0.read(chunk).map_err(|io_error| {
            let inner = io_error.get_ref().and_then(|inner| inner.downcast_ref());
            match inner {
                Some(inner) => error::failure(inner, &self.host(), None),
                None => error::cut_short(&self.host(), &io_error.to_string()).into(),
            }
        })
    }

    fn host(&self) -> String {
        host(self.0.url())
    }
}

/// Refuses a URL in a response that would log in as another user.
///
/// # Errors
/// If it contains a user name or a password.
pub fn refuse_login(url: &Url) -> Result<()> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    let host = host(url);
    let what = format!("the response redirects to {host} with a user name in the URL");
    Err(Failure::new(what)
        .hint("Bitbucket sends no such URLs; check whether a proxy answers in its place")
        .into())
}

/// Returns the host, with the port if the URL has one.
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
