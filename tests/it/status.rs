//! The status page of `callout run`: who gets in, and how.

use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tempfile::TempDir;

use crate::kit::{Program, at_engine, engine};

const TOKEN: &str = "status-page-token-0123";
const PEOPLE: &str = "[[person]]\nid = \"ana\"\naccount = \"ana\"\nroles = [\"admin\"]\n";

fn client() -> Client {
    let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(Duration::from_secs(10));
    client.build().unwrap()
}

/// Status and text of `path` at the program, asked for with a cookie, or without.
async fn gets(program: &Program, path: &str, cookie: Option<&str>) -> (StatusCode, String) {
    let request = client().get(format!("{}{path}", program.address));
    let request = cookie.into_iter().fold(request, |request, cookie| request.header(COOKIE, cookie));
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn types_token(program: &Program, token: &str) -> reqwest::Response {
    let form = client().post(format!("{}/login", program.address)).form(&[("token", token)]);
    form.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_page_is_for_whoever_knows_the_token() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("people.toml"), PEOPLE).unwrap();
    let engine = engine(home.path());
    let mut command = at_engine(home.path(), &engine, TOKEN);
    command.arg("run").stderr(Stdio::null());
    let program = Program::start(command);

    let (status, form) = gets(&program, "/", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        form.contains("<label for=\"token\">Admin token</label>") && !form.contains("{problem}"),
        "{form}"
    );
    for path in ["/events", "/api/calls"] {
        assert_eq!(gets(&program, path, None).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    let wrong = types_token(&program, "status-page-token-012").await;
    assert_eq!((wrong.status(), wrong.headers().get(SET_COOKIE)), (StatusCode::UNAUTHORIZED, None));
    assert!(wrong.text().await.unwrap().contains("That is not the token."));

    let right = types_token(&program, TOKEN).await;
    assert_eq!((right.status(), &right.headers()[LOCATION]), (StatusCode::SEE_OTHER, &"/".parse().unwrap()));
    let set = right.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{set}");
    let cookie = set.split(';').next();
    let (status, page) = gets(&program, "/", cookie).await;
    assert!(status.is_success() && page.contains("id=\"map-rows\""), "{page}");
    assert_eq!(gets(&program, "/api/calls", cookie).await.1, r#"{"calls":[],"total":0}"#);
    let events = client().get(format!("{}/events", program.address)).header(COOKIE, cookie.unwrap());
    assert!(events.send().await.unwrap().status().is_success());
    let with_token = client().get(&program.address).bearer_auth(TOKEN).send().await.unwrap();
    assert!(with_token.status().is_success());

    // Whoever guesses has to wait; whoever is in stays in.
    let mut said = StatusCode::UNAUTHORIZED;
    for _ in 0..10 {
        said = types_token(&program, "guess").await.status();
    }
    assert_eq!(said, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(types_token(&program, TOKEN).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(gets(&program, "/", cookie).await.0.is_success());
    program.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_logs_out_takes_every_copy_of_the_session_along_also_over_a_restart() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("people.toml"), PEOPLE).unwrap();
    let engine = engine(home.path());
    let start = || {
        let mut command = at_engine(home.path(), &engine, TOKEN);
        command.arg("run").stderr(Stdio::null());
        Program::start(command)
    };
    let program = start();
    let set = types_token(&program, TOKEN).await.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let cookie = set.split(';').next().unwrap();
    let listens = client().get(format!("{}/events", program.address)).header(COOKIE, cookie);
    let mut line = listens.send().await.unwrap();
    assert!(line.chunk().await.unwrap().is_some(), "it says hello");
    let leave = || client().post(format!("{}/logout", program.address));
    let stranger = leave().send().await.unwrap();
    assert_eq!(stranger.headers().get(SET_COOKIE), None, "another site's form logs nobody out");
    assert!(gets(&program, "/", Some(cookie)).await.0.is_success());
    let out = leave().header(COOKIE, cookie).send().await.unwrap();
    assert!(out.headers()[SET_COOKIE].to_str().unwrap().starts_with("callout_session=; Path=/; Max-Age=0;"));
    assert_eq!(gets(&program, "/api/calls", Some(cookie)).await.0, StatusCode::UNAUTHORIZED, "a copy of it");
    while line.chunk().await.unwrap().is_some() {}
    program.stop();
    let program = start();
    assert_eq!(gets(&program, "/api/calls", Some(cookie)).await.0, StatusCode::UNAUTHORIZED);
    program.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_there_is_no_status_page() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("people.toml"), PEOPLE).unwrap();
    let engine = engine(home.path());
    let mut command = at_engine(home.path(), &engine, TOKEN);
    command.arg("run").env_remove("ADMIN_TOKEN").stderr(Stdio::null());
    let program = Program::start(command);
    for path in ["/", "/events", "/api/calls"] {
        assert_eq!(gets(&program, path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(types_token(&program, "").await.status(), StatusCode::NOT_FOUND);
    let out = client().post(format!("{}/logout", program.address)).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NOT_FOUND);
    program.stop();
}
