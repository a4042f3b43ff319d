//! Fields, a body and headers of a request, and the arguments that are refused before it is sent.

use expect_test::expect;

use super::{PATH, api, json, person, sent_requests};

#[test]
fn fields_make_a_body_or_a_query() {
    let person = person();
    let clone = person.clone("acme/widgets");
    let head = person
        .git(["rev-parse", "HEAD"])
        .at(&clone)
        .succeeds()
        .stdout;
    let head = head.trim();
    person.requests();
    let branches = format!("{PATH}/refs/branches");
    let made = json(&api(
        &person,
        &format!("{branches} -f name=one -F target={{\"hash\":\"{head}\"}}"),
    ));
    assert_eq!(made["target"]["hash"], head);
    let body = format!("{{\"name\":\"two\",\"target\":{{\"hash\":\"{head}\"}}}}");
    person.write("body.json", &body, 0o644);
    json(&api(&person, &format!("{branches} --input body.json")));
    let piped = person.run("git-bbt", ["api", &branches, "--input", "-", "-X", "post"]);
    let piped = piped.input(body.replace("two", "three")).ends();
    json(&piped);
    person.write("name", "four", 0o644);
    json(&api(
        &person,
        &format!("{branches} -F name=@name -F target={{\"hash\":\"{head}\"}}"),
    ));
    let gone = api(&person, &format!("{branches}/two -X DELETE"));
    assert_eq!((gone.status, gone.stdout.as_str()), (Some(0), ""), "{gone}");
    json(&api(
        &person,
        "repositories/acme -X GET -f pagelen=50 -F sort=-a&b",
    ));
    let base = "/2.0/repositories/acme";
    assert_eq!(
        sent_requests(&person),
        [
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("DELETE {base}/widgets/refs/branches/two 204"),
            format!("GET {base}?pagelen=50&sort=-a%26b 200"),
        ]
    );
}

#[test]
fn headers_that_change_the_destination_are_refused() {
    let person = person();
    for header in [
        "Host: evil.example",
        "content-length: 3",
        "Transfer-Encoding: chunked",
    ] {
        let run = person.run("git-bbt", ["api", "-H", header, PATH]);
        run.fails(1).says("error: -H may not set ");
    }
    assert!(person.requests().is_empty());
}

#[test]
fn invalid_arguments_send_no_request() {
    let person = person();
    let mut said = String::new();
    for arguments in [
        &["https://example.com/2.0/repositories/acme/widgets"][..],
        &["https://localhost/2.0/repositories/acme/widgets"],
        &["../acme/widgets"],
        &["repositories/%2e%2e/%2E%2E/acme/widgets"],
        &[PATH, "-H", "authorization: Bearer stolen"],
        &[PATH, "-H", "X-Mine: a\r\nAuthorization: Bearer stolen"],
        &[PATH, "-H", "X Mine: a"],
        &[PATH, "-H", "X-Mine"],
        &[PATH, "-f", "name"],
        &[PATH, "-f", "a[b]=2"],
        &[PATH, "-f", "a=1", "-f", "a=2"],
        &[PATH, "--input", "nowhere"],
        &["repositories/nobody/widgets"],
    ] {
        let words = std::iter::once("api").chain(arguments.iter().copied());
        said += &person.run("git-bbt", words).ends().to_string();
    }
    assert!(person.requests().is_empty());
    expect![[r#"
        error: "https://example.com/2.0/repositories/acme/widgets" is not a path below https://localhost:PORT/2.0/
        hint: the token is not sent elsewhere
        status: 1
        error: "https://localhost/2.0/repositories/acme/widgets" is not a path below https://localhost:PORT/2.0/
        hint: the token is not sent elsewhere
        status: 1
        error: "../acme/widgets" is not a path below https://localhost:PORT/2.0/
        hint: write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>
        status: 1
        error: "repositories/%2e%2e/%2E%2E/acme/widgets" is not a path below https://localhost:PORT/2.0/
        hint: write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>
        status: 1
        error: -H may not set Authorization
        hint: the token is looked up automatically; git bbt status shows which
        status: 1
        error: the value of the header x-mine has a control character in it
        hint: a header is one line
        status: 1
        error: a header is invalid
        hint: write it as in -H 'Accept: text/plain'
        status: 1
        error: a header is invalid
        hint: write it as in -H 'Accept: text/plain'
        status: 1
        error: invalid value 'name' for '--raw-field <KEY=VALUE>': write <key>=<value>

        For more information, try '--help'.
        status: 2
        error: invalid value 'a[b]=2' for '--raw-field <KEY=VALUE>': for an object or an array, use -F key='{"name": ...}' or --input

        For more information, try '--help'.
        status: 2
        error: the field a is given twice
        status: 1
        error: cannot read nowhere: No such file or directory (os error 2)
        status: 1
        error: no token is configured for nobody/widgets
        hint: store one: git bbt login nobody
        hint: or set it for this shell: export BBT_TOKEN_NOBODY=<token>
        status: 1
    "#]]
    .assert_eq(&said);
}

/// The input is held in memory.
#[test]
fn input_that_is_too_large_is_refused() {
    let person = person();
    let file = std::fs::File::create(person.path("large")).expect("HOME is writable");
    file.set_len((64 << 20) + 1).expect("HOME is writable");
    let mut printed = String::new();
    for line in [
        "git-bbt api user --input large",
        "git-bbt api user -F a=@large",
        "git-bbt api user --input - <large",
        // Without our limit, this would fail at the memory limit instead.
        "ulimit -v 2000000; git-bbt api user --input /dev/zero",
    ] {
        let line = line.replace("user", PATH);
        printed += &person.run("sh", ["-c", &line]).ends().to_string();
    }
    assert!(person.requests().is_empty());
    expect![[r#"
        error: large is larger than 64 MiB, the most that is sent
        status: 1
        error: large is larger than 64 MiB, the most that is sent
        status: 1
        error: stdin is larger than 64 MiB, the most that is sent
        status: 1
        error: /dev/zero is larger than 64 MiB, the most that is sent
        status: 1
    "#]]
    .assert_eq(&printed);
}
