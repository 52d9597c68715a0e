//! From answers and a specification to a calibration.

use seedtest_numerics::{Ending, Loading, Observer, Status, Verdict, chunks_of_codes, ln};

use crate::ability::{abilities, unscored};
use crate::anchor::{self, Anchor};
use crate::answer_chunks::AnswerChunks;
use crate::covariance::{Estimate, ParameterKind};
use crate::design::{grid_warning, warnings};
use crate::error::Error;
use crate::expectation::Expectation;
use crate::maximization::Target;
use crate::parameters::Bound;
use crate::priors::Priors;
use crate::responses::Responses;
use crate::result::{Fit, ItemErrors, ItemFit, LatentFit, NoErrors};
use crate::screening::{Screening, screen};
use crate::search::{Outcome, Search};
use crate::spec::Spec;
use crate::standard_errors::{Solution, Uncertainty, uncertainty};
use crate::start::start;
use crate::warm_curvature::WarmCurvature;

/// Calibrates the items of `data` and scores its students.
///
/// Marginal maximum likelihood, or maximum a posteriori under the priors of `spec`, by accelerated
/// EM over a quadrature of the ability (Bock & Aitkin 1981). Abilities are posterior means (EAP)
/// with posterior standard deviations. The result is the same, byte for byte, on any number of
/// threads. The observer sees every iteration and can stop the fit, which then returns the best
/// point so far with a truncated verdict.
///
/// Sums over students are exact across chunks of about 8 192 of them, which are made by the students'
/// codes; see [`fit_in_chunks`] for those of their ids.
pub fn fit(data: &Responses<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    fit_in_chunks(data, &chunks_of_codes(data.n_students), spec, observer)
}

/// [`fit`] with the chunk of every student code given, as `seedtest_numerics::chunks_of_ids` makes them
/// of ids: students and their ids then give the same bytes wherever the sums over chunks are made.
pub fn fit_in_chunks(
    data: &Responses<'_>,
    chunk_of: &[u32],
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    let quadrature = spec.validate()?;
    data.validate()?;
    if chunk_of.len() != data.n_students {
        let (chunks, n_students) = (chunk_of.len(), data.n_students);
        return Err(Error::Chunks { chunks, n_students });
    }
    let anchors = anchor::by_item(&spec.anchors, data.n_items)?;
    let screening = screen(data, spec.min_n, &anchors)?;
    let n_fixed = spec.anchors.iter().filter(|a| a.fixed).count();
    if n_fixed > 0 && !screening.items.iter().any(|&i| anchors[i as usize].is_some_and(|a| a.fixed))
    {
        return Err(Error::UnansweredAnchors { anchors: n_fixed });
    }
    let priors: Vec<Priors> =
        screening.items.iter().map(|&i| spec.priors_of(anchors[i as usize])).collect();
    let answers = AnswerChunks::new(data, &screening, chunk_of);
    let (first, free) = start(spec, &screening, &anchors);
    let mut expected = Expectation::new(&answers, &quadrature);
    let target = Target { free: &free, priors: &priors, quadrature: &quadrature };
    let stored = spec.start.as_ref().and_then(|start| start.covariance.as_ref());
    let warm = stored.and_then(|c| WarmCurvature::new(c, &free, &first, &screening.items));
    let search = Search { target, spec, expected: &mut expected, warm, observer };
    let outcome = search.run(first);
    let point = &outcome.state.point;
    let solution = Solution {
        point,
        free: &free,
        priors: &priors,
        quadrature: &quadrature,
        rule: spec.quadrature,
        items: &screening.items,
    };
    let uncertainty = uncertainty(spec.standard_errors, &solution, &mut expected);
    let items = item_fits(&solution, &screening, &anchors, uncertainty.as_ref());
    let verdict = verdict(&solution, &outcome, &items, uncertainty.as_ref());
    let mut design_warnings = warnings(data, &screening, &anchors);
    design_warnings.extend(grid_warning(&quadrature, point.mean, point.sd()));
    let n_students = answers.n_students();
    let n_parameters = free.len();
    let deviance = -2.0 * outcome.state.log_likelihood;
    Ok(Fit {
        spec: spec.clone(),
        items,
        warnings: design_warnings,
        skipped: screening.skipped,
        abilities: abilities(&mut expected, point),
        unscored: unscored(data, &answers),
        latent: latent_fit(&solution, uncertainty.as_ref()),
        log_likelihood: outcome.state.log_likelihood,
        log_prior: outcome.state.log_posterior - outcome.state.log_likelihood,
        n_parameters,
        n_answers: screening.n_answers,
        n_students,
        aic: deviance + 2.0 * n_parameters as f64,
        bic: deviance + ln(n_students as f64) * n_parameters as f64,
        se_method: uncertainty.as_ref().map(|u| u.method),
        covariance: uncertainty.filter(|_| spec.keep_covariance).map(|u| u.covariance),
        verdict,
    })
}

