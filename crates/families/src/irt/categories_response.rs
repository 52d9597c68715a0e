//! A calibration of categories as the JSON of the contract.

use seedtest_irt::Status;
use seedtest_irt::polytomous::{Fit, ItemFit};
use seedtest_wire::{
    CategoriesMetaJson, CategoriesResponse, CategoriesSpecJson, CategoryItemJson, LeftOutJson,
    MetricsJson,
};

use super::categories::{CategoriesFitted, CategoriesSpec};
use super::response_parts::{Names, first_warnings, skipped_told};
use super::scored_log::ScoredLog;
use super::words::code;
use crate::family::Summary;

impl CategoriesFitted {
    /// The response to a run of this id; `log` and `spec` are those of the fit.
    pub fn response(
        &self,
        log: &ScoredLog,
        spec: &CategoriesSpec,
        run_id: &str,
    ) -> CategoriesResponse {
        let fit = &self.fit;
        let model = spec.model.model.to_string();
        let names = Names {
            groups: log.groups.as_ref(),
            items: &log.items,
            students: &log.students,
            model: &model,
            version: &spec.version,
        };
        let mut rating_scales = fit.rating_scales.clone();
        for scale in &mut rating_scales {
            let position = |item: &u32| fit.items.iter().position(|known| known.item == *item);
            scale.items = scale.items.iter().filter_map(position).map(|at| at as u32).collect();
        }
        let truncated = matches!(fit.verdict.status, Status::Truncated { .. });
        let items =
            fit.items.iter().map(|item| item_json(item, names.item(item.item), &spec.version));
        CategoriesResponse {
            status: "success".to_string(),
            ok: true,
            item_params: items.collect(),
            rating_scales,
            abilities: names.abilities(&fit.abilities),
            groups: names.groups_json(&fit.groups),
            skipped: names.skipped(&fit.skipped),
            unscored: names.unscored(&fit.unscored),
            fit_meta: self.meta(log, spec, run_id),
            warnings: warnings(fit, log, &names)
                .into_iter()
                .chain(self.warnings.iter().cloned())
                .collect(),
            quality: self.quality.clone(),
            fit_statistics: self.fit_statistics.clone(),
            dif: self.dif.clone(),
            rows: Some(log.rows_read()),
            truncated: truncated.then_some(true),
        }
    }

    /// What the ledger wants to know.
    pub fn summary(&self, seed: Option<i64>) -> Summary {
        let (input_digest, verdict) = (self.input_digest.clone(), self.fit.verdict.clone());
        Summary { input_digest, verdict, seed }
    }

    fn meta(&self, log: &ScoredLog, spec: &CategoriesSpec, run_id: &str) -> CategoriesMetaJson {
        let fit = &self.fit;
        let model = spec.model.model.to_string();
        let (n_items, n_users) = (fit.items.len(), fit.abilities.len());
        CategoriesMetaJson {
            run_id: run_id.to_string(),
            linking_constants: self.linking.clone(),
            drifting: self.drifting.clone(),
            model_spec: Some(CategoriesSpecJson {
                model: model.clone(),
                n_items,
                n_users,
                n_anchors: self.linking.n_anchors,
                linking_constants: self.linking.clone(),
                spec: fit.spec.clone(),
            }),
            model,
            n_items,
            n_users,
            metrics: metrics(fit),
            verdict: fit.verdict_by_id(|item| log.items[item as usize].to_string()),
            left_out: LeftOutJson {
                duplicates: spec.duplicates.name().to_string(),
                repeated: log.repeated,
                unknown: log.unknown,
            },
            timings: None,
        }
    }
}

fn item_json(item: &ItemFit, item_id: String, version: &str) -> CategoryItemJson {
    CategoryItemJson {
        item_id,
        model: item.model.to_string(),
        version: version.to_string(),
        anchor: item.anchor,
        params: (&item.curves).into(),
        se: item.se.as_ref().map(Into::into),
        se_reason: item.se_missing.map(code),
        n: item.n,
        categories: item.categories.clone(),
        collapsed: item.collapsed.clone(),
        item_rest: item.item_rest,
        check_key: item.check_key,
        out_of_order: item.is_out_of_order(),
    }
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

/// Ascending scores in words: three and more that follow each other as `1–24`.
fn runs(scores: &[u8]) -> String {
    let follows = |before: &u8, next: &u8| before.checked_add(1) == Some(*next);
    let told = |run: &[u8]| match run {
        [first, _, .., last] => format!("{first}–{last}"),
        _ => run.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    scores.chunk_by(follows).map(told).collect::<Vec<_>>().join(", ")
}

/// What a reader should know, whether the calibration converged first.
fn warnings(fit: &Fit, log: &ScoredLog, names: &Names<'_>) -> Vec<String> {
    let id = |item: u32| names.item(item);
    let mut warnings = first_warnings(&fit.verdict, &fit.undetermined_names(id));
    for item in fit.items.iter().filter(|item| !item.collapsed.is_empty()) {
        warnings.push(format!(
            "nobody has score {} on {}: the categories above it moved down",
            runs(&item.collapsed),
            id(item.item)
        ));
    }
    for item in fit.items.iter().filter(|item| item.is_out_of_order() && !item.check_key) {
        warnings.push(format!(
            "check the order of the categories of {}: students with a higher score are less able",
            id(item.item)
        ));
    }
    warnings.extend(
        fit.warnings.iter().map(|warning| warning.text_by_id(&id, &|code| names.group(code))),
    );
    if log.unanswered_maxima > 0 {
        warnings
            .push(format!("{} highest scores are of items without answers", log.unanswered_maxima));
    }
    warnings.extend(log.left_out.iter().cloned());
    warnings.extend(skipped_told(&fit.skipped));
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_follow_each_other_are_told_as_one() {
        assert_eq!(runs(&[1]), "1");
        assert_eq!(runs(&[1, 2, 5]), "1, 2, 5");
        assert_eq!(runs(&[1, 2, 3, 7, 253, 254]), "1–3, 7, 253, 254");
    }
}
