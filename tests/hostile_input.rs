//! Promise: whatever a stranger writes, nothing takes it for something else than git does, a terminal
//! does nothing but show it, and nothing waits, grows or falls over it.
//!
//! scripts/fuzz feeds the same parsers for longer.

mod address_forms;
mod answers;
mod config_toml;
mod files;
mod git_settings;
mod questions;
mod tokens;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Properties that hold for so many cases, the same every time; for other ones, and as many as one
/// likes, there is `PROPTEST_CASES`.
fn runner(cases: u32) -> TestRunner {
    let named = std::env::var("PROPTEST_CASES").ok();
    let named = named.and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: named.unwrap_or(cases),
        // Failures are reported, and nothing is written into the tree.
        failure_persistence: None,
        ..Config::default()
    };
    match named {
        Some(_) => TestRunner::new(config),
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        }
    }
}

/// Fails where a terminal would take something in `text` for more than lines of text.
#[track_caller]
fn is_plain(text: &str) {
    let is_odd = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() && c != '\n') || turns
    };
    assert!(!text.contains(is_odd), "{text:?}");
}
