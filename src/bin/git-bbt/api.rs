//! `git bbt api`: sends a request to Bitbucket's REST API, like `gh api`.

mod fields;
mod pages;
mod retry;
mod which;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use bbt::config::Config;
use bbt::lookup::{self, Candidate};
use bbt::messages::Failure;
use bbt::redact;
use bbt::token::Token;
use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use crate::bitbucket::{self, Bitbucket, Refusal, Request, Response, ResponseStream, Verdict};
use crate::output::Out;
use crate::target::{self, Target};
use fields::Field;

const EXAMPLES: &str = "\
Examples:
  git bbt api 'repositories/{workspace}/{repo}' -i
  git bbt api repositories/acme --paginate
  git bbt api 'repositories/{workspace}/{repo}/refs/branches' -f name=next -F 'target={\"hash\":\"main\"}'";

/// Send a request to Bitbucket's REST API with the token for the path
///
/// The path is as in Bitbucket's documentation, such as /repositories/{workspace}/{repo}/pullrequests;
/// {workspace} and {repo} stand for the current repository. The response's body is printed unchanged;
/// JSON is indented on a terminal. Exits with status 1 if the response is an error.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The path, below https://api.bitbucket.org/2.0
    path: String,
    /// The HTTP method [default: GET, or POST with fields or an input]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    method: Option<Method>,
    /// Add a string to the JSON body, or to the query of a GET
    #[arg(short = 'f', long, value_name = "KEY=VALUE", value_parser = Field::raw)]
    raw_field: Vec<Field>,
    /// The same, but true, false, null, whole numbers, objects and arrays are JSON, and @FILE is read
    /// from the file
    #[arg(short = 'F', long, value_name = "KEY=VALUE", value_parser = Field::typed)]
    field: Vec<Field>,
    /// Add a header
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Send a file as the body; - is stdin
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
    /// Print the status line and headers, too
    #[arg(short = 'i', long, conflicts_with = "paginate")]
    include: bool,
    /// Request all pages of a list, and print their values as one JSON array
    #[arg(long)]
    paginate: bool,
    /// Print no body
    #[arg(long)]
    silent: bool,
    /// Use the token of this workspace or repository if the path names none
    #[arg(short = 'w', long, value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    workspace: Option<Target>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read()?;
    let bitbucket = Bitbucket::new(&config)?;
    let url = which::url(&bitbucket, config.service(), &args.path)?;
    let target = which::target(&bitbucket, config.service(), &url, args.workspace.as_ref())?;
    let request = request(args, url)?;
    let source = lookup::choose(&config, &target)?;
    source.warn_of_expiry();
    let session = Session {
        bitbucket: &bitbucket,
        token: source.token()?,
        source,
        target: &target,
    };
    if args.paginate {
        pages::print(&session, request, args.silent)
    } else {
        session.print(&request, args)
    }
}

/// The token of a run, and the client that sends it.
struct Session<'a> {
    bitbucket: &'a Bitbucket,
    source: Candidate<'a>,
    token: Token,
    target: &'a Target,
}

