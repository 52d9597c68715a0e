//! Fit of a calibration as a whole.

use seedtest_irt::polytomous::{self, M2Kind};
use seedtest_irt::{
    Fit, ItemParameters, M2Spec, Responses, ability_grid, information_points,
    limited_information_fit, reliability_of,
};
use seedtest_numerics::Interrupt;
use seedtest_wire::FitStatisticsJson;

use super::words::code;
use crate::error::Error;

/// M2 with its indices, reliability and test information of a calibration of these answers.
pub(super) fn fit_statistics(
    fit: &Fit,
    responses: &Responses<'_>,
    stop: &Interrupt,
) -> Result<FitStatisticsJson, Error> {
    let mut items: Vec<Option<ItemParameters>> = vec![None; responses.n_items];
    for item in &fit.items {
        items[item.item as usize] = Some(ItemParameters::from(item));
    }
    let (latent, population) = (fit.latent, fit.population());
    let spec = M2Spec {
        model: fit.spec.model,
        fixed_guessing: fit.spec.guessing.is_some(),
        fixed_items: fit.spec.anchors.iter().filter(|a| a.fixed).map(|a| a.item).collect(),
        mean: latent.mean,
        sd: latent.sd,
        mean_estimated: latent.mean_estimated,
        sd_estimated: latent.sd_estimated,
    };
    let several_groups = !fit.groups.is_empty();
    let m2 = limited_information_fit(responses, &items, &spec, stop)?;
    let calibrated: Vec<ItemParameters> = items.into_iter().flatten().collect();
    let reliability = reliability_of(fit);
    Ok(FitStatisticsJson {
        m2: m2.ok().filter(|_| !several_groups),
        m2_reason: if several_groups {
            Some("several_groups".to_string())
        } else {
            m2.err().map(code)
        },
        marginal_reliability: reliability.marginal,
        empirical_reliability: reliability.empirical,
        information: information_points(&calibrated, &ability_grid(population.mean, population.sd)),
    })
}

/// The same of a calibration of scores; M2 is C2.
pub(super) fn fit_statistics_of_categories(
    fit: &polytomous::Fit,
    responses: &polytomous::Responses<'_>,
    stop: &Interrupt,
) -> Result<FitStatisticsJson, Error> {
    let population = fit.population();
    let (m2, m2_reason) = if fit.groups.is_empty() {
        let m2 = polytomous::limited_information_fit(responses, fit, M2Kind::default(), stop)?;
        (m2.ok(), m2.err().map(code))
    } else {
        (None, Some("several_groups".to_string()))
    };
    let reliability = fit.reliability();
    Ok(FitStatisticsJson {
        m2,
        m2_reason,
        marginal_reliability: reliability.marginal,
        empirical_reliability: reliability.empirical,
        information: fit.information_points(&ability_grid(population.mean, population.sd)),
    })
}
