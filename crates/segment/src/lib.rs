//! Segments of learners: k-means, Gaussian mixtures, hierarchical and density clustering; how many there
//! are, how sure, and which is which from run to run.
//!
//! ```
//! use seedtest_segment::{Data, Feature, Silent, Spec, fit};
//! let sessions: Vec<f64> = (0..40).map(|i| f64::from(i % 2) * 10.0 + f64::from(i % 5)).collect();
//! let hints: Vec<f64> = (0..40).map(|i| 8.0 - f64::from(i % 2) * 7.0 + f64::from(i % 3)).collect();
//! let data = Data {
//!     features: vec![
//!         Feature { name: "sessions", values: &sessions },
//!         Feature { name: "hints", values: &hints },
//!     ],
//! };
//! let fit = fit(&data, &Spec { k: Some(2), ..Spec::default() }, &mut Silent)?;
//! assert_eq!(fit.sizes, [20, 20]);
//! # Ok::<(), seedtest_segment::Error>(())
//! ```

mod assignment;
mod card;
mod column;
mod covariance;
mod data;
mod dbscan;
mod description;
mod error;
mod evidence;
mod fit;
mod found;
mod gap;
mod hartigan;
mod hdbscan;
mod hierarchy;
mod incomplete;
mod incomplete_mixture;
mod kmeans;
mod label;
mod lloyd;
mod marginal;
mod matching;
mod matrix;
mod mixture;
mod mixture_starts;
mod nearest;
mod plus_plus;
mod population;
mod predict;
mod principal;
mod selection;
mod silhouette;
mod spec;
mod stability;
mod valley;

pub use assignment::assign;
pub use card::{Card, Difference};
pub use covariance::Components;
pub use data::{Data, Dropped, Feature, Scale};
pub use error::Error;
pub use evidence::Evidence;
pub use fit::{Clusters, Fit, cluster, evidence, fit};
pub use hierarchy::{Linkage, Merge};
pub use label::{Apart, Label};
pub use matching::{Matching, match_runs};
pub use mixture::Covariance;
pub use predict::{Assignment, NearestCentres, assign_to_centres};
pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
pub use selection::{Candidate, Selection};
pub use spec::{Method, Spec};
