//! The parts of a release: the archive with its installer, and the Debian package, which is installed
//! and removed without a trace.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;

use crate::documented;
use crate::support::{Person, Run, missing, without_what_cargo_says};

/// Runs `scripts/package` with the programs of this build; returns the archive, and the package if
/// cargo-deb is installed.
fn packages(person: &Person) -> (PathBuf, Option<PathBuf>) {
    let built = person.path("built");
    fs::create_dir(&built).expect("HOME is writable");
    for program in [
        env!("CARGO_BIN_EXE_git-remote-bbt"),
        env!("CARGO_BIN_EXE_git-credential-bbt"),
        env!("CARGO_BIN_EXE_git-bbt"),
    ] {
        let name = Path::new(program).file_name().expect("the path has a name");
        let name = built.join(name).display().to_string();
        // Debug information is most of the size.
        person.run("strip", ["-o", &name, program]).succeeds();
    }
    let output = person.path("packages");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/package");
    let mut command = Command::new(script);
    command
        .args(["--fast", "--from"])
        .arg(&built)
        .arg("--output")
        .arg(&output);
    without_what_cargo_says(&mut command);
    let made = command.output().expect("the script can be run");
    assert!(made.status.success(), "{made:?}");
    let made = fs::read_dir(&output).expect("the folder was created");
    let made: Vec<_> = made
        .map(|file| file.expect("the folder can be read").path())
        .collect();
    let of_kind = |end: &str| {
        made.iter()
            .find(|path| path.display().to_string().ends_with(end))
            .cloned()
    };
    (
        of_kind(".tar.gz").expect("an archive was created"),
        of_kind(".deb"),
    )
}

/// A root folder for dpkg, with a copy of this system's package database.
struct Debian<'p> {
    person: &'p Person,
    root: PathBuf,
}

impl<'p> Debian<'p> {
    fn new(person: &'p Person) -> Self {
        let root = person.path("debian");
        let (books, ours) = (Path::new("/var/lib/dpkg"), root.join("var/lib/dpkg"));
        for folder in ["info", "updates"] {
            fs::create_dir_all(ours.join(folder)).expect("HOME is writable");
        }
        let copied = fs::copy(books.join("status"), ours.join("status"));
        copied.expect("the files can be read");
        // The lists of files, so that dpkg notices a file that another package has.
        for list in fs::read_dir(books.join("info")).expect("the files can be read") {
            let list = list.expect("the folder can be read").path();
            if list.extension().is_some_and(|end| end == "list") {
                let name = list.file_name().expect("the path has a name");
                symlink(&list, ours.join("info").join(name)).expect("HOME is writable");
            }
        }
        Self { person, root }
    }

    fn dpkg(&self, arguments: &[&str]) -> Run<'p> {
        let root = format!("--root={}", self.root.display());
        let arguments = [root.as_str(), "--no-triggers"]
            .into_iter()
            .chain(arguments.iter().copied());
        let run = self.person.run("dpkg", arguments);
        run.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    }

    /// Returns every file and folder, without the database of dpkg.
    fn everything(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder can be read") {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() && !path.ends_with("var/lib/dpkg") {
                    folders.push(path.clone());
                }
                found.insert(path);
            }
        }
        found
    }

    /// Returns whether the package is installed.
    fn is_installed(&self) -> bool {
        let books = self.root.join("var/lib/dpkg");
        let status = fs::read_to_string(books.join("status")).expect("the file exists");
        let mut lists = fs::read_dir(books.join("info")).expect("the folder exists");
        let is_ours = |name: &str| name.starts_with("git-remote-bbt.");
        status.contains("Package: git-remote-bbt\n")
            || lists.any(|file| {
                let name = file.expect("the folder can be read").file_name();
                is_ours(&name.to_string_lossy())
            })
    }
}

#[test]
fn a_release_can_be_installed_and_removed() {
    let person = Person::with_any_git();
    let (archive, package) = packages(&person);
    the_archive_installs_itself(&person, &archive);
    cargo_binstall_finds_the_programs(&person, &archive);
    match package {
        None => missing("cargo-deb", "cargo-deb and dpkg"),
        Some(_) if !geteuid().is_root() => missing("root", "root, to install a package"),
        Some(package) => the_package_comes_and_goes(&person, &package),
    }
}

