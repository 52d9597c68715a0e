//! `forecast-prophet`: what comes of I_t, and which weeks were unusual.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_families::prophet::Spec;
use seedtest_store::{AnomalyRow, ForecastRow, Store};
use seedtest_wire::{
    ForecastAnomalyJson, ProphetFitRequest, ProphetFitResponse, ProphetOptionsJson,
};
use serde_json::json;

use super::forecast_service;
use crate::calendar::day_at;
use crate::error::Error;
use crate::forecasts::{
    By, Scope, WeeklyImprovement, WeeklySeries, forecast_kpis, write_forecast_kpis,
};
use crate::models::{Fitted, FittedForecasts, ForecastTask, InProcess, Models};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::Service;

/// What is forecast.
const METRIC: &str = "I_t";
/// Weeks a cohort needs.
const FEWEST_WEEKS: usize = 4;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "forecast-prophet",
    aliases: &["forecast-prophet-now"],
    summary: "Forecast of I_t with its unusual weeks, of everybody, of classes and of students",
    schedule: Some("0 5 * * 1"),
    settings: &[
        Setting::new("lookback-weeks", Kind::Count, "The last weeks that are over, so many")
            .env(&["PROPHET_LOOKBACK_WEEKS"])
            .or(Preset::Count(12)),
        Setting::new("forecast-weeks", Kind::Count, "Weeks to forecast")
            .env(&["PROPHET_FORECAST_WEEKS"])
            .or(Preset::Count(4)),
        Setting::new("anomaly-threshold", Kind::Number, "|z| from which a week is unusual")
            .env(&["PROPHET_ANOMALY_THRESHOLD"])
            .accepting(Accepts::Above(0.0))
            .or(Preset::Number(2.5)),
        Setting::new(
            "by",
            Kind::Choice(&["cohort", "class", "student"]),
            "Store the forecast of everybody; of each class, too; of each student, too",
        )
        .env(&["PROPHET_BY"])
        .or(Preset::Text("cohort")),
        Setting::new("user", Kind::Text, "Only this student's own series"),
        Setting::new(
            "calendar",
            Kind::Text,
            "File of the school's terms, exam weeks and breaks: name,first day,last day,kind",
        )
        .env(&["PROPHET_CALENDAR"])
        .of_operator(),
        Setting::new(
            "country-holidays",
            Kind::Choice(&["none", "KR"]),
            "Public holidays that have effects of their own",
        )
        .env(&["PROPHET_COUNTRY_HOLIDAYS"])
        .or(Preset::Text("none")),
        Setting::new(
            "update-kpi",
            Kind::Switch,
            "Write the next I_t and how unusual the newest one is into each student's newest KPI row",
        )
        .env(&["PROPHET_UPDATE_KPI"])
        .or(Preset::Switch(true)),
        Setting::new("base-url", Kind::Address, "Fit at this address instead of in this process")
            .env(&["R_FORECAST_BASE_URL"])
            .only_env()
            .accepting(Accepts::Web),
        forecast_service::TIMEOUT,
        forecast_service::TOKEN,
        AS_OF,
        DRY_RUN,
    ],
    reads: &["weekly_kpi", "session"],
    writes: &["prophet_fit_meta", "prophet_anomalies", "weekly_kpi"],
    rounds: &[Round::Weekly.at(80)],
    check: |settings| ForecastSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(7 * ForecastSettings::read(settings)?.weeks))),
    looks: None,
};

/// What is looked at, and what is written.
struct ForecastSettings {
    weeks: u32,
    horizon: u64,
    threshold: f64,
    by: By,
    user: Option<String>,
    request: ProphetFitRequest,
    update_kpi: bool,
    dry_run: bool,
}

