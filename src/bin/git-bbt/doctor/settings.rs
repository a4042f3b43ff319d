//! git's configuration: each value, and where it is set.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::git;

/// One value of one variable.
pub struct Setting {
    /// As git prints it: section and key in lower case, the subsection as it is written.
    pub name: String,
    pub value: Zeroizing<String>,
    pub origin: Origin,
}

/// Where a value is set.
#[derive(Clone, PartialEq, Eq)]
pub enum Origin {
    /// With symbolic links resolved.
    File(PathBuf),
    /// `git -c`, or the variables that stand for it.
    Environment,
}

/// Returns everything that git reads in `folder`, from every scope and included file, in git's order.
/// `None` if git cannot read it.
pub fn effective(folder: &Path) -> Option<Vec<Setting>> {
    let top = git::says(folder, ["rev-parse", "--show-toplevel"]);
    // git prints paths relative to the folder that it changes to.
    let base = top.map_or_else(|| folder.to_owned(), PathBuf::from);
    list(folder, &base, &["--list", "--show-origin", "-z"])
}

/// Returns what one file sets, and if `follow` is true, the files that it includes. `None` if git
/// cannot read it.
pub fn in_file(file: &Path, follow: bool) -> Option<Vec<Setting>> {
    // Opening a pipe would wait for somebody to write into it.
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let folder = file.parent()?;
    let includes = if follow {
        "--includes"
    } else {
        "--no-includes"
    };
    let arguments = [
        "--file",
        file.to_str()?,
        includes,
        "--list",
        "--show-origin",
        "-z",
    ];
    list(folder, folder, &arguments)
}

fn list(folder: &Path, base: &Path, arguments: &[&str]) -> Option<Vec<Setting>> {
    let arguments = ["config"].into_iter().chain(arguments.iter().copied());
    let listed = git::read_secret(folder, arguments)?;
    let mut fields = listed.split(|byte| *byte == 0);
    let mut settings = Vec::new();
    while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
        let origin = String::from_utf8_lossy(origin);
        let entry = Zeroizing::new(String::from_utf8_lossy(entry).into_owned());
        // A name alone means true.
        let (name, value) = entry.split_once('\n').unwrap_or((&entry, "true"));
        settings.push(Setting {
            name: name.to_owned(),
            value: Zeroizing::new(value.to_owned()),
            origin: match origin.strip_prefix("file:") {
                Some(file) => Origin::File(real(&base.join(file))),
                None => Origin::Environment,
            },
        });
    }
    Some(settings)
}

/// Returns a path with symbolic links resolved, or unchanged if nothing is there.
pub fn real(path: &Path) -> PathBuf {
    dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
