//! A token in an environment variable.

use zeroize::Zeroizing;

use crate::messages::Failure;
use crate::token;

/// Returns the value of the variable.
///
/// # Errors
/// The variable is not set, or is blank: in CI that is a secret that was not passed to the job.
pub(crate) fn read(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Some(value) = std::env::var_os(name) else {
        return Err(
            Failure::new(format!("the environment variable {name} is not set"))
                .hint(format!("export {name}=<token>")),
        );
    };
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    if token::is_blank(&bytes) {
        return Err(
            Failure::new(format!("the environment variable {name} is set, but blank")).hint(
                format!(
                    "export {name}=<token>, or unset it (in CI: is the secret passed to this job?)"
                ),
            ),
        );
    }
    Ok(bytes)
}
