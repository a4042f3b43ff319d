//! Extracts what a CI job runs from its configuration file.

/// The commands of a job, and the secrets that it gets.
#[derive(Default)]
pub struct Job {
    pub commands: String,
    /// The variables that hold a token.
    pub secrets: Vec<String>,
    /// The files that a token is mounted as.
    pub mounted_secrets: Vec<String>,
    /// The file that `BBT_CONFIG` names, and its content.
    pub config: Option<(String, String)>,
    /// Whether a build starts in the folder of the last one, as it was left.
    pub keeps_its_folder: bool,
}

impl Job {
    pub fn of(language: &str, text: &str) -> Self {
        let mut job = Self::default();
        match language {
            "groovy" => job.read_jenkins(text),
            "dockerfile" => job.read_docker(text),
            _ => job.read_yaml(text),
        }
        assert!(!job.commands.is_empty(), "no command in:\n{text}");
        job
    }

    /// Adds a command; or a secret, if it is a comment that names a variable in the CI service's
    /// settings.
    fn runs(&mut self, command: &str) {
        if command.starts_with("# BBT_TOKEN_ACME is ") {
            return self.secrets.push("BBT_TOKEN_ACME".to_owned());
        }
        self.commands += command.trim();
        self.commands += "\n";
    }

    /// Reads `script:` of Bitbucket Pipelines, `run:` of GitHub, and `command:` of Kubernetes.
    fn read_yaml(&mut self, text: &str) {
        let mut lines = text.lines().peekable();
        let mut last_name = "";
        let mut config = String::new();
        while let Some(line) = lines.next() {
            let depth = |line: &str| line.len() - line.trim_start().len();
            let inner = line.trim_start().trim_start_matches("- ");
            let (key, value) = inner.split_once(':').unwrap_or((inner, ""));
            let value = value.trim();
            match key {
                "config.toml" => {
                    while let Some(below) = lines.next_if(|below| depth(below) > depth(line)) {
                        config += below.trim_start();
                        config += "\n";
                    }
                }
                "env" if value.contains("name: BBT_CONFIG") => {
                    let path = setting(value, "value").to_owned();
                    self.config = Some((path, config.clone()));
                }
                _ if inner.starts_with("{ name: bitbucket, mountPath:") => {
                    let folder = setting(inner, "mountPath");
                    self.mounted_secrets.push(format!("{folder}/acme"));
                }
                "run" if value != "|" => self.runs(value),
                "run" | "script" => {
                    while let Some(below) = lines.next_if(|below| depth(below) > depth(line)) {
                        self.runs(below.trim_start().trim_start_matches("- "));
                    }
                }
                "command" => {
                    let words: Vec<String> = serde_json::from_str(value).expect("a list of words");
                    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
                    self.runs(&quoted.join(" "));
                }
                "name" => last_name = value,
                "secretKeyRef" => self.secrets.push(last_name.to_owned()),
                _ if value.starts_with("${{ secrets.") => self.secrets.push(key.to_owned()),
                _ => {}
            }
        }
    }

    /// Reads `sh '...'`, and the variables of `withCredentials`.
    fn read_jenkins(&mut self, text: &str) {
        self.keeps_its_folder = true;
        for line in text.lines().map(str::trim) {
            if line.starts_with("deleteDir()") {
                self.runs("find . -mindepth 1 -delete");
            }
            if let Some(command) = line.strip_prefix("sh '") {
                self.runs(command.trim_end_matches('\''));
            }
            if let Some((_, rest)) = line.split_once("variable: '") {
                self.secrets
                    .push(rest.split('\'').next().unwrap_or_default().to_owned());
            }
        }
    }

    /// Reads `RUN`, with its secrets as variables.
    fn read_docker(&mut self, text: &str) {
        for line in text.replace("\\\n", " ").lines() {
            let Some(command) = line.strip_prefix("RUN ") else {
                continue;
            };
            let (mounts, words): (Vec<_>, Vec<_>) = command
                .split_whitespace()
                .partition(|word| word.starts_with("--mount="));
            let settings = mounts.iter().flat_map(|mount| mount.split(','));
            let names = settings.filter_map(|setting| setting.strip_prefix("env="));
            self.secrets.extend(names.map(str::to_owned));
            self.runs(&words.join(" "));
        }
    }
}

/// Returns the value of a key in `{ name: a, value: b }`.
fn setting<'t>(braces: &'t str, key: &str) -> &'t str {
    let inner = braces.trim_matches(['[', ']', '{', '}', ' ']);
    let mut pairs = inner.split(", ").filter_map(|pair| pair.split_once(": "));
    let found = pairs.find(|(name, _)| *name == key);
    found.expect("the key exists").1
}
