//! What the database knows of students as the churn model sees them.

use chrono::NaiveDate;
use rayon::prelude::*;
use seedtest_families::churn::{
    ABILITY_DAYS, AbilityOnDay, AtLandmark, ChurnData, ChurnSpec, StudentToday, Today,
    days_silent as silent_of, landmark_rows,
};
use seedtest_kpi::Windows;
use seedtest_responses::TimeZone;
use seedtest_store::Store;

use crate::calendar::end_micros;
use crate::error::Error;
use crate::evidence::{Evidence, Span, ThetaHistory};

/// Loads everything the lookback needs, of all students or of one.
pub(crate) async fn evidence(
    spec: &ChurnSpec,
    store: &Store,
    user_id: Option<&str>,
) -> Result<Evidence, Error> {
    let span = Span::of_days(store.time_zone(), spec.today, spec.today, spec.history_days());
    Evidence::load(store, span, &span.answers_of(user_id)).await
}

/// Makes the data set.
pub(crate) fn data_set(evidence: &Evidence, spec: &ChurnSpec) -> ChurnData {
    let thetas = ThetaHistory::new(&evidence.thetas);
    let zone = evidence.log.time_zone();
    let of_user = |&user_id: &&'_ str| {
        let ability = |day| ability_on(&thetas, zone, user_id, day);
        landmark_rows(&evidence.history(user_id), spec, ability)
    };
    let users = evidence.users();
    let found: Vec<Vec<AtLandmark>> = users.par_iter().map(of_user).collect();
    let named =
        |(&user_id, rows): (&_, Vec<AtLandmark>)| rows.into_iter().map(move |row| (user_id, row));
    let rows: Vec<(&str, AtLandmark)> = users.iter().zip(found).flat_map(named).collect();
    ChurnData::of(&rows)
}

/// What is known of the ability of a student at the end of a day.
fn ability_on(
    thetas: &ThetaHistory<'_>,
    zone: &TimeZone,
    user_id: &str,
    day: NaiveDate,
) -> AbilityOnDay {
    let newest = thetas.newest_before(user_id, end_micros(zone, day));
    let pair = thetas.pair(user_id, Windows::ending(zone, day, ABILITY_DAYS));
    AbilityOnDay::of(
        newest.map(|fitted| fitted.theta.theta),
        pair.map(|(recent, previous)| (recent.theta, previous.theta)),
    )
}

/// Whole days without activity of everyone who was active in the lookback, by id.
pub(crate) fn days_silent<'a>(evidence: &'a Evidence, spec: &ChurnSpec) -> Vec<(&'a str, i64)> {
    let of_user =
        |&user_id: &&'a str| Some((user_id, silent_of(&evidence.history(user_id), spec)?));
    evidence.users().par_iter().filter_map(of_user).collect()
}

/// Everyone who was active in the lookback, as the model sees them.
pub(crate) fn students_today<'a>(evidence: &'a Evidence, spec: &ChurnSpec) -> Today<'a> {
    let thetas = ThetaHistory::new(&evidence.thetas);
    let zone = evidence.log.time_zone();
    let student = |&user_id: &&'a str| {
        let ability = |day| ability_on(&thetas, zone, user_id, day);
        StudentToday::of(user_id, &evidence.history(user_id), spec, ability)
    };
    Today::new(evidence.users().par_iter().filter_map(student).collect(), spec)
}
