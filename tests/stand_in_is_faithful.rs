//! The stand-in behaves as Bitbucket does. Stock git, with the token in the URL, is the control: what
//! works and fails here would work and fail there.

mod decisions;
mod raw_client;
mod rest;
mod transfer;
mod wire;

/// What git prints if Bitbucket does not show a repository.
const NO_ACCESS: &str = "remote: You may not have access to this repository or it no longer \
    exists in this workspace. If you think this repository exists and you have access, make sure \
    you are authenticated.";

/// What git prints if Bitbucket sends this text for acme/widgets, with a status that git does not
/// explain.
fn refusal_of_widgets(said: &str, status: u16) -> String {
    format!(
        "{said}\nfatal: unable to access 'https://localhost:PORT/acme/widgets.git/': \
         The requested URL returned error: {status}\n"
    )
}
