//! The one form of a KPI row as JSON, and its keys with their meaning. No other file spells a key but
//! the SQL that looks into stored rows.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::row::{
    Basis, ChurnKpi, FittedAt, ForecastKpi, GoalKpi, Number, SlopeKpi, SlopeUnit, Source,
    WeeklyKpis,
};
use crate::goal::{GoalScale, GoalTarget};
use crate::improvement::Method;
use crate::missing::Missing;

/// One key of the row, for people and for the dictionary of KPIs.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key in `weekly_kpi.kpis`.
    pub key: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// What values it takes, with the unit.
    pub range: &'static str,
    /// What it is computed from.
    pub source: &'static str,
    get: Get,
}

/// Where a value stands in the row; those of one group are kept, carried and replaced together.
#[derive(Debug, Clone, Copy)]
enum Get {
    Week(fn(&WeeklyKpis) -> Entry<'_>),
    /// As `Week`, and not there at all where it is not known.
    Ability(fn(&WeeklyKpis) -> Entry<'_>),
    Goal(fn(&GoalKpi) -> Entry<'_>),
    Churn(fn(&ChurnKpi) -> Entry<'_>),
    Slope(fn(&SlopeKpi) -> Entry<'_>),
    Forecast(fn(&ForecastKpi) -> Entry<'_>),
    Reasons,
}

/// What stands under a key.
enum Entry<'a> {
    /// A number that has a reason where it is null.
    Number(Number),
    Real(Option<f64>),
    Count(Option<u32>),
    Word(Option<&'static str>),
    At(Option<&'a FittedAt>),
    Reasons(Reasons<'a>),
}

/// Why numbers of a row are null.
struct Reasons<'a>(&'a WeeklyKpis);

use Entry::{At, Count, Number as Reasoned, Real, Word};
use Get::{Ability, Churn, Forecast, Goal, Slope, Week};

const SHARE: &str = "0..1";
const COUNT: &str = "a whole number ≥ 0";
const ERROR: &str = "≥ 0";
const SCALE: &str = "scale of the calibration";
const INSTANT: &str = "RFC 3339, UTC";
const TWO_WEEKS: &str = "answers of two windows of 14 days";
const MONTH: &str = "answers of 28 days";
const TWO_MONTHS: &str = "answers of two windows of 28 days";
const THIS_WEEK: &str = "answers since Monday";
const CALIBRATION: &str = "calibration";
const GROWTH: &str = "growth model";
const PROGRESS: &str = "mixed model of progress";
const SERIES: &str = "weekly I_t of the student";
const WRITER: &str = "whoever wrote the number";

const fn field(
    key: &'static str,
    meaning: &'static str,
    [range, source]: [&'static str; 2],
    get: Get,
) -> Field {
    Field { key, meaning, range, source, get }
}

/// Every key, in the order in which PostgreSQL stores them: the shorter ones first, those of one
/// length by their bytes, so that the server has nothing to sort.
pub const FIELDS: [Field; 39] = [
    field(
        "P",
        "probability to reach the goal",
        [SHARE, "growth model, else the newest ability"],
        Goal(|goal| Reasoned(goal.probability)),
    ),
    field(
        "S",
        "risk to fall silent for two weeks",
        [SHARE, "survival model, else signs of life of 56 days"],
        Churn(|churn| Reasoned(churn.risk)),
    ),
    field(
        "A_t",
        "engagement: sessions, closeness of answers, independence of hints, dwell time",
        [SHARE, MONTH],
        Week(|row| Reasoned(row.engagement)),
    ),
    field(
        "E_t",
        "share by which the median time of right answers fell",
        [SHARE, TWO_MONTHS],
        Week(|row| Reasoned(row.efficiency)),
    ),
    field(
        "I_t",
        "improvement: change of accuracy or ability, less for few and uncertain answers",
        ["−1..1", TWO_WEEKS],
        Week(|row| Reasoned(row.improvement)),
    ),
    field(
        "R_t",
        "share of right answers to items answered wrong before",
        [SHARE, TWO_MONTHS],
        Week(|row| Reasoned(row.recovery)),
    ),
    field("acc", "share of right answers", [SHARE, THIS_WEEK], Week(|row| Reasoned(row.accuracy))),
    field("A_t_n", "answers behind A_t", [COUNT, MONTH], Week(|row| Count(row.engagement_n))),
    field(
        "E_t_n",
        "right answers with a time behind E_t",
        [COUNT, MONTH],
        Week(|row| Count(row.efficiency_n)),
    ),
    field(
        "I_t_n",
        "answers behind the recent half of I_t",
        [COUNT, "answers of 14 days"],
        Week(|row| Count(row.improvement_n)),
    ),
    field("R_t_n", "retries behind R_t", [COUNT, MONTH], Week(|row| Count(row.recovery_n))),
    field(
        "sigma",
        "posterior standard deviation of P",
        [ERROR, GROWTH],
        Goal(|goal| Reasoned(goal.sigma)),
    ),
    field("theta", "newest ability", [SCALE, CALIBRATION], Ability(|row| Reasoned(row.theta))),
    field(
        "I_t_se",
        "standard error of I_t",
        [ERROR, TWO_WEEKS],
        Week(|row| Real(row.improvement_se)),
    ),
    field(
        "method",
        "which path computed I_t",
        ["theta_delta, accuracy_delta", TWO_WEEKS],
        Week(|row| Word(row.method.map(Method::code))),
    ),
    field(
        "E_t_raw",
        "E_t before it is cut to 0..1; negative = slower",
        ["≤ 1", TWO_MONTHS],
        Week(|row| Real(row.efficiency_raw)),
    ),
    field(
        "P_basis",
        "what P of a growth fit rests on",
        ["scores, ability", GROWTH],
        Goal(|goal| Word(goal.basis.map(Basis::code))),
    ),
    field(
        "P_lower",
        "lower bound of the 95 % credible interval of P",
        [SHARE, GROWTH],
        Goal(|goal| Reasoned(goal.lower)),
    ),
    field(
        "P_upper",
        "upper bound of that interval",
        [SHARE, GROWTH],
        Goal(|goal| Reasoned(goal.upper)),
    ),
    field(REASONS, "why a number is null, by its key", ["codes", WRITER], Get::Reasons),
    field(
        "P_source",
        "where P comes from",
        ["brms, normal", WRITER],
        Goal(|goal| Word(goal.source.map(Source::code))),
    ),
    field(
        "P_target",
        "the goal that P is about, as it is stated",
        ["on the scale of P_target_scale", WRITER],
        Goal(|goal| Real(goal.target.map(|target| target.value))),
    ),
    field(
        "S_source",
        "where S comes from",
        ["survival, heuristic", WRITER],
        Churn(|churn| Word(churn.source.map(Source::code))),
    ),
    field(
        "attempts",
        "answers of known correctness",
        [COUNT, THIS_WEEK],
        Week(|row| Count(row.attempts)),
    ),
    field(
        "mean_gap",
        "mean gap between distinct times of answers",
        ["days", MONTH],
        Week(|row| Reasoned(row.mean_gap)),
    ),
    field("sessions", "distinct sessions", [COUNT, MONTH], Week(|row| Count(row.sessions))),
    field(
        "theta_se",
        "standard error of the newest ability",
        [ERROR, CALIBRATION],
        Ability(|row| Real(row.theta_se)),
    ),
    field(
        "I_t_anomaly",
        "how unusual the newest I_t is against the others: the normal value as rare",
        ["signed; 2.5 = one in eighty", SERIES],
        Forecast(|forecast| Real(forecast.anomaly)),
    ),
    field(
        "P_fitted_at",
        "when the fit or the ability behind P was made",
        [INSTANT, WRITER],
        Goal(|goal| At(goal.fitted_at.as_ref())),
    ),
    field(
        "S_fitted_at",
        "when the fit behind S was made",
        [INSTANT, WRITER],
        Churn(|churn| At(churn.fitted_at.as_ref())),
    ),
    field(
        "delta_theta",
        "change of the newest ability between two windows of 14 days",
        [SCALE, CALIBRATION],
        Ability(|row| Reasoned(row.delta_theta)),
    ),
    field(
        "A_t_recorded",
        "share of the weight of A_t that rests on recorded data",
        [SHARE, MONTH],
        Week(|row| Real(row.engagement_recorded)),
    ),
    field(
        "growth_slope",
        "change a week: that of all plus the student's own deviation",
        ["growth_slope_unit a week", PROGRESS],
        Slope(|slope| Real(Some(slope.slope))),
    ),
    field(
        "P_target_scale",
        "the scale of that goal",
        ["theta, score, accuracy", WRITER],
        Goal(|goal| Word(goal.target.map(|target| target.scale.code()))),
    ),
    field(
        "growth_slope_se",
        "standard error of growth_slope",
        [ERROR, PROGRESS],
        Slope(|slope| Real(slope.se)),
    ),
    field(
        "ability_estimate",
        "newest ability, as the platform calls it",
        [SCALE, CALIBRATION],
        Ability(|row| Real(row.ability_estimate)),
    ),
    field(
        "growth_fitted_at",
        "when the fit behind growth_slope was made",
        [INSTANT, PROGRESS],
        Slope(|slope| At(slope.fitted_at.as_ref())),
    ),
    field(
        "I_t_forecast_next",
        "I_t to be expected in the week after",
        ["−1..1 as a rule", SERIES],
        Forecast(|forecast| Real(forecast.next)),
    ),
    field(
        "growth_slope_unit",
        "share of right answers, or logarithm of its odds",
        ["accuracy, log_odds", PROGRESS],
        Slope(|slope| Word(slope.unit.map(SlopeUnit::code))),
    ),
];

/// The key of the reasons.
pub const REASONS: &str = "reasons";

/// A number that JSON cannot hold: something stored for this student is infinite or no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite {
    key: &'static str,
}

impl std::fmt::Display for NotFinite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not a finite number", self.key)
    }
}

impl std::error::Error for NotFinite {}

impl Field {
    /// What the row holds under the key; `None` where its group is left alone.
    fn entry<'a>(&self, row: &'a WeeklyKpis) -> Option<Entry<'a>> {
        match self.get {
            Get::Week(get) | Get::Ability(get) => Some(get(row)),
            Get::Goal(get) => row.goal.as_ref().map(get),
            Get::Churn(get) => row.churn.as_ref().map(get),
            Get::Slope(get) => row.slope.as_ref().map(get),
            Get::Forecast(get) => row.forecast.as_ref().map(get),
            Get::Reasons => Some(Entry::Reasons(Reasons(row))),
        }
    }

    /// Whether the key is not written for want of a value: readers that take every key for a number
    /// must not find a null there.
    fn is_left_out(&self, entry: &Entry<'_>) -> bool {
        let unknown = matches!(entry, Entry::Number(Err(_)) | Entry::Real(None));
        unknown && matches!(self.get, Get::Ability(_))
    }

    /// Whether the number depends on others of the row.
    fn is_of_group(&self) -> bool {
        matches!(self.get, Get::Goal(_) | Get::Churn(_) | Get::Slope(_) | Get::Forecast(_))
    }
}

impl WeeklyKpis {
    /// A stored row. What is no number, word or instant of its key is not known.
    pub fn read(kpis: &Map<String, Value>) -> Self {
        let read = Reader(kpis);
        Self {
            improvement: read.number("I_t"),
            improvement_se: read.real("I_t_se"),
            improvement_n: read.count("I_t_n"),
            method: read.word("method", &Method::ALL, Method::code),
            efficiency: read.number("E_t"),
            efficiency_raw: read.real("E_t_raw"),
            efficiency_n: read.count("E_t_n"),
            recovery: read.number("R_t"),
            recovery_n: read.count("R_t_n"),
            engagement: read.number("A_t"),
            engagement_recorded: read.real("A_t_recorded"),
            engagement_n: read.count("A_t_n"),
            mean_gap: read.number("mean_gap"),
            sessions: read.count("sessions"),
            delta_theta: read.number("delta_theta"),
            theta: read.number("theta"),
            theta_se: read.real("theta_se"),
            ability_estimate: read.real("ability_estimate"),
            accuracy: read.number("acc"),
            attempts: read.count("attempts"),
            goal: Some(GoalKpi::read(&read)),
            churn: Some(ChurnKpi::read(&read)),
            slope: SlopeKpi::read(&read),
            forecast: ForecastKpi::read(&read),
        }
    }

    /// Whether JSON can hold the row.
    ///
    /// # Errors
    /// [`NotFinite`] with the first number that it cannot; P and S, which rest on others, come last.
    pub fn check(&self) -> Result<(), NotFinite> {
        let bad = |field: &&Field| match field.entry(self) {
            Some(Entry::Number(Ok(number)) | Entry::Real(Some(number))) => !number.is_finite(),
            _ => false,
        };
        let own = FIELDS.iter().filter(|field| !field.is_of_group());
        let found = own.chain(FIELDS.iter().filter(|field| field.is_of_group())).find(bad);
        found.map_or(Ok(()), |field| Err(NotFinite { key: field.key }))
    }

    /// The row as a map, to be merged with a stored one.
    pub fn into_map(self) -> Map<String, Value> {
        self.entries().map(|(key, entry)| (key.to_string(), json!(entry))).collect()
    }

    fn entries(&self) -> impl Iterator<Item = (&'static str, Entry<'_>)> {
        let written = |field: &Field| {
            let entry = field.entry(self).filter(|entry| !field.is_left_out(entry))?;
            Some((field.key, entry))
        };
        FIELDS.iter().filter_map(written)
    }
}

impl GoalKpi {
    fn read(read: &Reader<'_>) -> Self {
        Self {
            probability: read.number("P"),
            sigma: read.number("sigma"),
            lower: read.number("P_lower"),
            upper: read.number("P_upper"),
            source: read.word("P_source", &Source::ALL, Source::code),
            basis: read.word("P_basis", &Basis::ALL, Basis::code),
            target: read.target(),
            fitted_at: read.at("P_fitted_at"),
        }
    }

    /// As keys of a row, to be merged with a stored one.
    pub fn patch(&self) -> Map<String, Value> {
        let of_goal = FIELDS.iter().filter_map(|field| match field.get {
            Get::Goal(get) => Some((field.key.to_string(), json!(get(self)))),
            _ => None,
        });
        of_goal.collect()
    }
}

impl ChurnKpi {
    fn read(read: &Reader<'_>) -> Self {
        Self {
            risk: read.number("S"),
            source: read.word("S_source", &Source::ALL, Source::code),
            fitted_at: read.at("S_fitted_at"),
        }
    }

    /// As keys of a row, to be merged with a stored one.
    pub fn patch(&self) -> Map<String, Value> {
        let of_churn = FIELDS.iter().filter_map(|field| match field.get {
            Get::Churn(get) => Some((field.key.to_string(), json!(get(self)))),
            _ => None,
        });
        of_churn.collect()
    }
}

impl SlopeKpi {
    /// `None` where the row has no slope.
    fn read(read: &Reader<'_>) -> Option<Self> {
        Some(Self {
            slope: read.real("growth_slope")?,
            se: read.real("growth_slope_se"),
            unit: read.word("growth_slope_unit", &SlopeUnit::ALL, SlopeUnit::code),
            fitted_at: read.at("growth_fitted_at"),
        })
    }

    /// As keys of a row, to be merged with a stored one.
    pub fn patch(&self) -> Map<String, Value> {
        let of_slope = FIELDS.iter().filter_map(|field| match field.get {
            Get::Slope(get) => Some((field.key.to_string(), json!(get(self)))),
            _ => None,
        });
        of_slope.collect()
    }
}

impl ForecastKpi {
    /// `None` where nobody has forecast the student.
    fn read(read: &Reader<'_>) -> Option<Self> {
        let (next, anomaly) = (read.real("I_t_forecast_next"), read.real("I_t_anomaly"));
        (next.is_some() || anomaly.is_some()).then_some(Self { next, anomaly })
    }

    /// As keys of a row, to be merged with a stored one.
    pub fn patch(&self) -> Map<String, Value> {
        let of_series = FIELDS.iter().filter_map(|field| match field.get {
            Get::Forecast(get) => Some((field.key.to_string(), json!(get(self)))),
            _ => None,
        });
        of_series.collect()
    }
}

/// Which writer a key of the row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyGroup {
    /// The job that computes the week.
    Week,
    /// Whoever writes P.
    Goal,
    /// Whoever writes S.
    Churn,
    /// Whoever writes the slope.
    Slope,
    /// Whoever writes what the series of I_t says.
    Forecast,
}

/// The keys of a group, in the order of [`FIELDS`].
pub fn keys_of(group: KeyGroup) -> Vec<&'static str> {
    let is_of = |field: &&Field| {
        let of = match field.get {
            Get::Week(_) | Get::Ability(_) | Get::Reasons => KeyGroup::Week,
            Get::Goal(_) => KeyGroup::Goal,
            Get::Churn(_) => KeyGroup::Churn,
            Get::Slope(_) => KeyGroup::Slope,
            Get::Forecast(_) => KeyGroup::Forecast,
        };
        of == group
    };
    FIELDS.iter().filter(is_of).map(|field| field.key).collect()
}

/// The reasons of a stored row with those of another P and its spread; `None` where nothing changes.
pub fn reasons_with_goal(reasons: Option<&Value>, goal: &GoalKpi) -> Option<Value> {
    reasons_with(reasons, |get| match get {
        Get::Goal(get) => Some(get(goal)),
        _ => None,
    })
}

/// The same with those of another S.
pub fn reasons_with_churn(reasons: Option<&Value>, churn: &ChurnKpi) -> Option<Value> {
    reasons_with(reasons, |get| match get {
        Get::Churn(get) => Some(get(churn)),
        _ => None,
    })
}

/// The reasons of a stored row with those of the fields that `entry` knows.
fn reasons_with<'a>(
    reasons: Option<&Value>,
    entry: impl Fn(&Get) -> Option<Entry<'a>>,
) -> Option<Value> {
    let before = reasons.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut after = before.clone();
    for field in FIELDS {
        let Some(entry) = entry(&field.get) else { continue };
        after.remove(field.key);
        if let Entry::Number(Err(Some(missing))) = entry {
            after.insert(field.key.to_string(), json!(missing.code()));
        }
    }
    (after != before).then_some(Value::Object(after))
}

