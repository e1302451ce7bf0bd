//! What the model answers instead of doing as it is told: Discord's error bodies.

use serde_json::{Map, Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
    /// Beside `code` and `message`.
    pub(super) more: Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: u16, code: u32, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), more: Map::new() }
    }

    /// One more field of the body.
    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.more.insert(key.to_owned(), value);
        self
    }

    pub(super) fn body(&self) -> Value {
        let mut body = self.more.clone();
        body.insert("message".to_owned(), json!(self.message));
        body.insert("code".to_owned(), json!(self.code));
        Value::Object(body)
    }
}

macro_rules! problems {
    ($($name:ident = $status:literal $code:literal $message:literal;)*) => {
        $(pub(super) fn $name() -> Problem {
            Problem::new($status, $code, $message)
        })*
    };
}

problems! {
    unauthorized = 401 0 "401: Unauthorized";
    not_found = 404 0 "404: Not Found";
    unknown_channel = 404 10003 "Unknown Channel";
    unknown_guild = 404 10004 "Unknown Guild";
    unknown_member = 404 10007 "Unknown Member";
    unknown_message = 404 10008 "Unknown Message";
    unknown_user = 404 10013 "Unknown User";
    unknown_webhook = 404 10015 "Unknown Webhook";
    unknown_interaction = 404 10062 "Unknown interaction";
    too_many_creates = 429 30034 "Max number of daily application command creates has been reached (200)";
    already_acknowledged = 400 40060 "Interaction has already been acknowledged.";
    missing_access = 403 50001 "Missing Access";
    not_the_author = 403 50005 "Cannot edit a message authored by another user";
    empty_message = 400 50006 "Cannot send an empty message";
    user_is_closed = 403 50007 "Cannot send messages to this user";
    missing_permissions = 403 50013 "Missing Permissions";
    wrong_channel_kind = 400 50024 "Cannot execute action on this channel type";
    dead_token = 401 50027 "Invalid Webhook Token";
    thread_is_archived = 400 50083 "Thread is archived";
    thread_is_locked = 403 50083 "Thread is archived";
    bad_json = 400 50109 "The request body contains invalid JSON.";
    reply_without_history = 400 160_002 "Cannot reply without permission to read message history";
    thread_exists = 400 160_004 "A thread has already been created for this message";
}

/// A message that is older than an hour was edited too often. The status is 429, as the libraries report it.
pub(super) fn too_many_old_edits(retry_after_s: f64) -> Problem {
    let message = "Maximum number of edits to messages older than 1 hour reached. Try again later.";
    Problem::new(429, 30046, message).with("retry_after", json!(retry_after_s)).with("global", json!(false))
}

/// What is wrong with a body, field by field.
#[derive(Debug, Default)]
pub(super) struct Form {
    errors: Map<String, Value>,
}

impl Form {
    /// Notes that the field at `path` (`embeds.0.title`) is wrong.
    pub(super) fn wrong(&mut self, path: &str, code: &str, message: &str) {
        let mut place = &mut self.errors;
        for key in path.split('.').filter(|key| !key.is_empty()) {
            let inner = place.entry(key).or_insert_with(|| json!({}));
            place = inner.as_object_mut().unwrap();
        }
        let list = place.entry("_errors").or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(json!({ "code": code, "message": message }));
    }

    pub(super) fn required(&mut self, path: &str) {
        self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub(super) fn one_of(&mut self, path: &str, values: &str) {
        self.wrong(path, "BASE_TYPE_CHOICES", &format!("Value must be one of {{{values}}}."));
    }

    /// A length (of a text, in characters, or of a list) that has to be `least` to `most`.
    pub(super) fn length(&mut self, path: &str, len: usize, least: usize, most: usize) {
        if len > most && least == 0 {
            let message = format!("Must be {most} or fewer in length.");
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", &message);
        } else if !(least..=most).contains(&len) {
            let message = format!("Must be between {least} and {most} in length.");
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", &message);
        }
    }

    /// The text in `value`, of `least` to `most` characters. Nothing, or null, is well unless `least` is positive.
    pub(super) fn text(&mut self, path: &str, value: &Value, least: usize, most: usize) {
        match value {
            Value::Null if least == 0 => {}
            Value::Null => self.required(path),
            Value::String(text) => self.length(path, text.chars().count(), least, most),
            other => {
                self.wrong(
                    path,
                    "STRING_TYPE_CONVERT",
                    &format!("Could not interpret \"{other}\" as string."),
                );
            }
        }
    }

    /// The list in `value`; nothing, or null, is an empty one.
    pub(super) fn list<'v>(&mut self, path: &str, value: &'v Value) -> &'v [Value] {
        match value {
            Value::Null => &[],
            Value::Array(list) => list,
            _ => {
                self.wrong(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
                &[]
            }
        }
    }

    /// # Errors
    /// 50035, if anything was wrong.
    pub(super) fn done(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Problem::new(400, 50035, "Invalid Form Body").with("errors", Value::Object(self.errors)))
    }
}
