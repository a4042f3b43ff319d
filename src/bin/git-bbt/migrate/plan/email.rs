//! The bot's e-mail in a repository that is converted.

use bbt::address::Address;
use bbt::clone_config::{EMAIL_RECORD, bot_email};

use super::{Planner, names};
use crate::git_config::{add_to, header_of};

impl Planner<'_> {
    /// Sets it as a contact would, with the record of it. If other files are included, the contact
    /// finds out whether one of them has an e-mail.
    pub(super) fn email(&mut self, remote: &str, address: &Address) -> Option<String> {
        let email = bot_email(self.how.decider.sources.config, address)?;
        let (section, key) = EMAIL_RECORD;
        let is_set = |section, key| self.text.get(section, None, key).is_some();
        let decides = remote == "origin" || names(self.text, "remote") == [remote];
        if !decides
            || self.text.includes_others()
            || is_set("user", "email")
            || is_set(section, key)
        {
            return None;
        }
        for (section, key) in [("user", "email"), (section, key)] {
            let header = header_of(section, None);
            add_to(&mut self.sections, header, (key, email.to_owned()));
        }
        Some("user.email is set to the bot's".to_owned())
    }
}
