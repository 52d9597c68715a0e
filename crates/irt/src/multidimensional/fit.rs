//! From answers and a specification to a calibration of several dimensions.

use seedtest_numerics::{
    Ending, Interrupted, Observer, Stream, Verdict, chi_square_sf, chunks_of_codes, ln, logit,
};

use super::abilities::abilities;
use super::error::Error;
use super::expectation::{Expectation, cut_blocks};
use super::lattice::{Lattice, MOST};
use super::pairs::{Pairs, free_directions};
use super::result::{Fit, ItemErrors, ItemFit, NoErrors, OneDimension, Parameter, Points};
use super::rotation::{Turn, rotate};
use super::search::{Search, State};
use super::small::transpose;
use super::spec::{Loadings, Spec};
use super::structure::{Point, Root, Row, Square, Structure, dot};
use super::uncertainty::{Uncertainty, uncertainty};
use crate::ability::unscored;
use crate::answer_chunks::AnswerChunks;
use crate::codes::CodedAnswers;
use crate::design::warnings;
use crate::groups::Groups;
use crate::linkage::Linkage;
use crate::responses::Responses;
use crate::screening::{Screening, screen};
use crate::verdict::Findings;

/// A logistic curve is near a normal one of this slope, whose latent response has an error of variance 1.
const LOGISTIC_TO_NORMAL: f64 = 1.702;
/// Change of the log-likelihood by more points that is none.
const POINT_TOLERANCE: f64 = 1e-4;
/// Combinations of outcomes that have rows of their own in tables, by the number of dimensions from 2 on: rows are as
/// long as there are points.
const COMBINATIONS: [u32; 3] = [243, 27, 9];
const MORE_INFORMATION: &str =
    "ask for fewer dimensions, or leave items with few answers out (min_answers, `--min-answers`)";
const ONE_TOO_MANY: &str = "two dimensions cannot be told apart: let their items load on one";

/// Calibrates the items of `data` on several dimensions and scores its students: logit P = a₁θ₁ + … + d, where the
/// abilities are normal with variances of 1.
///
/// Marginal maximum likelihood by accelerated EM over the points of a lattice, which gets finer until the
/// log-likelihood no longer depends on it. The result is the same, byte for byte, on any number of threads.
///
/// # Errors
/// For answers and specifications that cannot be used, and for loadings that the design does not determine.
pub fn fit(data: &Responses<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    fit_in_chunks(data, &chunks_of_codes(data.n_students), spec, observer)
}

/// [`fit`] with the chunk of every student code given, see [`crate::fit_in_chunks`].
///
/// # Errors
/// Those of [`fit`].
pub fn fit_in_chunks(
    data: &Responses<'_>,
    chunk_of: &[u32],
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    spec.validate()?;
    data.validate()?;
    if chunk_of.len() != data.n_students {
        let (chunks, n_students) = (chunk_of.len(), data.n_students);
        return Err(crate::error::Error::Chunks { chunks, n_students }.into());
    }
    let dimensions = dimensions_of_items(&spec.loadings, data)?;
    let screening = screen(data, spec.min_n, &vec![None; data.n_items])?;
    let structure = structure(spec, &dimensions, &screening)?;
    let pairs = Pairs::of(data, &screening);
    require_identified(spec, &structure, &pairs, &screening)?;
    let one = crate::fit::fit_in_chunks(data, chunk_of, &spec.of_one_dimension(), observer)?;
    let coded = CodedAnswers::of(data, &screening);
    let most = COMBINATIONS[structure.k - 2];
    let mut answers = AnswerChunks::with_runs(&coded, (chunk_of, Groups::one()), most);
    drop(coded);
    cut_blocks(&mut answers, usual_points(structure.k));
    let first = start(spec, &structure, &pairs, &screening);
    let mut solved = solve((&structure, spec), &answers, first, observer)?;
    solved.expected.stop = observer.interrupt();
    let root = structure.root(&solved.state.point.tangents);
    // The search may have ended on a step that it did not take.
    solved.expected.run(&solved.state.point, &root);
    let turn = turn(spec, &structure, &solved.state.point, &root);
    let abilities = abilities(&mut solved.expected, (structure.k, &transpose(&turn.by)))
        .map_err(crate::error::Error::from)?;
    let errors = errors(spec, &structure, &mut solved, &root);
    let answered = data.as_answered();
    let mut linkage = Linkage::of(&answered, &screening, Groups::one());
    let found = Found { spec, structure: &structure, screening: &screening, turn: &turn };
    let n_students = answers.n_students();
    let (log_likelihood, n_parameters) = (solved.state.log_likelihood, found.n_parameters());
    let undetermined = found.undetermined(&solved, &errors);
    Ok(Fit {
        spec: spec.clone(),
        items: found.items(&solved.state.point, errors.as_ref().ok()),
        correlations: found.correlations(),
        correlation_errors: errors.as_ref().ok().and_then(|of| found.correlation_errors(of)),
        explained: found.explained(&solved.state.point),
        se_missing: errors.as_ref().err().copied(),
        warnings: warnings(&mut linkage, &screening, &vec![None; data.n_items]),
        skipped: screening.skipped.clone(),
        abilities,
        unscored: unscored(&answered, &answers),
        points: solved.points,
        log_likelihood,
        n_parameters,
        n_answers: screening.n_answers,
        n_students,
        aic: aic(log_likelihood, n_parameters),
        bic: bic(log_likelihood, n_parameters, n_students),
        one_dimension: comparison(&one, (log_likelihood, n_parameters)),
        verdict: verdict(&solved, errors.as_ref().ok(), &undetermined),
        undetermined,
    })
}

