//! What the machine itself takes.

use std::fmt;
use std::io::Write as _;
use std::time::Instant;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;

use crate::door::Door;
use crate::run::{self, Load, Percentiles};

/// A line of the floor.
pub(crate) struct Floor(Percentiles);

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.3} ms, p99 {:.3} ms", self.0.at(0.5), self.0.at(0.99))
    }
}

/// Writes 4 KiB and waits for the disk, 500 times.
#[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
pub(crate) fn fsync() -> anyhow::Result<Floor> {
    let mut file = tempfile::tempfile()?;
    let mut took = Percentiles::default();
    for _ in 0..500 {
        let from = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.add(from.elapsed());
    }
    Ok(Floor(took))
}

/// The same sender against a handler that does nothing.
pub(crate) async fn handler(load: Load) -> anyhow::Result<Floor> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let router = Router::new().route("/{*any}", post(|| async { r#"{"receipt":{}}"# }));
    #[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sent = run::send(&address, &Door::Desk, Load { length: load.length / 6, ..load }).await?;
    let mut took = Percentiles::default();
    sent.iter().for_each(|sent| took.add(sent.took));
    Ok(Floor(took))
}
