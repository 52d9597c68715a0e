//! A simulated school through everything there is: import, calibration, KPIs, growth, reports.

mod recovery;

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use seedtest_ingest::StudentIdColumn;
use seedtest_report::{Custom, Lang};
use seedtest_store::{ReportPeriod, Store, Target};
use seedtest_wire::SurvivalQualityJson;

pub use recovery::Recovery;

use super::{
    School, SchoolSpec, simulate, write_exams, write_names, write_responses, write_roster,
};
use crate::clock::Clock;
use crate::error::Error;
use crate::import::{
    ImportContext, ImportOptions, ImportProgress, ImportSummary, ImportWatcher, Since,
    import_files, import_names, import_roster,
};
use crate::jobs::{
    backfill_topic_theta, cluster_segments, compute_daily_kpis, features_backfill,
    fit_bayesian_growth, fit_survival_churn, forecast_prophet, glmm_fit_progress, mirt_calibrate,
    refresh_dashboard, tag_anchor_items,
};
use crate::registry::{JobEntry, JobLog, LogFormat, Settings};
use crate::reports::{ReportFormat, ReportRequest, Who, write_reports};
use crate::runs::{Context, run_job};
use crate::threads::Cancel;

/// Present in every directory a demo made, so that a rerun may replace it.
const MARKER: &str = "demo.json";
const ROSTER: &str = "roster.csv";
const NAMES: &str = "names.csv";
/// Weeks before the last that have a calibration, too: as many as a report draws.
const CALIBRATIONS: u32 = 7;
/// The goal of everybody, a share of right answers, and in how many weeks it counts.
const GOAL: &str = "0.75";
const GOAL_WEEKS: &str = "4";
// A constant: that the day exists is checked when this is compiled.
const FIRST_WEEK: NaiveDate = NaiveDate::from_ymd_opt(2025, 3, 3).unwrap();

/// Steps of a demo, for those who watch.
pub const DEMO_STEPS: u64 = 14;

/// Which school to simulate and where to put everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSpec {
    /// Number of students.
    pub students: u32,
    /// Number of weeks.
    pub weeks: u32,
    /// Seed.
    pub seed: u64,
    /// Directory of the files, the database and the report.
    pub dir: PathBuf,
    /// Language of the report.
    pub lang: Lang,
}

/// What the demo did.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoReport {
    /// Answers in the log.
    pub answers: usize,
    /// Calibrated items.
    pub items: usize,
    /// Students with an ability.
    pub students: usize,
    /// Marginal log-likelihood of the calibration.
    pub log_likelihood: Option<f64>,
    /// Whether the calibration converged.
    pub converged: bool,
    /// KPI rows written.
    pub kpi_rows: u64,
    /// Student reports written.
    pub reports: usize,
    /// Slope over weeks by the mixed model of progress; `None` without a fit.
    pub progress: Option<DemoProgress>,
    /// Posterior of the growth per week, and whether its chains agree; `None` without a fit.
    pub growth: Option<DemoGrowth>,
    /// Quality of the churn risks on left-out students; `None` when the school is too small to tell.
    pub churn: Option<SurvivalQualityJson>,
    /// How well the true parameters were recovered.
    pub recovery: Recovery,
    /// Steps with their seconds.
    pub steps: Vec<(&'static str, f64)>,
    /// Directory of the database.
    pub dir: PathBuf,
    /// The report to open.
    pub open: PathBuf,
}

/// What the demo tells of the mixed model of progress.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoProgress {
    /// Change of the share of right answers a week.
    pub week: f64,
    /// Its standard error.
    pub se: f64,
    /// How the fit ended.
    pub verdict: String,
}

/// What the demo tells of the growth model.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoGrowth {
    /// Posterior mean of the change per week, in standard deviations of the weekly accuracies.
    pub week_mean: f64,
    /// Its posterior standard deviation.
    pub week_sd: f64,
    /// Verdict of the fit, `converged` when it may be used without a second look.
    pub verdict: String,
}

