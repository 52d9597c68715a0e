//! Where the numbers of a page come from.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::number::{count, decimal};
use crate::view::Provenance;

/// One line of "about these numbers".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Fact {
    name: String,
    value: String,
}

/// Where the numbers of a page come from; what is not known is said to be so.
pub(crate) fn facts(
    provenance: Option<&Provenance>,
    generated_at: &str,
    catalogue: &Catalogue,
) -> Vec<Fact> {
    let fact = |key: &str, value: Option<String>| Fact {
        name: catalogue.text(key),
        value: value.unwrap_or_else(|| catalogue.text("not_known")),
    };
    let mut facts = vec![fact("fact.generated_at", Some(generated_at.to_owned()))];
    let Some(fit) = provenance else { return facts };
    let converged = fit.converged.map(|is_converged| {
        catalogue.text(if is_converged { "fact.converged.yes" } else { "fact.converged.no" })
    });
    facts.extend([
        fact("fact.model", Some(fit.model.clone())),
        fact("fact.run_id", Some(fit.run_id.clone())),
        fact("fact.fitted_at", fit.fitted_at.clone()),
        fact("fact.answers", fit.answers.clone()),
        fact("fact.converged", converged),
        fact("fact.log_likelihood", fit.log_likelihood.map(|value| decimal(value, 1))),
        fact("fact.n_students", fit.n_students.map(count)),
        fact("fact.n_items", fit.n_items.map(count)),
    ]);
    facts
}
