//! A client that sends raw requests and returns raw responses.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::Person;

/// A response as received.
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    /// Returns what follows the headers.
    pub fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }

    /// Returns the body, which must be JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.body()).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Returns the value of a header, whose name must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.text.lines().take_while(|line| !line.is_empty());
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Asserts that the response has this header line.
    #[track_caller]
    pub fn has_header(&self, line: &str) {
        assert!(self.text.contains(&format!("{line}\r\n")), "{}", self.text);
    }
}

/// Requests the refs of a service; an empty authorization is not sent.
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

/// Sends an empty request to a service.
pub fn post(person: &Person, full_name: &str, service: &str, authorization: &str) -> Answer {
    raw(
        person,
        &format!(
            "POST /{full_name}/{service} HTTP/1.1\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/x-{service}-request\r\nContent-Length: 4\r\n"
        ),
    )
}

/// Sends a request to REST; an empty authorization is not sent.
pub fn rest(person: &Person, method: &str, path: &str, authorization: &str, body: &str) -> Answer {
    let header = match authorization {
        "" => String::new(),
        value => format!("Authorization: {value}\r\n"),
    };
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\n{header}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n"
    );
    Answer::from(&send(person, &head, body))
}

/// Sends a request's head and the empty pkt-line `0000`, and reads until the server closes.
pub fn raw(person: &Person, head: &str) -> Answer {
    Answer::from(&send(person, head, "0000"))
}

/// Sends a request, and reads until the server closes the connection. Returns nothing if it is cut.
pub fn send(person: &Person, head: &str, body: &str) -> String {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(person.bitbucket.ca_file()).expect("the file is PEM");
    roots.add(ca).expect("the file has a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = ServerName::try_from("localhost").expect("the name is valid");
    let tls = ClientConnection::new(Arc::new(config), host).expect("the settings are sound");
    let address = person.host();
    let tcp = TcpStream::connect(address).expect("the stand-in listens");
    let mut stream = StreamOwned::new(tls, tcp);
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n{body}");
    stream
        .write_all(request.as_bytes())
        .expect("the stand-in reads");

    let mut answer = Vec::new();
    // Like most servers, it closes without a TLS close_notify, which rustls reports as an error.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

impl From<&String> for Answer {
    fn from(answer: &String) -> Self {
        let text = unchunked(answer);
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.expect("the stand-in answers"),
            text,
        }
    }
}

/// Returns a response without the sizes of its chunks.
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
