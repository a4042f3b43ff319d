//! The user's `http.extraHeader`, and whether one of them would replace the token.

use crate::config::Service;
use crate::git;
use crate::messages;

/// Returns whether git must ignore the user's headers for this repository. For bitbucket.org always:
/// it needs none, and asking git would cost a process. At an address that config.toml sets, a proxy
/// may need them, so they are ignored only if one is an `Authorization`.
pub(super) fn must_be_emptied(service: &Service) -> bool {
    if !service.is_configured() {
        return true;
    }
    let has_authorization = authorization_is_set(service.host());
    if has_authorization {
        messages::warning(&format!(
            "http.extraHeader has an Authorization header, which would replace the token; no http.extraHeader is sent to {}",
            service.host()
        ));
    }
    has_authorization
}

/// Asks for the names of the settings only: the values are secrets.
fn authorization_is_set(host: &str) -> bool {
    const KEYS: &str = r"^http\.(.*\.)?extraheader$";
    // curl takes a semicolon for an empty header, and a colon alone for none.
    const VALUES: &str =
        "^[[:space:]]*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn][[:space:]]*[:;]";
    let mut git = git::about_current();
    git.args([
        "config",
        "--null",
        "--name-only",
        "--get-regexp",
        KEYS,
        VALUES,
    ]);
    // A git that cannot be started is reported by the hand-off.
    let Ok(output) = git.output() else {
        return false;
    };
    let name = host.split(':').next().unwrap_or(host);
    let keys = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
    // git compares more than the host; a false match only empties the list.
    keys.split_terminator('\0')
        .any(|key| key == "http.extraheader" || key.contains(name) || key.contains('*'))
}
