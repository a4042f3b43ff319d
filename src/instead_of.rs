//! `url.<base>.insteadOf` (git-config(1)): the URL that git uses, whatever is written.

/// The rules of a configuration.
#[derive(Default, Clone)]
pub struct InsteadOf {
    rules: Vec<Rule>,
    /// `pushInsteadOf`, which counts for remotes without `pushurl`.
    push_rules: Vec<Rule>,
}

#[derive(Clone)]
struct Rule {
    base: String,
    instead_of: String,
}

impl InsteadOf {
    /// Adds the rule `url.<base>.<key>`, whose key is given in lower case. Ignores other keys.
    pub fn add(&mut self, base: &str, key: &str, value: &str) {
        let rules = match key {
            "insteadof" => &mut self.rules,
            "pushinsteadof" => &mut self.push_rules,
            _ => return,
        };
        // git keeps the rules of one base together, wherever they are set.
        let same = rules.iter().rposition(|rule| rule.base == base);
        let rule = Rule {
            base: base.to_owned(),
            instead_of: value.to_owned(),
        };
        rules.insert(same.map_or(rules.len(), |at| at + 1), rule);
    }

    /// Returns the URL that git uses, and the base of the rule that made it; `None` if no rule
    /// matches.
    pub fn apply(&self, url: &str) -> Option<(String, &str)> {
        let (base, rest) = longest(&self.rules, url)?;
        Some((format!("{base}{rest}"), base))
    }

    /// Returns the URL that git pushes to, if that is another.
    pub fn apply_to_push(&self, url: &str) -> Option<String> {
        let (base, rest) = longest(&self.push_rules, url)?;
        Some(format!("{base}{rest}"))
    }
}

/// The longest matching rule and the rest of the URL. Ties go to the first rule, as in git.
fn longest<'r, 'u>(rules: &'r [Rule], url: &'u str) -> Option<(&'r str, &'u str)> {
    let matching = rules
        .iter()
        .filter(|rule| url.starts_with(&rule.instead_of));
    let rule = matching.rev().max_by_key(|rule| rule.instead_of.len())?;
    Some((&rule.base, &url[rule.instead_of.len()..]))
}