/// Fills in the templates as `cargo binstall` does: see its SUPPORT.md.
fn cargo_binstall_finds_the_programs(person: &Person, archive: &Path) {
    let manifest: toml_edit::DocumentMut = include_str!("../Cargo.toml")
        .parse()
        .expect("the file is TOML");
    let package = &manifest["package"];
    let template = |key| package["metadata"]["binstall"][key].as_str().expect("text");
    let name = archive
        .file_name()
        .expect("the archive has a name")
        .to_string_lossy();
    let target = name
        .strip_prefix(concat!("git-remote-bbt-", env!("CARGO_PKG_VERSION"), "-"))
        .and_then(|rest| rest.strip_suffix(".tar.gz"))
        .expect("the name ends in the target");
    let filled = |template: &str| {
        template
            .replace("{ repo }", "https://forge.example/repo")
            .replace("{ name }", "git-remote-bbt")
            .replace("{ version }", env!("CARGO_PKG_VERSION"))
            .replace("{ target }", target)
            .replace("{ binary-ext }", "")
    };
    let url = filled(template("pkg-url"));
    assert_eq!(url.rsplit('/').next(), Some(&*name));
    let contents = person.run("tar", ["-tzf", &archive.display().to_string()]);
    let contents = contents.succeeds().stdout;
    for program in ["git-remote-bbt", "git-credential-bbt", "git-bbt"] {
        let path = filled(template("bin-dir")).replace("{ bin }", program);
        assert!(contents.lines().any(|line| line == path), "{path}");
    }
}

fn the_archive_installs_itself(person: &Person, archive: &Path) {
    let archive = archive.display().to_string();
    fs::create_dir(person.path("unpacked")).expect("HOME is writable");
    let unpack = ["-xzf", &archive, "--strip-components=1"];
    person.run("tar", unpack).at("unpacked").succeeds();
    let readme = fs::read_to_string(person.path("unpacked/README.md")).expect("the file is text");
    let links = documented::links::linked_files(&readme);
    assert!(links.iter().any(|link| link == "docs/performance.md"));
    for name in
        links
            .iter()
            .map(String::as_str)
            .chain(["CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"])
    {
        assert!(person.path("unpacked").join(name).is_file(), "{name}");
    }
    let notices = fs::read_to_string(person.path("unpacked/THIRD-PARTY-NOTICES"));
    let notices = notices.expect("the file is text");
    // The license of every linked crate is included; sigchld has no license file.
    let (list, texts) = notices.split_once("\n---").expect("texts follow");
    let crates = list.lines().skip(2).filter(|line| !line.is_empty());
    for of in crates.filter(|line| !line.starts_with("sigchld ")) {
        let name = of.split(" | ").next().unwrap_or_default();
        assert!(texts.contains(&format!("\n{name}: ")), "{name}");
    }
    assert!(texts.contains("Mozilla Public License"));
    // The first commands in its README work.
    let first = readme.split("```").nth(1).expect("the README has commands");
    assert_eq!(first, "sh\nscripts/install\ngit bbt -h\n");
    person
        .run(
            "sh",
            ["-e", "-c", "scripts/install; ~/.local/bin/git-bbt -h"],
        )
        .at("unpacked")
        .succeeds();
    let installed = person.path(".local/bin/git-bbt").display().to_string();
    person.run(&installed, ["--version"]).succeeds();
}

fn the_package_comes_and_goes(person: &Person, package: &Path) {
    let debian = Debian::new(person);
    let before = debian.everything();
    let package = package.display().to_string();
    // The system may be configured to install no documentation.
    let contents = person.run("dpkg-deb", ["--contents", &package]).succeeds();
    for link in documented::links::linked_files(include_str!("../README.md")) {
        let line = format!(" ./usr/share/doc/git-remote-bbt/{link}\n");
        assert!(contents.stdout.contains(&line), "{link} in:\n{contents}");
    }
    debian.dpkg(&["--install", &package]).succeeds();
    assert!(debian.is_installed());

    let bin = debian.root.join("usr/bin").display().to_string();
    let path = format!("{bin}:/usr/bin:/bin");
    let with_path = |run: Run| run.env("PATH", &path).succeeds().stdout;
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    with_path(person.git(["clone", "--quiet", "bbt::acme/widgets"]));
    let found = with_path(person.run("sh", ["-c", "git bbt status && command -v git-bbt"]));
    assert!(found.contains("/debian/usr/bin/git-bbt"), "{found}");
    if person.has("man") {
        let page = person.git(["bbt", "--help"]).env("MANPAGER", "cat");
        assert!(with_path(page).contains("GIT-BBT(1)"));
    }
    let shared = debian.root.join("usr/share");
    for place in [
        "man/man5/bbt-config.5.gz",
        "bash-completion/completions/git-bbt",
        "zsh/vendor-completions/_git-bbt",
        "fish/vendor_conf.d/git-bbt.fish",
        "doc/git-remote-bbt/copyright",
    ] {
        assert!(shared.join(place).is_file(), "{place}");
    }

    debian.dpkg(&["--purge", "git-remote-bbt"]).succeeds();
    assert_eq!(debian.everything(), before);
    assert!(!debian.is_installed());
}
