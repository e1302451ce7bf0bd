//! Tells the engine where its callbacks go. There is one place for each application, and setting it overwrites.

use reqwest::Url;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::ports::EngineError;

use super::callback::DOOR;
use super::client::{Tencent, percent_encoded};
use super::errors::{Fault, NO_CALLBACK};
use super::event::COMMANDS;
use super::wire::{self, Command, SetCallback};

/// How the callback's registration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// No public address, or no secret: outcomes come by polling alone.
    Off,
    /// It was as it should be.
    Kept,
    /// None is there, or an older one of ours: registering would set it.
    Missing,
    /// It was set: none was there, or an older one of ours.
    Set,
    /// Somebody else's is there, and stays. The text says so and what to do; it shows no path, which may be a secret.
    Foreign(String),
}

impl Tencent {
    /// Makes the engine send its callbacks to us, unless it sends them to somebody else.
    ///
    /// # Errors
    /// [`EngineError`] when the engine can't be asked, or `PUBLIC_URL` is no address.
    pub async fn register_callback(&self) -> Result<Registration, EngineError> {
        match self.callback_state().await? {
            Registration::Missing => self.set_callback().await,
            other => Ok(other),
        }
    }

    /// Makes the engine send its callbacks to us, and no longer to anybody else: only when the operator says so.
    ///
    /// # Errors
    /// As [`register_callback`](Self::register_callback).
    pub async fn replace_callback(&self) -> Result<Registration, EngineError> {
        match self.callback_state().await? {
            Registration::Missing | Registration::Foreign(_) => self.set_callback().await,
            other => Ok(other),
        }
    }

    /// What is registered, without changing it.
    ///
    /// # Errors
    /// As [`register_callback`](Self::register_callback).
    pub async fn callback_state(&self) -> Result<Registration, EngineError> {
        let Some(ours) = self.callback_address()? else { return Ok(Registration::Off) };
        let (address, commands) = self.registered().await?;
        let Some(theirs) = address else { return Ok(Registration::Missing) };
        let has_all = COMMANDS.iter().all(|command| commands.iter().any(|known| known == command));
        Ok(match theirs.as_str() {
            same if same == ours.as_str() && has_all => Registration::Kept,
            other if is_same_door(other, &ours) => Registration::Missing,
            other => Registration::Foreign(foreign(other)),
        })
    }

    /// Makes the engine send its callbacks nowhere. Success when it did so already.
    ///
    /// # Errors
    /// [`EngineError`] when the engine did not do it.
    pub async fn delete_callback(&self) -> Result<(), EngineError> {
        match self.send(Command::DeleteCallback, &json!({})).await {
            Err(fault) if fault.code() != Some(NO_CALLBACK) => Err(fault.of_read()),
            _ => Ok(()),
        }
    }

    async fn set_callback(&self) -> Result<Registration, EngineError> {
        let Some(ours) = self.callback_address()? else { return Ok(Registration::Off) };
        let body = SetCallback { url: ours.as_str(), callback_command_list: &COMMANDS };
        self.send(Command::SetCallback, &body).await.map_err(Fault::of_read)?;
        Ok(Registration::Set)
    }

    /// What is registered: an address, and the commands that go there.
    async fn registered(&self) -> Result<(Option<String>, Vec<String>), EngineError> {
        match self.send(Command::GetCallback, &json!({})).await {
            Err(fault) if fault.code() == Some(NO_CALLBACK) => Ok((None, Vec::new())),
            Err(fault) => Err(fault.of_read()),
            Ok(reply) => {
                let commands = wire::list(reply.field("CallbackCommandList")).iter().filter_map(wire::text);
                Ok((wire::name(reply.field("Url")), commands.collect()))
            }
        }
    }

    /// Our address, with the secret in its path: never log it.
    fn callback_address(&self) -> Result<Option<Url>, EngineError> {
        let (Some(public), Some(secret)) = (&self.settings.public_url, &self.settings.callback_secret) else {
            return Ok(None);
        };
        let wrong = |why: &str| Err(EngineError::Permanent(format!("PUBLIC_URL {why}")));
        let Ok(root) = Url::parse(public) else { return wrong("is not an address: set it, or leave it out") };
        if !matches!(root.scheme(), "http" | "https") || root.query().is_some() || root.fragment().is_some() {
            return wrong("must be an https:// address without ? or #");
        }
        let (root, secret) = (root.as_str().trim_end_matches('/'), percent_encoded(secret.expose_secret()));
        Url::parse(&format!("{root}{DOOR}/{secret}")).map(Some).or_else(|_| wrong("is not an address"))
    }
}

/// Whether `theirs` is ours with another secret, perhaps an older one.
fn is_same_door(theirs: &str, ours: &Url) -> bool {
    let Ok(theirs) = Url::parse(theirs) else { return false };
    let door = |url: &Url| url.path().rsplit_once('/').map(|(door, _)| door.to_owned());
    theirs.origin() == ours.origin() && door(&theirs) == door(ours)
}

fn foreign(theirs: &str) -> String {
    let origin = Url::parse(theirs).map(|url| url.origin().ascii_serialization());
    let shown = origin.unwrap_or_else(|_| "something that is not an address".to_owned());
    format!(
        "The engine's callbacks go to {shown}/… and not to us: they stay there, and outcomes come by polling. \
         If nobody needs them there, set replace_callback = true under [engine], or delete the callback in the vendor's \
         console, and start again"
    )
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
