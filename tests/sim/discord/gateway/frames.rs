//! What a client says, and why it is thrown out.

use serde_json::{Value, json};

use super::super::ids::Id;
use super::super::state::State;
use super::{NotResumed, Out, Wire, intents};

/// Bytes of a frame from a client.
pub(super) const FRAME_MAX: usize = 4096;

/// Why a connection is closed, by Discord's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expelled(pub(super) u16, pub(super) &'static str);

/// One client, as far as the conversation has gone.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Its session, after Identify or Resume.
    pub(super) session: Option<String>,
    /// It asked for compressed frames.
    pub(super) compresses: bool,
}

/// The first frame on every connection.
pub(super) fn hello(state: &State) -> Value {
    let interval = u64::try_from(state.settings.heartbeat_interval.as_millis()).unwrap();
    json!({ "op": 10, "t": null, "s": null, "d": { "heartbeat_interval": interval, "_trace": [] } })
}

/// Answers a frame.
pub(super) fn hear(state: &mut State, client: &mut Client, wire: &Wire, text: &[u8]) -> Result<(), Expelled> {
    let bad = Expelled(4002, "Error while decoding payload.");
    if text.len() > FRAME_MAX {
        return Err(bad);
    }
    let frame: Value = serde_json::from_slice(text).map_err(|_| bad)?;
    match frame["op"].as_u64() {
        Some(1) => {
            let acks = state.settings.heartbeat_acks;
            if acks {
                drop(wire.send(Out::Frame(json!({ "op": 11, "t": null, "s": null, "d": null }), None)));
            }
            Ok(())
        }
        Some(2 | 6) if client.session.is_some() => Err(Expelled(4005, "Already authenticated.")),
        Some(2) => identify(state, client, wire, &frame["d"]),
        Some(6) => resume(state, client, wire, &frame["d"]),
        // Presence, voice, members: they need no answer here.
        Some(3 | 4 | 8 | 31) if client.session.is_some() => Ok(()),
        Some(3 | 4 | 8 | 31) => Err(Expelled(4003, "Not authenticated.")),
        Some(_) => Err(Expelled(4001, "Unknown opcode.")),
        None => Err(bad),
    }
}

/// The token is taken with and without `Bot`, as on Discord.
fn is_token(state: &State, value: &Value) -> bool {
    value.as_str().map(|token| token.strip_prefix("Bot ").unwrap_or(token)) == Some(&state.app.token)
}

fn identify(state: &mut State, client: &mut Client, wire: &Wire, data: &Value) -> Result<(), Expelled> {
    if !data["properties"].is_object() {
        return Err(Expelled(4002, "Error while decoding payload."));
    }
    if !is_token(state, &data["token"]) {
        return Err(Expelled(4004, "Authentication failed."));
    }
    let shard = &data["shard"];
    let (number, count) = (shard[0].as_u64().unwrap_or(0), shard[1].as_u64().unwrap_or(1));
    if number >= count {
        return Err(Expelled(4010, "Invalid shard."));
    }
    let wanted = data["intents"].as_u64().filter(|wanted| wanted & !intents::KNOWN == 0);
    let wanted = wanted.ok_or(Expelled(4013, "Invalid intent(s)."))?;
    if wanted & intents::PRIVILEGED & !state.settings.privileged_intents != 0 {
        return Err(Expelled(4014, "Disallowed intent(s)."));
    }
    if state.settings.identify_pace && state.sessions.is_hasty(state.now) {
        drop(wire.send(Out::Frame(invalid_session(false), None)));
        return Ok(());
    }
    client.compresses = data["compress"] == true;
    let session = state.sessions.begin(state.now, wanted, wire.clone());
    client.session = Some(session.clone());
    state.greet(&session, wanted, (number, count));
    Ok(())
}

fn resume(state: &mut State, client: &mut Client, wire: &Wire, data: &Value) -> Result<(), Expelled> {
    if !is_token(state, &data["token"]) {
        return Err(Expelled(4004, "Authentication failed."));
    }
    let session = data["session_id"].as_str().unwrap_or_default();
    let when = (state.now, state.settings.resume_window);
    match state.sessions.resume(when, session, data["seq"].as_u64().unwrap_or(0), wire.clone()) {
        Ok(()) => client.session = Some(session.to_owned()),
        Err(NotResumed::BadSequence) => return Err(Expelled(4007, "Invalid seq.")),
        Err(NotResumed::Unknown) => drop(wire.send(Out::Frame(invalid_session(false), None))),
    }
    Ok(())
}

/// The session is over; `true`: it can be resumed.
pub(in super::super) fn invalid_session(is_resumable: bool) -> Value {
    json!({ "op": 9, "t": null, "s": null, "d": is_resumable })
}

/// Connect again, and resume.
pub(in super::super) fn reconnect() -> Value {
    json!({ "op": 7, "t": null, "s": null, "d": null })
}

impl State {
    /// READY, and the guilds one by one.
    fn greet(&mut self, session: &str, wanted: u64, (number, count): (u64, u64)) {
        let bot = self.app.bot;
        let is_ours = |id: &Id| (id.0 >> 22) % count == number;
        let mine = self.guilds.values().filter(|guild| guild.members.contains_key(&bot));
        let mine: Vec<Id> = mine.map(|guild| guild.id).filter(is_ours).collect();
        let guilds: Vec<Value> = mine.iter().map(|id| json!({ "id": id, "unavailable": true })).collect();
        let mut user = self.user_json(bot);
        super::super::entities::merge(
            &mut user,
            json!({ "verified": true, "mfa_enabled": true, "email": null }),
        );
        let ready = json!({
            "v": 10, "user": user, "guilds": guilds, "session_id": session, "session_type": "normal",
            "resume_gateway_url": self.resume_url, "shard": [number, count],
            "application": { "id": self.app.id, "flags": 0 }, "private_channels": [], "relationships": [],
            "presences": [], "user_settings": {}, "geo_ordered_rtc_regions": [], "auth": {},
            "guild_join_requests": [], "_trace": [],
        });
        self.sessions.tell_one(session, "READY", &ready);
        if wanted & intents::GUILDS != 0 {
            for guild in mine {
                let event = self.guild_event(guild);
                self.sessions.tell_one(session, "GUILD_CREATE", &event);
            }
        }
    }
}
