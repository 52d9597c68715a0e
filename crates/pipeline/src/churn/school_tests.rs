//! The churn model on simulated schools, whose students leave by a hazard that is known.

use seedtest_families::Outcome as Fit;
use seedtest_families::churn::{ChurnSpec, active_days, landmarks};
use seedtest_families::survival::{Fitted as SurvivalFitted, Spec as SurvivalSpec, fit};
use seedtest_responses::{LogRow, Outcome, ResponseLogBuilder, day_number};
use seedtest_store::VisitRow;
use seedtest_survival::quality::calibration;
use seedtest_survival::{Data, Silent};

use super::of_evidence::{data_set, students_today};
use super::risk::risks;
use crate::calendar::days_before;
use crate::evidence::{Evidence, StoredThetas, Visits};
use crate::school::{School, SchoolSpec, simulate};

fn school(seed: u64, students: usize) -> School {
    let first_week = "2025-03-03".parse().unwrap();
    simulate(&SchoolSpec { students, weeks: 24, first_week, seed })
}

/// What is known of a school on the evening of `day`.
fn evidence(school: &School, day: chrono::NaiveDate) -> Evidence {
    let mut log = ResponseLogBuilder::new();
    for answer in school.practice.iter().filter(|a| a.completed_at.date_naive() <= day) {
        log.push(&LogRow {
            student: &School::student_id(answer.student),
            item: &School::item_id(answer.item),
            topic: None,
            group: None,
            session: Some(&answer.session.to_string()),
            at: Some(answer.completed_at.timestamp_micros()),
            outcome: Outcome::from(Some(answer.correct)),
            response_time_ms: Some(answer.response_time_ms),
            hints: Some(answer.hints),
        });
    }
    let exams = school.exams.iter().filter(|e| e.completed_at.date_naive() <= day);
    let visits = exams.map(|exam| VisitRow {
        user_id: School::student_id(exam.student),
        session_id: None,
        at: exam.completed_at,
    });
    let log = log.finish();
    let visits = Visits::new(visits.collect(), &log);
    Evidence { log, visits, thetas: StoredThetas::default() }
}

fn spec(day: chrono::NaiveDate) -> ChurnSpec {
    ChurnSpec { today: day, lookback_days: 90, threshold_days: 14, session_gap_minutes: 30 }
}

fn last_day() -> chrono::NaiveDate {
    "2025-08-17".parse().unwrap()
}

fn fitted(evidence: &Evidence, churn: &ChurnSpec, quality: bool) -> Box<SurvivalFitted> {
    let data = data_set(evidence, churn);
    let spec = SurvivalSpec {
        covariates: Some(data.covariates.clone()),
        quality,
        ..SurvivalSpec::default()
    };
    match fit(&data.table, None, &spec, &mut Silent).unwrap() {
        Fit::Fitted(fitted) => fitted,
        Fit::TooLittle(noop) => panic!("{}", noop.reason),
    }
}

/// 3 000 students, some 20 000 landmarks: the slope has a standard error of about 0.025.
#[test]
fn risks_of_left_out_students_are_calibrated() {
    let day = last_day();
    let fitted = fitted(&evidence(&school(1, 3000), day), &spec(day), true);
    let quality = fitted.quality.unwrap();
    let calibration = &quality.calibration;
    let slope = calibration.slope.unwrap();
    assert!((0.9..=1.1).contains(&slope), "slope {slope}");
    let ratio = calibration.observed_over_expected;
    assert!((0.9..=1.1).contains(&ratio), "observed over expected {ratio}");
    assert!(quality.auc > 0.7 && quality.brier < 0.9 * quality.brier_null, "{quality:?}");
    assert!(fitted.warnings.is_empty(), "{:?}", fitted.warnings);
}

/// Fitted on one school, judged on what another did in the two weeks after each of four Sundays, one
/// in every phase of the cycle of exams. The slope has a standard error of about 0.04.
#[test]
fn risks_are_calibrated_in_another_school_and_in_the_future() {
    let sundays = [49, 42, 35, 28].map(|days| days_before(last_day(), days));
    let model = fitted(&evidence(&school(1, 2000), sundays[0]), &spec(sundays[0]), false).model;
    let other = school(2, 2000);
    let later = evidence(&other, last_day());
    let (mut risk, mut stop, mut event) = (Vec::new(), Vec::new(), Vec::new());
    for now in sundays {
        let evidence = evidence(&other, now);
        let risks = risks(&model, &evidence, &spec(now)).unwrap();
        for student in risks.iter().filter(|student| student.days_silent < 14) {
            let active = active_days(&later.history(&student.user_id));
            let days = std::iter::once(day_number(now));
            let found = landmarks(&active, days, 14, 15, day_number(last_day()));
            risk.push(student.risk);
            stop.push(found[0].time as f64);
            event.push(u8::from(found[0].event));
        }
    }
    let calibration = calibration(&Data::new(&stop, &event, vec![]), &risk, 14.0, 10).unwrap();
    let (slope, ratio) = (calibration.slope.unwrap(), calibration.observed_over_expected);
    assert!((0.9..=1.1).contains(&slope), "slope {slope} ± {:?}", calibration.slope_se);
    assert!((0.9..=1.1).contains(&ratio), "observed over expected {ratio}");
}

#[test]
fn reasons_add_up_exactly_and_silent_students_have_a_risk_of_one() {
    let day = last_day();
    let (school, spec) = (school(3, 200), spec(day));
    let evidence = evidence(&school, day);
    let model = fitted(&evidence, &spec, false).model;
    let risks = risks(&model, &evidence, &spec).unwrap();
    assert_eq!(risks.len(), students_today(&evidence, &spec).n_students());
    for risk in &risks {
        assert!((0.0..=1.0).contains(&risk.risk) && risk.rank_percentile > 0.0);
        if risk.days_silent >= 14 {
            assert_eq!((risk.risk, risk.hazard_ratio), (1.0, None));
            continue;
        }
        let sum: f64 = risk.reasons.iter().map(|reason| reason.contribution).sum();
        assert_eq!(risk.hazard_ratio, Some(seedtest_numerics::exp(sum)));
    }
    let mean: f64 = risks.iter().map(|risk| risk.rank_percentile).sum::<f64>() / risks.len() as f64;
    assert!((mean - 0.5).abs() < 1e-12, "mid-ranks average to one half, not {mean}");
}
