//! `fit-survival-churn`: S of every student.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_families::churn::{ChurnData, ChurnSpec, StudentRisk, table_today};
use seedtest_kpi::{ChurnKpi, REASONS, reasons_with_churn, week_start};
use seedtest_store::{KpiPatch, SurvivalFitRow, SurvivalRiskRow, Tx};
use seedtest_wire::{SurvivalFitResponse, SurvivalQualityJson};
use serde_json::{Value, json};

use super::forecast_service;
use crate::calendar::day_at;
use crate::churn::{ALERT, answered, data_set, evidence, students_today};
use crate::error::Error;
use crate::kpis::kpi_settings;
use crate::models::{ChurnTask, Fitted, InProcess, Models};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::Service;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "fit-survival-churn",
    aliases: &["fit-survival-churn-now"],
    summary: "Risk of a two-week silence for every student, from the response log",
    schedule: Some("0 5 * * *"),
    settings: &[
        Setting::new(
            "lookback-days",
            Kind::Count,
            "Weekly landmarks of this many days, and students seen in them",
        )
        .env(&["SURVIVAL_LOOKBACK_DAYS"])
        .or(Preset::Count(ChurnSpec::LOOKBACK_DAYS)),
        Setting::new(
            "event-threshold-days",
            Kind::Count,
            "Days without activity that are the event, and horizon of the risk",
        )
        .env(&["SURVIVAL_EVENT_THRESHOLD_DAYS"])
        .or(Preset::Count(ChurnSpec::THRESHOLD_DAYS)),
        Setting::new(
            "update-kpi",
            Kind::Switch,
            "Write S into the newest KPI row of every student",
        )
        .env(&["SURVIVAL_UPDATE_KPI"])
        .or(Preset::Switch(true)),
        kpi_settings::SESSION_GAP,
        ALERT,
        Setting::new("base-url", Kind::Address, "Fit at this address instead of in this process")
            .env(&["R_SURVIVAL_BASE_URL", "R_FORECAST_BASE_URL"])
            .only_env()
            .accepting(Accepts::Web),
        forecast_service::TIMEOUT,
        forecast_service::TOKEN,
        AS_OF,
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
    rounds: &[Round::Daily.at(60), Round::Weekly.at(42)],
    check: |settings| ChurnSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(ChurnSettings::read(settings)?.lookback_days))),
    looks: None,
};

/// Which students and landmarks are looked at, and what is written.
struct ChurnSettings {
    lookback_days: u32,
    threshold_days: u32,
    session_gap_minutes: u32,
    update_kpi: bool,
    alert_threshold: f64,
    dry_run: bool,
}

