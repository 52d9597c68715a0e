//! Clustering rows and assigning new ones.

use seedtest_numerics::{Observer, Status, Verdict};
use serde::{Deserialize, Serialize};

use crate::card::{Card, cards};
use crate::covariance::Components;
use crate::data::{Data, Dropped, LARGEST, Prepared, Scale, scaled};
use crate::dbscan::dbscan;
use crate::description::{centres, memberships, outlier_p, stability_of, withinss};
use crate::error::Error;
use crate::evidence::{Evidence, evidence_of_splits};
use crate::hdbscan::hdbscan;
use crate::hierarchy::{Merge, cut, merges};
use crate::kmeans::{Effort, kmeans};
use crate::matrix::{Matrix, known_distance, squared_distance};
use crate::mixture::Mixture;
use crate::mixture_starts::{followed, likeliest};
use crate::selection::{Choice, Selection, select};
use crate::silhouette::silhouette;
use crate::spec::{Method, Spec};

/// Rows below which the number of clusters is not chosen.
const FEWEST: usize = 10;
/// DBSCAN and HDBSCAN look at every pair of rows.
const MOST_PAIRED: usize = 50_000;
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
    spread: f64,
}

/// Rows assigned to the clusters of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Cluster of each row; `None` where nothing is known of it.
    pub labels: Vec<Option<u32>>,
    /// Distance to each centre on the scale of clustering, k numbers a row.
    pub distances: Vec<Vec<f64>>,
    /// Share of each cluster, k numbers a row.
    pub memberships: Vec<Vec<f64>>,
}

/// Clusters rows.
///
/// The result depends on the rows and the seed only, not on the threads; clusters are numbered by size.
/// The observer sees every few starts (or iterations of a mixture) and can stop; the best so far is then
/// returned with a truncated verdict.
pub fn fit(data: &Data<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    let chosen = spec.features.as_ref().map(|names| data.chosen(names)).transpose()?;
    let prepared = Prepared::new(chosen.as_ref().unwrap_or(data), spec.standardize)?;
    let n = prepared.matrix.n();
    if n == 0 {
        return Err(Error::TooFew { rows: 0, what: "clusters".to_string(), required: 1 });
    }
    let mut watch = Watch { observer, stopped: false };
    let evidence = evidence_for(&prepared, spec)?;
    let choice = number_of_clusters(&prepared.matrix, spec, evidence.as_ref(), &mut watch)?;
    let mut found = chosen_clusters(&prepared.matrix, choice.as_ref(), spec, &mut watch)?;
    found.leave_unknown(&prepared.matrix);
    let selection = choice.map(|choice| choice.selection);
    Ok(assemble(prepared, spec, found, (selection, evidence), watch.stopped))
}

/// The clusters of a choice, or of the number that was asked for.
fn chosen_clusters(
    matrix: &Matrix,
    choice: Option<&Choice>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let k = choice.map_or(spec.k.unwrap_or(1), |choice| choice.selection.k);
    let seen = choice.and_then(|choice| choice.mixture.as_ref());
    match seen.filter(|_| spec.method == Method::Kmeans) {
        Some(of_sample) => {
            let found = followed(matrix, of_sample, spec, observer)
                .ok_or_else(|| Error::collapsed(spec.regularization))?;
            Ok(Found::of_mixture(matrix, found))
        }
        None => clusters(matrix, k, spec, observer),
    }
}

/// `None` where there are too few rows, or one cluster is asked for.
fn evidence_for(prepared: &Prepared, spec: &Spec) -> Result<Option<Evidence>, Error> {
    let Prepared { matrix, .. } = prepared;
    if matrix.n() < Evidence::LEAST_ROWS || spec.k == Some(1) {
        return Ok(None);
    }
    refuse_too_many(matrix, spec)?;
    let most = most_clusters(matrix, spec);
    // Dense regions too are asked whether they split the rows: how many rows they hold says nothing, since
    // rows of one kind fall apart into many of them.
    Ok(Some(evidence_of_splits(matrix, most, spec.max_iter, spec.seed)))
}

