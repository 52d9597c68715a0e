//! Which P and S of fitted models stand in `weekly_kpi`, and how long they hold.

use std::collections::HashMap;

use chrono::NaiveDate;
use seedtest_kpi::{FittedGroup, WeeklyKpis};
use seedtest_responses::TimeZone;
use seedtest_store::WeeklyKpi;

/// What the daily job does with a KPI that a fitted model may have written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice<G> {
    /// The row holds it already and it belongs to the other writer.
    Keep,
    /// An earlier week holds it; this week gets all keys of the group.
    Carry(G),
    /// No fit speaks for this week: the job computes its own.
    Compute,
}

/// Rows with a P or S of a fitted model, by student.
pub(crate) struct FittedKpis<'a> {
    by_user: HashMap<&'a str, Vec<(NaiveDate, WeeklyKpis)>>,
    /// In which the age of a fit is counted in days.
    zone: &'a TimeZone,
}

impl<'a> FittedKpis<'a> {
    pub(crate) fn new(rows: &'a [WeeklyKpi], zone: &'a TimeZone) -> Self {
        let mut by_user: HashMap<&str, Vec<_>> = HashMap::new();
        for row in rows {
            let stored = (row.week_start, WeeklyKpis::read(&row.kpis));
            by_user.entry(&row.user_id).or_default().push(stored);
        }
        Self { by_user, zone }
    }

    /// What becomes of a group in the row of `week`, looked at on `as_of`. A fit of the row itself is
    /// kept while it holds; one of an earlier week is carried over when `may_carry`, unless it was
    /// made after `as_of`: a replay does not see the future.
    pub(crate) fn choose<G: FittedGroup>(
        &self,
        user_id: &str,
        week: NaiveDate,
        as_of: NaiveDate,
        may_carry: bool,
    ) -> Choice<G> {
        let Some(rows) = self.by_user.get(user_id) else { return Choice::Compute };
        let groups = || rows.iter().filter_map(|(monday, row)| Some((*monday, G::of(row)?)));
        let age = |group: &G| Some((as_of - group.fitted_on(self.zone)?).num_days());
        let own = groups().find(|&(monday, _)| monday == week).and_then(|(_, group)| age(group));
        if own.is_some_and(|days| days <= G::HOLDS_DAYS) {
            return Choice::Keep;
        }
        let holds = |&(monday, group): &(NaiveDate, &G)| {
            monday < week && age(group).is_some_and(|days| (0..=G::HOLDS_DAYS).contains(&days))
        };
        let earlier = groups().filter(holds).max_by_key(|&(monday, _)| monday);
        match earlier.filter(|_| may_carry) {
            Some((_, group)) => Choice::Carry(group.clone().without_reasons()),
            None => Choice::Compute,
        }
    }

    /// The group in the student's row of a week.
    pub(crate) fn of_week<G: FittedGroup>(&self, user_id: &str, week: NaiveDate) -> Option<&G> {
        let rows = self.by_user.get(user_id)?;
        G::of(&rows.iter().find(|(monday, _)| *monday == week)?.1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use seedtest_kpi::{ChurnKpi, GoalKpi};
    use serde_json::{Value, json};

    use super::*;

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

    fn choice<G: FittedGroup>(rows: &[WeeklyKpi], week: &str, as_of: &str) -> Choice<G> {
        let zone = TimeZone::default();
        FittedKpis::new(rows, &zone).choose("amy", date(week), date(as_of), true)
    }

    fn goal(rows: &[WeeklyKpi], week: &str, as_of: &str) -> Choice<GoalKpi> {
        choice(rows, week, as_of)
    }

    fn churn(rows: &[WeeklyKpi], week: &str, as_of: &str) -> Choice<ChurnKpi> {
        choice(rows, week, as_of)
    }

    #[test]
    fn a_fit_of_the_row_is_kept_for_fourteen_days() {
        let rows = [row("2025-03-10", brms("2025-03-10T04:30:00Z"))];
        assert_eq!(goal(&rows, "2025-03-10", "2025-03-16"), Choice::Keep);
        let old = [row("2025-03-10", brms("2025-02-23T04:30:00Z"))];
        assert_eq!(goal(&old, "2025-03-10", "2025-03-09"), Choice::Keep);
        assert_eq!(goal(&old, "2025-03-10", "2025-03-10"), Choice::Compute);
    }

    #[test]
    fn a_fit_is_carried_whole_into_the_next_weeks_and_then_ends() {
        let rows = [row("2025-03-03", brms("2025-03-03T04:30:00Z"))];
        let Choice::Carry(group) = goal(&rows, "2025-03-10", "2025-03-17") else {
            panic!("not carried");
        };
        let expected = json!({
            "P": 0.7, "sigma": 0.1, "P_lower": null, "P_upper": null,
            "P_target": null, "P_target_scale": null,
            "P_source": "brms", "P_basis": null, "P_fitted_at": "2025-03-03T04:30:00Z",
            "P_target": null, "P_target_scale": null,
        });
        assert_eq!(Value::Object(group.patch()), expected);
        assert_eq!(goal(&rows, "2025-03-17", "2025-03-18"), Choice::Compute);
    }

    #[test]
    fn a_replay_does_not_carry_what_was_fitted_later() {
        let rows = [row("2025-03-03", brms("2025-03-20T04:30:00Z"))];
        assert_eq!(goal(&rows, "2025-03-10", "2025-03-16"), Choice::Compute);
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
            assert_eq!(goal(&rows, "2025-03-10", "2025-03-10"), Choice::Compute, "{kpis}");
        }
    }

    #[test]
    fn a_survival_risk_holds_two_days_across_the_turn_of_the_week() {
        let kpis = json!({"S": 0.3, "S_source": "survival", "S_fitted_at": "2025-03-15T05:00:00Z"});
        let rows = [row("2025-03-10", kpis)];
        assert!(matches!(churn(&rows, "2025-03-17", "2025-03-17"), Choice::Carry(_)));
        assert_eq!(churn(&rows, "2025-03-17", "2025-03-18"), Choice::Compute);
    }
}
