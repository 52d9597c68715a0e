//! The flags and the way out of `seedtest serve`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::serving::Serving;

/// Answers of a class, in a request for a fit that never meets its tolerance.
fn endless() -> String {
    let mut body = String::from(
        r#"{"model":"3PL","max_iter":1000000,"tol":1e-300,"standard_errors":"none","observations":["#,
    );
    let mut state = 7_u64;
    for n in 0..8_000_u32 {
        let (student, item) = (n / 20, n % 20);
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let able_for_it = 0.5 + 0.8 * (f64::from(student) / 400.0 - f64::from(item) / 20.0);
        let right = u8::from((state >> 33) as f64 / f64::from(1_u32 << 31) < able_for_it);
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(body, r#"{comma}{{"user_id":{student},"item_id":{item},"y":{right}}}"#);
    }
    body + "]}"
}

#[test]
fn a_terminated_process_hands_back_the_fit_that_runs() {
    let serving = Serving::start(&["--grace", "1"]);
    let ended = std::thread::scope(|scope| {
        let fit = scope.spawn(|| serving.post("/irt/calibrate", endless().as_bytes()));
        while !serving.ask("GET", "/v1/runs?name=irt", "", b"").1.contains(r#""running""#) {
            assert!(!fit.is_finished(), "the fit ended before anybody stopped it");
            std::thread::sleep(Duration::from_millis(50));
        }
        serving.terminate();
        fit.join().unwrap()
    });
    assert_eq!(ended.0, 200, "{:.300}", ended.1);
    assert!(ended.1.contains(r#""truncated":true"#), "{:.300}", ended.1);
    assert_eq!(serving.wait(), Some(0));
}

#[test]
fn the_limit_of_bodies_is_a_flag() {
    let serving = Serving::start(&["--max-body-mib", "1"]);
    let long = |bytes: usize| {
        let mut body = br#"{"item_params":{},"responses":[],"note":""#.to_vec();
        body.resize(bytes, b'x');
        body.extend_from_slice(b"\"}");
        body
    };
    assert_eq!(serving.post("/irt/score", &long(900_000)).0, 200);
    let (status, text) = serving.post("/irt/score", &long(1_200_000));
    assert!(status == 413, "{status} {text:.300}");
    assert!(text.contains("too_large"), "{text:.300}");
}
