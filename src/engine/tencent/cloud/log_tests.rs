//! What the log says of the numbers of room kinds.

use std::sync::{Arc, Mutex};

use super::tests::{error, feed, peered};
use crate::ports::Announcer as _;

/// What is logged, line by line.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn which_number_works_is_logged_once() {
    for (says, told) in [
        (vec![], "the cloud API numbers rooms as configured works=\"tutorial\""),
        (vec![error("InvalidParameter.RoomId")], "otherwise than configured"),
    ] {
        let lines = Lines::default();
        let to = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
        let _until_the_end = tracing::subscriber::set_default(subscriber);
        let peered = peered(says).await;
        peered.cloud.start(&feed()).await.unwrap();
        peered.cloud.start(&feed()).await.unwrap();
        let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let about: Vec<&str> = logged.lines().filter(|line| line.contains("numbers rooms")).collect();
        assert!(about.len() == 1 && about[0].contains(told), "{logged}");
    }
}
