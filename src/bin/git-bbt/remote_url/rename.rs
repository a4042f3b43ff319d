//! `--rename`: the new name of a repository, workspace or project. Bitbucket redirects no old name.

use std::str::FromStr;

use bbt::address::{self, Address};

/// `old=new` for all of a workspace or of a server's project, `old/name=new/name` for a repository.
#[derive(Debug, Clone)]
pub struct Rename {
    old: (String, Option<String>),
    /// The workspace.
    new: String,
    repository: Option<String>,
}

impl FromStr for Rename {
    type Err = String;

    fn from_str(text: &str) -> Result<Rename, String> {
        let (old, new) = text.split_once('=').ok_or("expected <old>=<new>")?;
        // A person's project on a server.
        let is_owner = |name: &str| address::is_workspace(name.strip_prefix('~').unwrap_or(name));
        if is_owner(old) && address::is_workspace(new) {
            return Ok(Rename {
                old: (old.to_owned(), None),
                new: new.to_owned(),
                repository: None,
            });
        }
        let parse = |name: &str| Address::parse(name).map_err(|failure| failure.to_string());
        let new = parse(new)?;
        let of_person = old.split_once('/').filter(|_| old.starts_with('~'));
        let old = match of_person {
            Some((owner, name)) if is_owner(owner) => (owner.to_owned(), Some(name.to_owned())),
            _ => {
                let old = parse(old)?;
                (
                    old.workspace().to_owned(),
                    Some(old.repository().to_owned()),
                )
            }
        };
        Ok(Rename {
            old,
            new: new.workspace().to_owned(),
            repository: Some(new.repository().to_owned()),
        })
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Renames(pub Vec<Rename>);

impl Renames {
    /// Returns the new address of a repository, if it has one. A repository's own new name comes
    /// before that of its workspace or project.
    pub fn new_address(&self, owner: &str, repository: &str) -> Option<Address> {
        let of_owner = |rename: &&Rename| rename.old.0.eq_ignore_ascii_case(owner);
        let is_own = |rename: &&Rename| {
            let name = rename.old.1.as_deref();
            name.is_some_and(|name| name.eq_ignore_ascii_case(repository))
        };
        let all = || self.0.iter().filter(of_owner);
        let rename = all().find(is_own);
        let rename = rename.or_else(|| all().find(|rename| rename.old.1.is_none()))?;
        let repository = rename.repository.as_deref().unwrap_or(repository);
        Address::from_names(&rename.new, repository)
    }

    /// Returns the address that a repository has now.
    pub fn apply(&self, address: Address) -> Address {
        let new = self.new_address(address.workspace(), address.repository());
        new.unwrap_or(address)
    }

    /// Returns whether a workspace is the new name of anything.
    pub fn lead_to(&self, workspace: &str) -> bool {
        let mut all = self.0.iter();
        all.any(|rename| rename.new.eq_ignore_ascii_case(workspace))
    }
}
