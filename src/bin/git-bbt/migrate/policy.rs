//! Whether a URL may be converted: only if its token is found without it, so that nobody is left worse
//! off.

use bbt::address::Address;
use bbt::token::Token;

use super::import::{Import, Imports};
use super::token_cache::{Configured, Reason, SourceFields, TokenCache};
use crate::remote_url::UrlSecret;

/// Decides for every URL of every repository.
pub struct Policy<'a> {
    pub tokens: &'a TokenCache<'a>,
    pub imports: &'a Imports,
    /// Whether to convert without a token, too. A token that is only in a URL stays there all the same.
    pub force: bool,
}

/// That a URL may be converted.
#[derive(Default)]
pub struct Permit {
    /// What to say about the secret in it.
    pub message: Option<String>,
    /// Where the repository's token comes from.
    pub source: Option<SourceFields>,
}

impl Policy<'_> {
    /// Decides about a URL of this repository with this secret in it.
    ///
    /// # Errors
    /// Why it is not converted.
    pub fn decide(&self, address: &Address, secret: Option<&UrlSecret>) -> Result<Permit, Reason> {
        match secret {
            None => self.without_secret(address),
            Some(UrlSecret::AppPassword) => Ok(Permit {
                message: Some("without its app password, which Bitbucket has ended".to_owned()),
                ..self.without_secret(address)?
            }),
            Some(UrlSecret::Unknown) => Err(Reason::new(
                "its URL contains a password that may be stored nowhere else",
                "remove the password from the URL, and run git bbt migrate again",
            )),
            Some(UrlSecret::Token { token, .. }) => self.with_token(address, token),
        }
    }

    /// Returns whether the repository will use an imported token.
    pub fn is_imported(&self, address: &Address) -> bool {
        self.import(address).is_some()
    }

    fn import(&self, address: &Address) -> Option<&Import> {
        self.imports.used_for(self.tokens.config, address)
    }

    fn without_secret(&self, address: &Address) -> Result<Permit, Reason> {
        let source = match self.import(address) {
            Some(import) => Ok(import.source_fields()),
            None => self.tokens.check(address),
        };
        match source {
            Err(reason) if !self.force => Err(reason),
            source => Ok(Permit {
                source: source.ok(),
                ..Permit::default()
            }),
        }
    }

    /// Requires that the token in a URL is not lost with it.
    fn with_token(&self, address: &Address, token: &Token) -> Result<Permit, Reason> {
        let permit = |message: String, source| Permit {
            message: Some(message),
            source: Some(source),
        };
        let imported = self.import(address);
        if let Some(import) = imported.filter(|import| import.token.is_same(token)) {
            let message = "its token is imported".to_owned();
            return Ok(permit(message, import.source_fields()));
        }
        let configured = self.tokens.token(address).transpose()?;
        match configured.as_ref().filter(|it| it.token.is_same(token)) {
            Some(Configured { source, fields, .. }) => {
                let message = format!("its token is also in {source}");
                return Ok(permit(message, fields.clone()));
            }
            None if self.imports.is_revoked(token) => {
                let Some(Configured { fields, .. }) = configured else {
                    return Err(Reason::new(
                        "Bitbucket rejects the token in its URL, and no other is configured",
                        format!("git bbt login {}", address.workspace()),
                    ));
                };
                let message = "without its token, which Bitbucket rejects";
                return Ok(permit(message.to_owned(), fields));
            }
            None => {}
        }
        if let Some(reason) = self.imports.refusal(address, token) {
            return Err(reason.clone());
        }
        let message = match configured {
            Some(Configured { source, .. }) => {
                format!("its URL contains another token than {source}")
            }
            None => "its URL contains a token that is stored nowhere else".to_owned(),
        };
        Err(Reason::new(message, "git bbt migrate --import-tokens"))
    }
}
