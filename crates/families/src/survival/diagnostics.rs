//! Tests of proportional hazards, residuals.

use std::collections::BTreeMap;

use seedtest_survival::cox::{self, Term, Transform};
use seedtest_survival::{ChiSquare, Data, Error as ModelError};
use seedtest_wire::{ChiSquareJson, ProportionalHazardsJson, ResidualsJson};

use super::spec::{Penalty, Spec};
use super::stored::Model;

/// Tests of proportional hazards; `None` with a warning where they cannot be made.
pub(super) fn proportional_hazards(
    data: &Data<'_>,
    terms: &[Term],
    fitted: &Model,
    spec: &Spec,
    warnings: &mut Vec<String>,
) -> Option<ProportionalHazardsJson> {
    let Model::Cox(fit) = fitted else { return None };
    // Coefficients of a path are no maximum, so their score is not zero to begin with.
    if !spec.proportionality || matches!(spec.penalty, Penalty::ElasticNet(_)) {
        return None;
    }
    let all = |tests: Vec<(String, ChiSquare)>| {
        tests.into_iter().map(|(name, test)| json(name, &test)).collect()
    };
    match cox::proportionality(data, fit, Transform::Km, terms) {
        Ok(tests) => Some(ProportionalHazardsJson {
            transform: "km".into(),
            covariates: all(tests.covariates),
            terms: all(tests.terms),
            global: json("all covariates".into(), &tests.global),
        }),
        Err(error) => {
            warnings.push(format!("proportional hazards are not tested: {error}"));
            None
        }
    }
}

fn json(name: String, test: &ChiSquare) -> ChiSquareJson {
    ChiSquareJson { name, statistic: test.statistic, df: test.df, p: test.p }
}

/// Residuals of a Cox fit, where they are asked for; `rows` are the rows that took part.
pub(super) fn residuals(
    data: &Data<'_>,
    fitted: &Model,
    spec: &Spec,
    rows: &[u32],
) -> Result<Option<ResidualsJson>, ModelError> {
    if !spec.residuals {
        return Ok(None);
    }
    let Model::Cox(fit) = fitted else {
        let (what, with) = ("residuals", "a family other than cox");
        return Err(ModelError::Unsupported { what, with });
    };
    let found = cox::residuals(data, fit)?;
    let names = fit.coefficients.iter().filter(|c| c.estimate.is_some()).map(|c| c.name.clone());
    let names: Vec<String> = names.collect();
    let by_name = |columns: Vec<Vec<f64>>| {
        names.iter().cloned().zip(columns).collect::<BTreeMap<String, Vec<f64>>>()
    };
    Ok(Some(ResidualsJson {
        row: rows.to_vec(),
        martingale: found.martingale,
        deviance: found.deviance,
        dfbeta: by_name(found.dfbeta),
        event_row: found.event_rows.iter().map(|&at| rows[at as usize]).collect(),
        schoenfeld: by_name(found.schoenfeld),
    }))
}
