//! The kinds of text that are not tokens, and how they are recognized by their start.

pub(super) const MASKED: &str = "a masked secret";
pub(super) const SHORTENED: &str = "a shortened secret";
pub(super) const VARIABLE: &str = "a variable or a template that was not expanded";
pub(super) const REFERENCE: &str = "a reference to a secret store";
pub(super) const PATH: &str = "a path";
pub(super) const JSON: &str = "JSON";
pub(super) const BASE64: &str = "the base64 form of a credential";
pub(super) const NOTHING: &str = "a word for no value";
pub(super) const KEY: &str = "a private key or a certificate";
pub(super) const PAGE: &str = "a web page";
pub(super) const PLACEHOLDER: &str = "a placeholder";
pub(super) const URL: &str = "a URL without a token";
pub(super) const COMMAND: &str = "a command";
pub(super) const HEADER: &str = "a header";
pub(super) const ASSIGNMENT: &str = "an assignment to a variable";
pub(super) const EMAIL: &str = "an email address";

/// Kinds by the starts of their texts, which `|` separates; case does not matter. The first that matches
/// applies.
const STARTS: &[(&str, &str)] = &[
    (
        KEY,
        "-----BEGIN|---- BEGIN|ssh-rsa |ssh-ed25519 |PuTTY-User-Key-File",
    ),
    (PAGE, "<!doctype|<html|<?xml"),
    (VARIABLE, "{{|<%|$"),
    (REFERENCE, "@Microsoft.KeyVault|arn:|vault:|ssm:|sops:|ref+"),
    (PLACEHOLDER, "<"),
    (
        PATH,
        "file:|/run/|/etc/|/home/|/Users/|/root/|/var/|/tmp/|/mnt/|/opt/|/secrets/",
    ),
    (PATH, "~/|./|../|C:\\"),
    (COMMAND, "git clone|git remote|curl "),
    (ASSIGNMENT, "export "),
    (HEADER, "Authorization:|Bearer |Basic "),
];

/// As [`STARTS`], but case matters: those of other tokens, and of base64.
const EXACT_STARTS: &[(&str, &str)] = &[
    ("a token of Bitbucket Data Center", "BBDC-"),
    ("a token of GitHub", "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_"),
    (
        "a token of GitLab",
        "glpat-|gldt-|glrt-|glcbt-|glptt-|gloas-",
    ),
    ("a token of Slack", "xoxb-|xoxp-"),
    ("a token of npm", "npm_"),
    ("a token of PyPI", "pypi-"),
    ("a token of Vault", "hvs.|hvb."),
    ("a token of DigitalOcean", "dop_v1_"),
    (KEY, "AGE-SECRET-KEY-"),
    // In base64: "ATCT", "ATAT", and git's user names with a colon.
    (
        BASE64,
        "QVRDV|QVRBV|eC10b2tlbi1hdXRoO|eC1iaXRidWNrZXQtYXBpLXRva2VuLWF1dGg6",
    ),
    // In base64 twice: "ATCT" and "ATAT".
    (BASE64, "UVZSRF|UVZSQl"),
];

/// Words that programs print for a missing value.
const NOTHINGS: &str = "null|(null)|none|nil|<nil>|undefined|<no value>";

/// Returns whether the text is a word for a missing value.
pub(super) fn is_nothing(secret: &[u8]) -> bool {
    let mut words = NOTHINGS.split('|');
    words.any(|word| secret.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns the kind of a text by its start.
pub(super) fn by_start(secret: &[u8]) -> Option<&'static str> {
    let find = |kinds: &[(&'static str, &str)], is_start: &dyn Fn(&str) -> bool| {
        let kind = kinds
            .iter()
            .find(|(_, starts)| starts.split('|').any(is_start));
        kind.map(|(kind, _)| *kind)
    };
    find(STARTS, &|start| starts_with(secret, start))
        .or_else(|| find(EXACT_STARTS, &|start| secret.starts_with(start.as_bytes())))
}

/// Returns whether the text starts so; case does not matter.
pub(super) fn starts_with(secret: &[u8], start: &str) -> bool {
    let head = secret.get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}
