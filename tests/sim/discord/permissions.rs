//! Who may do what: Discord's permission bits, and how roles and overwrites make them.

use super::ids::Id;
use super::state::{Channel, State};

/// Permission bits.
pub(crate) mod bits {
    pub(crate) const ADMINISTRATOR: u64 = 1 << 3;
    pub(crate) const VIEW_CHANNEL: u64 = 1 << 10;
    pub(crate) const SEND_MESSAGES: u64 = 1 << 11;
    pub(crate) const MANAGE_MESSAGES: u64 = 1 << 13;
    pub(crate) const EMBED_LINKS: u64 = 1 << 14;
    pub(crate) const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    pub(crate) const MENTION_EVERYONE: u64 = 1 << 17;
    pub(crate) const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
    pub(crate) const MANAGE_THREADS: u64 = 1 << 34;
    pub(crate) const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
    pub(crate) const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
    /// What an administrator has.
    pub(crate) const ALL: u64 = (1 << 53) - 1;
    /// What a new guild gives to everybody, as far as the model knows about it.
    pub(crate) const USUAL: u64 = VIEW_CHANNEL
        | SEND_MESSAGES
        | EMBED_LINKS
        | READ_MESSAGE_HISTORY
        | USE_APPLICATION_COMMANDS
        | CREATE_PUBLIC_THREADS
        | SEND_MESSAGES_IN_THREADS;
}

/// An exception in one channel, for a role or a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overwrite {
    pub(super) target: Id,
    pub(super) is_member: bool,
    pub(super) allow: u64,
    pub(super) deny: u64,
}

impl State {
    /// What `user` may do in the whole guild.
    pub(super) fn guild_permissions(&self, guild: Id, user: Id) -> u64 {
        let Some(member) = self.guilds[&guild].members.get(&user) else { return 0 };
        let roles = &self.guilds[&guild].roles;
        let has = |id: Id| id == guild || member.roles.contains(&id);
        let sum = roles.iter().filter(|role| has(role.id)).fold(0, |sum, role| sum | role.permissions);
        let is_owner = self.guilds[&guild].owner == user;
        if is_owner || sum & bits::ADMINISTRATOR != 0 { bits::ALL } else { sum }
    }

    /// What `user` may do in `channel`; a thread has what its parent has. In a direct message: all that there is.
    pub(super) fn permissions(&self, channel: &Channel, user: Id) -> u64 {
        let Some(guild) = channel.guild else { return bits::USUAL };
        let base = self.guild_permissions(guild, user);
        if base == bits::ALL || base == 0 {
            return base;
        }
        let home = channel.parent.and_then(|parent| self.channels.get(&parent)).unwrap_or(channel);
        let member = &self.guilds[&guild].members[&user];
        let mut sum = base;
        let everyone = |o: &&Overwrite| o.target == guild;
        let by_role = |o: &&Overwrite| !o.is_member && member.roles.contains(&o.target);
        let by_member = |o: &&Overwrite| o.is_member && o.target == user;
        let steps: [&dyn Fn(&&Overwrite) -> bool; 3] = [&everyone, &by_role, &by_member];
        for applies in steps {
            let these = || home.overwrites.iter().filter(|overwrite| applies(overwrite));
            let denied = these().fold(0, |all, overwrite| all | overwrite.deny);
            let allowed = these().fold(0, |all, overwrite| all | overwrite.allow);
            sum = (sum & !denied) | allowed;
        }
        sum
    }
}
