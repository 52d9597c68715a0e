//! What clusters take.

use seedtest_ingest::Table;
use seedtest_numerics::Cost;
use seedtest_segment::Method;

use super::spec::Spec;
use crate::cost::{ANSWERED, NUMBER};

/// Copies of the features: as they came, standardised, and those of the samples that are clustered side by side.
const COPIES_OF_FEATURES: f64 = 12.0;

/// What clustering a table takes.
pub(super) fn of_fit(table: &Table, spec: &Spec) -> Cost {
    let n_rows = table.n_rows as f64;
    let columns = spec.features.as_ref().map_or(table.columns.len(), Vec::len) as f64;
    let (rows, features) = (("rows", n_rows), ("features", columns));
    let clusters = ("clusters", spec.k.unwrap_or(spec.max_k) as f64);
    let cost = Cost::new()
        .and("features", &[rows, features], COPIES_OF_FEATURES * NUMBER)
        .and("centres", &[clusters, features], 2.0 * ANSWERED)
        .and("features by features", &[features, ("features again", columns)], 4.0 * NUMBER)
        .with(of_assignment(table.n_rows, clusters.1));
    match spec.method {
        Method::GaussianMixture => cost.and(
            "covariances of clusters",
            &[clusters, features, ("features again", columns)],
            4.0 * NUMBER,
        ),
        Method::Hierarchical => {
            cost.and("distances of pairs", &[rows, ("rows again", n_rows)], NUMBER)
        }
        Method::Kmeans | Method::Dbscan | Method::Hdbscan => cost,
    }
}

/// What distances to all clusters and shares of them take.
pub(super) fn of_assignment(rows: usize, clusters: f64) -> Cost {
    let product = [("rows", rows as f64), ("clusters", clusters)];
    Cost::new().and("distances and memberships", &product, 2.0 * ANSWERED)
}
