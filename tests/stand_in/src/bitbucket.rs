//! The state of the stand-in, and its answer to each request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};

use super::access;
use super::git::Git;
use super::git_backend::Call;
use super::git_request::{GitRequest, Service};
use super::lfs;
use super::log::{Entry, Log};
use super::oauth;
use super::refusal::Refusal;
use super::repositories::Repositories;
use super::rest;
use super::server::Body;
use super::switches::Switches;
use super::tokens::Tokens;

/// Shared by the connections and by the test that holds the [`StandIn`](super::StandIn).
pub(super) struct Bitbucket {
    pub(super) git: Arc<Git>,
    pub(super) repositories: Repositories,
    pub(super) log: Log,
    switches: Mutex<Switches>,
    tokens: Mutex<Tokens>,
}

impl Bitbucket {
    pub(super) fn new(git: Arc<Git>, repositories: Repositories) -> Self {
        Self {
            git,
            repositories,
            log: Log::default(),
            switches: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    pub(super) fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the response to a request; `None` if the connection is to be cut.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Option<Response<Body>> {
        let (head, body) = request.into_parts();
        let entry = self.log.arrived(&head);
        // A request sees one state of the switches, even if they are changed meanwhile.
        let has_credentials = head.headers.contains_key(AUTHORIZATION);
        let switches = self.switches().for_one_request(has_credentials);
        tokio::time::sleep(switches.delay).await;
        if switches.drop_connection {
            return None;
        }
        let response = if let Some(wanted) = lfs::Wanted::parse(&head) {
            self.lfs(&wanted, &head, body, &switches, &entry).await
        } else if oauth::claims(&head) {
            self.oauth(body, &entry).await
        } else if rest::claims(&head) {
            self.api_host(&head, body, &switches, &entry).await
        } else {
            self.git_host(&head, body, &switches, &entry).await
        };
        entry.answered(response.status().as_u16());
        Some(response)
    }

    /// Answers a REST request. It reads the whole request first, since none is large.
    async fn api_host(
        &self,
        head: &Parts,
        mut body: Incoming,
        switches: &Switches,
        entry: &Arc<Entry>,
    ) -> Response<Body> {
        let read = entry.read_all(&mut body).await;
        let authorization = entry.authorization();
        let call = rest::Call {
            bitbucket: self,
            head,
            body: &read,
            authorization: authorization.as_ref(),
            switches,
        };
        let mut response = match interference(head, switches) {
            Some(refusal) => refusal.response(),
            None => call.answer(),
        };
        call.sign(&mut response);
        response
    }

    /// Answers OAuth consumers that request a token.
    async fn oauth(&self, mut body: Incoming, entry: &Arc<Entry>) -> Response<Body> {
        let form = entry.read_all(&mut body).await;
        oauth::answer(&form, entry.authorization(), &mut self.tokens())
    }

    /// Answers an LFS request. Objects are small here, so the whole request is read first.
    async fn lfs(
        &self,
        wanted: &lfs::Wanted,
        head: &Parts,
        mut body: Incoming,
        switches: &Switches,
        entry: &Arc<Entry>,
    ) -> Response<Body> {
        let read = entry.read_all(&mut body).await;
        if let Some(refusal) = interference(head, switches) {
            return refusal.response();
        }
        let authorization = entry.authorization();
        let request = wanted.request(&read);
        let admitted = access::decide(
            &request,
            authorization.as_ref(),
            &self.tokens(),
            &self.repositories,
            switches,
        );
        match admitted {
            Ok(_) => {
                let repository = self.repositories.find(&request.full_name);
                let repository =
                    repository.expect("access was granted to a repository that exists");
                wanted.answer(&repository, head, &read)
            }
            Err(Refusal::NoAccess)
                if authorization.is_none()
                    && wanted.is_batch()
                    && switches.lfs_forbids_anonymous =>
            {
                Refusal::Scope.response()
            }
            Err(refusal) => refusal.response(),
        }
    }

    /// Answers a request for git, and for every path that no other part of Bitbucket has.
    async fn git_host(
        &self,
        head: &Parts,
        mut body: Incoming,
        switches: &Switches,
        entry: &Arc<Entry>,
    ) -> Response<Body> {
        let admitted = match interference(head, switches) {
            Some(refusal) => Err(refusal),
            None => self.admit(head, entry, switches),
        };
        let (request, user) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => {
                // A client that is still sending might miss the answer.
                while entry.read(&mut body).await.is_some() {}
                return refusal.response();
            }
        };
        let call = Call {
            git: &self.git,
            root: self.repositories.root(),
            request: &request,
            head,
            user,
            switches,
        };
        let answer = call.answer(body, Arc::clone(entry)).await;
        answer.unwrap_or_else(|error| {
            Refusal::Failure {
                status: 502,
                text: format!("git http-backend: {error}"),
                retry_after: None,
            }
            .response()
        })
    }

    /// Returns what the request wants, and the user that may have it.
    fn admit(
        &self,
        head: &Parts,
        entry: &Entry,
        switches: &Switches,
    ) -> Result<(GitRequest, Option<&'static str>), Refusal> {
        let request = GitRequest::parse(&head.method, &head.uri)
            .filter(|request| switches.archives || request.service != Service::UploadArchive)
            .ok_or(Refusal::NoSuchPage)?;
        let user = access::decide(
            &request,
            entry.authorization().as_ref(),
            &self.tokens(),
            &self.repositories,
            switches,
        )?;
        Ok((request, user))
    }
}

/// Returns the answer to any request during an incident, or of a hostile Bitbucket.
fn interference(head: &Parts, switches: &Switches) -> Option<Refusal> {
    let retry_after = switches.retry_after;
    if let Some((status, text)) = switches.fail_with.clone() {
        return Some(Refusal::Failure {
            status,
            text,
            retry_after,
        });
    }
    if switches.rate_limited {
        return Some(Refusal::RateLimit { retry_after });
    }
    let is_challenged = switches.challenge_posts && head.method == Method::POST;
    if is_challenged && !head.headers.contains_key(AUTHORIZATION) {
        return Some(Refusal::NoAccess);
    }
    let redirect = match head.method {
        Method::GET => switches.redirect_get.as_ref(),
        Method::POST => switches.redirect_post.as_ref(),
        _ => None,
    }?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    Some(Refusal::Redirect {
        status: redirect.status,
        location: format!("{}{path}", redirect.to),
    })
}
