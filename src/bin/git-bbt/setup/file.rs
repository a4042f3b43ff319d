//! The generated file: all settings of all workspaces that are set up.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bbt::config::Config;
use bbt::messages::Failure;
use bbt::untrusted_file;

use super::workspace::{self, Coverage};
use crate::write;

const HEADER: &str =
    "# Written by git bbt setup, which replaces it. Remove it with: git bbt setup --undo\n";
const PROTOCOL: &str = "[protocol \"bbt\"]\n\tallow = always\n";

/// Room for tens of thousands of workspaces.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Its content.
pub struct SetupFile {
    pub path: PathBuf,
    pub exists: bool,
    /// By name, in lower case.
    pub workspaces: BTreeMap<String, Block>,
}

/// What is set for one workspace, below a comment with its name and the options that it was set up
/// with: `# acme --rewrite`.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Block {
    pub name: String,
    pub rewrite: bool,
    pub force: bool,
    /// Sections of git's configuration. Empty if the workspace has no token any more.
    pub settings: String,
}

impl SetupFile {
    /// Reads the file, which need not exist.
    ///
    /// # Errors
    /// If something else is in its place: git would read a pipe forever, and other people's files
    /// are not replaced.
    pub fn read(path: PathBuf) -> Result<SetupFile> {
        let mut file = SetupFile {
            path,
            exists: false,
            workspaces: BTreeMap::new(),
        };
        let path = &file.path;
        let text = match read_own(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(file),
            // Refused for what it is.
            Err(error) if error.kind() == ErrorKind::Other => String::new(),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let Some(text) = text.strip_prefix(HEADER) else {
            let what = format!("{} was not written by git bbt setup", path.display());
            return Err(Failure::new(what)
                .hint("move it away, and try again")
                .into());
        };
        let mut blocks: Vec<Block> = Vec::new();
        for line in text.split_inclusive('\n') {
            if let Some(words) = line.strip_prefix("# ") {
                blocks.push(Block::from_comment(words));
            } else if let Some(block) = blocks.last_mut() {
                block.settings += line;
            }
        }
        file.exists = true;
        file.workspaces = blocks
            .into_iter()
            .map(|block| (block.name.to_ascii_lowercase(), block))
            .collect();
        Ok(file)
    }

    /// The text to be written.
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}{PROTOCOL}");
        for block in self.workspaces.values() {
            text += &block.comment();
            text += &block.settings;
        }
        text
    }

    /// Replaces the file. Everybody can read it if it is for everybody.
    ///
    /// # Errors
    /// The system's, and that other users can write to the folder. The file is then as it was.
    pub fn write(&self, for_everybody: bool) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        write::refuse_shared(folder).context("the settings were not written")?;
        if for_everybody {
            write::public(&self.path, self.text().as_bytes())
        } else {
            write::replace(&self.path, self.text().as_bytes())
        }
    }

    /// Generates the settings of a workspace.
    pub fn set(&mut self, config: &Config, name: &str, coverage: &Coverage, options: (bool, bool)) {
        let name = config
            .workspace(name)
            .map_or(name, |workspace| &workspace.name);
        let block = self
            .workspaces
            .entry(name.to_ascii_lowercase())
            .or_default();
        block.name = name.to_owned();
        block.rewrite |= options.0;
        block.force |= options.1;
        block.settings = workspace::settings(config.service(), name, coverage, block.rewrite);
    }
}

impl Block {
    fn from_comment(words: &str) -> Block {
        let mut words = words.split_whitespace();
        let name = words.next().unwrap_or_default().to_owned();
        let options: Vec<&str> = words.collect();
        Block {
            name,
            rewrite: options.contains(&"--rewrite"),
            force: options.contains(&"--force"),
            settings: String::new(),
        }
    }

    /// Whether the whole workspace is set up, which a token for a part of it does not change.
    pub fn is_whole(&self, config: &Config) -> bool {
        let (git_url, name) = (config.service().git_url(), &self.name);
        let section = format!("[credential \"{git_url}/{name}\"]\n");
        self.settings.contains(&section)
    }

    fn comment(&self) -> String {
        let rewrite = if self.rewrite { " --rewrite" } else { "" };
        let force = if self.force { " --force" } else { "" };
        format!("# {}{rewrite}{force}\n", self.name)
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
