//! From scored answers and a specification to a calibration.

use seedtest_numerics::{Observer, chunks_of_codes, ln};

use super::anchor::{self, Anchor};
use super::categories::UsedItems;
use super::collapse::Category;
use super::covariance::{Parameter, ParameterKind};
use super::curves::CategoryCurves;
use super::error::Error;
use super::estimates::estimates;
use super::item_errors::ItemErrors;
use super::objective::{Categories, fill_log_probabilities, inside_bounds};
use super::parameter_map::{ParameterMap, Point, RatingPlaces, Role, Shape};
use super::prior_terms::has_one_free_slope;
use super::responses::Responses;
use super::result::{Fit, ItemFit, RatingScale};
use super::spec::Spec;
use super::standard_errors::{Solution, Uncertainty, uncertainty};
use super::start::{free_populations, start};
use crate::ability::{prepared_abilities, unscored};
use crate::answer_chunks::AnswerChunks;
use crate::classical::{ClassicalItem, classical_shares, falling_categories};
use crate::design::{Warning, grid_warnings, group_warnings, key_warning_of, warnings};
use crate::expectation::{Expectation, Source};
use crate::fit::{group_fits, latent_fit};
use crate::forms::form_difference;
use crate::grid::Grid;
use crate::groups::Groups;
use crate::isolated::isolated_items;
use crate::linkage::Linkage;
use crate::result::{LatentFit, NoErrors};
use crate::search::{Outcome, Solved, solve};
use crate::verdict::{Findings, MORE_INFORMATION, no_spread};

/// Calibrates the items of `data` and scores its students, see [`crate::fit()`].
pub fn fit(data: &Responses<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    fit_in_chunks(data, &chunks_of_codes(data.n_students), spec, observer)
}

/// [`fit`] with the chunk of every student code given, see [`crate::fit_in_chunks`].
pub fn fit_in_chunks(
    data: &Responses<'_>,
    chunk_of: &[u32],
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    calibrate(data, Groups::one(), chunk_of, spec, observer)
}

