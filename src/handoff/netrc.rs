//! Whether `~/.netrc` has a login for a host.

use std::fs::File;

use crate::zeroized;

/// The rest of a larger file is not read.
const MAX_BYTES: usize = 1024 * 1024;

/// Returns whether the file that git's HTTP library reads has a login for `host`, or a `default` for all
/// hosts. If we cannot read it, that library cannot either.
pub fn has_login(host: &str) -> bool {
    let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let Some(path) = dirs::home_dir().map(|home| home.join(name)) else {
        return false;
    };
    // A pipe, which may decrypt the file for its reader, can be read only once, and not by us.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return true;
    }
    let Ok(file) = File::open(path) else {
        return false;
    };
    let Ok(bytes) = zeroized::read(file, MAX_BYTES) else {
        return false;
    };
    // The entries have no ports.
    let host = host.split(':').next().unwrap_or(host);
    has_login_in(&bytes, host)
}

/// A false match, such as the password `default`, only costs a request.
fn has_login_in(netrc: &[u8], host: &str) -> bool {
    let mut after_machine = false;
    netrc
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .any(|word| {
            let is_host = after_machine && unquoted(word).eq_ignore_ascii_case(host.as_bytes());
            after_machine = word == b"machine";
            is_host || word == b"default"
        })
}

fn unquoted(word: &[u8]) -> &[u8] {
    word.strip_prefix(b"\"")
        .and_then(|word| word.strip_suffix(b"\""))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::has_login_in;

    #[test]
    fn a_machine_or_a_default_entry_is_a_login() {
        for netrc in [
            "machine bitbucket.org login me password x",
            "machine other\nlogin a\npassword b\nmachine\n\tBitBucket.org\n",
            "machine \"bitbucket.org\" login me",
            "default login me password x",
        ] {
            assert!(has_login_in(netrc.as_bytes(), "bitbucket.org"), "{netrc}");
        }
        for netrc in [
            "",
            "machine github.com login bitbucket.org",
            "machine",
            "# bitbucket.org",
        ] {
            assert!(!has_login_in(netrc.as_bytes(), "bitbucket.org"), "{netrc}");
        }
    }
}