/// The largest number of clusters that is tried.
fn most_clusters(matrix: &Matrix, spec: &Spec) -> usize {
    let most = spec.max_k.min(matrix.n() / 5);
    matrix.distinct(most).min(most)
}

/// Remembers that the observer wanted to stop.
struct Watch<'a> {
    observer: &'a mut dyn Observer,
    stopped: bool,
}

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: &seedtest_numerics::Progress) -> seedtest_numerics::Control {
        let control = self.observer.progress(progress);
        self.stopped |= control == seedtest_numerics::Control::Stop;
        control
    }

    fn interrupt(&self) -> seedtest_numerics::Interrupt {
        self.observer.interrupt()
    }

    fn budget(&self) -> seedtest_numerics::Budget {
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
    evidence_for(&Prepared::new(chosen.as_ref().unwrap_or(data), spec.standardize)?, spec)
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
    let evidence = match spec.k {
        Some(_) => None,
        None => evidence_for(&prepared, spec)?,
    };
    let choice = number_of_clusters(&prepared.matrix, spec, evidence.as_ref(), observer)?;
    let mut found = chosen_clusters(&prepared.matrix, choice.as_ref(), spec, observer)?;
    found.leave_unknown(&prepared.matrix);
    let k = found.k();
    let numbers = by_size(&found.labels, k);
    Ok(Clusters {
        k,
        labels: found.labels.iter().map(|l| l.map(|l| numbers[l as usize])).collect(),
        tot_withinss: found.inertia,
        log_likelihood: found.mixture.as_ref().map(|m| m.log_likelihood),
        iterations: found.iterations,
        converged: found.converged,
    })
}

/// What a method finds.
struct Found {
    labels: Vec<Option<u32>>,
    /// Of k-means.
    inertia: Option<f64>,
    mixture: Option<Mixture>,
    merges: Vec<Merge>,
    iterations: u32,
    converged: bool,
}

impl Found {
    fn of_mixture(matrix: &Matrix, mixture: Mixture) -> Self {
        Self {
            labels: mixture.labels(matrix).into_iter().map(Some).collect(),
            inertia: None,
            iterations: mixture.iterations,
            converged: mixture.converged,
            mixture: Some(mixture),
            merges: Vec::new(),
        }
    }

    /// A row of which nothing is known belongs to no cluster.
    fn leave_unknown(&mut self, matrix: &Matrix) {
        if matrix.is_complete {
            return;
        }
        for (label, row) in self.labels.iter_mut().zip(matrix.rows()) {
            if is_unknown(row) {
                *label = None;
            }
        }
    }

    /// Clusters with members, or components.
    fn k(&self) -> usize {
        let used = self.labels.iter().flatten().map(|&l| l as usize + 1).max().unwrap_or(0);
        used.max(self.mixture.as_ref().map_or(0, |m| m.components.k()))
    }
}

fn clusters(
    matrix: &Matrix,
    k: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let n = matrix.n();
    let plain = |labels| Found {
        labels,
        inertia: None,
        mixture: None,
        merges: Vec::new(),
        iterations: 1,
        converged: true,
    };
    refuse_too_many(matrix, spec)?;
    Ok(match spec.method {
        Method::Kmeans => {
            let effort = Effort { starts: spec.starts, max_iter: spec.max_iter, seed: spec.seed };
            let found = kmeans(matrix, k, effort, observer);
            let labels = found.labels.into_iter().map(Some).collect();
            Found {
                inertia: Some(found.inertia),
                iterations: found.iterations,
                converged: found.converged,
                ..plain(labels)
            }
        }
        Method::GaussianMixture => gaussian_mixture(matrix, k, spec, observer)?,
        Method::Hierarchical => {
            let merges = merges(matrix, spec.linkage)?;
            let labels = cut(&merges, n, k).into_iter().map(Some).collect();
            Found { merges, ..plain(labels) }
        }
        Method::Dbscan | Method::Hdbscan => plain(regions(matrix, spec)),
    })
}

