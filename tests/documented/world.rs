//! The environment that the commands of a document are run in: everything that they refer to exists.

use std::fs;
use std::path::PathBuf;

use super::ci::Job;
use crate::support::{Outcome, Person, terminal};

/// A person and their token.
pub struct World {
    person: Person,
    token: String,
}

/// The folder that commands are run in: a clone of acme/widgets with an ssh URL.
const CLONE: &str = "src/widgets";

impl World {
    /// A person at a terminal, logged in to acme.
    pub fn with_login() -> Self {
        let world = Self::new();
        let Self { person, token } = &world;
        person
            .run(
                "git-bbt",
                ["login", "acme", "--with-token", "--store", "file"],
            )
            .input(token.as_str())
            .succeeds();
        person
            .git(["clone", "--quiet", "bbt::acme/widgets", CLONE])
            .succeeds();
        person.git_in(
            CLONE,
            "remote set-url origin git@bitbucket.org:acme/widgets.git",
        );
        person.write(format!("{CLONE}/acme.token"), token, 0o600);
        person.write(".secrets/acme", token, 0o600);
        for folder in [
            ".local/share/bash-completion/completions",
            ".config/fish/conf.d",
            ".config/powershell",
        ] {
            person.write(format!("{folder}/of-somebody-else"), "", 0o644);
        }
        // Programs that print a token.
        for program in ["op", "pass", "vault"] {
            person.write(
                format!("bin/{program}"),
                "#!/bin/sh\ncat ~/.secrets/acme\n",
                0o755,
            );
        }
        for name in ["ACME_TOKEN", "WIDGETS_TOKEN", "BITBUCKET_TOKEN"] {
            person.export(name, token);
        }
        world
    }

    /// A CI job: no terminal, no login, and the token where the CI service puts it.
    pub fn for_job(job: &Job) -> Self {
        let world = Self::new();
        let Self { person, token } = &world;
        for name in &job.secrets {
            person.export(name, token);
        }
        for path in &job.mounted_secrets {
            person.write(world.absolute(path), token, 0o644);
        }
        if let Some((path, text)) = &job.config {
            let text = person.configuration(&world.with_the_stand_in(text));
            let path = person.write(world.absolute(path), &text, 0o644);
            person.export("BBT_CONFIG", path);
        }
        world
    }

    /// Returns the path in HOME that stands for an absolute path.
    fn absolute(&self, path: &str) -> PathBuf {
        self.person.path("root").join(path.trim_start_matches('/'))
    }

    fn new() -> Self {
        let person = Person::with_any_git();
        for name in ["acme/widgets", "acme/parts"] {
            person.bitbucket.repository(name);
        }
        person.bitbucket.repository("acme/assets");
        person.bitbucket.empty_repository("acme/assets-copy");
        let token = person.workspace_token("acme");
        person.export("CURL_CA_BUNDLE", person.path("trusted.pem"));
        person.export("PAGER", "cat");
        Self { person, token }
    }

    /// Types the commands at a terminal, and the token at each prompt for one.
    pub fn types(&self, commands: &str) -> Outcome {
        let file = self
            .person
            .write("commands", &self.with_the_stand_in(commands), 0o644);
        let line = format!("sh -e {}", file.display());
        let logins = commands
            .lines()
            .filter(|line| line.contains("git bbt login"));
        // Without --expires, the prompt for the date follows; Enter means none.
        let answers = logins.map(|line| {
            if line.contains("--expires") {
                format!("{}\n", self.token)
            } else {
                format!("{}\n\n", self.token)
            }
        });
        let keyboard: String = answers.collect();
        let terminal = terminal::run(&self.person, &line);
        terminal.at(CLONE).input(keyboard).ends()
    }

    /// Runs a job without a terminal.
    pub fn runs(&self, job: &Job) -> Outcome {
        let commands = self.with_the_stand_in(&job.commands);
        let folder = self.person.path("workspace");
        fs::create_dir_all(&folder).expect("HOME is writable");
        let build = || self.person.run("sh", ["-ec", &commands]).at(&folder).ends();
        match build() {
            first if first.status == Some(0) && job.keeps_its_folder => build(),
            first => first,
        }
    }

    /// Writes config.toml, and runs `git bbt status`.
    pub fn configures(&self, text: &str) -> Outcome {
        self.person.write_config(text);
        self.person.run("git-bbt", ["status"]).ends()
    }

    /// Replaces Bitbucket by the stand-in, except where our own code parses the URL, and dates by later
    /// ones.
    fn with_the_stand_in(&self, text: &str) -> String {
        let bitbucket = &self.person.bitbucket;
        let secrets = self.absolute("/run/secrets").display().to_string();
        let lines = text.split_inclusive('\n').map(|line| match line {
            ours if ours.contains(".vcs") => ours.to_owned(),
            line => line
                .replace("https://api.bitbucket.org/2.0", &bitbucket.api_url())
                .replace("https://bitbucket.org", bitbucket.url())
                .replace("/run/secrets", &secrets),
        });
        lines.collect::<String>().replace("2027-", "2999-")
    }
}
