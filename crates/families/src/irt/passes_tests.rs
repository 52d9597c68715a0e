//! A calibration in passes says what one of all answers at once says.

use seedtest_irt::{Pass, PassSums, Silent};
use seedtest_numerics::Stream;
use seedtest_responses::{Duplicates, LogRow, Outcome, ResponseLog, ResponseLogBuilder};
use seedtest_wire::CalibrateRequest;
use serde_json::{Value, json};

use super::passes::{ChunkSummary, PackedChunk, PassPlan, fit_in_passes, spec_of_passes};
use super::{Spec, fit};

/// So few students are one chunk.
const CHUNKS: usize = 1;

/// Logs of all students and of those of every chunk: students of two grades with repeated, unknown and contradicting
/// answers, one without a known answer.
fn logs(with_groups: bool) -> (ResponseLog, Vec<ResponseLog>) {
    let mut stream = Stream::new(4, 2);
    let mut whole = ResponseLogBuilder::new();
    let mut parts: Vec<ResponseLogBuilder> =
        (0..CHUNKS).map(|_| ResponseLogBuilder::new()).collect();
    for student in 0..360 {
        let (id, group) = (format!("s{student}"), format!("{}", 9 + student % 2));
        for k in 0..9 {
            let item = if student % 7 == 3 && k == 8 { 0 } else { k };
            let right =
                stream.bernoulli(0.25 + 0.05 * f64::from(item) + 0.1 * f64::from(student % 3));
            let outcome = match (student, k) {
                (5, _) | (_, 4) if student % 40 == 5 => Outcome::Unknown,
                _ => Outcome::from(Some(right)),
            };
            let item = format!("q{item}");
            let row = LogRow {
                student: &id,
                item: &item,
                at: Some(i64::from(k) * 60),
                outcome,
                group: with_groups.then_some(group.as_str()),
                ..LogRow::default()
            };
            let mut rows = vec![row];
            if student % 90 == 1 && k == 2 {
                rows.push(LogRow { outcome: Outcome::from(Some(!right)), ..row });
            }
            for row in rows {
                whole.push(&row);
                parts[0].push(&row);
            }
        }
    }
    (whole.finish(), parts.into_iter().map(ResponseLogBuilder::finish).collect())
}

