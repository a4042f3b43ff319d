//! Requests to a credential helper, from git or any other program.

#![no_main]

use std::path::Path;

use bbt::config::Config;
use bbt::credential::Request;
use libfuzzer_sys::fuzz_target;

const CONFIGS: [&str; 2] = [
    "",
    "[bitbucket]\ngit_url = \"https://bitbucket.example.com:8443/scm\"\n",
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = Request::read(bytes) else {
        return;
    };
    for text in CONFIGS {
        let config =
            Config::parse(Path::new("/config.toml"), text).expect("the configuration is valid");
        let Some(address) = request.address(&config) else {
            continue;
        };
        let asked = as_git_reads(bytes).expect("git would read it");
        assert_eq!(asked.protocol, "https");
        let host = config.service().host();
        let same = asked.host.strip_suffix(":443").unwrap_or(&asked.host);
        assert!(same.eq_ignore_ascii_case(host), "{}", asked.host);
        let path = asked.path.as_str();
        let path = if text.is_empty() {
            path
        } else {
            path.strip_prefix("scm/")
                .expect("the path is below git_url")
        };
        let path = path.trim_end_matches("/info/lfs").trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        // Or the path is another form of the address.
        assert!(
            path == address.full_name() || path.contains(':') || path.contains('@'),
            "{path}"
        );
    }
});

struct Asked {
    protocol: String,
    host: String,
    path: String,
}

/// Reads a request as `credential_read` in git's credential.c does: the last value of a key counts, an
/// empty line is the end, and a line without a value makes the request invalid.
fn as_git_reads(bytes: &[u8]) -> Option<Asked> {
    let (mut protocol, mut host, mut path) = (None, None, None);
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let at = line.iter().position(|byte| *byte == b'=')?;
        let value = String::from_utf8(line[at + 1..].to_vec()).ok();
        match &line[..at] {
            b"protocol" => protocol = value,
            b"host" => host = value,
            b"path" => path = value,
            _ => {}
        }
    }
    Some(Asked {
        protocol: protocol?,
        host: host?,
        path: path?,
    })
}
