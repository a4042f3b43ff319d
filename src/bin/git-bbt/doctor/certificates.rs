//! Checks that git and REST verify certificates, and that git reads them once.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::{env, fs};

use bbt::config::Service;
use bbt::git::is_true;
use bbt::{shell, untrusted_file};
use bstr::ByteSlice;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::check::Check;
use crate::git;
use crate::git_settings::GitSetting;
use crate::hint;
use crate::secret::Hosts;

const NAME: &str = "certificates";
const VARIABLE: &str = "GIT_SSL_NO_VERIFY";

/// Where Debian and Ubuntu have the system's authorities: each in a file of this folder, and all of
/// them in this one.
const FOLDER: &str = "/etc/ssl/certs";
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// A folder of their package that has certificates only in folders below it, where nobody looks.
const WITHOUT_CERTIFICATES: &str = "/usr/share/ca-certificates";

/// Returns a problem for each setting that turns verification off for Bitbucket.
pub fn checks(settings: &[GitSetting], service: &Service) -> Vec<Check> {
    let hosts = Hosts::from_service(service);
    let is_off = |setting: &&GitSetting| {
        let scope = setting.name.strip_prefix("http.");
        let scope = scope.and_then(|name| name.strip_suffix("sslverify"));
        let is_for_us = |scope: &str| scope.is_empty() || hosts.match_scope(scope);
        scope.is_some_and(is_for_us) && !is_true(&setting.value)
    };
    let settings = settings
        .iter()
        .filter(is_off)
        .map(|setting| problem(&setting.to_string(), hint::unset(setting, None)));
    // Its value does not matter to git.
    let variable = env::var_os(VARIABLE).map(|_| problem(VARIABLE, format!("unset {VARIABLE}")));
    let problems: Vec<Check> = settings.chain(variable).collect();
    if problems.is_empty() {
        vec![Check::ok(NAME, "certificates are verified")]
    } else {
        problems
    }
}

fn problem(what: &str, hint: String) -> Check {
    let why = "certificates are not verified, so anyone on the network can read the token";
    Check::problem(NAME, format!("{what}: {why}"), hint)
}

/// Returns a note if git's libcurl is the one with GnuTLS, which reads the folder after the file
/// (measured on Debian 12: two thirds of git's CPU time). Stock git does it too, so that nothing is
/// wrong.
pub fn read_twice(settings: &[GitSetting], service: &Service) -> Option<Check> {
    let is_set = |variable: &str, key: &str| {
        let sets =
            |setting: &GitSetting| setting.name.starts_with("http.") && setting.name.ends_with(key);
        env::var_os(variable).is_some() || settings.iter().any(sets)
    };
    if is_set("GIT_SSL_CAPATH", ".sslcapath")
        || is_set("GIT_SSL_CAINFO", ".sslcainfo")
        || !Path::new(WITHOUT_CERTIFICATES).is_dir()
    {
        return None;
    }
    let folder = git::exec_path()?;
    let git_remote_https = fs::read(Path::new(&folder).join("git-remote-https")).ok()?;
    if !git_remote_https.contains_str("libcurl-gnutls.so") {
        return None;
    }
    // Each has a link beside it whose name is a hash.
    let files: BTreeSet<_> = fs::read_dir(FOLDER)
        .ok()?
        .flatten()
        .filter_map(|entry| entry.path().canonicalize().ok())
        .filter(|file| file != Path::new(BUNDLE))
        .collect();
    let bundle: HashSet<_> = certificates(Path::new(BUNDLE)).into_iter().collect();
    let mut again = 0;
    let mut only_there = Vec::new();
    for file in &files {
        let (known, unknown): (Vec<_>, Vec<_>) = certificates(file)
            .into_iter()
            .partition(|certificate| bundle.contains(certificate));
        again += known.len();
        only_there.extend((!unknown.is_empty()).then(|| shell::path(file)));
    }
    if again == 0 {
        return None;
    }
    let trust = match only_there.join(", ") {
        none if none.is_empty() => "the same".to_owned(),
        files => format!("all but {files}"),
    };
    let key = format!("http.{}.sslCAPath", service.git_url());
    Some(Check::note(
        NAME,
        format!(
            "at every connection git reads {again} certificates from {FOLDER} that it has read from {BUNDLE}; without the folder it takes less time, and trusts {trust}"
        ),
        Some(format!(
            "git config --global {} {WITHOUT_CERTIFICATES}",
            shell::word(key)
        )),
    ))
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    let pem = untrusted_file::read(file).unwrap_or_default();
    CertificateDer::pem_slice_iter(&pem).flatten().collect()
}
