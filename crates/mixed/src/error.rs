//! Errors of mixed models.

use seedtest_fault::FaultKind;

/// Why a mixed model cannot be fitted or used. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The formula and the table do not fit together.
    #[error(transparent)]
    Formula(#[from] seedtest_formula::Error),
    /// The formula has no left side.
    #[error("the formula has no response")]
    NoResponse,
    /// The response is of a kind that the model does not know.
    #[error("{model} cannot have the response {response}")]
    Response {
        /// The model.
        model: &'static str,
        /// The kind of response.
        response: &'static str,
    },
    /// The formula has no term like `(1 | g)`.
    #[error("the formula has no random effects")]
    NoRandomEffects,
    /// A term of the formula that mixed models do not have.
    #[error("a mixed model cannot use `{term}()`")]
    Unsupported {
        /// The function.
        term: &'static str,
    },
    /// There is no row at all.
    #[error("no rows")]
    NoRows,
    /// Not more rows than fixed coefficients.
    #[error("{rows} rows for {coefficients} fixed coefficients")]
    TooFewRows {
        /// Rows that take part.
        rows: usize,
        /// Fixed coefficients.
        coefficients: usize,
    },
    /// A grouping factor with a single level.
    #[error("grouping factor `{group}` has one level only: `{level}`")]
    OneLevel {
        /// The grouping factor.
        group: String,
        /// Its level.
        level: String,
    },
    /// A grouping factor with the same random effect twice.
    #[error("the random effect `{effect}` of `{group}` stands in two terms")]
    RepeatedEffect {
        /// The grouping factor.
        group: String,
        /// The effect.
        effect: String,
    },
    /// Two columns of the fixed effects that have the same name.
    #[error("two columns of the fixed effects are named `{name}`")]
    SameName {
        /// The name.
        name: String,
    },
    /// As many random effects of one term as rows: residual and group variance are one.
    #[error(
        "a term of grouping factor `{group}` has {effects} random effects for {rows} rows: their variance and \
         that of the residuals cannot be told apart"
    )]
    NotIdentified {
        /// The grouping factor.
        group: String,
        /// Levels times effects of the term.
        effects: usize,
        /// Rows that take part.
        rows: usize,
    },
    /// A response outside the range of the family.
    #[error("row {}: the response is {value}, {family} needs {required}", row + 1)]
    OutOfRange {
        /// Row of the table, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// The family.
        family: &'static str,
        /// What is allowed.
        required: &'static str,
    },
    /// Responses of which every one is at the same end of the family's range.
    #[error("every response is {value}: nothing varies that a {family} model could explain")]
    ConstantResponse {
        /// The value.
        value: f64,
        /// The family.
        family: &'static str,
    },
    /// An offset so far from the others that means are nil or beyond all numbers.
    #[error(
        "row {}: the offset is {value}, {apart} from those of other rows on the scale of the {link} link",
        row + 1
    )]
    Offset {
        /// Row of the table, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// Distance from the middle one of the offsets.
        apart: f64,
        /// The link.
        link: &'static str,
    },
    /// Trials of which no whole number can succeed.
    #[error("row {}: nothing can be drawn for {trials} trials", row + 1)]
    Trials {
        /// Row of the table, from 0.
        row: usize,
        /// The trials.
        trials: f64,
    },
    /// A weight that is missing, not positive or of absurd size.
    #[error("row {}: weight is {value}, not from 1e-50 to 1e50", row + 1)]
    Weight {
        /// Row of the table, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A response or predictor of absurd size, whose square is no number.
    #[error("row {}: `{column}` is {value}", row + 1)]
    NotFinite {
        /// Row of the table, from 0.
        row: usize,
        /// The column of the design.
        column: String,
        /// The value.
        value: f64,
    },
    /// A response without any variation left after the fixed effects.
    #[error("the fixed effects explain the response exactly")]
    NoVariation,
    /// The matrix that remains after the largest grouping factor is eliminated does not fit into memory.
    #[error(
        "the smaller grouping factors have {effects} random effects whose matrix takes \
         {mebibytes} MiB, more than the limit of {limit} MiB"
    )]
    TooLarge {
        /// Random effects of all grouping factors but the largest.
        effects: usize,
        /// Memory of their matrix.
        mebibytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The matrix that remains does not fit into what the fit may take.
    #[error(transparent)]
    OverBudget(#[from] seedtest_numerics::TooLarge),
    /// The time was up before there was a first solution.
    #[error(transparent)]
    Interrupted(#[from] seedtest_numerics::Interrupted),
    /// A field of the specification is out of range.
    #[error("{field} is {value}, it must be {required}")]
    Spec {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// A link that the family does not have.
    #[error("family {family} has no link {link}")]
    Link {
        /// The family.
        family: &'static str,
        /// The link.
        link: &'static str,
    },
    /// Gauss-Hermite quadrature was asked for a model with more than one scalar random effect.
    #[error("{points} quadrature points need a single random intercept or slope")]
    Quadrature {
        /// Points asked for.
        points: usize,
    },
    /// The criterion is no number at the start.
    #[error("the likelihood cannot be computed at the starting values")]
    Start,
    /// Two fits that cannot be compared.
    #[error("the fits cannot be compared: {reason}")]
    Comparison {
        /// Why not.
        reason: &'static str,
    },
    /// A stored model that does not hold what a prediction needs.
    #[error("the stored model cannot be used: {reason}")]
    Stored {
        /// Why not.
        reason: String,
    },
    /// A profile, or a bootstrap, of a parameter that the fit does not have.
    #[error("the fit has no parameter `{name}`; it has {}", available.join(", "))]
    UnknownParameter {
        /// The name.
        name: String,
        /// Parameters of the fit.
        available: Vec<String>,
    },
    /// A parameter of which the likelihood has no profile.
    #[error("`{name}` has no profile: {reason}")]
    Profile {
        /// The parameter.
        name: String,
        /// Why not.
        reason: &'static str,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Formula(error) => error.kind(),
            Self::OverBudget(_) => FaultKind::TooLarge,
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::NoResponse
            | Self::NoRandomEffects
            | Self::RepeatedEffect { .. }
            | Self::Unsupported { .. }
            | Self::Spec { .. }
            | Self::Link { .. }
            | Self::Quadrature { .. }
            | Self::Comparison { .. }
            | Self::UnknownParameter { .. } => FaultKind::Setting,
            Self::Response { .. }
            | Self::NoRows
            | Self::TooFewRows { .. }
            | Self::OneLevel { .. }
            | Self::SameName { .. }
            | Self::NotIdentified { .. }
            | Self::OutOfRange { .. }
            | Self::ConstantResponse { .. }
            | Self::Offset { .. }
            | Self::Trials { .. }
            | Self::Weight { .. }
            | Self::NotFinite { .. }
            | Self::NoVariation
            | Self::TooLarge { .. }
            | Self::Start
            | Self::Stored { .. }
            | Self::Profile { .. } => FaultKind::Data,
        }
    }

    /// Whether there is too little in the data for the model, and nothing wrong with them.
    pub fn is_of_too_little(&self) -> bool {
        matches!(
            self,
            Self::NoRows
                | Self::TooFewRows { .. }
                | Self::OneLevel { .. }
                | Self::NotIdentified { .. }
                | Self::NoVariation
                | Self::ConstantResponse { .. }
        )
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Formula(e) => e.hint(),
            Self::NoResponse => "write `response ~ terms`",
            Self::Response { .. } => {
                "use a column of numbers, or cbind(successes, failures) for a binomial model"
            }
            Self::NoRandomEffects => "add a term such as (1 | student)",
            Self::Unsupported { .. } => "leave it out, or fit a survival model",
            Self::NoRows => "send at least one row",
            Self::TooFewRows { .. } => "use fewer terms or more rows",
            Self::RepeatedEffect { .. } => {
                "write each effect once: (x | g) has an intercept, (0 + x | g) beside (1 | g) has none, and \
                 (1 | a/b) has (1 | a) in it"
            }
            Self::SameName { .. } => "rename a column, or a level of a factor",
            Self::OneLevel { .. } => "leave the term out: nothing varies between its levels",
            Self::NotIdentified { .. } => {
                "leave the term out, use fewer effects (|| parts those of several columns, not the levels of a \
                 factor), or send several rows for each level"
            }
            Self::OutOfRange { .. } => {
                "a proportion is from 0 to 1 and goes with its trials as weights; counts are whole \
                 numbers from 0"
            }
            Self::Trials { .. } => "give whole numbers of trials as weights",
            Self::ConstantResponse { .. } => {
                "check that the column is the right one; where all succeed or all fail there is no finite estimate, \
                 only the number of trials to report"
            }
            Self::Offset { link: "log", .. } => {
                "an offset is added to the logarithm of the mean: an exposure goes in as offset(log(exposure))"
            }
            Self::Offset { .. } => {
                "an offset is added on the scale of the link, where 5 is as good as certain: use another unit"
            }
            Self::Weight { value: 0.0, .. } => "leave out rows of weight 0: they say nothing",
            Self::Weight { value, .. } if value.is_nan() => {
                "fill in the weight, or leave the row out"
            }
            Self::Weight { value, .. } if *value < 0.0 => {
                "a weight says how much a row counts and is above 0: correct the cell"
            }
            Self::Weight { .. } => "use a unit in which weights are of ordinary size",
            Self::NotFinite { .. } => "use a unit in which the values are below 1e100",
            Self::NoVariation => "there is nothing left for random effects to explain",
            Self::Interrupted(_) => "allow more seconds, or send less data",
            Self::OverBudget(_) | Self::TooLarge { .. } => {
                "group by fewer levels, or fit to a sample of the smaller factors' levels"
            }
            Self::Spec { field, .. } if field.starts_with("--") => {
                "leave the flag out to get its default"
            }
            Self::Spec { .. } => "leave the field out to get its default",
            Self::Link { .. } => {
                "binomial has logit, probit and cloglog; poisson and negative binomial have log"
            }
            Self::Quadrature { .. } => "use 1 point, the Laplace approximation",
            Self::Start => "look for extreme offsets or predictors",
            Self::Comparison { .. } => {
                "fit both by maximum likelihood (--ml, \"reml\": false) to the same rows, one model being a \
                 part of the other"
            }
            Self::Stored { .. } => "send back the model as it was answered",
            Self::UnknownParameter { .. } => "check the spelling",
            Self::Profile { .. } => {
                "use a bootstrap interval, or leave out effects that do not vary"
            }
        }
    }
}
