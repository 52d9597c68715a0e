//! What the reports of a week are made from.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use seedtest_kpi::{WeeklyKpis, Window};
use seedtest_report::{AbilityPoint, ClassName, ForecastDetail, KpiCards, Provenance};
use seedtest_responses::{ResponseLog, TimeZone};
use seedtest_store::{
    AbilityPoint as StoredPoint, FitMeta, ForecastRow, GrowthFitRow, InterestGoal, ItemParamsRow,
    LogFilter, ProgressFitRow, SegmentRunRow, Store, SurvivalFitRow, SurvivalRiskRow,
    UserSegmentRow, WeeklyKpi,
};

use super::forecast::forecast_detail;
use super::growth::GrowthModel;
use super::kpi_cards::cards;
use super::people::People;
use super::recount::Recount;
use super::span::Span;
use super::sums::{GroupSum, Sums, group_weeks, sums};
use crate::calendar::{clock_time, day_at, days_before, end_of, midnight};
use crate::error::Error;

const ACCURACY_WEEKS: u32 = 12;
const ABILITY_WEEKS: u32 = 8;

/// Everything the reports of one week or month are made from, read once for all students.
pub(super) struct Material {
    pub(super) span: Span,
    /// Monday of the week, or of the last week of the month.
    pub(super) week: NaiveDate,
    pub(super) as_of: NaiveDate,
    pub(super) generated_at: String,
    pub(super) log: ResponseLog,
    /// The newest row of every student in the span: what rests on answers as of the last day, whatever day the row
    /// was computed on.
    pub(super) kpis: HashMap<String, WeeklyKpis>,
    /// The rows of the weeks a report looks at, oldest first, the reported one among them.
    pub(super) kpi_history: HashMap<String, Vec<(NaiveDate, WeeklyKpis)>>,
    /// Classes and names.
    pub(super) people: People,
    /// What every student did, by code.
    pub(super) sums: Vec<Sums>,
    /// The weeks of every class by id, and of everybody under the empty name.
    group_weeks: HashMap<String, BTreeMap<NaiveDate, GroupSum>>,
    no_weeks: BTreeMap<NaiveDate, GroupSum>,
    /// Newest abilities of every class by id, of every school by name, and of everybody.
    pub(super) thetas: GroupThetas,
    /// The newest growth fit, survival fit and fit of progress at the end of the week.
    pub(super) growth_fit: Option<GrowthFitRow>,
    pub(super) growth_model: Option<GrowthModel>,
    pub(super) survival_fit: Option<SurvivalFitRow>,
    pub(super) progress_fit: Option<ProgressFitRow>,
    pub(super) forecast_row: Option<ForecastRow>,
    /// The newest calibration.
    pub(super) calibration: Option<FitMeta>,
    /// Goals that students set on the platform.
    pub(super) own_goals: HashMap<String, Vec<InterestGoal>>,
    /// Abilities known at the end of the week, oldest first.
    pub(super) abilities: HashMap<String, Vec<AbilityPoint>>,
    /// Answers behind the newest of them, where that is known.
    pub(super) n_answers: HashMap<String, u32>,
    pub(super) items: HashMap<String, ItemParamsRow>,
    /// Item parameters as they stood before the newest calibration.
    pub(super) items_before: Vec<ItemParamsRow>,
    pub(super) provenance: Option<Provenance>,
    /// Newest churn risk by student at the end of the week.
    pub(super) churn: HashMap<String, SurvivalRiskRow>,
    /// Forecast of the class.
    pub(super) forecast: Option<ForecastDetail>,
    /// Newest segment by student, and the run they are of.
    pub(super) segments: HashMap<String, UserSegmentRow>,
    pub(super) segment_run: Option<SegmentRunRow>,
    /// Kinds of models whose newest fits read answers that were corrected since.
    pub(super) stale_models: u32,
}

