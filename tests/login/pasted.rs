//! The token is extracted from what people paste, on stdin and at the prompt.

use std::fs;

use super::{END, config};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::inputs::{
    self, QUOTED, REFUSED, REFUSED_BY_LOGIN, SURROUNDED_BY_BLANKS, TAKEN_BY_LOGIN,
};
use crate::support::{LOGIN, Outcome, Person, terminal};

/// Tokens that failing tests do not print.
struct Pasting {
    person: Person,
    token: String,
    api_token: String,
}

impl Pasting {
    fn new() -> Self {
        let person = Person::with_any_git();
        let token = person.remember(synthetic_token(Kind::Access));
        let api_token = person.remember(synthetic_token(Kind::Api));
        person.remember(token.replace('=', "%3D"));
        Self {
            person,
            token,
            api_token,
        }
    }

    fn filled(&self, text: &str) -> String {
        inputs::filled(text, &self.token, &self.api_token, self.person.host())
    }

    /// Logs in with this text on stdin.
    fn on_stdin(&self, text: &[u8]) -> Outcome {
        self.person.run("git-bbt", LOGIN).input(text).ends()
    }

    /// Returns what is on the screen after this text is typed, and whether the command succeeded.
    fn at_the_prompt(&self, text: &str) -> (String, bool) {
        let login = "git bbt login acme --no-verify --store file";
        let typed = format!("{text}\r");
        let answers = [("(input is hidden): ", &*typed), (END, "\n")];
        let is_taken = !text.is_empty();
        terminal::dialogue(&self.person, login, &answers[..1 + usize::from(is_taken)])
    }

    /// Returns the token that was stored, and removes it.
    fn stored(&self) -> Option<String> {
        let path = self.person.path(".config/git-remote-bbt/acme.token");
        let stored = fs::read_to_string(&path).ok();
        let _ = fs::remove_file(path);
        stored
    }

    #[track_caller]
    fn is_stored(&self, text: &str, shown: &str) {
        let is_stored = self
            .stored()
            .is_some_and(|stored| stored.trim_end() == self.token);
        assert!(
            is_stored,
            "{text:?}: {}",
            self.person.redacted(shown.as_bytes())
        );
    }
}

#[test]
fn a_token_is_extracted_from_known_forms_on_stdin() {
    let pasting = Pasting::new();
    let named = TAKEN_BY_LOGIN
        .iter()
        .map(|(text, name)| (*text, Some(*name)));
    let plain = SURROUNDED_BY_BLANKS.iter().chain(QUOTED);
    for (text, name) in named.chain(plain.map(|text| (*text, None))) {
        let outcome = pasting.on_stdin(pasting.filled(text).as_bytes());
        pasting.is_stored(text, &outcome.to_string());
        let said = outcome
            .stdout
            .lines()
            .find(|line| line.starts_with("Using the token in "));
        let expected = name.map(|name| format!("Using the token in {name}."));
        assert_eq!(said, expected.as_deref(), "{text:?}");
        assert!(
            !outcome.to_string().contains("<token>"),
            "{text:?}: {outcome}"
        );
    }
    let utf_16 = [pasting.token.clone(), format!("\"{}\"", pasting.token)];
    let utf_16 = utf_16.iter().flat_map(|text| inputs::utf_16(text));
    for text in utf_16.chain([
        format!("{{\n  \"token\": \"{}\"\n}}\n", pasting.token).into_bytes(),
        format!("```\n{}\n```\n", pasting.token).into_bytes(),
        format!(
            "protocol=https\nhost=bitbucket.org\nusername=x-token-auth\npassword={}\n",
            pasting.token
        )
        .into_bytes(),
        format!(
            "{{\"token\": \"{}\", \"docs\": \"https://example.com\"}}",
            pasting.token
        )
        .into_bytes(),
    ]) {
        let outcome = pasting.on_stdin(&text);
        pasting.is_stored("more than a line", &outcome.to_string());
    }
}

