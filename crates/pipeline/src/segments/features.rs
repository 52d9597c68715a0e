//! What segments are made of (docs/contract/metrics.md M12).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use seedtest_ingest::{Table, TableColumn};
use seedtest_responses::Texts;
use seedtest_store::{ActivitySums, SegmentKpis, Store};
use serde_json::{Map, Value, json};

use crate::calendar::days_before;
use crate::error::Error;

/// Names of the features.
pub(crate) const FEATURES: [&str; 9] = [
    "engagement",
    "improvement",
    "efficiency",
    "recovery",
    "sessions",
    "gap",
    "avg_rt",
    "avg_hints",
    "total_attempts",
];
/// Those that are means of KPIs, in the order of [`SegmentKpis`].
const OF_KPIS: usize = 6;
/// Weekly rows a student needs.
pub(crate) const FEWEST_WEEKS: usize = 4;

/// Students with their features; NaN = not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StudentFeatures {
    pub(crate) students: Vec<String>,
    /// Students with any weekly row.
    pub(crate) seen: usize,
    /// By student, in the order of [`FEATURES`].
    values: Vec<[f64; FEATURES.len()]>,
}

impl StudentFeatures {
    /// Students with at least four weekly rows in the `weeks` weeks up to the one of `last`.
    pub(crate) async fn load(store: &Store, last: NaiveDate, weeks: u32) -> Result<Self, Error> {
        let first = days_before(last, 7 * (weeks.max(1) - 1));
        let kpis = store.segment_kpis(first, last).await?;
        let end = last.checked_add_days(chrono::Days::new(6)).unwrap_or(last);
        let sums = store.activity_sums(first, end).await?;
        Ok(Self::of(&kpis, &sums))
    }

    fn of(kpis: &[SegmentKpis], sums: &[ActivitySums]) -> Self {
        let mut weeks: BTreeMap<&str, Vec<&[Option<f64>; OF_KPIS]>> = BTreeMap::new();
        for row in kpis {
            weeks.entry(&row.user_id).or_default().push(&row.values);
        }
        let sums: BTreeMap<&str, &ActivitySums> =
            sums.iter().map(|sums| (sums.user_id.as_str(), sums)).collect();
        let mut found = Self { seen: weeks.len(), ..Self::default() };
        for (user_id, weeks) in weeks.into_iter().filter(|(_, weeks)| weeks.len() >= FEWEST_WEEKS) {
            found.students.push(user_id.to_owned());
            found.values.push(values_of(&weeks, sums.get(user_id).copied()));
        }
        found
    }

    /// A row a student.
    pub(crate) fn table(&self) -> Table {
        let mut students = Texts::default();
        for id in &self.students {
            students.push(Some(id.as_str()));
        }
        let column = |(at, name): (usize, &&str)| {
            let values = self.values.iter().map(|of| of[at]).collect();
            ((*name).to_owned(), TableColumn::Numeric(values))
        };
        let mut columns = vec![("user_id".to_owned(), TableColumn::from(students))];
        columns.extend(FEATURES.iter().enumerate().map(column));
        Table { columns, n_rows: self.students.len() }
    }

    /// The features of a student by name; null = not known.
    pub(crate) fn snapshot(&self, row: usize) -> Map<String, Value> {
        let known = |value: f64| if value.is_nan() { Value::Null } else { json!(value) };
        let pairs = FEATURES.iter().zip(self.values[row]);
        pairs.map(|(name, value)| ((*name).to_owned(), known(value))).collect()
    }
}

fn values_of(
    weeks: &[&[Option<f64>; OF_KPIS]],
    sums: Option<&ActivitySums>,
) -> [f64; FEATURES.len()] {
    let mut values = [f64::NAN; FEATURES.len()];
    for (at, value) in values.iter_mut().take(OF_KPIS).enumerate() {
        let known: Vec<f64> = weeks.iter().filter_map(|week| week[at]).collect();
        *value = ratio(known.iter().sum(), known.len() as f64);
    }
    if let Some(sums) = sums {
        values[OF_KPIS] = ratio(sums.response_times as f64, sums.timed as f64);
        values[OF_KPIS + 1] = ratio(sums.hints as f64, sums.days as f64);
        values[OF_KPIS + 2] = sums.attempts as f64;
    }
    values
}

/// NaN where there is nothing to divide by.
fn ratio(sum: f64, n: f64) -> f64 {
    if n > 0.0 { sum / n } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(user_id: &str, values: [Option<f64>; 6]) -> SegmentKpis {
        SegmentKpis { user_id: user_id.into(), values }
    }

    #[test]
    fn means_are_of_what_is_known() {
        let mut kpis: Vec<SegmentKpis> = (0..4)
            .map(|i| week("a", [Some(f64::from(i)), None, Some(0.5), None, Some(3.0), Some(2.0)]))
            .collect();
        kpis[3].values[0] = None;
        kpis.push(week("b", [Some(1.0); 6]));
        let sums = ActivitySums {
            user_id: "a".into(),
            response_times: 900,
            timed: 3,
            hints: 5,
            days: 2,
            attempts: 40,
        };
        let found = StudentFeatures::of(&kpis, &[sums]);
        assert_eq!((found.students.as_slice(), found.seen), (["a".to_owned()].as_slice(), 2));
        let snapshot = found.snapshot(0);
        assert_eq!(snapshot["engagement"], json!(1.0));
        assert_eq!(snapshot["improvement"], Value::Null);
        assert_eq!((&snapshot["avg_rt"], &snapshot["avg_hints"]), (&json!(300.0), &json!(2.5)));
        assert_eq!(snapshot["total_attempts"], json!(40.0));
        assert_eq!(found.table().columns.len(), 10);
    }

    #[test]
    fn who_has_no_answers_on_record_has_unknown_features() {
        let kpis: Vec<SegmentKpis> = (0..4).map(|_| week("a", [Some(1.0); 6])).collect();
        let snapshot = StudentFeatures::of(&kpis, &[]).snapshot(0);
        assert_eq!((&snapshot["gap"], &snapshot["avg_rt"]), (&json!(1.0), &Value::Null));
    }
}
