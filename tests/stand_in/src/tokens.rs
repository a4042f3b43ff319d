//! Synthetic tokens, and what each of them allows.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};

/// The scopes of an access token, and the scopes that each one implies. Those of administration and
/// deletion imply none: a token with only `repository:admin` cannot clone.
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

/// The kinds of token that git over https accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a workspace, a project or a repository.
    Access,
    /// Of a person.
    Api,
}

impl Kind {
    /// Returns the user name for it. Whether access tokens work with another one is unknown; here they
    /// do not.
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

/// What a token allows. By default, an access token that can read and push.
#[derive(Clone, Debug)]
pub struct Grant {
    kind: Kind,
    reach: Reach,
    /// The name in REST for an access token of this reach.
    credential_type: &'static str,
    /// The scopes as requested.
    issued: BTreeSet<&'static str>,
    /// The scopes with those that they imply.
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
    /// Grants access to every repository of the workspace.
    pub fn workspace(workspace: &str) -> Self {
        let reach = Reach::Workspace(workspace.to_owned());
        Self::new(reach, "workspace_access_token")
    }

    /// Grants access to the repositories of one project, by full name.
    pub fn project<'a>(repositories: impl IntoIterator<Item = &'a str>) -> Self {
        let names = repositories.into_iter().map(str::to_owned);
        let reach = Reach::Repositories(names.collect());
        Self::new(reach, "project_access_token")
    }

    /// Grants access to one repository, by full name.
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

    /// Sets exactly these scopes, and those that they imply. Panics on a scope that Bitbucket does not
    /// have.
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

    /// Sets the kind of the token.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Makes it an API token of the account with this e-mail, which REST requires as the user name.
    pub fn account(mut self, email: &str) -> Self {
        self.account = Some(email.to_owned());
        self.kind(Kind::Api)
    }

    pub(super) fn account_email(&self) -> Option<&String> {
        self.account.as_ref()
    }

    /// Returns the value of the header `x-credential-type`.
    pub(super) fn credential_type(&self) -> &'static str {
        match self.kind {
            Kind::Access => self.credential_type,
            Kind::Api => "api_token",
        }
    }

    /// Returns the value of `x-oauth-scopes`. That implied scopes are omitted is a guess.
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

/// The valid tokens. Revoked, expired and unknown tokens look the same to clients, so a token that is
/// not in here may be any of these.
#[derive(Default)]
pub(super) struct Tokens {
    grants: HashMap<String, Grant>,
    /// What the tokens of each OAuth consumer allow, by its key and secret.
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

/// Returns a new, random token of 192 characters with a valid checksum. It is created at run time, so
/// that no secret scanner finds a token in this repository.
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

/// Removes the prefix: tokens of OAuth have none.
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
