//! What a KPI row of a student and a week holds.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use seedtest_responses::TimeZone;

use crate::goal::GoalTarget;
use crate::improvement::Method;
use crate::missing::{Kpi, Missing};
use crate::student_week::StudentWeek;

/// A number of a row; null with its reason, or with none where nobody said why.
pub type Number = Result<f64, Option<Missing>>;

/// What a KPI comes from, where that is not always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// P by the Normal approximation from the newest ability.
    Normal,
    /// P of the Bayesian growth model.
    Growth,
    /// S by rule of thumb.
    Heuristic,
    /// S of the survival model.
    Survival,
}

/// What P of a growth fit rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The student's own weekly scores: the fit has seen the student.
    Scores,
    /// The student's newest ability and the growth of the others.
    Ability,
}

/// An instant of a fit as it is stored: RFC 3339 in UTC with microseconds, or as another writer
/// wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FittedAt(String);

/// P and everything that travels with it: kept, carried and replaced together.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalKpi {
    /// Probability in 0..1 to reach the goal.
    pub probability: Number,
    /// Its posterior standard deviation.
    pub sigma: Number,
    /// Lower bound of its 95 % credible interval.
    pub lower: Number,
    /// Upper bound of that interval.
    pub upper: Number,
    /// Where it comes from.
    pub source: Option<Source>,
    /// What it rests on, where a growth fit stands behind it.
    pub basis: Option<Basis>,
    /// The goal that P is about; `None` in rows of an earlier release.
    pub target: Option<GoalTarget>,
    /// When the fit or the ability behind it was made.
    pub fitted_at: Option<FittedAt>,
}

/// S and everything that travels with it: kept, carried and replaced together.
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnKpi {
    /// Risk in 0..1 to fall silent.
    pub risk: Number,
    /// Where it comes from.
    pub source: Option<Source>,
    /// When the fit behind it was made; `None` for the heuristic.
    pub fitted_at: Option<FittedAt>,
}

/// Unit of a slope over weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlopeUnit {
    /// Share of right answers a week.
    Accuracy,
    /// Logarithm of the odds of a right answer a week.
    LogOdds,
}

/// Slope over weeks of the mixed model of progress and everything that travels with it: that of all plus the
/// student's own deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct SlopeKpi {
    /// Change a week.
    pub slope: f64,
    /// Its standard error; `None` where it is not known.
    pub se: Option<f64>,
    /// Its unit.
    pub unit: Option<SlopeUnit>,
    /// When the fit was made.
    pub fitted_at: Option<FittedAt>,
}

/// What the student's own series of I_t says: kept and replaced together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ForecastKpi {
    /// I_t of the week after the last one; `None` where there are too few weeks.
    pub next: Option<f64>,
    /// How unusual the last I_t is against the others: the standard normal value as rare, signed;
    /// `None` where there are too few weeks to say.
    pub anomaly: Option<f64>,
}

/// One row. Everything but the four groups belongs to the job that computes the week.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyKpis {
    /// I_t.
    pub improvement: Number,
    /// Its standard error.
    pub improvement_se: Option<f64>,
    /// Answers behind the recent half of I_t.
    pub improvement_n: Option<u32>,
    /// Which path computed I_t.
    pub method: Option<Method>,
    /// E_t.
    pub efficiency: Number,
    /// E_t before it is cut to 0..1.
    pub efficiency_raw: Option<f64>,
    /// Right answers with a time in the recent window.
    pub efficiency_n: Option<u32>,
    /// R_t.
    pub recovery: Number,
    /// Recent answers to items answered wrong before.
    pub recovery_n: Option<u32>,
    /// A_t.
    pub engagement: Number,
    /// Share of the weight of A_t that rests on recorded data.
    pub engagement_recorded: Option<f64>,
    /// Answers in the window of A_t.
    pub engagement_n: Option<u32>,
    /// Mean gap between answers, days.
    pub mean_gap: Number,
    /// Sessions in the window of A_t.
    pub sessions: Option<u32>,
    /// Change of the ability between two windows of 14 days.
    pub delta_theta: Number,
    /// Newest ability.
    pub theta: Number,
    /// Its standard error.
    pub theta_se: Option<f64>,
    /// The newest ability under the name the platform reads.
    pub ability_estimate: Option<f64>,
    /// Share of right answers of the week.
    pub accuracy: Number,
    /// Answers of the week.
    pub attempts: Option<u32>,
    /// P and what travels with it; `None` leaves those of the stored row alone.
    pub goal: Option<GoalKpi>,
    /// S and what travels with it; `None` leaves those of the stored row alone.
    pub churn: Option<ChurnKpi>,
    /// The slope and what travels with it; `None` leaves those of the stored row alone.
    pub slope: Option<SlopeKpi>,
    /// What the series of I_t says; `None` leaves that of the stored row alone.
    pub forecast: Option<ForecastKpi>,
}