/// The chunks as they are staged, and their summary.
fn staged(parts: &[ResponseLog], duplicates: Duplicates) -> (Vec<PackedChunk>, ChunkSummary) {
    let packed = |log: &ResponseLog| {
        let bytes = PackedChunk::of(log, duplicates).unwrap().to_bytes().unwrap();
        assert!(PackedChunk::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        PackedChunk::from_bytes(&bytes).unwrap()
    };
    let chunks: Vec<PackedChunk> = parts.iter().map(packed).collect();
    let mut summary = ChunkSummary::default();
    for chunk in chunks.iter().rev() {
        let bytes = chunk.summary().unwrap().to_bytes().unwrap();
        summary.merge(ChunkSummary::from_bytes(&bytes).unwrap());
    }
    (chunks, summary)
}

#[allow(clippy::needless_pass_by_value)] // called with json!(…)
fn spec(request: Value) -> Spec {
    let text = request.to_string();
    let request: CalibrateRequest<'_> = serde_json::from_str(&text).unwrap();
    spec_of_passes(&request).unwrap()
}

/// The response without what a calibration in passes does not have or knows otherwise.
fn comparable(response: &impl serde::Serialize) -> Value {
    let mut response = serde_json::to_value(response).unwrap();
    for name in ["abilities", "unscored"] {
        response.as_object_mut().unwrap().remove(name);
    }
    response
}

/// Difficulties of the shares of right answers, but for that of the third.
fn held_with_one_that_moved() -> Value {
    let held = |(item, b): (usize, f64)| json!({"item_id": format!("q{item}"), "params": {"a": 1.0, "b": b}, "fixed": true});
    [0.62, 0.41, 1.5, 0.0, -0.2].into_iter().enumerate().map(held).collect()
}

#[test]
fn passes_say_what_all_answers_say() {
    for (with_groups, request) in [
        (false, json!({"priors": "weak"})),
        (true, json!({"priors": "weak", "reference_group": "10", "duplicates": "last"})),
        (true, json!({"model": "Rasch", "standard_errors": "sandwich", "duplicates": "all"})),
        (false, json!({"model": "1PL", "guessing": 0.1})),
        (false, json!({"model": "Rasch", "anchors": held_with_one_that_moved()})),
    ] {
        let spec = spec(request.clone());
        let (whole, parts) = logs(with_groups);
        let fitted = fit(&whole, &spec, &mut Silent).unwrap();
        let expected = fitted.response(&whole, &spec, "run");
        let drifting = usize::from(request.get("anchors").is_some());
        assert_eq!(expected.fit_meta.linking_constants.drift.len(), drifting, "{request}");
        let (chunks, summary) = staged(&parts, spec.duplicates);
        let mut run = |plan: &PassPlan, pass: &Pass| -> Result<PassSums, String> {
            let plan: PassPlan =
                serde_json::from_str(&serde_json::to_string(plan).unwrap()).unwrap();
            let mut sums: Option<PassSums> = None;
            for chunk in &chunks {
                let found = chunk.answers(&plan).unwrap().run(pass).unwrap();
                match &mut sums {
                    None => sums = Some(found),
                    Some(sums) => sums.merge(found).unwrap(),
                }
            }
            Ok(sums.unwrap())
        };
        let found = fit_in_passes(&summary, (&spec, Some("run")), &mut run, &mut Silent).unwrap();
        assert_eq!(comparable(&found.response), comparable(&expected), "{request}");
        let mut abilities: Vec<_> = chunks
            .iter()
            .flat_map(|chunk| chunk.abilities(&found.plan, &found.abilities).unwrap())
            .collect();
        abilities.sort_by(|x, y| x.student.cmp(&y.student));
        let scored = abilities.iter().filter(|ability| ability.theta.is_some());
        let scored: Vec<_> = scored.map(|of| (of.student.clone(), of.theta, of.se, of.n)).collect();
        let known = expected.abilities.iter();
        let known: Vec<_> =
            known.map(|of| (of.user_id.clone(), Some(of.theta), Some(of.se), of.n)).collect();
        assert_eq!(scored, known, "{request}");
        let unscored: Vec<_> = abilities.iter().filter_map(|of| of.reason.as_deref()).collect();
        let reasons: Vec<&str> = expected.unscored.iter().map(|of| of.reason.as_str()).collect();
        assert_eq!(unscored, reasons);
        assert_eq!(unscored.len(), 1);
    }
}

#[test]
fn what_takes_the_students_one_by_one_is_refused() {
    for field in ["quality", "fit_statistics", "dif", "covariance"] {
        let text = json!({ field: true }).to_string();
        let request: CalibrateRequest<'_> = serde_json::from_str(&text).unwrap();
        let refused = spec_of_passes(&request).unwrap_err().to_string();
        assert!(refused.starts_with(field), "{refused}");
    }
}

#[test]
fn a_student_without_a_group_is_named() {
    let mut log = ResponseLogBuilder::new();
    for (student, group) in [("a", Some("7")), ("b", None)] {
        let outcome = Outcome::Right;
        log.push(&LogRow { student, item: "q", group, outcome, ..LogRow::default() });
    }
    let (_, summary) = staged(&[log.finish()], Duplicates::First);
    let mut run = |_: &PassPlan, _: &Pass| -> Result<PassSums, String> { Err("not asked".into()) };
    let spec = Spec::default();
    let refused = fit_in_passes(&summary, (&spec, None), &mut run, &mut Silent).unwrap_err();
    assert!(refused.to_string().contains("student b"), "{refused}");
    assert_eq!((summary.n_students(), summary.most_answers()), (2, 1));
}
