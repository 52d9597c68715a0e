//! Clusters as the JSON of the contract.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_segment::{Candidate, Card, Difference, Fit, Scale};
use seedtest_wire::{
    ClusterCandidateJson, ClusterCardJson, ClusterDifferenceJson, ClusterFitResponse,
    ClusterMetricsJson, ClusterScaleJson, LeftOutFeatureJson, RowsReadJson,
};

use super::carry::label_of;
use super::fit::Fitted;
use super::spec::covariance_name;

/// Number of rows that belong to no cluster.
const NOISE: u32 = 0;

/// Number of the cluster of a row, from 1.
pub(super) fn number_of(label: Option<u32>) -> u32 {
    label.map_or(NOISE, |cluster| cluster + 1)
}

impl Fitted {
    /// The response to a run of this id, without what predicts later.
    pub fn response(&self, run_id: &str) -> ClusterFitResponse {
        let fit = &self.fit;
        let numbers = fit.labels.iter().map(|label| number_of(*label));
        let clusters: BTreeMap<Arc<str>, u32> = self.names.iter().cloned().zip(numbers).collect();
        let names: Vec<String> = fit.scales.iter().map(|scale| scale.name.clone()).collect();
        let differences: Vec<Vec<ClusterDifferenceJson>> = fit
            .cards
            .iter()
            .map(|card| card.differences.iter().map(difference_json).collect())
            .collect();
        let labels = labels(fit, &differences);
        ClusterFitResponse {
            status: "success".into(),
            ok: true,
            rows: RowsReadJson::of_table(
                fit.n,
                &[("missing_value", self.names.len().saturating_sub(fit.n))],
            ),
            run_id: run_id.to_owned(),
            headline: self.headline(),
            method: fit.method_used.name().into(),
            k: fit.k,
            n_clusters: fit.k,
            has_clusters: self.has_clusters(),
            why: fit.selection.as_ref().map(|selection| selection.why.clone()),
            p_value: fit.evidence.as_ref().map(|evidence| evidence.p_value),
            n_obs: fit.n,
            assignments: clusters.clone(),
            clusters,
            centers: centres_by_name(fit),
            centers_matrix: fit.centres.clone(),
            scaling: fit.scales.iter().map(|s| (s.name.clone(), scale_json(s))).collect(),
            dropped: self.dropped(),
            sizes: fit.sizes.clone(),
            withinss: fit.withinss.clone(),
            tot_withinss: fit.tot_withinss,
            betweenss: fit.betweenss,
            metrics: metrics(fit),
            selection: fit
                .selection
                .iter()
                .flat_map(|selection| &selection.candidates)
                .map(candidate_json)
                .collect(),
            cards: fit
                .cards
                .iter()
                .zip(differences)
                .map(|(card, differences)| card_json(card, &labels, differences))
                .collect(),
            labels: (1..).zip(labels).map(|(n, label): (u32, _)| (n.to_string(), label)).collect(),
            memberships: self.names.iter().cloned().zip(fit.memberships.iter().cloned()).collect(),
            outliers: fit.outliers.iter().map(|&row| self.names[row].clone()).collect(),
            covariance: fit.components.as_ref().map(|c| covariance_name(c.shape).into()),
            feature_names: names,
            converged: fit.verdict.converged(),
            verdict: fit.verdict.clone(),
            warnings: self.warnings.clone(),
            stored_model: None,
        }
    }

    /// Features that say nothing, and columns that are none.
    fn dropped(&self) -> Vec<LeftOutFeatureJson> {
        let features = self.fit.dropped.iter().map(|d| (&d.name, &d.reason));
        let columns = self.naming.iter().map(|(name, reason)| (name, reason));
        let left_out = |(name, reason): (&String, &String)| LeftOutFeatureJson {
            feature: name.clone(),
            reason: reason.clone(),
        };
        features.chain(columns).map(left_out).collect()
    }

    fn headline(&self) -> String {
        let fit = &self.fit;
        if !fit.verdict.converged() {
            let action = fit.verdict.next_action.as_deref().unwrap_or("allow more iterations");
            return format!("the fit did not converge: {action}");
        }
        match &fit.selection {
            Some(selection) => selection.why.clone(),
            None if fit.k == 0 => "there are no clusters: every row is noise".to_owned(),
            None if fit.k == 1 => "there are no clusters: all rows are one group".to_owned(),
            None if !fit.has_clusters() => {
                let method = fit.spec.method.name();
                format!(
                    "there are no clusters: the {} that {method} finds are no more than rows of one kind \
                     have",
                    fit.k
                )
            }
            None => format!("{} clusters by {}", fit.k, fit.spec.method.name()),
        }
    }
}

/// Names of the clusters by the rules of the contract.
fn labels(fit: &Fit, differences: &[Vec<ClusterDifferenceJson>]) -> Vec<String> {
    let centres = centres_by_name(fit);
    let pairs = centres.iter().zip(differences);
    (1..).zip(pairs).map(|(number, (centre, own))| label_of(centre, own, number)).collect()
}

fn centres_by_name(fit: &Fit) -> Vec<BTreeMap<String, f64>> {
    let names = || fit.scales.iter().map(|scale| scale.name.clone());
    fit.centres.iter().map(|centre| names().zip(centre.iter().copied()).collect()).collect()
}

fn scale_json(scale: &Scale) -> ClusterScaleJson {
    let sd = if scale.standardized { scale.sd } else { 1.0 };
    ClusterScaleJson { mean: scale.mean, sd, imputed: scale.imputed }
}

fn metrics(fit: &Fit) -> ClusterMetricsJson {
    let candidates = fit.selection.iter().flat_map(|selection| &selection.candidates);
    let chosen = candidates.clone().find(|candidate| candidate.k == fit.k);
    let stabilities: Vec<f64> = fit.cards.iter().filter_map(|card| card.stability).collect();
    let mean = stabilities.iter().sum::<f64>() / stabilities.len().max(1) as f64;
    ClusterMetricsJson {
        silhouette: fit.silhouette,
        gap: chosen.map(|candidate| candidate.gap),
        bic: fit.bic.or(chosen.and_then(|candidate| candidate.bic)),
        icl: fit.icl.or(chosen.and_then(|candidate| candidate.icl)),
        log_likelihood: fit.log_likelihood,
        stability: (!stabilities.is_empty()).then_some(mean),
        withinss: fit.withinss.clone(),
        tot_withinss: fit.tot_withinss,
        betweenss: fit.betweenss,
    }
}

fn candidate_json(candidate: &Candidate) -> ClusterCandidateJson {
    ClusterCandidateJson {
        k: candidate.k,
        silhouette: candidate.silhouette,
        gap: candidate.gap,
        se: candidate.gap_se,
        bic: candidate.bic,
        icl: candidate.icl,
        stability: candidate.stability,
        valley_p: candidate.valley_p,
        is_mixture: candidate.is_mixture,
        tot_withinss: candidate.inertia,
    }
}

fn card_json(
    card: &Card,
    labels: &[String],
    differences: Vec<ClusterDifferenceJson>,
) -> ClusterCardJson {
    ClusterCardJson {
        cluster: card.cluster + 1,
        label: labels.get(card.cluster as usize).cloned().unwrap_or_default(),
        size: card.size,
        share: card.share,
        stability: card.stability,
        differences,
    }
}

fn difference_json(difference: &Difference) -> ClusterDifferenceJson {
    ClusterDifferenceJson {
        feature: difference.feature.clone(),
        mean: difference.mean,
        cohort: difference.cohort,
        effect: difference.effect,
        lower: difference.lower,
        upper: difference.upper,
        differs: difference.differs,
    }
}
