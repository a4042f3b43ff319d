//! Whom to trust, and who we are, from git's settings.

use std::path::Path;
use std::{env, fs};

use anyhow::Result;
use bbt::files;
use bbt::report::{self, Failure};
use reqwest::blocking::ClientBuilder;
use reqwest::{Certificate, Identity};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::Settings;

/// What libcurl does on Debian, where it has both a file and a folder of authorities: `sslCAInfo`
/// replaces the one and `sslCAPath` the other, so that each of them alone adds to the system's.
///
/// # Errors
/// What is named cannot be read.
pub fn trust(settings: &Settings, builder: ClientBuilder) -> Result<ClientBuilder> {
    let is_off = settings.get("sslverify").is_some_and(is_false);
    if is_off || env::var_os("GIT_SSL_NO_VERIFY").is_some() {
        report::trace(|| "certificates are not verified: git is told not to".to_owned());
        return Ok(builder.tls_danger_accept_invalid_certs(true));
    }
    let file = settings.path("GIT_SSL_CAINFO", "sslCAInfo");
    let folder = settings.path("GIT_SSL_CAPATH", "sslCAPath");
    let mut trusted = Vec::new();
    if let Some((place, file)) = &file {
        trusted = certificates(&read(place, file)?);
        if trusted.is_empty() {
            let why = "it holds no certificates in PEM";
            return Err(unusable(place, file, why).into());
        }
    }
    if let Some((place, folder)) = &folder {
        let entries = fs::read_dir(folder).map_err(|error| unusable(place, folder, error))?;
        // Such folders hold other things too: lists of revocations, read-mes.
        let files = entries
            .flatten()
            .filter_map(|entry| files::read(&entry.path()).ok());
        trusted.extend(files.flat_map(|pem| certificates(&pem)));
    }
    if file.is_some() && folder.is_some() {
        return Ok(builder.tls_certs_only(trusted));
    }
    Ok(builder.tls_certs_merge(trusted))
}

/// The certificates in PEM that can be an authority; another one would fail all of them.
fn certificates(pem: &[u8]) -> Vec<Certificate> {
    CertificateDer::pem_slice_iter(pem)
        .flatten()
        .filter(|der| RootCertStore::empty().add(der.clone()).is_ok())
        .filter_map(|der| Certificate::from_der(&der).ok())
        .collect()
}

/// # Errors
/// What is named cannot be read, or is not a certificate and its key.
pub fn client_certificate(settings: &Settings, builder: ClientBuilder) -> Result<ClientBuilder> {
    let Some((place, certificate)) = settings.path("GIT_SSL_CERT", "sslCert") else {
        return Ok(builder);
    };
    let mut pem = read(&place, &certificate)?;
    if let Some((place, key)) = settings.path("GIT_SSL_KEY", "sslKey") {
        // A vector that grew would leave the key behind in the old one.
        pem = Zeroizing::new([pem.as_slice(), b"\n", &read(&place, &key)?].concat());
    }
    let identity = Identity::from_pem(&pem).map_err(|_| {
        let why = "there is no certificate with an unencrypted key, both in PEM";
        unusable(&place, &certificate, why)
    })?;
    Ok(builder.identity(identity))
}

fn read(place: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    files::read(path).map_err(|error| unusable(place, path, error))
}

fn unusable(place: &str, path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot use {} of {place}: {why}", path.display()))
        .hint("git needs it too: git config --show-origin --get-regexp '^http\\.'")
}

fn is_false(value: &str) -> bool {
    ["false", "no", "off", "0", ""]
        .iter()
        .any(|no| value.eq_ignore_ascii_case(no))
}
