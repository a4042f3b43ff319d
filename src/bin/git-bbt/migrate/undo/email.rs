//! The bot's e-mail, which migrate or a contact has set.

use bbt::clone_config::EMAIL_RECORD;

use super::Undo;

impl Undo<'_> {
    /// Removes it if `remote` is the one that decides, and it is still as we have set it.
    pub(super) fn email(&mut self, remote: &str) {
        let mut names = self.text.named("remote").map(|(name, _)| name);
        let is_only = names.all(|name| name == Some(remote));
        let (section, key) = EMAIL_RECORD;
        let record = self.text.all(section, None, key).next_back();
        let email = self.text.all("user", None, "email").next_back();
        let Some(record) = record.filter(|_| remote == "origin" || is_only) else {
            return;
        };
        if let Some(email) = email.filter(|email| self.value_of(email) == self.value_of(record)) {
            self.goes(email, "user.email");
        }
        self.goes(record, "bbt.email");
    }
}