impl Source {
    /// Every source.
    pub(super) const ALL: [Self; 4] = [Self::Normal, Self::Growth, Self::Heuristic, Self::Survival];

    /// The word in the row.
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Growth => "brms",
            Self::Heuristic => "heuristic",
            Self::Survival => "survival",
        }
    }
}

impl Basis {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Scores, Self::Ability];

    /// The word in the row.
    pub fn code(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Ability => "ability",
        }
    }
}

impl SlopeUnit {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Accuracy, Self::LogOdds];

    /// The word in the row.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::LogOdds => "log_odds",
        }
    }
}

impl SlopeKpi {
    /// A slope of a fit.
    pub fn new(slope: f64, se: Option<f64>, unit: SlopeUnit, fitted_at: DateTime<Utc>) -> Self {
        Self { slope, se, unit: Some(unit), fitted_at: Some(FittedAt::new(fitted_at)) }
    }
}

impl FittedAt {
    /// The instant as rows hold it.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    /// Its day in `zone`; `None` for a text that is no instant.
    pub fn day(&self, zone: &TimeZone) -> Option<NaiveDate> {
        let at = DateTime::parse_from_rfc3339(&self.0).ok()?;
        Some(zone.date_of(at.timestamp_micros()))
    }

    /// What a row holds.
    pub(super) fn stored(text: &str) -> Self {
        Self(text.to_string())
    }

    /// As a row holds it.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FittedAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl GoalKpi {
    /// P of a growth fit with its spread; what is not known of the spread has no reason.
    pub fn of_growth(
        probability: f64,
        [sigma, lower, upper]: [Option<f64>; 3],
        basis: Basis,
        target: GoalTarget,
        fitted_at: DateTime<Utc>,
    ) -> Self {
        Self {
            probability: Ok(probability),
            sigma: sigma.ok_or(None),
            lower: lower.ok_or(None),
            upper: upper.ok_or(None),
            source: Some(Source::Growth),
            basis: Some(basis),
            target: Some(target),
            fitted_at: Some(FittedAt::new(fitted_at)),
        }
    }

    /// P by the Normal approximation from an ability of `estimated_at`: a posterior probability of
    /// its own, so it has no spread and no bounds.
    pub fn normal(
        probability: Kpi,
        target: GoalTarget,
        estimated_at: Option<DateTime<Utc>>,
    ) -> Self {
        let spread = Err(Some(Missing::NoPosterior));
        Self {
            probability: probability.map_err(Some),
            sigma: spread,
            lower: spread,
            upper: spread,
            source: probability.ok().map(|_| Source::Normal),
            basis: None,
            target: Some(target),
            fitted_at: estimated_at.filter(|_| probability.is_ok()).map(FittedAt::new),
        }
    }
}

impl GoalKpi {
    /// No P of a growth fit, and why.
    pub fn unknown(why: Missing, target: GoalTarget) -> Self {
        let unknown = Err(Some(why));
        Self {
            probability: unknown,
            sigma: unknown,
            lower: unknown,
            upper: unknown,
            source: None,
            basis: None,
            target: Some(target),
            fitted_at: None,
        }
    }

    /// Whether another P is computed in the same way for the same goal, so that both make a trend.
    pub fn compares_with(&self, other: &Self) -> bool {
        self.source == other.source && self.basis == other.basis && self.target == other.target
    }
}

impl ChurnKpi {
    /// S of the survival model.
    pub fn of_survival(risk: f64, fitted_at: DateTime<Utc>) -> Self {
        let (source, fitted_at) = (Some(Source::Survival), Some(FittedAt::new(fitted_at)));
        Self { risk: Ok(risk), source, fitted_at }
    }

    /// S by rule of thumb.
    pub fn heuristic(risk: Kpi) -> Self {
        let source = risk.ok().map(|_| Source::Heuristic);
        Self { risk: risk.map_err(Some), source, fitted_at: None }
    }
}

/// A KPI that a fitted model writes, with everything that travels with it.
pub trait FittedGroup: Clone {
    /// Whole days after which a fit no longer speaks for the student.
    const HOLDS_DAYS: i64;

    /// The group in a row.
    fn of(row: &WeeklyKpis) -> Option<&Self>;

    /// The day (in `zone`) of the fit behind the number; `None` where there is no number or no fit that saw the
    /// student: a prediction from the ability is computed anew every time.
    fn fitted_on(&self, zone: &TimeZone) -> Option<NaiveDate>;

