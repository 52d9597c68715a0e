//! Predictions from a model that nobody fitted here: coefficients by name, as clients of the old service
//! wrote them down. There is no coding of factors and no covariance in it, so names say everything, and
//! standard errors are not known.

use std::collections::BTreeMap;

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_mixed::Prediction;
use seedtest_mixed::glmm::Link;
use seedtest_numerics::Interrupt;
use seedtest_wire::MixedPredictResponse;
use serde::Deserialize;
use serde_json::Value;

use super::new_rows::{NewRow, remarks};
use super::spec::Scale;
use crate::error::Error;

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
    /// When interrupted, for a family or link that is none, and rows that lack a column or a value of a coefficient.
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
            let eta = self.linear_predictor(table, row, with_random, &mut new_levels)?;
            let value = match (scale, link) {
                (Scale::Response, Some(link)) => link.mean(eta),
                _ => eta,
            };
            let prediction = Some(Prediction { value, se: None });
            rows.push(NewRow { prediction, reason: None, new_levels });
        }
        let predictions = rows.iter().map(|row| row.prediction.map(|found| found.value));
        let predictions: Vec<Option<f64>> = predictions.collect();
        let no_errors =
            "the model holds coefficients only: no standard error can be computed from it";
        Ok(MixedPredictResponse {
            status: "success".into(),
            ok: true,
            run_id: self.run_id.clone().unwrap_or_default(),
            scale: scale.name().to_owned(),
            n_predictions: predictions.len(),
            se: vec![None; predictions.len()],
            predictions,
            remarks: remarks(&rows),
            warnings: std::iter::once(no_errors.into()).chain(unknown_levels(&rows)).collect(),
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
    ) -> Result<f64, Error> {
        let mut eta = 0.0;
        for (name, coefficient) in &self.fixed_effects {
            eta += coefficient * covariate(table, row, name)?;
        }
        for (group, effects) in self.random_effects.iter().filter(|_| with_random) {
            let level = level(table, row, group)?;
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
fn covariate(table: &Table, row: usize, name: &str) -> Result<f64, Error> {
    if name == "(Intercept)" {
        return Ok(1.0);
    }
    name.split(':').map(|part| factor(table, row, part)).product()
}

fn factor(table: &Table, row: usize, name: &str) -> Result<f64, Error> {
    if let Some(TableColumn::Numeric(values)) = table.column(name) {
        return known(values[row], row, name);
    }
    for (column, values) in &table.columns {
        let TableColumn::Text { levels, codes } = values else { continue };
        let Some(wanted) = name.strip_prefix(column.as_str()).filter(|rest| !rest.is_empty())
        else {
            continue;
        };
        let has = levels.get(codes[row] as usize).is_some_and(|level| &**level == wanted);
        return Ok(f64::from(u8::from(has)));
    }
    Err(Error::field("newdata", format!("has no column for the coefficient {name:?}")))
}

fn known(value: f64, row: usize, name: &str) -> Result<f64, Error> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::field("newdata", format!("row {} has no {name}", row + 1)))
}

/// The level of a row in a grouping factor, which may be one of others: `a:b`.
fn level(table: &Table, row: usize, group: &str) -> Result<String, Error> {
    let part = |name: &str| match table.column(name) {
        Some(TableColumn::Text { levels, codes }) if codes[row] != MISSING_TEXT => {
            Ok(levels[codes[row] as usize].to_string())
        }
        Some(TableColumn::Numeric(values)) => Ok(known(values[row], row, name)?.to_string()),
        Some(TableColumn::Text { .. }) => {
            Err(Error::field("newdata", format!("row {} has no {name}", row + 1)))
        }
        None => Err(Error::field("newdata", format!("has no column {name:?}"))),
    };
    let parts = group.split(':').map(part).collect::<Result<Vec<_>, _>>()?;
    Ok(parts.join(":"))
}
