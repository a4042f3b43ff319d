//! `bbt::<workspace>/<repository>` for git: Bitbucket Cloud over https, with the access token found
//! at the moment git asks for it, so that no remote ever holds a secret.
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
//!      handoff      git -c <scoped config> remote-https origin https://bitbucket.org/acme/widgets.git
//!          └ git-remote-https asks:  git-remote-bbt --credential acme/widgets get
//!              lookup       the same Candidate
//!              source       env | file | command | keyring | value  ->  Token
//!              credential   the answer, in git's credential protocol, through a pipe
//! ```
//!
//! In the order `token`, `source`, `config`, `lookup`, `credential` and `handoff`, a module uses only
//! those before it.
//!
//! [`messages`] is the only printer, and [`shell`] quotes for a shell what it prints; [`variables`] names
//! our environment variables; [`git`] creates every git process, and [`git_lock`] replaces a file of
//! its configuration; through [`channel`] the credential helper reports to the hand-off; [`child`]
//! supervises the programs that a hand-off and a token command start; [`untrusted_file`] opens what
//! strangers may have made, [`zeroized`] reads what may hold a secret, and [`core_dump`] keeps it out of
//! those.

pub mod remote;

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
pub mod messages;
pub mod shell;
pub mod untrusted_file;
pub mod variables;
pub mod zeroized;
