//! The log of requests, for tests. Nothing here prints the value of a header.

use std::fmt;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Uri, Version};

use super::authorization::Authorization;

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// From the first slash, as sent.
    pub path: String,
    /// What follows the question mark, or nothing.
    pub query: String,
    /// HTTP/1.1 or HTTP/2.
    pub http_version: Version,
    /// Every header, as sent.
    pub headers: Headers,
    /// The `Authorization` header, parsed.
    pub authorization: Option<Authorization>,
    /// The size of the body as it was sent, before any decompression.
    pub body_bytes: u64,
    /// The response's status; `None` if the connection was cut.
    pub status: Option<u16>,
}

impl Request {
    /// Returns the `Git-Protocol` header.
    pub fn git_protocol(&self) -> Option<&str> {
        self.headers.get("git-protocol")
    }
}

/// The headers of a request. Debug shows only their names: a value may be a secret.
#[derive(Clone)]
pub struct Headers(HeaderMap);

impl Headers {
    /// Returns the value of the first header of that name, ignoring case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    /// Returns every name with its value; a name may occur twice.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_bytes()))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A request in the log, shared with the task that answers it.
pub(super) struct Entry {
    method: String,
    uri: Uri,
    http_version: Version,
    headers: HeaderMap,
    body_bytes: AtomicU64,
    /// 0 until the answer begins.
    status: AtomicU16,
}

impl Entry {
    /// Records the status. Called before the answer is sent, so that a client which has its answer
    /// finds it in the log.
    pub(super) fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Release);
    }

    /// Reads and counts the next piece of the request's body.
    pub(super) async fn read(&self, body: &mut Incoming) -> Option<Bytes> {
        let data = body.frame().await?.ok()?.into_data().unwrap_or_default();
        let length = data.len() as u64;
        self.body_bytes.fetch_add(length, Ordering::Release);
        Some(data)
    }

    /// Reads the whole body of the request.
    pub(super) async fn read_all(&self, body: &mut Incoming) -> Vec<u8> {
        let mut read = Vec::new();
        while let Some(data) = self.read(body).await {
            read.extend(data);
        }
        read
    }

    pub(super) fn authorization(&self) -> Option<Authorization> {
        let value = self.headers.get(AUTHORIZATION)?;
        Some(Authorization::parse(&String::from_utf8_lossy(
            value.as_bytes(),
        )))
    }

    fn snapshot(&self) -> Request {
        Request {
            method: self.method.clone(),
            path: self.uri.path().to_owned(),
            query: self.uri.query().unwrap_or_default().to_owned(),
            http_version: self.http_version,
            headers: Headers(self.headers.clone()),
            authorization: self.authorization(),
            body_bytes: self.body_bytes.load(Ordering::Acquire),
            status: Some(self.status.load(Ordering::Acquire)).filter(|status| *status != 0),
        }
    }
}

/// Every request, in order of arrival.
#[derive(Default)]
pub(super) struct Log(Mutex<Vec<Arc<Entry>>>);

impl Log {
    pub(super) fn arrived(&self, head: &Parts) -> Arc<Entry> {
        let entry = Arc::new(Entry {
            method: head.method.to_string(),
            uri: head.uri.clone(),
            http_version: head.version,
            headers: head.headers.clone(),
            body_bytes: AtomicU64::new(0),
            status: AtomicU16::new(0),
        });
        self.entries(|entries| entries.push(Arc::clone(&entry)));
        entry
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.entries(|entries| entries.iter().map(|entry| entry.snapshot()).collect())
    }

    pub(super) fn take(&self) -> Vec<Request> {
        let taken = self.entries(std::mem::take);
        taken.iter().map(|entry| entry.snapshot()).collect()
    }

    fn entries<T>(&self, f: impl FnOnce(&mut Vec<Arc<Entry>>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