fn aic(log_likelihood: f64, n_parameters: usize) -> f64 {
    -2.0 * log_likelihood + 2.0 * n_parameters as f64
}

fn bic(log_likelihood: f64, n_parameters: usize, n_students: usize) -> f64 {
    -2.0 * log_likelihood + ln(n_students as f64) * n_parameters as f64
}

/// One dimension beside several; `None` where its search did not converge.
fn comparison(
    one: &crate::result::Fit,
    (log_likelihood, n_parameters): (f64, usize),
) -> Option<OneDimension> {
    if !one.verdict.converged() {
        return None;
    }
    let chi_square = (2.0 * (log_likelihood - one.log_likelihood)).max(0.0);
    let df = n_parameters.saturating_sub(one.n_parameters);
    Some(OneDimension {
        log_likelihood: one.log_likelihood,
        n_parameters: one.n_parameters,
        aic: one.aic,
        bic: one.bic,
        chi_square,
        df,
        p: if df == 0 { 1.0 } else { chi_square_sf(chi_square, df as f64) },
    })
}

/// Dimensions of every item code; empty where the pattern does not name it.
fn dimensions_of_items(
    loadings: &Loadings,
    data: &Responses<'_>,
) -> Result<Vec<Vec<usize>>, Error> {
    let n_items = data.n_items;
    let (dimensions, items) = match loadings {
        Loadings::Free { dimensions, .. } => {
            return Ok(vec![(0..*dimensions).collect(); n_items]);
        }
        Loadings::Pattern { dimensions, items, .. } => (*dimensions, items),
    };
    let mut of_items: Vec<Option<Vec<usize>>> = vec![None; n_items];
    for (item, own) in items {
        let item = *item;
        if item as usize >= n_items {
            return Err(Error::PatternItem { item, n_items });
        }
        if let Some(&dimension) = own.iter().find(|&&dimension| dimension >= dimensions) {
            return Err(Error::PatternDimension { item, dimension, dimensions });
        }
        if own.is_empty() {
            return Err(Error::NoDimension { item });
        }
        let mut own = own.clone();
        own.sort_unstable();
        own.dedup();
        if of_items[item as usize].replace(own).is_some() {
            return Err(Error::DuplicateItem { item });
        }
    }
    let without_row = data.item.iter().find(|&&item| of_items[item as usize].is_none());
    match without_row {
        Some(&item) => Err(Error::MissingItem { item }),
        None => Ok(of_items.into_iter().map(Option::unwrap_or_default).collect()),
    }
}

fn structure(
    spec: &Spec,
    dimensions: &[Vec<usize>],
    screening: &Screening,
) -> Result<Structure, Error> {
    let k = spec.loadings.dimensions();
    let own: Vec<Vec<usize>> =
        screening.items.iter().map(|&item| dimensions[item as usize].clone()).collect();
    if let Some(dimension) = (0..k).find(|at| !own.iter().any(|own| own.contains(at))) {
        return Err(Error::NoItems { dimension });
    }
    let correlated = matches!(spec.loadings, Loadings::Pattern { correlated: true, .. });
    Ok(Structure::new(k, own, correlated))
}

