//! Which P and S of fitted models stand in `weekly_kpi`, and how long they hold.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use seedtest_store::WeeklyKpi;
use serde_json::{Map, Value};

/// A KPI that a fitted model writes, with everything that travels with it.
pub(crate) struct FittedKey {
    pub(crate) value: &'static str,
    source: &'static str,
    model: &'static str,
    fitted_at: &'static str,
    /// A key and its text that mark a number as not of the fit itself: it is computed anew every time.
    derived: Option<(&'static str, &'static str)>,
    /// Every key of the group: they are kept, carried and replaced together.
    pub(crate) group: &'static [&'static str],
    /// Whole days after which the fit no longer speaks for the student.
    pub(crate) holds_days: i64,
}

/// P of the Bayesian growth model.
pub(crate) const GOAL: FittedKey = FittedKey {
    value: "P",
    source: "P_source",
    model: "brms",
    fitted_at: "P_fitted_at",
    derived: Some(("P_basis", "ability")),
    group: &["P", "sigma", "P_lower", "P_upper", "P_source", "P_basis", "P_fitted_at"],
    holds_days: 14,
};

/// S of the survival model.
pub(crate) const CHURN: FittedKey = FittedKey {
    value: "S",
    source: "S_source",
    model: "survival",
    fitted_at: "S_fitted_at",
    derived: None,
    group: &["S", "S_source", "S_fitted_at"],
    holds_days: 2,
};

/// What the daily job does with a KPI that a fitted model may have written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    /// The row holds it already and it belongs to the other writer.
    Keep,
    /// An earlier week holds it; this week gets all keys of the group.
    Carry(Map<String, Value>),
    /// No fit speaks for this week: the job computes its own.
    Compute,
}

/// Rows with a P or S of a fitted model, by student.
pub(crate) struct FittedKpis<'a> {
    by_user: HashMap<&'a str, Vec<&'a WeeklyKpi>>,
}

impl<'a> FittedKpis<'a> {
    pub(crate) fn new(rows: &'a [WeeklyKpi]) -> Self {
        let mut by_user: HashMap<&str, Vec<&WeeklyKpi>> = HashMap::new();
        for row in rows {
            by_user.entry(&row.user_id).or_default().push(row);
        }
        Self { by_user }
    }

    /// What becomes of `key` in the row of `week`, looked at on `as_of`. A fit of the row itself is
    /// kept while it holds; one of an earlier week is carried over when `may_carry`, unless it was
    /// made after `as_of`: a replay does not see the future.
    pub(crate) fn choose(
        &self,
        key: &FittedKey,
        user_id: &str,
        week: NaiveDate,
        as_of: NaiveDate,
        may_carry: bool,
    ) -> Choice {
        let Some(rows) = self.by_user.get(user_id) else { return Choice::Compute };
        let age = |row: &WeeklyKpi| Some((as_of - fitted_on(key, &row.kpis)?).num_days());
        let own = rows.iter().find(|row| row.week_start == week).and_then(|row| age(row));
        if own.is_some_and(|days| days <= key.holds_days) {
            return Choice::Keep;
        }
        let holds = |row: &&&WeeklyKpi| {
            row.week_start < week
                && age(row).is_some_and(|days| (0..=key.holds_days).contains(&days))
        };
        let earlier = rows.iter().filter(holds).max_by_key(|row| row.week_start);
        match earlier.filter(|_| may_carry) {
            Some(row) => Choice::Carry(group_of(key, &row.kpis)),
            None => Choice::Compute,
        }
    }
}

/// The day of the fit behind the number in this row; `None` when no fit or no number is there.
fn fitted_on(key: &FittedKey, kpis: &Map<String, Value>) -> Option<NaiveDate> {
    let text = |name: &str| kpis.get(name).and_then(Value::as_str);
    kpis.get(key.value)?.as_f64()?;
    text(key.source).filter(|&source| source == key.model)?;
    if key.derived.is_some_and(|(name, word)| text(name) == Some(word)) {
        return None;
    }
    let at = DateTime::parse_from_rfc3339(text(key.fitted_at)?).ok()?;
    Some(at.to_utc().date_naive())
}