/// Runs the demo. The simulation has its own calendar (from 3 March 2025), so the same seed gives
/// the same figures on any day. `watch` is told of each step when it is done, of which there are [`DEMO_STEPS`].
pub async fn run_demo(
    spec: &DemoSpec,
    cancel: &Cancel,
    log: &mut (dyn io::Write + Send),
    watch: &mut (dyn FnMut(&'static str) + Send),
) -> Result<DemoReport, Error> {
    prepare(spec)?;
    let mut steps = Steps { done: Vec::new(), watch };
    let school = steps.time("simulate", || {
        simulate(&SchoolSpec {
            students: spec.students as usize,
            weeks: spec.weeks,
            first_week: FIRST_WEEK,
            seed: spec.seed,
        })
    });
    steps.time("write files", || write_files(&school, spec))?;

    let target = Target::Sqlite { path: spec.dir.join("seedtest.db") };
    let started = Instant::now();
    let store = Store::open(&target).await?;
    let report = Box::pin(in_database(spec, &school, &store, started, steps, cancel, log)).await;
    store.close().await;
    report
}

/// The steps from the empty database to the reports.
async fn in_database(
    spec: &DemoSpec,
    school: &School,
    store: &Store,
    opened: Instant,
    mut steps: Steps<'_>,
    cancel: &Cancel,
    log: &mut (dyn io::Write + Send),
) -> Result<DemoReport, Error> {
    store.migrate().await?;
    steps.add("migrate", opened);

    let started = Instant::now();
    let now = end_of(spec);
    import(store, &spec.dir, Clock::fixed(now), cancel).await?;
    steps.add("import", started);

    let started = Instant::now();
    calibrate_weekly(store, spec, log).await?;
    steps.add("calibrate", started);

    let started = Instant::now();
    job(store, &backfill_topic_theta::ENTRY, &[], now, log).await?;
    steps.add("topic abilities", started);

    let started = Instant::now();
    let history = [("from", FIRST_WEEK.to_string()), ("to", now.date_naive().to_string())];
    let kpi_rows = job(store, &compute_daily_kpis::ENTRY, &history, now, log).await?;
    steps.add("weekly KPIs", started);

    let started = Instant::now();
    let whole_term = [("lookback-weeks", spec.weeks.to_string())];
    let with_slopes = [whole_term[0].clone(), ("update-kpi", "true".into())];
    job(store, &glmm_fit_progress::ENTRY, &with_slopes, now, log).await?;
    steps.add("progress", started);

    let started = Instant::now();
    let goal = [
        whole_term[0].clone(),
        ("target", GOAL.into()),
        ("target-scale", "accuracy".into()),
        ("horizon-weeks", GOAL_WEEKS.into()),
    ];
    job(store, &fit_bayesian_growth::ENTRY, &goal, now, log).await?;
    steps.add("growth", started);

    let started = Instant::now();
    job(store, &fit_survival_churn::ENTRY, &[], now, log).await?;
    steps.add("churn risks", started);

    let started = Instant::now();
    let features = [("from", FIRST_WEEK.to_string()), ("to", now.date_naive().to_string())];
    job(store, &features_backfill::ENTRY, &features, now, log).await?;
    job(store, &forecast_prophet::ENTRY, &whole_term, now, log).await?;
    steps.add("forecast", started);

    let started = Instant::now();
    job(store, &cluster_segments::ENTRY, &whole_term, now, log).await?;
    steps.add("segments", started);

    let started = Instant::now();
    let request = ReportRequest {
        who: Who::All,
        period: ReportPeriod::Weekly,
        day: Some(now.date_naive()),
        lang: spec.lang,
        formats: vec![ReportFormat::Html],
        custom: Custom::default(),
        out: Some(spec.dir.join("report")),
        base: spec.dir.clone(),
    };
    let written = Box::pin(write_reports(store, &request, now)).await?;
    steps.add("reports", started);

    let started = Instant::now();
    job(store, &refresh_dashboard::ENTRY, &[], now, log).await?;
    steps.add("pages", started);

    let items = store.latest_item_params().await?;
    let abilities = store.latest_abilities().await?;
    let meta = store.latest_fit_meta().await?;
    let metric = |key: &str| meta.as_ref().and_then(|meta| meta.metrics.get(key).cloned());
    Ok(DemoReport {
        answers: school.n_answers(),
        items: items.len(),
        students: abilities.len(),
        log_likelihood: metric("loglik").and_then(|value| value.as_f64()),
        converged: metric("converged").and_then(|value| value.as_bool()).unwrap_or(false),
        kpi_rows,
        progress: progress(store, now).await?,
        growth: growth(store, now).await?,
        churn: churn_quality(store, now).await?,
        reports: written.students,
        recovery: Recovery::of(school, &items, &abilities)?,
        steps: steps.done,
        dir: spec.dir.clone(),
        open: written.open,
    })
}

async fn progress(store: &Store, now: DateTime<Utc>) -> Result<Option<DemoProgress>, Error> {
    let Some(fit) = store.latest_progress_fit(now).await? else { return Ok(None) };
    let week = fit.fixed_effects.and_then(|effects| effects["week"].as_f64());
    let se = fit.metrics["fixed_effects_se"]["week"].as_f64();
    let verdict = fit.metrics["verdict"]["status"].as_str().unwrap_or("unknown").to_owned();
    Ok(week.zip(se).map(|(week, se)| DemoProgress { week, se, verdict }))
}

async fn growth(store: &Store, now: DateTime<Utc>) -> Result<Option<DemoGrowth>, Error> {
    // Of this run, whether it converged or not: the verdict says which.
    let run_id = fit_bayesian_growth::run_id_at(now);
    let Some(fit) = store.growth_fit(&run_id).await? else { return Ok(None) };
    let week = &fit.posterior_summary["week"];
    let verdict = fit.diagnostics["verdict"].as_str().unwrap_or("unknown").to_string();
    let of = |mean, sd| DemoGrowth { week_mean: mean, week_sd: sd, verdict };
    Ok(week["mean"].as_f64().zip(week["sd"].as_f64()).map(|(mean, sd)| of(mean, sd)))
}

async fn churn_quality(
    store: &Store,
    now: DateTime<Utc>,
) -> Result<Option<SurvivalQualityJson>, Error> {
    let fit = store.latest_survival_fit(now).await?;
    Ok(fit.map(|fit| serde_json::from_value(fit.model["quality"].clone())).transpose()?.flatten())
}

struct Steps<'w> {
    done: Vec<(&'static str, f64)>,
    watch: &'w mut (dyn FnMut(&'static str) + Send),
}

