//! A certificate authority for one run, and a certificate for this machine signed by it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, LazyLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The certificates of all stand-ins in this process, unless one asks for its own.
static SHARED: LazyLock<Certificates> = LazyLock::new(Certificates::generate);

/// A certificate for this machine, its key, and the authority that signed it.
struct Certificates {
    ca_pem: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Certificates {
    fn generate() -> Self {
        let ca = authority();
        let key = KeyPair::generate().expect("a key can be made");
        // For a proxy that tunnels bitbucket.org to the stand-in.
        let names = ["localhost", "127.0.0.1", "::1", "bitbucket.org"];
        let mut leaf =
            CertificateParams::new(names.map(str::to_owned)).expect("the names are well formed");
        leaf.distinguished_name
            .push(DnType::CommonName, "Bitbucket stand-in");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = leaf.signed_by(&key, &ca).expect("the authority can sign");
        Self {
            ca_pem: ca.pem(),
            chain: vec![leaf.der().clone(), ca.der().clone()],
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }
}

/// The TLS settings with and without HTTP/2, and the authority that signed the certificate.
pub(super) struct Tls {
    /// The authority's certificate. Its key is never written anywhere.
    pub(super) ca_pem: String,
    http1: TlsAcceptor,
    http1_and_2: TlsAcceptor,
}

impl Tls {
    /// Uses the certificates that all stand-ins of this process share.
    pub(super) fn shared() -> Self {
        Self::new(&SHARED)
    }

    /// Uses certificates that no other stand-in has.
    pub(super) fn unshared() -> Self {
        Self::new(&Certificates::generate())
    }

    /// Sessions are not shared: a client of one stand-in cannot resume a session with another.
    fn new(certificates: &Certificates) -> Self {
        // The provider is named because another one may be linked into the same program.
        let mut http1 = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(certificates.chain.clone(), certificates.key.clone_key())
            .expect("key and certificate belong together");
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut both = http1.clone();
        both.alpn_protocols.insert(0, b"h2".to_vec());

        Self {
            ca_pem: certificates.ca_pem.clone(),
            http1: Arc::new(http1).into(),
            http1_and_2: Arc::new(both).into(),
        }
    }

    pub(super) fn acceptor(&self, http2: bool) -> TlsAcceptor {
        let acceptor = if http2 {
            &self.http1_and_2
        } else {
            &self.http1
        };
        acceptor.clone()
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    // GnuTLS finds authorities by name, so two in one file need different names.
    let run = RandomState::new().build_hasher().finish();
    let name = format!("Bitbucket stand-in, run {run:016x}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("a key can be made");
    CertifiedIssuer::self_signed(params, key).expect("the authority can sign itself")
}
