//! From answers and a specification to a calibration.

use seedtest_numerics::{Observer, chunks_of_codes, ln};

use crate::ability::{abilities, unscored};
use crate::anchor::{self, Anchor};
use crate::answer_chunks::AnswerChunks;
use crate::classical::{ClassicalItem, classical_items};
use crate::codes::CodedAnswers;
use crate::covariance::{Parameter, ParameterKind};
use crate::design::{Warning, grid_warnings, group_warnings, key_warning, warnings};
use crate::error::Error;
use crate::forms::form_difference;
use crate::grid::Grid;
use crate::groups::Groups;
use crate::isolated::{isolated_items, without_information};
use crate::maximization::Target;
use crate::parameters::{FreePopulation, Point, Population};
use crate::priors::Priors;
use crate::responses::Responses;
use crate::result::{Fit, GroupFit, ItemFit, LatentFit, NoErrors};
use crate::screening::{Screening, screen};
use crate::search::{Solved, solve};
use crate::spec::Spec;
use crate::standard_errors::{Solution, Uncertainty, uncertainty};
use crate::start::start;
use crate::verdict::{undetermined, verdict};
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
    calibrate(data, Groups::one(), chunk_of, spec, observer)
}

/// [`fit_in_chunks`] of several groups of students at once: the items have the same parameters in every
/// group, and each group has an ability distribution of its own, see [`Groups`].
///
/// # Errors
/// Those of [`fit`]; [`Error::UnlinkedGroups`] where nothing tells how far a group is from the others.
pub fn fit_groups(
    data: &Responses<'_>,
    groups: Groups<'_>,
    chunk_of: &[u32],
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    groups.validate(data.n_students)?;
    calibrate(data, groups, chunk_of, spec, observer)
}

fn calibrate(
    data: &Responses<'_>,
    groups: Groups<'_>,
    chunk_of: &[u32],
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    spec.validate()?;
    let asked_for = Grid::new(spec.quadrature)?;
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
    let answered = data.as_answered();
    let is_fixed = |item: u32| anchors[item as usize].is_some_and(|anchor| anchor.fixed);
    groups.require_links(&answered, &screening, &is_fixed)?;
    let priors: Vec<Priors> =
        screening.items.iter().map(|&i| spec.priors_of(anchors[i as usize])).collect();
    let answers = AnswerChunks::new(&CodedAnswers::of(data, &screening), chunk_of, groups);
    let (first, free) = start(spec, &screening, &anchors, groups);
    let target = Target { free: &free, priors: &priors };
    let stored = spec.start.as_ref().and_then(|start| start.covariance.as_ref());
    let warm = |point: &Point| WarmCurvature::new(stored?, target.free, point, &screening.items);
    let Solved { grid, mut expected, outcome } =
        solve(&target, &answers, (asked_for, first), &spec.stopping(), &warm, observer)?;
    expected.end_with(observer.interrupt());
    let point = &outcome.state.point;
    let solution = Solution {
        point,
        free: &free,
        priors: &priors,
        quadrature: &grid.quadrature,
        rule: grid.rule,
        items: &screening.items,
    };
    // Abilities are what is asked for in any case: standard errors are what there may be no time for.
    let abilities = abilities(&mut expected, point)?;
    let uncertainty = uncertainty(spec.standard_errors, &solution, &mut expected);
    let errors = (uncertainty.as_ref(), spec.standard_errors.missing());
    let isolated = isolated_items(&answered, &screening, &is_fixed);
    let without_information = without_information(&isolated, &screening, &free, &priors);
    let classical = classical_items(data);
    let mut items = item_fits(&solution, &screening, (&anchors, &classical), errors);
    let undetermined = undetermined(&items, uncertainty.as_ref(), &without_information);
    withhold_errors(&mut items, &undetermined);
    let verdict = verdict(&solution, &outcome, &undetermined, uncertainty.as_ref());
    let mut design_warnings = warnings(&answered, &screening, &anchors);
    if !isolated.is_empty() {
        design_warnings.push(Warning::IsolatedItems { items: isolated });
    }
    design_warnings.extend(key_warning(&items));
    design_warnings.extend(group_warnings(&answered, &screening, groups));
    design_warnings.extend(grid_warnings(&grid, &point.populations));
    let forms = form_difference(&answered, &screening, groups, &abilities, &point.populations);
    design_warnings.extend(forms.map(Warning::FormsDiffer));
    let n_students = answers.n_students();
    let n_parameters = free.len();
    let deviance = -2.0 * outcome.state.log_likelihood;
    let latents = latent_fits(&solution, uncertainty.as_ref(), &undetermined);
    Ok(Fit {
        spec: spec.clone(),
        items,
        warnings: design_warnings,
        skipped: screening.skipped,
        abilities,
        unscored: unscored(&answered, &answers),
        latent: latents[groups.reference as usize],
        groups: group_fits(&latents, groups, &answers),
        quadrature: grid.rule,
        log_likelihood: outcome.state.log_likelihood,
        log_prior: outcome.state.log_posterior - outcome.state.log_likelihood,
        n_parameters,
        n_answers: screening.n_answers,
        n_students,
        aic: deviance + 2.0 * n_parameters as f64,
        bic: deviance + ln(n_students as f64) * n_parameters as f64,
        se_method: uncertainty.as_ref().map(|u| u.method),
        covariance: uncertainty.filter(|_| spec.keep_covariance).map(|u| u.covariance),
        undetermined,
        verdict,
    })
}

