//! `-f` and `-F`: `key=value`, `a[b]=value`, `a[]=value` -> a JSON object, or a query.

use anyhow::Result;
use bbt::messages::Failure;
use serde_json::{Map, Value};

use super::contents;

/// One field as it was typed. A file is read when the request is made.
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
        let value = match (value.strip_prefix('@'), value.parse::<i64>()) {
            (Some(file), _) => Typed::File(file.to_owned()),
            (_, Ok(number)) => Typed::Json(Value::from(number)),
            _ => Typed::Json(match value {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => Value::from(value),
            }),
        };
        Ok(Field { key, value })
    }

    /// As it stands in a query.
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
                Failure::new(format!("{name} is not UTF-8, and JSON holds nothing else"))
                    .hint("send it as it is, with --input")
            })?),
        })
    }
}

fn split(text: &str) -> Result<(String, &str), String> {
    let (key, value) = text.split_once('=').ok_or("write <key>=<value>")?;
    path(key).ok_or("the key is neither a name, nor a[b], nor a[]")?;
    Ok((key.to_owned(), value))
}

/// `a[b][]` -> `a`, `b`, and an empty name for a place at an array's end.
fn path(key: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = key.split_once('[') else {
        return (!key.is_empty() && !key.contains(']')).then(|| vec![key]);
    };
    let inner = rest.strip_suffix(']')?.split("][");
    let path: Vec<&str> = std::iter::once(first).chain(inner).collect();
    let is_plain = path.iter().all(|name| !name.contains(['[', ']']));
    (is_plain && !first.is_empty()).then_some(path)
}

/// The object that all of them make together.
pub fn object(fields: &[&Field]) -> Result<Value> {
    let mut object = Value::Object(Map::new());
    for field in fields {
        let names = path(&field.key).unwrap_or_default();
        let clash = || {
            Failure::new(format!(
                "the field {} clashes with one before it",
                field.key
            ))
            .hint("a name holds a value, or an object, or an array")
        };
        *place(&mut object, &names).ok_or_else(clash)? = field.value()?;
    }
    Ok(object)
}

/// Where the value of a key goes, with what has to be made on the way; none where something else
/// is there.
fn place<'v>(mut at: &'v mut Value, names: &[&str]) -> Option<&'v mut Value> {
    for name in names {
        if name.is_empty() {
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            let items = at.as_array_mut()?;
            items.push(Value::Null);
            at = items.last_mut()?;
        } else {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            at = at.as_object_mut()?.entry(*name).or_insert(Value::Null);
        }
    }
    at.is_null().then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(typed: &[&str]) -> Option<String> {
        let fields: Vec<Field> = typed
            .iter()
            .map(|text| Field::typed(text).expect("it is a field"))
            .collect();
        let object = object(&fields.iter().collect::<Vec<_>>()).ok()?;
        Some(object.to_string())
    }

    #[test]
    fn keys_nest() {
        let object = made(&[
            "title=a=b",
            "source[branch][name]=x",
            "ids[]=1",
            "ids[]=true",
            "n=",
        ]);
        let expected = r#"{"title":"a=b","source":{"branch":{"name":"x"}},"ids":[1,true],"n":""}"#;
        assert_eq!(object.as_deref(), Some(expected));
        assert_eq!(made(&["a=1", "a[b]=2"]), None);
        assert_eq!(made(&["a[b]=1", "a[]=2"]), None);
        assert_eq!(made(&["a=1", "a=2"]), None);
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for text in ["a", "=b", "a[=b", "[a]=b", "a]b=c", "a[b]c=d"] {
            assert!(Field::raw(text).is_err(), "{text}");
        }
    }
}
