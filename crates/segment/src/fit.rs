//! Clustering rows.

use seedtest_numerics::{Budget, Control, Interrupt, Observer, Progress, Silent, Status, Verdict};
use serde::{Deserialize, Serialize};

use crate::card::{Card, cards};
use crate::covariance::Components;
use crate::data::{Data, Dropped, Prepared, Scale};
use crate::description::{centres, memberships, outlier_p, stability_of, withinss};
use crate::error::Error;
use crate::evidence::{Evidence, evidence_of_splits};
use crate::found::{Found, by_size, clusters, refuse_too_many};
use crate::hierarchy::Merge;
use crate::matrix::{Matrix, squared_distance};
use crate::mixture::Mixture;
use crate::mixture_starts::followed;
use crate::selection::{Choice, Selection, select};
use crate::silhouette::{Distances, silhouette};
use crate::spec::{Method, Spec};

/// Rows below which the number of clusters is not chosen.
const FEWEST: usize = 10;
/// Rows the silhouette is computed on.
const SILHOUETTE_ROWS: usize = 2_000;
/// A row as rare as this in its own cluster is an outlier.
const OUTLIER: f64 = 0.001;

/// A clustering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was fitted.
    pub spec: Spec,
    /// Rows.
    pub n: usize,
    /// Features with their scales.
    pub scales: Vec<Scale>,
    /// Features left out.
    pub dropped: Vec<Dropped>,
    /// The method whose clusters these are: a mixture where k-means was asked for, no number was, and k-means
    /// does not see the clusters there are.
    #[serde(default)]
    pub method_used: Method,
    /// Clusters; they are numbered from 0, the largest first. 1 where there are no clusters.
    pub k: usize,
    /// Cluster of each row; `None` for noise.
    pub labels: Vec<Option<u32>>,
    /// Centres in the units of the features, one row a cluster.
    pub centres: Vec<Vec<f64>>,
    /// Rows of each cluster.
    pub sizes: Vec<usize>,
    /// Sum of squared distances to the own centre by cluster, on the scale of clustering.
    pub withinss: Vec<f64>,
    /// Their sum.
    pub tot_withinss: f64,
    /// Sum of squared distances of the centres of the rows' clusters to the centre of all.
    pub betweenss: f64,
    /// Mean silhouette width, of a sample of 2 000 rows where there are more.
    pub silhouette: Option<f64>,
    /// Share of each cluster in each row, k numbers a row; of a mixture, or of the normal distributions
    /// of one size around the centres that k-means stands for.
    pub memberships: Vec<Vec<f64>>,
    /// Probability of a row at least as far out in its cluster; rows below 0.001 are outliers.
    pub outlier_p: Vec<f64>,
    /// Rows that are outliers.
    pub outliers: Vec<usize>,
    /// ln likelihood of a mixture.
    pub log_likelihood: Option<f64>,
    /// Its BIC, lower is better.
    pub bic: Option<f64>,
    /// Its ICL, lower is better.
    pub icl: Option<f64>,
    /// Its components.
    pub components: Option<Components>,
    /// All merges of a hierarchy.
    pub merges: Vec<Merge>,
    /// What speaks for more than one kind of rows; `None` where there are too few to tell.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// How the number of clusters was chosen; `None` where it was given.
    pub selection: Option<Selection>,
    /// Each segment in a few numbers.
    pub cards: Vec<Card>,
    /// What a reader should know before using the clusters.
    pub warnings: Vec<String>,
    /// Whether the numbers can be used.
    pub verdict: Verdict,
    /// Mean squared distance to the own centre of the rows that have one, a dimension.
    pub(crate) spread: f64,
}

