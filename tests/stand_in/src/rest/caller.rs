//! The caller of a request. REST and git accept the same token in different forms.

use super::problem::Problem;
use crate::authorization::Authorization;
use crate::tokens::{Grant, Kind, Tokens};

/// Returns what the token was issued for; `None` without a token. Access tokens are accepted only as
/// Bearer, API tokens only as Basic with the email of their account.
pub(super) fn identify(
    authorization: Option<&Authorization>,
    tokens: &Tokens,
) -> Result<Option<Grant>, Problem> {
    let (grant, refusal) = match authorization {
        None => return Ok(None),
        Some(Authorization::Bearer(token)) => {
            let grant = tokens
                .grant(token)
                .filter(|grant| grant.is_of(Kind::Access));
            (grant, Problem::BadToken)
        }
        Some(Authorization::Basic { user, password }) => {
            let grant = tokens
                .grant(password)
                .filter(|grant| grant.is_of(Kind::Api));
            let grant = grant.filter(|grant| grant.account_email() == Some(user));
            (grant, Problem::BadLogin)
        }
        Some(Authorization::Other(_)) => (None, Problem::BadToken),
    };
    grant.cloned().map(Some).ok_or(refusal)
}
