//! Access control: the decisions that Bitbucket takes before git runs.

use super::authorization::Authorization;
use super::git_request::{GitRequest, Service};
use super::refusal::Refusal;
use super::repositories::Repositories;
use super::switches::{MissingRepository, Switches};
use super::tokens::{Grant, Kind, Tokens};

/// Returns the user to run git as, `None` for the public; or why access is refused. Decided anew for
/// every request: a token may lose its scope, or be revoked, between the advertisement and the push.
pub(super) fn decide(
    request: &GitRequest,
    authorization: Option<&Authorization>,
    tokens: &Tokens,
    repositories: &Repositories,
    switches: &Switches,
) -> Result<Option<&'static str>, Refusal> {
    let exists = repositories.find(&request.full_name).is_some();
    let Some(authorization) = authorization else {
        let is_read = request.service == Service::UploadPack;
        let served = exists && is_read && repositories.is_public(&request.full_name);
        return if served {
            Ok(None)
        } else {
            Err(Refusal::NoAccess)
        };
    };
    let grant = identify(authorization, tokens, switches)?;

    let visible = if exists && grant.reaches(&request.full_name) {
        Ok(())
    } else {
        Err(match switches.missing_repository {
            MissingRepository::Unauthorized => Refusal::NoAccess,
            MissingRepository::NotFound => Refusal::NotFound,
        })
    };
    let allowed = if grant.allows(request.service.scope()) {
        Ok(())
    } else {
        Err(Refusal::Scope)
    };
    if switches.scope_before_repository {
        allowed.and(visible)?;
    } else {
        visible.and(allowed)?;
    }
    Ok(Some(grant.git_user()))
}

/// Returns what the token in the header was issued for.
fn identify<'a>(
    authorization: &Authorization,
    tokens: &'a Tokens,
    switches: &Switches,
) -> Result<&'a Grant, Refusal> {
    let grant = match authorization {
        Authorization::Basic { password, .. } if password.starts_with("ATBB") => {
            return Err(Refusal::AppPassword);
        }
        Authorization::Basic { user, password } => tokens
            .grant(password)
            .filter(|grant| grant.git_user() == user),
        Authorization::Bearer(token) if switches.bearer => tokens
            .grant(token)
            .filter(|grant| grant.is_of(Kind::Access)),
        Authorization::Bearer(_) | Authorization::Other(_) => None,
    };
    let grant =
        grant.filter(|_| switches.requests_until_expiry != Some(0) && !switches.refuse_once);
    grant.ok_or(Refusal::NoAccess)
}
