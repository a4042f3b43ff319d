//! /etc/git-remote-bbt/config.toml, which is read for users without a file of their own.

use std::fs;

use crate::support::{Outcome, Person, missing};

/// Runs commands in a system whose /etc has only that file, a copy of ~/machine.toml, and what programs
/// need. Everything there belongs to root, which is the user.
const SYSTEM: &str = r#"
set -eu
root=$1 change=$2
shift 2
mount -t tmpfs -o mode=755 none "$root"
for path in /*; do
  case $path in
  /etc) mkdir "$root/etc" ;;
  *) if [ -L "$path" ]; then cp -P "$path" "$root/"
     elif [ -d "$path" ]; then mkdir "$root$path" && mount --rbind "$path" "$root$path"; fi ;;
  esac
done
cp /etc/hosts /etc/ld.so.cache /etc/nsswitch.conf "$root/etc/" 2>/dev/null || true
mkdir "$root/etc/git-remote-bbt"
cp "$HOME/machine.toml" "$root/etc/git-remote-bbt/config.toml"
chmod 644 "$root/etc/git-remote-bbt/config.toml"
(cd "$root/etc" && eval "$change")
# Only administrators have it on the PATH.
exec "$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)" "$root" "$@"
"#;

struct Machine(Person);

impl Machine {
    /// Returns `None` if this user cannot create such a system.
    fn new() -> Option<Machine> {
        let person = Person::with_any_git();
        let can_unshare = |person: &Person| {
            let outcome = person.run("unshare", ["-rm", "true"]).ends();
            outcome.status == Some(0)
        };
        if !person.has("unshare") || !can_unshare(&person) {
            missing("namespaces", "user namespaces");
            return None;
        }
        let config = "[workspace.acme]\ntoken = { env = \"MACHINE\" }\n";
        person.write("machine.toml", &person.configuration(config), 0o600);
        fs::remove_file(person.path(".config/git-remote-bbt/config.toml"))
            .expect("the file exists");
        fs::create_dir(person.path("root")).expect("HOME is writable");
        Some(Machine(person))
    }

    /// Runs a command after a change to /etc.
    fn run(&self, change: &str, command: &[&str], input: &str) -> Outcome {
        let root = self.0.path("root").display().to_string();
        let words = ["-rm", "sh", "-c", SYSTEM, "sh", &root, change];
        let words = words.into_iter().chain(command.iter().copied());
        self.0.run("unshare", words).input(input).ends()
    }
}

#[test]
fn the_machines_file_is_read_if_the_user_has_none() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let person = &machine.0;
    person.bitbucket.repository("acme/widgets");
    person.export("MACHINE", person.workspace_token("acme"));
    let path = "/etc/git-remote-bbt/config.toml";
    let remote = ["git", "ls-remote", "bbt::acme/widgets"];
    let run = |command: &[&str]| machine.run("", command, "");
    let outcome = run(&[
        "env",
        "BBT_TRACE=1",
        "git",
        "ls-remote",
        "bbt::acme/widgets",
    ]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    outcome.says(&format!("config: {path}"));
    // A service has no HOME.
    let outcome = run(&[
        "env",
        "HOME=/dev/null",
        "git",
        "ls-remote",
        "bbt::acme/widgets",
    ]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    for command in ["status", "doctor"] {
        let outcome = run(&["git-bbt", command]);
        assert!(outcome.stdout.contains(path), "{outcome}");
    }
    run(&["git-bbt", "logout", "acme"]).says(&format!("[workspace.acme] in {path}"));

    // A file of the user's own replaces it, also one that BBT_CONFIG names.
    let named = person.write("named.toml", &person.configuration(""), 0o600);
    let named = format!("BBT_CONFIG={}", named.display());
    run(&["env", &named, "git", "ls-remote", "bbt::acme/widgets"])
        .says("no token is configured for acme/widgets");
    let login = "git-bbt login initech --with-token --no-verify --store file";
    let login: Vec<&str> = login.split(' ').collect();
    let token = person.workspace_token("initech");
    let outcome = machine.run("", &login, &token);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    outcome.says(&format!(
        "warning: {path} is no longer read, since you have a file of your own now"
    ));
    run(&remote).says("no token is configured for acme/widgets");
    machine.run("", &login, &token).does_not_say("warning");
}

#[test]
fn the_hint_for_an_unreadable_file_of_the_machine_makes_it_readable() {
    let Some(machine) = Machine::new() else {
        return;
    };
    if !machine.0.has("setpriv") {
        return missing("setpriv", "setpriv");
    }
    // The root of that system, without the right to read every file.
    let fetch =
        "setpriv --bounding-set=-dac_override,-dac_read_search git-remote-bbt origin acme/widgets";
    for unreadable in ["git-remote-bbt/config.toml", "git-remote-bbt"] {
        let run =
            |line: &str| machine.run(&format!("chmod 0 {unreadable}"), &["sh", "-c", line], "");
        let path = "/etc/git-remote-bbt/config.toml";
        let outcome = run(fetch);
        outcome.says(&format!("error: cannot read {path}: Permission denied"));
        let hint = format!("chmod a+rX /etc/git-remote-bbt {path}");
        outcome.says(&format!(
            "hint: as root, if it contains no token: {hint}\nhint: or have your own file"
        ));
        run(&format!("{hint} && {fetch}"))
            .says("no token for acme/widgets: the environment variable MACHINE");
    }
}

/// It applies to all users, and can name a command.
#[test]
fn a_machines_file_that_others_can_change_is_refused() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let file = "git-remote-bbt/config.toml";
    for (change, part) in [
        (
            format!("chmod g+w {file}"),
            "/etc/git-remote-bbt/config.toml",
        ),
        ("chmod o+w git-remote-bbt".to_owned(), "/etc/git-remote-bbt"),
        ("chmod g+w .".to_owned(), "/etc"),
        (
            format!(
                "mkdir -m 777 ../opened && mv {file} ../opened && ln -s ../../opened/config.toml {file}"
            ),
            "/opened",
        ),
    ] {
        let outcome = machine.run(&change, &["git-remote-bbt", "origin", "acme/widgets"], "");
        assert_eq!(outcome.status, Some(128), "{change}: {outcome}");
        outcome.says(&format!("error: {part} can be changed by others than root"));
        outcome.says(&format!(
            "hint: as root: chown root {part} && chmod go-w {part}\n"
        ));
    }
    // All users could read a token in it.
    let secret =
        "printf '[workspace.acme]\\ntoken = { value = \"x\" }\\n' >git-remote-bbt/config.toml";
    machine
        .run(secret, &["git-remote-bbt", "origin", "acme/widgets"], "")
        .says("holds a token (value = ...) and can be read by others");
}
