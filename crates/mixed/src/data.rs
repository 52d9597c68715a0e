//! The rows a mixed model is fitted to.

use seedtest_formula::{Column, Design, Dropped, Encoder, Formula, Frame, ModelMatrix, Response};

use crate::error::Error;
use crate::template::Template;

/// Largest size of a value, and of a weight, that can be squared and added up safely.
const LARGEST: f64 = 1e100;
/// Counts this far from a whole number are rounding.
const WHOLE: f64 = 1e-7;
const WEIGHTS: std::ops::RangeInclusive<f64> = 1e-50..=1e50;

/// Rows of a mixed model: response, model matrices, grouping factors, weights and offset.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Response of every row; a proportion for `cbind(successes, failures)`.
    pub response: Vec<f64>,
    /// Weight of every row, `None` for 1: the inverse of the relative residual variance in a linear
    /// model, the number of trials of a binomial proportion, case weights otherwise.
    pub weights: Option<Vec<f64>>,
    /// Known part of the linear predictor.
    pub offset: Option<Vec<f64>>,
    /// Model matrix of the fixed effects.
    pub fixed: ModelMatrix,
    /// Grouping factors, in order of appearance.
    pub groups: Vec<Group>,
    /// Row of the table of every row.
    pub rows: Vec<u32>,
    /// Rows of the table left out because of missing values.
    pub dropped: Dropped,
    /// Rows left out because their counts are `cbind(0, 0)`, which says nothing.
    pub without_trials: usize,
    /// Codes new data as these.
    pub encoder: Encoder,
    /// Whether the response came as `cbind(successes, failures)`.
    pub counts: bool,
    /// Trials of every row where it did: the weight without the column of weights.
    pub trials: Option<Vec<f64>>,
}

/// A grouping factor with all effects that vary between its levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name of the factor as the formula gives it.
    pub name: String,
    /// Names of its levels.
    pub levels: Vec<String>,
    /// Level of every row.
    pub codes: Vec<u32>,
    /// Names of the effects, those of one term after the other.
    pub effects: Vec<String>,
    /// Number of effects of each term; effects of different terms are not correlated.
    pub terms: Vec<usize>,
    /// Values of the effects' columns, row-major, rows × effects.
    pub values: Vec<f64>,
    /// Whether `||` would part the effects of one of the terms: those of one categorical variable it does
    /// not.
    pub separable: bool,
}

impl Group {
    pub(crate) fn template(&self) -> Template {
        Template::new(&self.terms)
    }

    /// Number of effects of a level.
    pub fn n_effects(&self) -> usize {
        self.effects.len()
    }

    /// Whether an effect's column has a value that is not zero.
    pub(crate) fn varies(&self, effect: usize) -> bool {
        self.values.iter().skip(effect).step_by(self.n_effects()).any(|z| *z != 0.0)
    }

    /// Effects of each term.
    pub(crate) fn term_ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let mut first = 0;
        self.terms.iter().map(move |&width| {
            first += width;
            first - width..first
        })
    }

    /// Names of the parameters θ of this factor: `student.(Intercept)`, `student.week.(Intercept)`.
    pub(crate) fn theta_names(&self) -> Vec<String> {
        let name = |&(a, b): &(usize, usize)| {
            let (row, column) = (&self.effects[a], &self.effects[b]);
            if a == b {
                format!("{}.{row}", self.name)
            } else {
                format!("{}.{row}.{column}", self.name)
            }
        };
        self.template().free.iter().map(name).collect()
    }
}

impl Data {
    /// Applies a formula to a table; `weights` names a column of weights, whose rows without one are left out as those
    /// with any other missing value are.
    pub fn new(formula: &Formula, frame: &Frame, weights: Option<&str>) -> Result<Self, Error> {
        if formula.random_terms().is_empty() {
            return Err(Error::NoRandomEffects);
        }
        let (design, without_trials) = design_with_trials(formula, frame, weights)?;
        for (term, used) in
            [("strata", design.strata.is_some()), ("cluster", design.cluster.is_some())]
        {
            if used {
                return Err(Error::Unsupported { term });
            }
        }
        let weights = weights.map(|name| weights_of(frame, name, &design.rows)).transpose()?;
        let groups = groups(&design);
        let Design { response, fixed, offset, rows, dropped, encoder, .. } = design;
        let mut data = Self {
            response: Vec::new(),
            weights,
            offset,
            fixed,
            groups,
            rows,
            dropped,
            without_trials,
            encoder,
            counts: false,
            trials: None,
        };
        match response {
            None => return Err(Error::NoResponse),
            Some(Response::Value(values)) => data.response = values,
            Some(Response::Counts { successes, failures }) => {
                data.set_counts(&successes, &failures)?;
            }
            Some(Response::Survival { .. }) => {
                return Err(Error::Response { model: "a mixed model", response: "Surv()" });
            }
        }
        data.check()?;
        Ok(data)
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.response.len()
    }

