//! The file that `git bbt setup` generates, and that git's configuration includes: the settings of
//! all workspaces that are set up.

mod level;
mod settings;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bbt::address;
use bbt::config::Config;
use bbt::messages::{self, Failure};
use bbt::untrusted_file;

use crate::config_file::lock_beside;
use crate::git_settings::GitSetting;
use crate::problem::Problem;
use crate::write::{self, Mode};

pub use level::Level;
pub use settings::repositories;

const HEADER: &str =
    "# Written by git bbt setup, which replaces it. Remove it with: git bbt setup --undo\n";
const PROTOCOL: &str = "[protocol \"bbt\"]\n\tallow = always\n";

/// Enough for tens of thousands of workspaces.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The file's content.
pub struct SetupFile {
    pub path: PathBuf,
    pub exists: bool,
    level: Level,
    /// By name, in lower case.
    blocks: BTreeMap<String, Block>,
}

/// The settings of one workspace, below a comment with its name and the options that it was set up
/// with: `# acme --rewrite`.
#[derive(Default, Clone)]
pub struct Block {
    pub name: String,
    pub rewrite: bool,
    pub force: bool,
    /// Sections of git's configuration. Empty if the token was removed by logout.
    pub settings: String,
}

impl SetupFile {
    /// Reads the file, which need not exist.
    ///
    /// # Errors
    /// If something else is in its place: git would read a pipe forever, and other people's files
    /// are not replaced.
    pub fn read(level: Level) -> Result<SetupFile> {
        let path = level.generated_file()?;
        let (exists, text) = match read_own(&path) {
            Ok(text) => (true, text),
            Err(error) if error.kind() == ErrorKind::NotFound => (false, HEADER.to_owned()),
            // It is a link, no regular file, or too large.
            Err(error) if error.kind() == ErrorKind::Other => (true, String::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let Some(text) = text.strip_prefix(HEADER) else {
            let what = format!("{} was not written by git bbt setup", path.display());
            let failure = Failure::new(what).hint("move it away, and try again");
            return Err(failure.into());
        };
        let blocks = parse(text);
        Ok(SetupFile {
            path,
            exists,
            level,
            blocks,
        })
    }

    /// Returns the workspaces that settings are generated for.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let blocks = self.blocks.values();
        blocks.filter(|block| !block.settings.is_empty())
    }

    /// Returns the names of all workspaces that were set up.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.blocks.values().map(|block| &block.name)
    }

    /// Generates the settings of a workspace, with these options and those that it was set up with.
    /// Returns false, and changes nothing, if it has no token.
    ///
    /// What is for any workspace, as `BBT_TOKEN` is, counts for one that `is_named` on the command line.
    pub fn set(&mut self, config: &Config, is_named: bool, options: Block) -> bool {
        let (name, service) = (&options.name, config.service());
        let name = config.workspace(name).map_or(name, |known| &known.name);
        let key = name.to_ascii_lowercase();
        let before = self.blocks.get(&key).cloned().unwrap_or_default();
        let rewrite = options.rewrite || before.rewrite;
        let force = options.force || before.force;
        // A token for a part of a workspace takes nothing away from the rest of it.
        let is_whole = before
            .settings
            .contains(&settings::credential(service, &before.name));
        let paths = if force {
            vec![name.clone()]
        } else {
            settings::paths(config, name, is_named || is_whole)
        };
        if paths.is_empty() {
            return false;
        }
        let block = Block {
            name: name.clone(),
            rewrite,
            force,
            settings: settings::generate(service, &paths, rewrite),
        };
        self.blocks.insert(key, block);
        true
    }

    /// Removes a workspace. Returns what was set for it.
    pub fn remove(&mut self, name: &str) -> Option<Block> {
        self.blocks.remove(&name.to_ascii_lowercase())
    }

    /// Returns the text to be written.
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}{PROTOCOL}");
        for block in self.blocks.values() {
            let rewrite = if block.rewrite { " --rewrite" } else { "" };
            let force = if block.force { " --force" } else { "" };
            text += &format!("# {}{rewrite}{force}\n{}", block.name, block.settings);
        }
        text
    }

    /// Replaces the file. Every user can read it if it is for all of them.
    ///
    /// # Errors
    /// The system's, and that other users can write to the folder. The file is then as it was.
    pub fn write(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        write::refuse_shared(folder).context("the settings were not written")?;
        let mode = match self.level {
            Level::User => Mode::Unchanged,
            Level::System => Mode::Public,
        };
        write::replace(&self.path, self.text().as_bytes(), mode)
    }
}

