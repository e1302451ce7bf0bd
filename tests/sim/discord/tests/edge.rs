//! The edge: tokens, headers, rate limits, and what goes wrong on command.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::{Fault, Limit, RateLimits, Settings};
use super::{Lab, problem, secs};

#[tokio::test]
async fn only_the_bots_token_opens() {
    let lab = Lab::open().await;
    let url = format!("{}/api/v10/users/@me", lab.discord.url());
    for header in ["", "Bot wrong", "Bearer x"] {
        let answer = lab.http.get(&url).header("authorization", header).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401);
        assert_eq!(answer.json::<Value>().await.unwrap()["message"], "401: Unauthorized");
    }
    let open = lab.http.get(format!("{}/api/v10/gateway", lab.discord.url())).send().await.unwrap();
    assert_eq!(open.headers()["content-type"], "application/json");
    assert_eq!(open.headers()["via"], "1.1 google");
    assert_eq!(open.json::<Value>().await.unwrap()["url"], lab.discord.gateway());
    for path in ["/users/@me", "/applications/@me", "/oauth2/applications/@me", "/gateway/bot"] {
        assert_eq!(lab.get(path).await.0, 200, "{path}");
    }
    let elsewhere = lab.http.get(format!("{}/api/v9/gateway", lab.discord.url())).send().await.unwrap();
    assert_eq!(elsewhere.status().as_u16(), 404);
    let garbage = lab.http.post(format!("{}/api/v10/users/@me/channels", lab.discord.url())).body("{");
    let garbage =
        garbage.header("authorization", format!("Bot {}", lab.discord.token())).send().await.unwrap();
    assert_eq!(garbage.json::<Value>().await.unwrap()["code"], 50109);
    lab.discord.revoke_token();
    assert_eq!(lab.get("/users/@me").await.0, 200, "the lab asks for the new one");
}

#[tokio::test]
async fn routes_have_buckets() {
    let limits = RateLimits {
        routes: vec![("POST /channels/*/messages".into(), Limit::new(2, secs(5)))],
        ..RateLimits::none()
    };
    let lab = Lab::with(Settings { limits, ..Settings::default() }).await;
    let path = format!("/channels/{}/messages", lab.ops);
    let body = json!({ "content": "x" });
    let header = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let first = lab.send(Method::POST, &path, Some(&body)).await.unwrap();
    assert_eq!(header(&first, "x-ratelimit-limit"), "2");
    assert_eq!(header(&first, "x-ratelimit-remaining"), "1");
    assert_eq!(header(&first, "x-ratelimit-reset-after"), "5.000");
    assert!(
        header(&first, "x-ratelimit-reset").ends_with(".000")
            && header(&first, "x-ratelimit-bucket").len() == 32
    );
    lab.wait(secs(2));
    assert_eq!(lab.post(&path, body.clone()).await.0, 200);
    let third = lab.send(Method::POST, &path, Some(&body)).await.unwrap();
    assert_eq!((third.status().as_u16(), header(&third, "retry-after")), (429, "3".to_owned()));
    assert_eq!(header(&third, "x-ratelimit-scope"), "user");
    let said = third.json::<Value>().await.unwrap();
    assert_eq!((&said["retry_after"], &said["global"]), (&json!(3.0), &json!(false)));
    let other = lab.discord.add_channel("dev");
    let elsewhere = lab.post(&format!("/channels/{other}/messages"), body.clone()).await;
    assert_eq!(elsewhere.0, 200, "each channel has its own bucket");
    assert_eq!(lab.get(&path).await.0, 200, "each route, too");
    lab.wait(secs(3));
    assert_eq!(lab.post(&path, body).await.0, 200);
    assert_eq!(lab.discord.sees(lab.ana, lab.ops).len(), 3);
}

#[tokio::test]
async fn answers_of_interactions_are_not_counted_globally() {
    let limits = RateLimits { global: Some(Limit::new(3, secs(1))), ..RateLimits::none() };
    let lab = Lab::with(Settings { limits, ..Settings::default() }).await;
    for _ in 0..9 {
        let (interaction, _) = lab.answered(json!({ "content": "pong" })).await;
        assert_eq!(lab.post(&lab.hook(interaction), json!({ "content": "more" })).await.0, 200);
    }
    assert_eq!((lab.get("/users/@me").await.0, lab.get("/users/@me").await.0), (200, 200));
    let fourth = lab.send(Method::GET, "/users/@me", None).await.unwrap();
    assert_eq!(fourth.headers()["x-ratelimit-global"], "true");
    assert_eq!(fourth.json::<Value>().await.unwrap()["global"], true);
    lab.wait(secs(1));
    assert_eq!(lab.get("/users/@me").await.0, 200);
}

