//! `git bbt api`: one request to Bitbucket's REST API, in the manner of `gh api`.

mod fields;
mod pages;
mod retry;
mod which;

use std::fs::File;
use std::io::{self, Read, Write};
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

use crate::bitbucket::{self, Bitbucket, Refusal, Request, Response, ResponseStream, Verdict};
use crate::output::Out;
use crate::target::{self, Target};
use fields::Field;

const EXAMPLES: &str = "\
Examples:
  git bbt api 'repositories/{workspace}/{repo}' -i
  git bbt api repositories/acme --paginate
  git bbt api 'repositories/{workspace}/{repo}/refs/branches' -f name=next -f target[hash]=main";

/// Send a request to Bitbucket's REST API with the token that serves the path
///
/// The path is as in Bitbucket's documentation, such as /repositories/{workspace}/{repo}/pullrequests;
/// {workspace} and {repo} stand for the repository you are in. The body of the answer is printed as
/// it came. Exits with 1 where the answer is an error.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// What to ask for, below https://api.bitbucket.org/2.0
    path: String,
    /// The method; GET, or POST where there are fields or an input
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    method: Option<Method>,
    /// A string for the JSON body, or for the query of a GET; a[b]=c and a[]=c nest
    #[arg(short = 'f', long, value_name = "KEY=VALUE", value_parser = Field::raw)]
    raw_field: Vec<Field>,
    /// The same, but true, false, null and whole numbers are themselves, and @FILE is what is in it
    #[arg(short = 'F', long, value_name = "KEY=VALUE", value_parser = Field::typed)]
    field: Vec<Field>,
    /// A header to send along
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// A file to send as the body; - is stdin
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
    /// Print the status line and headers, too
    #[arg(short = 'i', long, conflicts_with = "paginate")]
    include: bool,
    /// Ask for all pages of a list, and print one JSON array of what is in them
    #[arg(long)]
    paginate: bool,
    /// Print no body
    #[arg(long)]
    silent: bool,
    /// Whose token to use where the path does not tell
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

/// The one token of a run, and where it may go.
struct Session<'a> {
    bitbucket: &'a Bitbucket,
    source: Candidate<'a>,
    token: Token,
    target: &'a Target,
}

impl Session<'_> {
    fn print(&self, request: &Request, args: &Args) -> Result<ExitCode> {
        let mut response = self.ask(request)?;
        // Downloads and logs are stored on other hosts, which must not see the token.
        let elsewhere = bitbucket::redirect_target(request, &response)?;
        if let Some(url) = elsewhere.clone() {
            response = self.bitbucket.fetch_without_token(url)?;
        }
        let status = response.status();
        let mut out = Out::stdout();
        if args.include {
            out.write_all(&response.head())?;
        }
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            if args.silent {
                response.write_to(&mut io::sink())?;
            } else {
                response.write_to(&mut out)?;
            }
            out.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        let response = response.read()?;
        if !args.silent {
            out.write_all(&response.body)?;
        }
        out.flush()?;
        Err(match elsewhere {
            Some(url) => failure_elsewhere(&url, &response),
            None => self.failure(request, &response),
        }
        .into())
    }

    /// Sends the request, again if that may help.
    fn ask(&self, request: &Request) -> Result<ResponseStream> {
        retry::until_answered(&request.method, || {
            self.bitbucket
                .send(request, &self.token, self.source.account())
        })
    }

    /// Returns the error for a response, and what to do about it.
    fn failure(&self, request: &Request, response: &Response) -> Failure {
        let Request { method, url, .. } = request;
        let what = format!("{method} {}: {}", url.path(), response.summary());
        let failure = Failure::new(what);
        let (place, target) = (self.source.describe(), self.target);
        let Verdict::Refused(refusal) = response.verdict() else {
            return failure;
        };
        let status = response.status;
        match &refusal {
            // The path may be that of anything, not only of the target.
            Refusal::NotVisible => failure.hint(format!(
                "it does not exist, or the token has no access to it; the token is from {place}"
            )),
            // A script must not believe that its write has happened.
            Refusal::Unexpected(_) if status.is_redirection() => {
                let location = response.header("location").unwrap_or("nowhere");
                failure.hint(format!(
                    "Bitbucket redirects to {}; only GET and HEAD are sent again, and only over https",
                    redact::userinfo(location, "***@")
                ))
            }
            Refusal::Unexpected(_) if status == StatusCode::FORBIDDEN => {
                failure.hint(format!("the token from {place} may not do this"))
            }
            Refusal::Unexpected(_) if !status.is_server_error() => failure,
            refusal => {
                let problem = refusal.problem(target, &self.token, &target.tokens_page());
                let failure = match refusal {
                    Refusal::Unexpected(_) => failure,
                    _ => failure.hint(format!("{} (the token is from {place})", problem.message)),
                };
                failure.hint(problem.hint)
            }
        }
    }
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
    let mut body = match args.input.as_deref() {
        Some(name) => Some(contents(name)?),
        None => None,
    };
    if method == Method::GET || body.is_some() {
        for field in fields {
            url.query_pairs_mut()
                .append_pair(&field.key, &field.text()?);
        }
    } else if !fields.is_empty() {
        body = Some(serde_json::to_vec(&fields::object(&fields)?)?);
    }
    let mut request = Request {
        method,
        body,
        ..Request::get(url)
    };
    if request.body.is_some() {
        let json = HeaderValue::from_static("application/json");
        request.headers.insert(CONTENT_TYPE, json);
    }
    for text in &args.header {
        let (name, value) = header(text)?;
        request.headers.insert(name, value);
    }
    Ok(request)
}

/// Returns what is in a file, or comes on stdin.
///
/// # Errors
/// The system's, and if it is larger than 64 MiB.
fn contents(name: &str) -> Result<Vec<u8>> {
    const MAX_BYTES: usize = 64 * 1024 * 1024;
    let shown = if name == "-" { "stdin" } else { name };
    let open = || -> io::Result<Box<dyn Read>> {
        if name == "-" {
            return Ok(Box::new(io::stdin()));
        }
        Ok(Box::new(File::open(name)?))
    };
    let mut bytes = Vec::new();
    let read = open().and_then(|input| input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
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
    upper.parse().map_err(|_| "no HTTP method".to_owned())
}

/// Reads `-H`. Not left to clap, which would quote the value, and that may be a secret.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let unreadable =
        || Failure::new("a header is unreadable").hint("write it as in -H 'Accept: text/plain'");
    let (name, value) = text.split_once(':').ok_or_else(unreadable)?;
    let name: HeaderName = name.trim().parse().map_err(|_| unreadable())?;
    if name == AUTHORIZATION {
        return Err(Failure::new("-H may not set Authorization")
            .hint("the token is looked up automatically: git bbt status tells which"));
    }
    // They say where a request goes and where it ends, which is not for a header to say.
    if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
        return Err(Failure::new(format!("-H may not set {name}"))
            .hint("it follows from the path and the body"));
    }
    let value = HeaderValue::from_str(value.trim()).map_err(|_| {
        Failure::new(format!(
            "the value of the header {name} has a control character in it"
        ))
        .hint("a header is one line")
    })?;
    Ok((name, value))
}