/// Rotations of dimensions that no pattern holds change nothing.
fn rotations(k: usize) -> usize {
    k * (k - 1) / 2
}

fn require_identified(
    spec: &Spec,
    structure: &Structure,
    pairs: &Pairs,
    screening: &Screening,
) -> Result<(), Error> {
    let isolated = pairs.isolated().map(|position| screening.items[position]).collect::<Vec<_>>();
    if !isolated.is_empty() {
        return Err(Error::IsolatedItems { items: isolated });
    }
    let free = free_directions(structure, pairs);
    match spec.loadings {
        Loadings::Free { dimensions, .. } if free.len() > rotations(dimensions) => {
            Err(Error::FewItems { items: screening.items.len(), dimensions })
        }
        Loadings::Pattern { .. } if !free.is_empty() => {
            let names = Names { structure, screening, is_turned: false };
            let parameters = free.into_iter().map(|place| names.of(place)).collect();
            Err(Error::Unidentified { parameters })
        }
        _ => Ok(()),
    }
}

/// First point of the search.
fn start(spec: &Spec, structure: &Structure, pairs: &Pairs, screening: &Screening) -> Point {
    let slopes: Vec<Row> = match spec.loadings {
        Loadings::Free { .. } => {
            let loadings = pairs.principal_loadings(structure.k);
            let slope = |row: &Row| {
                let scale = LOGISTIC_TO_NORMAL / (1.0 - dot(row, row)).sqrt();
                row.map(|x| scale * x)
            };
            loadings.iter().map(slope).collect()
        }
        Loadings::Pattern { .. } => first_slopes(structure),
    };
    let root = structure.root(&vec![FIRST_TANGENT; structure.pairs.len()]);
    let intercept = |(slopes, &(n, right)): (&Row, &(u32, u32))| {
        let share = (f64::from(right) + 0.5) / (f64::from(n) + 1.0);
        let size = root.transposed_times(slopes).map(|x| x / LOGISTIC_TO_NORMAL);
        // Averaging over normal abilities flattens a curve.
        logit(share.clamp(0.02, 0.98)) * (1.0 + dot(&size, &size)).sqrt()
    };
    let intercepts = slopes.iter().zip(&screening.counts).map(intercept).collect();
    Point { slopes, intercepts, tangents: vec![FIRST_TANGENT; structure.pairs.len()] }
}

/// A correlation of 0.3 between the first two dimensions.
const FIRST_TANGENT: f64 = 0.3;

/// Equal slopes on the dimensions of an item, but for a little that tells dimensions of the same items apart.
fn first_slopes(structure: &Structure) -> Vec<Row> {
    let mut stream = Stream::new(3, 0);
    let mut of_item = |own: &Vec<usize>| {
        let mut row = [0.0; MOST];
        let size = 1.0 / (own.len() as f64).sqrt();
        for &at in own {
            row[at] = if own.len() > 1 { size * stream.uniform_in(0.8, 1.2) } else { size };
        }
        row
    };
    structure.dimensions.iter().map(&mut of_item).collect()
}

/// Where a search ended, on which points.
struct Solved<'a> {
    state: State,
    ending: Ending,
    iterations: u32,
    expected: Expectation<'a>,
    points: Points,
}

/// Points that most searches over so many dimensions end on; 0 where so many cannot be fitted.
pub fn usual_points(dimensions: usize) -> usize {
    if !(2..=MOST).contains(&dimensions) {
        return 0;
    }
    let lattice = Lattice::of_level(dimensions, 2).or_else(|| Lattice::of_level(dimensions, 1));
    lattice.map_or(0, |lattice| lattice.width())
}

