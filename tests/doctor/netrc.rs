//! Passwords in `~/.netrc`.

use super::{Finding, person};

#[test]
fn each_entry_with_a_password_for_bitbucket_is_found_with_its_lines() {
    let person = person();
    let token = format!("default login me password ATCT{}", "A".repeat(20));
    for (netrc, hint) in [
        (
            "machine bitbucket.org login me password x",
            "sed -i 1d ~/.netrc",
        ),
        ("machine bitbucket.org login me", ""),
        (
            "machine a login b password c\n\nmachine \"BitBucket.org\"\n login me\n password x\n\nmachine d",
            "sed -i 3,5d ~/.netrc",
        ),
        (
            "machine bitbucket.org password x machine a password c",
            "${EDITOR:-vi} ~/.netrc",
        ),
        (
            "machine\nbitbucket.org\npassword\nmachine\nmachine a",
            "sed -i 1,4d ~/.netrc",
        ),
        ("# machine bitbucket.org password x", ""),
        (
            "macdef init\nmachine bitbucket.org password x\n\nmachine a password bitbucket.org",
            "",
        ),
        (&token, "sed -i 1d ~/.netrc"),
    ] {
        person.write(".netrc", netrc, 0o600);
        let found = Finding::all(&person, "", "stray tokens", "true");
        let hints: Vec<&str> = found.iter().map(|found| found.hint.as_str()).collect();
        assert_eq!(hints.join("; "), hint, "{netrc}");
    }
}
