//! The keyring in a build without the feature `keyring`.

use zeroize::Zeroizing;

use crate::messages::Failure;

pub(super) fn has(_: &str) -> Result<bool, Failure> {
    Err(absent())
}

pub(super) fn read(_: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    Err(absent())
}

pub(super) fn write(_: &str, _: &[u8]) -> Result<(), Failure> {
    Err(absent())
}

pub(super) fn remove(_: &str) -> Result<bool, Failure> {
    Err(absent())
}

fn absent() -> Failure {
    Failure::new("this build reads no keyring").hint(super::ELSEWHERE)
}
