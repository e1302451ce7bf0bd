//! The table of the wire reference's section 5, and what its classes become.

use super::*;

fn code(code: i64) -> Fault {
    Fault::Code { code, info: "callee list is bad".to_owned() }
}

fn is_temporary(error: &EngineError) -> bool {
    matches!(error, EngineError::Temporary(_))
}

fn is_permanent(error: &EngineError) -> bool {
    matches!(error, EngineError::Permanent(_))
}

#[test]
fn every_code_stands_once_and_in_order() {
    assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert_eq!(TABLE.len(), 46);
}

#[test]
fn transient_codes_are_temporary_for_every_command() {
    for number in [60_007, 60_011, 60_014, 60_018, 60_019, 70_050, 70_169, 70_500, 100_001, 101_001] {
        assert!(is_temporary(&code(number).of_dial()), "{number}");
        assert!(is_temporary(&code(number).of_read()), "{number}");
    }
}

#[test]
fn a_dial_that_may_ring_is_unsettled_and_a_read_is_temporary() {
    for fault in [code(60_008), code(60_013), Fault::Lost("no answer".to_owned())] {
        assert!(matches!(fault.clone().of_dial(), EngineError::Unsettled(_)), "{fault:?}");
        assert!(is_temporary(&fault.of_read()));
    }
    assert!(is_temporary(&Fault::Unsent("refused".to_owned()).of_dial()), "nothing was sent");
}

#[test]
fn permanent_codes_tell_the_operator_what_to_do() {
    let permanent = [
        60_002, 60_003, 60_006, 60_009, 60_010, 60_012, 60_015, 60_016, 60_017, 60_020, 60_021, 60_025,
        60_026, 60_027, 60_028, 70_009, 70_013, 70_014, 70_016, 70_020, 70_051, 70_107, 70_398, 70_402,
        80_005, 100_002, 101_002,
    ];
    for number in permanent {
        assert!(is_permanent(&code(number).of_dial()), "{number}");
        let said = code(number).of_read().to_string();
        assert!(said.contains(&number.to_string()), "{said}");
        assert!(said.contains(": "), "{said}");
    }
    let region = code(60_026).of_dial();
    assert_eq!(
        region,
        EngineError::Permanent(
            "The host does not serve this SDKAppID: set TENCENT_REGION (60026)".to_owned()
        )
    );
}

#[test]
fn the_engines_words_follow_where_they_name_the_parameter() {
    let said = code(101_002).of_dial().to_string();
    assert_eq!(
        said,
        "The engine refuses a parameter: correct the account or setting that it names (101002, callee list is bad)"
    );
    assert_eq!(
        code(123).of_dial().to_string(),
        "The engine refuses the request: look the number up in the vendor's list (123, callee list is bad)"
    );
}

#[test]
fn signatures_are_renewed_for_these_codes_only() {
    let asks: Vec<i64> =
        TABLE.iter().map(|row| row.code).filter(|&number| code(number).asks_for_signature()).collect();
    assert_eq!(asks, [60_004, 60_005, 70_001, 70_003]);
    assert!(is_permanent(&code(70_001).of_dial()));
    assert!(is_permanent(&code(70_003).of_dial()));
    assert!(is_temporary(&code(60_004).of_dial()));
    assert!(is_temporary(&code(60_005).of_dial()));
}

#[test]
fn only_what_stops_every_request_is_a_matter_of_health() {
    for sick in
        [Fault::Unsent(String::new()), Fault::Lost(String::new()), code(60_020), code(70_001), code(70_050)]
    {
        assert!(sick.of_health().is_some(), "{sick:?}");
    }
    for well in [code(60_007), code(70_107), code(101_004), code(100_301), Fault::OutOfRange(String::new())] {
        assert!(well.of_health().is_none(), "{well:?}");
    }
}
