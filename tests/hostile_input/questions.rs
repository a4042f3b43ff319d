//! Requests to the credential helpers, from git or any other program.

use std::cell::Cell;
use std::io::{Read as _, Write as _};

use proptest::prelude::*;

use super::{is_plain, runner};
use crate::support::Person;

fn person() -> Person {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person
}

/// A credential description with an extra, a missing or an odd line.
fn descriptions(host: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let right = [
        format!("host={host}\n"),
        "protocol=https\n".into(),
        "path=acme/widgets.git\n".into(),
    ];
    let right = right.map(String::into_bytes);
    let odd: [&[u8]; 16] = [
        b"host=evil.example\n",
        b"protocol=http\n",
        b"path=other/widgets\n",
        b"path=acme/widgets/../../x\n",
        b"path=acme/widgets\0\n",
        b"path=\xff\n",
        b"host\n",
        b"\r\n",
        b"\n",
        b"=\n",
        b"capability[]=authtype\n",
        b"wwwauth[]=Basic\n",
        b"url=https://evil.example/acme/widgets\n",
        b"username=me\n",
        b"path=acme/widgets\r\n",
        b"no line at all",
    ];
    let right = prop::sample::subsequence(right.to_vec(), 2..=3);
    let odd = prop::sample::select(odd.map(<[u8]>::to_vec).to_vec());
    let lines = (right, prop::collection::vec(odd, 0..3));
    let lines = lines.prop_map(|(right, odd)| [right, odd].concat());
    lines.prop_shuffle().prop_map(|lines| lines.concat())
}

/// Returns the protocol, host and path that git reads in a description; `None` if it refuses it.
fn as_git_reads_it(person: &Person, description: &[u8]) -> Option<[String; 3]> {
    let keeps = "!f() { cat > \"$HOME/asked\"; echo username=x; echo password=y; }; f";
    let _ = std::fs::remove_file(person.path("asked"));
    let helper = format!("credential.helper={keeps}");
    let words = [
        "-c",
        "credential.useHttpPath=true",
        "-c",
        &helper,
        "credential",
        "fill",
    ];
    person.git(words).input(description).ends();
    let asked = std::fs::read_to_string(person.path("asked")).ok()?;
    let field = |name: &str| {
        let line = asked.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    Some([field("protocol="), field("host="), field("path=")])
}

#[test]
fn a_token_is_given_only_for_what_git_itself_would_ask_for() {
    let person = person();
    let given = Cell::new(0);
    let tried = descriptions(person.host());
    runner(250)
        .run(&tried, |description| {
            let outcome = person
                .run("git-credential-bbt", ["get"])
                .input(description.clone())
                .ends();
            is_plain(&outcome.stderr);
            if !outcome.stdout.contains("password=") {
                return Ok(());
            }
            given.set(given.get() + 1);
            let asked = as_git_reads_it(&person, &description);
            let host = person.host().to_owned();
            let wanted = ["https".to_owned(), host, "acme/widgets.git".to_owned()];
            prop_assert_eq!(asked, Some(wanted));
            Ok(())
        })
        .expect("the property holds");
    assert!(given.get() > 0, "no case was valid");
}

/// As git's own helpers do: the pipe may stay open until the answer.
#[test]
fn a_request_ends_at_the_empty_line() {
    let person = person();
    let mut helper = person.run("git-credential-bbt", ["get"]).start();
    let mut stdin = helper.stdin.take().expect("a pipe");
    let question = format!(
        "protocol=https\nhost={}\npath=acme/widgets\n\n",
        person.host()
    );
    stdin
        .write_all(question.as_bytes())
        .expect("the helper reads");
    let mut answer = String::new();
    let mut stdout = helper.stdout.take().expect("a pipe");
    stdout
        .read_to_string(&mut answer)
        .expect("the helper answers");
    assert!(
        answer.starts_with("username=x-token-auth\npassword="),
        "no answer"
    );
    assert!(helper.wait().expect("the process ends").success());
    drop(stdin);
}

#[test]
fn a_long_request_is_refused() {
    let person = person();
    for endless in ["a", "host=x\n", "=\n"] {
        let question = endless.repeat((1 << 20) / endless.len());
        let outcome = person
            .run("git-credential-bbt", ["get"])
            .input(question)
            .fails(128);
        assert_eq!(outcome.stdout, "quit=1\n");
        outcome.says("error: the credential request is larger than 64 KiB, which git never sends");
    }
}