fn latent_fits(
    solution: &Solution<'_>,
    uncertainty: Option<&Uncertainty>,
    undetermined: &[Parameter],
) -> Vec<LatentFit> {
    let Solution { point, free, .. } = solution;
    let several = point.populations.len() > 1;
    let of_group = |(code, population): (u32, &Population)| {
        let group = several.then_some(code);
        let se = |kind| {
            let wanted = Parameter { item: None, kind, group };
            let found = uncertainty.filter(|_| !undetermined.contains(&wanted));
            found.and_then(|u| u.covariance.standard_error_of(wanted))
        };
        let errors = (se(ParameterKind::Mean), se(ParameterKind::Sd));
        latent_fit(*population, free.populations[code as usize], errors)
    };
    (0u32..).zip(&point.populations).map(of_group).collect()
}

/// An ability distribution with the standard errors of its mean and standard deviation.
pub(crate) fn latent_fit(
    population: Population,
    free: FreePopulation,
    (mean_se, sd_se): (Option<f64>, Option<f64>),
) -> LatentFit {
    LatentFit {
        mean: population.mean,
        sd: population.sd(),
        mean_estimated: free.mean,
        sd_estimated: free.log_sd,
        mean_se,
        sd_se,
    }
}

pub(crate) fn group_fits(
    latents: &[LatentFit],
    groups: Groups<'_>,
    answers: &AnswerChunks,
) -> Vec<GroupFit> {
    if groups.n < 2 {
        return Vec::new();
    }
    let mut n_students = vec![0; groups.n];
    for chunk in &answers.chunks {
        n_students[chunk.group] += chunk.students.len();
    }
    (0u32..)
        .zip(latents.iter().zip(n_students))
        .map(|(group, (&latent, n_students))| {
            let reference = group == groups.reference;
            GroupFit { group, n_students, reference, latent }
        })
        .collect()
}

fn item_fits(
    solution: &Solution<'_>,
    screening: &Screening,
    (anchors, classical): (&[Option<Anchor>], &[ClassicalItem]),
    (uncertainty, no_errors): (Option<&Uncertainty>, NoErrors),
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
                se_missing: Some(if fixed.is_some() { NoErrors::Fixed } else { no_errors }),
                anchor: fixed.is_some(),
                item_rest: classical[item as usize].item_rest,
                check_key: classical[item as usize].goes_against(),
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
    item.se = Some(uncertainty.covariance.errors(item.item));
    item.se_missing = None;
}

/// Takes the errors away from items one of whose parameters is not determined.
fn withhold_errors(items: &mut [ItemFit], undetermined: &[Parameter]) {
    for item in items.iter_mut().filter(|item| item.se.is_some()) {
        let missing = if !item.at_bound.is_empty() {
            NoErrors::AtBound
        } else if undetermined.iter().any(|p| p.item == Some(item.item)) {
            NoErrors::Unidentified
        } else {
            continue;
        };
        item.se = None;
        item.se_missing = Some(missing);
    }
}
