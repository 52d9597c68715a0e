//! How large a design is going to be, known before it is made.

use std::collections::HashMap;

use crate::basis::{Arguments, MOST_COLUMNS, is_basis};
use crate::design::combined;
use crate::encoder::Encoder;
use crate::error::Error;
use crate::evaluate::{Evaluator, Value};
use crate::expression::{Expression, Node};
use crate::formula::Formula;
use crate::frame::{Column, Frame};
use crate::missing::complete_rows;
use crate::response::ResponseTerm;
use crate::terms::Terms;

/// Size of a design; columns are counted as numbers that may be larger than any memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Rows.
    pub rows: usize,
    /// Most columns of the fixed terms, the intercept included.
    pub fixed: f64,
    /// Of every random-effects term most columns, and the levels of its grouping factor.
    pub random: Vec<(f64, usize)>,
}

impl Formula {
    /// How large the design of this formula and table is going to be. What has to be computed for that is
    /// the categories of terms and groups.
    ///
    /// # Errors
    /// Those of [`Formula::design`] for columns that are not there or cannot be what they have to be.
    pub fn size(&self, frame: &Frame) -> Result<Size, Error> {
        if self.has_dot() {
            return self.with_columns(frame.names())?.size(frame);
        }
        let (rows, _) = complete_rows(frame, &self.column_names())?;
        let evaluator = Evaluator { frame, rows: &rows, new_rows: false };
        let random = self.random.iter().map(|term| {
            let levels = combined(&term.grouping, &evaluator)?.levels().len();
            Ok((columns(&term.terms, &evaluator)?, levels))
        });
        Ok(Size {
            rows: rows.len(),
            fixed: columns(&self.fixed, &evaluator)?,
            random: random.collect::<Result<_, Error>>()?,
        })
    }
}

impl Formula {
    /// The most events at one time, summed over the strata; 0 where the left side is no `Surv()`.
    ///
    /// # Errors
    /// Those of [`Formula::design`] for columns that are not there or cannot be what they have to be.
    pub fn tied_events(&self, frame: &Frame) -> Result<usize, Error> {
        let Some(ResponseTerm::Survival { stop, event, .. }) = &self.response else { return Ok(0) };
        let (rows, _) = complete_rows(frame, &self.column_names())?;
        let evaluator = Evaluator { frame, rows: &rows, new_rows: false };
        let (stop, event) = (evaluator.numbers(stop)?, evaluator.numbers(event)?);
        let strata = match self.strata.as_slice() {
            [] => None,
            columns => Some(combined(columns, &evaluator)?),
        };
        let stratum = |row: usize| strata.as_ref().map_or(0, |strata| strata.codes()[row]);
        let mut at_time: HashMap<(u32, u64), usize> = HashMap::new();
        for row in (0..rows.len()).filter(|&row| event[row] > 0.0) {
            *at_time.entry((stratum(row), stop[row].to_bits())).or_default() += 1;
        }
        let mut most: HashMap<u32, usize> = HashMap::new();
        for ((stratum, _), events) in at_time {
            let known = most.entry(stratum).or_default();
            *known = events.max(*known);
        }
        Ok(most.values().sum())
    }
}

impl Encoder {
    /// Most columns that new rows are coded into, of the fixed terms and of those of random effects: known
    /// before a row is coded, since an encoder may come from outside.
    pub fn most_columns(&self) -> f64 {
        let fixed = coded_columns(&self.formula.fixed, &self.fixed);
        let random = self.formula.random.iter().enumerate().map(|(at, term)| {
            let levels = self.random.get(at).map_or(&[][..], Vec::as_slice);
            coded_columns(&term.terms, levels)
        });
        fixed + random.sum::<f64>()
    }
}

/// Most columns of terms whose levels are known.
fn coded_columns(terms: &Terms, levels: &[Option<Vec<String>>]) -> f64 {
    let width = |v: usize| match levels.get(v) {
        Some(Some(levels)) => levels.len() as f64,
        _ if Arguments::new(&terms.variables[v]).is_some_and(|call| is_basis(call.function)) => {
            MOST_COLUMNS as f64
        }
        _ => 1.0,
    };
    let products =
        terms.products.iter().map(|term| term.iter().map(|&v| width(v)).product::<f64>());
    f64::from(u8::from(terms.intercept)) + products.sum::<f64>()
}

/// Most columns of these terms.
fn columns(terms: &Terms, evaluator: &Evaluator<'_>) -> Result<f64, Error> {
    let used = |v: usize| terms.products.iter().flatten().any(|of_term| *of_term == v);
    let width = |(v, variable): (usize, &Expression)| {
        if used(v) { width(variable, evaluator) } else { Ok(0.0) }
    };
    let widths: Vec<f64> =
        terms.variables.iter().enumerate().map(width).collect::<Result<_, _>>()?;
    let products = terms.products.iter();
    let products = products.map(|term| term.iter().map(|&v| widths[v]).product::<f64>());
    Ok(f64::from(u8::from(terms.intercept)) + products.sum::<f64>())
}

