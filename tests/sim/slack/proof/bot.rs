//! A foreign bot in a process of its own. It says what it has done, a line of JSON each.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// Real seconds that a bot may take for a step; a cold start on a busy machine takes some.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Bot {
    child: Child,
    lines: UnboundedReceiver<Value>,
    /// Lines that were not asked for yet.
    waiting: Vec<Value>,
}

impl Drop for Bot {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Bot {
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let (tell, told) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let value = serde_json::from_str(&line).ok().filter(Value::is_object);
                if tell.send(value.unwrap_or_else(|| json!({ "did": "speak", "line": line }))).is_err() {
                    return;
                }
            }
        });
        Self { child, lines: told, waiting: Vec::new() }
    }

    /// What the bot says when it has done `what`.
    pub(super) async fn did(&mut self, what: &str) -> Value {
        loop {
            if let Some(at) = self.waiting.iter().position(|line| line["did"] == what) {
                return self.waiting.remove(at);
            }
            let next = self.next().await;
            let next = next.unwrap_or_else(|| panic!("it ended before it {what}: {:#?}", self.waiting));
            self.waiting.push(next);
        }
    }

    /// Waits for its end.
    pub(super) async fn ends(&mut self) {
        while self.next().await.is_some() {}
        assert!(self.child.wait().unwrap().success());
    }

    /// The next thing that it did; `None` at its end.
    async fn next(&mut self) -> Option<Value> {
        #[expect(clippy::disallowed_methods, reason = "a real bound on another program")]
        let next = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
        let next = next.unwrap_or_else(|_| panic!("it does nothing any more: {:#?}", self.waiting))?;
        assert_ne!(next["did"], "failed", "{}", next["why"].as_str().unwrap_or_default());
        Some(next)
    }
}
