//! What a test can change about REST alone. Redirects, limits, incidents and delays are switches
//! of git's and REST's together.

/// As with [`Switches`](crate::Switches), the defaults have the best evidence.
#[derive(Clone, Debug)]
pub struct RestSwitches {
    /// Whether a missing scope's `detail` is `{required, granted}`. Both this and a sentence have
    /// been seen.
    pub detail_is_object: bool,
    /// Hostile: the base, such as `https://localhost:4711`, that a list's `next` points to.
    pub next_elsewhere: Option<String>,
    /// Hostile: lists have no values, and always a next page.
    pub empty_pages: bool,
    /// An incident: what becomes of every answer.
    pub garbled: Option<Garbled>,
}

impl Default for RestSwitches {
    fn default() -> Self {
        Self {
            detail_is_object: true,
            next_elsewhere: None,
            empty_pages: false,
            garbled: None,
        }
    }
}

/// How an answer is spoilt. The status stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Garbled {
    /// A page in place of JSON, as from a hotel's network.
    Html,
    /// Half of it, and the connection cut: Content-Length says the whole.
    Truncated,
    /// Hostile: something else.
    As {
        /// What it says to be.
        content_type: &'static str,
        /// What it is.
        body: Vec<u8>,
    },
    /// Hostile: this, over and over.
    Endless(&'static [u8]),
    /// An incident: a byte at a time.
    Dripping,
}
