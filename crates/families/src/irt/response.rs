//! A calibration as the JSON of the contract.

use seedtest_irt::{Fit, GroupFit, ItemFit, Status};
use seedtest_responses::ResponseLog;
use seedtest_wire::{
    AbilityJson, CalibrateResponse, CovarianceJson, FitMetaJson, GroupJson, ItemJson,
    ItemParamsJson, LeftOutJson, LinkingConstants, MetricsJson, ModelSpecJson, Params, ParamsSe,
    SkippedJson, UnscoredJson,
};

use super::fit::Fitted;
use super::groups::GroupCodes;
use super::rows_of_log::rows_of_log;
use super::spec::Spec;
use super::words::code;

/// The ids behind the codes of a fit, and what the fit is called.
struct Names<'a> {
    groups: Option<&'a GroupCodes>,
    items: &'a [Box<str>],
    students: &'a [Box<str>],
    run_id: &'a str,
    version: &'a str,
    linking: &'a LinkingConstants,
}

impl Fitted {
    /// The response of `POST /irt/calibrate` to a run of this id; `log` and `spec` are those of the
    /// fit.
    pub fn response(&self, log: &ResponseLog, spec: &Spec, run_id: &str) -> CalibrateResponse {
        let rows = rows_of_log(log, &self.answers, &[]);
        let names = Names {
            groups: self.groups.as_ref(),
            items: log.items(),
            students: log.students(),
            run_id,
            version: &spec.version,
            linking: &self.linking,
        };
        CalibrateResponse { rows: Some(rows), ..response(self, spec, &names) }
    }
}

fn response(fitted: &Fitted, spec: &Spec, names: &Names<'_>) -> CalibrateResponse {
    let fit = &fitted.fit;
    let truncated = matches!(fit.verdict.status, Status::Truncated { .. });
    let linking = names.linking.clone();
    let n_anchors = names.linking.n_anchors;
    CalibrateResponse {
        status: "success".to_string(),
        ok: true,
        item_params: fit.items.iter().map(|item| item_params(item, fit, names)).collect(),
        items: fit.items.iter().map(|item| flat_item(item, names)).collect(),
        abilities: abilities(fit, names),
        groups: groups(fit, names),
        skipped: fit
            .skipped
            .iter()
            .map(|skipped| SkippedJson {
                item_id: names.items[skipped.item as usize].to_string(),
                n: skipped.n,
                reason: skipped.reason.text().to_string(),
            })
            .collect(),
        unscored: fit
            .unscored
            .iter()
            .map(|unscored| UnscoredJson {
                user_id: names.students[unscored.student as usize].to_string(),
                reason: code(unscored.reason),
            })
            .collect(),
        fit_meta: FitMetaJson {
            run_id: names.run_id.to_string(),
            linking_constants: linking.clone(),
            model_spec: ModelSpecJson {
                model: fit.spec.model.to_string(),
                n_items: fit.items.len(),
                n_users: fit.abilities.len(),
                n_anchors,
                linking_constants: linking,
                spec: fit.spec.clone(),
            },
            n_items: fit.items.len(),
            n_users: fit.abilities.len(),
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

fn item_params(item: &ItemFit, fit: &Fit, names: &Names<'_>) -> ItemParamsJson {
    let se = item.se.map(ParamsSe::from);
    ItemParamsJson {
        item_id: names.items[item.item as usize].to_string(),
        model: fit.spec.model.to_string(),
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
        item_id: names.items[item.item as usize].to_string(),
        a: item.a,
        b: item.b,
        c: item.c,
        a_se: se.and_then(|se| se.a),
        b_se: se.and_then(|se| se.b),
        c_se: se.and_then(|se| se.c),
    }
}

fn abilities(fit: &Fit, names: &Names<'_>) -> Vec<AbilityJson> {
    fit.abilities
        .iter()
        .map(|ability| AbilityJson {
            user_id: names.students[ability.student as usize].to_string(),
            theta: ability.theta,
            se: ability.se,
            model: fit.spec.model.to_string(),
            version: names.version.to_string(),
            n: ability.n,
            group: names
                .groups
                .map(|groups| groups.name(groups.of[ability.student as usize]).to_string()),
        })
        .collect()
}

fn groups(fit: &Fit, names: &Names<'_>) -> Vec<GroupJson> {
    let Some(of) = names.groups else { return Vec::new() };
    let everybody = fit.groups.is_empty().then_some(GroupFit {
        group: 0,
        n_students: fit.n_students,
        reference: true,
        latent: fit.latent,
    });
    let group = |group: &GroupFit| GroupJson {
        group: of.name(group.group).to_string(),
        reference: group.reference,
        n: group.n_students,
        mean: group.latent.mean,
        sd: group.latent.sd,
        mean_se: group.latent.mean_se,
        sd_se: group.latent.sd_se,
    };
    fit.groups.iter().chain(&everybody).map(group).collect()
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
    let id = |item: u32| names.items[item as usize].to_string();
    let group =
        |code: u32| names.groups.map_or_else(|| code.to_string(), |of| of.name(code).to_string());
    let mut warnings = Vec::new();
    if names.groups.is_some() && fit.groups.is_empty() {
        warnings.push("all students are of one group: this is a plain calibration".to_string());
    }
    if let Some(action) = fit.verdict.next_action.as_ref().filter(|_| !fit.verdict.converged()) {
        warnings.push(format!("the calibration did not converge: {action}"));
    }
    let undetermined = fit.undetermined_names(id);
    if !undetermined.is_empty() {
        warnings.push(format!("the answers do not determine {}", first_of(&undetermined)));
    }
    warnings.extend(fit.warnings.iter().map(|warning| warning.text_by_id(&id, &group)));
    if !fit.skipped.is_empty() {
        warnings.push(format!("{} items were skipped, see `skipped`", fit.skipped.len()));
    }
    let at_edge = fit.items.iter().filter(|item| !item.at_bound.is_empty());
    let at_edge: Vec<String> = at_edge.map(|item| id(item.item)).collect();
    if !at_edge.is_empty() {
        let (n, names) = (at_edge.len(), first_of(&at_edge));
        warnings.push(format!("{n} items stand at the edge of the searched range: {names}"));
    }
    warnings
}

/// The first names, and how many more there are.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = &names[..names.len().min(SHOWN)];
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
