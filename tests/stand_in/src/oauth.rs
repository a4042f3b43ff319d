//! The token endpoint for OAuth consumers, with the client-credentials grant: no user takes part, and
//! the token is for the whole workspace of the consumer, for two hours.

use hyper::http::request::Parts;
use hyper::{Method, Response};
use serde_json::{Value, json};

use super::authorization::Authorization;
use super::server::{Body, response};
use super::tokens::Tokens;

/// Returns whether a request is for a token.
pub(super) fn claims(head: &Parts) -> bool {
    head.method == Method::POST && head.uri.path() == "/site/oauth2/access_token"
}

/// Issues a token to a consumer, which identifies itself by Basic authentication.
pub(super) fn answer(
    form: &[u8],
    authorization: Option<Authorization>,
    tokens: &mut Tokens,
) -> Response<Body> {
    if form != b"grant_type=client_credentials" {
        return json(
            400,
            &json!({
                "error": "unsupported_grant_type",
                "error_description": "This grant is not supported here",
            }),
        );
    }
    let issued = match authorization {
        Some(Authorization::Basic { user, password }) => tokens.issue_to(user, password),
        _ => None,
    };
    match issued {
        Some((token, grant)) => json(
            200,
            &json!({
                "access_token": token,
                "scopes": grant.issued_scopes().join(" "),
                "token_type": "bearer",
                "expires_in": 7200,
            }),
        ),
        None => json(
            400,
            &json!({
                "error": "unauthorized_client",
                "error_description": "Invalid OAuth client credentials",
            }),
        ),
    }
}

fn json(status: u16, value: &Value) -> Response<Body> {
    response(status, "application/json", value.to_string())
}
