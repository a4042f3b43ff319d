//! `--paginate`: every page of a list as one array.

use std::collections::HashSet;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use bbt::report::Failure;
use reqwest::Url;
use serde_json::Value;

use super::Session;
use crate::bitbucket::{self, Request};

/// Prints all of it, or nothing.
pub fn print(session: &Session, mut request: Request, silent: bool) -> Result<ExitCode> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    loop {
        let answer = session.ask(&request)?;
        if !answer.status.is_success() {
            if !silent {
                io::stdout().write_all(&answer.body)?;
            }
            return Err(session.refused(&request, &answer).into());
        }
        let path = request.url.path();
        let Some(mut page) = answer.json() else {
            return Err(Failure::new(format!("the answer to {path} is not JSON"))
                .hint("see what it is: leave --paginate out")
                .into());
        };
        let Some(Value::Array(values)) = page.get_mut("values").map(Value::take) else {
            return Err(Failure::new(format!("the answer to {path} is no list"))
                .hint("leave --paginate out")
                .into());
        };
        all.extend(values);
        let next = match page.get("next") {
            None | Some(Value::Null) => break,
            Some(Value::String(next)) => page_after(session, next)?,
            // An array that was cut short must not look like all of it.
            Some(_) => return Err(Failure::new("\"next\" in the answer is no URL").into()),
        };
        if !seen.insert(next.clone()) {
            return Err(Failure::new(format!("the pages of {path} lead in a circle")).into());
        }
        request.url = next;
    }
    if !silent {
        let mut text = serde_json::to_vec(&all)?;
        text.push(b'\n');
        io::stdout().write_all(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a page says that the next one is: opaque, but for its host.
fn page_after(session: &Session, next: &str) -> Result<Url> {
    let url = Url::parse(next).map_err(|_| Failure::new("\"next\" in the answer is no URL"))?;
    match session.bitbucket.serves(&url) {
        true => Ok(url),
        false => Err(Failure::new(format!(
            "the next page is on another host, {}, which gets no token",
            bitbucket::host(&url)
        ))
        .hint("ask for the page by hand if you trust it")
        .into()),
    }
}
