//! The forms of a repository's URL: what is written before `<workspace>/`.

use bbt::config::Service;
use bbt::url::{HTTPS_HOSTS, SSH_HOSTS};

/// The names that git has for ssh as a scheme.
const SSH_SCHEMES: [&str; 3] = ["ssh", "git+ssh", "ssh+git"];

/// The usual port where it is written out, and scp's form with a slash.
const VARIANTS: [&str; 5] = [
    "https://bitbucket.org:443/",
    "ssh://git@bitbucket.org:22/",
    "ssh://git@ssh.bitbucket.org:22/",
    "git@bitbucket.org:/",
    "git@ssh.bitbucket.org:/",
];

/// Returns every form that migrate converts and that git can compare literally: git knows neither any
/// user name nor any case of a host. The configured address of the service comes first, and
/// bitbucket.org, which other people's manifests name, after it.
///
/// Each form costs every git command some time in each workspace that is rewritten, so ports are
/// listed only where they are in use.
pub fn bases(service: &Service) -> Vec<String> {
    let mut bases = Vec::new();
    if service.is_configured() {
        let (git_url, host) = (service.git_url(), service.host());
        let name = host.strip_suffix(":443").unwrap_or(host);
        let path = &git_url["https://".len() + host.len()..];
        bases.push(format!("https://{name}{path}/"));
        // Another port has one form.
        if !name.contains(':') {
            bases.push(format!("https://{name}:443{path}/"));
        }
    }
    for host in HTTPS_HOSTS {
        bases.extend(["https", "http"].map(|scheme| format!("{scheme}://{host}/")));
    }
    for host in SSH_HOSTS {
        // It is for networks that let nothing but https through.
        let is_on_https_port = *host == "altssh.bitbucket.org";
        let port = if is_on_https_port { ":443" } else { "" };
        bases.extend([format!("git@{host}:"), format!("{host}:")]);
        bases.push(format!("ssh://{host}{port}/"));
        bases.extend(SSH_SCHEMES.map(|scheme| format!("{scheme}://git@{host}{port}/")));
    }
    bases.extend(VARIANTS.map(str::to_owned));
    bases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote_url::{Classifier, RemoteUrl};
    use bbt::config::Config;
    use std::path::Path;

    fn is_converted(url: &str, service: &Service) -> bool {
        match Classifier::new(service).classify_as_written(url) {
            RemoteUrl::Bitbucket { address, .. } => address.to_string() == "acme/widgets",
            _ => false,
        }
    }

    #[test]
    fn migrate_converts_every_form() {
        let text = "[bitbucket]\ngit_url = \"https://proxy.example.com/bitbucket\"\n";
        let proxied = Config::parse(Path::new("config.toml"), text).expect("it is valid");
        for config in [&Config::default(), &proxied] {
            for base in bases(config.service()) {
                for end in ["", ".git"] {
                    let url = format!("{base}acme/widgets{end}");
                    assert!(is_converted(&url, config.service()), "{url}");
                }
            }
        }
    }

    /// The other direction, for every host and scheme with the usual user and port. Not for `git+https`,
    /// which git never sees: pip and npm remove the `git+`, and git has no transport of that name.
    #[test]
    fn every_form_that_migrate_converts_is_listed() {
        let service = Service::default();
        let bases = bases(&service);
        for host in HTTPS_HOSTS.iter().chain(SSH_HOSTS) {
            let port = if host.starts_with("alt") { ":443" } else { "" };
            let schemes = ["https", "http", "git"];
            let mut forms = schemes.map(|scheme| format!("{scheme}://{host}/")).to_vec();
            forms.extend(SSH_SCHEMES.map(|scheme| format!("{scheme}://git@{host}{port}/")));
            forms.extend([
                format!("ssh://{host}{port}/"),
                format!("git@{host}:"),
                format!("{host}:"),
            ]);
            for form in forms {
                let is_converted = is_converted(&format!("{form}acme/widgets"), &service);
                assert_eq!(bases.contains(&form), is_converted, "{form}");
            }
        }
    }
}
