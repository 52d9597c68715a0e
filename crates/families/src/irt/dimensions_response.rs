//! A calibration of several dimensions as the JSON of the contract.

use seedtest_irt::Status;
use seedtest_irt::multidimensional::{Abilities, Fit, ItemFit};
use seedtest_responses::ResponseLog;
use seedtest_wire::{
    AbilitiesOfStudentJson, DimensionsItemJson, DimensionsMetaJson, DimensionsMetricsJson,
    DimensionsResponse, LeftOutJson,
};

use super::dimensions::{DimensionsFitted, DimensionsSpec};
use super::response_parts::{Names, first_warnings, skipped_told};
use super::rows_of_log::rows_of_log;
use super::words::code;

const MODEL: &str = "2PL";

impl DimensionsFitted {
    /// The response to a run of this id; `log` and `spec` are those of the fit.
    pub fn response(
        &self,
        log: &ResponseLog,
        spec: &DimensionsSpec,
        run_id: &str,
    ) -> DimensionsResponse {
        let fit = &self.fit;
        let (items, students) = (log.items(), log.students());
        let version = &*spec.version;
        let names = Names { groups: None, items, students, model: MODEL, version };
        let dimensions = spec.names();
        let truncated = matches!(fit.verdict.status, Status::Truncated { .. });
        let ability = |of: &Abilities| AbilitiesOfStudentJson {
            user_id: students[of.student as usize].to_string(),
            theta: of.theta.clone(),
            se: of.se.clone(),
            covariance: of.covariance.clone(),
            n: of.n,
        };
        DimensionsResponse {
            status: "success".to_string(),
            ok: true,
            item_params: fit.items.iter().map(|item| item_json(item, &names)).collect(),
            correlations: fit.correlations.clone(),
            correlations_se: fit.correlation_errors.clone(),
            explained: fit.explained.clone(),
            se_reason: fit.se_missing.map(code),
            abilities: fit.abilities.iter().map(ability).collect(),
            skipped: names.skipped(&fit.skipped),
            unscored: names.unscored(&fit.unscored),
            one_dimension: fit.one_dimension,
            fit_meta: self.meta(spec, run_id),
            warnings: warnings(fit, &names, &dimensions)
                .into_iter()
                .chain(self.warnings.iter().cloned())
                .collect(),
            rows: Some(rows_of_log(log, &self.answers, &[])),
            truncated: truncated.then_some(true),
            dimensions,
        }
    }

    fn meta(&self, spec: &DimensionsSpec, run_id: &str) -> DimensionsMetaJson {
        let fit = &self.fit;
        DimensionsMetaJson {
            run_id: run_id.to_string(),
            model: MODEL.to_string(),
            spec: fit.spec.clone(),
            n_items: fit.items.len(),
            n_users: fit.n_students,
            metrics: DimensionsMetricsJson {
                aic: fit.aic,
                bic: fit.bic,
                loglik: fit.log_likelihood,
                n: fit.n_answers,
                n_parameters: fit.n_parameters,
                converged: fit.verdict.converged(),
            },
            points: fit.points,
            verdict: fit.verdict.clone(),
            left_out: LeftOutJson {
                duplicates: spec.duplicates.name().to_string(),
                repeated: self.answers.dropped_duplicates,
                unknown: self.answers.dropped_unknown,
            },
            timings: None,
        }
    }
}

fn item_json(item: &ItemFit, names: &Names<'_>) -> DimensionsItemJson {
    let se = item.se.as_ref();
    let slope_error =
        |(at, slope): (usize, &f64)| se.map(|se| se.slopes[at]).filter(|_| *slope != 0.0);
    DimensionsItemJson {
        item_id: names.item(item.item),
        version: names.version.to_string(),
        a: item.slopes.clone(),
        d: item.intercept,
        a_se: item.slopes.iter().enumerate().map(slope_error).collect(),
        d_se: se.map(|se| se.intercept),
        discrimination: item.discrimination,
        difficulty: item.difficulty,
        loadings: item.loadings.clone(),
        communality: item.communality,
        n: item.n,
        p_value: f64::from(item.n_right) / f64::from(item.n),
        at_bound: item.at_bound,
    }
}

/// What a reader should know, whether the calibration converged first.
fn warnings(fit: &Fit, names: &Names<'_>, dimensions: &[String]) -> Vec<String> {
    let id = |item: u32| names.item(item);
    let dimension = |at: usize| dimensions[at].clone();
    let undetermined: Vec<String> =
        fit.undetermined.iter().map(|parameter| parameter.name(&id, &dimension)).collect();
    let mut warnings = first_warnings(&fit.verdict, &undetermined);
    warnings.extend(
        fit.warnings.iter().map(|warning| warning.text_by_id(&id, &|group| group.to_string())),
    );
    if let Some(change) = fit.points.change.filter(|_| !fit.points.enough) {
        warnings.push(format!(
            "the log-likelihood is known to about {change:.1e} only: {} points are the most there are for {} \
             dimensions",
            fit.points.n,
            dimensions.len()
        ));
    }
    if fit.one_dimension.is_some_and(|one| one.bic < fit.bic) {
        let text = "one dimension has the lower BIC: fit irt without several may be enough";
        warnings.push(text.to_string());
    }
    warnings.extend(skipped_told(&fit.skipped));
    warnings
}