impl ForecastSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        let by = [("cohort", By::Cohort), ("class", By::Class), ("student", By::Student)];
        let (horizon, threshold) =
            (settings.count("forecast-weeks")?, settings.number("anomaly-threshold")?);
        let holidays = settings.word("country-holidays", &[("none", None), ("KR", Some("KR"))])?;
        let options = ProphetOptionsJson {
            calendar: settings.text("calendar").map(read_calendar).transpose()?,
            country_holidays: holidays.map(str::to_owned),
            ..ProphetOptionsJson::default()
        };
        Ok(Self {
            weeks: settings.count("lookback-weeks")?.clamp(1, 5_200) as u32,
            horizon,
            threshold,
            by: settings.word("by", &by)?,
            user: settings.owned("user"),
            request: ProphetFitRequest {
                horizon: Some(horizon),
                freq: Some("week".to_owned()),
                anomaly_threshold: Some(threshold),
                options: Some(options),
                keep_model: Some(true),
                ..ProphetFitRequest::default()
            },
            update_kpi: settings.switch("update-kpi"),
            dry_run: settings.switch("dry-run"),
        })
    }

    /// The series that are stored.
    fn series(&self, all: &WeeklyImprovement) -> Vec<WeeklySeries> {
        if let Some(user) = &self.user {
            return all.student(user).into_iter().collect();
        }
        let mut series = vec![all.cohort()];
        if self.by >= By::Class {
            series.extend(all.classes());
        }
        if self.by >= By::Student {
            series.extend(all.students());
        }
        series
    }

    /// The students whose KPI rows are written.
    fn students(&self, all: &WeeklyImprovement) -> Vec<WeeklySeries> {
        match &self.user {
            _ if !self.update_kpi => Vec::new(),
            Some(user) => all.student(user).into_iter().collect(),
            None => all.students(),
        }
    }
}

