//! A calibration as the JSON of the contract.

use seedtest_irt::{Fit, GroupFit, ItemFit, Status};
use seedtest_responses::ResponseLog;
use seedtest_wire::{
    CalibrateResponse, CovarianceJson, FitMetaJson, GroupJson, ItemJson, ItemParamsJson,
    LeftOutJson, MetricsJson, ModelSpecJson, Params, ParamsSe,
};

use super::fit::Fitted;
use super::response_parts::{Names, first_of, first_warnings, skipped_told};
use super::rows_of_log::rows_of_log;
use super::spec::Spec;
use super::words::code;

impl Fitted {
    /// The response of `POST /irt/calibrate` to a run of this id; `log` and `spec` are those of the
    /// fit.
    pub fn response(&self, log: &ResponseLog, spec: &Spec, run_id: &str) -> CalibrateResponse {
        let rows = rows_of_log(log, &self.answers, &[]);
        let names = Names {
            groups: self.groups.as_ref(),
            items: log.items(),
            students: log.students(),
            model: &self.fit.spec.model.to_string(),
            version: &spec.version,
        };
        CalibrateResponse { rows: Some(rows), ..response_of(self, spec, (&names, run_id)) }
    }
}

/// The response without what became of the rows.
pub(super) fn response_of(
    fitted: &Fitted,
    spec: &Spec,
    (names, run_id): (&Names<'_>, &str),
) -> CalibrateResponse {
    let fit = &fitted.fit;
    let truncated = matches!(fit.verdict.status, Status::Truncated { .. });
    let linking = fitted.linking.clone();
    let n_anchors = linking.n_anchors;
    CalibrateResponse {
        status: "success".to_string(),
        ok: true,
        item_params: fit.items.iter().map(|item| item_params(item, names)).collect(),
        items: fit.items.iter().map(|item| flat_item(item, names)).collect(),
        abilities: names.abilities(&fit.abilities),
        groups: groups(fit, names),
        skipped: names.skipped(&fit.skipped),
        unscored: names.unscored(&fit.unscored),
        fit_meta: FitMetaJson {
            run_id: run_id.to_string(),
            linking_constants: linking.clone(),
            model_spec: ModelSpecJson {
                model: fit.spec.model.to_string(),
                n_items: fit.items.len(),
                n_users: fit.n_students,
                n_anchors,
                linking_constants: linking,
                spec: fit.spec.clone(),
            },
            n_items: fit.items.len(),
            n_users: fit.n_students,
            metrics: metrics(fit),
            verdict: fit.verdict.clone(),
            left_out: LeftOutJson {
                duplicates: fitted.duplicates.name().to_string(),
                repeated: fitted.answers.dropped_duplicates,
                unknown: fitted.answers.dropped_unknown,
            },
            timings: None,
        },
        warnings: warnings(fit, names).into_iter().chain(fitted.warnings.iter().cloned()).collect(),
        rows: None,
        quality: fitted.quality.clone(),
        fit_statistics: fitted.fit_statistics.clone(),
        dif: fitted.dif.clone(),
        covariance: fit.covariance.as_ref().filter(|_| spec.covariance).map(|matrix| {
            CovarianceJson {
                item_ids: names.items.iter().map(ToString::to_string).collect(),
                matrix: matrix.clone(),
            }
        }),
        truncated: truncated.then_some(true),
    }
}

fn item_params(item: &ItemFit, names: &Names<'_>) -> ItemParamsJson {
    let se = item.se.map(ParamsSe::from);
    ItemParamsJson {
        item_id: names.item(item.item),
        model: names.model.to_string(),
        version: names.version.to_string(),
        params: Params { a: item.a, b: item.b, c: item.c },
        se,
        se_reason: item.se_missing.map(code),
        n: item.n,
        p_value: f64::from(item.n_right) / f64::from(item.n),
        anchor: item.anchor,
        item_rest: item.item_rest,
        check_key: item.check_key,
        at_bound: item.at_bound.iter().map(code).collect(),
    }
}

fn flat_item(item: &ItemFit, names: &Names<'_>) -> ItemJson {
    let se = item.se;
    ItemJson {
        item_id: names.item(item.item),
        a: item.a,
        b: item.b,
        c: item.c,
        a_se: se.and_then(|se| se.a),
        b_se: se.and_then(|se| se.b),
        c_se: se.and_then(|se| se.c),
    }
}

/// With one group of students, that of everybody.
fn groups(fit: &Fit, names: &Names<'_>) -> Vec<GroupJson> {
    let everybody = fit.groups.is_empty().then_some(GroupFit {
        group: 0,
        n_students: fit.n_students,
        reference: true,
        latent: fit.latent,
    });
    let all: Vec<GroupFit> = fit.groups.iter().copied().chain(everybody).collect();
    names.groups_json(&all)
}

fn metrics(fit: &Fit) -> MetricsJson {
    MetricsJson {
        aic: fit.aic,
        bic: fit.bic,
        loglik: fit.log_likelihood,
        log_prior: fit.log_prior,
        n: fit.n_answers,
        n_parameters: fit.n_parameters,
        converged: fit.verdict.converged(),
        latent_mean: fit.latent.mean,
        latent_sd: fit.latent.sd,
    }
}

/// What a reader should know, whether the calibration converged first.
fn warnings(fit: &Fit, names: &Names<'_>) -> Vec<String> {
    let id = |item: u32| names.item(item);
    let mut warnings = Vec::new();
    if names.groups.is_some() && fit.groups.is_empty() {
        warnings.push("all students are of one group: this is a plain calibration".to_string());
    }
    warnings.extend(first_warnings(&fit.verdict, &fit.undetermined_names(id)));
    warnings.extend(
        fit.warnings.iter().map(|warning| warning.text_by_id(&id, &|code| names.group(code))),
    );
    warnings.extend(skipped_told(&fit.skipped));
    let at_edge = fit.items.iter().filter(|item| !item.at_bound.is_empty());
    let at_edge: Vec<String> = at_edge.map(|item| id(item.item)).collect();
    if !at_edge.is_empty() {
        let (n, names) = (at_edge.len(), first_of(&at_edge));
        warnings.push(format!("{n} items stand at the edge of the searched range: {names}"));
    }
    warnings
}
