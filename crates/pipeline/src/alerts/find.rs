//! What there is to look at now, beside what is known of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_digest::Digest as Name;
use seedtest_irt::Severity;
use seedtest_kpi::week_start;
use seedtest_store::{Alert, AlertKind, JobEnd, RunStatus, Store, Tx};
use serde_json::{Value, json};

use super::NOTE_DAYS;
use super::settings::AlertSettings;
use crate::calendar::{DAYS_OF_WEEK, day_at, days_before};
use crate::error::Error;

/// How long ago a job may have failed and be told of.
const JOB_DAYS: i64 = 14;
/// Digits of the name of an alert: 128 bits, so that no two meet.
const DIGITS: usize = 32;

/// What changed since the last look.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What was not known.
    new: Vec<Alert>,
    /// Names of alerts that are over.
    over: Vec<String>,
    /// Names of alerts that somebody takes care of since, when and who.
    seen: Vec<(String, DateTime<Utc>, String)>,
    /// Alerts that were known and are still open, as they are now.
    open: Vec<Alert>,
}

impl Found {
    /// Everything that is open now or may be soon.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.open.iter().chain(&self.new).cloned().collect()
    }

    /// Enters what changed. Gives the number of new alerts and of those that are over, and all that are open.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn write(
        self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<(usize, usize, Vec<Alert>), Error> {
        let mut new = 0;
        let mut open = self.open;
        for alert in self.new {
            if tx.raise_alert(&alert).await? {
                new += 1;
                open.push(alert);
            }
        }
        for alert_key in &self.over {
            tx.resolve_alert(alert_key, now).await?;
        }
        for (alert_key, at, by) in &self.seen {
            tx.acknowledge_alert(alert_key, by, *at).await?;
        }
        Ok((new, self.over.len(), open))
    }
}

/// Looks for what there is to look at, as of an instant.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn find(
    store: &Store,
    settings: &AlertSettings,
    now: DateTime<Utc>,
    is_job: impl Fn(&str) -> bool,
) -> Result<Found, Error> {
    let notes = notes(store, now).await?;
    let mut open: BTreeMap<AlertKind, Vec<Alert>> = BTreeMap::new();
    let mut rest = Vec::new();
    for alert in store.open_alerts(now).await? {
        if settings.kinds.contains(&alert.kind) {
            open.entry(alert.kind).or_default().push(alert);
        } else {
            rest.push(alert);
        }
    }
    let mut found = Found { open: rest, ..Found::default() };
    for &kind in &settings.kinds {
        let known = open.remove(&kind).unwrap_or_default();
        let (new, over) = match kind {
            AlertKind::Risk => {
                let Some(risks) = risks(store, now).await? else {
                    found.keep(known, &notes);
                    continue;
                };
                of_risks(&risks, settings.threshold, &known)
            }
            AlertKind::Job => {
                let ends = store.job_ends(now - TimeDelta::days(JOB_DAYS), now).await?;
                let ends: Vec<JobEnd> = ends.into_iter().filter(|end| is_job(&end.name)).collect();
                of_jobs(&ends, &known)
            }
            AlertKind::Drift => {
                // A fit of this very instant is one of this round.
                let fit = store.fit_meta_before(now + TimeDelta::microseconds(1)).await?;
                let drift = fit.map(|fit| (fit.run_id, fit.metrics["drift"].clone()));
                of_drift(drift, settings.severity, &known)
            }
        };
        found.add(new.into_iter().map(|finding| finding.alert(now)), &notes);
        let (over, known): (Vec<Alert>, Vec<Alert>) =
            known.into_iter().partition(|alert| over.contains(&alert.alert_key));
        found.over.extend(over.into_iter().map(|alert| alert.alert_key));
        found.keep(known, &notes);
    }
    Ok(found)
}

/// When students were last noted, and by whom.
type Notes = HashMap<String, (DateTime<Utc>, String)>;

async fn notes(store: &Store, now: DateTime<Utc>) -> Result<Notes, Error> {
    let noted = store.last_notes(now - TimeDelta::days(2 * NOTE_DAYS)).await?;
    Ok(noted.into_iter().map(|(user_id, at, by)| (user_id, (at, by))).collect())
}

/// Names of those of the alerts that somebody takes care of, going by the notes.
///
/// # Errors
/// When the database refuses.
pub(super) async fn noted(
    store: &Store,
    now: DateTime<Utc>,
    alerts: &[Alert],
) -> Result<BTreeSet<String>, Error> {
    let notes = notes(store, now).await?;
    let noted = alerts.iter().filter(|alert| note_of(alert, &notes).is_some());
    Ok(noted.map(|alert| alert.alert_key.clone()).collect())
}

/// The note that says that somebody takes care of the student of an alert.
fn note_of<'n>(alert: &Alert, notes: &'n Notes) -> Option<&'n (DateTime<Utc>, String)> {
    let note = notes.get(alert.user_id.as_ref()?)?;
    (note.0 >= alert.found_at - TimeDelta::days(NOTE_DAYS)).then_some(note)
}

