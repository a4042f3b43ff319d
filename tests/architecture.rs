//! The modules of src depend on each other in one direction, so that each can be read knowing only
//! those before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The segments of a module path, from the crate's root.
type Module = Vec<String>;

/// Returns the source of each module of a crate, without comments and unit tests.
fn modules(top: &Path, but: Option<&str>) -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let name = path
                .strip_prefix(top)
                .expect("the path is below src")
                .with_extension("");
            let mut module: Module = name
                .iter()
                .map(|part| part.to_str().expect("names are ASCII").to_owned())
                .collect();
            if path.is_dir() {
                folders.extend((but != Some(module[0].as_str())).then_some(path));
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("the file is text");
                let text = text
                    .split("\n#[cfg(test)]\nmod tests")
                    .next()
                    .unwrap_or_default();
                let code = text
                    .lines()
                    .map(|line| line.split("//").next().unwrap_or_default());
                module.retain(|part| !["mod", "main", "lib"].contains(&part.as_str()));
                modules.insert(module, code.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    modules
}

/// Returns all paths in a source that start with `crate`, `super` or `self`.
fn paths(code: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            if !code[..at].ends_with(is_part) {
                read_path(&code[at..], &mut Vec::new(), &mut paths);
            }
        }
    }
    paths
}

/// Reads `a::b` or `a::{b, c::d}` below `before`. Returns what follows.
fn read_path<'c>(code: &'c str, before: &mut Module, paths: &mut Vec<Module>) -> &'c str {
    let length = before.len();
    let mut rest = code.trim_start();
    loop {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (segment, after) = rest.split_at(end);
        before.push(segment.to_owned());
        let Some(after) = after.strip_prefix("::") else {
            paths.push(before.clone());
            before.truncate(length);
            return after;
        };
        rest = after;
        if let Some(mut list) = rest.strip_prefix('{') {
            while !list.starts_with('}') && !list.is_empty() {
                list = read_path(list, before, paths);
                // Skips `as name` and the comma.
                list = list.trim_start_matches(|c| c != ',' && c != '}');
                list = list.trim_start_matches(',').trim_start();
            }
            before.truncate(length);
            return list.strip_prefix('}').unwrap_or_default();
        }
    }
}

/// Returns the module that a path in `module` names, or is inside of.
fn resolve(path: &[String], module: &Module, modules: &BTreeMap<Module, String>) -> Module {
    let mut found = if path[0] == "crate" {
        Module::new()
    } else {
        module.clone()
    };
    for segment in path {
        match segment.as_str() {
            "crate" | "self" => {}
            "super" => {
                found.pop();
            }
            name => {
                found.push(name.to_owned());
                if !modules.contains_key(&found) {
                    found.pop();
                    break;
                }
            }
        }
    }
    found
}

/// Returns the sibling modules that each module uses, directly or through its submodules.
fn siblings(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut siblings: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, code) in modules {
        for path in paths(code) {
            let used = resolve(&path, module, modules);
            let common = module.iter().zip(&used).take_while(|(a, b)| a == b).count();
            if common < module.len() && common < used.len() {
                let user = siblings.entry(module[..=common].to_vec()).or_default();
                user.insert(used[..=common].to_vec());
            }
        }
    }
    siblings
}

#[test]
fn modules_use_each_other_in_one_direction() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (top, but) in [(src.clone(), Some("bin")), (src.join("bin/git-bbt"), None)] {
        let uses = siblings(&modules(&top, but));
        assert!(uses.len() > 20, "{uses:?}");
        for module in uses.keys() {
            let mut reached = BTreeSet::new();
            let mut waiting = vec![module];
            while let Some(at) = waiting.pop() {
                for next in uses.get(at).into_iter().flatten() {
                    assert!(next != module, "{module:?} uses {at:?}, which uses it");
                    if reached.insert(next) {
                        waiting.push(next);
                    }
                }
            }
        }
    }
}