/// Clusters rows.
///
/// The result depends on the rows and the seed only, not on the threads; clusters are numbered by size.
/// The observer sees every few starts (or populations, iterations of a mixture, numbers of clusters) and can stop; the
/// best so far is then returned with a truncated verdict, and where it says that it is time to sum up, also in the
/// middle of a step. Its interrupt ends every step without a result; hierarchies and dense regions have none before
/// their end.
pub fn fit(data: &Data<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    let chosen = spec.features.as_ref().map(|names| data.chosen(names)).transpose()?;
    let prepared = Prepared::new(chosen.as_ref().unwrap_or(data), spec.standardize)?;
    let n = prepared.matrix.n();
    if n == 0 {
        return Err(Error::TooFew { rows: 0, what: "clusters".to_string(), required: 1 });
    }
    let mut watch = Watch::new(observer);
    let Searched { evidence, choice, mut found } = search(&prepared, spec, &mut watch)?;
    watch.end.check()?;
    found.leave_unknown(&prepared.matrix);
    let selection = choice.map(|choice| choice.selection);
    let fit = assemble(prepared, spec, found, (selection, evidence), &mut watch);
    watch.end.check()?;
    Ok(fit)
}

/// Clusters with what speaks for them and how their number came about.
struct Searched {
    evidence: Option<Evidence>,
    choice: Option<Choice>,
    found: Found,
}

/// Looks for clusters. A number that was asked for is fitted before it is asked what speaks for it: where time is
/// short, clusters are wanted first.
fn search(prepared: &Prepared, spec: &Spec, watch: &mut Watch<'_>) -> Result<Searched, Error> {
    let is_chosen = spec.method.takes_k() && spec.k.is_none();
    let mut evidence = if is_chosen { evidence_for(prepared, spec, watch)? } else { None };
    let mut choice = number_of_clusters(&prepared.matrix, spec, evidence.as_ref(), watch)?;
    watch.is_hurried = spec.method.has_best_so_far();
    let found = chosen_clusters(&prepared.matrix, choice.as_mut(), spec, watch)?;
    watch.is_hurried = true;
    if !is_chosen {
        evidence = evidence_for(prepared, spec, watch)?;
    }
    watch.look();
    Ok(Searched { evidence, choice, found })
}

/// The clusters of a choice, or of the number that was asked for.
fn chosen_clusters(
    matrix: &Matrix,
    choice: Option<&mut Choice>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let k = choice.as_ref().map_or(spec.k.unwrap_or(1), |choice| choice.selection.k);
    let Some(choice) = choice.filter(|_| spec.method == Method::Kmeans) else {
        return clusters(matrix, k, spec, observer);
    };
    if let Some(of_sample) = &choice.mixture {
        let found = followed(matrix, of_sample, spec, observer)
            .ok_or_else(|| Error::collapsed(spec.regularization))?;
        return Ok(Found::of_mixture(matrix, found));
    }
    match choice.partition.take() {
        Some(partition) => Ok(Found::of_kmeans(partition)),
        None => clusters(matrix, k, spec, observer),
    }
}

/// `None` where there are too few rows, or no time, or one cluster is asked for.
fn evidence_for(
    prepared: &Prepared,
    spec: &Spec,
    observer: &mut Watch<'_>,
) -> Result<Option<Evidence>, Error> {
    let Prepared { matrix, .. } = prepared;
    if matrix.n() < Evidence::LEAST_ROWS || spec.k == Some(1) {
        return Ok(None);
    }
    refuse_too_many(matrix, spec)?;
    let most = most_clusters(matrix, spec);
    // Dense regions too are asked whether they split the rows: how many rows they hold says nothing, since
    // rows of one kind fall apart into many of them.
    Ok(evidence_of_splits(matrix, most, spec.max_iter, spec.seed, observer))
}

/// The largest number of clusters that is tried.
fn most_clusters(matrix: &Matrix, spec: &Spec) -> usize {
    let most = spec.max_k.min(matrix.n() / 5);
    matrix.distinct(most).min(most)
}

