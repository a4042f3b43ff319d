//! `token = { ... }` and what stands beside it -> [`Entry`].

use anyhow::Result;
use toml::de::{DeTable, DeValue};

use super::Entry;
use super::reader::{Key, Reader, Value, in_order};
use crate::source::{Source, Written, keyring};
use crate::token::Kind;

impl Reader<'_> {
    /// `token` and what stands beside it; nothing where there is no `token`. `item` is where the
    /// keyring has it.
    pub(super) fn entry(
        &self,
        name: &Key,
        table: &DeTable,
        table_name: &str,
        known: &[&str],
        item: keyring::Item,
    ) -> Result<Option<Entry>> {
        let (mut source, mut kind, mut account, mut expires) = (None, None, None, None);
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "token" => source = Some(self.source(key, value, &item)?),
                "kind" => kind = Some(self.kind(key, value)?),
                "account" => account = Some(self.string(key, value)?.to_owned()),
                "expires" => expires = Some(self.date(key, value)?),
                other if known.contains(&other) => {}
                _ => return Err(self.unknown(key, &format!("[{table_name}]"), known).into()),
            }
        }
        let Some(source) = source else {
            if kind.is_none() && account.is_none() && expires.is_none() {
                return Ok(None);
            }
            let what = format!(
                "[{table_name}] has kind, account or expires, but no token that they would be of"
            );
            return Err(self
                .wrong(name.span(), &what)
                .hint("add token = { env = \"NAME\" }, or another source")
                .into());
        };
        Ok(Some(Entry {
            source,
            table: table_name.to_owned(),
            kind,
            account,
            expires,
        }))
    }

    fn source(&self, key: &Key, value: &Value, item: &keyring::Item) -> Result<Source> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self
                .expected(key, value, "a table")
                .hint(Source::forms())
                .into());
        };
        let mut source = None;
        let mut beside = Vec::new();
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let written = Written {
                reader: self,
                key,
                value,
                table,
                item,
            };
            let found = match (Source::parse(&written), Source::of_beside(name)) {
                (Some(found), _) => found?,
                (None, Some(owner)) => {
                    beside.push((key, owner));
                    continue;
                }
                (None, None) => {
                    let unknown = self.unknown(key, "a token", &Source::keys());
                    return Err(unknown.hint(Source::forms()).into());
                }
            };
            if source.replace((name, found)).is_some() {
                let what = format!("\"{name}\" is a second source of one token");
                return Err(self
                    .wrong(key.span(), &what)
                    .hint("keep one of them")
                    .into());
            }
        }
        let of = source.as_ref().map(|(name, _)| *name);
        if let Some((key, owner)) = beside.into_iter().find(|(_, owner)| of != Some(*owner)) {
            let what = format!("{} goes with {owner} only", key.get_ref());
            return Err(self.wrong(key.span(), &what).into());
        }
        source.map(|(_, source)| source).ok_or_else(|| {
            self.wrong(value.span(), "token names no source")
                .hint(Source::forms())
                .into()
        })
    }

    fn kind(&self, key: &Key, value: &Value) -> Result<Kind> {
        match value.get_ref().as_str() {
            Some("access") => Ok(Kind::Access),
            Some("api") => Ok(Kind::Api),
            _ => Err(self.expected(key, value, "\"access\" or \"api\"").into()),
        }
    }
}
