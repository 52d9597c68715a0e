//! What segments are made of (docs/contract/metrics.md M12).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use seedtest_ingest::{Table, TableColumn};
use seedtest_kpi::{
    FEWEST_SEGMENT_WEEKS, SEGMENT_FEATURES, SegmentActivity, SegmentWeek, segment_features,
};
use seedtest_responses::Texts;
use seedtest_store::{ActivitySums, SegmentKpis, Store};
use serde_json::{Map, Value, json};

use crate::calendar::days_before;
use crate::error::Error;

/// Students with their features; NaN = not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StudentFeatures {
    pub(crate) students: Vec<String>,
    /// Students with any weekly row.
    pub(crate) seen: usize,
    /// By student, in the order of [`SEGMENT_FEATURES`].
    values: Vec<[f64; SEGMENT_FEATURES.len()]>,
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
        let mut weeks: BTreeMap<&str, Vec<SegmentWeek>> = BTreeMap::new();
        for row in kpis {
            weeks.entry(&row.user_id).or_default().push(row.values);
        }
        let sums: BTreeMap<&str, &ActivitySums> =
            sums.iter().map(|sums| (sums.user_id.as_str(), sums)).collect();
        let mut found = Self { seen: weeks.len(), ..Self::default() };
        for (user_id, weeks) in
            weeks.into_iter().filter(|(_, weeks)| weeks.len() >= FEWEST_SEGMENT_WEEKS)
        {
            found.students.push(user_id.to_owned());
            let activity = sums.get(user_id).map(|sums| activity_of(sums));
            found.values.push(segment_features(&weeks, activity));
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
        columns.extend(SEGMENT_FEATURES.iter().enumerate().map(column));
        Table { columns, n_rows: self.students.len() }
    }

    /// The features of a student by name; null = not known.
    pub(crate) fn snapshot(&self, row: usize) -> Map<String, Value> {
        let known = |value: f64| if value.is_nan() { Value::Null } else { json!(value) };
        let pairs = SEGMENT_FEATURES.iter().zip(self.values[row]);
        pairs.map(|(name, value)| ((*name).to_owned(), known(value))).collect()
    }
}

fn activity_of(sums: &ActivitySums) -> SegmentActivity {
    let &ActivitySums { response_times, timed, hints, days, attempts, .. } = sums;
    SegmentActivity { response_times, timed, hints, days, attempts }
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
