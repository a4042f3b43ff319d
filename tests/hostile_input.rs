//! Promise: for any untrusted input, our parsers agree with git's, a terminal only shows the output,
//! and nothing blocks, grows without bound or crashes.
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

/// Runs a property test with this number of cases, the same in every run. `PROPTEST_CASES` asks for
/// another number of cases, random ones.
fn runner(cases: u32) -> TestRunner {
    let named = std::env::var("PROPTEST_CASES").ok();
    let named = named.and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: named.unwrap_or(cases),
        // Failures are reported, and not written into the source tree.
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

/// Fails if a terminal would interpret something in `text` instead of showing lines of text.
#[track_caller]
fn is_plain(text: &str) {
    let is_odd = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() && c != '\n') || turns
    };
    assert!(!text.contains(is_odd), "{text:?}");
}