/// Remembers whether the observer wanted to stop, or the time to sum up came.
struct Watch<'a> {
    observer: &'a mut dyn Observer,
    /// Raised when it is time to sum up.
    closing: Interrupt,
    /// Raised when there is no time for an answer any more.
    end: Interrupt,
    /// Whether searches end when it is time to sum up, with the best so far: some have none.
    is_hurried: bool,
    stopped: bool,
}

impl<'a> Watch<'a> {
    fn new(observer: &'a mut dyn Observer) -> Self {
        let (closing, end) = (observer.closing(), observer.interrupt());
        Self { observer, closing, end, is_hurried: true, stopped: false }
    }

    /// Looks whether what was done since the last look may have been cut short.
    fn look(&mut self) {
        self.stopped |= self.closing.is_raised();
    }
}

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: &Progress) -> Control {
        self.stopped |= self.observer.progress(progress) == Control::Stop;
        self.stopped |= self.is_hurried && self.closing.is_raised();
        if self.stopped { Control::Stop } else { Control::Continue }
    }

    fn interrupt(&self) -> Interrupt {
        if self.is_hurried { self.closing.clone() } else { self.end.clone() }
    }

    fn budget(&self) -> Budget {
        self.observer.budget()
    }
}

fn number_of_clusters(
    matrix: &Matrix,
    spec: &Spec,
    evidence: Option<&Evidence>,
    observer: &mut dyn Observer,
) -> Result<Option<Choice>, Error> {
    let n = matrix.n();
    if !spec.method.takes_k() {
        return Ok(None);
    }
    if let Some(k) = spec.k {
        if n < k {
            let what = format!("{k} clusters");
            return Err(Error::TooFew { rows: n, what, required: k });
        }
        let distinct = matrix.distinct(k);
        if distinct < k {
            return Err(Error::TooManyClusters { k, distinct });
        }
        return Ok(None);
    }
    if n < FEWEST {
        let what = "choosing a number of clusters".to_string();
        return Err(Error::TooFew { rows: n, what, required: FEWEST });
    }
    Ok(Some(select(matrix, most_clusters(matrix, spec), spec, evidence, observer)))
}

/// Whether rows are of more than one kind at all; `None` where there are too few to tell.
///
/// # Errors
/// Those of [`fit`].
pub fn evidence(data: &Data<'_>, spec: &Spec) -> Result<Option<Evidence>, Error> {
    spec.validate()?;
    let chosen = spec.features.as_ref().map(|names| data.chosen(names)).transpose()?;
    let prepared = Prepared::new(chosen.as_ref().unwrap_or(data), spec.standardize)?;
    evidence_for(&prepared, spec, &mut Watch::new(&mut Silent))
}

/// Clusters alone: no silhouette, stability, memberships, outliers or cards.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// Clusters; they are numbered from 0, the largest first.
    pub k: usize,
    /// Cluster of each row; `None` for noise.
    pub labels: Vec<Option<u32>>,
    /// Sum of squared distances to the own centre, on the scale of clustering; of a mixture `None`.
    pub tot_withinss: Option<f64>,
    /// ln likelihood of a mixture.
    pub log_likelihood: Option<f64>,
    /// Iterations of the best start.
    pub iterations: u32,
    /// Whether they came to their end.
    pub converged: bool,
}

/// Clusters rows and says nothing else of them: the clusters of [`fit`], in a part of its time.
///
/// # Errors
/// Those of [`fit`].
pub fn cluster(
    data: &Data<'_>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Clusters, Error> {
    spec.validate()?;
    let chosen = spec.features.as_ref().map(|names| data.chosen(names)).transpose()?;
    let prepared = Prepared::new(chosen.as_ref().unwrap_or(data), spec.standardize)?;
    if prepared.matrix.n() == 0 {
        return Err(Error::TooFew { rows: 0, what: "clusters".to_string(), required: 1 });
    }
    let mut watch = Watch::new(observer);
    let evidence = match spec.k {
        Some(_) => None,
        None => evidence_for(&prepared, spec, &mut watch)?,
    };
    let mut choice = number_of_clusters(&prepared.matrix, spec, evidence.as_ref(), &mut watch)?;
    watch.is_hurried = spec.method.has_best_so_far();
    let mut found = chosen_clusters(&prepared.matrix, choice.as_mut(), spec, &mut watch)?;
    watch.end.check()?;
    found.leave_unknown(&prepared.matrix);
    let k = found.k();
    let numbers = by_size(&found.labels, k);
    Ok(Clusters {
        k,
        labels: found.labels.iter().map(|l| l.map(|l| numbers[l as usize])).collect(),
        tot_withinss: found.inertia,
        log_likelihood: found.mixture.as_ref().map(|m| m.log_likelihood),
        iterations: found.iterations,
        converged: found.converged && !watch.stopped,
    })
}

