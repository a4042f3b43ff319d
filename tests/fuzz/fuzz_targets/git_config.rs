//! A git configuration file, which `git bbt migrate` reads and edits.

#![no_main]

use bbt_fuzz::git_config_file::GitConfigFile;
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

const URL: &str = "bbt::acme/widgets";
const RECORD: &str = "bbt::acme/widgets was x\ty\"#";

fuzz_target!(|bytes: &[u8]| {
    let parse = |bytes: &[u8]| GitConfigFile::parse(Zeroizing::new(bytes.to_vec()));
    let Ok(file) = parse(bytes) else {
        return;
    };
    assert!(file.edited().is_ok_and(|edited| edited.is_none()));
    let before = values(&file);
    for (at, (name, value)) in before.iter().enumerate() {
        let mut file = parse(bytes).expect("it was parsed before");
        if value.is_empty() {
            continue;
        }
        file.set(at, URL);
        file.add_below(at, "bbtRecord", RECORD.to_owned());
        // An edit that would have other effects is refused.
        let Ok(Some(mut file)) = file.edited() else {
            continue;
        };
        let after = values(&file);
        assert_eq!(after.len(), before.len() + 1);
        assert!(after.contains(&(name.clone(), URL.to_owned())));
        let is_record = |(_, value): &&(String, String)| value == RECORD;
        let record = after
            .iter()
            .position(|it| is_record(&it))
            .expect("the key was added");
        // Undo.
        let others = after.iter().filter(|it| !is_record(it));
        let changed = others
            .clone()
            .zip(&before)
            .filter(|(one, other)| one != other);
        assert_eq!(changed.count(), usize::from(value != URL));
        file.remove(record);
        if let Ok(Some(edited)) = file.edited() {
            let without = values(&edited);
            assert!(without.iter().eq(others));
        }
    }
});

fn values(file: &GitConfigFile) -> Vec<(String, String)> {
    let settings = file.settings().map(|(_, setting)| setting);
    let all = settings.map(|setting| (setting.name(), setting.value.to_string()));
    all.collect()
}
