//! Synthetic tokens, and what each of them may do.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Scopes an access token can have, and what else each one grants. Those of administration
/// and deletion grant nothing else: a token with only `repository:admin` cannot clone.
const SCOPES: [(&str, &[&str]); 15] = [
    ("account", &[]),
    ("pipeline", &[]),
    ("pipeline:variable", &[]),
    ("pipeline:write", &[]),
    ("project", &["repository"]),
    ("project:admin", &[]),
    ("pullrequest", &["repository"]),
    (
        "pullrequest:write",
        &["pullrequest", "repository", "repository:write"],
    ),
    ("repository", &[]),
    ("repository:admin", &[]),
    ("repository:delete", &[]),
    ("repository:write", &["repository"]),
    ("runner", &[]),
    ("runner:write", &[]),
    ("webhook", &[]),
];

/// The two kinds of token that git over HTTPS accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a workspace, a project or a repository.
    Access,
    /// Of a person.
    Api,
}

impl Kind {
    /// The one user name that goes with it. Whether access tokens work with any other is
    /// unknown; here they do not.
    pub fn git_user(self) -> &'static str {
        match self {
            Self::Access => "x-token-auth",
            Self::Api => "x-bitbucket-api-token-auth",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Access => "ATCTT3xFfGN0",
            Self::Api => "ATATT3xFfGF0",
        }
    }
}

/// What a token is good for. Unless told otherwise: an access token to read and push.
#[derive(Clone, Debug)]
pub struct Grant {
    kind: Kind,
    reach: Reach,
    /// What REST calls an access token of this reach.
    credential_type: &'static str,
    /// As they were asked for.
    issued: BTreeSet<&'static str>,
    /// With what they imply.
    scopes: BTreeSet<&'static str>,
    /// The e-mail of an API token's account.
    account: Option<String>,
}

#[derive(Clone, Debug)]
enum Reach {
    Workspace(String),
    Repositories(Vec<String>),
}

impl Grant {
    /// Every repository of the workspace.
    pub fn workspace(workspace: &str) -> Self {
        let reach = Reach::Workspace(workspace.to_owned());
        Self::new(reach, "workspace_access_token")
    }

    /// The repositories of one project, by full name.
    pub fn project<'a>(repositories: impl IntoIterator<Item = &'a str>) -> Self {
        let names = repositories.into_iter().map(str::to_owned);
        let reach = Reach::Repositories(names.collect());
        Self::new(reach, "project_access_token")
    }

    /// One repository, by full name.
    pub fn repository(full_name: &str) -> Self {
        let reach = Reach::Repositories(vec![full_name.to_owned()]);
        Self::new(reach, "repo_access_token")
    }

    fn new(reach: Reach, credential_type: &'static str) -> Self {
        let scopes = BTreeSet::from(["repository", "repository:write"]);
        Self {
            kind: Kind::Access,
            reach,
            credential_type,
            issued: scopes.clone(),
            scopes,
            account: None,
        }
    }

    /// Exactly these scopes, and what they imply. Panics on one that Bitbucket does not have.
    pub fn scopes<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        self.issued.clear();
        self.scopes.clear();
        for wanted in scopes {
            let (scope, implied) = SCOPES
                .iter()
                .find(|(scope, _)| *scope == wanted)
                .unwrap_or_else(|| panic!("Bitbucket has no scope {wanted:?}"));
            self.issued.insert(scope);
            self.scopes.insert(scope);
            self.scopes.extend(*implied);
        }
        self
    }

    /// A token of another kind.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Returns an API token of the account with this email, which REST needs as the user name.
    pub fn account(mut self, email: &str) -> Self {
        self.account = Some(email.to_owned());
        self.kind(Kind::Api)
    }

    pub(super) fn account_email(&self) -> Option<&String> {
        self.account.as_ref()
    }

    /// As the header `x-credential-type` has it.
    pub(super) fn credential_type(&self) -> &'static str {
        match self.kind {
            Kind::Access => self.credential_type,
            Kind::Api => "api_token",
        }
    }

    /// As `x-oauth-scopes` has them. That those are left out which go without saying is a guess.
    pub(super) fn issued_scopes(&self) -> Vec<&'static str> {
        self.issued.iter().copied().collect()
    }

    pub(super) fn workspace_name(&self) -> &str {
        match &self.reach {
            Reach::Workspace(workspace) => workspace,
            Reach::Repositories(names) => names.first().map_or("", |name| workspace_of(name)),
        }
    }

    pub(super) fn is_of(&self, kind: Kind) -> bool {
        self.kind == kind
    }

    pub(super) fn git_user(&self) -> &'static str {
        self.kind.git_user()
    }

    pub(super) fn reaches(&self, full_name: &str) -> bool {
        match &self.reach {
            Reach::Workspace(workspace) => workspace_of(full_name) == workspace,
            Reach::Repositories(names) => names.iter().any(|name| name == full_name),
        }
    }

    pub(super) fn allows(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// A token follows its repository to a new name, but not out of the workspace.
    fn follow(&mut self, from: &str, to: &str) {
        if let Reach::Repositories(names) = &mut self.reach {
            if workspace_of(from) == workspace_of(to) {
                for name in names.iter_mut().filter(|name| *name == from) {
                    to.clone_into(name);
                }
            } else {
                names.retain(|name| name != from);
            }
        }
    }
}

