//! What the targets share. `git bbt` is a program and no library, so those of its modules that read
//! untrusted input are compiled here by path.

#![allow(dead_code, reason = "the program uses what no target does")]
#![allow(missing_docs, reason = "they are the program's")]

#[path = "../../src/bin/git-bbt/git.rs"]
mod git;
#[path = "../../src/bin/git-bbt/git_config_file/mod.rs"]
pub mod git_config_file;
#[path = "../../src/bin/git-bbt/git_settings.rs"]
mod git_settings;
#[path = "../../src/bin/git-bbt/problem.rs"]
mod problem;

#[path = "../../src/bin/git-bbt/bitbucket"]
pub mod bitbucket {
    pub mod response;
    pub mod scopes;
    pub mod verdict;
}

#[path = "../../src/bin/git-bbt/remote_url/mod.rs"]
pub mod remote_url;

/// Fails if a terminal would interpret something in `text` instead of showing it.
#[track_caller]
pub fn is_plain(text: &str) {
    let is_odd = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
    };
    assert!(!text.contains(is_odd), "{text:?}");
}

/// Fails if a message contains a token.
#[track_caller]
pub fn holds_no_token(text: &str) {
    assert!(!bbt::redact::has_token(text), "{text:?}");
}