impl Session<'_> {
    fn print(&self, request: &Request, args: &Args) -> Result<ExitCode> {
        let mut response = self.send(request)?;
        // Downloads and logs are stored on other hosts, which must not see the token.
        let elsewhere = response.redirect_target(request.method())?;
        if let Some(url) = elsewhere.clone() {
            response = self.bitbucket.fetch_without_token(url)?;
        }
        let status = response.status();
        let is_success = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let content_type = response.header("content-type").unwrap_or_default();
        let is_json = content_type.starts_with("application/json");
        let mut out = Out::stdout();
        if args.include {
            out.write_all(&response.head())?;
        }
        if is_success && args.silent {
            response.write_to(&mut io::sink())?;
        } else if is_success && !(is_json && io::stdout().is_terminal()) {
            response.write_to(&mut out)?;
        } else {
            let response = response.read()?;
            if !args.silent {
                print_body(&mut out, &response.body)?;
            }
            if !is_success {
                return Err(match elsewhere {
                    Some(url) => failure_elsewhere(&url, &response),
                    None => self.failure(request, &response),
                }
                .into());
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Sends the request, with retries.
    fn send(&self, request: &Request) -> Result<ResponseStream> {
        retry::with_retries(request.method(), || {
            self.bitbucket
                .send(request, &self.token, self.source.account())
        })
    }

    /// Returns the failure for a response that is an error.
    fn failure(&self, request: &Request, response: &Response) -> Failure {
        let (method, path) = (request.method(), request.url().path());
        let what = format!("{method} {path}: {}", response.summary());
        let failure = Failure::new(what);
        let (source, target) = (self.source.describe(), self.target);
        let Verdict::Refused(refusal) = response.verdict() else {
            return failure;
        };
        let status = response.status;
        match &refusal {
            // The path may name something within the target.
            Refusal::NotVisible => failure.hint(format!(
                "it does not exist, or the token has no access to it; the token is from {source}"
            )),
            // A script must not assume that its write succeeded.
            Refusal::Unexpected(_) if status.is_redirection() => {
                let location = response.header("location").unwrap_or("nowhere");
                failure.hint(format!(
                    "Bitbucket redirects to {}; only GET and HEAD are sent again, and only over https",
                    redact::userinfo(location, "***@")
                ))
            }
            Refusal::Unexpected(_) if status == StatusCode::FORBIDDEN => {
                failure.hint(format!("the token from {source} may not do this"))
            }
            Refusal::Unexpected(_) if !status.is_server_error() => failure,
            refusal => {
                let problem = refusal.problem(target, &self.token, &target.tokens_page());
                let failure = match refusal {
                    Refusal::Unexpected(_) => failure,
                    _ => failure.hint(format!("{} (the token is from {source})", problem.message)),
                };
                failure.hint(problem.hint)
            }
        }
    }
}

/// Prints a body: its bytes, or to a terminal, JSON with one value on a line.
fn print_body(out: &mut impl Write, body: &[u8]) -> Result<()> {
    let is_terminal = io::stdout().is_terminal();
    match serde_json::from_slice::<Value>(body) {
        Ok(json) if is_terminal => writeln!(out, "{json:#}")?,
        _ => out.write_all(body)?,
    }
    Ok(out.flush()?)
}

fn failure_elsewhere(url: &Url, response: &Response) -> Failure {
    let host = bitbucket::host(url);
    Failure::new(format!(
        "Bitbucket redirects to {host}: {}",
        response.summary()
    ))
    .hint(format!(
        "the token was not sent to {host}, only to Bitbucket"
    ))
}

fn request(args: &Args, mut url: Url) -> Result<Request> {
    let fields: Vec<&Field> = args.raw_field.iter().chain(&args.field).collect();
    let has_body = args.input.is_some() || !fields.is_empty();
    let method = match (&args.method, has_body) {
        (Some(method), _) => method.clone(),
        (None, true) if !args.paginate => Method::POST,
        (None, _) => Method::GET,
    };
    if args.paginate && method != Method::GET {
        return Err(Failure::new(format!("--paginate goes with GET, not with {method}")).into());
    }
    let mut body = args.input.as_deref().map(contents).transpose()?;
    if method == Method::GET || body.is_some() {
        for field in fields {
            url.query_pairs_mut()
                .append_pair(&field.key, &field.text()?);
        }
    } else if !fields.is_empty() {
        body = Some(serde_json::to_vec(&fields::object(&fields)?)?);
    }
    let mut request = Request::new(method, url);
    if let Some(body) = body {
        *request.body_mut() = Some(body.into());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
    }
    for text in &args.header {
        let (name, value) = header(text)?;
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// Reads a file, or stdin.
///
/// # Errors
/// If it cannot be read, or is larger than 64 MiB.
fn contents(name: &str) -> Result<Vec<u8>> {
    const MAX_BYTES: usize = 64 * 1024 * 1024;
    let shown = if name == "-" { "stdin" } else { name };
    let limit = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = if name == "-" {
        io::stdin().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(name).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.with_context(|| Failure::new(format!("cannot read {shown}")))?;
    if bytes.len() > MAX_BYTES {
        let what = format!("{shown} is larger than 64 MiB, the most that is sent");
        return Err(Failure::new(what).into());
    }
    Ok(bytes)
}

/// Reads `-X`; for clap. Bitbucket has no methods in lower case.
fn method(text: &str) -> Result<Method, String> {
    let upper = text.to_ascii_uppercase();
    upper.parse().map_err(|_| "not an HTTP method".to_owned())
}

/// Reads `-H`. Not in clap, which would quote the value, a possible secret.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let invalid =
        || Failure::new("a header is invalid").hint("write it as in -H 'Accept: text/plain'");
    let (name, value) = text.split_once(':').ok_or_else(invalid)?;
    let name: HeaderName = name.trim().parse().map_err(|_| invalid())?;
    if name == AUTHORIZATION {
        return Err(Failure::new("-H may not set Authorization")
            .hint("the token is looked up automatically; git bbt status shows which"));
    }
    // They would change where a request goes or where it ends.
    if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
        return Err(Failure::new(format!("-H may not set {name}"))
            .hint("it is derived from the path and the body"));
    }
    let value = HeaderValue::from_str(value.trim()).map_err(|_| {
        Failure::new(format!(
            "the value of the header {name} has a control character in it"
        ))
        .hint("a header is one line")
    })?;
    Ok((name, value))
}
