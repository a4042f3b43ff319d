//! Every way to write a workspace's URLs, each as the setting at hand has to be told it.

use bbt::config::Service;

/// By ssh, before a workspace's name: what people have in remotes and manifests.
const SSH: [&str; 10] = [
    "git@bitbucket.org:",
    "git@bitbucket.org:/",
    "ssh://git@bitbucket.org/",
    "ssh://git@bitbucket.org:22/",
    "git@ssh.bitbucket.org:",
    "git@ssh.bitbucket.org:/",
    "ssh://git@ssh.bitbucket.org/",
    "ssh://git@ssh.bitbucket.org:22/",
    "git@altssh.bitbucket.org:",
    "ssh://git@altssh.bitbucket.org:443/",
];

/// What `url.<base>.insteadOf` fits: no more than the beginning of a URL (git-config(1)).
pub fn beginnings(service: &Service) -> Vec<String> {
    let web = hosts_of(service)
        .into_iter()
        .flat_map(|host| web(&host, &[""]));
    web.chain(SSH.map(str::to_owned)).collect()
}

/// What `hasconfig:remote.*.url` fits: patterns in which `*` stands for anything but a slash
/// (git-config(1), "Conditional includes"). It looks at the URL as it is written, before any rule.
pub fn patterns(service: &Service) -> Vec<String> {
    // Behind `bbt::` any spelling may follow, and no other host is let through.
    let ours = ["bbt::", "bbt::/", "bbt::*:", "bbt::*:/", "bbt::*://*/"];
    let ours = ours.into_iter();
    let ours = ours.chain(["bbt::*bitbucket.org/", "bbt://", "bbt:///"]);
    let hosts = hosts_of(service).into_iter();
    let web = hosts.flat_map(|host| web(&host, &["", "*@"]));
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
    ours.map(str::to_owned).chain(web).chain(ssh).collect()
}

/// What browsers and programs make of a host, `https://bitbucket.org/`, each with these users.
fn web(host: &str, users: &[&str]) -> Vec<String> {
    let rest = host.strip_prefix("https://").unwrap_or(host);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut places = vec![("https", "")];
    if !authority.contains(':') {
        places.extend([("https", ":443"), ("http", "")]);
    }
    let of = |(scheme, port)| {
        let users = users.iter();
        users.map(move |user| format!("{scheme}://{user}{authority}{port}/{path}"))
    };
    places.into_iter().flat_map(of).collect()
}

/// git minds case, and Bitbucket writes names in lower case: as they are given, and so.
pub fn of_name<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
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
