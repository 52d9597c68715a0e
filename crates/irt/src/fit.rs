//! From answers and a specification to a calibration.

use seedtest_numerics::{Observer, chunks_of_codes, ln};

use crate::ability::{abilities, unscored};
use crate::anchor::{self, Anchor};
use crate::answer_chunks::AnswerChunks;
use crate::classical::{ClassicalItem, ItemSums, classical_items};
use crate::codes::{CodeBook, CodedAnswers};
use crate::covariance::{Parameter, ParameterKind};
use crate::design::{Warning, grid_warnings, group_warnings, key_warning, warnings};
use crate::error::Error;
use crate::expectation::Source;
use crate::forms::{FormDifference, form_difference};
use crate::grid::Grid;
use crate::groups::Groups;
use crate::isolated::{isolated_items, without_information};
use crate::linkage::Linkage;
use crate::maximization::Target;
use crate::parameters::{FreePopulation, FreeSet, Point, Population};
use crate::passes::{Elsewhere, Pass, PassSums};
use crate::priors::Priors;
use crate::responses::Responses;
use crate::result::{Ability, Fit, GroupFit, ItemFit, LatentFit, NoErrors, UnscoredStudent};
use crate::screening::{Screening, screen, screen_counts};
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
    let answered = data.as_answered();
    let linkage = Linkage::of(&answered, &screening, groups);
    let problem = Problem::new((spec, groups), anchors, screening, &linkage)?;
    let coded = CodedAnswers::of(data, &problem.screening);
    let (answers, classical) =
        rayon::join(|| AnswerChunks::new(&coded, chunk_of, groups), || classical_items(data));
    let mut solved = problem.solve(Source::Here(&answers), asked_for, observer)?;
    let point = solved.outcome.state.point.clone();
    // Abilities are what is asked for in any case: standard errors are what there may be no time for.
    let abilities = abilities(&mut solved.expected, &point)?;
    let populations = &point.populations;
    let forms = form_difference(&answered, &problem.screening, groups, &abilities, populations);
    let seen =
        Seen { abilities, unscored: unscored(&answered, &answers), classical, linkage, forms };
    Ok(problem.fit(solved, seen))
}

/// A calibration of answers that are in parts somewhere else. `items` are the sums of every item code, `groups` the
/// number of groups and the code of the reference, and `run` runs a pass over the answers of all students: the sums
/// of [`ChunkAnswers::run`](crate::ChunkAnswers::run) over every chunk, merged.
///
/// The fit is that of [`fit_in_chunks`] or [`fit_groups`] to the byte, but for what needs the students one by one: it
/// has no abilities and no unscored students, and does not look for forms that differ. From a stored solution without a
/// covariance it takes other steps to the same optimum, because Newton's need the students too. The pass that is
/// returned gives the abilities of every chunk, see [`ChunkAnswers::abilities`](crate::ChunkAnswers::abilities).
///
/// # Errors
/// Those of [`fit_groups`]; [`Error::Pass`] where a pass failed, with what `run` says.
pub fn fit_in_passes(
    items: &[ItemSums],
    (n_groups, reference): (usize, u32),
    spec: &Spec,
    run: &mut (dyn FnMut(&Pass) -> Result<PassSums, String> + Send),
    observer: &mut dyn Observer,
) -> Result<(Fit, Pass), Error> {
    spec.validate()?;
    let asked_for = Grid::new(spec.quadrature)?;
    let groups = Groups { of: &[], n: n_groups.max(1), reference };
    if reference as usize >= groups.n {
        return Err(Error::ReferenceGroup { reference, n: groups.n });
    }
    if items.iter().all(|item| item.n == 0) {
        return Err(Error::NoObservations);
    }
    let anchors = anchor::by_item(&spec.anchors, items.len())?;
    let screening = screening_of(items, spec, &anchors)?;
    let n_codes = CodeBook::dichotomous(screening.items.len()).n_codes();
    let elsewhere = Elsewhere::new(n_codes, groups.n, run);
    let linkage = elsewhere.linkage()?;
    let problem = Problem::new((spec, groups), anchors, screening, &linkage)?;
    let solved = problem.solve(Source::Elsewhere(&elsewhere), asked_for, observer);
    elsewhere.failure()?;
    let mut solved = solved?;
    let point = solved.outcome.state.point.clone();
    solved.expected.prepare(&point);
    let at = solved.expected.abilities_at(&point.populations);
    let abilities = Pass::expectation(at, n_codes, groups.n);
    let seen = Seen {
        abilities: Vec::new(),
        unscored: Vec::new(),
        classical: (0u32..).zip(items).map(|(item, sums)| sums.classical(item)).collect(),
        linkage,
        forms: None,
    };
    let fit = problem.fit(solved, seen);
    elsewhere.failure()?;
    Ok((fit, abilities))
}

/// Codes of the items that [`fit_in_passes`] uses, increasing: the positions of a pass.
///
/// # Errors
/// For anchors that cannot be used, an item with more answers than can be counted, and where no item is left.
pub fn used_items(items: &[ItemSums], spec: &Spec) -> Result<Vec<u32>, Error> {
    let anchors = anchor::by_item(&spec.anchors, items.len())?;
    Ok(screening_of(items, spec, &anchors)?.items)
}

fn screening_of(
    items: &[ItemSums],
    spec: &Spec,
    anchors: &[Option<Anchor>],
) -> Result<Screening, Error> {
    let counts = (0u32..).zip(items).map(|(item, sums)| counts_of(item, sums));
    let counts = counts.collect::<Result<Vec<_>, Error>>()?;
    screen_counts(&counts, spec.min_n, anchors)
}

