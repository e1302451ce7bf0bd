//! What the bot can do, in its own words: made from the table.

use super::Names;
use super::table::{CommandSpec, FormSpec, Root, TABLE};

/// Every command that works, one a line. Escaped.
#[must_use]
pub fn help(names: &dyn Names) -> String {
    let lines = TABLE.iter().flat_map(|spec| spec.forms.iter().map(|form| line(spec, form, names)));
    lines.collect::<Vec<_>>().join("\n")
}

/// One command, with its options. Escaped.
#[must_use]
pub fn help_of(root: Root, names: &dyn Names) -> String {
    let Some(spec) = root.spec() else { return help(names) };
    let mut lines = vec![format!("/{}: {}.", names.name(root.name()), spec.help)];
    for form in spec.forms {
        lines.push(line(spec, form, names));
        let options = form.options.iter().map(|option| format!("    {}: {}", option.usage(), option.help));
        lines.extend(options.map(|text| own(&text)));
    }
    lines.join("\n")
}

/// How to type one form, or all forms of a command. Escaped.
pub(super) fn usage(root: Root, sub: Option<&str>, names: &dyn Names) -> String {
    let forms = root.spec().map_or(&[][..], |spec| spec.forms);
    let asked = forms.iter().filter(|form| sub.is_none() || form.sub == sub);
    let lines: Vec<String> = asked.map(|form| form.usage(names.name(root.name()))).collect();
    own(&lines.join(" · "))
}

fn line(spec: &CommandSpec, form: &FormSpec, names: &dyn Names) -> String {
    let admins = if form.admin { " (admins)" } else { "" };
    own(&format!("{}: {}{admins}", form.usage(names.name(spec.root.name())), form.help))
}

/// Escapes our own words, which hold no mention.
fn own(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::DefaultNames;
    use super::super::kit::Renamed;
    use super::*;

    #[test]
    fn all_commands_are_explained() {
        insta::assert_snapshot!(help(&DefaultNames), @r"
        /call &lt;callee&gt;… [audio|video] [note]: ring them; several make one group call
        /calls: the live calls
        /calls board: a message in this channel that keeps showing the live calls
        /calls history [@who]: past calls
        /calls show &lt;id&gt;: what happened in one call
        /calls hangup &lt;id&gt;: end a call: yours, one you are in, or any as an admin
        /page &lt;policy or person&gt; &lt;message&gt;: ring them, step by step, until somebody takes it
        /pages: the open pages
        /pages show &lt;id&gt;: what happened in one page, and why
        /ack [id] [30m]: I have it; with a time, I am rung first if it is open then
        /close [id]: it is over: nothing rings any more
        /escalate [id] [@who] [to @who]: the next step now; or ring this person as well, or instead
        /oncall [schedule]: who is on call, until when, and who is next
        /oncall simulate &lt;policy or person&gt; [when]: who would be rung, when and why; rings nobody
        /oncall take &lt;schedule&gt; &lt;until&gt;: I am on call instead of everybody
        /oncall override &lt;schedule&gt; &lt;who|nobody&gt; [for @who] &lt;from&gt; &lt;to&gt;: change who is on call (admins)
        /oncall undo &lt;id&gt;: take a change back: yours, or any as an admin
        /callout help [command]: this list, or one command in detail
        /callout me: my settings
        /callout test: ring me: does my phone work?
        /callout quiet [@who] [22:00-07:00|off|for 2h|default]: when calls ask before they ring me
        /callout link &lt;account&gt; [code] [@user]: say who I am; my phone shows a code to prove it
        /callout unlink [@user]: undo that
        /callout audit: who changed what (admins)
        /callout status: how the bot is (admins)
        ");
    }

    #[test]
    fn one_command_is_explained_under_its_name_here() {
        insta::assert_snapshot!(help_of(Root::Call, &Renamed), @r"
        /ring: Ring somebody.
        /ring &lt;callee&gt;… [audio|video] [note]: ring them; several make one group call
            &lt;callee&gt;…: Who shall be rung: ids or mentions, several for a group call
            [audio|video]: audio or video; audio when left out
            [note]: What it is about; shown on their phone
        ");
        insta::assert_snapshot!(help_of(Root::Callout, &Renamed), @r"
        /bot: The bot itself: help and settings.
        /bot help [command]: this list, or one command in detail
            [command]: Only this command
        /bot me: my settings
        /bot test: ring me: does my phone work?
        /bot quiet [@who] [22:00-07:00|off|for 2h|default]: when calls ask before they ring me
            [@who]: For admins: somebody else's
            [22:00-07:00|off|for 2h|default]: Local hours, off, for a while, or default: as callout.toml says
        /bot link &lt;account&gt; [code] [@user]: say who I am; my phone shows a code to prove it
            &lt;account&gt;: Who you are: a person's id, or the account in the call app
            [code]: The six digits that the phone shows; without them, it is rung
            [@user]: For admins: link this chat user, without a ring
        /bot unlink [@user]: undo that
            [@user]: Another chat user of yours, or anybody's for admins
        /bot audit: who changed what (admins)
        /bot status: how the bot is (admins)
        ");
    }
}
