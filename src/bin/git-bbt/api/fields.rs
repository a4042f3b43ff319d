//! `-f` and `-F`: `key=value` -> a JSON object, or a query.

use anyhow::Result;
use bbt::messages::Failure;
use serde_json::{Map, Value};

use super::contents;

/// One field. A file is read only when the request is built.
#[derive(Debug, Clone)]
pub struct Field {
    pub key: String,
    value: Typed,
}

#[derive(Debug, Clone)]
enum Typed {
    Json(Value),
    File(String),
}

impl Field {
    /// Reads `-f`; for clap.
    pub fn raw(text: &str) -> Result<Field, String> {
        let (key, value) = split(text)?;
        let value = Typed::Json(Value::from(value));
        Ok(Field { key, value })
    }

    /// Reads `-F`; for clap.
    pub fn typed(text: &str) -> Result<Field, String> {
        let (key, value) = split(text)?;
        let value = if let Some(file) = value.strip_prefix('@') {
            Typed::File(file.to_owned())
        } else {
            let json = serde_json::from_str(value).ok();
            // A fraction may be a version, and a large number would lose digits.
            let json = json.filter(|json: &Value| !json.is_string() && !json.is_f64());
            Typed::Json(json.unwrap_or_else(|| Value::from(value)))
        };
        Ok(Field { key, value })
    }

    /// Returns the value for a query.
    pub fn text(&self) -> Result<String> {
        Ok(match self.value()? {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        })
    }

    fn value(&self) -> Result<Value> {
        Ok(match &self.value {
            Typed::Json(value) => value.clone(),
            Typed::File(name) => Value::from(String::from_utf8(contents(name)?).map_err(|_| {
                Failure::new(format!("{name} is not UTF-8, as JSON requires"))
                    .hint("send the file itself with --input")
            })?),
        })
    }
}

fn split(text: &str) -> Result<(String, &str), String> {
    match text.split_once('=') {
        Some((key, _)) if key.contains('[') => {
            Err("for an object or an array, use -F key='{\"name\": ...}' or --input".to_owned())
        }
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value)),
        _ => Err("write <key>=<value>".to_owned()),
    }
}

/// Combines the fields into one object.
pub fn object(fields: &[&Field]) -> Result<Value> {
    let mut object = Map::new();
    for field in fields {
        if object.insert(field.key.clone(), field.value()?).is_some() {
            return Err(Failure::new(format!("the field {} is given twice", field.key)).into());
        }
    }
    Ok(Value::Object(object))
}