/// Dense regions by the method of `spec`.
fn regions(matrix: &Matrix, spec: &Spec) -> Vec<Option<u32>> {
    if spec.method == Method::Dbscan {
        return dbscan(matrix, spec.eps, spec.min_points);
    }
    hdbscan(matrix, spec.min_cluster_size, spec.min_points)
}

fn refuse_too_many(matrix: &Matrix, spec: &Spec) -> Result<(), Error> {
    let rows = matrix.n();
    if !spec.method.takes_k() && rows > MOST_PAIRED {
        let method = spec.method.name();
        return Err(Error::TooManyRows { rows, method, most: MOST_PAIRED });
    }
    Ok(())
}

fn gaussian_mixture(
    matrix: &Matrix,
    k: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let best = likeliest(matrix, k, spec, observer)?;
    Ok(Found::of_mixture(matrix, best))
}

/// The number of each cluster by size, the largest first; of equal ones, the one with the first row.
fn by_size(labels: &[Option<u32>], k: usize) -> Vec<u32> {
    let mut sizes = vec![0usize; k];
    let mut first = vec![usize::MAX; k];
    for (row, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            sizes[*label as usize] += 1;
            first[*label as usize] = first[*label as usize].min(row);
        }
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by_key(|&c| (std::cmp::Reverse(sizes[c]), first[c]));
    let mut numbers = vec![0; k];
    for (number, &c) in order.iter().enumerate() {
        numbers[c] = number as u32;
    }
    numbers
}

fn assemble(
    prepared: Prepared,
    spec: &Spec,
    found: Found,
    (selection, evidence): (Option<Selection>, Option<Evidence>),
    stopped: bool,
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
    let jaccard = stability_of(&matrix, &labels, k, found.mixture.as_ref(), spec);
    let memberships = memberships(&matrix, &centres, &sizes, spread, components.as_ref());
    let sampled = matrix.sample(SILHOUETTE_ROWS, spec.seed);
    let mut warnings = warnings(&scales, &dropped, n, d);
    let noise = labels.iter().filter(|l| l.is_none()).count();
    if noise > 0 {
        warnings.push(format!("{noise} of {n} rows belong to no cluster"));
    }
    if selection.is_none() && k > 1 {
        warnings.extend(doubt(spec, n, k, evidence.as_ref()));
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
        silhouette: silhouette(&matrix, &labels, &sampled),
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
        verdict: verdict(stopped, found.converged, found.iterations, tot_withinss),
        labels,
        scales,
        dropped,
        spread,
    }
}