/// Most columns of a variable.
fn width(variable: &Expression, evaluator: &Evaluator<'_>) -> Result<f64, Error> {
    if Arguments::new(variable).is_some_and(|call| is_basis(call.function)) {
        return Ok(MOST_COLUMNS as f64);
    }
    if let Node::Name { name, .. } = &variable.inner().node {
        return Ok(match evaluator.frame.column(name)? {
            Column::Numeric(_) => 1.0,
            Column::Categorical(factor) => factor.levels().len() as f64,
        });
    }
    Ok(match evaluator.value(variable)? {
        Value::Numbers(_) => 1.0,
        Value::Logical(_) => 2.0,
        Value::Categories(factor) => factor.levels().len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let mut frame = Frame::new();
        frame.push_numeric("y", vec![1.0, 2.0, 3.0, f64::NAN]).unwrap();
        frame.push_numeric("x", vec![1.0, 2.0, 4.0, 7.0]).unwrap();
        frame.push_text("g", &["a", "b", "c", "c"]).unwrap();
        frame
    }

    /// These rows of the frame.
    fn frame_of(rows: &[u32]) -> Frame {
        let all = frame();
        let numbers = |name: &str| match all.column(name).unwrap() {
            Column::Numeric(values) => rows.iter().map(|&row| values[row as usize]).collect(),
            Column::Categorical(_) => Vec::new(),
        };
        let mut some = Frame::new();
        for name in ["y", "x"] {
            some.push_numeric(name, numbers(name)).unwrap();
        }
        let groups = ["a", "b", "c", "c"];
        let groups: Vec<&str> = rows.iter().map(|&row| groups[row as usize]).collect();
        some.push_text("g", &groups).unwrap();
        some
    }

    #[test]
    fn tied_events_are_counted_by_stratum() {
        let mut frame = Frame::new();
        frame.push_numeric("t", vec![1.0, 1.0, 1.0, 2.0, 2.0, 1.0]).unwrap();
        frame.push_numeric("e", vec![1.0, 1.0, 0.0, 1.0, 1.0, 1.0]).unwrap();
        frame.push_numeric("x", vec![0.1, 0.2, 0.3, 0.4, 0.5, f64::NAN]).unwrap();
        frame.push_text("s", &["a", "b", "a", "a", "a", "a"]).unwrap();
        for (text, tied) in [
            ("Surv(t, e) ~ x", 2),
            ("Surv(t, e) ~ 1", 3),
            ("Surv(t, e) ~ x + strata(s)", 3),
            ("t ~ x", 0),
        ] {
            assert_eq!(Formula::parse(text).unwrap().tied_events(&frame).unwrap(), tied, "{text}");
        }
    }

    #[test]
    fn the_size_is_never_below_that_of_the_design() {
        for text in [
            "y ~ x",
            "y ~ x * g",
            "y ~ 0 + g:x",
            "y ~ poly(x, 2)",
            "y ~ factor(x) * g",
            "y ~ . - x",
            "y ~ I(x > 2) + (x | g)",
            "y ~ 1 + (g | x)",
        ] {
            let formula = Formula::parse(text).unwrap();
            let (size, design) =
                (formula.size(&frame()).unwrap(), formula.design(&frame()).unwrap());
            assert_eq!(size.rows, design.rows.len(), "{text}");
            assert!(size.fixed >= design.fixed.n_columns() as f64, "{text}");
            let encoder = &design.encoder;
            let coded = encoder.encode(&frame_of(&design.rows)).unwrap();
            let columns = coded.fixed.n_columns()
                + coded.random.iter().map(crate::ModelMatrix::n_columns).sum::<usize>();
            assert!(encoder.most_columns() >= columns as f64, "{text}");
            for ((columns, levels), random) in size.random.iter().zip(&design.random) {
                assert!(*columns >= random.matrix.n_columns() as f64, "{text}");
                assert_eq!(*levels, random.grouping.levels().len(), "{text}");
            }
        }
    }

    #[test]
    fn a_product_beyond_every_memory_is_a_number() {
        let mut wide = Frame::new();
        wide.push_numeric("y", vec![0.0; 100]).unwrap();
        let levels: Vec<String> = (0..100).map(|level| level.to_string()).collect();
        let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
        let names: Vec<String> = (0..12).map(|at| format!("f{at}")).collect();
        for name in &names {
            wide.push_text(name, &levels).unwrap();
        }
        let formula = Formula::parse(&format!("y ~ {}", names.join(":"))).unwrap();
        assert!((formula.size(&wide).unwrap().fixed / 1e24 - 1.0).abs() < 1e-9);
    }
}
