//! Predictions from a model that nobody fitted here: coefficients by name, as clients of the old service
//! wrote them down. There is no coding of factors and no covariance in it, so names say everything, and
//! standard errors are not known.

use std::collections::BTreeMap;

use seedtest_ingest::{Table, TableColumn};
use seedtest_mixed::Prediction;
use seedtest_mixed::glmm::Link;
use seedtest_numerics::Interrupt;
use seedtest_wire::MixedPredictResponse;
use serde::Deserialize;
use serde_json::Value;

use super::new_rows::{NewRow, remarks};
use super::spec::Scale;
use crate::error::Error;
use crate::lack::{Lack, Obstacle, warnings_of};

/// Why a coefficient has nothing to be multiplied by.
enum Fault {
    /// In one row.
    OfRow(Obstacle),
    /// In all of them.
    OfTable(Error),
}

/// Coefficients by name.
#[derive(Debug, Deserialize)]
pub(super) struct HandMade {
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    family: Option<String>,
    #[serde(default)]
    link: Option<String>,
    fixed_effects: BTreeMap<String, f64>,
    /// By grouping factor, effect and level.
    #[serde(default)]
    random_effects: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>,
}

/// Whether a model is one of names and numbers only: what a fit answers has a `state` as well.
pub(super) fn is_hand_made(model: &Value) -> bool {
    model.get("state").is_none() && model.get("fixed_effects").is_some_and(Value::is_object)
}

impl HandMade {
    /// Predicts the rows of a table; `family` is that of a model which names none. Levels without a
    /// coefficient have 0.
    ///
    /// # Errors
    /// When interrupted, for a family or link that is none, and rows that lack a column of a coefficient. A row that
    /// lacks its value has no prediction.
    pub(super) fn predict(
        &self,
        table: &Table,
        with_random: bool,
        scale: Scale,
        family: &str,
        interrupt: &Interrupt,
    ) -> Result<MixedPredictResponse, Error> {
        let link = self.link(family)?;
        let mut rows = Vec::with_capacity(table.n_rows);
        for row in 0..table.n_rows {
            interrupt.check()?;
            let mut new_levels = Vec::new();
            let eta = match self.linear_predictor(table, row, with_random, &mut new_levels) {
                Ok(eta) => eta,
                Err(Fault::OfTable(error)) => return Err(error),
                Err(Fault::OfRow(obstacle)) => {
                    rows.push(NewRow { lack: Some(Lack { row, obstacle }), ..NewRow::default() });
                    continue;
                }
            };
            let value = match (scale, link) {
                (Scale::Response, Some(link)) => link.mean(eta),
                _ => eta,
            };
            let prediction = Some(Prediction { value: Some(value), se: None, doubt: None });
            rows.push(NewRow { prediction, new_levels, ..NewRow::default() });
        }
        let predictions: Vec<Option<f64>> = rows.iter().map(NewRow::value).collect();
        let no_errors =
            "the model holds coefficients only: no standard error can be computed from it"
                .to_owned();
        let mut warnings = vec![no_errors];
        warnings.extend(warnings_of(rows.iter().filter_map(|row| row.lack.as_ref())));
        warnings.extend(unknown_levels(&rows));
        Ok(MixedPredictResponse {
            status: "success".into(),
            ok: true,
            run_id: self.run_id.clone().unwrap_or_default(),
            scale: scale.name().to_owned(),
            n_predictions: predictions.len(),
            se: vec![None; predictions.len()],
            predictions,
            remarks: remarks(&rows),
            warnings,
        })
    }

    /// `None` = identity.
    fn link(&self, family: &str) -> Result<Option<Link>, Error> {
        let of_family = match self.family.as_deref().unwrap_or(family) {
            "gaussian" | "lmm" => None,
            "binomial" | "glmm" => Some(Link::Logit),
            "poisson" | "negative_binomial" => Some(Link::Log),
            other => {
                let reason = format!("its family {other:?} is none of gaussian, binomial, poisson");
                return Err(Error::field("model", reason));
            }
        };
        match self.link.as_deref() {
            None => Ok(of_family),
            Some("identity") => Ok(None),
            Some(name) => {
                let links = [Link::Logit, Link::Probit, Link::Cloglog, Link::Log];
                let link = links.into_iter().find(|link| link.name() == name).ok_or_else(|| {
                    let known = "identity, logit, probit, cloglog, log";
                    Error::field("model", format!("its link {name:?} is none of {known}"))
                })?;
                Ok(Some(link))
            }
        }
    }