impl Found {
    fn add(&mut self, alerts: impl Iterator<Item = Alert>, notes: &Notes) {
        self.new.extend(alerts.map(|alert| {
            let acknowledged = note_of(&alert, notes).cloned();
            Alert { acknowledged, ..alert }
        }));
    }

    fn keep(&mut self, alerts: Vec<Alert>, notes: &Notes) {
        for mut alert in alerts {
            if alert.acknowledged.is_none()
                && let Some((at, by)) = note_of(&alert, notes)
            {
                self.seen.push((alert.alert_key.clone(), *at, by.clone()));
                alert.acknowledged = Some((*at, by.clone()));
            }
            self.open.push(alert);
        }
    }
}

/// Something that is not known yet.
#[derive(Debug, PartialEq)]
struct Finding {
    kind: AlertKind,
    user_id: Option<String>,
    subject: Option<String>,
    /// What tells it from the next of its kind and subject; `None` = the day it was found.
    occasion: Option<String>,
    detail: Value,
}

impl Finding {
    fn alert(self, now: DateTime<Utc>) -> Alert {
        let Self { kind, user_id, subject, occasion, detail } = self;
        let occasion = occasion.unwrap_or_else(|| now.date_naive().to_string());
        let about = user_id.as_ref().or(subject.as_ref()).map_or("", String::as_str);
        let mut name = Name::new();
        name.text(kind.code()).text(about).text(&occasion);
        Alert {
            alert_key: name.finish()[..DIGITS].to_owned(),
            kind,
            user_id,
            subject,
            detail,
            found_at: now,
            acknowledged: None,
            resolved_at: None,
        }
    }
}

type Changes = (Vec<Finding>, BTreeSet<String>);

/// S of the students of the newest week; `None` where it lies more than a week back: who is not looked at has no
/// risk of today.
async fn risks(store: &Store, now: DateTime<Utc>) -> Result<Option<Vec<(String, f64)>>, Error> {
    let today = day_at(store.time_zone(), now);
    let week = store.newest_kpi_week_until(today).await?;
    let earliest = days_before(week_start(today), DAYS_OF_WEEK);
    match week.filter(|week| *week >= earliest) {
        Some(week) => Ok(Some(store.student_risks(week).await?)),
        None => Ok(None),
    }
}

/// Of whose risk nothing is known now, an alert stays as it is.
fn of_risks(risks: &[(String, f64)], threshold: f64, known: &[Alert]) -> Changes {
    let told: BTreeSet<&str> = known.iter().filter_map(|alert| alert.user_id.as_deref()).collect();
    let reached = |(_, risk): &&(String, f64)| *risk >= threshold;
    let new = risks.iter().filter(reached).filter(|(user_id, _)| !told.contains(&**user_id));
    let new = new.map(|(user_id, risk)| Finding {
        kind: AlertKind::Risk,
        user_id: Some(user_id.clone()),
        subject: None,
        occasion: None,
        detail: json!({"risk": risk, "threshold": threshold}),
    });
    let below: BTreeSet<&str> =
        risks.iter().filter(|(_, risk)| *risk < threshold).map(|(user_id, _)| &**user_id).collect();
    let is_over =
        |alert: &&Alert| alert.user_id.as_deref().is_some_and(|user_id| below.contains(user_id));
    let over = known.iter().filter(is_over).map(|alert| alert.alert_key.clone());
    (new.collect(), over.collect())
}

/// A job that failed again is the same alert until it has ended well.
fn of_jobs(ends: &[JobEnd], known: &[Alert]) -> Changes {
    let went_well = |end: &JobEnd| matches!(end.status, RunStatus::Done | RunStatus::Noop);
    let told: BTreeSet<&str> = known.iter().filter_map(|alert| alert.subject.as_deref()).collect();
    let new = ends.iter().filter(|end| !went_well(end) && !told.contains(&*end.name));
    let new = new.map(|end| Finding {
        kind: AlertKind::Job,
        user_id: None,
        subject: Some(end.name.clone()),
        occasion: Some(end.run_id.clone()),
        detail: json!({
            "run_id": end.run_id, "status": end.status.name(), "finished_at": end.finished_at,
        }),
    });
    let well: BTreeSet<&str> =
        ends.iter().filter(|end| went_well(end)).map(|end| &*end.name).collect();
    let is_over =
        |alert: &&Alert| alert.subject.as_deref().is_some_and(|subject| well.contains(subject));
    let over = known.iter().filter(is_over).map(|alert| alert.alert_key.clone());
    (new.collect(), over.collect())
}

