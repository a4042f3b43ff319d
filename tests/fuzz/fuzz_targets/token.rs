//! What a token command, a file or a keyring gives.

#![no_main]

use bbt::token::{self, Kind, Token};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let token = match Token::new(Zeroizing::new(bytes.to_vec()), None) {
        Ok(token) => token,
        Err(flaw) => {
            let _ = flaw.to_string();
            return;
        }
    };
    // One line of git's credential protocol, and one header, whatever it is.
    let secret = token.expose();
    assert!(!secret.is_empty() && secret.len() <= token::MAX_BYTES);
    assert!(secret.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(bytes.starts_with(secret.as_bytes()) && bytes.len() - secret.len() <= 2);
    assert_eq!(token.kind() == Kind::Api, secret.starts_with("ATAT"));
    assert!(secret.len() < 12 || !format!("{token:?}").contains(secret));
});