    /// Grouping factors of whose level in the row nothing is known are added to `new_levels`.
    fn linear_predictor(
        &self,
        table: &Table,
        row: usize,
        with_random: bool,
        new_levels: &mut Vec<(String, Option<String>)>,
    ) -> Result<f64, Fault> {
        let mut eta = 0.0;
        for (name, coefficient) in &self.fixed_effects {
            eta += coefficient * covariate(table, row, name)?;
        }
        for (group, effects) in self.random_effects.iter().filter(|_| with_random) {
            let Some(level) = level(table, row, group).map_err(of_table)? else {
                new_levels.push((group.clone(), None));
                continue;
            };
            if effects.values().all(|levels| !levels.contains_key(&level)) {
                new_levels.push((group.clone(), Some(level.clone())));
            }
            for (name, levels) in effects {
                if let Some(coefficient) = levels.get(&level) {
                    eta += coefficient * covariate(table, row, name)?;
                }
            }
        }
        Ok(eta)
    }
}

/// How many rows have levels without a coefficient.
fn unknown_levels(rows: &[NewRow]) -> Option<String> {
    let n = rows.iter().filter(|row| !row.new_levels.is_empty()).count();
    let said =
        || format!("{n} rows have a level that the model has no coefficient of: its effect is 0");
    (n > 0).then(said)
}

/// The value by which a coefficient is multiplied: of `a:b` the product, of a name that ends with a level
/// whether the row has that level.
fn covariate(table: &Table, row: usize, name: &str) -> Result<f64, Fault> {
    if name == "(Intercept)" {
        return Ok(1.0);
    }
    name.split(':').map(|part| factor(table, row, part)).product()
}

fn factor(table: &Table, row: usize, name: &str) -> Result<f64, Fault> {
    match table.column(name) {
        Some(TableColumn::Numeric(values)) => return known(values[row], name),
        // A text among numbers is that of its row.
        Some(TableColumn::Text { levels, codes }) => {
            let text = levels.get(codes[row] as usize).ok_or_else(|| missing(name))?;
            let text_of_row = || Obstacle::Text { column: name.to_owned(), text: text.to_string() };
            return text.trim().parse().map_err(|_| Fault::OfRow(text_of_row()));
        }
        None => {}
    }
    for (column, values) in &table.columns {
        let TableColumn::Text { levels, codes } = values else { continue };
        let Some(wanted) = name.strip_prefix(column.as_str()).filter(|rest| !rest.is_empty())
        else {
            continue;
        };
        let level = levels.get(codes[row] as usize).ok_or_else(|| missing(column))?;
        return Ok(f64::from(u8::from(&**level == wanted)));
    }
    Err(of_table(format!("has no column for the coefficient {name:?}")))
}

fn of_table(reason: String) -> Fault {
    Fault::OfTable(Error::field("newdata", reason))
}

fn missing(column: &str) -> Fault {
    Fault::OfRow(Obstacle::Missing { column: column.to_owned() })
}

fn known(value: f64, name: &str) -> Result<f64, Fault> {
    if value.is_nan() {
        return Err(missing(name));
    }
    let infinite = || Obstacle::NotFinite { term: name.to_owned(), value };
    if value.is_finite() { Ok(value) } else { Err(Fault::OfRow(infinite())) }
}

/// The level of a row in a grouping factor, which may be one of others: `a:b`; `None` where a part of it is missing.
fn level(table: &Table, row: usize, group: &str) -> Result<Option<String>, String> {
    let part = |name: &str| match table.column(name) {
        Some(TableColumn::Text { levels, codes }) => {
            Ok(levels.get(codes[row] as usize).map(ToString::to_string))
        }
        Some(TableColumn::Numeric(values)) => {
            Ok(Some(values[row]).filter(|value| !value.is_nan()).map(|value| value.to_string()))
        }
        None => Err(format!("has no column {name:?}")),
    };
    let parts = group.split(':').map(part).collect::<Result<Option<Vec<_>>, _>>()?;
    Ok(parts.map(|parts| parts.join(":")))
}
