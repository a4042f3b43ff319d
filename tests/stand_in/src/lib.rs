//! A stand-in for Bitbucket Cloud: TLS, HTTP/1.1 and HTTP/2, Bitbucket's decisions and exact messages,
//! real git behind them, and the part of REST that `git bbt` uses.
//!
//! In the order a request meets them: `tls`, `server`, `bitbucket` (log, switches, route),
//! `access` (tokens, repositories), then `git_backend` or `lfs`, or a `refusal`; or else `rest`.

#![allow(
    clippy::disallowed_methods,
    reason = "it starts git as a server does, in a HOME of its own"
)]

mod access;
mod authorization;
mod bitbucket;
mod git;
mod git_backend;
mod git_request;
mod lfs;
mod log;
mod oauth;
mod refusal;
mod repositories;
mod rest;
mod server;
mod switches;
mod tls;
mod tokens;

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use authorization::Authorization;
pub use hyper::Version;
pub use log::Request;
pub use repositories::Repository;
pub use rest::Garbled;
pub use switches::{MissingRepository, PushRefusal, Redirect, Switches};
pub use tokens::{Grant, Kind, crc32, synthetic_token};

use bitbucket::Bitbucket;
use git::Git;
use repositories::Repositories;
use tls::Tls;

/// A running stand-in. When dropped, it stops and removes its files.
pub struct StandIn {
    bitbucket: Arc<Bitbucket>,
    url: String,
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    ca_file: PathBuf,
    /// Dropped last, when nothing uses it any more.
    _directory: TempDir,
}

impl StandIn {
    /// Starts an empty stand-in on a free port.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Returns a builder, to configure a stand-in before it starts.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns `https://localhost:PORT`, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL of REST, `https://localhost:PORT/2.0`.
    pub fn api_url(&self) -> String {
        format!("{}/2.0", self.url)
    }

    /// Returns the file with the certificate, as PEM, of the authority to trust.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// Returns the directory of the bare repositories, each `workspace/repository.git`.
    pub fn root(&self) -> &Path {
        self.bitbucket.repositories.root()
    }

    /// Creates a private repository whose default branch `main` has one commit. A repository that
    /// exists in a persistent root is unchanged.
    pub fn repository(&self, full_name: &str) -> Repository {
        self.bitbucket.repositories.create(full_name)
    }

    /// Creates a private repository without a commit.
    pub fn empty_repository(&self, full_name: &str) -> Repository {
        self.bitbucket.repositories.create_empty(full_name)
    }

    /// Like [`repository`](Self::repository), but anyone may read it.
    pub fn public_repository(&self, full_name: &str) -> Repository {
        self.bitbucket.repositories.publish(full_name);
        self.repository(full_name)
    }

    /// Renames or transfers a repository. Its old name then does not exist.
    pub fn rename(&self, from: &str, to: &str) {
        self.bitbucket.repositories.rename(from, to);
        self.bitbucket.tokens().follow(from, to);
    }

    /// Issues a token.
    pub fn token(&self, grant: Grant) -> String {
        self.bitbucket.tokens().issue(grant)
    }

    /// Adds an OAuth consumer of this workspace, private and for reading and pushing. Returns its key and
    /// its secret.
    pub fn oauth_consumer(&self, workspace: &str) -> (String, String) {
        let grant = Grant::workspace(workspace);
        self.bitbucket.tokens().add_consumer(grant)
    }

    /// Revokes a token at once. To clients, an expired token looks the same.
    pub fn revoke(&self, token: &str) {
        self.bitbucket.tokens().revoke(token);
    }

    /// Changes the switches for every request from now on.
    pub fn switches(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.bitbucket.switches());
    }

    /// Returns every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.bitbucket.log.requests()
    }

    /// Returns every request so far, and forgets them.
    pub fn take_requests(&self) -> Vec<Request> {
        self.bitbucket.log.take()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Bounded, so that a failing test does not hang when it ends.
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// How to start a [`StandIn`].
#[derive(Default)]
pub struct Builder {
    port: u16,
    root: Option<PathBuf>,
    has_own_authority: bool,
}

impl Builder {
    /// Listens on this port instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Stores the repositories in this directory instead of a temporary one.
    pub fn root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// Creates a certificate authority for this stand-in. By default, all stand-ins of a process share
    /// one.
    pub fn own_authority(mut self) -> Self {
        self.has_own_authority = true;
        self
    }

    /// Starts the stand-in. Panics if that fails, such as on a port that is in use.
    pub fn start(self) -> StandIn {
        let directory = TempDir::with_prefix("bitbucket-stand-in-").expect("a temporary directory");
        let tls = if self.has_own_authority {
            Tls::unshared()
        } else {
            Tls::shared()
        };
        let ca_file = directory.path().join("ca.pem");
        fs::write(&ca_file, &tls.ca_pem).expect("the directory is writable");

        let git = Arc::new(Git::with_home(directory.path().join("home")));
        let root = self
            .root
            .unwrap_or_else(|| directory.path().join("repositories"));
        let repositories = Repositories::new(root, Arc::clone(&git));
        let bitbucket = Arc::new(Bitbucket::new(git, repositories));

        let runtime = Runtime::new().expect("a tokio runtime");
        let address = (Ipv4Addr::LOCALHOST, self.port);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(address))
            .expect("the port is free");
        let port = listener
            .local_addr()
            .expect("the listener has an address")
            .port();
        runtime.spawn(server::serve(listener, tls, Arc::clone(&bitbucket)));

        StandIn {
            bitbucket,
            url: format!("https://localhost:{port}"),
            runtime: Some(runtime),
            ca_file,
            _directory: directory,
        }
    }
}
