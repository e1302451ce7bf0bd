//! The integration tests: people at desks, handsets that ring, in simulated time.

// clippy takes the helpers for test code only below a `cfg(test)`.
#[cfg(test)]
mod alert_doors;
#[cfg(test)]
mod alertmanager;
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod alerts_instants;
#[cfg(test)]
mod alerts_late;
#[cfg(test)]
mod alerts_louder;
#[cfg(test)]
mod alerts_many;
#[cfg(test)]
mod alerts_told;
#[cfg(test)]
mod announce;
#[cfg(test)]
mod announce_later;
#[cfg(test)]
#[path = "../browser/mod.rs"]
mod browser;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod confirm;
#[cfg(test)]
#[path = "../conformance/mod.rs"]
mod conformance;
#[cfg(test)]
mod crash;
#[cfg(test)]
#[path = "../sim/discord/mod.rs"]
mod discord;
#[cfg(test)]
mod discord_calls;
#[cfg(test)]
mod discord_crash;
#[cfg(test)]
mod discord_gateway;
#[cfg(test)]
mod discord_limits;
#[cfg(test)]
mod discord_pages;
#[cfg(test)]
mod discord_people;
#[cfg(test)]
mod discord_program;
#[cfg(test)]
mod discord_receipts;
#[cfg(test)]
mod discord_trouble;
#[cfg(test)]
mod discord_unshown;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod late;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod links;
#[cfg(test)]
mod oncall;
#[cfg(test)]
mod online;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pages_crash;
#[cfg(test)]
mod pages_faults;
#[cfg(test)]
mod pages_others;
#[cfg(test)]
mod pages_told;
#[cfg(test)]
mod pages_words;
#[cfg(test)]
mod path;
#[cfg(test)]
mod people;
#[cfg(test)]
mod personal;
#[cfg(test)]
mod planned;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod shifts;
#[cfg(test)]
#[path = "../sim/slack/mod.rs"]
mod slack;
#[cfg(test)]
mod slack_answers;
#[cfg(test)]
mod slack_calls;
#[cfg(test)]
mod slack_crash;
#[cfg(test)]
mod slack_digest;
#[cfg(test)]
mod slack_load;
#[cfg(test)]
mod slack_manners;
#[cfg(test)]
mod slack_pages;
#[cfg(test)]
mod slack_program;
#[cfg(test)]
mod slack_sockets;
#[cfg(test)]
mod slack_trouble;
#[cfg(test)]
mod slack_ways;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod status;
#[cfg(test)]
mod urgent;
#[cfg(test)]
mod webhook_news;
#[cfg(test)]
mod webhook_storm;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod what_if;
