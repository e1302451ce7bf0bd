//! What a test does to the model: the people, and the platform's moods.

mod commands;
mod line;
mod moods;
mod people;
mod places;
