use chrono::{DateTime, SecondsFormat, Utc};
use seedtest_families::FitRecord;
use seedtest_kpi::week_start;
use seedtest_store::{KpiPatch, SurvivalFitRow, SurvivalRiskRow, Tx};
use seedtest_wire::{SurvivalFitResponse, SurvivalQualityJson};
use serde_json::{Map, Value, json};

use crate::churn::{ChurnData, ChurnSpec, Evidence, StudentRisk, Today, data_set, table_today};
use crate::error::Error;
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome};
use crate::models::{ChurnTask, Fitted, InProcess, Models};
use crate::registry::{JobEntry, Kind, Setting};
use crate::remote::Service;
use crate::settings::Settings;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "fit-survival-churn",
    aliases: &["fit-survival-churn-now"],
    summary: "Risk of a two-week silence for every student, from the response log",
    schedule: Some("0 5 * * *"),
    settings: &[
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["SURVIVAL_LOOKBACK_DAYS"],
            default: Some("90"),
            kind: Kind::Count,
            help: "Weekly landmarks of this many days, and students seen in them",
        },
        Setting {
            key: "event-threshold-days",
            flag: true,
            env: &["SURVIVAL_EVENT_THRESHOLD_DAYS"],
            default: Some("14"),
            kind: Kind::Count,
            help: "Days without activity that are the event, and horizon of the risk",
        },
        Setting {
            key: "update-kpi",
            flag: true,
            env: &["SURVIVAL_UPDATE_KPI"],
            default: Some("true"),
            kind: Kind::Switch,
            help: "Write S into the newest KPI row of every student",
        },
        Setting {
            key: "alert-threshold",
            flag: true,
            env: &["CHURN_ALERT_THRESHOLD"],
            default: Some("0.7"),
            kind: Kind::Number,
            help: "Risk from which a student is counted as an alert",
        },
        Setting {
            key: "base-url",
            flag: false,
            env: &["R_SURVIVAL_BASE_URL", "R_FORECAST_BASE_URL"],
            default: None,
            kind: Kind::Text,
            help: "Fit at this address instead of in this process",
        },
        Setting {
            key: "timeout-secs",
            flag: false,
            env: &["R_FORECAST_TIMEOUT_SECS"],
            default: Some("300"),
            kind: Kind::Count,
            help: "Seconds to wait for that service",
        },
        Setting {
            key: "token",
            flag: false,
            env: &["R_FORECAST_INTERNAL_TOKEN"],
            default: None,
            kind: Kind::Secret,
            help: "Token for that service",
        },
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "exam_results",
        "session",
        "mirt_ability",
        "student_topic_theta",
        "weekly_kpi",
    ],
    writes: &["survival_fit_meta", "survival_risk", "weekly_kpi"],
    job: Job::FitSurvivalChurn,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let now = clock.now();
    let spec = churn_spec(settings, now);
    let (lookback, threshold) = (spec.lookback_days, spec.threshold_days);
    let message = format!(
        "Fitting survival model (lookback={lookback} days, event_threshold={threshold} days)"
    );
    log.info(&message).map_err(Error::log)?;
    let evidence = Evidence::load(store, &spec, None).await?;
    let data = tokio::task::block_in_place(|| data_set(&evidence, &spec));
    if data.table.n_rows == 0 {
        log.warn("No user activity data found for survival fitting").map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    }
    announce(&data, log).map_err(Error::log)?;
    let today = Today::new(&evidence, &spec);
    let run_id = format!("survival-{}", now.format("%Y%m%d-%H%M%S"));
    let table = table_today(&today.at_risk(), &data.covariates, data.fills());
    let task = ChurnTask { data: &data, today: &table, spec: &spec, run_id: &run_id };
    let fitted = match Service::of(settings, "Survival") {
        Some(service) => service.fit_churn(task, log).await?,
        None => InProcess.fit_churn(task, log).await?,
    };
    let Fitted { response, record: fit } = match fitted {
        Ok(fitted) => fitted,
        Err(reason) => {
            log.warn(&format!("Survival fit noop: {reason}")).map_err(Error::log)?;
            return Ok(Outcome { noop: true, ..Outcome::default() });
        }
    };
    let risks = today.risks(&response.predictions)?;
    report(&response, &risks, today.len(), settings, log).map_err(Error::log)?;
    let updates = settings.switch("update-kpi");
    let rows = 1 + risks.len() as u64;
    if settings.switch("dry-run") {
        log.dry_run("Nothing was written").map_err(Error::log)?;
        return Ok(Outcome { rows, ..Outcome::default() });
    }
    let mut tx = store.begin().await?;
    tx.write_survival_fit(&fit_row(&response, &data, now)?).await?;
    tx.write_survival_risks(&risk_rows(&risks, &response, alert_threshold(settings), now)).await?;
    let updated = if updates { write_kpis(&mut tx, &risks, now).await? } else { 0 };
    tx.commit().await?;
    let run_id = &response.run_id;
    log.info(&format!("Stored {} survival risk scores", risks.len())).map_err(Error::log)?;
    if updates {
        log.info(&format!("Updated weekly_kpi.S for {updated} users")).map_err(Error::log)?;
    }
    let message = format!("Survival model fitting completed: run_id={run_id}");
    log.info(&message).map_err(Error::log)?;
    Ok(Outcome { rows: rows + updated, fit, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
pub(super) async fn refit(context: Context<'_, '_>) -> Result<Result<FitRecord, String>, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let spec = churn_spec(settings, clock.now());
    let evidence = Evidence::load(store, &spec, None).await?;
    let data = tokio::task::block_in_place(|| data_set(&evidence, &spec));
    let today = Today::new(&evidence, &spec);
    let table = table_today(&today.at_risk(), &data.covariates, data.fills());
    let task = ChurnTask { data: &data, today: &table, spec: &spec, run_id: "" };
    let fitted = match InProcess.fit_churn(task, log).await? {
        Ok(fitted) => fitted,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

fn churn_spec(settings: &Settings, now: DateTime<Utc>) -> ChurnSpec {
    let count = |key: &str, default: u64| settings.count(key).unwrap_or(default).clamp(1, 36_500);
    ChurnSpec {
        today: now.date_naive(),
        lookback_days: count("lookback-days", 90) as u32,
        threshold_days: count("event-threshold-days", 14) as u32,
    }
}

fn announce(data: &ChurnData, log: &mut JobLog<'_>) -> std::io::Result<()> {
    log.info(&format!("Loaded {} user records", data.n_students))?;
    log.info(&format!(
        "{} landmarks, {} of them before a silence; covariates {}",
        data.table.n_rows,
        data.n_events,
        data.covariates.join(", ")
    ))?;
    if !data.left_out.is_empty() {
        let names = data.left_out.join(", ");
        log.info(&format!("Known in less than half of the landmarks, left out: {names}"))?;
    }
    Ok(())
}

fn report(
    response: &SurvivalFitResponse,
    risks: &[StudentRisk],
    students: usize,
    settings: &Settings,
    log: &mut JobLog<'_>,
) -> std::io::Result<()> {
    let meta = &response.model_meta;
    let number = |value: Option<f64>| value.map_or("unknown".into(), |x| format!("{x:.4}"));
    log.info(&format!(
        "Survival model fitted: n={}, family={}, concordance={}",
        meta.n,
        meta.family,
        number(meta.concordance)
    ))?;
    for warning in &response.warnings {
        log.warn(warning)?;
    }
    if let Some(quality) = &response.quality {
        log.info(&quality_line(quality))?;
    }
    log.info(&format!("Risk scores computed for {} users", risks.len()))?;
    if risks.len() < students {
        log.warn(&format!("no risk is known for {} users", students - risks.len()))?;
    }
    let edge = alert_threshold(settings);
    let alerts = risks.iter().filter(|risk| risk.risk >= edge).count();
    let silent = risks.iter().filter(|risk| risk.hazard_ratio.is_none()).count();
    log.info(&format!(
        "{alerts} users at or above the alert threshold {edge}, {silent} of them silent already"
    ))
}

fn alert_threshold(settings: &Settings) -> f64 {
    settings.number("alert-threshold").unwrap_or(0.7)
}

fn quality_line(quality: &SurvivalQualityJson) -> String {
    let slope = quality.calibration.slope.map_or("unknown".into(), |x| format!("{x:.3}"));
    format!(
        "Quality on left-out users at {} days: AUC={:.3}, Brier={:.4} (same risk for all: {:.4}), \
         calibration slope={slope}, observed/expected={:.3}",
        quality.horizon,
        quality.auc,
        quality.brier,
        quality.brier_null,
        quality.calibration.observed_over_expected
    )
}

fn fit_row(
    response: &SurvivalFitResponse,
    data: &ChurnData,
    now: DateTime<Utc>,
) -> Result<SurvivalFitRow, Error> {
    let meta = &response.model_meta;
    Ok(SurvivalFitRow {
        run_id: response.run_id.clone(),
        formula: meta.formula.clone(),
        family: meta.family.clone(),
        event_threshold_days: meta.event_threshold_days as i64,
        coefficients: serde_json::to_value(&response.coefficients)?,
        hazard_ratios: serde_json::to_value(&response.hazard_ratios)?,
        concordance: meta.concordance,
        n: meta.n as i64,
        n_events: meta.n_events as i64,
        survival_curve: serde_json::to_value(&response.survival_curve)?,
        model: json!({
            "model": response.stored_model,
            "meta": meta,
            "quality": response.quality,
            "proportional_hazards": response.proportional_hazards,
            "warnings": response.warnings,
            "n_students": data.n_students,
            "left_out": data.left_out,
        }),
        fitted_at: now,
    })
}

fn risk_rows(
    risks: &[StudentRisk],
    response: &SurvivalFitResponse,
    alert_threshold: f64,
    now: DateTime<Utc>,
) -> Vec<SurvivalRiskRow> {
    let row = |risk: &StudentRisk| SurvivalRiskRow {
        user_id: risk.user_id.clone(),
        run_id: response.run_id.clone(),
        risk_score: risk.risk,
        hazard_ratio: risk.hazard_ratio,
        rank_percentile: Some(risk.rank_percentile),
        survival: json!({
            "days_silent": risk.days_silent,
            "horizon_days": response.model_meta.horizon_days,
            "alert": risk.risk >= alert_threshold,
            "alert_threshold": alert_threshold,
            "reasons": risk.reasons,
        }),
        updated_at: now,
    };
    risks.iter().map(row).collect()
}

/// Writes S into the newest row of every student that has one.
async fn write_kpis(tx: &mut Tx, risks: &[StudentRisk], now: DateTime<Utc>) -> Result<u64, Error> {
    tx.lock_weekly_kpi().await?;
    let newest: std::collections::HashMap<String, _> =
        tx.newest_kpi_rows(week_start(now.date_naive())).await?.into_iter().collect();
    let patch = |risk: &StudentRisk| {
        let week_start = *newest.get(&risk.user_id)?;
        Some(KpiPatch {
            user_id: risk.user_id.clone(),
            week_start,
            patch: churn_keys(risk.risk, now),
        })
    };
    let patches: Vec<KpiPatch> = risks.iter().filter_map(patch).collect();
    tx.merge_weekly_kpi(&patches).await?;
    Ok(patches.len() as u64)
}

/// The keys of a fitted S.
pub(super) fn churn_keys(risk: f64, fitted_at: DateTime<Utc>) -> Map<String, Value> {
    let at = fitted_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let keys = [("S", json!(risk)), ("S_source", json!("survival")), ("S_fitted_at", json!(at))];
    keys.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}
