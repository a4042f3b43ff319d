//! A client that sends what it is told to and shows what came back: git hides both.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::Person;

/// An answer as it came over the wire, but in one piece.
pub struct Answer {
    pub status: u16,
    pub text: String,
}

/// Asks for a service's refs; an empty authorization is not sent.
pub fn get(person: &Person, full_name: &str, service: &str, authorization: &str) -> Answer {
    let header = match authorization {
        "" => String::new(),
        value => format!("Authorization: {value}\r\n"),
    };
    raw(
        person,
        &format!("GET /{full_name}/info/refs?service={service} HTTP/1.1\r\n{header}"),
    )
}

/// Asks a service for nothing.
pub fn post(person: &Person, full_name: &str, service: &str, authorization: &str) -> Answer {
    raw(
        person,
        &format!(
            "POST /{full_name}/{service} HTTP/1.1\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/x-{service}-request\r\nContent-Length: 4\r\n"
        ),
    )
}

/// Sends a request's head and the empty pkt-line `0000`, and reads until the server closes.
pub fn raw(person: &Person, head: &str) -> Answer {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(person.bitbucket.ca_file()).expect("it is PEM");
    roots.add(ca).expect("it is a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = ServerName::try_from("localhost").expect("it is a name");
    let tls = ClientConnection::new(Arc::new(config), host).expect("the settings are sound");
    let address = person.host();
    let tcp = TcpStream::connect(address).expect("the stand-in listens");
    let mut stream = StreamOwned::new(tls, tcp);
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n0000");
    stream
        .write_all(request.as_bytes())
        .expect("the stand-in reads");

    let mut answer = Vec::new();
    // Like most servers it closes without TLS's own goodbye, which rustls calls an error.
    let _ = stream.read_to_end(&mut answer);
    let text = unchunked(&String::from_utf8_lossy(&answer));
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.expect("the stand-in answers"),
        text,
    }
}

/// An answer without the sizes that frame its pieces.
fn unchunked(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut text = format!("{head}\r\n\r\n");
    let mut rest = body;
    if !head.contains("transfer-encoding: chunked") {
        return text + body;
    }
    while let Some((size, chunk)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk begins with its size");
        text += &chunk[..size];
        rest = chunk[size..].trim_start_matches("\r\n");
    }
    text
}