impl ChurnSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            lookback_days: settings.days("lookback-days")?.max(1),
            threshold_days: settings.days("event-threshold-days")?.max(1),
            session_gap_minutes: kpi_settings::session_gap(settings)?,
            update_kpi: settings.switch("update-kpi"),
            alert_threshold: settings.number(ALERT.key)?,
            dry_run: settings.switch("dry-run"),
        })
    }

    fn spec(&self, today: NaiveDate) -> ChurnSpec {
        let Self { lookback_days, threshold_days, session_gap_minutes, .. } = *self;
        ChurnSpec { today, lookback_days, threshold_days, session_gap_minutes }
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = ChurnSettings::read(settings)?;
    let now = clock.now();
    let spec = own.spec(day_at(store.time_zone(), now));
    let (lookback, threshold) = (spec.lookback_days, spec.threshold_days);
    let message = format!(
        "Fitting survival model (lookback={lookback} days, event_threshold={threshold} days)"
    );
    log.info(&message);
    let evidence = evidence(&spec, store, None).await?;
    let data = tokio::task::block_in_place(|| data_set(&evidence, &spec));
    if data.table.n_rows == 0 {
        log.warn("No user activity data found for survival fitting");
        return Ok(Outcome::noop());
    }
    announce(&data, log);
    let today = students_today(&evidence, &spec);
    let run_id = format!("survival-{}", now.format("%Y%m%d-%H%M%S"));
    let table = table_today(&today.at_risk(), &data.covariates, data.fills());
    let task = ChurnTask { data: &data, today: &table, spec: &spec, run_id: &run_id };
    let fitted = match Service::of(settings, "Survival")? {
        Some(service) => service.fit_churn(task, log).await?,
        None => InProcess.fit_churn(task, log).await?,
    };
    let Fitted { response, record: fit } = match fitted {
        Ok(fitted) => fitted,
        Err(reason) => {
            log.warn(&format!("Survival fit noop: {reason}"));
            return Ok(Outcome::noop());
        }
    };
    let risks = today.risks(&response.predictions).map_err(|error| answered(&error))?;
    report(&response, &risks, today.n_students(), own.alert_threshold, log);
    let updates = own.update_kpi;
    let rows = 1 + risks.len() as u64;
    let not_converged = !response.model_meta.verdict.converged();
    if own.dry_run {
        log.dry_run("Nothing was written");
        return Ok(Outcome { rows, not_converged, ..Outcome::default() });
    }
    let mut tx = store.begin().await?;
    tx.write_survival_fit(&fit_row(&response, &data, now)?).await?;
    tx.write_survival_risks(&risk_rows(&risks, &response, own.alert_threshold, now)).await?;
    let updated = if updates { write_kpis(&mut tx, &risks, spec.today, now).await? } else { 0 };
    tx.commit().await?;
    let run_id = &response.run_id;
    log.info(&format!("Stored {} survival risk scores", risks.len()));
    if updates {
        log.info(&format!("Updated weekly_kpi.S for {updated} users"));
    }
    let message = format!("Survival model fitting completed: run_id={run_id}");
    log.info(&message);
    Ok(Outcome { rows: rows + updated, not_converged, fit, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let spec = ChurnSettings::read(settings)?.spec(clock.today(store.time_zone()));
    let evidence = evidence(&spec, store, None).await?;
    let data = tokio::task::block_in_place(|| data_set(&evidence, &spec));
    let today = students_today(&evidence, &spec);
    let table = table_today(&today.at_risk(), &data.covariates, data.fills());
    let task = ChurnTask { data: &data, today: &table, spec: &spec, run_id: "" };
    let fitted = match InProcess.fit_churn(task, log).await? {
        Ok(fitted) => fitted,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

fn announce(data: &ChurnData, log: &mut JobLog<'_>) {
    log.info(&format!("Loaded {} user records", data.n_students));
    log.info(&format!(
        "{} landmarks, {} of them before a silence; covariates {}",
        data.table.n_rows,
        data.n_events,
        data.covariates.join(", ")
    ));
    if !data.left_out.is_empty() {
        let names = data.left_out.join(", ");
        log.info(&format!("Known in less than half of the landmarks, left out: {names}"));
    }
}

fn report(
    response: &SurvivalFitResponse,
    risks: &[StudentRisk],
    students: usize,
    alert_threshold: f64,
    log: &mut JobLog<'_>,
) {
    let meta = &response.model_meta;
    let number = |value: Option<f64>| value.map_or("unknown".into(), |x| format!("{x:.4}"));
    log.info(&format!(
        "Survival model fitted: n={}, family={}, concordance={}",
        meta.n,
        meta.family,
        number(meta.concordance)
    ));
    for warning in &response.warnings {
        log.warn(&in_words_of_the_job(warning));
    }
    if let Some(quality) = &response.quality {
        log.info(&quality_line(quality));
    }
    log.info(&format!("Risk scores computed for {} users", risks.len()));
    if risks.len() < students {
        log.warn(&format!("no risk is known for {} users", students - risks.len()));
    }
    let alerts = risks.iter().filter(|risk| risk.risk >= alert_threshold).count();
    let silent = risks.iter().filter(|risk| risk.hazard_ratio.is_none()).count();
    log.info(&format!(
        "{alerts} users at or above the alert threshold {alert_threshold}, {silent} of them silent \
         already"
    ));
}

/// A warning of the model with what can be done about it here: the job chooses the penalty itself, and what it has to
/// learn from is its setting.
fn in_words_of_the_job(warning: &str) -> Cow<'_, str> {
    const FLAG: &str = "`--ridge`";
    match warning.rsplit_once("; ") {
        Some((what, advice)) if advice.contains(FLAG) => {
            format!("{what}; a longer --lookback-days gives the model more to learn from").into()
        }
        _ => warning.into(),
    }
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
async fn write_kpis(
    tx: &mut Tx,
    risks: &[StudentRisk],
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    tx.lock_weekly_kpi().await?;
    let rows = tx.newest_kpi_reasons(week_start(today)).await?;
    let newest: std::collections::HashMap<&str, (NaiveDate, Option<&Value>)> =
        rows.iter().map(|(id, week, reasons)| (&**id, (*week, reasons.as_ref()))).collect();
    let patch = |risk: &StudentRisk| {
        let (week_start, reasons) = *newest.get(&*risk.user_id)?;
        let kpi = ChurnKpi::of_survival(risk.risk, now);
        let mut patch = kpi.patch();
        // A reason why it was not known goes with the S that is.
        let reasons = reasons_with_churn(reasons, &kpi);
        patch.extend(reasons.map(|reasons| (REASONS.to_string(), reasons)));
        Some(KpiPatch { user_id: risk.user_id.clone(), week_start, patch })
    };
    let patches: Vec<KpiPatch> = risks.iter().filter_map(patch).collect();
    tx.merge_weekly_kpi(&patches).await?;
    Ok(patches.len() as u64)
}

#[cfg(test)]
mod tests {
    use seedtest_survival::Warning;

    use super::in_words_of_the_job;

    #[test]
    fn advice_names_a_setting_of_the_job_and_no_flag_of_another_command() {
        for warning in [
            Warning::FewEvents { events: 3, covariates: 4 },
            Warning::RidgeApplied { ridge: 1.0 },
            Warning::Separation { covariates: vec!["a".into()] },
        ] {
            let whole = format!("{warning}; {}", warning.hint());
            let said = in_words_of_the_job(&whole);
            assert!(!said.contains("--ridge") && said.contains("--lookback-days"), "{said}");
            assert!(said.starts_with(&warning.to_string()), "{said}");
        }
        assert_eq!(in_words_of_the_job("no row is censored; look"), "no row is censored; look");
    }
}
