//! Finds a token in any form: plain, percent-encoded, in base64 at any offset, or a part of it.

use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part this long is no accident, and of a token's 180 characters there is always one whole.
const PART: usize = 16;

pub struct Canary {
    raw: AhoCorasick,
    base64: AhoCorasick,
}

impl Canary {
    pub fn of(token: &str) -> Canary {
        let matcher = |parts: Vec<String>| AhoCorasick::new(parts).expect("the patterns are few");
        // The first characters are every token's.
        let raw = parts(&token[PART..]);
        // Three bytes are four characters: it depends on what stands before.
        let base64 = (0..3).flat_map(|before| {
            let padded = [&b"...."[..before], token.as_bytes()].concat();
            let text = STANDARD.encode(padded);
            parts(&text[2 * PART..text.len() - 4])
        });
        Canary {
            raw: matcher(raw),
            base64: matcher(base64.collect()),
        }
    }

    /// Whether any of it is there.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.raw.is_match(bytes) || self.base64.is_match(bytes)
    }

    /// How it is there.
    pub fn forms_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let forms = [("raw", &self.raw), ("base64", &self.base64)];
        let there = forms.into_iter().filter(|(_, form)| form.is_match(bytes));
        there.map(|(name, _)| name).collect()
    }

    /// The files below a folder that have it, but for those where it is kept.
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
