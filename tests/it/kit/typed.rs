//! A line as it is typed at a desk, filled into the fields that Discord shows for the command.

use serde_json::Value;

/// What a command with sub-commands is called where nothing follows.
const BARE: &str = "list";
/// The field whose value is typed behind its own name: `/escalate p1 to jack`.
const MARKED: &str = "to";
/// The kind of an option that takes a user.
const USER: u64 = 6;

/// `/call jack video db is down` becomes `/call callees:jack media:video note:db is down`.
///
/// # Errors
/// Why nobody can type that on Discord.
pub(super) fn typed(line: &str, commands: &[Value]) -> Result<String, String> {
    let mut words = line.split_whitespace().peekable();
    let root = words.next().and_then(|word| word.strip_prefix('/')).ok_or("no command")?;
    let mut leaf = commands.iter().find(|command| command["name"] == root).ok_or("not registered")?;
    let mut out = format!("/{root}");
    if options(leaf).first().is_some_and(|option| option["type"] == 1) {
        let named = |name: &str| options(leaf).iter().find(|option| option["name"] == name);
        let first = words.peek().copied().unwrap_or(BARE);
        let sub = match named(first) {
            Some(sub) => {
                words.next();
                sub
            }
            // What the bare form takes.
            None => named(BARE).filter(|bare| !options(bare).is_empty()).ok_or("no such sub-command")?,
        };
        (leaf, out) = (sub, format!("{out} {}", sub["name"].as_str().unwrap_or_default()));
    }
    let fields = options(leaf);
    for (at, field) in fields.iter().enumerate() {
        let (name, choices) = (field["name"].as_str().unwrap_or_default(), field["choices"].as_array());
        let is_choice =
            |word: &str| choices.is_some_and(|all| all.iter().any(|choice| choice["value"] == word));
        let later_choice = |word: &str| {
            let later = fields[at + 1..].iter().filter_map(|field| field["choices"].as_array()).flatten();
            later.into_iter().any(|choice| choice["value"] == word)
        };
        // A user is chosen from the client's list, so what names nobody goes before.
        let takes_user = |field: &Value| field["type"] == USER;
        let is_user = |word: &str| word.starts_with('@') || word.starts_with("desk:");
        let is_last = fields[at + 1..].iter().all(takes_user);
        let user_follows = fields[at + 1..].iter().any(takes_user);
        let is_marked = |field: &Value| field["name"] == MARKED;
        if is_marked(field) && words.next_if_eq(&MARKED).is_none() {
            continue;
        }
        let mark_follows = fields[at + 1..].iter().any(is_marked);
        let mut value: Vec<&str> = Vec::new();
        while let Some(word) = words.peek().copied() {
            let fits = match choices {
                Some(_) => value.is_empty() && is_choice(word),
                None if takes_user(field) => value.is_empty() && is_user(word),
                None if user_follows && is_user(word) => false,
                None => is_last || name == "callees" || value.is_empty(),
            };
            if !fits || later_choice(word) || (mark_follows && word == MARKED) {
                break;
            }
            value.extend(words.next());
        }
        if !value.is_empty() {
            let value = value.join(" ");
            let value = if takes_user(field) { value.replace("desk:", "@") } else { value };
            out = format!("{out} {name}:{value}");
        }
    }
    match words.next() {
        None => Ok(out),
        Some(word) => Err(format!("{word:?} fits nowhere")),
    }
}

fn options(item: &Value) -> &[Value] {
    item["options"].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_go_into_fields() {
        let text = |name: &str| json!({ "type": 3, "name": name });
        let mut media = text("media");
        media["choices"] = json!([{ "value": "audio" }, { "value": "video" }]);
        let sub = |name: &str, options: Value| json!({ "type": 1, "name": name, "options": options });
        let commands = [
            json!({ "name": "call", "options": [text("callees"), media, text("note")] }),
            json!({ "name": "calls", "options": [sub("list", json!([])), sub("show", json!([text("id")]))] }),
            json!({ "name": "oncall", "options": [sub("list", json!([text("schedule")]))] }),
        ];
        let said = |line: &str| typed(line, &commands).unwrap_or_else(|why| why);
        assert_eq!(said("/call jack mira"), "/call callees:jack mira");
        assert_eq!(said("/call jack video the db"), "/call callees:jack media:video note:the db");
        assert_eq!(said("/calls"), "/calls list");
        assert_eq!(said("/calls show c1"), "/calls show id:c1");
        assert_eq!(said("/calls show c1 c2"), "/calls show id:c1 c2");
        assert_eq!(said("/calls shwo"), "no such sub-command");
        assert_eq!(
            (said("/oncall"), said("/oncall x")),
            ("/oncall list".into(), "/oncall list schedule:x".into())
        );
        assert_eq!(said("/calls list x"), "\"x\" fits nowhere");
        assert_eq!(said("/cal jack"), "not registered");
        let user = json!({ "type": 6, "name": "user" });
        let link = sub("link", json!([text("account"), text("code"), user]));
        let commands = [json!({ "name": "callout", "options": [link] })];
        let said = |line: &str| typed(line, &commands).unwrap_or_else(|why| why);
        assert_eq!(said("/callout link jack 123 456"), "/callout link account:jack code:123 456");
        assert_eq!(said("/callout link jack @eve"), "/callout link account:jack user:@eve");
        assert_eq!(said("/callout link jack desk:eve"), "/callout link account:jack user:@eve");
    }
}