/// [`fit_in_chunks`] of several groups of students at once, see [`crate::fit_groups`].
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
    let asked_for = Grid::new(spec.quadrature).map_err(crate::error::Error::from)?;
    data.validate()?;
    if chunk_of.len() != data.n_students {
        let (chunks, n_students) = (chunk_of.len(), data.n_students);
        return Err(crate::error::Error::Chunks { chunks, n_students }.into());
    }
    let anchors = anchor::by_item(&spec.anchors, data.n_items)?;
    let used = UsedItems::new(data, spec, &anchors)?;
    let screening = &used.screening;
    let is_fixed = |item: u32| anchors[item as usize].is_some_and(|anchor| anchor.fixed);
    let n_fixed = spec.anchors.iter().filter(|anchor| anchor.fixed).count();
    if n_fixed > 0 && !screening.items.iter().any(|&item| is_fixed(item)) {
        return Err(crate::error::Error::UnansweredAnchors { anchors: n_fixed }.into());
    }
    let answered = data.as_answered();
    let mut linkage = Linkage::of(&answered, screening, groups);
    groups.require_links(&linkage, screening, &is_fixed)?;
    let coded = used.coded(data);
    let (answers, classical) =
        rayon::join(|| AnswerChunks::new(&coded, chunk_of, groups), || classical(data, &used));
    let populations = free_populations(spec, &used, &is_fixed, groups);
    let map = ParameterMap::new(spec, &used, &is_fixed, populations)?;
    let first = start(spec, &used, &map, (&coded, groups), &anchors);
    drop(coded);
    let source = Source::Here(&answers);
    let objective = Categories { map: &map, priors: &spec.priors };
    let Solved { grid, mut expected, outcome } =
        solve(&objective, source, (asked_for, first), &spec.stopping(), &|_| None, observer)
            .map_err(crate::error::Error::from)?;
    expected.end_with(observer.interrupt());
    let point = &outcome.state.point;
    let solution = Solution {
        point,
        map: &map,
        priors: &spec.priors,
        rule: grid.rule,
        items: &screening.items,
    };
    // The search may have ended on a step it did not take.
    expected.run_with(&point.populations, |nodes, table| {
        fill_log_probabilities(&map, point, nodes, table);
    });
    // Abilities are what is asked for in any case: standard errors are what there may be no time for.
    let abilities = prepared_abilities(&mut expected).map_err(crate::error::Error::from)?;
    let mean_abilities = mean_abilities(&map, &expected);
    let uncertainty = uncertainty(spec.standard_errors, &solution, &mut expected);
    let isolated = isolated_items(&linkage, screening, &is_fixed);
    let undetermined = undetermined(&solution, uncertainty.as_ref(), &isolated);
    let found = Found {
        solution: &solution,
        uncertainty: uncertainty.as_ref(),
        no_errors: spec.standard_errors.missing(),
        undetermined: &undetermined,
        used: &used,
        maximum: data.maximum,
    };
    let items = found.items(&anchors, &mean_abilities, (&classical.0, &classical.1));
    let verdict = verdict(&solution, &outcome, &undetermined, uncertainty.as_ref());
    let as_anchors: Vec<Option<crate::anchor::Anchor>> =
        anchors.iter().map(|anchor| anchor.map(as_seen_by_the_design)).collect();
    let mut design_warnings = warnings(&mut linkage, screening, &as_anchors);
    if !isolated.is_empty() {
        design_warnings.push(Warning::IsolatedItems { items: isolated });
    }
    let suspects = items.iter().filter(|item| item.check_key).map(|item| item.item);
    design_warnings.extend(key_warning_of(suspects.collect()));
    design_warnings.extend(group_warnings(&linkage, groups));
    design_warnings.extend(grid_warnings(&grid, &point.populations));
    let forms = form_difference(&answered, screening, groups, &abilities, &point.populations);
    design_warnings.extend(forms.map(Warning::FormsDiffer));
    let latents = found.latents();
    let (n_students, n_parameters) = (answers.n_students(), map.len());
    let log_likelihood = outcome.state.log_likelihood;
    Ok(Fit {
        spec: spec.clone(),
        items,
        rating_scales: found.rating_scales(),
        warnings: design_warnings,
        abilities,
        unscored: unscored(&answered, &answers),
        latent: latents[groups.reference as usize],
        groups: group_fits(&latents, groups, &answers.students_of_groups()),
        quadrature: grid.rule,
        log_likelihood,
        log_prior: outcome.state.log_posterior - log_likelihood,
        n_parameters,
        n_answers: screening.n_answers,
        n_students,
        aic: -2.0 * log_likelihood + 2.0 * n_parameters as f64,
        bic: -2.0 * log_likelihood + ln(n_students as f64) * n_parameters as f64,
        se_method: uncertainty.as_ref().map(|u| u.method),
        verdict,
        skipped: used.screening.skipped,
        covariance: uncertainty.filter(|_| spec.keep_covariance).map(|u| u.covariance),
        undetermined,
    })
}

/// Mean ability of those who chose each code.
fn mean_abilities(map: &ParameterMap, expected: &Expectation<'_>) -> Vec<Option<f64>> {
    let width = expected.width();
    let n_codes = map.items.iter().map(|shape| shape.categories).sum::<usize>();
    let rows = expected.counts.chunks_exact(width).take(n_codes);
    rows.map(|row| {
        let n: f64 = row.iter().sum();
        let sum: f64 = row.iter().zip(&expected.nodes).map(|(r, x)| r * x).sum();
        (n > 0.5).then(|| sum / n)
    })
    .collect()
}

/// Shares of the highest score and their correlation with those of the other answers; and the first category of every
/// item whose students do worse on these than those of the category below.
fn classical(data: &Responses<'_>, used: &UsedItems) -> (Vec<ClassicalItem>, Vec<Option<usize>>) {
    let mut highest = vec![0u8; data.n_items];
    for (&item, &score) in data.item.iter().zip(data.score) {
        highest[item as usize] = highest[item as usize].max(score);
    }
    for (&item, categories) in used.screening.items.iter().zip(&used.categories) {
        let slot = &mut highest[item as usize];
        *slot = categories.scores.last().copied().unwrap_or(0).max(*slot);
    }
    let share = |row: usize| {
        let highest = highest[data.item[row] as usize].max(1);
        f64::from(data.score[row]) / f64::from(highest)
    };
    let category = |row: usize| {
        let position = used.screening.position[data.item[row] as usize];
        let categories = used.categories.get(position as usize)?;
        categories.category(data.score[row])
    };
    let answered = data.as_answered();
    rayon::join(
        || classical_shares(&answered, share),
        || falling_categories(&answered, share, category),
    )
}

