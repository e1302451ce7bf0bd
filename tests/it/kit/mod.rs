//! The test kit: a whole Callout with the modelled engine behind it, over real HTTP, in simulated time.

mod alerts;
mod arm;
mod cards;
mod guild;
mod http;
mod logs;
mod people;
mod program;
mod rows;
mod scene;
mod steps;
mod stories;
mod typed;
mod workspace;
mod world;

pub(crate) use alerts::{Answered, body, key_of, with_keys};
pub(crate) use guild::{Guild, guild, guild_with, message, text};
pub(crate) use people::Said;
pub(crate) use program::{Program, at_engine, callout, engine};
pub(crate) use scene::{Kind, Scene, Storm};
pub(crate) use steps::{CrashSteps, SlowDisk};
pub(crate) use stories::{desk_world, desk_world_with, world, world_where, world_with};
pub(crate) use workspace::{Way, Workspace, free, over_both, workspace, workspace_of, workspace_with};
pub(crate) use world::{EDITS, World, secs};
