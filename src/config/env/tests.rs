use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use secrecy::ExposeSecret as _;

use super::*;

const EXAMPLE: &str = include_str!("../../../.env.example");

const NEEDED: [(&str, &str); 4] = [
    ("TENCENT_SDK_APP_ID", "1400000001"),
    ("TENCENT_USERSIG_KEY", "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"),
    ("TENCENT_ADMIN_ACCOUNT", "administrator"),
    ("TENCENT_ROBOT_ACCOUNT", "oncall_robot"),
];

fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Environment::for_run(&|name| variables.get(name).map(|value| (*value).to_owned()))
}

/// With everything that is needed, and `more`.
fn with(more: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
    read(&[&NEEDED, more].concat())
}

fn said(more: &[(&str, &str)]) -> String {
    with(more).unwrap_err().to_string()
}

#[test]
fn four_variables_are_enough() {
    let environment = with(&[]).unwrap();
    assert_eq!(environment.config.to_str(), Some("callout.toml"));
    assert_eq!(environment.database.to_str(), Some("callout.db"));
    assert_eq!(environment.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((environment.tencent.sdk_app_id, environment.tencent.region), (1_400_000_001, "china"));
    assert_eq!(environment.tencent.robot.as_str(), "oncall_robot");
    assert!(
        environment.public_url.is_none() && environment.admin_token.is_none() && environment.cloud.is_none()
    );
    assert!(!environment.desk && environment.tencent.callback_secret.is_none());
}

#[test]
fn every_variable_is_taken() {
    let environment = with(&[
        ("CALLOUT_CONFIG", "/etc/callout.toml"),
        ("DATABASE_URL", "sqlite:///var/lib/callout/callout.db"),
        ("LISTEN_ADDR", "[::1]:9000"),
        ("PUBLIC_URL", "https://ops.example.org/callout/"),
        ("ADMIN_TOKEN", "a-token-of-length"),
        ("TENCENT_REGION", "Silicon-Valley"),
        ("TENCENT_CALL_URL", "http://127.0.0.1:9001/sandbox/engine"),
        ("TENCENT_CALLBACK_SECRET", "a-secret-of-length"),
        ("TENCENT_CALLBACK_TOKEN", "token"),
        ("TENCENTCLOUD_SECRET_ID", "id"),
        ("TENCENTCLOUD_SECRET_KEY", "key"),
        ("TENCENTCLOUD_REGION", "ap-singapore"),
        ("CALLOUT_DESK", "1"),
        ("LOG_FORMAT", "json"),
    ])
    .unwrap();
    assert_eq!(environment.config.to_str(), Some("/etc/callout.toml"));
    assert_eq!(environment.database.to_str(), Some("/var/lib/callout/callout.db"));
    assert_eq!(environment.listen.port(), 9000);
    assert_eq!(environment.public_url.as_deref(), Some("https://ops.example.org/callout"));
    assert_eq!(environment.admin_token.unwrap().expose_secret(), "a-token-of-length");
    assert_eq!(environment.tencent.region, "silicon-valley");
    assert_eq!(environment.tencent.call_url.as_deref(), Some("http://127.0.0.1:9001/sandbox/engine"));
    assert_eq!(environment.tencent.callback_secret.unwrap().expose_secret(), "a-secret-of-length");
    assert_eq!(environment.tencent.callback_token.unwrap().expose_secret(), "token");
    let cloud = environment.cloud.unwrap();
    assert_eq!((cloud.region.as_str(), cloud.secret_id.expose_secret()), ("ap-singapore", "id"));
    assert_eq!(cloud.url, None, "the region's own");
    assert!(environment.desk);
    assert_eq!(environment.logging.format(), crate::telemetry::Format::Json);
}

#[test]
fn everything_that_is_missing_is_named() {
    insta::assert_snapshot!(read(&[("TENCENT_ROBOT_ACCOUNT", " ")]).unwrap_err(), @r"
    TENCENT_SDK_APP_ID is not set: the SDKAppID of the call application, from the Tencent RTC console
    TENCENT_USERSIG_KEY is not set: the SecretKey of the same application
    TENCENT_ADMIN_ACCOUNT is not set: an account with admin rights in the application, usually administrator
    TENCENT_ROBOT_ACCOUNT is not set: the account that phones show as the caller
    ");
}

#[test]
fn everything_that_is_wrong_is_named() {
    let said = read(&[
        ("TENCENT_SDK_APP_ID", "0"),
        ("TENCENT_USERSIG_KEY", "two words"),
        ("TENCENT_ADMIN_ACCOUNT", "the admin"),
        ("TENCENT_ROBOT_ACCOUNT", "oncall_robot"),
        ("TENCENT_REGION", "mars"),
        ("TENCENT_CALL_URL", "http://10.0.0.1:9/x"),
        ("TENCENT_CALLBACK_SECRET", "a/b"),
        ("TENCENT_TRTC_URL", "https://u:p@x.org"),
        ("DATABASE_URL", "postgres://me:pass@db/callout"),
        ("LISTEN_ADDR", "8080"),
        ("PUBLIC_URL", "ops.example.org"),
        ("ADMIN_TOKEN", "short"),
        ("RUST_LOG", "callout=loud"),
        ("LOG_FORMAT", "xml"),
        ("CALLOUT_DESK", "yes"),
    ]);
    insta::assert_snapshot!(said.unwrap_err(), @r#"
    TENCENT_SDK_APP_ID: it is not a number, copy the SDKAppID from the console
    TENCENT_USERSIG_KEY: it has a blank inside, copy it again
    TENCENT_ADMIN_ACCOUNT: `the admin` cannot be an account, use 1 to 32 of a-z, A-Z, 0-9, _ and -
    TENCENT_REGION: `mars` is not a region, use china, singapore, seoul, frankfurt, silicon-valley, jakarta
    TENCENT_CALL_URL: plain http is for this machine only, write https://…
    TENCENT_CALLBACK_SECRET: it becomes part of an address, use only a-z, A-Z, 0-9, _ and -
    DATABASE_URL: PostgreSQL is not built yet, use sqlite://callout.db
    LISTEN_ADDR: `8080` is not an address, write it as in 127.0.0.1:8080 or [::1]:8080
    PUBLIC_URL: it is not an address (relative URL without a base), write https://…
    ADMIN_TOKEN: it is shorter than 16 characters, choose a longer one
    CALLOUT_DESK: `yes` is neither yes nor no, use 1 or 0
    TENCENT_TRTC_URL: it has a user, a query or a fragment, write scheme, host and path only
    TENCENT_TRTC_URL does nothing alone: set TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_REGION as well, or unset it
    RUST_LOG: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5, write a filter as in info or info,callout=debug
    LOG_FORMAT: `xml` is unknown, use text or json
    "#);
}

#[test]
fn slack_is_its_token_and_a_way_in() {
    let slack = |more: &[(&str, &str)]| with(more).unwrap().slack;
    let socket = slack(&[("SLACK_BOT_TOKEN", "xoxb-1-2"), ("SLACK_APP_TOKEN", "xapp-1-A")]).unwrap();
    assert!(socket.app_token.is_some() && socket.signing_secret.is_none() && socket.api_url.is_none());
    let both = slack(&[
        ("SLACK_BOT_TOKEN", "xoxb-1-2"),
        ("SLACK_APP_TOKEN", "xapp-1-A"),
        ("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api/"),
    ]);
    let both = both.unwrap();
    assert_eq!(
        (both.bot_token.expose_secret(), both.api_url.as_deref()),
        ("xoxb-1-2", Some("http://127.0.0.1:9/api"))
    );
    assert!(!format!("{both:?}").contains("xoxb-1-2"));
    insta::assert_snapshot!(said(&[("SLACK_BOT_TOKEN", "xapp-1"), ("SLACK_APP_TOKEN", "xoxb-1"), ("SLACK_SIGNING_SECRET", "short")]), @r"
    SLACK_BOT_TOKEN: it does not begin with xoxb-, or has a character that no token has: copy it again
    SLACK_APP_TOKEN: it does not begin with xapp-, or has a character that no token has: copy it again
    SLACK_SIGNING_SECRET: it is shorter than 16 characters, choose a longer one
    ");
    insta::assert_snapshot!(said(&[("SLACK_APP_TOKEN", "xapp-1")]), @"SLACK_APP_TOKEN does nothing alone: set SLACK_BOT_TOKEN as well, or unset it");
    let said = said(&[("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_API_URL", "http://127.0.0.1:1")]);
    insta::assert_snapshot!(said, @r"
    SLACK_BOT_TOKEN has no way in: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP
    ");
    assert!(with(&[("SLACK_BOT_TOKEN", "  ")]).is_ok(), "set to nothing is not set");
}

#[test]
fn discord_is_its_token_and_perhaps_another_address() {
    let discord = |more: &[(&str, &str)]| with(more).unwrap().discord;
    assert!(discord(&[("DISCORD_TOKEN", "")]).is_none());
    let read = discord(&[
        ("DISCORD_TOKEN", "Bot abc.def"),
        ("DISCORD_API_URL", "https://127.0.0.1:9/"),
        ("DISCORD_CA_FILE", "ca.pem"),
    ]);
    let read = read.unwrap();
    assert_eq!(read.token.expose_secret(), "abc.def");
    assert_eq!(read.api_url.as_deref(), Some("https://127.0.0.1:9"));
    assert_eq!(read.ca_file.unwrap().to_str(), Some("ca.pem"));
    insta::assert_snapshot!(said(&[("DISCORD_TOKEN", "two words")]), @"DISCORD_TOKEN: it has a character that no token has, copy it again");
    insta::assert_snapshot!(said(&[("DISCORD_API_URL", "http://127.0.0.1:9"), ("DISCORD_CA_FILE", "x")]), @"DISCORD_API_URL and DISCORD_CA_FILE do nothing alone: set DISCORD_TOKEN as well, or unset them");
    insta::assert_snapshot!(said(&[("DISCORD_TOKEN", "t"), ("DISCORD_API_URL", "http://discord.com")]), @"DISCORD_API_URL: plain http is for this machine only, write https://…");
}

#[test]
fn the_cloud_is_whole_or_not_there() {
    insta::assert_snapshot!(said(&[("TENCENTCLOUD_SECRET_ID", "id"), ("TENCENTCLOUD_REGION", "ap-singapore")]), @"set all of TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_REGION or none: TENCENTCLOUD_SECRET_KEY is missing");
    insta::assert_snapshot!(said(&[("TENCENT_TRTC_URL", "https://trtc.example.org")]), @"TENCENT_TRTC_URL does nothing alone: set TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, TENCENTCLOUD_REGION as well, or unset it");
}

#[test]
fn a_callback_token_is_short_and_not_alone() {
    insta::assert_snapshot!(said(&[("TENCENT_CALLBACK_TOKEN", "xxxxyyyy")]), @"TENCENT_CALLBACK_TOKEN does nothing alone: set TENCENT_CALLBACK_SECRET as well, or unset it");
    let long = "t".repeat(129);
    insta::assert_snapshot!(said(&[("TENCENT_CALLBACK_TOKEN", &long), ("TENCENT_CALLBACK_SECRET", "a-secret-of-length")]), @"TENCENT_CALLBACK_TOKEN: it is longer than 128 characters, choose a shorter one");
}

/// The sources of a file.
fn sources(text: &str) -> crate::domain::alert::Sources {
    let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\n[[policy]]\nid = \"p\"\nstep = [{ ring = [\"jack\"] }]\n";
    crate::config::parse("callout.toml", &format!("{jack}{text}")).0.unwrap().settings.sources
}

fn source(id: &str) -> String {
    let keys = format!("ALERT_KEYS_{}", id.to_uppercase());
    format!("[[source]]\nid = \"{id}\"\nkind = \"generic\"\npolicy = \"p\"\nkeys_env = \"{keys}\"\n")
}

#[test]
fn keys_come_from_the_variables_that_the_sources_name() {
    let two = sources(&format!("{}{}", source("prod"), source("test")));
    let keys = |prod: &'static str, test: &'static str| {
        alert_keys(&two, &move |name| match name {
            "ALERT_KEYS_PROD" => Some(prod.to_owned()),
            "ALERT_KEYS_TEST" => Some(test.to_owned()),
            _ => panic!("{name} was asked for"),
        })
    };
    let ring = keys("key-one-of-length,key-two-of-length", "key-three-of-length").unwrap();
    let opens = |key: &str| ring.source_of(key).map(|source| source.as_str());
    assert_eq!(opens("key-two-of-length"), Some("prod"));
    assert_eq!((opens("key-three-of-length"), opens("key-four-of-length")), (Some("test"), None));
    let said = keys("", "key-one-of-length,short").unwrap_err().to_string();
    insta::assert_snapshot!(said, @r"
    ALERT_KEYS_PROD is not set: the keys of the alert source `prod`, comma separated
    ALERT_KEYS_TEST: its key 2 has fewer than 16 or more than 512 characters, choose another
    ");
    let said = keys("key-one-of-length", "key-one-of-length").unwrap_err().to_string();
    insta::assert_snapshot!(said, @"ALERT_KEYS_TEST: its key 1 is a key of the source `prod` as well, give each source its own");
    assert!(!said.contains("of-length"), "a key is never said");
}

#[test]
fn the_desk_stays_on_this_machine() {
    insta::assert_snapshot!(said(&[("CALLOUT_DESK", "1"), ("LISTEN_ADDR", "0.0.0.0:8080")]), @"CALLOUT_DESK: the desk lets anyone who reaches 0.0.0.0:8080 ring people, set LISTEN_ADDR to 127.0.0.1:8080");
    assert!(with(&[("CALLOUT_DESK", "0"), ("LISTEN_ADDR", "0.0.0.0:8080")]).is_ok());
}

#[test]
fn a_secret_is_never_printed() {
    let environment = with(&[
        ("ADMIN_TOKEN", "a-token-of-length"),
        ("TENCENT_CALLBACK_SECRET", "a-secret-of-length"),
        ("DISCORD_TOKEN", "bot-token"),
    ]);
    let printed = format!("{:?}", environment.unwrap());
    for secret in [NEEDED[1].1, "a-token-of-length", "a-secret-of-length", "bot-token"] {
        assert!(!printed.contains(secret));
    }
}

#[test]
fn the_example_has_exactly_the_variables_that_are_read() {
    let asked = RefCell::new(BTreeSet::new());
    let _outcome = Environment::for_run(&|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    });
    // The example of the other file names the variables of its sources, and of a webhook behind hashes.
    let example = include_str!("../../../callout.example.toml");
    let (before, webhook) = example.split_once("# [[webhook]]").unwrap();
    let (webhook, after) = webhook.split_once("\n\n").unwrap();
    let example = format!("{before}[[webhook]]{}\n\n{after}", webhook.replace("\n# ", "\n"));
    let settings = crate::config::parse("callout.example.toml", &example).0.unwrap().settings;
    let ask = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let _keys = alert_keys(&settings.sources, &ask);
    assert!(endpoints(&settings.webhooks, &ask).is_err());
    let documented: BTreeSet<String> = EXAMPLE.lines().filter_map(variable).collect();
    assert_eq!(documented, asked.into_inner());
}

/// The variable of a line `NAME=value` or `# NAME=value`.
fn variable(line: &str) -> Option<String> {
    let (name, _) = line.trim_start_matches("# ").split_once('=')?;
    let plain = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (plain && !name.is_empty()).then(|| name.to_owned())
}

#[test]
fn the_example_can_be_filled_in_and_used() {
    let variables: Vec<(String, String)> =
        dotenvy::from_read_iter(EXAMPLE.as_bytes()).map(Result::unwrap).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(variables.len(), NEEDED.len() + 1, "the engine's, and the key of the example's source");
    assert!(read(&variables).is_err(), "they are left for the reader");
    assert!(read(&[variables.as_slice(), &NEEDED].concat()).is_ok());
}

#[test]
fn check_asks_for_the_file_only() {
    let path = config_path(&|name| {
        assert_eq!(name, "CALLOUT_CONFIG");
        Some("/etc/callout.toml".to_owned())
    });
    assert_eq!(path.to_str(), Some("/etc/callout.toml"));
    assert_eq!(config_path(&|_| None).to_str(), Some("callout.toml"));
}