fn group_of(key: &FittedKey, kpis: &Map<String, Value>) -> Map<String, Value> {
    let value = |name: &str| kpis.get(name).cloned().unwrap_or(Value::Null);
    key.group.iter().map(|&name| (name.to_string(), value(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(week: &str, kpis: Value) -> WeeklyKpi {
        let Value::Object(kpis) = kpis else { panic!("an object") };
        WeeklyKpi {
            user_id: "amy".into(),
            week_start: date(week),
            kpis,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn brms(fitted_at: &str) -> Value {
        json!({"P": 0.7, "sigma": 0.1, "P_source": "brms", "P_fitted_at": fitted_at, "I_t": 0.1})
    }

    fn choice(rows: &[WeeklyKpi], key: &FittedKey, week: &str, as_of: &str) -> Choice {
        FittedKpis::new(rows).choose(key, "amy", date(week), date(as_of), true)
    }

    #[test]
    fn a_fit_of_the_row_is_kept_for_fourteen_days() {
        let rows = [row("2025-03-10", brms("2025-03-10T04:30:00Z"))];
        assert_eq!(choice(&rows, &GOAL, "2025-03-10", "2025-03-16"), Choice::Keep);
        let old = [row("2025-03-10", brms("2025-02-23T04:30:00Z"))];
        assert_eq!(choice(&old, &GOAL, "2025-03-10", "2025-03-09"), Choice::Keep);
        assert_eq!(choice(&old, &GOAL, "2025-03-10", "2025-03-10"), Choice::Compute);
    }

    #[test]
    fn a_fit_is_carried_whole_into_the_next_weeks_and_then_ends() {
        let rows = [row("2025-03-03", brms("2025-03-03T04:30:00Z"))];
        let Choice::Carry(group) = choice(&rows, &GOAL, "2025-03-10", "2025-03-17") else {
            panic!("not carried");
        };
        let expected = json!({
            "P": 0.7, "sigma": 0.1, "P_lower": null, "P_upper": null,
            "P_source": "brms", "P_basis": null, "P_fitted_at": "2025-03-03T04:30:00Z",
        });
        assert_eq!(Value::Object(group), expected);
        assert_eq!(choice(&rows, &GOAL, "2025-03-17", "2025-03-18"), Choice::Compute);
    }

    #[test]
    fn a_replay_does_not_carry_what_was_fitted_later() {
        let rows = [row("2025-03-03", brms("2025-03-20T04:30:00Z"))];
        assert_eq!(choice(&rows, &GOAL, "2025-03-10", "2025-03-16"), Choice::Compute);
    }

    #[test]
    fn a_normal_value_a_null_a_prediction_and_a_fit_without_a_date_are_no_fit() {
        for kpis in [
            json!({"P": 0.7, "P_source": "normal", "P_fitted_at": "2025-03-10T00:00:00Z"}),
            json!({"P": null, "P_source": "brms", "P_fitted_at": "2025-03-10T00:00:00Z"}),
            json!({"P": 0.7, "P_source": "brms"}),
            json!({"P": 0.7, "P_source": "brms", "P_basis": "ability",
                "P_fitted_at": "2025-03-10T00:00:00Z"}),
            json!({"P": "high", "P_source": "brms", "P_fitted_at": "2025-03-10T00:00:00Z"}),
        ] {
            let rows = [row("2025-03-10", kpis.clone())];
            assert_eq!(choice(&rows, &GOAL, "2025-03-10", "2025-03-10"), Choice::Compute, "{kpis}");
        }
    }

    #[test]
    fn a_survival_risk_holds_two_days_across_the_turn_of_the_week() {
        let kpis = json!({"S": 0.3, "S_source": "survival", "S_fitted_at": "2025-03-15T05:00:00Z"});
        let rows = [row("2025-03-10", kpis)];
        assert!(matches!(choice(&rows, &CHURN, "2025-03-17", "2025-03-17"), Choice::Carry(_)));
        assert_eq!(choice(&rows, &CHURN, "2025-03-17", "2025-03-18"), Choice::Compute);
    }
}
