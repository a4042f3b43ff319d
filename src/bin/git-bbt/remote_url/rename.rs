//! `--rename`: what a repository or a workspace is called now. Bitbucket redirects no old name.

use bbt::address::{self, Address};

/// `old/name=new/name`, or `old=new` for a workspace.
#[derive(Debug, Clone)]
pub enum Rename {
    Workspace(String, String),
    Repository(Address, Address),
}

impl Rename {
    /// Reads an argument; for clap.
    pub fn parse(text: &str) -> Result<Rename, String> {
        let (old, new) = text.split_once('=').ok_or("written as <old>=<new>")?;
        if address::is_workspace(old) && address::is_workspace(new) {
            return Ok(Rename::Workspace(old.to_owned(), new.to_owned()));
        }
        let parse = |name: &str| Address::parse(name).map_err(|failure| failure.to_string());
        Ok(Rename::Repository(parse(old)?, parse(new)?))
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Renames(pub Vec<Rename>);

impl Renames {
    /// What an address is called now; a repository's own new name counts before its workspace's.
    pub fn apply(&self, address: Address) -> Address {
        let repositories = self.0.iter().find_map(|rename| match rename {
            Rename::Repository(old, new) if old.is_same(&address) => Some(new.clone()),
            _ => None,
        });
        let workspaces = || {
            self.0.iter().find_map(|rename| match rename {
                Rename::Workspace(old, new) if old.eq_ignore_ascii_case(address.workspace()) => {
                    Address::of(new, address.repository())
                }
                _ => None,
            })
        };
        repositories.or_else(workspaces).unwrap_or(address)
    }
}
