//! How large a design is going to be, known before it is made.

use crate::basis::{Arguments, MOST_COLUMNS, is_basis};
use crate::design::combined;
use crate::error::Error;
use crate::evaluate::{Evaluator, Value};
use crate::expression::{Expression, Node};
use crate::formula::Formula;
use crate::frame::{Column, Frame};
use crate::missing::complete_rows;
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
