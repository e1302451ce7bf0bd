//! Reads variables, and gathers every one that is missing or wrong. Never says a value that may be secret.

use secrecy::SecretString;

/// Looks a variable up: the process's own, or a test's.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Variables in hand, with what is wrong with them.
pub(super) struct Vars<'a> {
    lookup: Lookup<'a>,
    pub(super) problems: Vec<String>,
}

impl<'a> Vars<'a> {
    pub(super) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// A variable that is set to something. One that is set to nothing counts as not set: so do lines of a
    /// `.env` whose value was never filled in.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A problem is one line, whatever the value has in it.
    pub(super) fn problem(&mut self, line: String) {
        self.problems.push(line.replace(char::is_control, " "));
    }

    /// What `read` makes of a variable, if it is set.
    pub(super) fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(name)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(line) => {
                self.problem(format!("{name}: {line}"));
                None
            }
        }
    }

    /// The same of a variable that must be set; `what` says what it is.
    pub(super) fn need<T>(
        &mut self,
        name: &str,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.get(name).is_none() {
            self.problem(format!("{name} is not set: {what}"));
        }
        self.read(name, read)
    }

    /// Which of `names` are set.
    pub(super) fn set_of<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        names.iter().copied().filter(|name| self.get(name).is_some()).collect()
    }

    /// All of `names` are set, or else none may be.
    pub(super) fn all_or_none(&mut self, names: &[&str]) -> bool {
        let set = self.set_of(names);
        let missing: Vec<&str> = names.iter().copied().filter(|name| !set.contains(name)).collect();
        if !set.is_empty() && !missing.is_empty() {
            self.problem(format!(
                "set all of {} or none: {} is missing",
                names.join(", "),
                missing.join(", ")
            ));
        }
        missing.is_empty()
    }
}

/// A secret of at least `least` bytes, without blanks.
pub(super) fn secret(value: &str, least: usize) -> Result<SecretString, String> {
    if value.len() < least {
        return Err(format!("it is shorter than {least} characters, choose a longer one"));
    }
    if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("it has a blank inside, copy it again".to_owned());
    }
    Ok(SecretString::from(value.to_owned()))
}
