//! From the one table of commands to Discord's, and from what Discord sends back to the one grammar's line.

use serenity::all::{
    CommandDataOption, CommandDataOptionValue, CommandOptionType, CommandType, CreateCommand,
    CreateCommandOption, InstallationContext, InteractionContext, Permissions,
};

use super::limits::{HELP_MAX, cut};
use crate::domain::command::table::{CommandSpec, FormSpec, OptionKind, OptionSpec, Root, TABLE};
use crate::domain::settings::CommandNames;

/// What the bare form of a command with sub-commands is called: Discord has no bare form then.
const BARE: &str = "list";
/// The media that stands between callees and a note when none was chosen: or the note's first word could be read as one.
const MEDIA_UNSAID: &str = "audio";

/// Every command that works, as Discord registers them.
pub(super) fn commands(names: &CommandNames) -> Vec<CreateCommand> {
    TABLE.iter().map(|spec| command(spec, names)).collect()
}

fn command(spec: &CommandSpec, names: &CommandNames) -> CreateCommand {
    let command = CreateCommand::new(names.name(spec.root.name()))
        .kind(CommandType::ChatInput)
        .description(cut(spec.help, HELP_MAX))
        .contexts(vec![InteractionContext::Guild])
        .integration_types(vec![InstallationContext::Guild]);
    // A convenience: our own roles decide.
    let command = match spec.forms.iter().all(|form| form.admin) {
        true => command.default_member_permissions(Permissions::empty()),
        false => command,
    };
    match (spec.has_subs(), spec.form(None)) {
        (false, Some(bare)) => command.set_options(options(bare, names)),
        _ => command.set_options(spec.forms.iter().map(|form| sub_command(form, names)).collect()),
    }
}

fn sub_command(form: &FormSpec, names: &CommandNames) -> CreateCommandOption {
    let name = form.sub.unwrap_or(BARE);
    CreateCommandOption::new(CommandOptionType::SubCommand, name, cut(form.help, HELP_MAX))
        .set_sub_options(options(form, names))
}

fn options(form: &FormSpec, names: &CommandNames) -> Vec<CreateCommandOption> {
    form.options.iter().map(|spec| option(spec, names)).collect()
}

fn option(spec: &OptionSpec, names: &CommandNames) -> CreateCommandOption {
    // A user is chosen from Discord's own list; everything else may be written as everywhere.
    let kind = match spec.kind {
        OptionKind::ChatUser => CommandOptionType::User,
        _ => CommandOptionType::String,
    };
    let option = CreateCommandOption::new(kind, spec.name, cut(spec.help, HELP_MAX)).required(spec.required);
    match spec.kind {
        OptionKind::Media => option.add_string_choice("audio", "audio").add_string_choice("video", "video"),
        OptionKind::Topic => TABLE.iter().fold(option, |option, spec| {
            let name = names.name(spec.root.name());
            option.add_string_choice(name, name)
        }),
        kind if is_completed(kind) => option.set_autocomplete(true),
        _ => option,
    }
}

/// Whether Discord asks us what an option may be while somebody types.
pub(super) const fn is_completed(kind: OptionKind) -> bool {
    use OptionKind::{
        Account, CallId, Callees, Instead, OverrideId, PageId, Person, Policy, Replacement, Schedule,
    };
    matches!(
        kind,
        Callees | Person | Instead | Account | CallId | PageId | Schedule | Policy | OverrideId | Replacement
    )
}

/// What of the table a command of Discord's is, and its options' values by name.
pub(super) struct Typed<'a> {
    /// As it is called here.
    pub(super) name: &'a str,
    /// The sub-command, but for the bare form.
    pub(super) sub: Option<&'a str>,
    /// Names and values, as they came.
    pub(super) options: &'a [CommandDataOption],
}

impl<'a> Typed<'a> {
    /// Takes a command of Discord's apart.
    pub(super) fn new(name: &'a str, options: &'a [CommandDataOption]) -> Self {
        match options.first().map(|option| (option.name.as_str(), &option.value)) {
            Some((sub, CommandDataOptionValue::SubCommand(options))) => {
                Self { name, sub: (sub != BARE).then_some(sub), options }
            }
            _ => Self { name, sub: None, options },
        }
    }