/// Searches on finer and finer points, until finer ones change nothing.
///
/// # Errors
/// [`Interrupted`] when the time was up before the end of the first E-step.
fn solve<'a>(
    (structure, spec): (&'a Structure, &Spec),
    answers: &'a AnswerChunks,
    first: Point,
    observer: &mut dyn Observer,
) -> Result<Solved<'a>, crate::error::Error> {
    let closing = observer.closing();
    let on = |lattice, iterations| {
        let expected = Expectation::new(answers, lattice, closing.clone());
        Search { structure, expected, stopping: spec.stopping(), iterations }
    };
    let coarsest = Lattice::of_level(structure.k, 0).ok_or(Interrupted)?;
    let mut search = on(coarsest, 0);
    let mut state = search.evaluate(first).ok_or(Interrupted)?;
    let (mut change, mut enough) = (None, false);
    let mut level = 0;
    let ending = loop {
        let ending;
        (state, ending) = search.climb(state, observer);
        let finer = Lattice::of_level(structure.k, level + 1);
        let Some(finer) = finer.filter(|_| ending == Ending::Converged) else { break ending };
        let mut next = on(finer, search.iterations);
        let Some(there) = next.evaluate(state.point.clone()) else { break Ending::Stopped };
        let difference = (there.log_likelihood - state.log_likelihood).abs();
        (change, enough) = (Some(difference), difference <= POINT_TOLERANCE);
        if enough {
            break ending;
        }
        (search, state, level) = (next, there, level + 1);
    };
    let points = Points { n: search.expected.lattice.n_points, change, enough };
    let Search { expected, iterations, .. } = search;
    Ok(Solved { state, ending, iterations, expected, points })
}

/// How the dimensions are turned, or made to correlate, from those of independent abilities.
fn turn(spec: &Spec, structure: &Structure, point: &Point, root: &Root) -> Turn {
    match spec.loadings {
        Loadings::Free { rotation, .. } => {
            let loadings: Vec<Row> =
                point.slopes.iter().map(|row| standardised(row, row).0).collect();
            rotate(&loadings, structure.k, rotation)
        }
        Loadings::Pattern { .. } => Turn::correlating(&root.lower, structure.k),
    }
}

/// Standardised loadings and communality of slopes, given slopes on independent abilities.
fn standardised(slopes: &Row, independent: &Row) -> (Row, f64) {
    let normal = independent.map(|x| x / LOGISTIC_TO_NORMAL);
    let explained = dot(&normal, &normal);
    let scale = 1.0 / (LOGISTIC_TO_NORMAL * (1.0 + explained).sqrt());
    (slopes.map(|x| scale * x), explained / (1.0 + explained))
}

fn errors(
    spec: &Spec,
    structure: &Structure,
    solved: &mut Solved<'_>,
    root: &Root,
) -> Result<Uncertainty, NoErrors> {
    if !spec.standard_errors {
        return Err(NoErrors::NotComputed);
    }
    if matches!(spec.loadings, Loadings::Free { .. }) {
        return Err(NoErrors::Rotated);
    }
    if solved.ending != Ending::Converged {
        return Err(NoErrors::Undetermined);
    }
    let found = uncertainty(structure, (&solved.state, root), &mut solved.expected);
    found.ok_or(NoErrors::OutOfTime)
}

/// Names of places.
struct Names<'a> {
    structure: &'a Structure,
    screening: &'a Screening,
    is_turned: bool,
}

impl Names<'_> {
    fn of(&self, place: usize) -> Parameter {
        let structure = self.structure;
        if let Some(pair) = place.checked_sub(structure.correlations_start()) {
            let (second, first) = structure.pairs[pair];
            return Parameter::Correlation { first, second };
        }
        let position = structure.first.partition_point(|&first| first <= place) - 1;
        let item = self.screening.items[position];
        match structure.dimensions[position].get(place - structure.first[position]) {
            Some(&at) => Parameter::Slope { item, dimension: (!self.is_turned).then_some(at) },
            None => Parameter::Intercept { item },
        }
    }
}

/// What there is to say of a solution.
struct Found<'a> {
    spec: &'a Spec,
    structure: &'a Structure,
    screening: &'a Screening,
    turn: &'a Turn,
}

