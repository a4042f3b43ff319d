//! The API of git-lfs (batch, basic transfers), which stores real objects. Locks are not supported:
//! like every unknown request, they get a 404. Bitbucket has not published where it stores objects;
//! here, their URLs are below the repository's endpoint, and need the token too.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::git_request::{GitRequest, Service};
use super::server::{Body, response};

const JSON: &str = "application/vnd.git-lfs+json";

/// A request of git-lfs.
pub(super) struct Wanted {
    full_name: String,
    what: What,
}

enum What {
    Batch,
    Download(String),
    Upload(String),
}

impl Wanted {
    /// Returns `None` if it is not a request of git-lfs.
    pub(super) fn parse(head: &Parts) -> Option<Self> {
        let mut parts = head.uri.path().strip_prefix('/')?.splitn(3, '/');
        let (workspace, slug, action) = (parts.next()?, parts.next()?, parts.next()?);
        let object = action.strip_prefix("info/lfs/objects/")?;
        let what = match (&head.method, object) {
            (&Method::POST, "batch") => What::Batch,
            (&Method::GET, oid) if is_oid(oid) => What::Download(oid.to_owned()),
            (&Method::PUT, oid) if is_oid(oid) => What::Upload(oid.to_owned()),
            _ => return None,
        };
        let slug = slug.strip_suffix(".git")?;
        Some(Self {
            full_name: format!("{workspace}/{slug}"),
            what,
        })
    }

    /// Returns whether it is the batch request that comes before the objects.
    pub(super) fn is_batch(&self) -> bool {
        matches!(self.what, What::Batch)
    }

    /// Returns the equivalent git request, for access control.
    pub(super) fn request(&self, body: &[u8]) -> GitRequest {
        let is_upload = match self.what {
            What::Batch => operation(body) == "upload",
            What::Download(_) => false,
            What::Upload(_) => true,
        };
        GitRequest {
            full_name: self.full_name.clone(),
            service: if is_upload {
                Service::ReceivePack
            } else {
                Service::UploadPack
            },
            action: "info/lfs",
        }
    }

    /// Answers a request that access control has admitted.
    pub(super) fn answer(&self, repository: &Path, head: &Parts, body: &[u8]) -> Response<Body> {
        match &self.what {
            What::Batch => self.batch(repository, head, body),
            What::Download(oid) => match fs::read(object(repository, oid)) {
                Ok(bytes) => response(200, "application/octet-stream", bytes),
                Err(_) => problem(404, "Object does not exist"),
            },
            What::Upload(oid) if sha256(body) == *oid => {
                let path = object(repository, oid);
                let folder = path.parent().expect("a file has a folder");
                fs::create_dir_all(folder).expect("the repository is writable");
                fs::write(path, body).expect("the repository is writable");
                response(200, JSON, Vec::new())
            }
            What::Upload(_) => problem(422, "The content is not the object's"),
        }
    }

    fn batch(&self, repository: &Path, head: &Parts, body: &[u8]) -> Response<Body> {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(objects) = asked["objects"].as_array() else {
            return problem(422, "This is no batch");
        };
        let is_upload = operation(body) == "upload";
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or(head.uri.authority().map(|host| host.as_str()));
        let base = format!(
            "https://{}/{}.git/info/lfs/objects",
            host.unwrap_or_default(),
            self.full_name
        );
        let answer = |asked: &Value| {
            let oid = asked["oid"].as_str().unwrap_or_default();
            let mut answer = json!({ "oid": oid, "size": asked["size"] });
            let is_here = is_oid(oid) && object(repository, oid).exists();
            match (is_upload, is_here) {
                (true, true) => {}
                (true, false) => {
                    answer["actions"] = json!({ "upload": { "href": format!("{base}/{oid}") } });
                }
                (false, true) => {
                    answer["actions"] = json!({ "download": { "href": format!("{base}/{oid}") } });
                }
                (false, false) => {
                    answer["error"] = json!({ "code": 404, "message": "Object does not exist" });
                }
            }
            answer
        };
        let answers: Vec<Value> = objects.iter().map(answer).collect();
        let answer = json!({ "transfer": "basic", "objects": answers });
        response(200, JSON, answer.to_string())
    }
}

fn operation(body: &[u8]) -> String {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    asked["operation"].as_str().unwrap_or_default().to_owned()
}

fn is_oid(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_digit)
}

fn object(repository: &Path, oid: &str) -> PathBuf {
    repository.join("lfs/objects").join(oid)
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String can be written to");
        text
    })
}

fn problem(status: u16, message: &str) -> Response<Body> {
    let text = json!({ "message": message }).to_string();
    response(status, JSON, text)
}
