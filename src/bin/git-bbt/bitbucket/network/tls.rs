//! Trusted and client certificates, from git's settings.

use std::path::Path;
use std::{env, fs};

use anyhow::Result;
use bbt::git;
use bbt::messages::{self, Failure};
use bbt::untrusted_file;
use reqwest::blocking::ClientBuilder;
use reqwest::{Certificate, Identity};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::Settings;

/// Trusts what libcurl trusts on Debian, where it reads both a file and a folder of authorities:
/// `sslCAInfo` replaces the file and `sslCAPath` the folder, so that either alone adds to the system's.
///
/// # Errors
/// If a file or folder cannot be read.
pub fn trust(settings: &Settings, builder: ClientBuilder) -> Result<ClientBuilder> {
    let is_off = settings.get("http.sslverify").is_some_and(git::is_false);
    if is_off || env::var_os("GIT_SSL_NO_VERIFY").is_some() {
        messages::trace(|| "certificates are not verified, as git's settings say".to_owned());
        return Ok(builder.tls_danger_accept_invalid_certs(true));
    }
    let file = settings.path("GIT_SSL_CAINFO", "http.sslCAInfo");
    let folder = settings.path("GIT_SSL_CAPATH", "http.sslCAPath");
    let mut trusted = Vec::new();
    if let Some((setting, file)) = &file {
        trusted = certificates(&read(setting, file)?);
        if trusted.is_empty() {
            let why = "it contains no certificates in PEM";
            return Err(unusable(setting, file, why).into());
        }
    }
    if let Some((setting, folder)) = &folder {
        let entries = fs::read_dir(folder).map_err(|error| unusable(setting, folder, error))?;
        // Such folders contain other files too, such as revocation lists.
        let files = entries
            .flatten()
            .filter_map(|entry| untrusted_file::read(&entry.path()).ok());
        trusted.extend(files.flat_map(|pem| certificates(&pem)));
    }
    if file.is_some() && folder.is_some() {
        return Ok(builder.tls_certs_only(trusted));
    }
    Ok(builder.tls_certs_merge(trusted))
}

/// Returns the certificates that can be an authority; one that cannot would make all of them fail.
fn certificates(pem: &[u8]) -> Vec<Certificate> {
    CertificateDer::pem_slice_iter(pem)
        .flatten()
        .filter(|der| RootCertStore::empty().add(der.clone()).is_ok())
        .filter_map(|der| Certificate::from_der(&der).ok())
        .collect()
}

/// # Errors
/// If the files cannot be read, or are not a certificate and its key.
pub fn client_certificate(settings: &Settings, builder: ClientBuilder) -> Result<ClientBuilder> {
    let Some((setting, certificate)) = settings.path("GIT_SSL_CERT", "http.sslCert") else {
        return Ok(builder);
    };
    let mut pem = read(setting, &certificate)?;
    if let Some((setting, key)) = settings.path("GIT_SSL_KEY", "http.sslKey") {
        // A reallocating `Vec` would leave an unzeroed copy of the key.
        pem = Zeroizing::new([pem.as_slice(), b"\n", &read(setting, &key)?].concat());
    }
    let identity = Identity::from_pem(&pem).map_err(|_| {
        let why = "it needs a certificate and an unencrypted key, both in PEM";
        unusable(setting, &certificate, why)
    })?;
    Ok(builder.identity(identity))
}

fn read(setting: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    untrusted_file::read(path).map_err(|error| unusable(setting, path, error))
}

fn unusable(setting: &str, path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot use {} ({setting}): {why}", path.display())).hint(
        "git uses it too; to see where it is set: git config --show-origin --get-regexp '^http\\.'",
    )
}
