//! How a story is played: by whom, in which chat.

use callout::domain::settings::Settings;

use super::World;
use super::arm::Arm;

/// Runs a story with ana (admin), jack and mira.
pub(crate) async fn world(story: impl AsyncFnOnce(&mut World)) {
    world_with(Settings::sandbox(&["ana", "jack", "mira"]).unwrap(), story).await;
}

/// Runs a story with people and limits of its own, and proves at the end that nothing is left.
pub(crate) async fn world_with(settings: Settings, story: impl AsyncFnOnce(&mut World)) {
    play(World::new(settings).await, story).await;
}

/// The same with people of whom only those who are `here` have a user in the chat that was chosen. The others stay at their
/// desks: so a chat user can be linked to one of them, of whom a chat has one.
pub(crate) async fn world_where(here: &[&str], settings: Settings, story: impl AsyncFnOnce(&mut World)) {
    let mut world = World::at_desk(settings).await;
    let people = world.settings.people.iter().map(|person| person.id.to_string());
    world.away = people.filter(|person| !here.contains(&person.as_str())).collect();
    world.arm = Arm::chosen(&mut world).await;
    play(world, story).await;
}

/// A story about the desk itself, or about what only a desk can do: the same in every chat.
pub(crate) async fn desk_world(story: impl AsyncFnOnce(&mut World)) {
    desk_world_with(Settings::sandbox(&["ana", "jack", "mira"]).unwrap(), story).await;
}

/// The same with people and limits of its own.
pub(crate) async fn desk_world_with(settings: Settings, story: impl AsyncFnOnce(&mut World)) {
    play(World::at_desk(settings).await, story).await;
}

async fn play(mut world: World, story: impl AsyncFnOnce(&mut World)) {
    world.start().await;
    story(&mut world).await;
    world.ends_clean().await;
}
