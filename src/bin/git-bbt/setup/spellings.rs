//! Every way to write a workspace's URLs, each as the setting at hand has to be told it.

use bbt::config::Service;

/// By ssh, before a workspace's name: what people have in remotes and manifests.
const SSH: [&str; 6] = [
    "git@bitbucket.org:",
    "git@bitbucket.org:/",
    "ssh://git@bitbucket.org/",
    "git@ssh.bitbucket.org:",
    "ssh://git@ssh.bitbucket.org/",
    "ssh://git@altssh.bitbucket.org:443/",
];

/// What `url.<base>.insteadOf` fits: no more than the beginning of a URL (git-config(1)).
pub fn beginnings(service: &Service) -> Vec<String> {
    let ssh = SSH.map(str::to_owned);
    hosts_of(service).into_iter().chain(ssh).collect()
}

/// What `hasconfig:remote.*.url` fits: patterns in which `*` stands for anything but a slash
/// (git-config(1), "Conditional includes"). It looks at the URL as it is written, before any rule.
pub fn patterns(service: &Service) -> Vec<String> {
    // Behind `bbt::` any spelling may follow, and no other host is let through.
    let ours = ["bbt::", "bbt::/", "bbt::*:", "bbt::*:/", "bbt::*://*/"];
    let ours = ours.into_iter().chain(["bbt://", "bbt:///"]);
    let https = hosts_of(service).into_iter().flat_map(|host| {
        let rest = host.strip_prefix("https://").unwrap_or(&host);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let ports: &[&str] = match authority.contains(':') {
            true => &[""],
            false => &["", ":443"],
        };
        let secure = ports.iter().flat_map(|port| {
            ["", "*@"].map(|user| format!("https://{user}{authority}{port}/{path}"))
        });
        let plain = ["", "*@"].map(|user| format!("http://{user}{authority}/{path}"));
        secure.chain(plain).collect::<Vec<_>>()
    });
    let ssh = ["bitbucket.org", "*.bitbucket.org"]
        .into_iter()
        .flat_map(|host| {
            [
                format!("git@{host}:"),
                format!("git@{host}:/"),
                format!("ssh://git@{host}/"),
                format!("ssh://git@{host}:*/"),
            ]
        });
    ours.map(str::to_owned).chain(https).chain(ssh).collect()
}

/// git minds case, and Bitbucket writes names in lower case: as they are given, and so.
pub fn of_workspace<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut spellings = Vec::new();
    let mut add = |name: String| {
        if !spellings.contains(&name) {
            spellings.push(name);
        }
    };
    for name in names {
        add(name.to_owned());
        add(name.to_ascii_lowercase());
    }
    spellings
}

/// What other people's manifests say, beside the address that is configured.
fn hosts_of(service: &Service) -> Vec<String> {
    let mut hosts = vec![format!("{}/", service.git_url())];
    let public = "https://bitbucket.org/".to_owned();
    if !hosts.contains(&public) {
        hosts.push(public);
    }
    hosts
}
