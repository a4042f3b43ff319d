use super::*;

/// Returns the flaw's message. Tokens are put together here, so that no scanner finds one in the source.
fn message(text: &str) -> Option<String> {
    let text = text.replace(
        "TTT",
        &format!("{}{}=1A2B3C4D", "ATCTT3xFfGN0", "x".repeat(60)),
    );
    let text = text.replace(
        "PPP",
        &format!("{}{}=1A2B3C4D", "ATATT3xFfGF0", "x".repeat(60)),
    );
    find(super::super::trimmed(text.as_bytes())).map(|flaw| flaw.to_string())
}

#[test]
fn possible_tokens_are_accepted() {
    for text in [
        "TTT",
        "PPP",
        "\u{feff} TTT\u{200b}\r\n",
        "ATCT",
        "x",
        "of-a-proxys-own",
        // As of an OAuth consumer: every character that RFC 6750 allows, padding, a JWT.
        "Az09-._~+/==",
        "ABC_DEF==",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "/ab/cd+ef=",
        "-_ATCTT3in-the-middle",
    ] {
        assert_eq!(message(text), None, "{text}");
    }
}

#[test]
fn other_texts_are_recognized() {
    let is = |what: &str| format!("is {what}, not a Bitbucket token");
    let has = |what: &str, at: usize| format!("has {what} at position {at}, which no token has");
    let surrounded = "has more in it than a token".to_owned();
    let cases: Vec<(String, Vec<&str>)> = vec![
        ("is blank".into(), vec!["", " \r\n", "\u{feff}", "\u{a0}\u{200b}"]),
        (
            surrounded,
            vec![
                "git clone https://x-token-auth:TTT@bitbucket.org/acme/widgets.git",
                "https://x-token-auth:TTT@bitbucket.org/acme/widgets.git",
                "https://TTT@bitbucket.org/acme/widgets.git",
                "TTT@bitbucket.org",
                "x-token-auth:TTT",
                "me@example.com:PPP",
                "\"TTT\"",
                "'TTT'",
                "`TTT`",
                "“TTT”",
                "«TTT»",
                "<TTT>",
                "(TTT)",
                "Bearer TTT",
                "Authorization: Bearer TTT",
                "BITBUCKET_TOKEN=TTT",
                "export BITBUCKET_TOKEN='TTT'",
                "token: TTT",
                "machine bitbucket.org login x-token-auth password TTT",
            ],
        ),
        (
            is(MASKED),
            vec!["***", "********", "ATCT****", "••••••••", "●●●●", "[MASKED]", "[secure]", "[REDACTED]"],
        ),
        (is(SHORTENED), vec!["ATCTT3xFf...", "ATCTT3x…", "ATCTT3…4D"]),
        (
            is(VARIABLE),
            vec![
                "$BITBUCKET_TOKEN",
                "${BITBUCKET_TOKEN}",
                "$(pass show acme)",
                "$env:BITBUCKET_TOKEN",
                "%BITBUCKET_TOKEN%",
                "${{ secrets.BITBUCKET_TOKEN }}",
                "{{ vault_token }}",
                "{{token}}",
                "<%= token %>",
            ],
        ),
        (
            is(REFERENCE),
            vec![
                "op://ci/acme/token",
                "bws://1234",
                "secret://acme",
                "awssm://acme",
                "vault:secret/data/acme#token",
                "arn:aws:secretsmanager:eu-west-1:1:secret:acme",
                "ref+vault://acme",
                "projects/1/secrets/acme/versions/latest",
                "@Microsoft.KeyVault(SecretUri=x)",
            ],
        ),
        (
            is(PATH),
            vec!["/run/secrets/acme", "/etc/acme.token", "~/.secrets/acme", "./token", "file:///run/acme", "C:\\token"],
        ),
        (
            is(JSON),
            vec!["{\"token\":\"TTT\"}", "{\n \"token\": \"x\"\n}\n", "[\"x\"]", "{}", "[{\"a\":1}]"],
        ),
        (is(NOTHING), vec!["null", "None", "undefined", "(null)", "<no value>"]),
        (is(KEY), vec!["-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "ssh-ed25519 AAAA me"]),
        (is(PAGE), vec!["<!DOCTYPE html>\n<html>", "<html></html>"]),
        (is(PLACEHOLDER), vec!["<token>", "<your token>"]),
        (
            is(URL),
            vec!["https://bitbucket.org/acme/widgets", "https://x-token-auth@bitbucket.org/acme/widgets.git"],
        ),
        (is(COMMAND), vec!["git clone bbt::acme/widgets", "curl -u x y"]),
        (is(HEADER), vec!["Bearer abc", "Authorization: Bearer abc", "authorization:abc", "Basic abc"]),
        (is(ASSIGNMENT), vec!["BITBUCKET_TOKEN=abc", "TOKEN_2=abc", "export x=1"]),
        (is(EMAIL), vec!["me@example.com"]),
        (
            is(BASE64),
            vec![
                "QVRDVFQzeEZmR04w",
                "QVRBVFQzeEZmR0Yw",
                "eC10b2tlbi1hdXRoOkFUQ1RU",
                "eC1iaXRidWNrZXQtYXBpLXRva2VuLWF1dGg6QVRBVA==",
                "UVZSRFZGUXplRVptUjA0dw==",
            ],
        ),
        (is("a token of GitHub"), vec!["ghp_abc", "gho_abc", "ghs_abc", "github_pat_abc"]),
        (is("a token of GitLab"), vec!["glpat-abc", "gldt-abc"]),
        (is("a token of Bitbucket Data Center"), vec!["BBDC-abc"]),
        (is("a token of Vault"), vec!["hvs.abc"]),
        (
            "is an app password, and Bitbucket ended those on 28 July 2026".into(),
            vec!["ATBBabc"],
        ),
        ("is more than one line".into(), vec!["TTT\nTTT", "TTT\nlogin: me\n", "a\rb"]),
        (
            "ends in \"%\", which zsh prints after output without a line end; leave it out".into(),
            vec!["TTT%"],
        ),
        (
            "has a backslash in it, which is a shell's escape and not part of the token; leave it out".into(),
            vec!["ATCTT3xFf\\=1A2B3C4D", "a\\=b"],
        ),
        (has("a space", 4), vec!["two words", "abc def"]),
        (has("a quote", 1), vec!["\"abc\"", "“abc”", "'abc"]),
        (has("a comma or semicolon", 4), vec!["abc,", "abc;"]),
        (has("a colon", 4), vec!["abc:def"]),
        (has("a control character", 4), vec!["abc\0", "abc\u{1b}[31m"]),
        (has("an invisible character", 4), vec!["abc\u{200b}def", "abc\u{a0}def"]),
        (has("a character beyond ASCII", 4), vec!["abcé"]),
        (has("a punctuation character", 4), vec!["abc!", "abc#", "abc@"]),
    ];
    for (words, texts) in cases {
        for text in texts {
            assert_eq!(message(text).as_ref(), Some(&words), "{text:?}");
        }
    }
    assert_eq!(
        find("x".repeat(MAX_BYTES + 1).as_bytes())
            .map(|flaw| flaw.to_string())
            .as_deref(),
        Some("is more than 64 KiB, which is no token")
    );
}
