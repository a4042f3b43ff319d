//! An address, which the `.gitmodules` of a cloned repository may contain.

#![no_main]

use bbt::address::Address;
use bbt::redact::{self, for_terminal};
use bbt_fuzz::{holds_no_token, is_plain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    is_plain(&for_terminal(&redact::address(text)));
    match Address::parse(text) {
        Ok(address) => is_harmless(text, &address),
        Err(failure) => {
            let said = for_terminal(&failure.to_string());
            is_plain(&said);
            holds_no_token(&said);
            assert!(said.len() < 4096, "{} bytes", said.len());
        }
    }
});

/// An accepted address becomes part of shell commands, URLs, file names and variable names.
fn is_harmless(text: &str, address: &Address) {
    for name in [address.workspace(), address.repository()] {
        let is_known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        assert!(name.chars().all(is_known), "{name:?}");
        assert!(!name.is_empty() && !name.starts_with('-') && name.len() <= 255);
        assert!(name != "." && name != "..");
        // Each name is part of the text.
        assert!(text.contains(name), "{name:?}");
    }
    for form in [
        format!("{address}"),
        format!("bbt::{address}"),
        format!("bbt://{address}/"),
        format!("https://bitbucket.org/{}.git", address.full_name()),
        format!("git@bitbucket.org:{}.git", address.full_name()),
    ] {
        let again = Address::parse(&form);
        assert!(again.is_ok_and(|again| again == *address), "{form}");
    }
}
