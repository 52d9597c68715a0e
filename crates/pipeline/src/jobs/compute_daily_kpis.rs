use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use seedtest_kpi::{Options, Theta, Window, week_start, weekly_kpis};
use seedtest_responses::ResponseLog;
use seedtest_store::{KpiPatch, LogFilter};

use crate::error::Error;
use crate::jobs::{Context, DRY_RUN, Job, Outcome};
use crate::kpi_record::{Goal, record};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::theta_history::ThetaHistory;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "compute-daily-kpis",
    aliases: &[],
    summary: "Weekly KPIs of every recently active student",
    schedule: Some("10 2 * * *"),
    settings: &[
        Setting {
            key: "date",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "Any day of the week to compute [default: today]",
        },
        Setting {
            key: "from",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "First day of a history: every week from here to --to",
        },
        Setting {
            key: "to",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "Last day of a history [default: today]",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["KPI_LOOKBACK_DAYS"],
            default: Some("30"),
            kind: Kind::Count,
            help: "A student gets a row when active in this many days",
        },
        Setting {
            key: "target",
            flag: true,
            env: &["METRICS_DEFAULT_TARGET"],
            default: Some("0.0"),
            kind: Kind::Number,
            help: "Goal on the ability scale, or a score when beyond ±6",
        },
        Setting {
            key: "use-irt-theta",
            flag: true,
            env: &["METRICS_USE_IRT_THETA"],
            default: Some("false"),
            kind: Kind::Switch,
            help: "Improvement from abilities where two windows have one",
        },
        Setting {
            key: "churn-horizon-days",
            flag: true,
            env: &["METRICS_CHURN_HORIZON_DAYS"],
            default: Some("14"),
            kind: Kind::Number,
            help: "Silence at which the churn heuristic is full",
        },
        Setting {
            key: "score-slope",
            flag: false,
            env: &["ABILITY_TO_SCORE_A"],
            default: Some("50"),
            kind: Kind::Number,
            help: "Score per unit of ability",
        },
        Setting {
            key: "score-intercept",
            flag: false,
            env: &["ABILITY_TO_SCORE_B"],
            default: Some("100"),
            kind: Kind::Number,
            help: "Score at ability 0",
        },
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability"],
    writes: &["weekly_kpi"],
    job: Job::ComputeDailyKpis,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log } = context;
    let today = clock.today();
    let weeks = weeks(settings, today)?;
    let (Some(&first), Some(&last)) = (weeks.first(), weeks.last()) else {
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    let options = options(settings);
    let goal = Goal::from_settings(settings);
    let dry_run = settings.switch("dry-run");
    let last_day = seedtest_kpi::as_of(last, today);
    let first_day = minus_days(seedtest_kpi::as_of(first, today), options.history_days());
    let loaded = store
        .load_log(&LogFilter {
            from: Some(midnight(first_day)),
            to: Some(midnight(plus_one(last_day))),
            ..LogFilter::default()
        })
        .await?;
    let abilities =
        store.ability_history(DateTime::UNIX_EPOCH, midnight(plus_one(last_day))).await?;
    let thetas = ThetaHistory::new(&abilities);

    let mut tx = if dry_run { None } else { Some(store.begin().await?) };
    let mut outcome = Outcome { noop: true, ..Outcome::default() };
    for week in weeks {
        let started = clock.now();
        let as_of = seedtest_kpi::as_of(week, today);
        let rows = week_rows(&loaded.log, as_of, &options, goal, &thetas, settings);
        if rows.is_empty() {
            continue;
        }
        let n = rows.len();
        let message = format!("Computing KPIs for {n} users; week_start={week}, dry_run={dry_run}");
        log.info(&message).map_err(Error::log)?;
        if let Some(tx) = &mut tx {
            tx.merge_weekly_kpi(&rows).await?;
        }
        outcome = Outcome { rows: outcome.rows + n as u64, ..Outcome::default() };
        let elapsed = (clock.now() - started).num_milliseconds();
        let message = format!(
            "Summary: processed_users={n}, failed_users=0, week={week}, duration_ms={elapsed}"
        );
        log.info(&message).map_err(Error::log)?;
    }
    match tx {
        Some(tx) => tx.commit().await?,
        None => log.info("Dry-run mode: rolled back all changes").map_err(Error::log)?,
    }
    if outcome.noop {
        let days = options.lookback_days;
        let message = format!("No recent users found (lookback={days} days); exiting.");
        log.info(&message).map_err(Error::log)?;
    }
    Ok(outcome)
}

/// The Mondays to compute.
fn weeks(settings: &Settings, today: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let usage = |text: &str| Err(Error::Usage(text.to_string()));
    let (from, to) = match (settings.date("date"), settings.date("from"), settings.date("to")) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return usage("--date and --from/--to exclude each other");
        }
        (None, None, Some(_)) => return usage("--to needs --from"),
        (None, Some(from), to) => (from, to.unwrap_or(today)),
        (date, None, None) => (date.unwrap_or(today), date.unwrap_or(today)),
    };
    if from > to {
        return usage(&format!("--from {from} lies after --to {to}"));
    }
    if from > today {
        return usage(&format!("{from} lies in the future (today is {today})"));
    }
    let last = week_start(to.min(today));
    Ok(week_start(from).iter_weeks().take_while(|&monday| monday <= last).collect())
}

fn options(settings: &Settings) -> Options {
    let defaults = Options::default();
    Options {
        lookback_days: settings
            .count("lookback-days")
            .map_or(defaults.lookback_days, |days| days.min(36_500) as u32),
        churn_horizon_days: settings
            .number("churn-horizon-days")
            .filter(|&days| days > 0.0)
            .unwrap_or(defaults.churn_horizon_days),
        ..defaults
    }
}

fn week_rows(
    log: &ResponseLog,
    as_of: NaiveDate,
    options: &Options,
    goal: Goal,
    thetas: &ThetaHistory<'_>,
    settings: &Settings,
) -> Vec<KpiPatch> {
    let use_theta = settings.switch("use-irt-theta");
    let half = Window::ending(as_of, options.improvement_days);
    let by_code: HashMap<u32, (Theta, Theta)> =
        if use_theta { thetas.pairs(log, half, half.previous()) } else { HashMap::new() };
    weekly_kpis(log, as_of, options, |student| by_code.get(&student).copied())
        .iter()
        .map(|week| {
            let user_id = &log.students()[week.student as usize];
            let ability = thetas.newest_before(user_id, Window::ending(as_of, 1).to);
            KpiPatch {
                user_id: user_id.to_string(),
                week_start: week_start(as_of),
                patch: record(week, ability, goal),
            }
        })
        .collect()
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn plus_one(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

fn minus_days(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}