/// Such as that of an OAuth consumer.
#[test]
fn a_token_without_a_known_prefix_is_extracted_as_well() {
    let pasting = Pasting::new();
    for (text, name) in [
        (
            "git clone https://x-token-auth:of-a-proxy@bitbucket.org/acme/widgets",
            "the git command",
        ),
        ("x-token-auth:of-a-proxy", "the pair of name and token"),
        ("Authorization: Bearer of-a-proxy", "the header"),
        ("export BITBUCKET_TOKEN=of-a-proxy", "the assignment"),
        (
            "{\"access_token\":\"of-a-proxy\",\"expires_in\":7200}",
            "the JSON",
        ),
    ] {
        let outcome = pasting.on_stdin(text.as_bytes());
        let said = format!("Using the token in {name}.\n");
        assert!(outcome.stdout.starts_with(&said), "{text}: {outcome}");
        let stored = pasting.stored();
        let stored = stored.as_deref().map(str::trim_end);
        assert_eq!(stored, Some("of-a-proxy"), "{text}");
    }
}

#[test]
fn other_texts_on_stdin_are_recognized_and_not_stored() {
    let pasting = Pasting::new();
    let before = config(&pasting.person);
    for (text, words) in REFUSED.iter().chain(REFUSED_BY_LOGIN) {
        let outcome = pasting.on_stdin(pasting.filled(text).as_bytes());
        assert_eq!(outcome.status, Some(1), "{text:?}: {outcome}");
        assert_eq!(pasting.stored(), None, "{text:?}");
        outcome.says(&format!("error: the input {words}"));
        outcome.does_not_say("<token>").does_not_say("hunter2");
    }
    pasting
        .on_stdin(b"abc\xff")
        .says("error: the input has a character beyond ASCII at position 4");
    let two = format!("{0}\n{0}\n", pasting.token);
    pasting
        .on_stdin(two.as_bytes())
        .says("error: the input is more than one line");
    // A paste that a mail program or a terminal broke.
    let (start, end) = pasting.token.split_at(100);
    for (broken, words) in [
        (format!("{start}\n{end}\n"), "is more than one line"),
        (format!("{start} {end}"), "has a space at position 101"),
    ] {
        let outcome = pasting.on_stdin(broken.as_bytes());
        outcome.says(&format!("error: the input {words}"));
        assert_eq!(pasting.stored(), None, "{words}");
    }
    let elsewhere = format!(
        "protocol=https\nhost=github.com\npassword={}\n",
        pasting.token
    );
    pasting
        .on_stdin(elsewhere.as_bytes())
        .says("for a host other than Bitbucket");
    assert_eq!(config(&pasting.person), before);
    assert!(pasting.person.requests().is_empty());
}

#[test]
fn a_token_is_extracted_from_known_forms_at_the_prompt() {
    let pasting = Pasting::new();
    if terminal::is_missing(&pasting.person) {
        return;
    }
    let taken = TAKEN_BY_LOGIN.iter().map(|(text, _)| text);
    let one_line = SURROUNDED_BY_BLANKS.iter().chain(QUOTED).chain(taken);
    for text in
        one_line.filter(|text| !text.trim_end().contains('\n') && !text.starts_with(['\n', '\t']))
    {
        let (shown, ended_well) =
            pasting.at_the_prompt(pasting.filled(text).trim_end_matches(['\r', '\n']));
        pasting.is_stored(text, &shown);
        let shown = pasting.person.redacted(shown.as_bytes());
        assert!(
            ended_well && !shown.contains("<token>"),
            "{text:?}: {shown}"
        );
    }
    let bracketed = format!("\x1b[200~{}\x1b[201~", pasting.token);
    let (shown, _) = pasting.at_the_prompt(&bracketed);
    pasting.is_stored("a bracketed paste", &shown);
    for (text, words) in REFUSED.iter().chain(REFUSED_BY_LOGIN) {
        let typed = format!("{}\r", pasting.filled(text));
        let login = "git bbt login acme --no-verify --store file";
        let (shown, ended_well) = terminal::answered(&pasting.person, login, &typed);
        let shown = pasting.person.redacted(shown.as_bytes());
        assert!(
            !ended_well && shown.contains(&format!("error: the input {words}")),
            "{text:?}: {shown}"
        );
        assert!(
            !shown.contains("<token>") && !shown.contains("hunter2"),
            "{text:?}: {shown}"
        );
        assert_eq!(pasting.stored(), None, "{text:?}");
    }
}