#[tokio::test]
async fn the_usual_limits_hold() {
    let lab = Lab::with(Settings::default()).await;
    let card = lab.posted(json!({ "content": "x" })).await;
    for _ in 0..5 {
        assert_eq!(lab.patch(&lab.message_path(card), json!({ "content": "y" })).await.0, 200);
    }
    assert_eq!(problem(&lab.patch(&lab.message_path(card), json!({ "content": "z" })).await), (429, 0));
}

#[tokio::test]
async fn what_shall_go_wrong_goes_wrong() {
    let lab = Lab::open().await;
    let path = format!("/channels/{}/messages", lab.ops);
    let post = async |text: &str| {
        let body = json!({ "content": text });
        lab.send(Method::POST, &path, Some(&body)).await.map(|answer| answer.status().as_u16())
    };
    let route = "POST /channels/*/messages";
    lab.discord.next(route, 1, Fault::Refused(503));
    lab.discord.next(route, 1, Fault::Garbled(502));
    lab.discord.next(route, 1, Fault::Cut);
    lab.discord.next(route, 1, Fault::LostAnswer);
    lab.discord.next(route, 1, Fault::TooEarly(Duration::from_millis(1500)));
    lab.discord.next("* *", 1, Fault::Refused(500));
    assert_eq!(post("a").await.unwrap(), 503);
    assert_eq!(post("b").await.unwrap(), 502);
    assert!(post("c").await.is_err());
    assert!(post("d").await.is_err());
    assert_eq!(post("e").await.unwrap(), 429);
    assert_eq!(lab.get("/users/@me").await.0, 500);
    assert_eq!(post("f").await.unwrap(), 200);
    let seen: Vec<String> = lab.discord.sees(lab.ana, lab.ops).into_iter().map(|seen| seen.text).collect();
    assert_eq!(seen, ["b", "d", "f"], "carried out, whatever was answered");
    let statuses: Vec<u16> = lab.discord.requests(route).iter().map(|exchange| exchange.status).collect();
    assert_eq!(statuses, [503, 502, 0, 0, 429, 200]);
    lab.discord.next(route, 9, Fault::Refused(500));
    lab.discord.clear_faults();
    assert_eq!(post("g").await.unwrap(), 200);
    let last = lab.discord.journal().pop().unwrap();
    assert_eq!(last.line(), format!("POST {path}"));
    assert!(last.is_authorized && last.at == lab.clock.now() && last.query.is_empty());
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let lab = Lab::open().await;
    lab.discord.next("GET /gateway", 1, Fault::Late(secs(2)));
    let _waiting = lab.clock.busy();
    let answer = lab.get("/gateway");
    tokio::pin!(answer);
    tokio::select! {
        biased;
        _ = &mut answer => panic!("too early"),
        () = lab.discord.until("the request", |d| (!d.requests("GET /gateway").is_empty()).then_some(())) => (),
    }
    let before = lab.clock.now();
    let moves = async {
        while !lab.clock.advance_to(callout::clock::later(before, secs(2))) {
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = &mut answer => assert_eq!(answer.0, 200),
        () = moves => (),
    }
}

#[tokio::test]
async fn it_can_be_reached_as_discord_com_with_tls() {
    let lab = Lab::open().await;
    let (url, authority) = lab.discord.with_tls().await;
    let address = url.strip_prefix("https://").unwrap().parse().unwrap();
    let trusting = || reqwest::Client::builder().no_proxy().tls_built_in_root_certs(false);
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
    let client = trusting().add_root_certificate(authority).resolve("discord.com", address).build().unwrap();
    let answer = client.get("https://discord.com/api/v10/gateway").send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["url"], lab.discord.gateway());
    let doubting = trusting().resolve("discord.com", address).build().unwrap();
    assert!(doubting.get("https://discord.com/api/v10/gateway").send().await.is_err());
}