fn read_calendar(path: &str) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::Contradiction {
        job: ENTRY.name,
        reason: format!("--calendar: cannot read {path}: {error}"),
    })
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = ForecastSettings::read(settings)?;
    let service = Service::of(settings, "Prophet")?;
    let now = clock.now();
    let run_id = now.format("prophet-%Y%m%d-%H%M%S").to_string();
    let (weeks, horizon) = (own.weeks, own.horizon);
    log.info(&format!("Forecasting I_t trend (lookback={weeks} weeks, forecast={horizon} weeks)"));
    let spec = Spec::of(&own.request)?;
    let Some((all, series)) = load(store, &own, now, log).await? else {
        return Ok(Outcome::noop());
    };
    let task = ForecastTask { series: &series, request: &own.request, run_id: &run_id };
    let Fitted { response, record: fit } = match &service {
        Some(service) => service.forecast(task, log).await?,
        None => InProcess.forecast(task, log).await?,
    };
    let found = Found::of(&series, response, &run_id, &own, now)?;
    found.report(log);
    if found.fits.is_empty() {
        return Ok(Outcome::noop());
    }
    let students = own.students(&all);
    let kpis = tokio::task::block_in_place(|| forecast_kpis(&students, &spec))?;
    let rows = found.fits.len() as u64;
    let not_converged = found.first.as_ref().is_some_and(|response| !response.converged);
    if own.dry_run {
        log.dry_run("Nothing was written");
        return Ok(Outcome { rows, not_converged, ..Outcome::default() });
    }
    let mut tx = store.begin().await?;
    tx.write_forecasts(&run_id, &found.fits, &found.anomalies).await?;
    let updated = write_forecast_kpis(&mut tx, &kpis, day_at(store.time_zone(), now)).await?;
    tx.commit().await?;
    log.info(&format!("Stored {} anomalies", found.anomalies.len()));
    if own.update_kpi {
        log.info(&format!("Updated weekly_kpi.I_t_forecast_next for {updated} users"));
    }
    let message = format!("Prophet forecasting completed: run_id={run_id}");
    log.info(&message);
    Ok(Outcome { rows: rows + updated, not_converged, fit, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = ForecastSettings::read(settings)?;
    let Some((_, series)) = load(store, &own, clock.now(), log).await? else {
        return Ok(Err("its weeks are gone".to_string()));
    };
    let task = ForecastTask { series: &series, request: &own.request, run_id: "" };
    let fitted = InProcess.forecast(task, log).await?;
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

/// I_t of the weeks, and the series to store; `None` where there are too few weeks.
async fn load(
    store: &Store,
    own: &ForecastSettings,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Option<(WeeklyImprovement, Vec<WeeklySeries>)>, Error> {
    let all = WeeklyImprovement::load(store, now, own.weeks, own.by).await?;
    let series = own.series(&all);
    let weeks = series.first().map_or(0, |first| first.time.len());
    log.info(&format!("Loaded {weeks} weekly I_t observations"));
    if weeks < FEWEST_WEEKS {
        log.info(super::WEEKS_BEFORE);
        log.warn(&format!(
            "Insufficient I_t data for Prophet fitting (need >= {FEWEST_WEEKS} weeks)"
        ));
        return Ok(None);
    }
    if own.by == By::Class && own.user.is_none() && all.classes().is_empty() {
        log.warn("no session names the class of a student: only everybody is forecast");
    }
    Ok(Some((all, series)))
}

/// What a run stores.
struct Found {
    fits: Vec<ForecastRow>,
    anomalies: Vec<AnomalyRow>,
    /// What is said of the first series.
    first: Option<ProphetFitResponse>,
    /// Series that could not be forecast, with the reason of the first.
    left_out: Vec<String>,
}

impl Found {
    fn of(
        series: &[WeeklySeries],
        responses: FittedForecasts,
        run_id: &str,
        own: &ForecastSettings,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut found =
            Self { fits: Vec::new(), anomalies: Vec::new(), first: None, left_out: Vec::new() };
        for (of, response) in series.iter().zip(responses) {
            let response = match response {
                Ok(response) => response,
                Err(reason) => {
                    let name = of.scope.name().unwrap_or("the cohort");
                    found.left_out.push(format!("{name}: {reason}"));
                    continue;
                }
            };
            let row = row(&of.scope, &response, run_id, own, now)?;
            found.anomalies.extend(anomalies(&response, &row.run_id, now));
            found.fits.push(row);
            found.first.get_or_insert(response);
        }
        Ok(found)
    }

    fn report(&self, log: &mut JobLog<'_>) {
        if let Some(response) = &self.first {
            log.info(&format!("Forecast: {} periods", response.forecast.len()));
            log.info(&response.headline);
            for warning in &response.warnings {
                log.warn(warning);
            }
            if let Some(reason) = &response.not_judged {
                log.info(reason);
            }
        }
        if let Some(first) = self.left_out.first() {
            let n = self.left_out.len();
            log.warn(&format!("{n} series were left out, the first of them {first}"));
        }
    }
}

fn row(
    scope: &Scope,
    response: &ProphetFitResponse,
    run_id: &str,
    own: &ForecastSettings,
    now: DateTime<Utc>,
) -> Result<ForecastRow, Error> {
    Ok(ForecastRow {
        run_id: scope.run_id(run_id),
        metric: METRIC.to_owned(),
        changepoints: serde_json::to_value(&response.changepoints)?,
        forecast: serde_json::to_value(&response.forecast)?,
        fit_meta: json!({
            "scope": scope.word(),
            "name": scope.name(),
            "headline": response.headline,
            "model_used": response.model_used,
            "why": response.why,
            "trend": response.fit_meta.trend,
            "seasonality": response.fit_meta.seasonality,
            "changepoint_prior_scale": response.fit_meta.changepoint_prior_scale,
            "model_meta": response.model_meta,
            "params": response.params,
            "comparison": response.comparison,
            "interval_coverage": response.interval_coverage,
            "insample": response.insample,
            "anomalies": response.anomalies,
            "not_judged": response.not_judged,
            "converged": response.converged,
            "verdict": response.verdict,
            "warnings": response.warnings,
            "model": response.stored_model,
        }),
        user_id: scope.user_id().map(str::to_owned),
        lookback_weeks: i64::from(own.weeks),
        horizon_weeks: i64::try_from(own.horizon).unwrap_or(i64::MAX),
        anomaly_threshold: own.threshold,
        fitted_at: now,
    })
}

/// The weeks whose |z| reaches the threshold.
fn anomalies<'a>(
    response: &'a ProphetFitResponse,
    run_id: &'a str,
    now: DateTime<Utc>,
) -> impl Iterator<Item = AnomalyRow> + 'a {
    let row = move |anomaly: &ForecastAnomalyJson| {
        Some(AnomalyRow {
            run_id: run_id.to_owned(),
            week_start: anomaly.week_start.parse::<NaiveDate>().ok()?,
            metric: METRIC.to_owned(),
            value: Some(anomaly.value),
            expected: Some(anomaly.expected),
            anomaly_score: anomaly.anomaly_score,
            flag: true,
            detected_at: now,
        })
    };
    response.anomalies.iter().filter(|anomaly| anomaly.is_anomaly).filter_map(row)
}
