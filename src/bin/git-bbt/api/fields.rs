//! `-f` and `-F`: `key=value`, `a[b]=value`, `a[]=value` -> a JSON object, or a query.

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
    let (key, value) = text.split_once('=').ok_or("write <key>=<value>")?;
    path(key).ok_or("the key is neither a name, nor a[b], nor a[]")?;
    Ok((key.to_owned(), value))
}

/// Splits `a[b][]` into `a`, `b`, and an empty name for a new item of an array.
fn path(key: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = key.split_once('[') else {
        return (!key.is_empty() && !key.contains(']')).then(|| vec![key]);
    };
    let inner = rest.strip_suffix(']')?.split("][");
    let path: Vec<&str> = std::iter::once(first).chain(inner).collect();
    let is_plain = path.iter().all(|name| !name.contains(['[', ']']));
    (is_plain && !first.is_empty()).then_some(path)
}

/// Combines the fields into one object.
pub fn object(fields: &[&Field]) -> Result<Value> {
    let mut object = Value::Object(Map::new());
    for field in fields {
        let names = path(&field.key).unwrap_or_default();
        let clash = || {
            Failure::new(format!(
                "the field {} conflicts with an earlier one",
                field.key
            ))
            .hint("a name has one kind of value: a plain one, an object or an array")
        };
        *slot(&mut object, &names).ok_or_else(clash)? = field.value()?;
    }
    Ok(object)
}

/// Returns the slot for the value of a key, and creates what contains it; `None` if it is taken.
fn slot<'v>(mut at: &'v mut Value, names: &[&str]) -> Option<&'v mut Value> {
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

    fn object_of(typed: &[&str]) -> Option<String> {
        let fields: Vec<Field> = typed
            .iter()
            .map(|text| Field::typed(text).expect("it is a field"))
            .collect();
        let object = object(&fields.iter().collect::<Vec<_>>()).ok()?;
        Some(object.to_string())
    }

    #[test]
    fn keys_with_brackets_nest() {
        let object = object_of(&[
            "title=a=b",
            "source[branch][name]=x",
            "ids[]=1",
            "ids[]=true",
            "n=",
        ]);
        let expected = r#"{"title":"a=b","source":{"branch":{"name":"x"}},"ids":[1,true],"n":""}"#;
        assert_eq!(object.as_deref(), Some(expected));
        assert_eq!(object_of(&["a=1", "a[b]=2"]), None);
        assert_eq!(object_of(&["a[b]=1", "a[]=2"]), None);
        assert_eq!(object_of(&["a=1", "a=2"]), None);
    }

    #[test]
    fn invalid_fields_are_refused() {
        for text in ["a", "=b", "a[=b", "[a]=b", "a]b=c", "a[b]c=d"] {
            assert!(Field::raw(text).is_err(), "{text}");
        }
    }
}
