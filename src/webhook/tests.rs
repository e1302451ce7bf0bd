//! Told to a receiver on this machine, and kept away from where it must not go.

use axum::Router;
use axum::http::StatusCode;
use jiff::Timestamp;

use super::*;
use crate::task::{self, TaskHandle};

async fn told(url: &str, reach: Reach) -> Result<u16, String> {
    let client = WebhookClient::new(Clock::system()).unwrap();
    let endpoint = Endpoint { url: url.to_owned().into(), secret: "s3cret".to_owned().into(), reach };
    let told = Told { id: "p1-1-ticket", at: Timestamp::UNIX_EPOCH, body: "{}" };
    client.tell(&endpoint, &told).await.map_err(|why| why.to_string())
}

/// Says `status` to everything, and where else to go. Lives as long as its handle.
async fn receiver(status: u16) -> (String, TaskHandle) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let status = StatusCode::from_u16(status).unwrap();
    let router = Router::new().fallback(async move || (status, [("location", "http://127.0.0.1:1/inside")]));
    let serving = task::spawn("receiver", async move { axum::serve(listener, router).await.unwrap() });
    (format!("{port}/hook?token=t0ken"), serving)
}

#[tokio::test]
async fn what_is_told_is_taken_by_any_2xx_and_led_nowhere_else() {
    for (status, said) in [
        (200, Ok(200)),
        (204, Ok(204)),
        (302, Err("HTTP 302".to_owned())),
        (410, Err("HTTP 410".to_owned())),
        (503, Err("HTTP 503".to_owned())),
    ] {
        let (place, _serving) = receiver(status).await;
        assert_eq!(told(&format!("http://127.0.0.1:{place}"), Reach::Here).await, said, "{status}");
    }
}

#[tokio::test]
async fn a_name_or_an_address_that_leads_inside_is_not_told() {
    let (place, _serving) = receiver(200).await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let said = told(&format!("http://{host}:{place}"), Reach::Public).await.unwrap_err();
        assert!(said.ends_with(resolve::FORBIDDEN), "{host}: {said}");
        assert!(!said.contains("t0ken"), "{said}");
    }
    assert_eq!(told(&format!("http://localhost:{place}"), Reach::Here).await, Ok(200), "it is there");
    assert_eq!(told(&format!("http://localhost:{place}"), Reach::Private).await, Ok(200), "and is meant");
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_without_the_address() {
    let said = told("http://127.0.0.1:1/hook?token=t0ken", Reach::Here).await.unwrap_err();
    assert!(said.starts_with("it cannot be reached: ") && !said.contains("t0ken"), "{said}");
}