impl Steps<'_> {
    fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.add(name, started);
        result
    }

    fn add(&mut self, name: &'static str, started: Instant) {
        self.done.push((name, started.elapsed().as_secs_f64()));
        (self.watch)(name);
    }
}

/// Makes the directory, or empties one that an earlier demo made.
fn prepare(spec: &DemoSpec) -> Result<(), Error> {
    let dir = &spec.dir;
    let marker = dir.join(MARKER);
    let failed = |error| Error::write(dir.display().to_string())(error);
    if dir.exists() && !dir.is_dir() {
        return Err(failed(io::Error::other("a file of that name is in the way")));
    }
    if dir.exists() && fs::read_dir(dir).map_err(failed)?.next().is_some() {
        if !marker.exists() {
            return Err(Error::NotOfADemo { dir: dir.clone() });
        }
        fs::remove_dir_all(dir).map_err(failed)?;
    }
    fs::create_dir_all(dir).map_err(failed)?;
    let facts = serde_json::json!({
        "students": spec.students, "weeks": spec.weeks, "seed": spec.seed, "simulated": true,
    });
    fs::write(&marker, format!("{facts}\n")).map_err(Error::write(marker.display().to_string()))
}

fn write_files(school: &School, spec: &DemoSpec) -> Result<(), Error> {
    let write = |name: &str, content: &dyn Fn(BufWriter<File>) -> io::Result<()>| {
        let path = spec.dir.join(name);
        let file = File::create(&path).and_then(|file| content(BufWriter::new(file)));
        file.map_err(Error::write(path.display().to_string()))
    };
    write("responses.csv", &|out| write_responses(school, out))?;
    write("exams.jsonl", &|out| write_exams(school, out))?;
    write(ROSTER, &|out| write_roster(school, spec.lang, out))?;
    write(NAMES, &|out| write_names(out))
}

