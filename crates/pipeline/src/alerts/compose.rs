//! What a message says.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use seedtest_report::{DriftedItems, FailedJob, Notice, StudentAtRisk};
use seedtest_responses::TimeZone;
use seedtest_store::{Alert, AlertKind, Store};
use serde::Serialize;
use serde_json::Value;

use super::settings::{AlertSettings, Called};
use crate::calendar::clock_time;
use crate::error::Error;

/// What students and their classes are called in messages.
#[derive(Debug, Default)]
pub(super) struct Names {
    students: HashMap<String, String>,
    /// Names of the classes of a student.
    classes: HashMap<String, Vec<String>>,
}

impl Names {
    /// Those of the students of alerts.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn read(
        store: &Store,
        called: &Called,
        alerts: &[Alert],
    ) -> Result<Self, Error> {
        let users: Vec<&str> = alerts.iter().filter_map(|alert| alert.user_id.as_deref()).collect();
        if users.is_empty() {
            return Ok(Self::default());
        }
        let roster = store.roster().await?;
        let names: HashMap<&str, &str> = roster
            .students
            .iter()
            .filter_map(|student| Some((&*student.user_id, student.name.as_deref()?)))
            .collect();
        let of_class: HashMap<&str, &str> =
            roster.classes.iter().map(|class| (&*class.class_id, &*class.name)).collect();
        let mut classes: HashMap<String, Vec<String>> = HashMap::new();
        for enrolment in &roster.enrolments {
            if let Some(name) = of_class.get(&*enrolment.class_id) {
                classes.entry(enrolment.user_id.clone()).or_default().push((*name).to_owned());
            }
        }
        let shown = |user: &str| match called {
            Called::Pseudonym(pseudonyms) => pseudonyms.of(user),
            Called::Id => user.to_owned(),
            Called::Name => names.get(user).copied().unwrap_or(user).to_owned(),
        };
        let students = users.into_iter().map(|user| (user.to_owned(), shown(user))).collect();
        Ok(Self { students, classes })
    }

    /// What a student is called; nobody is called by an id that was not asked for.
    fn of(&self, user_id: &str) -> String {
        self.students.get(user_id).cloned().unwrap_or_default()
    }
}

/// The letter of alerts to an address.
pub(super) fn notice<'a>(
    alerts: &[Alert],
    names: &Names,
    settings: &'a AlertSettings,
    zone: &TimeZone,
    address: &'a str,
) -> Notice<'a> {
    let text = |detail: &Value, key: &str| detail[key].as_str().unwrap_or_default().to_owned();
    let mut notice = Notice {
        threshold: settings.threshold,
        url: settings.url.as_deref(),
        address,
        ..Notice::default()
    };
    for Alert { kind, user_id, subject, detail, found_at, .. } in alerts {
        let subject = subject.clone().unwrap_or_default();
        match kind {
            AlertKind::Risk => {
                let user_id = user_id.as_deref().unwrap_or_default();
                notice.students.push(StudentAtRisk {
                    name: names.of(user_id),
                    classes: names.classes.get(user_id).cloned().unwrap_or_default(),
                    risk: detail["risk"].as_f64().unwrap_or(settings.threshold),
                });
            }
            AlertKind::Job => {
                let ended = text(detail, "finished_at").parse::<DateTime<Utc>>();
                notice.jobs.push(FailedJob {
                    job: subject,
                    run_id: text(detail, "run_id"),
                    when: clock_time(zone, ended.unwrap_or(*found_at)),
                });
            }
            AlertKind::Drift => {
                let items = detail["items"].as_array().into_iter().flatten();
                notice.drifts.push(DriftedItems {
                    run_id: subject,
                    common: detail["common_items"].as_u64().unwrap_or_default() as u32,
                    items: items.filter_map(|item| item.as_str().map(str::to_owned)).collect(),
                });
            }
        }
    }
    notice
}

/// What another system is told.
#[derive(Serialize)]
struct Message<'a> {
    /// Raised when something means another thing than before.
    version: u32,
    #[serde(rename = "message_id")]
    id: &'a str,
    sent_at: DateTime<Utc>,
    alerts: Vec<Told<'a>>,
}

/// One alert of it.
#[derive(Serialize)]
struct Told<'a> {
    alert_key: &'a str,
    kind: &'static str,
    found_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    student: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    detail: &'a Value,
}

fn told<'a>(alert: &'a Alert, names: &Names) -> Told<'a> {
    Told {
        alert_key: &alert.alert_key,
        kind: alert.kind.code(),
        found_at: alert.found_at,
        student: alert.user_id.as_deref().map(|user_id| names.of(user_id)),
        subject: alert.subject.as_deref(),
        detail: &alert.detail,
    }
}

/// The body of a request.
///
/// # Errors
/// When it cannot be encoded.
pub(super) fn body(
    message_id: &str,
    alerts: &[Alert],
    names: &Names,
    sent_at: DateTime<Utc>,
) -> Result<Bytes, Error> {
    let alerts = alerts.iter().map(|alert| told(alert, names)).collect();
    let message = Message { version: 1, id: message_id, sent_at, alerts };
    Ok(serde_json::to_vec(&message)?.into())
}
