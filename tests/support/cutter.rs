//! A connection between a client and a server that is cut after a number of bytes of the response.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Listens for as long as the test runs.
pub struct Cutter {
    port: u16,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// The number of bytes from the server after which a connection is cut.
    most: AtomicUsize,
    /// The largest number of bytes that passed on one connection.
    passed: AtomicUsize,
}

impl Cutter {
    /// Listens on a port in front of `https://localhost:PORT`.
    pub fn before(url: &str) -> Self {
        let server = url
            .strip_prefix("https://")
            .expect("the URL is https")
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener
            .local_addr()
            .expect("the listener has an address")
            .port();
        let counts = Arc::new(Counts::default());
        counts.most.store(usize::MAX, Ordering::SeqCst);
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (counts, server) = (Arc::clone(&shared), server.clone());
                std::thread::spawn(move || counts.connect(client, &server));
            }
        });
        Self { port, counts }
    }

    /// Returns `https://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Cuts every connection after this number of bytes.
    pub fn cut_after(&self, bytes: usize) {
        self.counts.most.store(bytes, Ordering::SeqCst);
        self.counts.passed.store(0, Ordering::SeqCst);
    }

    /// Stops cutting connections.
    pub fn restore(&self) {
        self.cut_after(usize::MAX);
    }

    /// Returns the largest number of bytes that passed on one connection since the limit was set.
    pub fn passed(&self) -> usize {
        self.counts.passed.load(Ordering::SeqCst)
    }
}

impl Counts {
    fn connect(&self, client: TcpStream, server: &str) -> io::Result<()> {
        let server = TcpStream::connect(server)?;
        let (mut question, mut to) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || {
            let _ = io::copy(&mut question, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        let _ = self.answer(&server, &client);
        let _ = client.shutdown(Shutdown::Both);
        server.shutdown(Shutdown::Both)
    }

    fn answer(&self, mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
        let (mut passed, mut piece) = (0, [0; 4096]);
        loop {
            let most = self.most.load(Ordering::SeqCst).saturating_sub(passed);
            if most == 0 {
                return Ok(());
            }
            let length = from.read(&mut piece[..most.min(4096)])?;
            if length == 0 {
                return Ok(());
            }
            to.write_all(&piece[..length])?;
            passed += length;
            self.passed.fetch_max(passed, Ordering::SeqCst);
        }
    }
}
