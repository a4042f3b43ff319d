//! Tables and values of config.toml, found regardless of case and changed with the comments around
//! them.

use toml_edit::{Item, Table, TableLike, Value};

/// Returns the key as the table has it: case does not matter in names.
fn existing_key(table: &dyn TableLike, name: &str) -> Option<String> {
    let mut keys = table.iter().map(|(key, _)| key);
    keys.find(|key| key.eq_ignore_ascii_case(name))
        .map(str::to_owned)
}

/// Returns the table at a path of names. Creates what does not exist; only the last has a header of its
/// own.
pub fn find_or_create<'t>(
    mut table: &'t mut dyn TableLike,
    path: &[&str],
) -> Option<&'t mut dyn TableLike> {
    for (at, name) in path.iter().enumerate() {
        let key = existing_key(table, name).unwrap_or_else(|| (*name).to_owned());
        let item = table.entry(&key).or_insert_with(|| {
            let mut new = Table::new();
            new.set_implicit(at + 1 < path.len());
            Item::Table(new)
        });
        table = item.as_table_like_mut()?;
    }
    Some(table)
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

/// Changes the table at a path of names with `clear`, and removes the tables of the path that are empty
/// then.
pub fn remove(table: &mut dyn TableLike, path: &[&str], clear: &dyn Fn(&mut dyn TableLike)) {
    let Some((name, rest)) = path.split_first() else {
        return clear(table);
    };
    let Some(key) = existing_key(table, name) else {
        return;
    };
    let Some(item) = table.get_mut(&key) else {
        return;
    };
    if let Some(inner) = item.as_table_like_mut() {
        remove(inner, rest, clear);
        if inner.is_empty() && !is_commented(item) {
            table.remove(&key);
        }
    }
}

/// Returns whether a table has a comment of the user's beside its header.
fn is_commented(item: &Item) -> bool {
    item.as_table().is_some_and(|table| {
        let decor = [table.decor().prefix(), table.decor().suffix()];
        let mut texts = decor.into_iter().flatten().filter_map(|raw| raw.as_str());
        texts.any(|text| text.contains('#'))
    })
}