async fn import(store: &Store, dir: &Path, clock: Clock, cancel: &Cancel) -> Result<(), Error> {
    let mut files = vec![dir.join("responses.csv")];
    let exams = dir.join("exams.jsonl");
    if fs::metadata(&exams).is_ok_and(|meta| meta.len() > 0) {
        files.push(exams);
    }
    let options = ImportOptions {
        since: Since::Beginning,
        read: seedtest_ingest::Options::default(),
        strict: true,
        rejects: dir.join("rejects.csv"),
        pseudonyms: None,
    };
    let context = ImportContext { store, clock, actor: "demo", cancel };
    import_files(context, (None, &files), &options, &mut Unwatched).await?;
    import_roster(store, &dir.join(ROSTER), StudentIdColumn::default()).await?;
    import_names(store, &dir.join(NAMES)).await?;
    Ok(())
}

/// Calibrates at the end of each of the last weeks, as a school that runs the jobs would have: the
/// first calibration is the scale, by its anchors, and abilities have a history on it.
async fn calibrate_weekly(
    store: &Store,
    spec: &DemoSpec,
    log: &mut (dyn io::Write + Send),
) -> Result<(), Error> {
    let all = [("lookback-days", "0".into())];
    let first = spec.weeks - CALIBRATIONS.min(spec.weeks / 2);
    for week in first..=spec.weeks {
        job(store, &mirt_calibrate::ENTRY, &all, end_of_week(week), log).await?;
        if week == first && week < spec.weeks {
            job(store, &tag_anchor_items::ENTRY, &[], end_of_week(week), log).await?;
        }
    }
    Ok(())
}

struct Unwatched;

impl ImportWatcher for Unwatched {
    fn start(&mut self, _: &Path) {}
    fn progress(&mut self, _: ImportProgress) {}
    fn finish(&mut self, _: &Path, _: &ImportSummary) {}
}

/// Late on the last Sunday of the term.
fn end_of(spec: &DemoSpec) -> DateTime<Utc> {
    end_of_week(spec.weeks)
}

/// Late on the Sunday of a week, counted from 1.
fn end_of_week(week: u32) -> DateTime<Utc> {
    FIRST_WEEK.and_time(NaiveTime::MIN).and_utc() + Duration::days(7 * i64::from(week))
        - Duration::minutes(30)
}

async fn job(
    store: &Store,
    entry: &JobEntry,
    flags: &[(&str, String)],
    now: DateTime<Utc>,
    out: &mut (dyn io::Write + Send),
) -> Result<u64, Error> {
    let flag = |key: &str| flags.iter().find(|(name, _)| *name == key).map(|(_, v)| v.clone());
    let settings = Settings::resolve(entry, flag, |_| None)?;
    let clock = Clock::fixed(now);
    let mut log = JobLog::new(out, LogFormat::Text, clock, false);
    let context = Context {
        store,
        clock,
        settings: &settings,
        log: &mut log,
        actor: "demo",
        in_round: false,
    };
    Ok(run_job(entry, context).await?.rows)
}
