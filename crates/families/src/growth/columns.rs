//! Which columns a formula of growth names, and what varies between students.

use seedtest_formula::{Formula, Part};
use seedtest_growth::{Effects, Parameter};
use seedtest_wire::GrowthColumnsJson;

use crate::error::Error;

/// The column of time where a formula does not say it.
const WEEK: &str = "week";

/// The columns of a formula that means a model of growth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// Score, or `cbind(right, wrong)`, as it is written.
    pub(super) score: String,
    /// The columns in it.
    scores: Vec<String>,
    /// Time.
    pub(super) week: String,
    /// Student.
    pub(super) student: String,
}

impl Columns {
    /// The name of a parameter: that of the change per week is the column's.
    pub(super) fn name_of(&self, parameter: Parameter) -> String {
        match parameter {
            Parameter::Week => self.week.clone(),
            Parameter::SdWeek => format!("sd_{}", self.week),
            other => other.name().to_owned(),
        }
    }

    /// Whether a column of the formula holds numbers: score or time, and no student.
    pub(super) fn is_number(&self, name: &str) -> bool {
        name == self.week || self.scores.iter().any(|score| score == name)
    }

    /// As responses say them.
    pub(super) fn json(&self) -> GrowthColumnsJson {
        let Self { score, week, student, .. } = self.clone();
        GrowthColumnsJson { score, week, student }
    }
}

impl Default for Columns {
    fn default() -> Self {
        let of = |text: &str| text.to_owned();
        Self {
            score: of("score"),
            scores: vec![of("score")],
            week: of(WEEK),
            student: of("student_id"),
        }
    }
}

/// The column of time of a formula; that of the default where the formula cannot be read, which is
/// refused elsewhere.
pub(super) fn week_of(formula: &str) -> String {
    let formula = Formula::parse(formula).ok();
    let labels = formula.map(|formula| formula.term_labels()).unwrap_or_default();
    labels.first().map_or_else(|| WEEK.to_owned(), |label| plain(label).to_owned())
}

fn plain(label: &str) -> &str {
    label.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(label)
}

/// What a formula `y ~ x + (x|g)` or a reduction of it means.
///
/// # Errors
/// [`Error::NotGrowth`] with the term that a model of growth does not have.
pub(super) fn meaning(formula: &Formula, text: &str) -> Result<(Effects, Columns), Error> {
    let refused = |what: String| Err(Error::NotGrowth { what });
    if let Some(what) = formula.parts().into_iter().find_map(foreign) {
        return refused(what);
    }
    let of = |name: &str| name.to_owned();
    let (score, scores) = match (formula.response_column(), formula.count_columns()) {
        (Some(column), _) => (of(column), vec![of(column)]),
        (None, Some([right, wrong])) => {
            (format!("cbind({right}, {wrong})"), vec![of(right), of(wrong)])
        }
        (None, None) => {
            return refused(format!(
                "the left side of {text} is neither a column nor cbind(right, wrong): put what is \
                 computed into a column"
            ));
        }
    };
    if !formula.has_intercept() {
        return refused("a model of growth has an intercept".to_owned());
    }
    let fixed = formula.term_labels();
    let Some(week) = fixed.first() else {
        return refused(format!("{text} has no column of time"));
    };
    if let Some(extra) = fixed.get(1) {
        return refused(format!(
            "a model of growth has no other predictor than time, as {extra} is"
        ));
    }
    let week = plain(week).to_owned();
    if !formula.columns().contains(&week) {
        return refused(format!("{week} is no column: put what is computed into one"));
    }
    let effects = effects_of(formula, &fixed).ok_or_else(|| Error::NotGrowth {
        what: format!(
            "what varies between students in {text} is neither level nor level and slope"
        ),
    })?;
    let student = formula.random_terms().first().map(|term| plain(&term.group()).to_owned());
    let student = student.unwrap_or_default();
    Ok((effects, Columns { score, scores, week, student }))
}

/// What is said of a part that no model of growth has; `None` for those that one may have, which are
/// looked at together.
fn foreign(part: Part) -> Option<String> {
    match part {
        Part::Column(_) | Part::Random(_) => None,
        Part::Computed(term) => Some(format!("{term} is no column: put what is computed into one")),
        Part::Offset(term) | Part::Strata(term) | Part::Cluster(term) => {
            Some(format!("a model of growth has no {term}"))
        }
        Part::TakenAway(term) => {
            Some(format!("{term} is taken away: write the formula without it"))
        }
        Part::Dot => Some("a model of growth has no `.`: name the column of time".to_owned()),
    }
}

fn effects_of(formula: &Formula, fixed: &[String]) -> Option<Effects> {
    let terms = formula.random_terms();
    let has = |term: usize, intercept: bool, slope: bool| {
        let term = &terms[term];
        term.intercept() == intercept
            && if slope { term.labels() == fixed } else { term.labels().is_empty() }
    };
    match terms.len() {
        1 if has(0, true, false) => Some(Effects::Intercept),
        1 if has(0, true, true) => Some(Effects::Correlated),
        2 if terms[0].group() == terms[1].group() && has(0, true, false) && has(1, false, true) => {
            Some(Effects::Independent)
        }
        _ => None,
    }
}

/// The columns of a stored fit, whose formula was understood once.
pub(super) fn columns_of(formula: &str) -> Columns {
    let read = Formula::parse(formula).ok();
    read.and_then(|read| meaning(&read, formula).ok()).map(|found| found.1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<(Effects, Columns), Error> {
        meaning(&Formula::parse(text).unwrap(), text)
    }

    #[test]
    fn a_formula_means_what_it_says_or_is_refused() {
        let (effects, columns) = of("grade ~ month + (month || pupil)").unwrap();
        assert_eq!(effects, Effects::Independent);
        assert_eq!(columns.name_of(Parameter::Week), "month");
        assert_eq!(columns.name_of(Parameter::SdWeek), "sd_month");
        assert_eq!((&*columns.score, &*columns.student), ("grade", "pupil"));
        let counts = of("cbind(right, wrong) ~ week + (1 | student)").unwrap();
        assert_eq!((counts.0, &*counts.1.score), (Effects::Intercept, "cbind(right, wrong)"));
        for (text, said) in [
            ("score ~ week + offset(y) + (week|id)", "offset(y)"),
            ("score ~ week + strata(school) + (week|id)", "strata(school)"),
            ("score ~ week + cluster(school) + (week|id)", "cluster(school)"),
            ("score ~ week + gender + (week|id)", "gender"),
            ("score ~ week - gender + (week|id)", "gender is taken away"),
            ("score ~ week * gender + (week|id)", "week:gender"),
            ("score ~ . + (1|id)", "no `.`"),
            ("score ~ factor(week) + (1|id)", "factor(week)"),
            ("score ~ log(week) + (1|id)", "log(week)"),
            ("log(score) ~ week + (1|id)", "left side"),
            ("score ~ 0 + week + (1|id)", "intercept"),
            ("score ~ week + (1|id) + (1|school)", "varies"),
            ("score ~ week", "varies"),
            ("score ~ 1 + (1|id)", "no column of time"),
        ] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
