//! Reads the file's shape, and gathers what is wrong with where it stands.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, Deserializer, Error};

use super::PushJudge;
use super::finding::Finding;
use super::prune::{key_of, remove_entry, remove_key};
use super::raw::{REPEATED, RawFile, SINGLE, Text};
use crate::domain::span::Misread;

/// Findings of shape after which reading stops: by then the file is something else.
const SHAPES_MAX: usize = 20;

const SEE: &str = "see callout.example.toml";

/// A file in hand, with what was found in it.
pub(super) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Where each line starts.
    lines: Vec<usize>,
    findings: Vec<Finding>,
    pub(super) push_judge: PushJudge<'a>,
    notes: Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, push_judge: PushJudge<'a>) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { file, text, lines, findings: Vec::new(), notes: Vec::new(), push_judge }
    }

    /// Everything found, and what is only good to know, each in the order of the file.
    pub(super) fn findings(mut self) -> (Vec<Finding>, Vec<Finding>) {
        self.findings.sort_by_key(|finding| finding.line);
        self.notes.sort_by_key(|note| note.line);
        (self.findings, self.notes)
    }

    /// Whether nothing must be put right.
    pub(super) fn is_right(&self) -> bool {
        self.findings.iter().all(|finding| finding.warning)
    }

    /// Something that must be put right.
    pub(super) fn error(&mut self, at: Range<usize>, misread: Misread) {
        self.find(at, misread, false);
    }

    /// Something that may stay.
    pub(super) fn warn(&mut self, at: Range<usize>, misread: Misread) {
        self.find(at, misread, true);
    }

    /// Something that is as it should be, and good to know.
    pub(super) fn note(&mut self, at: Range<usize>, misread: Misread) {
        let note = self.finding(at, misread, true);
        self.notes.push(note);
    }

    /// Whether there are at most `max` of `what`; if not, that is found.
    pub(super) fn at_most(&mut self, max: usize, count: usize, what: &str, at: Range<usize>) -> bool {
        if count > max {
            let problem = format!("{count} {what} are too many");
            self.error(at, Misread::new(problem, format!("write at most {max}")));
        }
        count <= max
    }

    /// What `read` makes of `text`; what is wrong with it is found at its place, after the name of its key.
    pub(super) fn take<T>(
        &mut self,
        key: &str,
        text: &Text,
        read: impl FnOnce(&str) -> Result<T, Misread>,
    ) -> Option<T> {
        let misread = match read(text.get_ref()) {
            Ok(value) => return Some(value),
            Err(misread) => misread,
        };
        let problem = format!("{key}: {}", misread.problem);
        self.error(text.span(), Misread { problem, ..misread });
        None
    }

    /// A whole number within `range`.
    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        number: &Spanned<i64>,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<T> {
        let value = *number.get_ref();
        if range.contains(&value) {
            return T::try_from(value).ok();
        }
        let advice = format!("choose {} to {}", range.start(), range.end());
        self.error(number.span(), Misread::new(format!("{key}: {value} is out of range"), advice));
        None
    }

    /// The line of the byte at `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// The file's shape; `None` when something is so wrong that reading on would only mislead.
    pub(super) fn shape(&mut self) -> Option<RawFile> {
        let (mut table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().unwrap_or_default();
            self.error(at, Misread::new(error.message().replace(", ", ": "), "put the line right"));
        }
        self.sections(table.get_ref());
        if !self.findings.is_empty() {
            return None;
        }
        let mut whole = true;
        while self.findings.len() < SHAPES_MAX {
            match RawFile::deserialize(Deserializer::from(table.clone())) {
                Ok(raw) => return whole.then_some(raw),
                Err(error) => whole &= self.misshapen(&error, table.get_mut())?,
            }
        }
        None
    }

    /// A section written the other way, as `[person]` or `[[call]]`, would be told in riddles later.
    fn sections(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let advice = if REPEATED.contains(&name) && value.get_ref().is_table() {
                format!("write [[{name}]]: there may be several")
            } else if SINGLE.contains(&name) && value.get_ref().is_array() {
                format!("write [{name}]: there is only one")
            } else {
                continue;
            };
            self.error(key.span(), Misread::new(format!("`{name}` has the wrong brackets"), advice));
        }
    }

    /// Finds what `error` says and takes it out of `table`, so that reading can go on. Tells whether what
    /// is left may be judged; `None` when it could not be taken out.
    fn misshapen(&mut self, error: &Error, table: &mut DeTable<'_>) -> Option<bool> {
        let at = error.span()?;
        if let Some((key, known)) = unknown_key(error.message()) {
            let near = known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, key));
            let near = near.filter(|near| strsim::damerau_levenshtein(near, key) <= 2);
            let list = || format!("known here: {}", known.join(", "));
            let advice = near.map_or_else(list, |near| format!("did you mean `{near}`?"));
            self.error(at.clone(), Misread::new(format!("unknown key `{key}`"), advice));
            return remove_key(table, &at).then_some(true);
        }
        let misread = self.explain(error.message(), &at, table);
        self.error(at.clone(), misread);
        remove_entry(table, &at).then_some(false)
    }

    fn explain(&self, message: &str, at: &Range<usize>, table: &DeTable<'_>) -> Misread {
        let here = self.text.get(at.clone()).unwrap_or_default().lines().next().unwrap_or_default();
        if let Some(field) = message.strip_prefix("missing field ") {
            return Misread::new(format!("{here} has no {field}"), format!("add it, {SEE}"));
        }
        let wanted = message.rsplit_once(", expected ").map_or("something else", |(_, wanted)| wanted);
        let wanted = wanted
            .replace("a string", "text in quotes")
            .replace("a sequence", "a list")
            .replace("i64", "a whole number")
            .replace("a map", "a table, as in { Key = \"value\" }")
            .replace("a boolean", "true or false");
        let key = key_of(table, at).map_or_else(|| here.to_owned(), |key| format!("`{key}`"));
        Misread::new(format!("{key} must be {wanted}"), SEE)
    }

    fn find(&mut self, at: Range<usize>, misread: Misread, warning: bool) {
        let finding = self.finding(at, misread, warning);
        self.findings.push(finding);
    }

    fn finding(&self, at: Range<usize>, misread: Misread, warning: bool) -> Finding {
        let line = self.line(at.start);
        // A finding is one line, whatever the file has in its quotes.
        let problem = misread.problem.replace(char::is_control, " ");
        let advice = misread.advice;
        Finding { file: self.file.to_owned(), line, problem, advice, warning }
    }
}

/// The key that the deserializer did not know, and those it would have.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let (key, known) = message.strip_prefix("unknown field `")?.rsplit_once("`, expected ")?;
    Some((key, known.split('`').skip(1).step_by(2).collect()))
}
