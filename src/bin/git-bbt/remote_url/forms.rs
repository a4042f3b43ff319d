//! The forms of a repository's URL: what is written before `<workspace>/`.

use bbt::config::Service;

/// Every form that is in use for Bitbucket Cloud and that git can compare literally: it knows neither
/// any user name nor any case of a host. Each costs every git command some time in each workspace
/// that is rewritten, so what nobody writes is not listed.
const BITBUCKET: &[&str] = &[
    "https://bitbucket.org/",
    "https://bitbucket.org:443/",
    "https://www.bitbucket.org/",
    "https://bitbucket.com/",
    "http://bitbucket.org/",
    "git@bitbucket.org:",
    "git@bitbucket.org:/",
    "bitbucket.org:",
    "ssh://git@bitbucket.org/",
    "ssh://git@bitbucket.org:22/",
    "ssh://bitbucket.org/",
    "git+ssh://git@bitbucket.org/",
    "git@ssh.bitbucket.org:",
    "git@ssh.bitbucket.org:/",
    "ssh.bitbucket.org:",
    "ssh://git@ssh.bitbucket.org/",
    "ssh://git@ssh.bitbucket.org:22/",
    "ssh://ssh.bitbucket.org/",
    "git+ssh://git@ssh.bitbucket.org/",
    "git@altssh.bitbucket.org:",
    "ssh://git@altssh.bitbucket.org:443/",
    "ssh://altssh.bitbucket.org:443/",
    "git+ssh://git@altssh.bitbucket.org:443/",
];

/// The configured address of the service, if it is another one than bitbucket.org, and all forms
/// for bitbucket.org, which is what other people's manifests name.
pub fn bases(service: &Service) -> Vec<String> {
    let mut bases: Vec<String> = BITBUCKET.iter().map(|&base| base.to_owned()).collect();
    if service.is_configured() {
        let (git_url, host) = (service.git_url(), service.host());
        let (name, path) = (
            host.strip_suffix(":443").unwrap_or(host),
            &git_url["https://".len() + host.len()..],
        );
        // Another port has one form.
        let ports: &[&str] = if name.contains(':') {
            &[""]
        } else {
            &["", ":443"]
        };
        bases.splice(
            0..0,
            ports
                .iter()
                .map(|port| format!("https://{name}{port}{path}/")),
        );
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_url::{Classifier, RemoteUrl};
    use bbt::config::Config;
    use std::path::Path;

    /// migrate converts all that setup rewrites. The other direction is in tests/setup.
    #[test]
    fn migrate_converts_every_form() {
        let text = "[bitbucket]\ngit_url = \"https://proxy.example.com/bitbucket\"\n";
        let proxied = Config::parse(Path::new("config.toml"), text).expect("it is valid");
        for config in [&Config::default(), &proxied] {
            for base in bases(config.service()) {
                for end in ["", ".git"] {
                    let url = format!("{base}acme/widgets{end}");
                    match Classifier::new(config.service()).classify_as_written(&url) {
                        RemoteUrl::Bitbucket { address, .. } => {
                            assert_eq!(address.to_string(), "acme/widgets", "{url}");
                        }
                        _ => panic!("{url} is not converted"),
                    }
                }
            }
        }
    }
}