fn assemble(
    prepared: Prepared,
    spec: &Spec,
    found: Found,
    (selection, evidence): (Option<Selection>, Option<Evidence>),
    watch: &mut Watch<'_>,
) -> Fit {
    let Prepared { matrix, scales, dropped } = prepared;
    let (n, d) = (matrix.n(), matrix.d);
    let k = found.k();
    let numbers = by_size(&found.labels, k);
    let labels: Vec<Option<u32>> =
        found.labels.iter().map(|l| l.map(|l| numbers[l as usize])).collect();
    let components = found.mixture.as_ref().map(|m| m.components.renumbered(&numbers));
    let (centres, sizes) = centres(&matrix, &labels, k, components.as_ref());
    let withinss = withinss(&matrix, &labels, &centres, k);
    let tot_withinss: f64 = withinss.iter().sum();
    let origin = matrix.means();
    let betweenss = sizes
        .iter()
        .zip(centres.rows())
        .map(|(&size, centre)| size as f64 * squared_distance(centre, &origin))
        .sum();
    // Noise has no own centre, and no distance to it.
    let labelled = sizes.iter().sum::<usize>().max(1);
    let spread = (tot_withinss / (labelled * d) as f64).max(f64::MIN_POSITIVE);
    let outlier_p = outlier_p(&matrix, &labels, &centres);
    let jaccard = stability_in_time(&matrix, &labels, (k, found.mixture.as_ref()), spec, watch);
    let memberships = memberships(&matrix, &centres, &sizes, spread, components.as_ref());
    let silhouette = silhouette_of(&matrix, &labels, spec.seed);
    let mut warnings = warnings(&scales, &dropped, n, d);
    let noise = labels.iter().filter(|l| l.is_none()).count();
    if noise > 0 {
        warnings.push(format!("{noise} of {n} rows belong to no cluster"));
    }
    if selection.is_none() && k > 1 {
        warnings.extend(doubt(spec, (n, k), evidence.as_ref(), watch.stopped));
    }
    Fit {
        evidence,
        method_used: match spec.method {
            Method::Kmeans if found.mixture.is_some() => Method::GaussianMixture,
            method => method,
        },
        spec: spec.clone(),
        n,
        k,
        centres: centres.rows().map(|row| unscaled(row, &scales)).collect(),
        sizes,
        withinss,
        tot_withinss,
        betweenss,
        silhouette,
        memberships,
        outliers: (0..n).filter(|&i| outlier_p[i] < OUTLIER).collect(),
        outlier_p,
        log_likelihood: found.mixture.as_ref().map(|m| m.log_likelihood),
        bic: found.mixture.as_ref().map(|m| m.bic(n)),
        icl: found.mixture.as_ref().map(|m| m.icl(&matrix)),
        components: components.map(|c| c.shifted(scales.iter().map(Scale::origin))),
        merges: found.merges,
        selection,
        cards: cards(&matrix, &labels, &scales, jaccard.as_deref(), k),
        warnings,
        verdict: verdict(watch.stopped, found.converged, found.iterations, tot_withinss),
        labels,
        scales,
        dropped,
        spread,
    }
}

