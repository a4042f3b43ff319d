//! Settings as people are shown them: all of them where they ask what would be done, and else one
//! of those that differ only in how a URL is spelled.

use super::entry::written;

/// A line for each, behind a mark of its width.
pub fn lines(mark: &str, settings: &[(String, String)], is_whole: bool) -> String {
    let mut lines = String::new();
    let mut rest = settings;
    while let [first, others @ ..] = rest {
        let same = match is_whole {
            true => 0,
            false => others
                .iter()
                .take_while(|other| is_same(first, other))
                .count(),
        };
        rest = &others[same..];
        let (name, value) = first;
        let more = match same {
            0 => String::new(),
            1 => " (and one spelling more)".to_owned(),
            same => format!(" (and {same} spellings more)"),
        };
        lines += &format!("  {mark} {name} = {}{more}\n", written(value));
    }
    lines
}

/// Whether one rule's base, or what is included, is the other's.
fn is_same((name, value): &(String, String), (other, its): &(String, String)) -> bool {
    let are_both = |start| name.starts_with(start) && other.starts_with(start);
    (are_both("url.") && name == other) || (are_both("includeIf.") && value == its)
}
