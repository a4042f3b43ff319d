//! Why a REST request is refused, in Bitbucket's words.

use hyper::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use super::answer::Answer;
use super::switches::RestSwitches;
use crate::refusal::{NO_ACCESS, SCOPE};

const BAD_TOKEN: &str = "Token is invalid, expired, or not supported for this endpoint.";
const BAD_LOGIN: &str = "Login failed due to incorrect login credentials or method.\n\
    If you are unsure about which login credentials or method to use, please visit our \
    documentation for guidance:\n\
    https://support.atlassian.com/bitbucket-cloud/docs/log-into-or-connect-to-bitbucket-cloud/";
const NO_API: &str = "There is no API hosted at this URL.\n\nFor information about our API's, \
    please refer to the documentation at: https://developer.atlassian.com/bitbucket/api/2/reference/";
const CHANGELOG: &str = "https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-2770";

/// The reasons for a refusal.
#[derive(Debug)]
pub(super) enum Problem {
    /// A Bearer token that is revoked or of the wrong kind, or a missing token.
    BadToken,
    /// A user name and a password that do not belong together.
    BadLogin,
    /// The token is valid, but lacks the scope.
    Scope {
        required: &'static str,
        granted: Vec<&'static str>,
    },
    /// A path outside of the API.
    Forbidden,
    /// No such repository, or one that the token may not see.
    NoRepository,
    /// No such workspace.
    NoWorkspace(String),
    /// No such branch.
    NoBranch(String),
    /// No such endpoint.
    NoSuchRoute,
    /// An endpoint that was removed.
    Removed,
    /// Invalid input, with the name of the field.
    Invalid {
        message: &'static str,
        fields: Value,
    },
}

impl Problem {
    pub(super) fn answer(self, switches: &RestSwitches) -> Answer {
        match self {
            // The scheme that a ktor client received.
            Self::BadToken => error(401, &json!({"message": BAD_TOKEN}))
                .header(WWW_AUTHENTICATE, r#"OAuth realm="Bitbucket.org HTTP""#),
            Self::BadLogin => Answer::text(401, BAD_LOGIN)
                .header(WWW_AUTHENTICATE, r#"Basic realm="Bitbucket.org HTTP""#),
            Self::Scope { required, granted } => {
                let detail = if switches.detail_is_object {
                    json!({"required": [required], "granted": granted})
                } else {
                    json!(format!("This endpoint requires the scope {required}."))
                };
                error(403, &json!({"message": SCOPE, "detail": detail}))
            }
            Self::Forbidden => error(403, &json!({"message": "Forbidden"})),
            Self::NoRepository => error(404, &json!({"message": NO_ACCESS})),
            Self::NoWorkspace(name) => {
                let message = format!("No workspace with identifier '{name}'.");
                error(404, &json!({"message": message}))
            }
            Self::NoBranch(name) => error(
                404,
                &json!({"message": format!("Branch {name} not found.")}),
            ),
            Self::NoSuchRoute => error(
                404,
                &json!({"message": "Resource not found", "detail": NO_API}),
            ),
            Self::Removed => error(
                410,
                &json!({
                    "message": "CHANGE-2770 - Functionality has been deprecated",
                    "detail": "Please read the changelog entry for more details.",
                    "data": {"announcement_url": CHANGELOG},
                }),
            ),
            Self::Invalid { message, fields } => {
                let error_of = if fields.is_null() {
                    json!({"message": message})
                } else {
                    json!({"message": message, "fields": fields})
                };
                error(400, &error_of)
            }
        }
    }
}

/// The envelope of every error that is JSON.
fn error(status: u16, error: &Value) -> Answer {
    Answer::json(status, &json!({"type": "error", "error": error}))
}
