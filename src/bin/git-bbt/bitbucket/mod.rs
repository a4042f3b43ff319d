//! The client for Bitbucket's REST API, version 2.0.

mod client;
mod error;
mod network;
mod response;
pub mod scopes;
mod stream;
mod verdict;

pub use client::Bitbucket;
pub use error::is_timeout;
pub use reqwest::blocking::Request;
pub use response::Response;
pub use stream::{ResponseStream, host, refuse_login};
pub use verdict::{API_TOKENS_PAGE, Identity, Problem, Refusal, Verdict};
