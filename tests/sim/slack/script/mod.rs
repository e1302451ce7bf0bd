//! What happens in the workspace, at a test's word.

mod forms;
mod moods;
mod people;
mod places;

pub(crate) use people::Pick;
