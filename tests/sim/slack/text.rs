//! Slack's markup: what people see of a text, and whom it pings.

use std::collections::BTreeSet;

use super::state::State;

impl State {
    /// A text with markup as people see it: with names for mentions, and without entities.
    pub(super) fn rendered(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(open) = rest.find('<') {
            out.push_str(&unescaped(&rest[..open]));
            let Some((inside, after)) = rest[open + 1..].split_once('>') else {
                out.push_str(&unescaped(&rest[open..]));
                return out;
            };
            out.push_str(&self.shown(inside));
            rest = after;
        }
        out.push_str(&unescaped(rest));
        out
    }

    /// What stands between `<` and `>`, as people see it.
    fn shown(&self, inside: &str) -> String {
        let (what, label) =
            inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(label)));
        if let Some(user) = what.strip_prefix('@') {
            let known = self.users.get(user).map(|user| user.shown().to_owned());
            return format!(
                "@{}",
                known.or_else(|| label.map(unescaped)).unwrap_or_else(|| "unknown".to_owned())
            );
        }
        if let Some(channel) = what.strip_prefix('#') {
            let known = self.channels.get(channel).map(|channel| channel.name.clone());
            return format!(
                "#{}",
                known.or_else(|| label.map(unescaped)).unwrap_or_else(|| "unknown".to_owned())
            );
        }
        if let Some(special) = what.strip_prefix('!') {
            return match special.split('^').collect::<Vec<_>>()[..] {
                [word @ ("channel" | "here" | "everyone")] => format!("@{word}"),
                ["date", ..] => label.map(unescaped).unwrap_or_default(),
                _ => label.map_or_else(|| format!("<{inside}>"), unescaped),
            };
        }
        unescaped(label.unwrap_or(what))
    }

    /// Whom a text with markup pings: names of people, and `@channel` and the like.
    pub(super) fn pinged(&self, text: &str, names: &mut BTreeSet<String>) {
        for part in text.split('<').skip(1) {
            let Some((inside, _)) = part.split_once('>') else { continue };
            let what = inside.split('|').next().unwrap_or_default();
            let user = what.strip_prefix('@').and_then(|id| self.users.get(id));
            if let Some(user) = user {
                names.insert(format!("@{}", user.name));
            }
            if let Some(word) =
                what.strip_prefix('!').filter(|w| matches!(*w, "channel" | "here" | "everyone"))
            {
                names.insert(format!("@{word}"));
            }
        }
    }

    /// What a client makes of what people typed: `@jack`, `#ops` and addresses become markup, the rest is escaped.
    /// In a command a name stands beside each id, in a message it does not.
    pub(super) fn typed(&self, text: &str, with_names: bool) -> String {
        let words = text.split(' ').map(|word| self.typed_word(word, with_names));
        words.collect::<Vec<_>>().join(" ")
    }

    fn typed_word(&self, word: &str, with_names: bool) -> String {
        let bare = word.trim_end_matches([',', '.', '!', '?', ':', ';']);
        let tail = escaped(&word[bare.len()..]);
        if let Some(name) = bare.strip_prefix('@') {
            if matches!(name, "channel" | "here" | "everyone") {
                return format!("<!{name}>{tail}");
            }
            if let Some(user) =
                self.users.values().find(|user| user.name == name || user.display_name == name)
            {
                let name = if with_names { format!("|{}", user.name) } else { String::new() };
                return format!("<@{}{name}>{tail}", user.id);
            }
        }
        let named = bare.strip_prefix('#');
        if let Some(channel) = named.and_then(|name| self.channels.values().find(|c| c.name == name)) {
            let name = if with_names { &*channel.name } else { "" };
            return format!("<#{}|{name}>{tail}", channel.id);
        }
        if bare.starts_with("http://") || bare.starts_with("https://") {
            return format!("<{}>{tail}", escaped(bare));
        }
        escaped(word)
    }
}

/// `&`, `<` and `>` as entities.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
