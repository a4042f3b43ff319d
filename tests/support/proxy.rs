//! A proxy between a person and the servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy that tunnels, and records the head of each request.
pub struct Proxy {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

/// How a request is handled.
#[derive(Clone)]
enum Way {
    /// A tunnel to the requested host.
    Through,
    /// This response, and no tunnel.
    Refused(&'static str),
    /// A tunnel for clients with this login; others get a 407.
    Login(String),
    /// A tunnel to the second host, for requests of the first; no other host exists.
    Instead(&'static str, String),
}

impl Proxy {
    pub fn start() -> Self {
        Self::with(Way::Through)
    }

    /// Returns a proxy with this response to every request.
    pub fn refusing(answer: &'static str) -> Self {
        Self::with(Way::Refused(answer))
    }

    /// Returns a proxy that requires this user and password.
    pub fn wanting(user: &str, password: &str) -> Self {
        Self::with(Way::Login(super::basic(user, password)))
    }

    /// Returns a proxy that tunnels `host` to another address, and has no other host.
    pub fn leading(host: &'static str, to: &str) -> Self {
        Self::with(Way::Instead(host, to.to_owned()))
    }

    fn with(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, way) = (Arc::clone(&seen), way.clone());
                thread::spawn(move || handle(client, &seen, &way));
            }
        });
        Self {
            url: format!("http://{address}"),
            heads,
        }
    }

    /// Returns the number of requests since the last call.
    pub fn tunnels(&self) -> usize {
        self.take().len()
    }

    /// Returns the heads of the requests since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().expect("no thread panicked"))
    }
}

fn handle(mut client: TcpStream, heads: &Mutex<Vec<String>>, way: &Way) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    heads.lock().ok()?.push(head.clone());
    let asked = || head.strip_prefix("CONNECT ")?.split(' ').next();
    let target = match way {
        Way::Refused(answer) => return client.write_all(answer.as_bytes()).ok(),
        Way::Login(login) if !head.contains(&format!(": {login}\r\n")) => {
            let asking = b"HTTP/1.1 407 Login\r\nproxy-authenticate: Basic realm=\"x\"\r\n\
                connection: close\r\ncontent-length: 0\r\n\r\n";
            return client.write_all(asking).ok();
        }
        Way::Through | Way::Login(_) => asked()?,
        Way::Instead(host, to) if asked() == Some(host) => to,
        Way::Instead(..) => {
            let gone = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
            return client.write_all(gone).ok();
        }
    };
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let mut to_client = client.try_clone().ok()?;
    let mut from_server = server.try_clone().ok()?;
    thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
    std::io::copy(&mut reader, &mut server).ok()?;
    server.shutdown(Shutdown::Write).ok()
}
