//! Which URLs a `credential.<url>.helper` is asked about (gitcredentials(7), "CREDENTIAL CONTEXTS").

/// Whether git may ask a helper of this name, `credential[.<url>].helper`, about a URL that begins
/// with `ours`: one for all, for its host in whatever spelling, or for a part of its path.
pub fn may_be_asked(name: &str, ours: &str) -> bool {
    if name == "credential.helper" {
        return true;
    }
    let scope = name
        .strip_prefix("credential.")
        .and_then(|name| name.strip_suffix(".helper"));
    let (Some(scope), Some((_, ours))) = (scope, ours.split_once("://")) else {
        return false;
    };
    // git takes one without a scheme, too.
    let (scheme, scope) = scope
        .split_once("://")
        .map_or((None, scope), |(scheme, rest)| (Some(scheme), rest));
    let parts = |url| str::split_once(url, '/').unwrap_or((url, ""));
    let ((host, path), (our_host, our_path)) = (parts(scope), parts(ours));
    scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case("https"))
        && fits(host, our_host)
        && (is_within(our_path, path) || is_within(path, our_path))
}

/// Whether a host, with a user and a port perhaps, and `*` for a part of its name, is the other.
fn fits(pattern: &str, host: &str) -> bool {
    let plain = |host: &str| {
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let host = host.to_ascii_lowercase();
        host.strip_suffix(":443").unwrap_or(&host).to_owned()
    };
    let (pattern, host) = (plain(pattern), plain(host));
    let (pattern, host) = (pattern.split('.'), host.split('.'));
    pattern.clone().count() == host.clone().count()
        && pattern
            .zip(host)
            .all(|(part, is)| part == "*" || part == is)
}

/// Whether a path is the other one, or in it.
fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    let rest = path.trim_end_matches('/').strip_prefix(folder);
    rest.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::may_be_asked;

    #[test]
    fn a_host_has_many_spellings() {
        let ours = "https://bitbucket.org/acme";
        for (scope, is_asked) in [
            ("https://bitbucket.org", true),
            ("https://bitbucket.org/", true),
            ("https://bitbucket.org/acme/", true),
            ("https://bitbucket.org/acme/widgets.git", true),
            ("https://BitBucket.org:443", true),
            ("HTTPS://me@bitbucket.org", true),
            ("https://*.org", true),
            ("bitbucket.org", true),
            ("https://bitbucket.org/acme-labs", false),
            ("https://bitbucket.org/corp", false),
            ("https://bitbucket.org:8443", false),
            ("https://*.bitbucket.org", false),
            ("http://bitbucket.org", false),
            ("https://example.com", false),
        ] {
            let name = format!("credential.{scope}.helper");
            assert_eq!(may_be_asked(&name, ours), is_asked, "{scope}");
        }
        assert!(may_be_asked("credential.helper", ours));
        assert!(may_be_asked(
            "credential.https://localhost:8443.helper",
            "https://localhost:8443/acme"
        ));
    }
}
