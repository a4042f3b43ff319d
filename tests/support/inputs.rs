//! Texts that people have in place of a token. `{T}` stands for an access token, `{P}` for a person's
//! API token, `{HOST}` for Bitbucket's host.

/// A token with surrounding characters, which every source accepts.
pub const SURROUNDED_BY_BLANKS: &[&str] = &[
    "{T}",
    "{T}\n",
    "{T}\r\n",
    "{T}\n\n",
    "  {T}",
    "\t{T} ",
    "\n{T}\n",
    "\u{feff}{T}\n",
    "\u{a0}{T}\u{a0}",
    "\u{200b}{T}\u{200b}",
    "{T}\u{200e}",
    "\u{202a}{T}\u{202c}\n",
    "\u{2060}{T}\u{ad}",
    "\u{3000}{T}\u{2028}",
    " \u{feff}\u{a0} {T} \u{200d}\r\n ",
];

/// Texts that cannot be tokens, and what messages call them; no source accepts them.
pub const REFUSED: &[(&str, &str)] = &[
    ("***", "is a masked secret"),
    ("****************", "is a masked secret"),
    ("ATCT********", "is a masked secret"),
    ("••••••••", "is a masked secret"),
    ("[MASKED]", "is a masked secret"),
    ("ATCTT3xFf...", "is a shortened secret"),
    ("ATCTT3xFf…", "is a shortened secret"),
    ("$BITBUCKET_TOKEN", "is a variable or a template"),
    ("${BITBUCKET_TOKEN}", "is a variable or a template"),
    ("%BITBUCKET_TOKEN%", "is a variable or a template"),
    ("${{ secrets.BBT_TOKEN }}", "is a variable or a template"),
    ("{{ bitbucket_token }}", "is a variable or a template"),
    ("op://ci/acme/token", "is a reference to a secret store"),
    (
        "vault:secret/acme#token",
        "is a reference to a secret store",
    ),
    (
        "arn:aws:secretsmanager:eu-west-1:1:secret:a",
        "is a reference to a secret store",
    ),
    ("/run/secrets/acme", "is a path"),
    ("~/.secrets/acme", "is a path"),
    ("ghp_0123456789", "is a token of GitHub"),
    ("github_pat_0123", "is a token of GitHub"),
    ("glpat-0123456789", "is a token of GitLab"),
    ("BBDC-0123456789", "is a token of Bitbucket Data Center"),
    ("ATBBabcdefghij", "is an app password"),
    ("null", "is a word for no value"),
    ("<token>", "is a placeholder"),
    ("me@example.com", "is an email address"),
    ("{\"token\":null}", "is JSON"),
    ("QVRDVFQzeEZmR04weHh4", "is the base64 form of a credential"),
    ("QVRBVFQzeEZmR0Yw", "is the base64 form of a credential"),
    (
        "eC10b2tlbi1hdXRoOkFUQ1RU",
        "is the base64 form of a credential",
    ),
    (
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "is a private key or a certificate",
    ),
    ("{T}%", "ends in \"%\", which zsh prints"),
    ("ATCTT3xFf\\=1A2B3C4D", "has a backslash in it"),
    ("two words", "has a space at position 4"),
    ("{T}é", "has a character beyond ASCII at position 193"),
    ("abc\u{200b}def", "has an invisible character at position 4"),
];

