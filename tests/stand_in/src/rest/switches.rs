//! The switches of REST alone. Redirects, limits, incidents and delays are in
//! [`Switches`](crate::Switches), for git and REST together.

/// As with [`Switches`](crate::Switches), the defaults have the best evidence.
#[derive(Clone, Debug)]
pub struct RestSwitches {
    /// Whether the `detail` of a missing scope is `{required, granted}`. Both this and a sentence have
    /// been seen.
    pub detail_is_object: bool,
    /// Hostile: the base, such as `https://localhost:4711`, that a list's `next` points to.
    pub next_elsewhere: Option<String>,
    /// Hostile: lists have no values, but always a next page.
    pub empty_pages: bool,
    /// An incident: every response is garbled in this way.
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

/// How a response is garbled. The status stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Garbled {
    /// An HTML page in place of JSON, as from the network of a hotel.
    Html,
    /// Half of the body, and then the connection is cut. Content-Length has the full size.
    Truncated,
    /// Hostile: another body.
    As {
        /// Its Content-Type.
        content_type: &'static str,
        /// The body.
        body: Vec<u8>,
    },
    /// Hostile: this text, repeated without end.
    Endless(&'static [u8]),
    /// An incident: one byte at a time.
    Dripping,
}
