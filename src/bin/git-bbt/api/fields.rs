//! `-f` and `-F`: `key=value` -> a JSON object, or a query.

use anyhow::Result;
use bbt::messages::Failure;
use serde_json::{Map, Value};

use super::contents;

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    pub key: String,
    text: String,
    /// Whether the text may be JSON or name a file.
    is_typed: bool,
}

impl Field {
    /// Reads `-f`; for clap.
    pub fn raw(text: &str) -> Result<Field, String> {
        let (key, text) = split(text)?;
        Ok(Field {
            key: key.to_owned(),
            text: text.to_owned(),
            is_typed: false,
        })
    }

    /// Reads `-F`; for clap.
    pub fn typed(text: &str) -> Result<Field, String> {
        let is_typed = true;
        Ok(Field {
            is_typed,
            ..Field::raw(text)?
        })
    }

    /// Returns the value for a query.
    pub fn text(&self) -> Result<String> {
        Ok(match self.value()? {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        })
    }

    /// Reads a file only now, when the request is built.
    fn value(&self) -> Result<Value> {
        let text = Value::from(&*self.text);
        if !self.is_typed {
            return Ok(text);
        }
        if let Some(name) = self.text.strip_prefix('@') {
            let text = String::from_utf8(contents(name)?).map_err(|_| {
                Failure::new(format!("{name} is not UTF-8, as JSON requires"))
                    .hint("send the file itself with --input")
            })?;
            return Ok(Value::from(text));
        }
        let json = serde_json::from_str(&self.text).ok();
        // A fraction may be a version, and a large number would lose digits.
        let json = json.filter(|json: &Value| !json.is_string() && !json.is_f64());
        Ok(json.unwrap_or(text))
    }
}

fn split(text: &str) -> Result<(&str, &str), String> {
    match text.split_once('=') {
        Some((key, _)) if key.contains('[') => {
            Err("for an object or an array, use -F key='{\"name\": ...}' or --input".to_owned())
        }
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
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
