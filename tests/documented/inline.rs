//! The commands in running text and in tables.

/// The commands that are not run, and why.
pub const NOT_RUN: &[(&str, &str)] = &[
    ("cargo install", "tests/install.rs does"),
    ("cargo uninstall git-remote-bbt", "tests/install.rs does"),
    (
        "docker build --secret id=acme,env=BBT_TOKEN_ACME .",
        "it needs a Docker engine",
    ),
    (
        "docker build --tag registry.example.com/ci --file Dockerfile git-remote-bbt",
        "it needs a Docker engine",
    ),
    ("fetch --all --jobs", "it is only part of a command"),
    ("gh api", "it is a comparison"),
    ("git archive --remote", "it is not supported"),
    ("git bbt", "it is a name"),
    ("git bbt api", "it is a name"),
    ("git bbt --help", "tests/manual.rs does"),
    ("git clone --depth 1", "it is only part of a command"),
    ("git config --global", "it is only part of a command"),
    ("git credential fill", "pygit2 does, and was tried by hand"),
    ("git help bbt", "tests/manual.rs does"),
    (
        "git lfs push --all bbt::acme/assets-copy",
        "it is not supported",
    ),
    ("git lfs push", "it is only part of a command"),
    ("git maintenance", "tests/real_clients does"),
    ("git push bbt::acme/parts", "tests/lfs/destinations.rs does"),
    ("git remote get-url", "scripts/bench does"),
    ("man bbt-config", "tests/manual.rs reads the page"),
    ("meson subprojects update", "it is not supported"),
    (
        "poetry config system-git-client true",
        "it was tried by hand",
    ),
    ("rm ~/.cargo/share/man/man?/*bbt*", "tests/install.rs does"),
    (
        "systemd-creds encrypt --name=acme - acme.cred",
        "it needs root, whose key it uses",
    ),
    ("scripts/install --uninstall", "tests/install.rs does"),
    (
        "scripts/migrate-origins DIRECTORY...",
        "tests/migrate_origins.rs does",
    ),
];

/// Returns the code spans outside of blocks that are commands without a placeholder. The first column
/// of the tables in docs/troubleshooting.md is what programs print.
pub fn of_markdown(name: &str, text: &str) -> Vec<String> {
    let outside: String = text.split("```").step_by(2).collect();
    let is_troubleshooting = name == "docs/troubleshooting.md";
    let lines = outside.lines().map(|line| match line.split_once(" | ") {
        Some((_, advice)) if is_troubleshooting => advice,
        _ => line,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .filter(|span| is_command(span))
        .map(str::to_owned)
        .collect()
}

/// The same for a man page: the bold text on a line of its own, or at the start of one.
pub fn of_page(page: &str) -> Vec<String> {
    let lines = page.lines().map(super::blocks::plain);
    let bold = lines.filter_map(|line| {
        let line = line.trim_end();
        if let Some(first) = line.strip_prefix(".BR ") {
            let end = if first.starts_with('"') { '"' } else { ' ' };
            return first
                .trim_start_matches('"')
                .split(end)
                .next()
                .map(str::to_owned);
        }
        Some(line.strip_prefix(".B ")?.trim_matches('"').to_owned())
    });
    bold.filter(|words| is_command(words)).collect()
}

/// Returns whether a code span is the name of a program and its arguments, and not an assignment.
fn is_command(span: &str) -> bool {
    let mut words = span.split(' ');
    let program = words.next().unwrap_or_default();
    let may_be = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-./~".contains(c);
    program.starts_with(|c: char| !"-0123456789".contains(c))
        && program.chars().all(may_be)
        && words.next().is_some_and(|word| word != "=")
        && !span.contains(['<', '\n'])
}
