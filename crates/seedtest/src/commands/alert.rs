//! `seedtest alert`: what there is to look at, and that somebody takes care of it.

use std::process::ExitCode;

use chrono::{SecondsFormat, SubsecRound};
use seedtest_store::{Alert, AlertKind, Store};
use serde_json::json;

use crate::cli::{AlertAction, AlertArgs, Global};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(
    args: &AlertArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let store = session::open(global).await?;
    session::with(store, async |store| match &args.action {
        AlertAction::List { limit, json } => {
            let alerts = store.newest_alerts(*limit).await?;
            if alerts.is_empty() && !json {
                output.line("no alerts")?;
            }
            let shown = if *json { as_json } else { as_line };
            alerts.iter().try_for_each(|alert| output.line(&shown(alert)))?;
            Ok(ExitCode::SUCCESS)
        }
        AlertAction::Acknowledge { key, by } => acknowledge(store, key, by, output).await,
    })
    .await
}

async fn acknowledge(
    store: &Store,
    key: &str,
    by: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let Some(alert) = store.alert(key).await? else {
        let hint = "`seedtest alert list` shows the keys".to_owned();
        return Err(Failure::new(format!("no alert has the key {key:?}"), Some(hint)));
    };
    // The database keeps microseconds.
    let now = session::clock()?.now().trunc_subsecs(6);
    let mut tx = store.begin().await?;
    let is_first = tx.acknowledge_alert(&alert.alert_key, by, now).await?;
    tx.commit().await?;
    output.line(if is_first { "acknowledged" } else { "acknowledged before" })?;
    Ok(ExitCode::SUCCESS)
}

fn state(alert: &Alert) -> &'static str {
    match alert {
        Alert { resolved_at: Some(_), .. } => "over",
        Alert { acknowledged: Some(_), .. } => "acknowledged",
        _ => "open",
    }
}

fn as_line(alert: &Alert) -> String {
    let about = alert.user_id.as_ref().or(alert.subject.as_ref()).map_or("", String::as_str);
    let kind = alert.kind.code();
    let figures = match alert.kind {
        AlertKind::Risk => alert.detail["risk"].as_f64().map(|risk| format!("S {risk:.2}")),
        AlertKind::Job => alert.detail["run_id"].as_str().map(str::to_owned),
        AlertKind::Drift => {
            alert.detail["items"].as_array().map(|items| format!("{} items", items.len()))
        }
    };
    let since = alert.found_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let figures = figures.unwrap_or_default();
    format!("{}  {since}  {kind}  {about}  {figures}  {}", alert.alert_key, state(alert))
}

fn as_json(alert: &Alert) -> String {
    json!({
        "alert_key": alert.alert_key,
        "kind": alert.kind.code(),
        "user_id": alert.user_id,
        "subject": alert.subject,
        "detail": alert.detail,
        "found_at": alert.found_at,
        "acknowledged_at": alert.acknowledged.as_ref().map(|(at, _)| at),
        "acknowledged_by": alert.acknowledged.as_ref().map(|(_, by)| by),
        "resolved_at": alert.resolved_at,
        "state": state(alert),
    })
    .to_string()
}