/// Of all rows, or of a sample of them.
fn silhouette_of(matrix: &Matrix, labels: &[Option<u32>], seed: u64) -> Option<f64> {
    let sampled = matrix.sample(SILHOUETTE_ROWS, seed);
    let own: Vec<Option<u32>> = sampled.iter().map(|&i| labels[i]).collect();
    // Nothing to compare: not worth the distances.
    own.iter().flatten().any(|label| Some(*label) != own[0]).then_some(())?;
    silhouette(&Distances::new(&matrix.chosen(sampled.into_iter())), &own)
}

/// How often clusters come back; `None` where there is no time to find out.
fn stability_in_time(
    matrix: &Matrix,
    labels: &[Option<u32>],
    (k, mixture): (usize, Option<&Mixture>),
    spec: &Spec,
    watch: &mut Watch<'_>,
) -> Option<Vec<f64>> {
    if watch.stopped {
        return None;
    }
    let found = stability_of(matrix, labels, k, mixture, spec, &watch.closing);
    watch.look();
    found.filter(|_| !watch.stopped)
}

/// What to say of clusters whose number the data did not choose, where rows of one kind have such too.
fn doubt(
    spec: &Spec,
    (n, k): (usize, usize),
    evidence: Option<&Evidence>,
    is_stopped: bool,
) -> Option<String> {
    if evidence.is_some_and(Evidence::is_enough) {
        return None;
    }
    let found = if spec.k.is_some() { "were asked for" } else { "were found" };
    let why = match evidence {
        Some(evidence) => evidence.against(),
        None if is_stopped && n >= Evidence::LEAST_ROWS => {
            return Some(format!(
                "{k} clusters {found}; the time was up before it was known whether rows of one kind have such, too"
            ));
        }
        None => Evidence::too_few(n),
    };
    Some(format!("{k} clusters {found}, but {why}"))
}

fn verdict(stopped: bool, converged: bool, iterations: u32, tot_withinss: f64) -> Verdict {
    let truncated = |reason: &str| Status::Truncated { reason: reason.to_string() };
    let (status, next) = if stopped {
        (truncated("stopped"), Some("raise `max_seconds`"))
    } else if converged {
        (Status::Converged, None)
    } else {
        (truncated("iterations"), Some("raise `max_iter`"))
    };
    Verdict {
        status,
        iterations: u64::from(iterations),
        objective: tot_withinss,
        max_gradient: None,
        condition_number: None,
        next_action: next.map(str::to_string),
    }
}

fn warnings(scales: &[Scale], dropped: &[Dropped], n: usize, d: usize) -> Vec<String> {
    let mut warnings: Vec<String> =
        dropped.iter().map(|f| format!("`{}` was left out: {}", f.name, f.reason)).collect();
    for scale in scales.iter().filter(|s| s.imputed > 0) {
        let count = scale.imputed;
        warnings.push(format!(
            "{count} of {n} values of `{}` were missing: those rows are compared by what is known of them",
            scale.name
        ));
    }
    if n < 5 * d {
        warnings.push(format!("{n} rows are few for {d} features"));
    }
    warnings
}

fn unscaled(row: &[f64], scales: &[Scale]) -> Vec<f64> {
    row.iter().zip(scales).map(|(x, s)| s.undo(*x)).collect()
}

impl Fit {
    /// Whether there are clusters: more than one, and where dense regions were looked for, more than rows of
    /// one kind have. A number that was asked for stands.
    pub fn has_clusters(&self) -> bool {
        let is_known = self.spec.method.takes_k();
        self.k > 1 && (is_known || self.evidence.as_ref().is_some_and(Evidence::is_enough))
    }

    /// What assigns new rows, without what is said of the rows of the fit.
    #[must_use]
    pub fn without_rows(mut self) -> Self {
        self.labels = Vec::new();
        self.memberships = Vec::new();
        self.outlier_p = Vec::new();
        self.outliers = Vec::new();
        self.merges = Vec::new();
        self
    }
}
