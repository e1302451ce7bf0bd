//! What the commands are called: a workspace may have taken `/call` for something else.

use std::collections::HashMap;

use crate::domain::command::Names;
use crate::domain::ids::is_person_id;
use crate::domain::span::Misread;

/// Every command by its default name, without the slash.
pub const COMMANDS: [&str; 9] =
    ["call", "calls", "page", "pages", "ack", "close", "escalate", "oncall", "callout"];

/// The configured name of each command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandNames {
    names: [String; COMMANDS.len()],
    commands: HashMap<String, &'static str>,
}

impl Default for CommandNames {
    fn default() -> Self {
        Self {
            names: COMMANDS.map(str::to_owned),
            commands: COMMANDS.iter().map(|name| ((*name).to_owned(), *name)).collect(),
        }
    }
}

impl CommandNames {
    /// The default names, but for `renames`: default name and new name.
    ///
    /// # Errors
    /// [`Misread`] for a command that is none, a name that no chat takes, or one name for two commands.
    pub fn new(renames: &[(&str, &str)]) -> Result<Self, Misread> {
        let mut names = COMMANDS.map(str::to_owned);
        for (command, name) in renames {
            let index = COMMANDS.iter().position(|known| known == command).ok_or_else(|| {
                Misread::new(
                    format!("there is no command `{command}`"),
                    format!("rename {}", COMMANDS.join(", ")),
                )
            })?;
            check_name(name)?;
            (*name).clone_into(&mut names[index]);
        }
        let mut commands = HashMap::new();
        for (command, name) in COMMANDS.into_iter().zip(&names) {
            if let Some(other) = commands.insert(name.clone(), command) {
                let problem = format!("`{other}` and `{command}` are both called `{name}`");
                return Err(Misread::new(problem, "give each its own name"));
            }
        }
        Ok(Self { names, commands })
    }

    /// What the command of this default name is called here; an unknown one keeps its name.
    #[must_use]
    pub fn name<'a>(&'a self, command: &'a str) -> &'a str {
        let index = COMMANDS.iter().position(|known| *known == command);
        index.map_or(command, |index| &self.names[index])
    }

    /// The default name of the command that is called `name` here.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&'static str> {
        self.commands.get(name).copied()
    }

    /// Every configured name, in the order of [`COMMANDS`].
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Names for CommandNames {
    fn name<'a>(&'a self, command: &'a str) -> &'a str {
        self.name(command)
    }

    fn command(&self, name: &str) -> Option<&'static str> {
        self.command(name)
    }
}

/// Checks that both chats take `name`: `[a-z0-9_-]{1,32}` is what they have in common.
///
/// # Errors
/// [`Misread`] otherwise.
pub fn check_name(name: &str) -> Result<(), Misread> {
    if is_person_id(name) {
        return Ok(());
    }
    let problem = format!("`{name}` cannot be a command's name");
    Err(Misread::new(problem, "use 1 to 32 of a-z, 0-9, _ and -, without the slash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_may_have_another_name() {
        let names = CommandNames::new(&[("call", "ring"), ("calls", "call")]).unwrap();
        assert_eq!((names.name("call"), names.name("calls"), names.name("page")), ("ring", "call", "page"));
        assert_eq!(names.command("ring"), Some("call"));
        assert_eq!(names.command("call"), Some("calls"));
        assert_eq!(names.command("calls"), None);
        assert_eq!(names.iter().next(), Some("ring"));
        assert_eq!(CommandNames::new(&[]), Ok(CommandNames::default()));
    }

    #[test]
    fn a_name_that_does_not_work_is_refused() {
        let said = |renames: &[(&str, &str)]| CommandNames::new(renames).unwrap_err().to_string();
        insta::assert_snapshot!(said(&[("call", "calls")]), @"`call` and `calls` are both called `calls`, give each its own name");
        insta::assert_snapshot!(said(&[("call", "/ring")]), @"`/ring` cannot be a command's name, use 1 to 32 of a-z, 0-9, _ and -, without the slash");
        insta::assert_snapshot!(said(&[("dial", "ring")]), @"there is no command `dial`, rename call, calls, page, pages, ack, close, escalate, oncall, callout");
    }
}