/// No link is followed, and nothing waited for: others know the name.
fn read_own(path: &Path) -> io::Result<String> {
    let file = untrusted_file::open_own(path, OpenOptions::new().read(true))?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    Ok(text)
}

/// Reads what follows the header. A comment that names no workspace is somebody else's.
fn parse(text: &str) -> BTreeMap<String, Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split_whitespace();
            let name = words.next().unwrap_or_default().to_owned();
            let options: Vec<&str> = words.collect();
            blocks.push(Block {
                name,
                rewrite: options.contains(&"--rewrite"),
                force: options.contains(&"--force"),
                settings: String::new(),
            });
        } else if let Some(block) = blocks.last_mut() {
            block.settings += line;
        }
    }
    blocks.retain(|block| address::is_workspace(&block.name));
    let by_name = |block: Block| (block.name.to_ascii_lowercase(), block);
    blocks.into_iter().map(by_name).collect()
}

/// Brings the settings of a workspace up to date with its tokens, if it is set up. Without a token
/// it gets none, and its URLs go where they went before; the next token brings them back.
pub fn refresh(workspace: &str) {
    if let Err(error) = try_refresh(workspace) {
        messages::warning(&format!(
            "the settings of git bbt setup are not up to date: {error:#}"
        ));
    }
}

fn try_refresh(workspace: &str) -> Result<()> {
    // Without a HOME, nothing is set up.
    let path = Level::User.generated_file().ok();
    let Some(path) = path.filter(|path| path.exists()) else {
        return Ok(());
    };
    let config = Config::read_if_exists()?;
    let _lock = lock_beside(&path)?;
    let mut file = SetupFile::read(Level::User)?;
    let key = workspace.to_ascii_lowercase();
    let Some(options) = file.blocks.get(&key).cloned() else {
        let configured = config.workspace(workspace);
        if configured.is_some_and(|workspace| workspace.token.is_some()) {
            messages::hint(&format!(
                "for submodules and other tools, as in your other workspaces: git bbt setup {workspace}"
            ));
        }
        return Ok(());
    };
    if !file.set(&config, false, options)
        && let Some(block) = file.blocks.get_mut(&key)
    {
        block.settings.clear();
    }
    file.write()
}

/// Returns what is set up, for the user and for everybody. What is wrong with one of the files is
/// reported by setup itself. With git's `settings`, git is asked for the place of the system's file only
/// if it may have read it.
pub fn set_up(settings: Option<&[GitSetting]>) -> Vec<SetupFile> {
    let own = Level::User.generated_file().ok();
    let is_another =
        |setting: &GitSetting| is_generated(setting) && setting.file().map(Path::to_owned) != own;
    let mut levels = vec![Level::User];
    if settings.is_none_or(|settings| settings.iter().any(is_another)) {
        levels.push(Level::System);
    }
    let files = levels.into_iter().map(SetupFile::read);
    files.filter_map(Result::ok).collect()
}

/// Returns whether a setting is in a file that is named as the generated ones are.
pub fn is_generated(setting: &GitSetting) -> bool {
    let file = setting.file();
    file.is_some_and(|file| file.ends_with("git-remote-bbt/setup.gitconfig"))
}

/// Returns the workspaces of [`set_up`] that have no token any more: their URLs go to `bbt::`, which
/// fails.
pub fn stale(set_up: &[SetupFile], config: &Config) -> Vec<(String, Problem)> {
    let files = set_up.iter();
    let blocks = files.flat_map(|file| file.blocks().map(|block| (file.level, block)));
    let is_stale = |block: &Block| !block.force && !settings::has_any_token(config, &block.name);
    let stale = blocks.filter(|(_, block)| is_stale(block));
    let stale = stale.map(|(level, Block { name, rewrite, .. })| {
        let effect = if *rewrite {
            "rewrites its URLs to bbt::"
        } else {
            "asks only git-credential-bbt for it"
        };
        let option = match level {
            Level::User => "--undo",
            Level::System => "--system --undo",
        };
        let message = format!("no token is configured for {name}, and git {effect}");
        let hint = format!("run 'git bbt setup {option} {name}', or 'git bbt login {name}'");
        (name.clone(), Problem::new(message, hint))
    });
    stale.collect()
}
