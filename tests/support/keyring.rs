//! A desktop session with a keyring: a D-Bus and a GNOME Keyring for one person, which end with the
//! test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Person, missing};

const KEYRING: &str = "/org/freedesktop/secrets/collection/login";

/// The session, which the environment of the person points to.
pub struct Session<'p> {
    person: &'p Person,
    address: String,
    programs: Vec<Child>,
}

impl<'p> Session<'p> {
    /// Starts a session with an open, empty keyring on disk; `None` if this machine has no keyring.
    pub fn start(person: &'p Person) -> Option<Self> {
        let programs = [
            "dbus-daemon",
            "dbus-send",
            "gnome-keyring-daemon",
            "secret-tool",
        ];
        if !programs.into_iter().all(|program| person.has(program)) {
            missing("keyring", "gnome-keyring, dbus and libsecret-tools");
            return None;
        }
        let runtime = person.path("run");
        fs::create_dir(&runtime).expect("HOME is writable");
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).expect("HOME is writable");
        person.export("XDG_RUNTIME_DIR", &runtime);
        let mut session = Self {
            person,
            address: String::new(),
            programs: Vec::new(),
        };
        let mut bus = session.program("dbus-daemon", &["--nofork", "--print-address"]);
        let config = session.bus_config();
        bus.arg(format!("--config-file={}", config.display()));
        let stdout = session.spawn(bus).stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut session.address)
            .expect("the bus prints its address");
        session.address.truncate(session.address.trim_end().len());
        person.export("DBUS_SESSION_BUS_ADDRESS", &session.address);

        let arguments = ["--unlock", "--components=secrets", "--foreground"];
        let daemon = session.program("gnome-keyring-daemon", &arguments);
        let mut stdin = session.spawn(daemon).stdin.take().expect("a pipe");
        stdin.write_all(b"password\n").expect("the daemon reads it");
        drop(stdin);
        session.wait_for_keyring();
        Some(session)
    }

    /// Stores a secret, as another program would.
    pub fn store(&self, user: &str, secret: &str) {
        let arguments = [
            "store",
            "--label=x",
            "service",
            "git-remote-bbt",
            "username",
            user,
        ];
        let run = self.person.run("secret-tool", arguments);
        run.input(secret).succeeds();
    }

    /// Locks the keyring, as it is before a login with a password.
    pub fn lock(&self) {
        self.calls("Lock", &[&format!("array:objpath:{KEYRING}")]);
    }

    /// Makes another keyring the default one.
    pub fn make_default(&self, name: &str) {
        let path = format!("objpath:/org/freedesktop/secrets/collection/{name}");
        self.calls("SetAlias", &["string:default", &path]);
    }

    /// Returns whether a prompt for a password was opened.
    pub fn has_prompted(&self) -> bool {
        self.person.path("prompted").exists()
    }

    /// Writes the configuration of the bus. Its only service is the prompter, which records that it was
    /// called and never answers.
    fn bus_config(&self) -> PathBuf {
        let prompter =
            self.person
                .write("prompter", "#!/bin/sh\ntouch \"${0%/*}/prompted\"\n", 0o755);
        let service = format!(
            "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec={}\n",
            prompter.display()
        );
        let name = "services/org.gnome.keyring.SystemPrompter.service";
        let service = self.person.write(name, &service, 0o600);
        let services = service.parent().expect("a file has a folder");
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><servicedir>{}</servicedir>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            self.person.path("the-bus").display(),
            services.display(),
        );
        self.person.write("bus.conf", &config, 0o600)
    }

    fn wait_for_keyring(&self) {
        let started = Instant::now();
        let patience = Duration::from_secs(60);
        loop {
            let run = self.person.run(
                "dbus-send",
                self.call("ReadAlias", &["string:default"])
                    .iter()
                    .map(String::as_str),
            );
            if run.ends().stdout.contains(KEYRING) {
                return;
            }
            assert!(started.elapsed() < patience, "no keyring to log in to");
            std::thread::yield_now();
        }
    }

    fn calls(&self, method: &str, arguments: &[&str]) {
        let arguments = self.call(method, arguments);
        let run = self
            .person
            .run("dbus-send", arguments.iter().map(String::as_str));
        run.succeeds();
    }

    fn call(&self, method: &str, arguments: &[&str]) -> Vec<String> {
        let method = format!("org.freedesktop.Secret.Service.{method}");
        [
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            &method,
        ]
        .iter()
        .chain(arguments)
        .map(|argument| (*argument).to_owned())
        .collect()
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command
            .env_clear()
            .envs(self.person.environment())
            .args(arguments)
            .current_dir(self.person.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    fn spawn(&mut self, mut command: Command) -> &mut Child {
        self.programs
            .push(command.spawn().expect("the program is installed"));
        self.programs.last_mut().expect("a program was just added")
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