fn workspace_of(full_name: &str) -> &str {
    full_name.split('/').next().unwrap_or_default()
}

/// The tokens in force. Revoked, expired and never issued look alike from outside, so a token
/// that is not in here is all three.
#[derive(Default)]
pub(super) struct Tokens {
    grants: HashMap<String, Grant>,
    /// What each OAuth consumer's tokens are good for, by its key and secret.
    consumers: HashMap<(String, String), Grant>,
}

impl Tokens {
    pub(super) fn issue(&mut self, grant: Grant) -> String {
        let token = synthetic_token(grant.kind);
        self.grants.insert(token.clone(), grant);
        token
    }

    /// Adds an OAuth consumer. Returns its key and its secret.
    pub(super) fn add_consumer(&mut self, grant: Grant) -> (String, String) {
        let random = || without_prefix(&synthetic_token(Kind::Access));
        let consumer = (random()[..18].to_owned(), random()[..32].to_owned());
        self.consumers.insert(consumer.clone(), grant);
        consumer
    }

    /// Issues a token to an OAuth consumer; `None` if there is none with this key and secret.
    pub(super) fn issue_to(&mut self, key: String, secret: String) -> Option<(String, Grant)> {
        let grant = self.consumers.get(&(key, secret))?.clone();
        let token = without_prefix(&synthetic_token(Kind::Access));
        self.grants.insert(token.clone(), grant.clone());
        Some((token, grant))
    }

    pub(super) fn revoke(&mut self, token: &str) {
        self.grants.remove(token);
    }

    pub(super) fn grant(&self, token: &str) -> Option<&Grant> {
        self.grants.get(token)
    }

    pub(super) fn follow(&mut self, from: &str, to: &str) {
        for grant in self.grants.values_mut() {
            grant.follow(from, to);
        }
    }
}

/// A new token that looks real to its checksum, 192 characters, unlike any other. It is made at run
/// time, so that no scanner finds one in this repository.
pub fn synthetic_token(kind: Kind) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const CHECKSUM: usize = "=01234567".len();
    let mut token = kind.prefix().to_owned();
    while token.len() < 192 - CHECKSUM {
        // The hasher's keys are random and differ at each call: randomness without a crate.
        let random = RandomState::new().build_hasher().finish();
        token.push(char::from(ALPHABET[(random % 64) as usize]));
    }
    token.push('=');
    format!("{token}{:08X}", crc32(token.as_bytes()))
}

/// As OAuth's tokens are, which begin with nothing that they share.
fn without_prefix(token: &str) -> String {
    token.replacen(Kind::Access.prefix(), "", 1)
}

/// The CRC-32 of zlib and PNG, whose check value (of `123456789`) is `CBF43926`.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