/// Drift is that of the newest calibration; that of those before is over.
fn of_drift(newest: Option<(String, Value)>, severity: Severity, known: &[Alert]) -> Changes {
    let Some((run_id, drift)) = newest else { return Changes::default() };
    let drifted = |item: &&Value| {
        let found = serde_json::from_value::<Severity>(item["severity"].clone());
        found.is_ok_and(|found| found >= severity)
    };
    let items: Vec<&Value> =
        drift["items"].as_array().into_iter().flatten().filter(drifted).collect();
    let is_known = known.iter().any(|alert| alert.subject.as_deref() == Some(&run_id));
    let ids: Vec<&Value> = items.iter().map(|item| &item["item_id"]).collect();
    let finding = Finding {
        kind: AlertKind::Drift,
        user_id: None,
        subject: Some(run_id.clone()),
        occasion: Some(run_id.clone()),
        detail: json!({"common_items": drift["n_common"], "items": ids}),
    };
    let new = (!items.is_empty() && !is_known).then_some(finding);
    let is_over = |alert: &&Alert| alert.subject.as_deref() != Some(&run_id);
    let over = known.iter().filter(is_over).map(|alert| alert.alert_key.clone());
    (new.into_iter().collect(), over.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(kind: AlertKind, user_id: Option<&str>, subject: Option<&str>) -> Alert {
        let finding = Finding {
            kind,
            user_id: user_id.map(str::to_owned),
            subject: subject.map(str::to_owned),
            occasion: None,
            detail: Value::Null,
        };
        finding.alert(DateTime::UNIX_EPOCH)
    }

    fn about(changes: &Changes) -> Vec<&str> {
        let mut about = Vec::new();
        for finding in &changes.0 {
            about.extend(finding.user_id.as_deref().or(finding.subject.as_deref()));
        }
        about
    }

    #[test]
    fn a_student_is_told_of_once_until_the_risk_is_below_the_threshold_again() {
        let risks = [("amy".to_owned(), 0.7), ("bob".into(), 0.69), ("cyd".into(), 0.9)];
        let [amy, bob, dan] =
            ["amy", "bob", "dan"].map(|user| known(AlertKind::Risk, Some(user), None));
        let all = [amy, bob.clone(), dan];
        let changes = of_risks(&risks, 0.7, &all);
        assert_eq!(about(&changes), ["cyd"]);
        // Of dan nothing is known now.
        assert_eq!(changes.1, BTreeSet::from([bob.alert_key]));
        assert_eq!(about(&of_risks(&risks, 0.7, &[])), ["amy", "cyd"]);
    }

    #[test]
    fn a_job_that_keeps_failing_is_one_alert() {
        let end = |name: &str, run: &str, status| JobEnd {
            name: name.into(),
            run_id: run.into(),
            status,
            finished_at: DateTime::UNIX_EPOCH,
        };
        let ends = [
            end("a", "a2", RunStatus::Failed),
            end("b", "b1", RunStatus::Interrupted),
            end("c", "c1", RunStatus::Noop),
        ];
        let before = ["a", "c"].map(|job| known(AlertKind::Job, None, Some(job)));
        let changes = of_jobs(&ends, &before);
        assert_eq!(about(&changes), ["b"]);
        assert_eq!(changes.1, BTreeSet::from([before[1].alert_key.clone()]));
    }

    #[test]
    fn drift_is_that_of_the_newest_calibration() {
        let items = json!([
            {"item_id": "q1", "severity": "severe"}, {"item_id": "q2", "severity": "minor"},
        ]);
        let drift = json!({"n_common": 40, "items": items});
        let before = [known(AlertKind::Drift, None, Some("irt-1"))];
        let newest = || Some(("irt-2".to_owned(), drift.clone()));
        let changes = of_drift(newest(), Severity::Severe, &before);
        assert_eq!(changes.0[0].detail, json!({"common_items": 40, "items": ["q1"]}));
        assert_eq!(changes.1.len(), 1);
        let again = [known(AlertKind::Drift, None, Some("irt-2"))];
        assert_eq!(of_drift(newest(), Severity::Severe, &again), Changes::default());
        let minor = of_drift(newest(), Severity::Minor, &[]);
        assert_eq!(minor.0[0].detail["items"], json!(["q1", "q2"]));
        // A calibration without a comparison ends what was found before.
        let none = of_drift(Some(("irt-3".into(), Value::Null)), Severity::Minor, &before);
        assert_eq!((none.0.len(), none.1.len()), (0, 1));
    }

    #[test]
    fn a_note_on_the_student_says_that_somebody_takes_care() {
        let at = |days: i64| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        let noted = |days| Notes::from([("amy".to_owned(), (at(days), "kim".to_owned()))]);
        let amy = known(AlertKind::Risk, Some("amy"), None);
        for (days, is_seen) in [(-NOTE_DAYS, true), (-NOTE_DAYS - 1, false), (3, true)] {
            let mut found = Found::default();
            found.keep(vec![amy.clone()], &noted(days));
            assert_eq!(found.seen.len(), usize::from(is_seen), "{days}");
            found.add(std::iter::once(amy.clone()), &noted(days));
            assert_eq!(found.new[0].waits_for_somebody(), !is_seen, "{days}");
        }
    }
}
