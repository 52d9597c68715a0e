//! Rows of features, clustered.

use std::sync::Arc;

use seedtest_ingest::Table;
use seedtest_segment::{Fit, Observer};
use seedtest_wire::ClusterNoop;

use super::features::Features;
use super::spec::Spec;
use crate::digest::result_digest;
use crate::error::Error;
use crate::family::{Outcome, run_id_of};

/// Clusters, or why there are none.
pub(super) type FitOutcome = Outcome<Fitted, ClusterNoop>;

/// Clusters with the names of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The clusters.
    pub fit: Fit,
    /// Name of every row.
    pub names: Vec<Arc<str>>,
    /// Columns of numbers that were left out because they measure nothing, and why.
    pub naming: Vec<(String, String)>,
    /// Hexadecimal digest of rows and settings: equal inputs, equal digest.
    pub input_digest: String,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Clusters the rows of a table.
///
/// # Errors
/// For two rows of one student, columns that are no features, and settings out of range.
pub fn fit(table: &Table, spec: &Spec, observer: &mut dyn Observer) -> Result<FitOutcome, Error> {
    if table.n_rows == 0 {
        return Ok(too_little("no rows".into(), 0));
    }
    let features = Features::of(table, spec.features.as_deref())?;
    let fit = match seedtest_segment::fit(&features.data, spec, observer) {
        Ok(fit) => fit,
        Err(error) if error.is_noop() => return Ok(too_little(error.to_string(), table.n_rows)),
        Err(error) => return Err(error.into()),
    };
    let columns: Vec<(&str, &[f64])> =
        features.data.features.iter().map(|f| (f.name, f.values)).collect();
    // JSON has one null for all that is no number: bits tell them apart.
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
    let columns: Vec<(&str, Vec<u64>)> =
        columns.iter().map(|(name, values)| (*name, bits(values))).collect();
    let input_digest = result_digest(&(&features.names, columns, spec))?;
    let mut warnings = features.left_out();
    warnings.extend(fit.warnings.clone());
    let Features { names, naming, .. } = features;
    Ok(Outcome::Fitted(Box::new(Fitted { fit, names, naming, input_digest, warnings })))
}

fn too_little(reason: String, n_obs: usize) -> FitOutcome {
    Outcome::TooLittle(ClusterNoop { status: "noop".into(), ok: true, reason, n_obs })
}

impl Fitted {
    /// Identity of a fit that nobody gave a name: equal rows and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("cluster", &self.input_digest)
    }

    /// Whether there are clusters: one group of everybody is none, and neither is what one kind of rows
    /// has.
    pub fn has_clusters(&self) -> bool {
        self.fit.has_clusters()
    }
}
