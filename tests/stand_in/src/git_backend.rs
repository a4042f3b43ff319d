//! `git http-backend`, run as a CGI program with both bodies streamed.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use http_body_util::channel::{Channel, SendError, Sender};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

use super::git::Git;
use super::git_request::GitRequest;
use super::log::Entry;
use super::server::Body;
use super::switches::Switches;

/// The request headers that git uses, and the CGI variables for them.
const FORWARDED: [(HeaderName, &str); 4] = [
    (CONTENT_TYPE, "CONTENT_TYPE"),
    (CONTENT_LENGTH, "CONTENT_LENGTH"),
    (CONTENT_ENCODING, "HTTP_CONTENT_ENCODING"),
    (HeaderName::from_static("git-protocol"), "GIT_PROTOCOL"),
];

/// The request's data for the program.
pub(super) struct Call<'a> {
    pub(super) git: &'a Git,
    pub(super) root: &'a Path,
    pub(super) request: &'a GitRequest,
    pub(super) head: &'a Parts,
    pub(super) user: Option<&'a str>,
    pub(super) switches: &'a Switches,
}

impl Call<'_> {
    fn command(&self) -> Command {
        let GitRequest {
            full_name, action, ..
        } = self.request;
        let mut command = self.git.command();
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", format!("/{full_name}.git/{action}"))
            .env("QUERY_STRING", self.head.uri.query().unwrap_or_default())
            .env("REQUEST_METHOD", self.head.method.as_str())
            .envs(self.user.map(|user| ("REMOTE_USER", user)));
        for (header, variable) in FORWARDED {
            let hidden = variable == "GIT_PROTOCOL" && !self.switches.protocol_v2;
            if let Some(value) = self.head.headers.get(header).filter(|_| !hidden) {
                command.env(variable, String::from_utf8_lossy(value.as_bytes()).as_ref());
            }
        }
        if let Some(refusal) = &self.switches.push_refusal {
            command
                .env("STAND_IN_REFUSED_REFS", refusal.refs())
                .env("STAND_IN_REFUSAL", refusal.text());
        }
        command.into()
    }

    /// Runs the program, and returns as soon as it has printed its headers.
    pub(super) async fn answer(
        &self,
        body: Incoming,
        entry: Arc<Entry>,
    ) -> io::Result<Response<Body>> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // git complains here about every client that disconnects, which some tests do on purpose.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().expect("stdin is piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let feeding = tokio::spawn(feed(body, stdin, entry));

        let response = read_head(&mut stdout).await?;
        let is_advertisement = self.request.action == GitRequest::ADVERTISEMENT;
        let start = if is_advertisement && response.status() == StatusCode::OK {
            without_line_feed(read_packet(&mut stdout).await?)
        } else {
            Vec::new()
        };
        let (mut sender, body) = Channel::new(4);
        tokio::spawn(async move {
            // If the client disconnects, the program is ended: `child` is killed when dropped.
            if relay(start, stdout, &mut sender).await.is_ok() {
                // The answer ends only after the program: when a client sees the end, the work is done.
                // A failure shows in git's own framing, so the exit status adds nothing.
                let _ = child.wait().await;
                let _ = feeding.await;
            }
        });
        Ok(response.map(|()| body.boxed_unsync()))
    }
}

/// Passes the request's body to the program, whatever its framing. What the program does not read is
/// still read here: HTTP/2 clients treat an answer that is complete before their request as a failure.
async fn feed(mut body: Incoming, mut stdin: ChildStdin, entry: Arc<Entry>) {
    while let Some(data) = entry.read(&mut body).await {
        if stdin.write_all(&data).await.is_err() {
            break;
        }
    }
    drop(stdin);
    while entry.read(&mut body).await.is_some() {}
}

/// Passes the program's output to the client, until one of them ends.
async fn relay(
    start: Vec<u8>,
    mut stdout: BufReader<ChildStdout>,
    client: &mut Sender<Bytes>,
) -> Result<(), SendError> {
    let mut chunk = start;
    loop {
        if !chunk.is_empty() {
            client.send_data(chunk.into()).await?;
        }
        chunk = match stdout.fill_buf().await {
            Ok(read) if !read.is_empty() => read.to_vec(),
            _ => return Ok(()),
        };
        stdout.consume(chunk.len());
    }
}

async fn read_head(stdout: &mut BufReader<ChildStdout>) -> io::Result<Response<()>> {
    let mut response = Response::builder();
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(": ") {
            Some(("Status", status)) => response = response.status(&status[..3]),
            Some((name, value)) => response = response.header(name, value),
            None => break,
        }
    }
    response.body(()).map_err(io::Error::other)
}

/// Reads one pkt-line, with its length.
async fn read_packet(stdout: &mut BufReader<ChildStdout>) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    stdout.read_exact(&mut packet).await?;
    let length = std::str::from_utf8(&packet)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    // Special packets, such as the flush 0000, are no longer than their length.
    packet.resize(length.max(4), 0);
    stdout.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

/// Bitbucket's fingerprint: its service line has no line feed, where git's own has one. A v2
/// advertisement has no service line, and stays as it is.
fn without_line_feed(packet: Vec<u8>) -> Vec<u8> {
    match packet.get(4..).and_then(|line| line.strip_suffix(b"\n")) {
        Some(line) if line.starts_with(b"# service=") => {
            let length = format!("{:04x}", line.len() + 4);
            [length.as_bytes(), line].concat()
        }
        _ => packet,
    }
}
