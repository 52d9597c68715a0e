//! Warnings as sentences.

use crate::catalogue::Catalogue;
use crate::view::{Provenance, Warning};

/// The warnings of a report as sentences; a fit that did not converge comes first.
pub(crate) fn warnings(
    warnings: &[Warning],
    provenance: Option<&Provenance>,
    catalogue: &Catalogue,
) -> Vec<String> {
    let is_unconverged = provenance.is_some_and(|fit| fit.converged == Some(false));
    let fit = is_unconverged.then(|| catalogue.text("warning.not_converged"));
    fit.into_iter().chain(warnings.iter().map(|warning| sentence(warning, catalogue))).collect()
}

fn sentence(warning: &Warning, catalogue: &Catalogue) -> String {
    match warning {
        Warning::FewAnswers { n } => catalogue.count("warning.few_answers", *n),
        Warning::AllRight { n } => catalogue.count("warning.all_right", *n),
        Warning::AllWrong { n } => catalogue.count("warning.all_wrong", *n),
        Warning::OldFit { days } => catalogue.count("warning.old_fit", *days),
        Warning::UnscoredItems { n } => catalogue.count("warning.unscored_items", *n),
        Warning::StaleFits { n } => catalogue.count("warning.stale_fits", *n),
        Warning::Note { text } => text.clone(),
    }
}
