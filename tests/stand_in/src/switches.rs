//! The switches: what a test can change in the stand-in while it runs.
//!
//! The defaults are the behaviour with the best evidence. A switch either stands for something that is
//! not published, or simulates an incident or a hostile Bitbucket.

use std::time::Duration;

use super::rest::RestSwitches;

/// The stand-in's switches. [`Default`] is Bitbucket without incidents, as far as it is known.
#[derive(Clone, Debug)]
pub struct Switches {
    /// Whether `Git-Protocol` reaches git. Unknown: Bitbucket's front end is before git, and no trace
    /// of protocol v2 has been seen. If off, everything uses v0.
    pub protocol_v2: bool,
    /// Whether git may authenticate with `Authorization: Bearer`. Unknown: no report of it working.
    pub bearer: bool,
    /// Whether ALPN offers HTTP/2. Applies to connections accepted from now on.
    pub http2: bool,
    /// Whether `git archive --remote` is supported. Bitbucket does not support it.
    pub archives: bool,
    /// The response to a valid token for a repository that it may not see. Unknown: 404 has
    /// been seen in old logs and during incidents.
    pub missing_repository: MissingRepository,
    /// Whether a missing scope (403) is reported before a missing repository. Unknown: no report of a
    /// token that lacked both is published.
    pub scope_before_repository: bool,
    /// Whether LFS's batch answers 403, and not 401, to anonymous requests, as in
    /// 2017.
    pub lfs_forbids_anonymous: bool,
    /// The response is 429 to every request. The body is known only from a sibling service.
    pub rate_limited: bool,
    /// Seconds to announce in `Retry-After` while `rate_limited` or `fail_with`. Unknown: no dump of
    /// a 429 has it.
    pub retry_after: Option<u32>,
    /// Refuse pushes after they are received, as Bitbucket's own pre-receive hook does.
    pub push_refusal: Option<PushRefusal>,
    /// Hostile: redirect every GET, of git and of REST. Bitbucket redirects no git request.
    pub redirect_get: Option<Redirect>,
    /// Hostile: redirect every POST.
    pub redirect_post: Option<Redirect>,
    /// Hostile: challenge every anonymous POST, even for public repositories. A client that was redirected
    /// here may send its credentials then.
    pub challenge_posts: bool,
    /// An incident: answer every request with this status and text.
    pub fail_with: Option<(u16, String)>,
    /// The number of requests that `rate_limited` and `fail_with` apply to. `None`: all requests.
    pub unwell_for: Option<u32>,
    /// The number of git requests after which all tokens expire, as in the middle of a transfer.
    pub requests_until_expiry: Option<u32>,
    /// An incident: refuse the next request of git's that has credentials, though they are valid
    /// (BCLOUD-24107).
    pub refuse_once: bool,
    /// An incident: the delay before every answer.
    pub delay: Duration,
    /// An incident: cut the connection in place of an answer.
    pub drop_connection: bool,
    /// The switches of REST alone.
    pub rest: RestSwitches,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            protocol_v2: true,
            bearer: false,
            http2: true,
            archives: false,
            missing_repository: MissingRepository::Unauthorized,
            scope_before_repository: false,
            lfs_forbids_anonymous: false,
            rate_limited: false,
            retry_after: None,
            push_refusal: None,
            redirect_get: None,
            redirect_post: None,
            challenge_posts: false,
            fail_with: None,
            unwell_for: None,
            requests_until_expiry: None,
            refuse_once: false,
            delay: Duration::ZERO,
            drop_connection: false,
            rest: RestSwitches::default(),
        }
    }
}

impl Switches {
    /// Returns the switches for one request, even if they are changed meanwhile.
    pub(super) fn for_one_request(&mut self, has_credentials: bool) -> Self {
        let seen = self.clone();
        self.refuse_once &= !has_credentials;
        self.requests_until_expiry = self
            .requests_until_expiry
            .map(|left| left.saturating_sub(1));
        match &mut self.unwell_for {
            Some(0 | 1) => {
                self.rate_limited = false;
                self.fail_with = None;
                self.unwell_for = None;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        seen
    }
}

/// The status of the response to a valid token for a repository that it cannot see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingRepository {
    /// 401, exactly as for a revoked token.
    Unauthorized,
    /// 404 with the same text.
    NotFound,
}

/// The target of a redirect: the same path and query under another base.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// Scheme, host and port, such as `https://localhost:4711`.
    pub to: String,
    /// 301, 302, 307 or 308.
    pub status: u16,
}

/// Why a push that was received is refused.
#[derive(Clone, Debug)]
pub enum PushRefusal {
    /// The workspace has more users than its plan pays for.
    UserLimit {
        /// The account that the text names.
        account: String,
    },
    /// The branch is restricted; an access token cannot be exempted by name.
    BranchRestriction {
        /// The branch, without `refs/heads/`.
        branch: String,
    },
    /// The repository holds more than 4 GB.
    SizeLimit,
}

impl PushRefusal {
    /// Returns the shell pattern of the refs whose push is refused.
    pub(super) fn refs(&self) -> String {
        match self {
            Self::BranchRestriction { branch } => format!("refs/heads/{branch}"),
            Self::UserLimit { .. } | Self::SizeLimit => "*".to_owned(),
        }
    }

    /// Returns the message, in Bitbucket's words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::UserLimit { account } => format!(
                "[ALERT] Your push failed because the account '{account}' has exceeded its user \
                 limit and this repository is restricted to read-only access. To restore write \
                 access, ask an account administrator to upgrade their plan."
            ),
            Self::BranchRestriction { branch } => {
                format!("Permission denied to update branch {branch}.")
            }
            Self::SizeLimit => "Repository is over the size limit (4 GB) and will not accept \
                 further additions.\n\n\
                 Learn how to reduce your repository size: https://confluence.atlassian.com/x/xgMvEw."
                .to_owned(),
        }
    }
}