impl Serialize for WeeklyKpis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (key, entry) in self.entries() {
            object.serialize_entry(key, &entry)?;
        }
        object.end()
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.ok().serialize(serializer),
            Self::Real(number) => number.serialize(serializer),
            Self::Count(count) => count.serialize(serializer),
            Self::Word(word) => word.serialize(serializer),
            Self::At(at) => at.map(FittedAt::text).serialize(serializer),
            Self::Reasons(reasons) => reasons.serialize(serializer),
        }
    }
}

impl Serialize for Reasons<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let numbers = FIELDS.iter().filter(|field| !matches!(field.get, Get::Reasons));
        let reason = |field: &Field| match field.entry(self.0) {
            Some(Entry::Number(Err(Some(missing)))) => Some((field.key, missing.code())),
            _ => None,
        };
        serializer.collect_map(numbers.filter_map(reason))
    }
}

/// Reads a stored row by its keys.
struct Reader<'a>(&'a Map<String, Value>);

impl Reader<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    fn target(&self) -> Option<GoalTarget> {
        let scale = self.word("P_target_scale", &GoalScale::ALL, GoalScale::code)?;
        Some(GoalTarget { value: self.real("P_target")?, scale })
    }

    fn real(&self, key: &str) -> Option<f64> {
        self.0.get(key)?.as_f64()
    }

    fn number(&self, key: &str) -> Number {
        let code = || self.0.get(REASONS)?.get(key)?.as_str();
        self.real(key).ok_or_else(|| code().and_then(Missing::find))
    }

    fn count(&self, key: &str) -> Option<u32> {
        self.0.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok())
    }

    fn word<T: Copy>(&self, key: &str, all: &[T], code: fn(T) -> &'static str) -> Option<T> {
        let text = self.text(key)?;
        all.iter().copied().find(|&one| code(one) == text)
    }

    fn at(&self, key: &str) -> Option<FittedAt> {
        self.text(key).map(FittedAt::stored)
    }
}