    /// Successes and failures become a proportion with the number of trials as weight.
    fn set_counts(&mut self, successes: &[f64], failures: &[f64]) -> Result<(), Error> {
        let mut trials = Vec::with_capacity(successes.len());
        for (i, (&s, &f)) in successes.iter().zip(failures).enumerate() {
            let refused = |value, required| {
                let row = self.rows[i] as usize;
                Err(Error::OutOfRange { row, value, family: "binomial", required })
            };
            if s < 0.0 || f < 0.0 || s + f <= 0.0 {
                let value = if s < 0.0 { s } else { f };
                return refused(value, "counts from 0 with at least one trial");
            }
            if let Some(value) = [s, f].into_iter().find(|&count| !is_whole(count)) {
                return refused(value, "whole numbers of successes and failures");
            }
            self.response.push(s / (s + f));
            trials.push(s + f);
        }
        let weighted = match &self.weights {
            None => trials.clone(),
            Some(weights) => trials.iter().zip(weights).map(|(n, w)| n * w).collect(),
        };
        self.weights = Some(weighted);
        self.trials = Some(trials);
        self.counts = true;
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        let n = self.n();
        if n == 0 {
            return Err(Error::NoRows);
        }
        for group in &self.groups {
            if let [level] = group.levels.as_slice() {
                return Err(Error::OneLevel { group: group.name.clone(), level: level.clone() });
            }
        }
        if let Some(name) = first_repeated(&self.fixed.names) {
            return Err(Error::SameName { name: name.to_owned() });
        }
        for group in &self.groups {
            if let Some(effect) = first_repeated(&group.effects) {
                let (group, effect) = (group.name.clone(), effect.to_owned());
                return Err(Error::RepeatedEffect { group, effect });
            }
        }
        let columns = (0..self.fixed.n_columns())
            .map(|j| (self.fixed.names[j].as_str(), self.fixed.column(j)));
        let columns = columns.chain([("the response", self.response.as_slice())]);
        let columns = columns.chain(self.offset.as_deref().map(|offset| ("offset", offset)));
        for (name, values) in columns {
            self.check_size(name, values, 1)?;
        }
        for group in &self.groups {
            self.check_size(&group.name, &group.values, group.n_effects())?;
        }
        Ok(())
    }

    fn check_size(&self, name: &str, values: &[f64], width: usize) -> Result<(), Error> {
        let Some(at) = values.iter().position(|x| x.abs().is_nan() || x.abs() > LARGEST) else {
            return Ok(());
        };
        let row = self.rows[at / width.max(1)] as usize;
        Err(Error::NotFinite { row, column: name.to_owned(), value: values[at] })
    }
}

/// The design without rows of `cbind(0, 0)`, where there are other ones besides, and the number of those rows.
fn design_with_trials(
    formula: &Formula,
    frame: &Frame,
    weights: Option<&str>,
) -> Result<(Design, usize), Error> {
    let design = formula.design_with(frame, weights.as_slice())?;
    let Some(Response::Counts { successes, failures }) = &design.response else {
        return Ok((design, 0));
    };
    let is_empty = |&at: &usize| successes[at] == 0.0 && failures[at] == 0.0;
    let empty: Vec<usize> =
        (0..successes.len()).filter(is_empty).map(|at| design.rows[at] as usize).collect();
    let column = formula.response_columns().into_iter().next();
    let Some(column) = column.filter(|_| !empty.is_empty() && empty.len() < successes.len()) else {
        return Ok((design, 0));
    };
    let marked = marked(frame, &column, &empty)?;
    let mut design = formula.design_with(&marked, weights.as_slice())?;
    design.dropped.rows -= empty.len();
    for (_, count) in design.dropped.by_column.iter_mut().filter(|(name, _)| *name == column) {
        *count -= empty.len();
    }
    design.dropped.by_column.retain(|(_, count)| *count > 0);
    Ok((design, empty.len()))
}

/// The table with a column of numbers missing in these rows, so that a design leaves them out.
fn marked(frame: &Frame, name: &str, rows: &[usize]) -> Result<Frame, Error> {
    let mut out = Frame::new();
    for own in frame.names() {
        let mut column = frame.column(own)?.clone();
        if let (Column::Numeric(values), true) = (&mut column, own == name) {
            for &row in rows {
                values[row] = f64::NAN;
            }
        }
        out.push(own, column)?;
    }
    Ok(out)
}

/// Whether a count is a whole number up to rounding.
pub(crate) fn is_whole(count: f64) -> bool {
    (count - count.round()).abs() <= WHOLE * count.abs().max(1.0)
}

/// The first name that stands there twice.
fn first_repeated(names: &[String]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().map(String::as_str).find(|name| !seen.insert(*name))
}

fn weights_of(frame: &Frame, name: &str, rows: &[u32]) -> Result<Vec<f64>, Error> {
    let Column::Numeric(values) = frame.column(name)? else {
        let term = name.to_owned();
        return Err(Error::Formula(seedtest_formula::Error::NotNumeric { term }));
    };
    let weight = |&row: &u32| {
        let value = values[row as usize];
        let error = Error::Weight { row: row as usize, value };
        if WEIGHTS.contains(&value) { Ok(value) } else { Err(error) }
    };
    rows.iter().map(weight).collect()
}

/// Terms with the same grouping factor are brought together.
fn groups(design: &Design) -> Vec<Group> {
    let mut names: Vec<&str> = design.random.iter().map(|term| term.group.as_str()).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    let n = design.rows.len();
    names
        .into_iter()
        .map(|name| {
            let terms: Vec<_> = design.random.iter().filter(|term| term.group == name).collect();
            let written = design.encoder.formula().random_terms().iter();
            let separable = written
                .filter(|term| term.group() == name)
                .any(|term| usize::from(term.intercept()) + term.labels().len() > 1);
            let widths: Vec<usize> = terms.iter().map(|term| term.matrix.n_columns()).collect();
            let k: usize = widths.iter().sum();
            let mut values = vec![0.0; n * k];
            let columns = terms
                .iter()
                .flat_map(|term| (0..term.matrix.n_columns()).map(|j| term.matrix.column(j)));
            for (a, column) in columns.enumerate() {
                for (row, value) in values.chunks_exact_mut(k).zip(column) {
                    row[a] = *value;
                }
            }
            Group {
                name: name.to_owned(),
                levels: terms[0].grouping.levels().to_vec(),
                codes: terms[0].grouping.codes().to_vec(),
                effects: terms.iter().flat_map(|term| term.matrix.names.clone()).collect(),
                terms: widths,
                values,
                separable,
            }
        })
        .collect()
}
