//! What a remote's URL looks like: for setup, which rewrites URLs, migrate, which converts them, and
//! doctor.

pub mod conditions;
mod forms;

pub use forms::bases;