impl Material {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error::InTheFuture`] for a week or month that has not begun; when the database refuses.
    pub(super) async fn read(store: &Store, span: Span, now: DateTime<Utc>) -> Result<Self, Error> {
        let zone = store.time_zone();
        let today = day_at(zone, now);
        if span.first_monday() > today {
            return Err(Error::InTheFuture { date: span.first_monday(), today });
        }
        // A month that is not over is seen from its newest week.
        let week = span.last_monday().min(seedtest_kpi::week_start(today));
        let as_of = seedtest_kpi::as_of(week, today);
        let end = end_of(zone, as_of);
        let from = midnight(zone, days_before(as_of, 7 * ACCURACY_WEEKS + 28));
        let answers = LogFilter { from: Some(from), to: Some(end), ..LogFilter::default() };
        let log = store.load_log(&answers).await?.log;
        let first = midnight(zone, days_before(as_of, 7 * ABILITY_WEEKS));
        let mut history = store.abilities_before(first).await?;
        history.extend(store.ability_history(first, end).await?);
        let abilities = Abilities::new(&history, zone, days_before(as_of, 7 * ABILITY_WEEKS));
        // A report of a past week shows what was known in the week after it.
        let known = now.min(end + Duration::days(7));
        let forecast = store.latest_forecast(known).await?;
        let history =
            store.weekly_kpi_range(days_before(week, 7 * (ACCURACY_WEEKS - 1)), week).await?;
        let calibration = store.fit_meta_before(end).await?;
        let growth_fit = store.latest_growth_fit(known).await?;
        let items_before = match &calibration {
            Some(fit) => store.item_params_before(fit.fitted_at).await?,
            None => Vec::new(),
        };
        let kpis = kpis_of(store.weekly_kpi_range(span.first_monday(), week).await?);
        let recount = Recount::read(store, &kpis, as_of).await?;
        let mut material = Self {
            span,
            week,
            as_of,
            generated_at: clock_time(zone, now),
            kpis: recount.apply(&log, kpis),
            log,
            kpi_history: by_student(history),
            people: People::read(store).await?,
            sums: Vec::new(),
            group_weeks: HashMap::new(),
            no_weeks: BTreeMap::new(),
            thetas: GroupThetas::default(),
            growth_model: growth_fit.as_ref().and_then(GrowthModel::of),
            growth_fit,
            survival_fit: store.latest_survival_fit(known).await?,
            progress_fit: store.latest_progress_fit(known).await?,
            own_goals: own_goals(store.all_interest_goals().await?),
            abilities: abilities.points,
            n_answers: abilities.n_answers,
            items_before,
            items: by_id(store.item_params_before(end).await?, |row| &row.item_id),
            churn: risks_before(store, end).await?,
            forecast: forecast.as_ref().and_then(forecast_detail),
            forecast_row: forecast,
            segments: by_id(store.user_segments().await?, |row| &row.user_id),
            segment_run: store.latest_segment_run(known).await?,
            provenance: calibration.as_ref().map(|meta| provenance(meta, zone)),
            calibration,
            stale_models: stale_models(store).await?,
        };
        material.sums = sums(&material);
        material.group_weeks = material.weeks_by_group();
        material.thetas = GroupThetas::of(&material);
        Ok(material)
    }

    fn weeks_by_group(&self) -> HashMap<String, BTreeMap<NaiveDate, GroupSum>> {
        let of_class = |class: &ClassName| {
            let members = self.people.members_of(&class.id).iter();
            (class.id.clone(), group_weeks(members.filter_map(|id| self.sums_of(id))))
        };
        let mut weeks: HashMap<String, _> =
            self.people.classes().into_iter().map(of_class).collect();
        weeks.insert(String::new(), group_weeks(self.sums.iter()));
        weeks
    }

    /// Whether anything is held of a student: an answer or a KPI row of the weeks a report looks at, or a name.
    pub(super) fn is_known(&self, user_id: &str) -> bool {
        self.log.student_code(user_id).is_some()
            || self.kpi_history.contains_key(user_id)
            || self.people.name(user_id).is_some()
            || self.people.class_of(user_id).is_some()
    }

    /// What a student did; nothing for one without answers.
    pub(super) fn sums_of(&self, user_id: &str) -> Option<&Sums> {
        self.sums.get(self.log.student_code(user_id)? as usize)
    }

    /// The cards of a student's row.
    pub(super) fn cards(&self, kpis: &WeeklyKpis, user_id: &str) -> KpiCards {
        let active_days = self.sums_of(user_id).map(|sums| sums.active_days);
        cards(kpis, active_days, (self.log.time_zone(), self.as_of))
    }

    /// The weeks of a class, or of everybody.
    pub(super) fn weeks_of(&self, class_id: Option<&str>) -> &BTreeMap<NaiveDate, GroupSum> {
        self.group_weeks.get(class_id.unwrap_or_default()).unwrap_or(&self.no_weeks)
    }

    /// The newest ability of a student.
    pub(super) fn theta(&self, user_id: &str) -> Option<f64> {
        self.abilities.get(user_id)?.last().map(|point| point.theta)
    }

    /// Two weeks that end with the day of interest (0), and the two before (1).
    pub(super) fn half(&self, back: u32) -> Window {
        Window::ending(self.log.time_zone(), days_before(self.as_of, 14 * back), 14)
    }

    /// The last `weeks` weeks up to the day of interest.
    pub(super) fn weeks(&self, weeks: u32) -> Window {
        let days = self.as_of.signed_duration_since(self.week).num_days() as u32 + 1;
        Window::ending(self.log.time_zone(), self.as_of, days + 7 * (weeks - 1))
    }

    pub(super) fn accuracy_window(&self) -> Window {
        self.weeks(ACCURACY_WEEKS)
    }

    pub(super) fn month(&self) -> Window {
        Window::ending(self.log.time_zone(), self.as_of, 28)
    }
}

/// Newest abilities by group, which its id names.
#[derive(Default)]
pub(super) struct GroupThetas {
    pub(super) classes: HashMap<String, Vec<f64>>,
    pub(super) schools: HashMap<String, Vec<f64>>,
    pub(super) everyone: Vec<f64>,
}

impl GroupThetas {
    fn of(material: &Material) -> Self {
        let mut found = Self::default();
        // In an order of their own: what is stored of them is the same however often it is made.
        let mut students: Vec<&String> = material.abilities.keys().collect();
        students.sort_unstable();
        for user_id in students {
            let Some(theta) = material.theta(user_id) else { continue };
            found.everyone.push(theta);
            for class in material.people.classes_of(user_id) {
                found.classes.entry(class.clone()).or_default().push(theta);
            }
            let class = material.people.class_of(user_id);
            if let Some(school) = class.and_then(|class| material.people.school_of(&class.id)) {
                found.schools.entry(school.to_owned()).or_default().push(theta);
            }
        }
        found
    }
}

fn by_id<T>(rows: Vec<T>, id: fn(&T) -> &String) -> HashMap<String, T> {
    rows.into_iter().map(|row| (id(&row).clone(), row)).collect()
}

fn by_student(rows: Vec<WeeklyKpi>) -> HashMap<String, Vec<(NaiveDate, WeeklyKpis)>> {
    let mut found: HashMap<String, Vec<(NaiveDate, WeeklyKpis)>> = HashMap::new();
    for row in rows {
        let kpis = WeeklyKpis::read(&row.kpis);
        found.entry(row.user_id).or_default().push((row.week_start, kpis));
    }
    for weeks in found.values_mut() {
        weeks.sort_by_key(|(week_start, _)| *week_start);
    }
    found
}

fn own_goals(goals: Vec<(String, InterestGoal)>) -> HashMap<String, Vec<InterestGoal>> {
    let mut found: HashMap<String, Vec<InterestGoal>> = HashMap::new();
    for (user_id, goal) in goals {
        found.entry(user_id).or_default().push(goal);
    }
    found
}

/// The KPIs of every student, of the newest of these weeks that has some.
fn kpis_of(mut rows: Vec<WeeklyKpi>) -> HashMap<String, WeeklyKpis> {
    rows.sort_by_key(|row| row.week_start);
    rows.into_iter().map(|row| (row.user_id, WeeklyKpis::read(&row.kpis))).collect()
}

/// How many kinds of models read answers that were corrected since and were not fitted again.
async fn stale_models(store: &Store) -> Result<u32, Error> {
    let mut fits = store.stale_fits().await?;
    fits.dedup_by(|next, kept| next.name == kept.name);
    Ok(u32::try_from(fits.len()).unwrap_or(u32::MAX))
}

/// The newest risk of every student computed before `end`. A risk that was stored when none was kept as
/// history counts where it is old enough.
async fn risks_before(
    store: &Store,
    end: DateTime<Utc>,
) -> Result<HashMap<String, SurvivalRiskRow>, Error> {
    let unkept = store.survival_risks().await?.into_iter().filter(|risk| risk.updated_at < end);
    let mut risks = by_id(unkept.collect(), |row| &row.user_id);
    risks.extend(by_id(store.survival_risks_before(end).await?, |row| &row.user_id));
    Ok(risks)
}

/// Abilities by student.
#[derive(Default)]
struct Abilities {
    points: HashMap<String, Vec<AbilityPoint>>,
    n_answers: HashMap<String, u32>,
}

impl Abilities {
    /// One point a day: the newest fit of each day from `first` on, or the newest before it where there
    /// is none. `history` is oldest first for each student.
    fn new(history: &[StoredPoint], zone: &TimeZone, first: NaiveDate) -> Self {
        let mut found = Self::default();
        for row in history {
            let date = day_at(zone, row.fitted_at);
            let points = found.points.entry(row.user_id.clone()).or_default();
            if points.last().is_some_and(|last| last.date == date || last.date < first) {
                points.pop();
            }
            points.push(AbilityPoint { date, theta: row.theta, se: row.se });
            found.n_answers.remove(&row.user_id);
            found.n_answers.extend(row.n_answers.map(|n| (row.user_id.clone(), n)));
        }
        found
    }
}

fn provenance(meta: &FitMeta, zone: &TimeZone) -> Provenance {
    let count =
        |key: &str| meta.model_spec.get(key).and_then(serde_json::Value::as_u64).map(|n| n as u32);
    let day = |key: &str| {
        let at: DateTime<Utc> = meta.model_spec.get(key)?.as_str()?.parse().ok()?;
        Some(day_at(zone, at))
    };
    Provenance {
        run_id: meta.run_id.clone(),
        model: meta.model_spec["model"].as_str().unwrap_or_default().to_string(),
        log_likelihood: meta.metrics["loglik"].as_f64(),
        n_items: count("n_items"),
        n_students: count("n_users"),
        converged: meta.metrics["converged"].as_bool(),
        fitted_at: Some(clock_time(zone, meta.fitted_at)),
        answers: day("answers_from")
            .zip(day("answers_to"))
            .map(|(from, to)| format!("{from} – {to}")),
    }
}
