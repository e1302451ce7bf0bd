//! What the bench shares with the tests.

#[path = "../../tests/it/kit/program.rs"]
pub(crate) mod program;
#[path = "../../tests/it/kit/scene.rs"]
pub(crate) mod scene;
