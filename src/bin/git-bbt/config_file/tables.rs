//! Tables and values of config.toml, found without case and changed with what stands around them.

use toml_edit::{Item, Table, TableLike, Value};

/// The key as it is spelled there: names are looked up without case.
fn spelled(table: &dyn TableLike, name: &str) -> Option<String> {
    let mut keys = table.iter().map(|(key, _)| key);
    keys.find(|key| key.eq_ignore_ascii_case(name))
        .map(str::to_owned)
}

pub fn child<'t>(table: &'t mut dyn TableLike, name: &str) -> Option<&'t mut dyn TableLike> {
    let key = spelled(table, name)?;
    table.get_mut(&key)?.as_table_like_mut()
}

/// The child table, made where it is not there; `implicit` where it needs no header of its own.
pub fn made<'t>(
    table: &'t mut dyn TableLike,
    name: &str,
    implicit: bool,
) -> Option<&'t mut dyn TableLike> {
    let key = spelled(table, name).unwrap_or_else(|| name.to_owned());
    let item = table.entry(&key).or_insert_with(|| {
        let mut new = Table::new();
        new.set_implicit(implicit);
        Item::Table(new)
    });
    item.as_table_like_mut()
}

/// Sets a value in the place of another with the comment that follows it.
pub fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(Item::Value(old)) = table.get(key) {
        *value.decor_mut() = old.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

pub fn clear_token(table: &mut dyn TableLike) {
    for key in ["token", "kind", "account", "expires"] {
        table.remove(key);
    }
}

pub fn remove_if_empty(table: &mut dyn TableLike, name: &str) {
    let Some(key) = spelled(table, name) else {
        return;
    };
    // A comment of the user's on its header keeps it.
    let is_commented = table
        .get(&key)
        .and_then(Item::as_table)
        .is_some_and(|inner| {
            let decor = [inner.decor().prefix(), inner.decor().suffix()];
            let mut texts = decor.into_iter().flatten().filter_map(|raw| raw.as_str());
            texts.any(|text| text.contains('#'))
        });
    if !is_commented && child(table, name).is_some_and(|inner| inner.is_empty()) {
        table.remove(&key);
    }
}
