//! Package managers, with manifests that have plain URLs of Bitbucket.

use std::fs;
use std::path::Path;

use super::{Tokens, each_token_was_used_only_for_its_workspace, set_up_workspaces};
use crate::support::{Person, Proxy, missing, with_each_git};

/// Creates acme/dep with these files.
pub fn package(person: &Person, files: &[(&str, &str)]) -> Tokens<1> {
    let tokens = set_up_workspaces(person, ["acme"]);
    person.bitbucket.repository("acme/dep");
    let clone = person.clone("acme/dep");
    for (name, text) in files {
        person.write(clone.join(name), text, 0o644);
    }
    person.git_in("dep", "add .");
    person.git_in("dep", "commit --quiet --message=content");
    person.git_in("dep", "push --quiet");
    person.bitbucket.take_requests();
    tokens
}

#[test]
fn cargo_builds_with_a_dependency() {
    with_each_git(|person| {
        let cargo = env!("CARGO");
        let manifest = "[package]\nname = \"dep\"\nedition = \"2024\"\n";
        let library = "pub const ANSWER: u8 = 42;\n";
        let tokens = package(person, &[("Cargo.toml", manifest), ("src/lib.rs", library)]);
        let program = "fn main() { assert_eq!(dep::ANSWER, 42) }\n";
        person.write("app/src/main.rs", program, 0o644);
        for url in [
            "https://bitbucket.org/acme/dep.git",
            "ssh://git@bitbucket.org/acme/dep.git",
            "bbt://acme/dep",
        ] {
            let manifest = format!(
                "[package]\nname = \"app\"\nedition = \"2024\"\n\
                 [dependencies]\ndep = {{ git = \"{url}\" }}\n"
            );
            person.write("app/Cargo.toml", &manifest, 0o644);
            for arguments in ["fetch --quiet", "run --quiet --offline"] {
                let run = person.run(cargo, arguments.split(' ')).at("app");
                let run = run.env("CARGO_NET_GIT_FETCH_WITH_CLI", "true");
                let run = run.env("CARGO_HOME", person.path("cargo"));
                let rustc = Path::new(cargo).with_file_name("rustc");
                run.env("RUSTC", rustc).succeeds();
            }
            each_token_was_used_only_for_its_workspace(person, &tokens);
        }
    });
}

#[test]
fn pip_installs_from_a_repository() {
    with_each_git(|person| {
        // pip has to be imported after setuptools.
        let parts = ["-c", "import setuptools, wheel, pip"];
        if !person.has("python3") || person.run("python3", parts).ends().status != Some(0) {
            return missing("pip", "pip with setuptools and wheel");
        }
        let project = "\
            [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\
            [project]\nname = \"dep\"\nversion = \"1.0\"\n";
        let module = ("dep.py", "answer = 42\n");
        let tokens = package(person, &[("pyproject.toml", project), module]);
        for url in [
            "git+https://bitbucket.org/acme/dep.git",
            "dep @ git+ssh://git@bitbucket.org/acme/dep.git@main",
        ] {
            let install = "-m pip install --quiet --no-index --no-cache-dir --no-deps \
                           --no-build-isolation --upgrade --target site";
            let install = install.split_whitespace().chain([url]);
            person.run("python3", install).succeeds();
            let import = ["-c", "import dep; assert dep.answer == 42"];
            person.run("python3", import).at("site").succeeds();
            each_token_was_used_only_for_its_workspace(person, &tokens);
        }
    });
}

/// npm first requests an archive from Bitbucket without a token, and clones if that fails.
#[test]
fn npm_installs_from_a_repository() {
    with_each_git(|person| {
        if !(person.has("npm") && person.has("node")) {
            return missing("npm", "npm and node");
        }
        let manifest = r#"{"name": "dep", "version": "1.0.0", "main": "dep.js"}"#;
        let module = ("dep.js", "module.exports = 42\n");
        let tokens = package(person, &[("package.json", manifest), module]);
        let proxy = Proxy::leading("bitbucket.org:443", person.host());
        let authority = person.path("trusted.pem");
        for url in [
            "git+https://bitbucket.org/acme/dep.git",
            "bitbucket:acme/dep#main",
            "git+ssh://git@ssh.bitbucket.org/acme/dep.git",
        ] {
            let app = r#"{"name": "app", "version": "1.0.0"}"#;
            person.write("app/package.json", app, 0o644);
            let install = "install --no-audit --no-fund --no-update-notifier --fetch-retries=0";
            let install = install.split(' ').chain([url]);
            let install = person.run("npm", install).at("app");
            let install = install.env("https_proxy", &proxy.url);
            install.env("npm_config_cafile", &authority).succeeds();
            let require = ["-e", "require('assert').equal(require('dep'), 42)"];
            person.run("node", require).at("app").succeeds();
            each_token_was_used_only_for_its_workspace(person, &tokens);
            fs::remove_dir_all(person.path("app")).expect("HOME is writable");
        }
    });
}
