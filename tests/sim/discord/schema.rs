//! Discord's own OpenAPI document, held against what was asked and answered.
//!
//! It is blind for some rules (texts of 2001 to 4000 characters, more than five rows, unknown fields): those the
//! model checks itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::Discord;
use super::journal::Exchange;

/// Where the document is, if not beside the repository.
const VARIABLE: &str = "CALLOUT_TEST_DISCORD_SCHEMA";
/// Where it is in CI.
const BESIDE: &str = "../shared/reference/discord-openapi.json";
/// A body of which nothing more is to be said: refused as malformed.
const MALFORMED: [u64; 3] = [50035, 50006, 50109];

/// The document, and what of it was needed so far.
pub(crate) struct Schema {
    document: Value,
    ready: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Discord {
    /// Everything that was asked and answered is as Discord's own document says.
    pub(crate) fn is_to_the_letter(&self) {
        let Some(schema) = Schema::found() else { return };
        assert_eq!(schema.problems(&self.journal()), Vec::<String>::new());
    }
}

impl Schema {
    /// The document, or nothing and a line about it on a machine without it.
    pub(crate) fn found() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join(BESIDE);
        let path = std::env::var_os(VARIABLE).map_or_else(beside, PathBuf::from);
        let text = std::fs::read_to_string(&path);
        let required =
            std::env::var("CALLOUT_TEST_REQUIRE").is_ok_and(|arms| arms.contains("discord-schema"));
        assert!(
            text.is_ok() || !required,
            "CALLOUT_TEST_REQUIRE wants Discord's OpenAPI document at {}, or where {VARIABLE} says",
            path.display()
        );
        match text {
            Ok(text) => {
                Some(Self { document: serde_json::from_str(&text).unwrap(), ready: RefCell::default() })
            }
            Err(_) => {
                eprintln!("not held against Discord's OpenAPI document: {} is not there", path.display());
                None
            }
        }
    }

    /// What is wrong with a journal: requests that the model took, and answers.
    pub(crate) fn problems(&self, journal: &[Exchange]) -> Vec<String> {
        journal.iter().flat_map(|exchange| self.problems_of(exchange)).collect()
    }

    fn problems_of(&self, exchange: &Exchange) -> Vec<String> {
        // 0: cut. From 500: out of order, and no business of the document's.
        if exchange.status == 0 || exchange.status >= 500 {
            return Vec::new();
        }
        let line = exchange.line();
        let Some(operation) = self.operation(exchange) else {
            return vec![format!("{line}: no such operation")];
        };
        let mut problems = Vec::new();
        let code = exchange.answer["code"].as_u64();
        if !exchange.body.is_null() && !code.is_some_and(|code| MALFORMED.contains(&code)) {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            problems.extend(self.differences(schema, &as_documented(exchange)));
        }
        let problems = problems.into_iter().map(|problem| format!("{line}: request: {problem}"));
        let answer = self.answer_problems(operation, exchange).into_iter();
        problems
            .chain(answer.map(|problem| format!("{line}: answer {}: {problem}", exchange.status)))
            .collect()
    }

    fn answer_problems(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let status = exchange.status.to_string();
        let class = format!("{}XX", exchange.status / 100);
        let answers = &operation["responses"];
        let documented = answers.get(&status).or_else(|| answers.get(&class));
        let Some(documented) = documented else { return vec!["not documented".to_owned()] };
        let documented = documented["$ref"].as_str().map_or(documented, |pointer| self.at(pointer));
        match documented.pointer("/content/application~1json/schema") {
            Some(schema) => self.differences(schema, &with_numbers(&exchange.answer)),
            None if exchange.answer.is_null() => Vec::new(),
            None => vec!["has a body".to_owned()],
        }
    }

    fn at(&self, pointer: &str) -> &Value {
        self.document.pointer(pointer.trim_start_matches('#')).unwrap_or(&Value::Null)
    }

    /// The operation of a request. A part of a path that is written out wins over a parameter.
    fn operation(&self, exchange: &Exchange) -> Option<&Value> {
        let method = exchange.method.to_lowercase();
        let fits = |path: &str| {
            let wanted: Vec<&str> = path.trim_start_matches('/').split('/').collect();
            let is_parameter = |part: &str| part.starts_with('{');
            let same = wanted.len() == exchange.parts.len()
                && wanted
                    .iter()
                    .zip(&exchange.parts)
                    .all(|(wanted, is)| is_parameter(wanted) || wanted == is);
            same.then(|| wanted.iter().filter(|part| is_parameter(part)).count())
        };
        let paths = self.document["paths"].as_object()?.iter();
        let all = paths.filter_map(|(path, item)| Some((fits(path)?, item.get(&method)?)));
        all.min_by_key(|(parameters, _)| *parameters).map(|(_, operation)| operation)
    }

    fn differences(&self, schema: &Value, value: &Value) -> Vec<String> {
        if schema.is_null() {
            return vec!["takes no body".to_owned()];
        }
        let validator = self.validator(schema);
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, schema: &Value) -> Rc<Validator> {
        let key = schema.to_string();
        if let Some(ready) = self.ready.borrow().get(&key) {
            return Rc::clone(ready);
        }
        let whole = json!({ "allOf": [schema], "components": self.document["components"] });
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let built = Rc::new(options.build(&whole).expect("a schema"));
        self.ready.borrow_mut().insert(key, Rc::clone(&built));
        built
    }
}

/// A request as the document writes it: it wants a number where clients send a number as text, which Discord takes.
fn as_documented(exchange: &Exchange) -> Value {
    let mut body = exchange.body.clone();
    for command in body.as_array_mut().into_iter().flatten() {
        let permissions = command.get_mut("default_member_permissions");
        if let Some(permissions) = permissions
            && let Some(number) = permissions.as_str().and_then(|text| text.parse::<u64>().ok())
        {
            *permissions = json!(number);
        }
    }
    body
}

/// An error answer as the document writes it: it wants numbers where Discord says `BASE_TYPE_REQUIRED`.
fn with_numbers(answer: &Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| {
                let is_word = |error: &Value| error["code"].is_string() && error["message"].is_string();
                let errors = value.as_array().filter(|list| key == "_errors" && list.iter().all(is_word));
                let numbered = errors.map(|list| {
                    list.iter().map(|error| json!({ "code": 0, "message": error["message"] })).collect()
                });
                (key.clone(), numbered.unwrap_or_else(|| with_numbers(value)))
            });
            fields.collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
