//! `GET /2.0/repositories/{workspace}`, page by page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::answer::Answer;
use super::objects::Writer;
use super::problem::Problem;
use super::switches::RestSwitches;

const DEFAULT_LENGTH: usize = 10;
const MAX_LENGTH: usize = 100;

/// Returns one page. Its `next` cannot be computed from a page number, as documented.
pub(super) fn page(
    write: &Writer,
    workspace: &str,
    query: &str,
    switches: &RestSwitches,
) -> Result<Answer, Problem> {
    let length = parameter(query, "pagelen").map_or(Ok(DEFAULT_LENGTH), |text| {
        text.parse().map_err(|_| invalid("Invalid pagelen"))
    })?;
    if length == 0 || length > MAX_LENGTH {
        return Err(invalid("Invalid pagelen"));
    }
    let start = parameter(query, "ctx").map_or(Ok(0), |text| {
        offset(text).ok_or_else(|| invalid("Invalid page"))
    })?;

    let names = write.visible_repositories(workspace);
    let end = names.len().min(start.saturating_add(length));
    let shown = names.get(start..end).unwrap_or_default();
    let values: Vec<Value> = shown.iter().map(|name| write.repository(name)).collect();
    let is_empty = switches.empty_pages;
    let end = if is_empty { start + 1 } else { end };
    let values = if is_empty { Vec::new() } else { values };
    let mut page = json!({"values": values, "pagelen": length, "size": names.len()});
    if is_empty || end < names.len() {
        let base = match &switches.next_elsewhere {
            Some(base) => base.clone(),
            None => write.base(),
        };
        let ctx = URL_SAFE_NO_PAD.encode(format!("after:{end}"));
        let next = format!("{base}/2.0/repositories/{workspace}?pagelen={length}&ctx={ctx}");
        page["next"] = next.into();
    }
    Ok(Answer::json(200, &page))
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

fn offset(ctx: &str) -> Option<usize> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(ctx).ok()?).ok()?;
    decoded.strip_prefix("after:")?.parse().ok()
}

fn invalid(message: &'static str) -> Problem {
    Problem::Invalid {
        message,
        fields: Value::Null,
    }
}
