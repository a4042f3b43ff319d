//! Text from servers and other programs that is printed on a terminal.

#![no_main]

use bbt::redact::{for_terminal, tokens};
use bbt_fuzz::is_plain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    is_plain(&for_terminal(text));
    let masked = tokens(text);
    for prefix in ["ATCT", "ATAT", "ATBB"] {
        for (at, _) in masked.match_indices(prefix) {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
            let length = masked.as_bytes()[at..]
                .iter()
                .take_while(|byte| is_part(byte))
                .count();
            assert!(length <= 12, "{masked}");
        }
    }
});
