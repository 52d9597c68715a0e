//! Why a request has no answer.

use seedtest_fault::FaultKind;
use seedtest_ingest::BadValue;
use seedtest_numerics::{Interrupted, TooLarge};

/// Why a model could not be fitted, or nothing could be predicted from it. Fields count rows from 0, messages
/// from 1.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option does not read as what it must be.
    #[error("{name}: {value:?} is not {expected}")]
    BadOption {
        /// Field of a request, or flag.
        name: String,
        /// What was given.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A prior of growth is no distribution, or lacks a number of it.
    #[error("{name}: {dist:?} is no distribution as it is written: {reason}")]
    BadPrior {
        /// Field of a request, or flag, with what the prior is of.
        name: String,
        /// Its distribution, as given.
        dist: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A request is no JSON, or not the JSON of its route.
    #[error("the body cannot be read: {0}")]
    Malformed(seedtest_wire::Unreadable),
    /// A field of a request does not say what it must.
    #[error("{field}: {reason}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// What is kept of chunks of students, or was found in them, cannot be used.
    #[error("{reason}")]
    Partitions {
        /// What is wrong with it.
        reason: String,
    },
    /// There are no answers at all.
    #[error("no observations")]
    NoObservations,
    /// The request does not have the rows to fit.
    #[error("no rows")]
    NoRows,
    /// A prediction was asked for and nothing says from what.
    #[error("send mean and sd, user_features, or rows for a stored fit")]
    NothingToPredict,
    /// Neither the request nor the fit has a score to reach.
    #[error("no target_score, and no stored fit that has one")]
    NoTarget,
    /// Neither the request nor the fit says how a score changes.
    #[error("user_features has no trend, and no stored fit was asked for one")]
    NoTrend,
    /// A formula cannot be read.
    #[error(transparent)]
    Syntax(seedtest_formula::SyntaxError),
    /// The left side of a formula of growth is no number.
    #[error("the left side of the formula is no score")]
    NoScore,
    /// A formula of growth asks for something that its model does not have.
    #[error("formula: {what}")]
    NotGrowth {
        /// What it asks for.
        what: String,
    },
    /// A formula of curves asks for something that curves do not have.
    #[error("formula: {what}")]
    NotCurves {
        /// What it asks for.
        what: String,
    },
    /// An option and the formula name two columns for one thing.
    #[error("{option} is {named}, but the formula has {term}")]
    SaidTwice {
        /// Field of a request, or flag.
        option: &'static str,
        /// The column it names.
        named: String,
        /// The term of the formula.
        term: String,
    },
    /// A number that cannot be on the scale of the scores of a fit.
    #[error(
        "{name} is {value}, but the scores of fit {run_id} lie between {least} and {most}: that is \
         another scale"
    )]
    OffScale {
        /// Field of a request.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The fit.
        run_id: String,
        /// Its smallest score.
        least: f64,
        /// Its largest score.
        most: f64,
    },
    /// No fit of the family is called so, or it keeps nothing to predict from.
    #[error("no {family} fit {run_id:?} is stored")]
    UnknownRun {
        /// Name of the family.
        family: &'static str,
        /// The id that was given.
        run_id: String,
    },
    /// An option names a column that is not there.
    #[error("no column is called {name}")]
    UnknownColumn {
        /// The column.
        name: String,
    },
    /// A column of texts where numbers are needed.
    #[error("column {name} holds texts, not numbers")]
    TextColumn {
        /// The column.
        name: String,
    },
    /// No column has one of the names of what every row needs.
    #[error("no column holds the {what}: name it {}", names.join(" or "))]
    NoColumnFor {
        /// What is needed.
        what: &'static str,
        /// The names it may have.
        names: &'static [&'static str],
    },
    /// Curves by the values of several columns.
    #[error("a curve for every value of one column, not {}", columns.join(", "))]
    SeveralGroups {
        /// The columns.
        columns: Vec<String>,
    },
    /// A row without a group.
    #[error("row {}: the group {column} is missing", row + 1)]
    NoGroup {
        /// Row, from 0.
        row: u32,
        /// Column of the groups.
        column: String,
    },
    /// New rows do not say their stratum.
    #[error("the rows lack the column of the strata, {column}")]
    NoStrata {
        /// Column of the strata.
        column: String,
    },
    /// Rows with missing values where none are allowed.
    #[error("row {}: a value is missing; missing values by column: {}", row + 1, counts(missing))]
    Incomplete {
        /// First such row, from 0.
        row: usize,
        /// Missing values by column.
        missing: Vec<(String, usize)>,
    },
    /// Rows lack a column of the model.
    #[error("no column {name}; the rows have {}", list(found))]
    MissingColumn {
        /// The column.
        name: String,
        /// Those there are.
        found: Vec<String>,
    },
    /// A column of texts whose codes have no text.
    #[error("column {name} has codes without a text")]
    UnknownCode {
        /// The column.
        name: String,
    },
    /// A text among numbers, or a number among dates.
    #[error("row {}: {column} is {text:?}, which is no {wanted}", row + 1)]
    BadCell {
        /// Row, from 0.
        row: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
        /// What the other cells are.
        wanted: &'static str,
    },
    /// A column of dates as a predictor.
    #[error("column {column} holds dates, such as {example}: {fate}")]
    Dates {
        /// The column.
        column: String,
        /// One of them.
        example: String,
        /// What would become of them.
        fate: &'static str,
    },
    /// Dates that two orders of their numbers read, each otherwise.
    #[error("column {column} holds dates such as {example:?} that can be {orders}")]
    AmbiguousDates {
        /// The column.
        column: String,
        /// One of them.
        example: String,
        /// The orders: `ymd`, `dmy`, `mdy`.
        orders: String,
    },
    /// Dates where the fit had numbers.
    #[error("weeks are dates, but those of the fit are numbers of weeks")]
    WeeksAreDates,
    /// A table of answers with scores that cannot be.
    #[error("score: {reason}")]
    BadScores {
        /// Which, and why not.
        reason: String,
    },
    /// An end that is no number of a cause.
    #[error("row {}: {column} is {value}, not 0 or the number of a cause", row + 1)]
    BadCause {
        /// Row, from 0.
        row: u32,
        /// Column of the causes.
        column: String,
        /// What stands there.
        value: f64,
    },
    /// Rows of a request hold something that is no value.
    #[error(transparent)]
    BadValue(#[from] BadValue),
    /// A fit that could not be stored.
    #[error(
        "the fit has results that are no numbers: values of the rows are too large, too small or \
         too far apart"
    )]
    NoNumbers,
    /// A prediction was asked for that needs a stored fit.
    #[error("no stored {family} model")]
    NoStoredModel {
        /// Name of the family.
        family: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// A prediction was asked for from the newest fit, and none converged.
    #[error("no {family} fit has converged; the newest, {run_id}, ended as {status}")]
    NoneConverged {
        /// Name of the family.
        family: &'static str,
        /// The newest fit.
        run_id: String,
        /// How it ended.
        status: String,
    },
    /// The sampling was stopped before the first draw that counts.
    #[error("the time was up before the first draw was kept")]
    NoDraws,
    /// A file of draws is not what it should be.
    #[error("{0}")]
    BadDraws(String),
    /// An anchor cannot be what it is said to be.
    #[error("anchor {item_id} {what}")]
    BadAnchor {
        /// The item.
        item_id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A formula does not go with its table.
    #[error(transparent)]
    Formula(#[from] seedtest_formula::Error),
    /// The response model could not be fitted.
    #[error(transparent)]
    Irt(#[from] seedtest_irt::Error),
    /// The calibration could not be put on the scale of its anchors.
    #[error(transparent)]
    Link(#[from] seedtest_irt::LinkError),
    /// Scores could not be equated.
    #[error(transparent)]
    Equating(#[from] seedtest_irt::EquatingError),
    /// Abilities could not be estimated.
    #[error(transparent)]
    Score(#[from] seedtest_irt::ScoreError),
    /// The survival model could not be fitted or used.
    #[error(transparent)]
    Survival(#[from] seedtest_survival::Error),
    /// The growth model could not be fitted or used.
    #[error(transparent)]
    Growth(#[from] seedtest_growth::Error),
    /// The mixed model could not be fitted or used.
    #[error(transparent)]
    Mixed(#[from] seedtest_mixed::Error),
    /// The rows of a series cannot be read.
    #[error(transparent)]
    Series(#[from] crate::prophet::SeriesError),
    /// The series could not be forecast.
    #[error(transparent)]
    Forecast(#[from] seedtest_forecast::Error),
    /// Rows of features cannot be read.
    #[error(transparent)]
    Features(#[from] crate::clustering::RowsError),
    /// The rows could not be clustered or assigned.
    #[error(transparent)]
    Segment(#[from] seedtest_segment::Error),
    /// The request asks for more than there may be room for.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The time was up, or nobody waited any more, in the middle of a step.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A result could not be put into JSON.
    #[error("cannot encode a result: {0}")]
    Encode(#[from] serde_json::Error),
}

const OPTIONS: &str = "the command's `--help` and GET /docs show what each option accepts";
/// What to do about a body that is no JSON, or not the JSON of its route.
pub const UNREADABLE: &str =
    "correct it there; GET /docs has the fields of every route, with an example";
const ROWS: &str = "give one flat row of numbers and texts an observation";

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Malformed(_) => FaultKind::Malformed,
            Self::BadOption { .. }
            | Self::BadPrior { .. }
            | Self::Field { .. }
            | Self::NothingToPredict
            | Self::NoTarget
            | Self::NoTrend
            | Self::Syntax(_)
            | Self::NoScore
            | Self::NotGrowth { .. }
            | Self::NotCurves { .. }
            | Self::SaidTwice { .. }
            | Self::OffScale { .. }
            | Self::UnknownColumn { .. }
            | Self::TextColumn { .. }
            | Self::NoColumnFor { .. }
            | Self::SeveralGroups { .. }
            | Self::NoGroup { .. }
            | Self::Dates { .. }
            | Self::NoStrata { .. } => FaultKind::Setting,
            Self::NoObservations | Self::NoRows => FaultKind::NoObservations,
            Self::NoStoredModel { .. } | Self::NoneConverged { .. } | Self::UnknownRun { .. } => {
                FaultKind::NoModel
            }
            Self::TooLarge(_) => FaultKind::TooLarge,
            Self::NoDraws | Self::Interrupted(_) => FaultKind::Deadline,
            Self::MissingColumn { .. }
            | Self::Incomplete { .. }
            | Self::UnknownCode { .. }
            | Self::BadCell { .. }
            | Self::AmbiguousDates { .. }
            | Self::WeeksAreDates
            | Self::BadScores { .. }
            | Self::BadCause { .. }
            | Self::BadValue(_)
            | Self::NoNumbers
            | Self::BadDraws(_)
            | Self::BadAnchor { .. }
            | Self::Partitions { .. } => FaultKind::Data,
            Self::Formula(error) => error.kind(),
            Self::Irt(error) => error.kind(),
            Self::Link(error) => error.kind(),
            Self::Equating(error) => error.kind(),
            Self::Score(error) => error.kind(),
            Self::Survival(error) => error.kind(),
            Self::Growth(error) => error.kind(),
            Self::Mixed(error) => error.kind(),
            Self::Series(error) => error.kind(),
            Self::Forecast(error) => error.kind(),
            Self::Features(error) => error.kind(),
            Self::Segment(error) => error.kind(),
            Self::Encode(_) => FaultKind::Internal,
        }
    }

    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadOption { .. }
            | Self::NothingToPredict
            | Self::NoTarget
            | Self::NoTrend
            | Self::NoScore
            | Self::UnknownColumn { .. }
            | Self::TextColumn { .. }
            | Self::SeveralGroups { .. }
            | Self::NoGroup { .. }
            | Self::NoStrata { .. } => OPTIONS,
            Self::Malformed(_) => UNREADABLE,
            Self::Field { .. } | Self::Encode(_) => return None,
            Self::NoColumnFor { .. } => {
                "rename the column that holds it, or name it: `seedtest COMMAND --help` has the flag"
            }
            Self::BadPrior { .. } => {
                "distributions are normal (mean, sd), student_t (df, location, scale), cauchy (location, scale), \
                 exponential (rate), lognormal (mean, sd) and flat, as {\"dist\":\"normal\",\"mean\":0,\"sd\":0.5}"
            }
            Self::Partitions { .. } => {
                "use one version of seedtest on all machines, and another staging path after a change of version"
            }
            Self::NoObservations => {
                "send `observations` with one {user_id, item_id, is_correct} an answer"
            }
            Self::NoRows => "send `rows`, one flat object of numbers and texts an observation",
            Self::Incomplete { .. } => {
                "fill the values in; without `strict` (--strict) such rows are counted and left out"
            }
            Self::MissingColumn { .. }
            | Self::UnknownCode { .. }
            | Self::BadCause { .. }
            | Self::BadValue(_)
            | Self::NoNumbers => ROWS,
            Self::BadCell { .. } => "correct the cell, or leave it empty where nothing is known",
            Self::BadScores { .. } => {
                "correct the table: scores are whole numbers from 0 to the highest of their item"
            }
            Self::AmbiguousDates { .. } => {
                "write the dates as YYYY-MM-DD: nothing says whether the day or the month comes first"
            }
            Self::WeeksAreDates => "give the weeks as that fit has them, or fit again with dates",
            Self::Dates { column, .. } => {
                return Some(format!(
                    "count the days or weeks in a column of numbers (in a fit of growth the week may be a date, such \
                     as 2026-01-05, or 2026-W03); where each date is to be a category of its own write \
                     factor({column})"
                ));
            }
            Self::NotGrowth { .. } => {
                "a model of growth is score ~ week + (week|student), with (week||student) or (1|student) \
                 instead, each a column of the rows"
            }
            Self::NotCurves { .. } => "curves are Surv(time, event) ~ group, or ~ 1",
            Self::SaidTwice { .. } => {
                "say it once: leave out the option, or the term of the formula"
            }
            Self::OffScale { name, .. } if name.starts_with("--") => {
                "give it on the scale of the scores of that fit, or another fit as --model"
            }
            Self::OffScale { .. } => {
                "give it on the scale of the scores of that fit, or name another fit by run_id"
            }
            Self::UnknownRun { .. } => {
                "`seedtest runs list` and GET /v1/runs name the runs; leave run_id out for the newest \
                 fit that converged"
            }
            Self::NoStoredModel { hint, .. } => hint,
            Self::TooLarge(_) => {
                "ask for less of one of the factors, or start the service with a larger --max-fit-mib"
            }
            Self::Interrupted(_) => "allow more with max_seconds, or send less data",
            Self::NoneConverged { run_id, .. } => {
                return Some(format!(
                    "fit again until one converges, or send run_id {run_id:?} to have the answer of that \
                     fit all the same"
                ));
            }
            Self::NoDraws => "allow more seconds, or ask for fewer warm-up draws",
            Self::BadDraws(_) => "give the file that `seedtest fit growth --draws FILE` wrote",
            Self::BadAnchor { .. } => {
                "anchors need one line an item with a > 0, a finite b and 0 ≤ c < 1"
            }
            Self::Syntax(error) => error.hint(),
            Self::Formula(error) => error.hint(),
            Self::Irt(error) => error.hint(),
            Self::Link(error) => error.hint(),
            Self::Equating(error) => error.hint(),
            Self::Score(error) => error.hint(),
            Self::Survival(error) => error.hint(),
            Self::Growth(error) => error.hint(),
            Self::Mixed(error) => error.hint(),
            Self::Series(error) => error.hint(),
            Self::Forecast(error) => error.hint(),
            Self::Features(error) => error.hint(),
            Self::Segment(error) => error.hint(),
        };
        Some(hint.to_owned())
    }

    /// The same of a table of which these rows, counted from 0, were looked at.
    pub(crate) fn of_rows(self, rows: &[usize]) -> Self {
        use seedtest_mixed::Error as Mixed;
        use seedtest_survival::Error as Survival;
        match self {
            Self::Formula(error) => Self::Formula(error.of_rows(rows)),
            Self::Mixed(Mixed::Formula(error)) => Mixed::from(error.of_rows(rows)).into(),
            Self::Survival(Survival::Formula(error)) => Survival::from(error.of_rows(rows)).into(),
            Self::Survival(error) => {
                let rows: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
                error.in_table(&rows).into()
            }
            other => other,
        }
    }

    /// The same with other names for the fields of requests, such as those of flags: pairs of field and name. A part
    /// of a field, `priors.week`, goes by the name of the field.
    #[must_use]
    pub fn with_names(mut self, names: &[(&'static str, &'static str)]) -> Self {
        let find = |field: &str| {
            let whole = names.iter().find(|(known, _)| *known == field);
            let part = || names.iter().find(|(known, _)| field.split('.').next() == Some(*known));
            whole.or_else(part).map(|(_, name)| *name)
        };
        match &mut self {
            Self::BadOption { name, .. }
            | Self::BadPrior { name, .. }
            | Self::Growth(seedtest_growth::Error::BadSetting { name, .. }) => {
                if let Some(other) = find(name) {
                    let part =
                        name.split_once('.').map_or(String::new(), |(_, part)| format!(" {part}"));
                    let is_whole = names.iter().any(|(known, _)| known == name);
                    *name = if is_whole { other.to_owned() } else { format!("{other}{part}") };
                }
            }
            Self::Field { field: name, .. }
            | Self::SaidTwice { option: name, .. }
            | Self::OffScale { name, .. }
            | Self::Mixed(seedtest_mixed::Error::Spec { field: name, .. })
            | Self::Survival(seedtest_survival::Error::Spec { field: name, .. }) => {
                *name = find(name).unwrap_or(name);
            }
            _ => {}
        }
        self
    }

    /// A field of a request that does not say what it must.
    pub(crate) fn field(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Field { field, reason: reason.into() }
    }

    /// An option out of its range.
    pub(crate) fn option(name: &str, value: &dyn ToString, expected: &str) -> Self {
        Self::BadOption { name: name.into(), value: value.to_string(), expected: expected.into() }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn counts(missing: &[(String, usize)]) -> String {
    let shown: Vec<String> = missing.iter().map(|(name, n)| format!("{name} ({n})")).collect();
    shown.join(", ")
}