    /// Without the reasons of its nulls: carried into another row, it says nothing new.
    #[must_use]
    fn without_reasons(self) -> Self;
}

/// P of the growth model.
impl FittedGroup for GoalKpi {
    const HOLDS_DAYS: i64 = 14;

    fn of(row: &WeeklyKpis) -> Option<&Self> {
        row.goal.as_ref()
    }

    fn fitted_on(&self, zone: &TimeZone) -> Option<NaiveDate> {
        self.probability.ok()?;
        let is_of_fit = self.source == Some(Source::Growth) && self.basis != Some(Basis::Ability);
        self.fitted_at.as_ref().filter(|_| is_of_fit)?.day(zone)
    }

    fn without_reasons(self) -> Self {
        let bare = |number: Number| number.map_err(|_| None);
        Self {
            probability: bare(self.probability),
            sigma: bare(self.sigma),
            lower: bare(self.lower),
            upper: bare(self.upper),
            ..self
        }
    }
}

/// S of the survival model.
impl FittedGroup for ChurnKpi {
    const HOLDS_DAYS: i64 = 2;

    fn of(row: &WeeklyKpis) -> Option<&Self> {
        row.churn.as_ref()
    }

    fn fitted_on(&self, zone: &TimeZone) -> Option<NaiveDate> {
        self.risk.ok()?;
        let is_of_fit = self.source == Some(Source::Survival);
        self.fitted_at.as_ref().filter(|_| is_of_fit)?.day(zone)
    }

    fn without_reasons(self) -> Self {
        Self { risk: self.risk.map_err(|_| None), ..self }
    }
}

impl WeeklyKpis {
    /// A row that says nothing.
    pub fn unknown() -> Self {
        Self {
            improvement: Err(None),
            improvement_se: None,
            improvement_n: None,
            method: None,
            efficiency: Err(None),
            efficiency_raw: None,
            efficiency_n: None,
            recovery: Err(None),
            recovery_n: None,
            engagement: Err(None),
            engagement_recorded: None,
            engagement_n: None,
            mean_gap: Err(None),
            sessions: None,
            delta_theta: Err(None),
            theta: Err(None),
            theta_se: None,
            ability_estimate: None,
            accuracy: Err(None),
            attempts: None,
            goal: None,
            churn: None,
            slope: None,
            forecast: None,
        }
    }

    /// The row of a student of whom nothing is known but the answers: no ability, so no P either, and S by rule of
    /// thumb.
    pub fn of_answers(week: &StudentWeek, target: GoalTarget) -> Self {
        Self {
            delta_theta: Err(Some(Missing::NotEstimated)),
            theta: Err(Some(Missing::NotEstimated)),
            goal: Some(GoalKpi::normal(Err(Missing::NotEstimated), target, None)),
            churn: Some(ChurnKpi::heuristic(week.churn)),
            ..Self::unknown().with_answers(week)
        }
    }

    /// The row with what rests on the answers of a student replaced; everything of a fitted model stays.
    #[must_use]
    pub fn with_answers(self, week: &StudentWeek) -> Self {
        let number = |kpi: Kpi| kpi.map_err(Some);
        let activity = week.activity.ok();
        Self {
            improvement: number(week.improvement.map(|i| i.value)),
            improvement_se: week.improvement.ok().and_then(|i| i.se),
            improvement_n: Some(week.recent.n),
            method: week.improvement.ok().map(|i| i.method),
            efficiency: number(week.efficiency.map(|e| e.value)),
            efficiency_raw: week.efficiency.ok().map(|e| e.raw),
            efficiency_n: week.efficiency.ok().map(|e| e.n),
            recovery: number(week.recovery.map(|r| r.value)),
            recovery_n: week.recovery.ok().map(|r| r.n),
            engagement: number(week.engagement.map(|a| a.value)),
            engagement_recorded: week.engagement.ok().map(|a| a.recorded_weight),
            engagement_n: activity.map(|a| a.answers),
            mean_gap: number(week.activity.and_then(|a| a.mean_gap)),
            sessions: activity.map(|a| a.sessions),
            accuracy: number(week.week.accuracy().ok_or(Missing::NoAttemptsRecent)),
            attempts: Some(week.week.n),
            ..self
        }
    }

    /// Whether none of the six KPIs is known. A group that is left alone belongs to a fitted model,
    /// which knows it.
    pub fn is_empty(&self) -> bool {
        let own = [self.improvement, self.efficiency, self.recovery, self.engagement];
        own.iter().all(Number::is_err)
            && self.goal.as_ref().is_some_and(|goal| goal.probability.is_err())
            && self.churn.as_ref().is_some_and(|churn| churn.risk.is_err())
    }
}
