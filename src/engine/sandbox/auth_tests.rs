use serde_json::Value;

use super::*;

const VECTORS: &str = include_str!("../../../tests/data/usersig-vectors.json");

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

fn application(vector: &Value) -> Application {
    Application {
        id: u32::try_from(vector["sdkappid"].as_u64().unwrap()).unwrap(),
        key: SecretString::from(text(vector, "key")),
        admin: text(vector, "identifier").to_owned(),
    }
}

fn at(vector: &Value, later_s: i64) -> Timestamp {
    Timestamp::from_second(vector["time"].as_i64().unwrap() + later_s).unwrap()
}

/// The vector that an app admin would use.
fn admin() -> Value {
    vectors().into_iter().find(|vector| vector["identifier"] == "administrator").unwrap()
}

fn query(vector: &Value, change: impl Fn(&str, String) -> Option<String>) -> Uri {
    let all = [
        ("sdkappid", vector["sdkappid"].to_string()),
        ("identifier", text(vector, "identifier").to_owned()),
        ("usersig", text(vector, "usersig_python").to_owned()),
        ("random", "4294967295".to_owned()),
        ("contenttype", "json".to_owned()),
    ];
    let kept = all.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", change(name, value)?)));
    format!("/v4/x/y?{}", kept.collect::<Vec<_>>().join("&")).parse().unwrap()
}

fn code(uri: &Uri) -> i64 {
    let vector = admin();
    application(&vector).check(uri, at(&vector, 1)).map_or_else(|refused| refused.code, |()| 0)
}

#[test]
fn every_vector_is_decoded_and_verified() {
    assert!(vectors().len() >= 6);
    for vector in vectors() {
        let (app, name) = (application(&vector), text(&vector, "name"));
        for form in ["usersig_python", "usersig_node"] {
            let sig = UserSig::decode(text(&vector, form)).unwrap();
            assert_eq!(sig.content(), text(&vector, "content_to_sign"), "{name} {form}");
            assert_eq!(sig.signature, text(&vector, "sig_field"), "{name} {form}");
            let passed = app.check_sig(text(&vector, form), text(&vector, "identifier"), at(&vector, 1));
            assert!(passed.is_ok(), "{name} {form}: {passed:?}");
        }
    }
}

#[test]
fn each_part_of_the_query_has_its_code() {
    let vector = admin();
    assert_eq!(code(&query(&vector, |_, value| Some(value))), 0);
    for (name, wrong, expected) in [
        ("sdkappid", None, 60012),
        ("sdkappid", Some("1400000001"), 60006),
        ("sdkappid", Some("x"), 60006),
        ("identifier", None, 60025),
        ("identifier", Some("jack"), 70013),
        ("usersig", None, 60025),
        ("usersig", Some("eJx"), 70003),
        ("usersig", Some("a%2Bb"), 70003),
        ("random", Some("4294967296"), 60025),
        ("random", Some("-1"), 60025),
        ("contenttype", Some("JSON"), 60025),
        ("contenttype", None, 60025),
    ] {
        let uri =
            query(&vector, |other, value| if other == name { wrong.map(str::to_owned) } else { Some(value) });
        assert_eq!(code(&uri), expected, "{name} {wrong:?}");
    }
    assert_eq!(code(&"/v4/x/y".parse().unwrap()), 60012);
}

#[test]
fn a_usersig_has_its_app_its_key_and_its_time() {
    let vector = admin();
    let (sig, admin) = (text(&vector, "usersig_node"), text(&vector, "identifier"));
    let code = |app: &Application, later_s| {
        app.check_sig(sig, admin, at(&vector, later_s)).map_or_else(|refused| refused.code, |()| 0)
    };
    let life_s = vector["expire"].as_i64().unwrap();
    let app = application(&vector);
    assert_eq!((code(&app, life_s - 1), code(&app, life_s)), (0, 70001));
    assert_eq!(code(&Application { key: SecretString::from("other"), ..application(&vector) }, 1), 70009);
    assert_eq!(code(&Application { id: 7, ..application(&vector) }, 1), 70014);
}

#[test]
fn an_account_that_is_no_admin_is_refused() {
    let vector = admin();
    let app = Application { admin: "root".to_owned(), ..application(&vector) };
    let refused = app.check(&query(&vector, |_, value| Some(value)), at(&vector, 1)).unwrap_err();
    assert_eq!(refused.code, 60010);
}