/// Answers and right answers of an item.
fn counts_of(item: u32, sums: &ItemSums) -> Result<(u32, u32), Error> {
    let n = u32::try_from(sums.n).map_err(|_| Error::TooManyAnswers { item, n: sums.n })?;
    Ok((n, sums.n_right.min(sums.n) as u32))
}

/// What is fitted: to which items, from where, and what is free.
struct Problem<'a> {
    spec: &'a Spec,
    groups: Groups<'a>,
    anchors: Vec<Option<Anchor>>,
    screening: Screening,
    priors: Vec<Priors>,
    first: Point,
    free: FreeSet,
}

/// What the answers show beside the search.
struct Seen {
    abilities: Vec<Ability>,
    unscored: Vec<UnscoredStudent>,
    /// Of every item code.
    classical: Vec<ClassicalItem>,
    linkage: Linkage,
    forms: Option<FormDifference>,
}

impl<'a> Problem<'a> {
    fn new(
        (spec, groups): (&'a Spec, Groups<'a>),
        anchors: Vec<Option<Anchor>>,
        screening: Screening,
        linkage: &Linkage,
    ) -> Result<Self, Error> {
        let is_fixed = |item: u32| anchors[item as usize].is_some_and(|anchor| anchor.fixed);
        let n_fixed = spec.anchors.iter().filter(|a| a.fixed).count();
        if n_fixed > 0 && !screening.items.iter().any(|&item| is_fixed(item)) {
            return Err(Error::UnansweredAnchors { anchors: n_fixed });
        }
        groups.require_links(linkage, &screening, &is_fixed)?;
        let priors: Vec<Priors> =
            screening.items.iter().map(|&i| spec.priors_of(anchors[i as usize])).collect();
        let (first, free) = start(spec, &screening, &anchors, groups);
        Ok(Self { spec, groups, anchors, screening, priors, first, free })
    }

    fn target(&self) -> Target<'_> {
        Target { free: &self.free, priors: &self.priors }
    }

    fn is_fixed(&self, item: u32) -> bool {
        self.anchors[item as usize].is_some_and(|anchor| anchor.fixed)
    }

    /// Searches; what is measured of the solution then ends with the observer's interrupt.
    fn solve<'s, 't>(
        &'t self,
        source: Source<'s>,
        asked_for: Grid,
        observer: &mut dyn Observer,
    ) -> Result<Solved<'s, Target<'t>>, Error> {
        let target = self.target();
        let stored = self.spec.start.as_ref().and_then(|start| start.covariance.as_ref());
        let items = &self.screening.items;
        let warm = |point: &Point| WarmCurvature::new(stored?, target.free, point, items);
        let from = (asked_for, self.first.clone());
        let mut solved = solve(&target, source, from, &self.spec.stopping(), &warm, observer)?;
        solved.expected.end_with(observer.interrupt());
        Ok(solved)
    }

    fn fit(&self, solved: Solved<'_, Target<'_>>, mut seen: Seen) -> Fit {
        let Solved { grid, mut expected, outcome } = solved;
        let (spec, screening, free) = (self.spec, &self.screening, &self.free);
        let point = &outcome.state.point;
        let solution = Solution {
            point,
            free,
            priors: &self.priors,
            quadrature: &grid.quadrature,
            rule: grid.rule,
            items: &screening.items,
        };
        let uncertainty = uncertainty(spec.standard_errors, &solution, &mut expected);
        let errors = (uncertainty.as_ref(), spec.standard_errors.missing());
        let isolated = isolated_items(&seen.linkage, screening, &|item| self.is_fixed(item));
        let without_information = without_information(&isolated, screening, free, &self.priors);
        let mut items = item_fits(&solution, screening, (&self.anchors, &seen.classical), errors);
        let undetermined = undetermined(&items, uncertainty.as_ref(), &without_information);
        withhold_errors(&mut items, &undetermined);
        let verdict = verdict(&solution, &outcome, &undetermined, uncertainty.as_ref());
        let mut design_warnings = warnings(&mut seen.linkage, screening, &self.anchors);
        if !isolated.is_empty() {
            design_warnings.push(Warning::IsolatedItems { items: isolated });
        }
        design_warnings.extend(key_warning(&items));
        design_warnings.extend(group_warnings(&seen.linkage, self.groups));
        design_warnings.extend(grid_warnings(&grid, &point.populations));
        design_warnings.extend(seen.forms.map(Warning::FormsDiffer));
        let n_students = seen.linkage.students.iter().sum::<u64>() as usize;
        let n_parameters = free.len();
        let deviance = -2.0 * outcome.state.log_likelihood;
        let latents = latent_fits(&solution, uncertainty.as_ref(), &undetermined);
        Fit {
            spec: spec.clone(),
            items,
            warnings: design_warnings,
            skipped: screening.skipped.clone(),
            abilities: seen.abilities,
            unscored: seen.unscored,
            latent: latents[self.groups.reference as usize],
            groups: group_fits(&latents, self.groups, &seen.linkage.students),
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
        }
    }
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

/// `students` are those of every group.
pub(crate) fn group_fits(
    latents: &[LatentFit],
    groups: Groups<'_>,
    students: &[u64],
) -> Vec<GroupFit> {
    if groups.n < 2 {
        return Vec::new();
    }
    (0u32..)
        .zip(latents.iter().zip(students))
        .map(|(group, (&latent, &n_students))| {
            let (reference, n_students) = (group == groups.reference, n_students as usize);
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
