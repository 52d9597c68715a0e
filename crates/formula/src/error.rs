//! Errors of formulas, and what to do about them.

use seedtest_fault::FaultKind;

use crate::expression::is_syntactic;

/// A formula that cannot be read, with the place where reading stopped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{fault} at character {position}\n  {formula}\n  {}^", " ".repeat(self.indent()))]
pub struct SyntaxError {
    /// What is wrong.
    pub fault: Fault,
    /// Character of the formula, from 1.
    pub position: usize,
    /// The formula as given.
    pub formula: String,
}

/// What can be wrong in the text of a formula.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The text ends where something must follow.
    #[error("the formula ends too early")]
    UnexpectedEnd,
    /// A token in a place where it means nothing.
    #[error("unexpected `{0}`")]
    UnexpectedToken(String),
    /// A character that no formula has.
    #[error("unknown character `{0}`")]
    UnknownCharacter(char),
    /// A number that cannot be read.
    #[error("`{0}` is not a number")]
    BadNumber(String),
    /// A quoted name or text without its closing quote.
    #[error("`{0}` is not closed")]
    Unclosed(char),
    /// Parentheses, calls or operators nested beyond the limit.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// More names, numbers and operators than the limit.
    #[error("more than {0} names, numbers and operators")]
    TooLong(usize),
    /// No `~`.
    #[error("no `~`")]
    NoTilde,
    /// A function that formulas do not know.
    #[error("unknown function `{0}`")]
    UnknownFunction(String),
    /// A function with the wrong number of arguments.
    #[error("`{function}` takes {expected}, not {found}")]
    Arguments {
        /// Name of the function.
        function: String,
        /// How many it takes.
        expected: &'static str,
        /// How many it was given.
        found: usize,
    },
    /// An expression that is not a model term.
    #[error("`{0}` is not a term")]
    NotATerm(String),
    /// A power of terms whose exponent is not a small whole number.
    #[error("`{0}` is not a power of terms")]
    BadPower(String),
    /// A special such as `offset(x)` or `(1 | g)` inside another term.
    #[error("`{0}` cannot be part of another term")]
    Misplaced(String),
    /// A grouping factor that is not built from names with `:` and `/`.
    #[error("`{0}` is not a grouping factor")]
    NotAGroup(String),
    /// More model terms than the limit.
    #[error("more than {0} terms")]
    TooManyTerms(usize),
    /// An argument of a function that it does not have, or whose value is not possible.
    #[error("`{function}` cannot have the argument `{argument}`")]
    BadArgument {
        /// Name of the function.
        function: String,
        /// The argument's value.
        argument: String,
    },
    /// `.` where there is no other column.
    #[error("`.` stands for no column: the formula names them all")]
    Dot,
    /// More than one `cluster()`.
    #[error("more than one `cluster()`")]
    TwoClusters,
}

impl SyntaxError {
    pub(crate) fn new(formula: &str, byte: usize, fault: Fault) -> Self {
        let position = formula.char_indices().take_while(|(at, _)| *at < byte).count() + 1;
        Self { fault, position, formula: formula.to_owned() }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match &self.fault {
            Fault::UnexpectedEnd => "write something after the last operator, close parentheses",
            Fault::UnexpectedToken(_) => {
                "join terms with `+`, `-`, `:`, `*`, `/` or `^`; a column name with spaces or other signs \
                 goes in backticks (in a shell, the whole formula in single quotes)"
            }
            Fault::UnknownCharacter(_) => {
                "put column names with such characters in backticks (in a shell, the whole formula in \
                 single quotes)"
            }
            Fault::BadNumber(_) => "write numbers as 2, 0.5 or 1e-3",
            Fault::Unclosed(_) => "add the closing quote",
            Fault::TooDeep(_) => "write the formula with fewer parentheses",
            Fault::TooLong(_) => "write fewer terms; `.` stands for all other columns",
            Fault::NoTilde => "write `response ~ terms`",
            Fault::UnknownFunction(_) => {
                "known are I, log, log2, log10, log1p, exp, expm1, sqrt, abs, factor, offset, \
                 relevel, poly, ns, bs, strata, cluster, Surv and cbind; compute other columns \
                 beforehand"
            }
            Fault::Arguments { .. } => {
                "Surv(time, event), Surv(start, stop, event), cbind(successes, failures)"
            }
            Fault::NotATerm(_) => "wrap arithmetic in I(), as in I(x * 2)",
            Fault::BadPower(_) => "powers of terms are (a + b)^2; for squares write I(x^2)",
            Fault::Misplaced(_) => "add it as a term of its own with `+`",
            Fault::NotAGroup(_) => {
                "group by columns: (1 | g), (1 | g/h), (1 | g:h), strata(g) or cluster(g); compute other \
                 groups beforehand as a column"
            }
            Fault::TooManyTerms(_) => "write out the interactions that are needed",
            Fault::BadArgument { function, .. } if function == "Surv" => {
                "write Surv(time, event) or Surv(start, stop, event); interval and left censoring are \
                 not fitted"
            }
            Fault::BadArgument { .. } => {
                "poly(x, degree, raw), bs(x, df, knots, degree, intercept, Boundary.knots), \
                 ns(x, df, knots, intercept, Boundary.knots), with plain numbers"
            }
            Fault::Dot => "leave it out",
            Fault::TwoClusters => "keep one of them",
        }
    }