/// Known curves as the checks of a design look at them: a slope, and the middle of the difficulties.
fn as_seen_by_the_design(anchor: &Anchor) -> crate::anchor::Anchor {
    let b = anchor.curves.difficulties();
    let middle = b.iter().sum::<f64>() / b.len().max(1) as f64;
    let a = anchor.curves.slope().unwrap_or(1.0);
    crate::anchor::Anchor { item: anchor.item, a, b: middle, c: 0.0, fixed: anchor.fixed }
}

/// Estimates that are none, in the order of [`Parameter`], each once.
fn undetermined(
    solution: &Solution<'_>,
    uncertainty: Option<&Uncertainty>,
    isolated: &[u32],
) -> Vec<Parameter> {
    let Solution { map, point, items, priors, .. } = solution;
    let inside = inside_bounds(map, point);
    let estimates = estimates(map, point, items);
    let at_bound = |place: usize| inside.binary_search(&place).is_err();
    let without_information = |parameter: &Parameter| {
        let Some(item) = parameter.item.filter(|item| isolated.contains(item)) else {
            return false;
        };
        let Ok(at) = items.binary_search(&item) else { return false };
        let shape = &map.items[at];
        shape.has_free_slope() && !(priors.a.is_some() && has_one_free_slope(shape))
    };
    let mut all: Vec<Parameter> = estimates
        .iter()
        .filter(|e| at_bound(e.place) || without_information(&e.parameter))
        .map(|e| e.parameter)
        .chain(uncertainty.into_iter().flat_map(|found| found.unidentified.iter().copied()))
        .collect();
    all.sort_by_key(Parameter::order);
    all.dedup();
    all
}

fn verdict(
    solution: &Solution<'_>,
    outcome: &Outcome<Categories<'_>>,
    undetermined: &[Parameter],
    uncertainty: Option<&Uncertainty>,
) -> seedtest_numerics::Verdict {
    let Outcome { state, ending, iterations } = outcome;
    let findings = Findings {
        ending: *ending,
        iterations: *iterations,
        log_posterior: state.log_posterior,
        max_gradient: state.max_gradient,
        condition_number: uncertainty.and_then(|u| u.condition_number),
        no_spread: no_spread(&solution.point.populations, &solution.map.populations),
        undetermined: undetermined.iter().map(|p| p.name(|item| item.to_string())).collect(),
        advice: MORE_INFORMATION,
    };
    findings.verdict()
}

/// What there is to say of the items of a solution.
struct Found<'a> {
    solution: &'a Solution<'a>,
    uncertainty: Option<&'a Uncertainty>,
    /// Why there are no standard errors where there is no uncertainty.
    no_errors: NoErrors,
    undetermined: &'a [Parameter],
    used: &'a UsedItems,
    maximum: Option<&'a [u8]>,
}

