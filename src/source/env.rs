//! A token in an environment variable.

use zeroize::Zeroizing;

use crate::report::Failure;
use crate::token;

/// That it is set and not blank.
///
/// # Errors
/// Names the variable. A blank one is an error: in CI it is a secret that was not handed to the job.
pub(super) fn check(name: &str) -> Result<(), Failure> {
    read(name).map(drop)
}

/// What it holds.
///
/// # Errors
/// As [`check`].
pub(super) fn read(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Some(value) = std::env::var_os(name) else {
        return Err(
            Failure::new(format!("the environment variable {name} is not set"))
                .hint(format!("export {name}=<token>")),
        );
    };
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    match token::is_blank(&bytes) {
        true => Err(
            Failure::new(format!("the environment variable {name} is set, but blank")).hint(
                format!(
                    "export {name}=<token>, or unset it (in CI: is the secret handed to this job?)"
                ),
            ),
        ),
        false => Ok(bytes),
    }
}
