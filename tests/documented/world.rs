//! Where the commands of a text are run: what they speak of is there.

use std::fs;
use std::path::PathBuf;

use super::ci::Job;
use crate::support::{Outcome, Person};

/// A person, and what they have.
pub struct World {
    person: Person,
    token: String,
}

/// The folder that commands are run in: a clone of acme/widgets, whose origin is an old one.
const CLONE: &str = "src/widgets";

impl World {
    /// Somebody at a terminal, signed in to acme.
    pub fn at_home() -> Self {
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
        person
            .git([
                "remote",
                "set-url",
                "origin",
                "git@bitbucket.org:acme/widgets.git",
            ])
            .at(CLONE)
            .succeeds();
        person.write(format!("{CLONE}/acme.token"), token, 0o600);
        person.write(".secrets/acme", token, 0o600);
        for folder in [
            ".local/share/bash-completion/completions",
            ".config/fish/conf.d",
            ".config/powershell",
        ] {
            person.write(format!("{folder}/of-somebody-else"), "", 0o644);
        }
        // Programs that print the token that is asked of them.
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

    /// A job in CI: no terminal, nobody signed in, and the token where the CI hands it over.
    pub fn of_a_job(job: &Job) -> Self {
        let world = Self::new();
        let Self { person, token } = &world;
        for name in &job.secrets {
            person.export(name, token);
        }
        for path in &job.mounted_secrets {
            person.write(world.at_the_root(path), token, 0o644);
        }
        if let Some((path, text)) = &job.config {
            let text = person.configuration(&world.with_the_stand_in(text));
            let path = person.write(world.at_the_root(path), &text, 0o644);
            person.export("BBT_CONFIG", path);
        }
        world
    }

    /// What is on a machine of theirs at this path.
    fn at_the_root(&self, path: &str) -> PathBuf {
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

    /// Types them at a terminal, with the token at each prompt for one.
    pub fn types(&self, commands: &str) -> Outcome {
        let file = self
            .person
            .write("commands", &self.with_the_stand_in(commands), 0o644);
        let line = format!("sh -e {}", file.display());
        let logins = commands
            .lines()
            .filter(|line| line.contains("git bbt login"));
        // Without a date on the command line, the prompt for one follows; Enter is for none.
        let answers = logins.map(|line| {
            if line.contains("--expires") {
                format!("{}\n", self.token)
            } else {
                format!("{}\n\n", self.token)
            }
        });
        let keyboard: String = answers.collect();
        let terminal = self.person.run("script", ["-qec", &line, "/dev/null"]);
        terminal.at(CLONE).input(keyboard).ends()
    }

    /// Runs it where nobody is there to type.
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

    /// Has this in config.toml, and looks at it.
    pub fn configures(&self, text: &str) -> Outcome {
        self.person.write_config(text);
        self.person.run("git-bbt", ["status"]).ends()
    }

    /// Bitbucket is the stand-in, but where it is we who read the address, and no day is over.
    fn with_the_stand_in(&self, text: &str) -> String {
        let bitbucket = &self.person.bitbucket;
        let secrets = self.at_the_root("/run/secrets").display().to_string();
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