/// What to say of clusters whose number the data did not choose, where rows of one kind have such too.
fn doubt(spec: &Spec, n: usize, k: usize, evidence: Option<&Evidence>) -> Option<String> {
    if evidence.is_some_and(Evidence::is_enough) {
        return None;
    }
    let why = evidence.map_or_else(|| Evidence::too_few(n), Evidence::against);
    let found = if spec.k.is_some() { "were asked for" } else { "were found" };
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

/// Rows on the scales of a fit, and their distances to centres on the same.
fn distances(
    data: &Data<'_>,
    scales: &[Scale],
    centres: &Matrix,
) -> Result<(Matrix, Vec<Vec<f64>>), Error> {
    let columns: Vec<&[f64]> = scales
        .iter()
        .map(|scale| {
            let found = data.features.iter().find(|f| f.name == scale.name);
            let missing = || Error::MissingFeature { feature: scale.name.clone() };
            found.map(|f| f.values).ok_or_else(missing)
        })
        .collect::<Result<_, _>>()?;
    let n = data.n();
    for (column, scale) in columns.iter().zip(scales) {
        let feature = scale.name.clone();
        if column.len() != n {
            return Err(Error::Length { feature, found: column.len(), expected: n });
        }
        if let Some(row) = column.iter().position(|v| v.abs() > LARGEST) {
            return Err(Error::BadValue { row, feature, value: column[row] });
        }
    }
    let matrix = scaled(&columns, scales, n);
    let distances = matrix
        .rows()
        .map(|row| centres.rows().map(|c| known_distance(row, c).sqrt()).collect())
        .collect();
    Ok((matrix, distances))
}

/// Whether no cell of a row is known.
fn is_unknown(row: &[f64]) -> bool {
    row.iter().all(|x| x.is_nan())
}

/// Centres in the units of the features, on the scale of clustering.
fn scaled_rows(rows: &[Vec<f64>], scales: &[Scale]) -> Matrix {
    let values =
        rows.iter().flat_map(|row| row.iter().zip(scales).map(|(x, s)| s.apply(*x))).collect();
    Matrix::new(values, scales.len())
}

/// The nearest centre of each row (`None` where nothing is known of it), and its distances to all.
pub type NearestCentres = (Vec<Option<u32>>, Vec<Vec<f64>>);

/// Assigns rows to the nearest of `centres`, given in the units of the features in the order of
/// `scales`; distances are on the scale of clustering.
///
/// # Errors
/// For rows that lack a feature or hold a value without a square, and for centres of another width.
pub fn assign_to_centres(
    data: &Data<'_>,
    scales: &[Scale],
    centres: &[Vec<f64>],
) -> Result<NearestCentres, Error> {
    if centres.is_empty() || scales.is_empty() {
        let reason = "there is none, or there are no features".to_string();
        return Err(Error::Centre { centre: 1, reason });
    }
    for (centre, values) in (1..).zip(centres) {
        let reason = if values.len() != scales.len() {
            format!("it has {} values for {} features", values.len(), scales.len())
        } else if values.iter().any(|v| v.is_nan() || v.abs() > LARGEST) {
            "one of its values is no number below 1e100".to_string()
        } else {
            continue;
        };
        return Err(Error::Centre { centre, reason });
    }
    let (matrix, distances) = distances(data, scales, &scaled_rows(centres, scales))?;
    let nearest =
        |d: &Vec<f64>| (1..d.len()).fold(0, |best, c| if d[c] < d[best] { c } else { best });
    let label = |(row, d)| (!is_unknown(row)).then(|| nearest(d) as u32);
    Ok((matrix.rows().zip(&distances).map(label).collect(), distances))
}

impl Fit {
    /// Whether there are clusters: more than one, and where dense regions were looked for, more than rows of
    /// one kind have. A number that was asked for stands.
    pub fn has_clusters(&self) -> bool {
        let is_known = self.spec.method.takes_k();
        self.k > 1 && (is_known || self.evidence.as_ref().is_some_and(Evidence::is_enough))
    }

    /// Centres on the scale of clustering.
    fn scaled_centres(&self) -> Matrix {
        scaled_rows(&self.centres, &self.scales)
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

    /// Assigns rows to the clusters: by the largest share of a mixture, else by the nearest centre (for
    /// hierarchical and density clusters too, whose shape a centre does not tell).
    pub fn predict(&self, data: &Data<'_>) -> Result<Assignment, Error> {
        let n = data.n();
        if self.k == 0 {
            let what = "assignment to clusters that the fit did not find".to_string();
            return Err(Error::TooFew { rows: n, what, required: 1 });
        }
        let centres = self.scaled_centres();
        let (matrix, distances) = distances(data, &self.scales, &centres)?;
        let origins = self.scales.iter().map(|s| -s.origin());
        let components = self.components.as_ref().map(|c| c.shifted(origins));
        let memberships =
            memberships(&matrix, &centres, &self.sizes, self.spread, components.as_ref());
        let by_share = components.is_some();
        let nearest = |row: usize| {
            let better = |a: usize, b: usize| {
                if by_share {
                    memberships[row][a] > memberships[row][b]
                } else {
                    distances[row][a] < distances[row][b]
                }
            };
            (1..self.k).fold(0, |best, c| if better(c, best) { c } else { best }) as u32
        };
        let label = |(row, x): (usize, &[f64])| (!is_unknown(x)).then(|| nearest(row));
        let labels = matrix.rows().enumerate().map(label).collect();
        Ok(Assignment { labels, distances, memberships })
    }
}
