//! Whether a URL may be converted: only where its token is found without it, so that nobody is left
//! worse off.

use bbt::address::Address;
use bbt::token::Token;

use super::import::{Import, Imports};
use super::origin::Secret;
use super::sources::{Reason, Sources};

/// Decides for every remote of every repository.
pub struct Decider<'a> {
    pub sources: &'a Sources<'a>,
    pub imports: &'a Imports,
    /// Where no token is found, too. A token that stands only in a URL stays there all the same.
    pub force: bool,
}

impl Decider<'_> {
    /// Whether a URL of this repository with this secret in it may go; with something to say of it.
    ///
    /// # Errors
    /// Why it has to stay.
    pub fn decide(
        &self,
        address: &Address,
        secret: Option<&Secret>,
    ) -> Result<Option<String>, Reason> {
        match secret {
            None => self.serves(address).map(|()| None),
            Some(Secret::AppPassword) => {
                self.serves(address)?;
                Ok(Some(
                    "without its app password, which Bitbucket has ended".to_owned(),
                ))
            }
            Some(Secret::Unknown) => Err(Reason::new(
                "its URL holds a password, and nobody can tell whether it is kept elsewhere",
                format!(
                    "git bbt login {}, take the password out of the URL, and run this again",
                    address.workspace()
                ),
            )),
            Some(Secret::Token { token, .. }) => self.keeps(address, token),
        }
    }

    fn import(&self, address: &Address) -> Option<&Import> {
        self.imports.used_for(self.sources.config, address)
    }

    /// Whether the repository will use an imported token.
    pub fn is_imported(&self, address: &Address) -> bool {
        self.import(address).is_some()
    }

    fn serves(&self, address: &Address) -> Result<(), Reason> {
        if self.force || self.is_imported(address) {
            Ok(())
        } else {
            self.sources.check(address)
        }
    }

    /// That the token in a URL is not lost with it.
    fn keeps(&self, address: &Address, token: &Token) -> Result<Option<String>, Reason> {
        let imported = self.import(address);
        if imported.is_some_and(|import| import.token.is_same(token)) {
            return Ok(Some("its token is imported".to_owned()));
        }
        let configured = self.sources.token(address).transpose()?;
        if let Some((other, place)) = &configured
            && other.is_same(token)
        {
            return Ok(Some(format!("its token is also in {place}")));
        }
        if self.imports.is_dead(token) {
            return match configured {
                Some(_) => Ok(Some(
                    "without its token, which Bitbucket refuses".to_owned(),
                )),
                None => Err(Reason::new(
                    "Bitbucket refuses the token in its URL, and no other is configured",
                    format!("git bbt login {}", address.workspace()),
                )),
            };
        }
        if let Some(reason) = self.imports.refusal(address, token) {
            return Err(reason.clone());
        }
        let why = match configured {
            Some((_, place)) => format!("its URL holds another token than {place}"),
            None => "its URL holds a token that is kept nowhere else".to_owned(),
        };
        Err(Reason::new(why, "git bbt migrate --import-tokens keeps it"))
    }
}
