//! `--paginate`: prints every page of a list as one array.

use std::collections::HashSet;
use std::process::ExitCode;

use anyhow::Result;
use bbt::messages::Failure;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{Session, print_body};
use crate::bitbucket::{self, Request};
use crate::output::Out;

/// The limit for all pages, in bytes.
const TOTAL_MAX: usize = 256 * 1024 * 1024;

/// The most consecutive pages without values; a filter may leave some.
const EMPTY_MAX: usize = 20;

/// One page. Its values are not parsed, which would take many times the memory.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
    #[serde(default)]
    next: Option<Value>,
}

/// Prints all pages, or nothing if one fails.
pub fn print(session: &Session, mut request: Request, silent: bool) -> Result<ExitCode> {
    let mut all = b"[".to_vec();
    let mut seen = HashSet::new();
    let mut empty = 0;
    loop {
        let response = session.send(&request)?.read()?;
        if !response.status.is_success() {
            if !silent {
                print_body(&mut Out::stdout(), &response.body)?;
            }
            return Err(session.failure(&request, &response).into());
        }
        let path = request.url().path();
        let page: Page =
            serde_json::from_slice(&response.body).map_err(|error| match error.classify() {
                Category::Data => Failure::new(format!("the response to {path} is not a list"))
                    .hint("run it without --paginate"),
                _ => Failure::new(format!("the response to {path} is not JSON"))
                    .hint("run it without --paginate to see the response"),
            })?;
        empty = if page.values.is_empty() { empty + 1 } else { 0 };
        for value in page.values {
            if all.len() > 1 {
                all.push(b',');
            }
            all.extend_from_slice(value.get().as_bytes());
        }
        if all.len() > TOTAL_MAX {
            let most = TOTAL_MAX / (1024 * 1024);
            return Err(
                Failure::new(format!("the pages of {path} are more than {most} MiB"))
                    .hint("ask for less: fields, or q, as in Bitbucket's documentation")
                    .into(),
            );
        }
        let Some(next) = page.next else {
            break;
        };
        // An incomplete array must not look complete: anything but a URL is an error.
        let next = page_after(session, next.as_str().unwrap_or_default())?;
        if !seen.insert(next.clone()) {
            return Err(Failure::new(format!(
                "the pages of {path} refer to each other in a circle"
            ))
            .into());
        }
        if empty == EMPTY_MAX {
            return Err(Failure::new(format!(
                "{EMPTY_MAX} pages of {path} in a row have no values"
            ))
            .hint("ask for less: q, or pagelen=100, as in Bitbucket's documentation")
            .into());
        }
        *request.url_mut() = next;
    }
    if !silent {
        all.extend_from_slice(b"]\n");
        print_body(&mut Out::stdout(), &all)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks the URL of the next page. Only its host matters.
fn page_after(session: &Session, next: &str) -> Result<Url> {
    let url =
        Url::parse(next).map_err(|_| Failure::new("\"next\" in the response is not a URL"))?;
    bitbucket::refuse_login(&url)?;
    if session.bitbucket.is_same_host(&url) {
        return Ok(url);
    }
    Err(Failure::new(format!(
        "the next page is on another host, {}; the token is not sent to it",
        bitbucket::host(&url)
    ))
    .hint("request the page by hand if you trust that host")
    .into())
}