impl Found<'_> {
    fn is_turned(&self) -> bool {
        matches!(self.spec.loadings, Loadings::Free { .. })
    }

    fn n_parameters(&self) -> usize {
        let held = if self.is_turned() { rotations(self.structure.k) } else { 0 };
        self.structure.n_free() - held
    }

    /// Slopes on the dimensions that are reported.
    fn slopes(&self, point: &Point, item: usize) -> Row {
        if self.is_turned() { self.turn.row(&point.slopes[item]) } else { point.slopes[item] }
    }

    /// Slopes on independent abilities.
    fn independent(&self, point: &Point, item: usize) -> Row {
        if self.is_turned() {
            return point.slopes[item];
        }
        self.structure.root(&point.tangents).transposed_times(&point.slopes[item])
    }

    fn items(&self, point: &Point, errors: Option<&Uncertainty>) -> Vec<ItemFit> {
        let k = self.structure.k;
        let counts = self.screening.items.iter().zip(&self.screening.counts);
        let item = |(at, (&item, &(n, n_right))): (usize, (&u32, &(u32, u32)))| {
            let (slopes, independent) = (self.slopes(point, at), self.independent(point, at));
            let (loadings, communality) = standardised(&slopes, &independent);
            let discrimination = dot(&independent, &independent).sqrt();
            let places = self.structure.first[at]..self.structure.first[at + 1];
            ItemFit {
                item,
                n,
                n_right,
                slopes: slopes[..k].to_vec(),
                intercept: point.intercepts[at],
                se: errors.map(|errors| self.item_errors(errors, at)),
                discrimination,
                difficulty: -point.intercepts[at] / discrimination,
                loadings: loadings[..k].to_vec(),
                communality,
                at_bound: places.into_iter().any(|at| self.structure.at_bound(point, at).is_some()),
            }
        };
        counts.enumerate().map(item).collect()
    }

    fn item_errors(&self, errors: &Uncertainty, item: usize) -> ItemErrors {
        let own = &errors.errors[self.structure.first[item]..self.structure.first[item + 1]];
        let mut slopes = vec![0.0; self.structure.k];
        for (&dimension, error) in self.structure.dimensions[item].iter().zip(own) {
            slopes[dimension] = *error;
        }
        ItemErrors { slopes, intercept: own[own.len() - 1] }
    }

    fn correlations(&self) -> Vec<Vec<f64>> {
        let k = self.structure.k;
        let all: Square = self.turn.correlations();
        let exact = |i: usize, j: usize| if i == j { 1.0 } else { all[i][j] };
        (0..k).map(|i| (0..k).map(|j| exact(i, j)).collect()).collect()
    }

    fn correlation_errors(&self, errors: &Uncertainty) -> Option<Vec<Vec<f64>>> {
        let (k, start) = (self.structure.k, self.structure.correlations_start());
        let mut all = vec![vec![0.0; k]; k];
        for (&(i, j), error) in self.structure.pairs.iter().zip(&errors.errors[start..]) {
            (all[i][j], all[j][i]) = (*error, *error);
        }
        (!self.structure.pairs.is_empty()).then_some(all)
    }

    fn explained(&self, point: &Point) -> Vec<f64> {
        let (k, n) = (self.structure.k, self.structure.dimensions.len());
        let correlations = self.turn.correlations();
        let mut sums = vec![0.0; k];
        for item in 0..n {
            let (loadings, _) =
                standardised(&self.slopes(point, item), &self.independent(point, item));
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += loadings[at] * dot(&correlations[at], &loadings) / n as f64;
            }
        }
        sums
    }

    /// Parameters at the edge of their range or without information, in the order of their places.
    fn undetermined(
        &self,
        solved: &Solved<'_>,
        errors: &Result<Uncertainty, NoErrors>,
    ) -> Vec<Parameter> {
        let is_turned = self.is_turned();
        let names = Names { structure: self.structure, screening: self.screening, is_turned };
        let flat = errors.as_ref().map_or(&[][..], |errors| &errors.flat);
        let is_undetermined = |place: &usize| {
            flat.contains(place) || self.structure.at_bound(&solved.state.point, *place).is_some()
        };
        let mut all: Vec<Parameter> = (0..self.structure.n_free())
            .filter(is_undetermined)
            .map(|place| names.of(place))
            .collect();
        all.dedup();
        all
    }
}

fn verdict(
    solved: &Solved<'_>,
    errors: Option<&Uncertainty>,
    undetermined: &[Parameter],
) -> Verdict {
    let code = |item: u32| item.to_string();
    let number = |dimension: usize| (dimension + 1).to_string();
    let names = |of: &[Parameter]| of.iter().map(|of| of.name(&code, &number)).collect();
    let is_correlation = |of: &Parameter| matches!(of, Parameter::Correlation { .. });
    let findings = Findings {
        ending: Some(solved.ending),
        iterations: solved.iterations,
        log_posterior: solved.state.log_likelihood,
        max_gradient: solved.state.max_gradient,
        condition_number: errors.and_then(|errors| errors.condition_number),
        no_spread: false,
        undetermined: names(undetermined),
        advice: if undetermined.iter().any(is_correlation) {
            ONE_TOO_MANY
        } else {
            MORE_INFORMATION
        },
    };
    findings.verdict()
}