/// Texts that contain a token, which login extracts, and login's names for them. A source refuses them.
pub const TAKEN_BY_LOGIN: &[(&str, &str)] = &[
    (
        "git clone https://x-token-auth:{T}@bitbucket.org/acme/widgets.git",
        "the git command",
    ),
    (
        "$ git clone https://x-token-auth:{T}@bitbucket.org/acme/widgets.git",
        "the git command",
    ),
    (
        "git clone --depth 1 'https://x-token-auth:{T}@bitbucket.org/acme/widgets.git' w",
        "the git command",
    ),
    (
        "git remote set-url origin https://x-token-auth:{T}@bitbucket.org/acme/widgets",
        "the git command",
    ),
    (
        "https://x-token-auth:{T}@bitbucket.org/acme/widgets.git",
        "the URL",
    ),
    (
        "https://x-token-auth:{T}@www.bitbucket.org:443/acme/widgets",
        "the URL",
    ),
    (
        "https://x-token-auth:{T}@{HOST}/acme/widgets.git",
        "the URL",
    ),
    (
        "HTTPS://x-token-auth:{T%}@BITBUCKET.ORG/acme/widgets.git",
        "the URL",
    ),
    (
        "https%3A%2F%2Fx-token-auth%3A{T%}%40bitbucket.org%2Facme%2Fwidgets.git",
        "the URL",
    ),
    ("https://{T}@bitbucket.org/acme/widgets", "the URL"),
    ("https://me:{T}@bitbucket.org/acme/widgets", "the URL"),
    (
        "<https://x-token-auth:{T}@bitbucket.org/acme/widgets.git>",
        "the URL",
    ),
    (
        "url = https://x-token-auth:{T}@bitbucket.org/acme/widgets.git",
        "the URL",
    ),
    (
        "https://x-token-auth:{T}@api.bitbucket.org/2.0/user",
        "the URL",
    ),
    ("x-token-auth:{T}", "the pair of name and token"),
    ("me:{T}", "the pair of name and token"),
    ("token: {T}", "the pair of name and token"),
    ("\"token\": \"{T}\",", "the pair of name and token"),
    ("Bearer {T}", "the header"),
    ("bearer {T}", "the header"),
    ("Authorization: Bearer {T}", "the header"),
    ("authorization:bearer {T}", "the header"),
    ("-H 'Authorization: Bearer {T}'", "the header"),
    ("BITBUCKET_TOKEN={T}", "the assignment"),
    ("BITBUCKET_TOKEN = \"{T}\"", "the assignment"),
    ("export BITBUCKET_TOKEN={T}", "the assignment"),
    ("export BITBUCKET_TOKEN='{T}';", "the assignment"),
    ("set BITBUCKET_TOKEN={T}", "the assignment"),
    ("setx BITBUCKET_TOKEN {T}", "the assignment"),
    ("$env:BITBUCKET_TOKEN = \"{T}\"", "the assignment"),
    ("declare -x TOKEN=\"{T}\"", "the assignment"),
    ("Environment=\"BBT_TOKEN={T}\"", "the assignment"),
    ("bbt_token={T}", "the assignment"),
    ("{\"token\":\"{T}\"}", "the JSON"),
    (
        "{\"name\":\"ci\",\"data\":{\"token\":\"{T}\",\"again\":\"{T}\"}}",
        "the JSON",
    ),
    ("[\"{T}\"]", "the JSON"),
    ("{\"access_token\":\"{T}\",\"expires_in\":7200}", "the JSON"),
    (
        "machine bitbucket.org login x-token-auth password {T}",
        "the credential",
    ),
];

/// A token in quotes, brackets or an encoding, which login removes without a message.
pub const QUOTED: &[&str] = &[
    "\"{T}\"",
    "'{T}'",
    "`{T}`",
    "```{T}```",
    "“{T}”",
    "”{T}”",
    "„{T}“",
    "‘{T}’",
    "«{T}»",
    "»{T}«",
    "‹{T}›",
    "<{T}>",
    "({T})",
    "\"'{T}'\"",
    " “ {T} ” ",
    "{T},",
    "{T%}",
    "\u{feff}\"{T}\"\n",
];

/// Texts with a token that login refuses, and why.
pub const REFUSED_BY_LOGIN: &[(&str, &str)] = &[
    (
        "git clone https://x-token-auth:{T}@github.com/acme/widgets.git",
        "is for a host other than Bitbucket",
    ),
    (
        "https://x-token-auth:{T}@bitbucket.org.example.com/acme/widgets",
        "is for a host other than Bitbucket",
    ),
    (
        "https://x-token-auth:{T}@example.com/bitbucket.org/acme",
        "is for a host other than Bitbucket",
    ),
    (
        "machine github.com login x-token-auth password {T}",
        "is for a host other than Bitbucket",
    ),
    (
        "git clone https://x-token-auth@bitbucket.org/acme/widgets.git",
        "is a URL without a token",
    ),
    (
        "https://bitbucket.org/acme/widgets.git",
        "is a URL without a token",
    ),
    (
        "https://me:hunter2@bitbucket.org/acme/widgets.git",
        "is a URL with a password that is not a token",
    ),
    (
        "https://me:ATBBhunter2@bitbucket.org/acme/widgets.git",
        "is an app password",
    ),
    (
        "https://x-token-auth:$TOKEN@bitbucket.org/acme/widgets.git",
        "is a variable or a template",
    ),
    (
        "https://x-token-auth:***@bitbucket.org/acme/widgets.git",
        "is a masked secret",
    ),
    ("git clone bbt::acme/widgets", "is a command"),
    ("export TOKEN=ghp_hunter2", "is a token of GitHub"),
    ("Bearer glpat-hunter2", "is a token of GitLab"),
    (
        "{\"one\":\"{T}\",\"two\":\"{P}\"}",
        "contains more than one token",
    ),
    ("{\"one\":\"hunter2\"}", "is JSON"),
    ("{T} {T}", "has more in it than a token"),
    ("{T}@bitbucket.org", "has more in it than a token"),
];

/// Returns the text with these secrets in place of the placeholders.
pub fn filled(text: &str, token: &str, api_token: &str, host: &str) -> String {
    text.replace("{T%}", &token.replace('=', "%3D"))
        .replace("{T}", token)
        .replace("{P}", api_token)
        .replace("{HOST}", host)
}

/// Encodes a text in UTF-16, as `>` of PowerShell does.
pub fn utf_16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}
