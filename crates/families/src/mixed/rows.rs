//! Rows of a table as mixed models take them.

use seedtest_formula::{Column, Factor, Formula, Frame};
use seedtest_ingest::{Table, TableColumn};
use seedtest_mixed::{Data, Error as ModelError};
use seedtest_wire::mixed_columns::{NAMES, TRIALS, WEIGHT};

use super::spec::{MissingValues, ModelSpec, Spec};
use crate::error::Error;
use crate::predictors::refuse_accidental_categories;
use crate::rows::{is_missing, strings};

/// Rows with the column that weights them.
pub(super) struct Rows {
    pub(super) data: Data,
    pub(super) weights: Option<String>,
}

/// Applies a formula to the rows of a table.
pub(super) fn rows_of(table: &Table, formula: &Formula, spec: &Spec) -> Result<Rows, Error> {
    check_names(formula)?;
    refuse_accidental_categories(table, formula, &spec.factors, find)?;
    let (frame, weights) = frame_of_formula(table, formula, spec)?;
    let data = Data::new(formula, &frame, weights.as_deref())?;
    if let Some(row) = first_missing(&data).filter(|_| spec.missing == MissingValues::Refused) {
        return Err(Error::Incomplete { row, missing: data.dropped.by_column });
    }
    Ok(Rows { data, weights })
}

/// The columns that a formula and its weights need, and the name of the weights.
pub(super) fn frame_of_formula(
    table: &Table,
    formula: &Formula,
    spec: &Spec,
) -> Result<(Frame, Option<String>), Error> {
    let weights = weights(table, formula, spec);
    let mut names = needed(table, formula);
    names.extend(weights.clone().filter(|name| !names.contains(name)));
    Ok((frame_of(table, &names, &spec.factors, &formula.grouping_columns())?, weights))
}

/// Columns of a file whose cells name something, by all their names: those that do nothing but group the rows
/// in each of these formulas.
pub(super) fn naming_columns(formulas: &[&Formula]) -> Vec<String> {
    let grouping = formulas.iter().flat_map(|formula| formula.grouping_columns());
    let only_group = |name: &String| {
        formulas.iter().all(|formula| {
            let used = formula.columns().contains(name);
            !used || formula.grouping_columns().contains(name)
        })
    };
    let names = grouping.filter(only_group);
    names.flat_map(|name| names_of(&name).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Refuses names of columns that would hide figures of the results, which have these names too.
fn check_names(formula: &Formula) -> Result<(), Error> {
    for term in formula.random_terms() {
        if term.group() == "Residual" {
            let expected =
                "a name for a grouping factor: results have the residuals there; rename it";
            return Err(Error::option("formula", &term.group(), expected));
        }
        let reserved = ["cor", "cor_intervals"];
        let taken = |label: &&str| term.labels().iter().any(|own| own == label);
        if let Some(label) = reserved.iter().find(|label| taken(label)) {
            let expected = "a name for a random effect: results have correlations there; rename it";
            return Err(Error::option("formula", label, expected));
        }
    }
    Ok(())
}

/// First row that was left out, if any was.
fn first_missing(data: &Data) -> Option<usize> {
    let moved = data.rows.iter().zip(0..).position(|(&row, at)| row != at);
    (data.dropped.rows > 0).then(|| moved.unwrap_or(data.rows.len()))
}

/// The column of weights: that of the request, or with one of the contract's formulas the one of its rows.
fn weights(table: &Table, formula: &Formula, spec: &Spec) -> Option<String> {
    if spec.weights.is_some() {
        return spec.weights.clone();
    }
    let of_model = match spec.model {
        ModelSpec::Linear(_) => [WEIGHT, TRIALS],
        ModelSpec::Generalised(_) => [TRIALS, WEIGHT],
    };
    let used = formula.columns();
    let mut names = of_model.into_iter().flatten().copied();
    // A column with nothing in it weights nothing.
    let has_values = |name: &str| {
        table
            .column(name)
            .is_some_and(|column| (0..table.n_rows).any(|row| !is_missing(column, row)))
    };
    let found = names.find(|name| has_values(name) && used.iter().all(|column| column != name));
    found.filter(|_| spec.is_of_contract()).map(str::to_owned)
}

/// Columns the formula needs; all of the table for a `.`.
fn needed(table: &Table, formula: &Formula) -> Vec<String> {
    if formula.has_dot() {
        return table.columns.iter().map(|(name, _)| name.clone()).collect();
    }
    formula.columns()
}

/// Columns of a table for the rows of a prediction: those that it has of what the formula names.
pub(super) fn new_frame(
    table: &Table,
    formula: &Formula,
    with_random: bool,
) -> Result<Frame, Error> {
    let mut names = formula.predictor_columns();
    if with_random {
        let grouping = formula.columns().into_iter().filter(|name| find(table, name).is_some());
        let more: Vec<String> = grouping.filter(|name| !names.contains(name)).collect();
        names.extend(more);
    }
    if names.is_empty() {
        // A model without predictors still needs to know how many rows there are.
        names.extend(table.columns.first().map(|(name, _)| name.clone()));
    }
    frame_of(table, &names, &[], &[])
}

/// These columns as formulas read them, under the names of the formula.
///
/// Numbers that only group the rows are not made categories here: the formula names them as it does those of new
/// rows.
fn frame_of(
    table: &Table,
    names: &[String],
    factors: &[String],
    grouping: &[String],
) -> Result<Frame, Error> {
    if let Some(name) = factors.iter().find(|name| find(table, name).is_none()) {
        return Err(Error::UnknownColumn { name: name.clone() });
    }
    let mut frame = Frame::new();
    for name in names {
        let unknown = || {
            let available = table.columns.iter().map(|(name, _)| name.clone()).collect();
            ModelError::from(seedtest_formula::Error::UnknownColumn {
                name: name.clone(),
                available,
            })
        };
        let column = match find(table, name).ok_or_else(unknown)? {
            TableColumn::Numeric(values) if factors.contains(name) && !grouping.contains(name) => {
                Column::Categorical(Factor::from_numbers(values))
            }
            TableColumn::Numeric(values) => Column::Numeric(values.clone()),
            TableColumn::Text { levels, codes } => {
                let factor = Factor::from_codes(strings(levels), codes.clone());
                let unknown = || Error::UnknownCode { name: name.clone() };
                Column::Categorical(factor.ok_or_else(unknown)?)
            }
        };
        frame.push(name, column).map_err(ModelError::from)?;
    }
    Ok(frame)
}

/// The column of this name, or of another one that means the same.
pub(super) fn find<'a>(table: &'a Table, name: &str) -> Option<&'a TableColumn> {
    names_of(name).find_map(|name| table.column(name))
}

/// What a table calls the column of this name of a formula.
pub(super) fn found_name(table: &Table, name: &str) -> Option<String> {
    names_of(name).find(|name| table.column(name).is_some()).map(str::to_owned)
}

/// The names under which a column of a formula is looked for: its own first.
pub fn column_names(name: &str) -> Vec<String> {
    names_of(name).map(str::to_owned).collect()
}

/// The name and those that mean the same.
fn names_of(name: &str) -> impl Iterator<Item = &str> {
    let others = NAMES.into_iter().filter(move |names| names.contains(&name)).flatten().copied();
    std::iter::once(name).chain(others)
}
