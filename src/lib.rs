//! `bbt::<workspace>/<repository>` for git: Bitbucket Cloud over https, with an access token that is
//! looked up only when git needs it, so that no remote contains a secret.
//!
//! The flow of a clone is the order of the modules, and [`remote::run`] is that flow on one screen:
//!
//! ```text
//! git clone bbt::acme/widgets
//!  └ git-remote-bbt origin acme/widgets
//!      address      bbt::<workspace>/<repository>  ->  Address
//!      config       config.toml: the sources of tokens, the server
//!      lookup       environment | config.toml   ->  Candidate    (the secret is not touched yet)
//!      clone_config git-lfs's endpoint and the bot's e-mail, in the clone's own configuration
//!      handoff      git-remote-https origin https://bitbucket.org/acme/widgets.git, with scoped settings
//!          └ git-remote-https asks:  git-remote-bbt --credential acme/widgets get
//!              lookup       the same Candidate
//!              source       env | file | command | keyring | value  ->  Token
//!              credential   the answer, in git's credential protocol, through a pipe
//! ```
//!
//! The *hand-off* is the step in which we start git's own https helper with our settings and wait for
//! it. In the order `url`, `redact`, `token`, `source`, `config`, `lookup`, `lfs`, `credential`,
//! `clone_config` and `handoff`, a module uses only those before it.
//!
//! [`messages`] prints everything, [`redact`] removes secrets from it, and [`shell`] quotes commands in
//! it; [`url`] splits URLs, and [`instead_of`] rewrites them as git does; [`variables`] names our environment variables; [`git`] creates every git
//! process, [`git_settings`] reads the current repository's configuration, and [`git_lock`] replaces a
//! file of it; [`channel`] carries the credential helper's reports to the hand-off; [`child`] supervises
//! the programs that we start; [`untrusted_file`] opens files that strangers may have made; [`zeroized`]
//! reads secrets, and [`core_dump`] keeps them out of core dumps.

pub mod remote;

pub mod redact;
pub mod url;

pub mod address;
pub mod config;
pub mod lookup;
pub mod source;
pub mod target;
pub mod token;

pub mod clone_config;
pub mod credential;
pub mod handoff;
pub mod lfs;

pub mod channel;
pub mod child;
pub mod core_dump;
pub mod git;
pub mod git_lock;
pub mod git_settings;
pub mod instead_of;
pub mod messages;
pub mod shell;
pub mod untrusted_file;
pub mod variables;
pub mod zeroized;