    fn indent(&self) -> usize {
        self.formula.chars().take(self.position - 1).map(columns).sum()
    }
}

/// Terminal columns of a character: Hangul, kana and ideographs take two.
fn columns(c: char) -> usize {
    if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}') {
        2
    } else {
        1
    }
}

/// Why a formula and a table of columns do not make a design. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The formula cannot be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The formula names a column that the table does not have.
    #[error("no column `{name}`; the table has {}", list(available))]
    UnknownColumn {
        /// The name in the formula.
        name: String,
        /// The columns of the table.
        available: Vec<String>,
    },
    /// Two columns of a table have the same name.
    #[error("two columns are named `{name}`")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// The columns of a table have different lengths.
    #[error("column `{name}` has {found} rows, the columns before it {expected}")]
    Length {
        /// Name of the column.
        name: String,
        /// Its length.
        found: usize,
        /// Length of the other columns.
        expected: usize,
    },
    /// Every row has a missing value in a column that the formula uses.
    #[error("no complete row: of {rows} rows, {}", counts(missing))]
    NoCompleteRow {
        /// Rows of the table.
        rows: usize,
        /// Missing values by column.
        missing: Vec<(String, usize)>,
    },
    /// A term computes to infinity or to no number at all.
    #[error("row {}: `{term}` is {value}", row + 1)]
    NotFinite {
        /// Row of the table, from 0.
        row: usize,
        /// The term.
        term: String,
        /// Its value.
        value: f64,
    },
    /// Arithmetic with a column of categories.
    #[error("`{term}` needs numbers, but it is a column of categories")]
    NotNumeric {
        /// The expression.
        term: String,
    },
    /// Numbers are compared with text.
    #[error("`{term}` compares numbers with text")]
    MixedComparison {
        /// The expression.
        term: String,
    },
    /// A categorical term with a single level.
    #[error("`{term}` has one level only: `{level}`")]
    OneLevel {
        /// The term.
        term: String,
        /// Its level.
        level: String,
    },
    /// A reference level that the column does not have.
    #[error("`{term}`: the column has no level `{level}`")]
    NoLevel {
        /// The term.
        term: String,
        /// The level.
        level: String,
    },
    /// A polynomial or spline of a variable with too few distinct values, or knots outside their range.
    #[error("`{term}` needs more distinct values, and knots between them")]
    TooFewValues {
        /// The term.
        term: String,
    },
    /// New data have a level that the fitted data did not have.
    #[error("row {}: `{term}` is `{level}`, which the fitted data do not have", row + 1)]
    UnknownLevel {
        /// Row of the table, from 0.
        row: usize,
        /// The term.
        term: String,
        /// The level.
        level: String,
    },
    /// New data have a missing value.
    #[error("row {}: `{term}` is missing", row + 1)]
    Missing {
        /// Row of the table, from 0.
        row: usize,
        /// The term.
        term: String,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Syntax(_)
            | Self::UnknownColumn { .. }
            | Self::DuplicateColumn { .. }
            | Self::Length { .. }
            | Self::NoCompleteRow { .. }
            | Self::NotFinite { .. }
            | Self::NotNumeric { .. }
            | Self::MixedComparison { .. }
            | Self::OneLevel { .. }
            | Self::UnknownLevel { .. }
            | Self::Missing { .. }
            | Self::NoLevel { .. }
            | Self::TooFewValues { .. } => FaultKind::Data,
        }
    }

    /// The same of a table of which these rows, counted from 0, were looked at.
    #[must_use]
    pub fn of_rows(mut self, rows: &[usize]) -> Self {
        if let Self::NotFinite { row, .. }
        | Self::UnknownLevel { row, .. }
        | Self::Missing { row, .. } = &mut self
        {
            *row = rows.get(*row).copied().unwrap_or(*row);
        }
        self
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Syntax(e) => e.hint(),
            Self::UnknownColumn { available, .. } if available.iter().any(|n| !is_syntactic(n)) => {
                "check the spelling; upper and lower case differ, and a name with spaces or other signs \
                 goes in backticks (in a shell, the whole formula in single quotes)"
            }
            Self::UnknownColumn { .. } => "check the spelling; upper and lower case differ",
            Self::DuplicateColumn { .. } => "rename one of them",
            Self::Length { .. } => "all columns describe the same rows",
            Self::NoCompleteRow { .. } => "fill in the values or leave the column out",
            Self::NotFinite { .. } => "drop the row or transform the column differently",
            Self::NotNumeric { .. } => {
                "use the column as a term of its own, or compare it, as in passed == \"yes\""
            }
            Self::MixedComparison { .. } => {
                "compare numbers with numbers and categories with quoted text"
            }
            Self::OneLevel { .. } => "leave the term out: it says nothing",
            Self::NoLevel { .. } => "name a level that occurs in the complete rows",
            Self::TooFewValues { .. } => "use a lower degree or fewer knots",
            Self::UnknownLevel { .. } => "fit again with data that have this level",
            Self::Missing { .. } => "fill in the value",
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no columns".to_owned() } else { names.join(", ") }
}

fn counts(missing: &[(String, usize)]) -> String {
    let parts: Vec<String> =
        missing.iter().map(|(name, n)| format!("`{name}` is missing in {n}")).collect();
    parts.join(", ")
}
