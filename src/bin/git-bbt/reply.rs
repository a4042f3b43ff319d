//! An answer of the API whose body is still to come: read whole where it is to be looked at, and
//! handed on piece by piece where it is not.

use std::io::{Read, Write};
use std::time::Instant;

use anyhow::Result;
use bbt::report::Failure;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::HeaderMap;

use crate::answer::{self, Answer};
use crate::network::{ANSWER, Via};
use crate::unreachable;

/// What is looked at is no longer than this: a page of a hundred large objects has room in it.
const WHOLE_MAX: usize = 8 * 1024 * 1024;

/// Read at a time.
const PIECE: usize = 64 * 1024;

pub struct Reply {
    response: Response,
    /// Who sent it, for messages.
    host: String,
    via: Option<Via>,
}

impl Reply {
    pub fn new(response: Response, host: String, via: Option<Via>) -> Reply {
        Reply {
            response,
            host,
            via,
        }
    }

    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        answer::header(self.response.headers(), name)
    }

    /// The status line and headers, as `curl -i` has them.
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

    /// With all of its body.
    ///
    /// # Errors
    /// It breaks off, takes too long, or is too long.
    pub fn whole(mut self) -> Result<Answer> {
        let (body, is_whole) = self.beginning()?;
        if !is_whole {
            let most = WHOLE_MAX / (1024 * 1024);
            let what = format!("the answer of {} is larger than {most} MiB", self.host);
            return Err(Failure::new(what)
                .hint("ask for less: pagelen, or fields, as in Bitbucket's documentation")
                .into());
        }
        Ok(Answer {
            status: self.status(),
            headers: self.headers().clone(),
            body,
        })
    }

    /// Writes its body somewhere, and nothing where a short one breaks off.
    ///
    /// # Errors
    /// As [`whole`](Self::whole), but that it may be of any length; or that nobody takes it.
    pub fn write_to(mut self, out: &mut impl Write) -> Result<()> {
        let (mut piece, mut is_over) = self.beginning()?;
        loop {
            out.write_all(&piece)?;
            if is_over {
                return Ok(());
            }
            piece.resize(PIECE, 0);
            let length = self.read(&mut piece)?;
            piece.truncate(length);
            is_over = length == 0;
        }
    }

    /// As much of the body as is looked at, and whether that is all of it.
    fn beginning(&mut self) -> Result<(Vec<u8>, bool)> {
        let started = Instant::now();
        let mut body = Vec::new();
        let mut piece = vec![0; PIECE];
        while body.len() <= WHOLE_MAX {
            let length = self.read(&mut piece)?;
            if length == 0 {
                return Ok((body, true));
            }
            body.extend_from_slice(&piece[..length]);
            // Each piece has its own bound; a byte at a time would have none together.
            if started.elapsed() > ANSWER {
                return Err(unreachable::too_slow(&self.host, ANSWER));
            }
        }
        Ok((body, false))
    }

    fn read(&mut self, piece: &mut [u8]) -> Result<usize> {
        self.response.read(piece).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            match inner {
                Some(inner) => unreachable::failure(inner, &self.host, self.via.as_ref()),
                None => unreachable::broken_off(&self.host, &error.to_string()).into(),
            }
        })
    }
}
