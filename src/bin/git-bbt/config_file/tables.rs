//! Tables and values of config.toml, found regardless of case and changed with the comments around
//! them.

use toml_edit::{Item, Table, TableLike, Value};

/// Returns the key as the table has it: case does not matter in names.
fn existing_key(table: &dyn TableLike, name: &str) -> Option<String> {
    let mut keys = table.iter().map(|(key, _)| key);
    keys.find(|key| key.eq_ignore_ascii_case(name))
        .map(str::to_owned)
}

/// Returns a child table.
pub fn child<'t>(table: &'t mut dyn TableLike, name: &str) -> Option<&'t mut dyn TableLike> {
    let key = existing_key(table, name)?;
    table.get_mut(&key)?.as_table_like_mut()
}

/// Returns a child table, created if it does not exist; an `implicit` one has no header of its own.
pub fn child_or_new<'t>(
    table: &'t mut dyn TableLike,
    name: &str,
    implicit: bool,
) -> Option<&'t mut dyn TableLike> {
    let key = existing_key(table, name).unwrap_or_else(|| name.to_owned());
    let item = table.entry(&key).or_insert_with(|| {
        let mut new = Table::new();
        new.set_implicit(implicit);
        Item::Table(new)
    });
    item.as_table_like_mut()
}

/// Sets a value, keeping the comment that follows an old one.
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

/// Removes a token and the keys that describe it.
pub fn clear_token(table: &mut dyn TableLike) {
    for key in ["token", "kind", "account", "expires"] {
        table.remove(key);
    }
}

/// Removes a child table that is empty.
pub fn remove_if_empty(table: &mut dyn TableLike, name: &str) {
    let Some(key) = existing_key(table, name) else {
        return;
    };
    // A table with a comment of the user's is kept.
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
