//! The built program at the modelled Slack over sockets, in real time: a renewal under load, and what the log shows.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use callout::clock::{Clock, later};

use crate::kit::Program;
use crate::slack::{Heard, Nr};
use crate::slack_program::{PEOPLE, Scene, dials, placed, types};

/// Commands, and how far they are apart: the socket of the first ends amid them, 10 s after it said so.
const COMMANDS: usize = 1_300;
const APART: Duration = Duration::from_millis(10);
/// Channels that they are typed in.
const CHANNELS: usize = 50;

/// The program over sockets alone; its log goes to `log`.
fn over_sockets(scene: &Scene, log: Option<&str>) -> Program {
    let mut command = scene.command(scene.home.path(), &["run"]);
    command.env("SLACK_APP_TOKEN", scene.model.app_token());
    match log {
        None => command.env_remove("SLACK_SIGNING_SECRET").stderr(Stdio::null()),
        Some(name) => {
            let file = File::create(scene.home.path().join(name)).unwrap();
            command.env("RUST_LOG", "trace").stderr(file)
        }
    };
    tokio::task::block_in_place(|| Program::start(command))
}

fn channels(scene: &Scene) -> Vec<String> {
    let members: Vec<&str> = scene.people.iter().map(String::as_str).collect();
    (0..CHANNELS).map(|n| scene.model.channel(&format!("c{n}"), &members)).collect()
}

async fn heard(scene: &Scene, nr: Nr) -> Heard {
    scene.model.until("an answer", |model| model.delivery(nr).heard).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_renewed_under_load_and_nothing_is_lost_or_doubled() {
    let scene = Scene::open().await;
    let program = over_sockets(&scene, None);
    scene.model.until_connected(1).await;
    let (channels, clock) = (channels(&scene), Clock::system());
    let start = clock.now();
    let mut sent = Vec::new();
    for n in 0..COMMANDS {
        clock.sleep_until(later(start, APART * u32::try_from(n).unwrap())).await;
        if n == 100 {
            scene.model.refresh();
        }
        let line = format!("/call p{} video", (n + 1) % PEOPLE);
        sent.push(scene.model.types(&scene.people[n % PEOPLE], &channels[n % CHANNELS], &line).unwrap());
    }
    for nr in sent {
        assert!(matches!(heard(&scene, nr).await, Heard::Message(_)), "{:?}", scene.model.delivery(nr));
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let rooms = dials(&scene, &http, COMMANDS).await;
    let distinct: BTreeSet<&String> = rooms.iter().collect();
    assert_eq!((rooms.len(), distinct.len()), (COMMANDS, COMMANDS), "none is lost, none is doubled");
    assert_eq!(placed(&scene), COMMANDS);
    assert!(scene.model.connections() >= 2, "it was renewed");
    assert_eq!(scene.model.complaints(), Vec::<String>::new());
    drop(program);
}

/// What nobody may read: tokens, the secret, tickets for sockets, addresses for answers.
fn secrets(scene: &Scene) -> BTreeSet<String> {
    let model = &scene.model;
    let mut secrets = BTreeSet::from([model.bot_token(), model.app_token(), model.signing_secret()]);
    let opened = model.requests("apps.connections.open");
    let tickets = opened.iter().filter_map(|asked| {
        let url = asked.answer["url"].as_str()?;
        Some(url.split("ticket=").nth(1)?.split('&').next()?.to_owned())
    });
    let count = secrets.len();
    secrets.extend(tickets);
    assert!(secrets.len() > count, "no ticket");
    let answers = model.deliveries().into_iter().filter_map(|delivery| {
        let url = delivery.payload["response_url"].as_str().filter(|url| !url.is_empty())?;
        Some(url.rsplit('/').next()?.to_owned())
    });
    let count = secrets.len();
    secrets.extend(answers);
    assert!(secrets.len() > count, "no address for an answer");
    secrets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_its_most_talkative_no_secret_of_slacks_is_logged() {
    let scene = Scene::open().await;
    let program = over_sockets(&scene, Some("run.log"));
    scene.model.until_connected(1).await;
    let channel = channels(&scene).remove(0);
    let ana = scene.people[0].clone();
    let asked = scene.model.types(&ana, &channel, "/call p1 video db is down").unwrap();
    assert!(matches!(heard(&scene, asked).await, Heard::Message(_)));
    let card = scene
        .model
        .until("a card", |model| {
            let seen = model.sees(&ana, &channel);
            seen.into_iter().find(|seen| !seen.is_private && !seen.buttons.is_empty())
        })
        .await;
    // What is refused is logged as well.
    scene.model.next("chat.update", 1, crate::slack::Fault::Error("invalid_blocks"));
    let pressed = scene.model.presses(&ana, &channel, &card.ts, "Hang up").unwrap();
    let answered = |model: &crate::slack::Slack| (!model.answers(pressed).is_empty()).then_some(());
    scene.model.until("an answer to the press", answered).await;
    let refused = |model: &crate::slack::Slack| {
        model.requests("chat.update").iter().any(|sent| sent.error() == Some("invalid_blocks")).then_some(())
    };
    scene.model.until("a refusal", refused).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (signed, _) = types(&scene, &http, (&program.address, std::slice::from_ref(&channel)), 7).await;
    assert!(signed.contains("Calling p"), "the doors are open as well: {signed}");
    scene.model.refresh();
    scene.model.until("a second socket", |model| (model.connections() >= 2).then_some(())).await;
    let again = scene.model.types(&ana, &channel, "/calls").unwrap();
    heard(&scene, again).await;
    let printed = program.stop();
    let log = std::fs::read_to_string(scene.home.path().join("run.log")).unwrap();
    assert!(log.contains("TRACE") && log.contains("Slack takes the token"), "it is talkative");
    for secret in secrets(&scene) {
        assert!(!secret.is_empty() && !log.contains(&secret), "the log shows {secret}");
        assert!(!printed.contains(&secret), "{secret} was printed");
    }
}
