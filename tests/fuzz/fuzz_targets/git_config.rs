//! A file of git's configuration, which `git bbt migrate` reads and changes.

#![no_main]

use bbt_fuzz::git_config::{ConfigText, appended, header_of, meaning, quoted};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

const URL: &str = "bbt::acme/widgets";

fuzz_target!(|bytes: &[u8]| {
    let file = |bytes: &[u8]| ConfigText::parse(Zeroizing::new(bytes.to_vec()));
    let Ok(text) = file(bytes) else {
        return;
    };
    for section in text.sections() {
        for variable in &section.variables {
            let raw = text.raw(variable);
            let _ = meaning(raw);
            // What is put back as it was written leaves the file as it was.
            if let Ok(raw) = std::str::from_utf8(raw) {
                assert!(*text.edited(vec![text.with_value(variable, raw)]) == bytes);
            }
        }
        let without = text.edited(text.without_all(|of, _| std::ptr::eq(of, section)));
        assert!(without.len() <= bytes.len());
    }
    // A value that is set is the one that is read, and nothing else changes.
    let mut at = 0;
    for section in text.sections() {
        for variable in &section.variables {
            if !text.raw(variable).is_empty() {
                let new = file(&text.edited(vec![text.with_value(variable, URL)]));
                let new = new.unwrap_or_else(|line| panic!("line {line} is broken"));
                let before = values(&text);
                let after = values(&new);
                assert_eq!(before.len(), after.len());
                for (index, (before, after)) in before.iter().zip(&after).enumerate() {
                    if index == at {
                        assert_eq!(after.1.as_deref(), Some(URL))
                    } else {
                        assert_eq!(before, after)
                    }
                }
            }
            at += 1;
        }
    }
    // A section that is added is there, and gone without a trace when it is taken out.
    let lines = vec![("was", URL.to_owned()), ("now", "x\ty\"#".to_owned())];
    let header = header_of("bbt-migrated", Some("remote.a\"b\\c.url"));
    let grown = appended(text.bytes().clone(), &[(header, lines)]);
    let Ok(new) = file(&grown) else {
        panic!("an added section breaks it");
    };
    let section = new.sections().last().expect("it was just added");
    assert_eq!(section.name, "bbt-migrated");
    assert_eq!(section.subsection.as_deref(), Some("remote.a\"b\\c.url"));
    assert_eq!(section.variables.len(), 2);
    let without = new.edited(new.without_all(|of, _| std::ptr::eq(of, section)));
    assert!(*without == bytes);
    let _ = quoted(&String::from_utf8_lossy(bytes));
});

type Value = (String, Option<String>);

fn values(text: &ConfigText) -> Vec<Value> {
    let all = text.sections().iter().flat_map(|section| {
        section.variables.iter().map(|variable| {
            let name = format!("{}.{:?}.{}", section.name, section.subsection, variable.key);
            (name, text.value(variable).map(|value| value.to_string()))
        })
    });
    all.collect()
}