impl Found<'_> {
    fn items(
        &self,
        anchors: &[Option<&Anchor>],
        mean_abilities: &[Option<f64>],
        (classical, falls): (&[ClassicalItem], &[Option<usize>]),
    ) -> Vec<ItemFit> {
        let shapes = self.solution.map.items.iter();
        let items = self.used.screening.items.iter();
        shapes
            .zip(items)
            .zip(&self.used.categories)
            .map(|((shape, &item), categories)| {
                let held = anchors[item as usize].filter(|anchor| anchor.fixed);
                let values = &self.solution.point.values[shape.values.clone()];
                let of_codes = &mean_abilities[shape.first_code..][..shape.categories];
                let counted = categories.scores.iter().zip(&categories.counts).zip(of_codes);
                let category = |((&score, &n), &mean_ability): ((&u8, &u32), &Option<f64>)| {
                    Category { score, n, mean_ability }
                };
                // The anchor's own numbers, not what is left of them on the way.
                let curves = held.map_or_else(
                    || CategoryCurves::of(shape.form, values),
                    |anchor| anchor.curves.clone(),
                );
                let classical = &classical[item as usize];
                let falls = falls[item as usize].filter(|_| shape.model.is_ordered());
                let se_missing = self.missing_errors(shape, item, held.is_some());
                let errors =
                    |found: &Uncertainty| ItemErrors::new(&found.covariance, item, &curves);
                ItemFit {
                    item,
                    n: categories.n(),
                    model: shape.model,
                    categories: counted.map(category).collect(),
                    collapsed: categories.missing(self.maximum.map(|of| of[item as usize])),
                    se: self.uncertainty.filter(|_| se_missing.is_none()).map(errors),
                    se_missing,
                    anchor: held.is_some(),
                    item_rest: classical.item_rest,
                    check_key: shape.model.is_ordered() && classical.goes_against(),
                    falls_at: falls.and_then(|k| categories.scores.get(k).copied()),
                    at_bound: self.at_bound(shape, item),
                    curves,
                }
            })
            .collect()
    }

    fn missing_errors(&self, shape: &Shape, item: u32, held: bool) -> Option<NoErrors> {
        if held {
            Some(NoErrors::Fixed)
        } else if self.uncertainty.is_none() {
            Some(self.no_errors)
        } else if !self.at_bound(shape, item).is_empty() {
            Some(NoErrors::AtBound)
        } else if self.undetermined.iter().any(|p| p.item == Some(item)) {
            Some(NoErrors::Unidentified)
        } else {
            None
        }
    }

    fn at_bound(&self, shape: &Shape, item: u32) -> Vec<Parameter> {
        use ParameterKind::{A, C, D};
        let at_bound = |value: &usize| {
            let (low, high) = shape.role(*value).limits();
            let at = self.solution.point.values[shape.values.start + value];
            at <= low || at >= high
        };
        let named = |value: usize| match shape.role(value) {
            Role::Slope => Parameter::of_item(item, A, 0),
            Role::CategorySlope(k) => Parameter::of_item(item, A, k),
            Role::Intercept(k) | Role::Threshold(k) => Parameter::of_item(item, D, k),
            Role::Location => Parameter::of_item(item, D, 1),
            Role::Guessing => Parameter::of_item(item, C, 0),
        };
        let mut values: Vec<usize> = shape.free().map(|(value, _)| value).collect();
        values.sort_unstable();
        values.into_iter().filter(at_bound).map(named).collect()
    }

    fn latents(&self) -> Vec<LatentFit> {
        let Solution { point, map, .. } = self.solution;
        let several = point.populations.len() > 1;
        (0u32..)
            .zip(&point.populations)
            .zip(&map.populations)
            .map(|((group, population), free)| {
                let error = |kind| {
                    let wanted = Parameter::of_population(kind, several.then_some(group));
                    let found =
                        self.uncertainty.filter(|_| !self.undetermined.contains(&wanted))?;
                    found.covariance.standard_error_of(wanted)
                };
                let errors = (error(ParameterKind::Mean), error(ParameterKind::Sd));
                latent_fit(*population, *free, errors)
            })
            .collect()
    }

    fn rating_scales(&self) -> Vec<RatingScale> {
        let Solution { map, point, items, .. } = self.solution;
        let scale = |(position, of): (usize, &RatingPlaces)| {
            let members = map.items.iter().zip(*items).filter(|(shape, _)| {
                shape.shared.iter().any(|(_, place)| *place == of.first_place)
            });
            let thresholds = (1..of.categories).map(|k| threshold(map, point, *of, k));
            let se = self.uncertainty.and_then(|found| found.thresholds.get(position).cloned());
            RatingScale {
                categories: of.categories,
                items: members.map(|(_, item)| *item).collect(),
                thresholds: thresholds.collect(),
                se,
            }
        };
        map.rating_scales.iter().enumerate().map(scale).collect()
    }
}

/// τ_k = t_{k−1} − t_k with t_0 = t_m = 0.
fn threshold(map: &ParameterMap, point: &Point, scale: RatingPlaces, k: usize) -> f64 {
    let t = |k: usize| {
        let free = (1..=scale.n_free()).contains(&k);
        let place = free.then(|| scale.first_place + k - 1);
        place.and_then(|place| map.value_at(point, place)).map_or(0.0, |(_, value)| value)
    };
    t(k - 1) - t(k)
}
