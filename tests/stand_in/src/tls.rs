//! A certificate authority for one run, and a certificate for this machine signed by it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Both ways of greeting a client, and the authority that vouches for them.
pub(super) struct Tls {
    /// The authority's certificate. Its key is never written anywhere.
    pub(super) ca_pem: String,
    http1: TlsAcceptor,
    http1_and_2: TlsAcceptor,
}

impl Tls {
    pub(super) fn generate() -> Self {
        let ca = authority();
        let key = KeyPair::generate().expect("a key can be made");
        // Behind a proxy that leads there, it is Bitbucket itself.
        let names = ["localhost", "127.0.0.1", "::1", "bitbucket.org"];
        let mut leaf =
            CertificateParams::new(names.map(str::to_owned)).expect("the names are well formed");
        leaf.distinguished_name
            .push(DnType::CommonName, "Bitbucket stand-in");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = leaf.signed_by(&key, &ca).expect("the authority can sign");

        // The provider is named because another one may be linked into the same program.
        let mut http1 = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone(), ca.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .expect("key and certificate belong together");
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut both = http1.clone();
        both.alpn_protocols.insert(0, b"h2".to_vec());

        Self {
            ca_pem: ca.pem(),
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
    // GnuTLS looks authorities up by name: two in one file must not share theirs.
    let run = RandomState::new().build_hasher().finish();
    let name = format!("Bitbucket stand-in, run {run:016x}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("a key can be made");
    CertifiedIssuer::self_signed(params, key).expect("the authority can sign itself")
}
