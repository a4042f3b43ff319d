//! Finds a token in any form: plain, percent-encoded, in base64 at any offset, or a part of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part this long is no accident, and of a token's 180 characters there is always one whole.
const PART: usize = 16;

pub struct Canary {
    parts: AhoCorasick,
    /// The number of plain parts; those in base64 follow.
    raw: usize,
}

impl Canary {
    pub fn of(token: &str) -> Canary {
        // All tokens start with the same characters.
        let mut all = parts(&token[PART..]);
        let raw = all.len();
        // Base64 makes four characters of three bytes, so it depends on the offset.
        for before in 0..3 {
            let padded = [&b"...."[..before], token.as_bytes()].concat();
            let text = STANDARD.encode(padded);
            all.extend(parts(&text[2 * PART..text.len() - 4]));
        }
        let parts = AhoCorasick::new(all).expect("the patterns are few");
        Canary { parts, raw }
    }

    /// Returns whether any part of the token is in `bytes`.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.parts.is_match(bytes)
    }

    /// Returns the forms in which the token is in `bytes`.
    pub fn forms_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let found = self.parts.find_iter(bytes);
        let is_raw: BTreeSet<bool> = found
            .map(|part| part.pattern().as_usize() < self.raw)
            .collect();
        let forms = [("raw", true), ("base64", false)].into_iter();
        let found = forms.filter(|(_, form)| is_raw.contains(form));
        found.map(|(name, _)| name).collect()
    }

    /// Returns the files below a folder that contain the token, except for those in `kept`.
    pub fn files_in(&self, folder: &Path, kept: &[PathBuf]) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("the type is known");
            if kind.is_dir() {
                found.extend(self.files_in(&path, kept));
            } else if kind.is_file() && !kept.contains(&path) {
                let bytes = fs::read(&path).unwrap_or_default();
                if self.is_in(&bytes) {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

fn parts(text: &str) -> Vec<String> {
    let parts = text.as_bytes().chunks_exact(PART);
    parts
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect()
}