    /// The form of the table that it is; a registration may be older than the table.
    pub(super) fn form(&self, names: &CommandNames) -> Option<&'static FormSpec> {
        names.command(self.name).and_then(Root::of_name).and_then(Root::spec)?.form(self.sub)
    }

    /// The line that says the same.
    pub(super) fn line(&self, names: &CommandNames) -> String {
        let mut words = vec![format!("/{}", self.name)];
        words.extend(self.sub.map(str::to_owned));
        match self.form(names) {
            Some(form) => words.extend(form.options.iter().filter_map(|spec| self.word(spec))),
            // What is not known is read by the grammar, which says so.
            None => words.extend(self.options.iter().filter_map(|option| text(&option.value))),
        }
        words.join(" ")
    }

    /// What the field of callees holds, where media or note have fields of their own: nothing else may stand there then.
    pub(super) fn callees(&self, names: &CommandNames) -> Option<String> {
        let given = |spec: &OptionSpec| self.options.iter().any(|option| option.name == spec.name);
        let specs = self.form(names)?.options;
        let callees = specs.iter().find(|spec| spec.kind == OptionKind::Callees)?;
        specs.iter().any(|spec| spec.kind != OptionKind::Callees && given(spec)).then_some(())?;
        self.word(callees)
    }

    fn word(&self, spec: &OptionSpec) -> Option<String> {
        let value =
            |name| self.options.iter().find(|option| option.name == name).and_then(|o| text(&o.value));
        let has_note = || self.options.iter().any(|option| option.name == "note");
        match spec.kind {
            OptionKind::Media => value(spec.name).or_else(|| has_note().then(|| MEDIA_UNSAID.to_owned())),
            OptionKind::Instead => value(spec.name).map(|who| format!("to {who}")),
            _ => value(spec.name),
        }
    }
}

/// A value as somebody would type it.
pub(super) fn text(value: &CommandDataOptionValue) -> Option<String> {
    match value {
        CommandDataOptionValue::String(text) | CommandDataOptionValue::Autocomplete { value: text, .. } => {
            Some(text.replace(['\r', '\n'], " "))
        }
        CommandDataOptionValue::User(user) => Some(format!("<@{user}>")),
        CommandDataOptionValue::Integer(number) => Some(number.to_string()),
        CommandDataOptionValue::Number(number) => Some(number.to_string()),
        CommandDataOptionValue::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line(name: &str, options: Value) -> String {
        let options: Vec<CommandDataOption> = serde_json::from_value(options).unwrap();
        Typed::new(name, &options).line(&CommandNames::default())
    }

    fn registered(names: &CommandNames) -> Vec<Value> {
        commands(names).iter().map(|command| serde_json::to_value(command).unwrap()).collect()
    }

    #[test]
    fn the_table_is_registered() {
        let all = registered(&CommandNames::default());
        let call = &all[0];
        assert_eq!(
            (&call["name"], &call["contexts"], &call["type"]),
            (&json!("call"), &json!([0]), &json!(1))
        );
        let names: Vec<&str> =
            call["options"].as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["callees", "media", "note"]);
        assert_eq!(call["options"][0]["autocomplete"], true);
        assert_eq!(call["options"][1]["choices"][1]["value"], "video");
        let subs = all[1]["options"].as_array().unwrap();
        assert_eq!((subs[0]["name"].as_str(), subs[0]["type"].as_u64()), (Some("list"), Some(1)));
        assert!(subs.iter().any(|sub| sub["name"] == "history" && sub["options"][0]["autocomplete"] == true));
        assert!(TABLE.iter().flat_map(|spec| spec.forms).all(|form| form.sub != Some(BARE)));
    }

    #[test]
    fn the_table_stays_within_discords_limits() {
        for command in registered(&CommandNames::default()) {
            let text = command.to_string();
            assert!(text.len() <= 8_000, "a command's texts have at most 8000 characters");
            assert!(command["options"].as_array().unwrap().len() <= 25);
        }
        let renamed = CommandNames::new(&[("call", "ring")]).unwrap();
        assert_eq!(registered(&renamed)[0]["name"], "ring");
    }

    #[test]
    fn options_become_the_line_that_says_the_same() {
        let option = |name: &str, value: &str| json!({ "name": name, "type": 3, "value": value });
        assert_eq!(line("call", json!([option("callees", "jack mira")])), "/call jack mira");
        let all = json!([option("note", "db is down"), option("callees", "<@42>"), option("media", "video")]);
        assert_eq!(line("call", all), "/call <@42> video db is down");
        let note = json!([option("callees", "jack"), option("note", "video\nis broken")]);
        assert_eq!(line("call", note), "/call jack audio video is broken");
        let sub = |name: &str, options: Value| json!([{ "name": name, "type": 1, "options": options }]);
        assert_eq!(line("calls", sub("list", json!([]))), "/calls");
        assert_eq!(line("calls", sub("history", json!([option("who", "jack")]))), "/calls history jack");
        assert_eq!(line("calls", sub("gone", json!([option("x", "y")]))), "/calls gone y");
        assert_eq!(line("old", json!([option("x", "y")])), "/old y");
    }
}