fn latent_fit(solution: &Solution<'_>, uncertainty: Option<&Uncertainty>) -> LatentFit {
    let se = |kind| uncertainty.and_then(|u| u.covariance.standard_error(None, kind));
    LatentFit {
        mean: solution.point.mean,
        sd: solution.point.sd(),
        mean_estimated: solution.free.mean,
        sd_estimated: solution.free.log_sd,
        mean_se: se(ParameterKind::Mean),
        sd_se: se(ParameterKind::Sd),
    }
}

fn item_fits(
    solution: &Solution<'_>,
    screening: &Screening,
    anchors: &[Option<Anchor>],
    uncertainty: Option<&Uncertainty>,
) -> Vec<ItemFit> {
    let mut items: Vec<ItemFit> = (0..screening.items.len())
        .map(|j| {
            let item = screening.items[j];
            let curve = solution.point.curves[j];
            let (n, n_right) = screening.counts[j];
            let fixed = anchors[item as usize].filter(|anchor| anchor.fixed);
            let estimate = (curve.a, curve.difficulty(), curve.guessing());
            // The anchor's own numbers, not what is left of them after a = a, d = −a·b and back.
            let (a, b, c) = fixed.map_or(estimate, |anchor| (anchor.a, anchor.b, anchor.c));
            let own = if fixed.is_some() { &[] } else { solution.free.own };
            ItemFit {
                item,
                n,
                n_right,
                a,
                b,
                c,
                se: None,
                se_missing: Some(if fixed.is_some() {
                    NoErrors::Fixed
                } else {
                    NoErrors::NotComputed
                }),
                anchor: fixed.is_some(),
                at_bound: curve.at_bound(own),
            }
        })
        .collect();
    if let Some(uncertainty) = uncertainty {
        for item in items.iter_mut().filter(|item| !item.anchor) {
            set_errors(item, uncertainty);
        }
    }
    items
}

fn set_errors(item: &mut ItemFit, uncertainty: &Uncertainty) {
    let missing = if !item.at_bound.is_empty() {
        Some(NoErrors::AtBound)
    } else if uncertainty.unidentified.iter().any(|e| e.item == Some(item.item)) {
        Some(NoErrors::Unidentified)
    } else {
        None
    };
    item.se_missing = missing;
    if missing.is_none() {
        let se = |kind| uncertainty.covariance.standard_error(Some(item.item), kind);
        item.se = Some(ItemErrors {
            a: se(ParameterKind::A),
            b: se(ParameterKind::B),
            c: se(ParameterKind::C),
        });
    }
}

fn verdict(
    solution: &Solution<'_>,
    outcome: &Outcome,
    items: &[ItemFit],
    uncertainty: Option<&Uncertainty>,
) -> Verdict {
    let at_bound = items
        .iter()
        .flat_map(|i| i.at_bound.iter().map(|b| format!("{}[{}]", parameter_name(*b), i.item)));
    let undetermined = uncertainty.into_iter().flat_map(|u| &u.unidentified).map(Estimate::name);
    let unidentified: Vec<String> = at_bound.chain(undetermined).collect();
    let no_spread = solution.free.log_sd && solution.point.sd() < NO_SPREAD;
    let (status, next_action) = match outcome.ending {
        Ending::Converged | Ending::NoAscent if no_spread => {
            let direction = vec![Loading { parameter: "sd".to_owned(), weight: 1.0 }];
            (
                Status::Singular { direction },
                Some("the answers show no difference in ability between students; check the data"),
            )
        }
        Ending::Converged if unidentified.is_empty() => (Status::Converged, None),
        Ending::Converged => (
            Status::Unidentified { parameters: unidentified },
            Some("give priors, or raise `min_n` so that items with few answers are skipped"),
        ),
        Ending::Iterations => (
            outcome.ending.status(),
            Some("raise `max_iter`, or give priors if items run to extremes"),
        ),
        Ending::Stopped => (outcome.ending.status(), Some("allow more time")),
        Ending::NoAscent => (
            Status::Truncated { reason: NO_ASCENT.to_owned() },
            Some("loosen `gradient_tolerance`, or give priors if items run to extremes"),
        ),
    };
    Verdict {
        status,
        iterations: u64::from(outcome.iterations),
        objective: outcome.state.log_posterior,
        max_gradient: Some(outcome.state.max_gradient),
        condition_number: uncertainty.and_then(|u| u.condition_number),
        next_action: next_action.map(str::to_owned),
    }
}

/// An estimated standard deviation of the ability below this is zero as far as the quadrature can
/// tell.
const NO_SPREAD: f64 = 0.1;

/// The search stops where the log-posterior's rounding hides what is left of the ascent.
const NO_ASCENT: &str = "no step improves the log-posterior within its rounding error";

fn parameter_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Slope => "a",
        Bound::Intercept => "d",
        Bound::Guessing => "c",
    }
}
