//! The extension module `seedtest._native`: data frames in, the JSON of the command line out.
//!
//! Every function does what the command of the same name does, by the same call of a family; the package in Python
//! around it gives the answers their shapes.

mod answer;
mod cells;
mod chunks;
mod churn;
mod cluster;
mod fault;
mod frame;
mod growth;
mod irt;
mod mixed;
mod options;
mod prophet;
mod run;
mod segments;
mod survival;

use pyo3::prelude::*;

use crate::answer::Answer;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Answer>()?;
    module.add_function(wrap_pyfunction!(irt::fit_irt, module)?)?;
    module.add_function(wrap_pyfunction!(irt::fit_irt_matrix, module)?)?;
    module.add_function(wrap_pyfunction!(irt::score_irt, module)?)?;
    module.add_function(wrap_pyfunction!(irt::link_irt, module)?)?;
    module.add_function(wrap_pyfunction!(survival::fit_survival, module)?)?;
    module.add_function(wrap_pyfunction!(survival::predict_survival, module)?)?;
    module.add_function(wrap_pyfunction!(survival::survival_curves, module)?)?;
    module.add_function(wrap_pyfunction!(mixed::fit_mixed, module)?)?;
    module.add_function(wrap_pyfunction!(mixed::predict_mixed, module)?)?;
    module.add_function(wrap_pyfunction!(growth::fit_growth, module)?)?;
    module.add_function(wrap_pyfunction!(growth::predict_growth, module)?)?;
    module.add_function(wrap_pyfunction!(prophet::fit_prophet, module)?)?;
    module.add_function(wrap_pyfunction!(prophet::predict_prophet, module)?)?;
    module.add_function(wrap_pyfunction!(cluster::fit_cluster, module)?)?;
    module.add_function(wrap_pyfunction!(cluster::predict_cluster, module)?)?;
    chunks::register(module)?;
    module.add_class::<churn::ChurnFit>()?;
    module.add_function(wrap_pyfunction!(churn::chunk_churn, module)?)?;
    module.add_function(wrap_pyfunction!(churn::churn_covariates, module)?)?;
    module.add_function(wrap_pyfunction!(churn::fit_churn, module)?)?;
    module.add_function(wrap_pyfunction!(segments::segment_features, module)?)?;
    module.add_function(wrap_pyfunction!(segments::chunk_segments, module)?)?;
    Ok(())
}
