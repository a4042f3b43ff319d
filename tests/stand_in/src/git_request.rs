//! Recognizes the requests of git, and what they want.

use hyper::{Method, Uri};

/// The services of smart HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    UploadPack,
    ReceivePack,
    /// `git archive --remote`, which git 2.46 and newer ask for over HTTP.
    UploadArchive,
}

impl Service {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::UploadPack),
            "git-receive-pack" => Some(Self::ReceivePack),
            "git-upload-archive" => Some(Self::UploadArchive),
            _ => None,
        }
    }

    /// Returns the scope that a token needs for it.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::UploadPack | Self::UploadArchive => "repository",
            Self::ReceivePack => "repository:write",
        }
    }
}

/// A request of smart HTTP. Dumb HTTP is not supported.
#[derive(Debug)]
pub(super) struct GitRequest {
    /// `workspace/repository`, without a final `.git`.
    pub(super) full_name: String,
    pub(super) service: Service,
    /// What follows the repository in the path.
    pub(super) action: &'static str,
}

impl GitRequest {
    pub(super) const ADVERTISEMENT: &str = "info/refs";

    pub(super) fn parse(method: &Method, uri: &Uri) -> Option<Self> {
        let mut parts = uri.path().strip_prefix('/')?.splitn(3, '/');
        let (workspace, slug, action) = (parts.next()?, parts.next()?, parts.next()?);
        let (service, action) = match (method, action) {
            (&Method::GET, Self::ADVERTISEMENT) => {
                let name = uri.query()?.strip_prefix("service=")?;
                (Service::from_name(name)?, Self::ADVERTISEMENT)
            }
            (&Method::POST, "git-upload-pack") => (Service::UploadPack, "git-upload-pack"),
            (&Method::POST, "git-receive-pack") => (Service::ReceivePack, "git-receive-pack"),
            (&Method::POST, "git-upload-archive") => (Service::UploadArchive, "git-upload-archive"),
            _ => return None,
        };
        // Only one `.git` is removed: a repository may be called `tutorials.git.bitbucket.org`.
        let slug = slug.strip_suffix(".git").unwrap_or(slug);
        Some(Self {
            full_name: format!("{workspace}/{slug}"),
            service,
            action,
        })
    }
}
