//! Who is told of what happens (wire reference, 2.6).

use serde_json::json;

use super::super::body::Body;
use super::super::callbacks::{COMMANDS, Target};
use super::super::wire::{Refused, Reply};
use super::super::{Sandbox, keep};

impl Sandbox {
    pub(super) fn set_callback(&self, body: &Body) -> Result<Reply, Refused> {
        let wrong = |refused: Refused| Refused::new(100_002, refused.info);
        let url = body.text("Url").map_err(wrong)?;
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(Refused::new(100_002, "Url must start with http:// or https://"));
        }
        let commands = body.texts("CallbackCommandList", 100_002).map_err(wrong)?;
        if let Some(unknown) = commands.iter().find(|command| !COMMANDS.contains(&command.as_str())) {
            return Err(Refused::new(100_002, format!("CallbackCommandList holds {unknown}")));
        }
        self.retarget(Some(Target { url: url.to_owned(), commands }));
        Ok(Reply::Bare)
    }

    pub(super) fn delete_callback(&self) -> Result<Reply, Refused> {
        self.retarget(None);
        Ok(Reply::Bare)
    }

    fn retarget(&self, target: Option<Target>) {
        let mut state = self.lock();
        keep::write_target(&self.journal, target.as_ref());
        state.dispatch.target = target;
    }

    pub(super) fn get_callback(&self) -> Result<Reply, Refused> {
        let state = self.lock();
        let none = || Refused::new(100_301, "no callback is configured");
        let target = state.dispatch.target.as_ref().ok_or_else(none)?;
        Ok(Reply::Response(json!({"Url": target.url, "CallbackCommandList": target.commands})))
    }
}
