//! The part of Bitbucket's REST API 2.0 that `git bbt` uses.
//!
//! In the order a request meets them: `route` (what is requested), `caller` (who requests it), then
//! `listing`, `objects` or `branches`, or a `problem`; `answer` makes a response of it, which the
//! [`switches`](RestSwitches) may change.

mod answer;
mod branches;
mod caller;
mod listing;
mod objects;
mod problem;
mod route;
mod switches;

use hyper::Response;
use hyper::header::{HOST, HeaderValue};
use hyper::http::request::Parts;

pub use switches::Garbled;
pub(super) use switches::RestSwitches;

use super::authorization::Authorization;
use super::bitbucket::Bitbucket;
use super::git_request::GitRequest;
use super::server::Body;
use super::switches::Switches;
use super::tokens::Grant;
use answer::Answer;
use objects::Writer;
use problem::Problem;
use route::Route;

/// Returns whether a request is for REST. Git's requests are matched first: a workspace may be called
/// `user`.
pub(super) fn claims(head: &Parts) -> bool {
    let first = head.uri.path().split('/').nth(1).unwrap_or_default();
    let is_api = first == "2.0" || route::ROOTS.contains(&first);
    is_api && (first == "2.0" || GitRequest::parse(&head.method, &head.uri).is_none())
}

/// A request, with everything that the answer depends on.
pub(super) struct Call<'a> {
    pub(super) bitbucket: &'a Bitbucket,
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) authorization: Option<&'a Authorization>,
    pub(super) switches: &'a Switches,
}

impl Call<'_> {
    /// Returns the answer, without the headers that [`sign`](Self::sign) adds.
    pub(super) fn answer(&self) -> Response<Body> {
        let switches = &self.switches.rest;
        self.decide()
            .unwrap_or_else(|problem| problem.answer(switches))
            .response(switches.garbled.as_ref())
    }

    /// Adds the headers that describe the token, which real responses have even with a refusal or a
    /// 429.
    pub(super) fn sign(&self, response: &mut Response<Body>) {
        let mut say = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).expect("scopes are plain words");
            response.headers_mut().insert(name, value);
        };
        say("server", "envoy");
        say("x-b3-traceid", "4c2f5f6a0d1e4b7c");
        say("x-envoy-upstream-service-time", "42");
        say("strict-transport-security", "max-age=31536000");
        if let Ok(Some(grant)) = self.caller() {
            say("x-credential-type", grant.credential_type());
            say("x-oauth-scopes", &grant.issued_scopes().join(", "));
            say("x-accepted-oauth-scopes", self.route().scope());
        }
    }

    fn decide(&self) -> Result<Answer, Problem> {
        let caller = self.caller()?;
        let route = self.route();
        match &route {
            Route::Outside => return Err(Problem::Forbidden),
            Route::Unknown => return Err(Problem::NoSuchRoute),
            Route::Removed => return Err(Problem::Removed),
            _ => {}
        }
        let allowed = allowed(&route, caller.as_ref());
        if self.switches.scope_before_repository {
            allowed?;
            self.visible(&route, caller.as_ref())?;
        } else {
            self.visible(&route, caller.as_ref())?;
            allowed?;
        }
        self.respond(&route, caller.as_ref())
    }

    /// Checks that the caller may see the repository or workspace.
    fn visible(&self, route: &Route, caller: Option<&Grant>) -> Result<(), Problem> {
        let repositories = &self.bitbucket.repositories;
        if let Some(workspace) = route.workspace() {
            return match repositories.of_workspace(workspace) {
                Some(_) => Ok(()),
                None => Err(Problem::NoWorkspace(workspace.to_owned())),
            };
        }
        let Some(full_name) = route.repository() else {
            return Ok(());
        };
        let exists = repositories.find(full_name).is_some();
        let is_theirs = caller.is_some_and(|grant| grant.reaches(full_name));
        if exists && (is_theirs || repositories.is_public(full_name)) {
            Ok(())
        } else {
            Err(Problem::NoRepository)
        }
    }

    fn respond(&self, route: &Route, caller: Option<&Grant>) -> Result<Answer, Problem> {
        let write = Writer::new(self.bitbucket, self.host(), caller);
        match route {
            Route::User => Ok(Answer::json(200, &write.user())),
            Route::UserWorkspaces => Ok(Answer::json(200, &write.workspaces())),
            Route::Workspace(workspace) => Ok(Answer::json(200, &write.workspace(workspace))),
            Route::List(workspace) => {
                let query = self.head.uri.query().unwrap_or_default();
                listing::page(&write, workspace, query, &self.switches.rest)
            }
            Route::Repository(name) => Ok(Answer::json(200, &write.repository(name))),
            Route::CreateBranch(name) => branches::create(self.bitbucket, name, self.body),
            Route::DeleteBranch(name, branch) => branches::delete(self.bitbucket, name, branch),
            Route::Outside | Route::Removed | Route::Unknown => Err(Problem::NoSuchRoute),
        }
    }

    fn caller(&self) -> Result<Option<Grant>, Problem> {
        caller::identify(self.authorization, &self.bitbucket.tokens())
    }

    fn route(&self) -> Route {
        Route::parse(&self.head.method, self.head.uri.path())
    }

    /// Returns host and port as the client sent them: in the URI with HTTP/2, in a header with
    /// HTTP/1.1.
    fn host(&self) -> &str {
        let header = || self.head.headers.get(HOST)?.to_str().ok();
        let authority = self
            .head
            .uri
            .authority()
            .map(|authority| authority.as_str());
        authority.or_else(header).unwrap_or("localhost")
    }
}

/// Checks that the token has the scope. Anonymous callers need none for what they may see, and have no
/// identity.
fn allowed(route: &Route, caller: Option<&Grant>) -> Result<(), Problem> {
    let required = route.scope();
    match caller {
        None if route.is_public() => Ok(()),
        None => Err(Problem::BadToken),
        Some(grant) if required.is_empty() || grant.allows(required) => Ok(()),
        Some(grant) => Err(Problem::Scope {
            required,
            granted: grant.issued_scopes(),
        }),
    }
}
