//! How many clusters: whether there are any, five criteria and stability, a choice and a sentence.

use serde::{Deserialize, Serialize};

use rayon::prelude::*;
use seedtest_numerics::{Control, Interrupt, Observer, Progress};

use crate::alike::alike_within;
use crate::evidence::Evidence;
use crate::gap::{Gap, first_within_one_se, gaps};
use crate::kmeans::{Effort, Partition, kmeans};
use crate::matrix::Matrix;
use crate::mixture::Mixture;
use crate::mixture_starts::Search;
use crate::silhouette::{Distances, silhouette};
use crate::spec::{Method, Spec};
use crate::stability::{stability, stability_of_mixture};
use crate::valley::{MUCH_RARER, RARER, doubt};

/// What the criteria say of one number of clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number of clusters.
    pub k: usize,
    /// Within-cluster sum of squares of k-means.
    pub inertia: f64,
    /// Mean silhouette width; `None` for one cluster. Higher is better.
    pub silhouette: Option<f64>,
    /// Gap statistic. The first k within a standard error of the next is its choice.
    pub gap: f64,
    /// Its standard error.
    pub gap_se: f64,
    /// Smallest BIC of a Gaussian mixture over the shapes of covariances. Lower is better.
    pub bic: Option<f64>,
    /// ICL of that mixture.
    pub icl: Option<f64>,
    /// Mean Jaccard similarity of the clusters on bootstrap samples; `None` for one cluster.
    pub stability: Option<f64>,
    /// Whether rows are rarer between any two of the clusters than in them: the p-value of the pair that is
    /// least apart. `None` for one cluster.
    #[serde(default)]
    pub valley_p: Option<f64>,
    /// Whether these are the clusters of a mixture, where k-means finds none that are apart.
    #[serde(default)]
    pub is_mixture: bool,
}

/// The choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Every number that was tried.
    pub candidates: Vec<Candidate>,
    /// Rows the criteria were computed on: all, or a sample.
    pub rows: usize,
    /// The number chosen; 1 where there are no clusters.
    pub k: usize,
    /// Why, in a sentence.
    pub why: String,
}

/// A choice with what it was made of.
pub(crate) struct Choice {
    pub(crate) selection: Selection,
    /// The mixture that found the clusters, where k-means does not see them; of the rows of the criteria.
    pub(crate) mixture: Option<Mixture>,
    /// The partition of k-means into the number chosen, where the rows of the criteria are all.
    pub(crate) partition: Option<Partition>,
}

/// Rows that criteria are computed on: they grow with the square, or with a hundred repetitions.
const SAMPLE: usize = 2_000;
/// Kaufman & Rousseeuw (1990): no substantial structure has been found below.
const LEAST_SILHOUETTE: f64 = 0.25;
/// Hennig (2007): clusters below are not to be trusted.
const LEAST_STABILITY: f64 = 0.6;
/// Criteria that make up for a silhouette below.
const VOTES_WITHOUT_SILHOUETTE: usize = 2;
/// Fewer rows are somebody, not a kind.
const LEAST_ROWS: usize = 3;
/// p-value up to which rows are rarer between clusters than in them.
const SURE_OF_VALLEY: f64 = 0.1;
/// And up to which they seem to be: about as rare as that, as counted.
const LIKELY_VALLEY: f64 = 0.5;
/// The same of clusters of rows with missing cells, where these come back as often as that.
const LIKELY_OF_INCOMPLETE: f64 = 0.6;
const FIRM_STABILITY: f64 = 0.9;
/// p-value of a valley between clusters that a curve might be cut into: with 0.6, seven of 50 simulated rings of 60 rows
/// were.
const VALLEY_IN_A_CURVE: f64 = 0.05;
/// p-value from which clusters that a curve might be cut into vary alike around their centres; thirds of a ring of 60 rows
/// have less than 1e-4. Halves of a ring are alike, so that only three and more tell.
const ALIKE: f64 = 0.01;
const FEWEST_ALIKE: usize = 3;
/// Stability from which clusters with a silhouette of some structure need no valley, where there is more than one kind
/// of rows.
const SHARP_STABILITY: f64 = 0.85;

/// What clusters that a curve might be cut into must have, where there is no sure valley between them.
struct InACurve {
    stability: f64,
    /// p-value of the valley, at most.
    valley: f64,
    /// Gap statistic.
    gap: f64,
}

/// Two and three: thirds of a ring have a gap below 0.3 and come back less often; those of a parabola have no
/// valley at all.
const FEW_IN_A_CURVE: InACurve = InACurve { stability: 0.9, valley: 0.9, gap: 0.35 };
/// More come back less often, whatever they are.
const MANY_IN_A_CURVE: InACurve = InACurve { stability: 0.75, valley: 0.96, gap: 0.5 };

/// Numbers that are looked at side by side; the observer is asked between them.
const AT_ONCE: usize = 2;

/// Clusters of one number with what tells whether they are any.
struct Tried {
    candidate: Candidate,
    /// Rows of the smallest cluster.
    smallest: usize,
    /// Whether they vary alike in the features that depend on each other in a curve, as pieces of it do not.
    are_alike: bool,
    /// The mixture whose clusters they are.
    mixture: Option<Mixture>,
}

/// Tries 1..=`most` clusters. `evidence` says whether there are any; `None` = too few rows to tell.
pub(crate) fn select(
    matrix: &Matrix,
    most: usize,
    spec: &Spec,
    evidence: Option<&Evidence>,
    observer: &mut dyn Observer,
) -> Choice {
    let sampled = matrix.sample(SAMPLE, spec.seed);
    let sample = matrix.chosen(sampled.iter().copied());
    let interrupt = &observer.interrupt();
    let effort =
        Effort { starts: spec.starts, max_iter: spec.max_iter, seed: spec.seed, interrupt };
    let light = Effort { starts: spec.starts.min(3), ..effort };
    let mut partitions = Vec::with_capacity(most);
    for k in 1..=most {
        partitions.push(kmeans(&sample, k, effort, observer));
        if is_over(observer, (k, most), &partitions) {
            return Choice::cut_short(sample.n());
        }
    }
    let inertias: Vec<f64> = partitions.iter().map(|p| p.inertia).collect();
    let gaps = gaps(&sample, &inertias, spec.references, light);
    if is_over(observer, (most, most), &partitions) {
        return Choice::cut_short(sample.n());
    }
    let rarer = if evidence.is_some_and(|e| e.is_bent) { MUCH_RARER } else { RARER };
    let rows = Rows {
        sample: &sample,
        distances: Distances::new(&sample),
        search: Search::new(&sample, spec, interrupt),
        rarer,
        bent: evidence.and_then(|e| e.bent),
        interrupt,
    };
    let mut tried: Vec<Tried> = Vec::with_capacity(most);
    while tried.len() < most {
        let next = tried.len()..most.min(tried.len() + AT_ONCE);
        let of = |at: usize| rows.tried((&partitions[at], gaps[at]), spec);
        tried.extend(next.into_par_iter().map(of).collect::<Vec<_>>());
        let is_last = tried.len() == most;
        // What was begun when the time was up says nothing.
        if interrupt.is_raised() || !is_last && is_over(observer, (tried.len(), most), &partitions)
        {
            return Choice::cut_short(sample.n());
        }
    }
    let (k, why) = match evidence {
        None => (1, Evidence::too_few(matrix.n())),
        Some(evidence) if !evidence.is_enough() => (1, evidence.against()),
        Some(evidence) => choose(&tried, &gaps, evidence, &sample),
    };
    let mut candidates = Vec::new();
    let mut mixture = None;
    for tried in tried {
        if tried.candidate.k == k {
            mixture = tried.mixture;
        }
        candidates.push(tried.candidate);
    }
    let is_whole = sample.n() == matrix.n();
    let partition = partitions.into_iter().nth(k - 1).filter(|_| is_whole);
    let selection = Selection { candidates, rows: sample.n(), k, why };
    Choice { selection, mixture, partition }
}

/// Whether the observer ends the choice, so many numbers of clusters being done.
fn is_over(
    observer: &mut dyn Observer,
    (done, most): (usize, usize),
    partitions: &[Partition],
) -> bool {
    let progress = Progress {
        iteration: done as u64,
        max_iterations: most as u64,
        objective: partitions[done - 1].inertia,
        max_gradient: None,
    };
    observer.progress(&progress) == Control::Stop || observer.interrupt().is_raised()
}

impl Choice {
    /// No number was chosen in the time there was.
    fn cut_short(rows: usize) -> Self {
        let why = "the time was up before a number of clusters was chosen".to_string();
        let selection = Selection { candidates: Vec::new(), rows, k: 1, why };
        Self { selection, mixture: None, partition: None }
    }
}

/// The rows of the criteria with what all numbers of clusters are judged by.
struct Rows<'a> {
    sample: &'a Matrix,
    distances: Distances,
    search: Search<'a>,
    rarer: f64,
    /// The two features that depend on each other in a curve.
    bent: Option<(usize, usize)>,
    interrupt: &'a Interrupt,
}

impl Rows<'_> {
    /// One number of clusters by all criteria.
    fn tried(&self, (partition, gap): (&Partition, Gap), spec: &Spec) -> Tried {
        let Self { sample, interrupt, rarer, bent, .. } = *self;
        let k = partition.centres.n();
        let found = self.search.found(k, &partition.labels);
        let (bic, icl) = found.information.unzip();
        let light = Effort {
            starts: spec.starts.min(3),
            max_iter: spec.max_iter,
            seed: spec.seed,
            interrupt,
        };
        let mean = |of_clusters: &[f64]| of_clusters.iter().sum::<f64>() / k as f64;
        let mut seen = (k > 1).then(|| {
            let labels = known(&partition.labels);
            let stability = stability(sample, &labels, k, spec.bootstraps, light);
            Seen { doubt: doubt(sample, &partition.labels, k, rarer), stability: mean(&stability) }
        });
        // What k-means sees need not be looked for further.
        let is_sought = match spec.method {
            Method::GaussianMixture => k > 1,
            Method::Kmeans => seen.as_ref().is_some_and(|seen| !seen.is_sure()),
            Method::Hierarchical | Method::Dbscan | Method::Hdbscan => false,
        };
        let mut labels = partition.labels.clone();
        let mut of_mixture = None;
        if let Some(mixture) = found.mixture.filter(|_| is_sought) {
            let own = mixture.labels(sample);
            let stability = stability_of_mixture(sample, &own, &mixture, spec, interrupt);
            let of = Seen { doubt: doubt(sample, &own, k, rarer), stability: mean(&stability) };
            if spec.method == Method::GaussianMixture || of.is_sure() {
                (labels, of_mixture, seen) = (own, Some(mixture), Some(of));
            }
        }
        let candidate = Candidate {
            k,
            inertia: partition.inertia,
            silhouette: silhouette(&self.distances, &known(&labels)),
            gap: gap.gap,
            gap_se: gap.se,
            bic,
            icl,
            stability: seen.as_ref().map(|seen| seen.stability),
            valley_p: seen.as_ref().map(|seen| seen.doubt),
            is_mixture: of_mixture.is_some(),
        };
        let smallest = smallest_cluster(&labels, k);
        let are_alike = k >= FEWEST_ALIKE
            && bent.is_some_and(|features| alike_within(sample, &labels, k, features) >= ALIKE);
        Tried { candidate, smallest, are_alike, mixture: of_mixture }
    }
}

/// How sure clusters are.
struct Seen {
    /// p-value of the valley between the two that are least apart.
    doubt: f64,
    /// Mean Jaccard similarity on bootstrap samples.
    stability: f64,
}

impl Seen {
    fn is_sure(&self) -> bool {
        self.doubt <= SURE_OF_VALLEY && self.stability >= LEAST_STABILITY
    }
}

fn known(labels: &[u32]) -> Vec<Option<u32>> {
    labels.iter().map(|&label| Some(label)).collect()
}

fn smallest_cluster(labels: &[u32], k: usize) -> usize {
    let mut sizes = vec![0; k];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    sizes.into_iter().min().unwrap_or(0)
}

/// What each criterion would choose.
struct Votes {
    silhouette: usize,
    gap: usize,
    bic: Option<usize>,
    icl: Option<usize>,
    /// The most clusters with valleys between all of them.
    valleys: Option<usize>,
}

impl Votes {
    fn new(tried: &[Tried], gaps: &[Gap]) -> Self {
        let candidates = || tried.iter().map(|t| &t.candidate);
        // A criterion that still falls at the last number it is known for has not come to a choice.
        let least = |f: fn(&Candidate) -> Option<f64>| -> Option<usize> {
            let known: Vec<(usize, f64)> =
                candidates().filter_map(|c| f(c).map(|v| (c.k, v))).collect();
            let last = known.last()?.0;
            let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1))?.0;
            (least < last).then_some(least)
        };
        let mut silhouette = (1, f64::NEG_INFINITY);
        for c in candidates() {
            if let Some(width) = c.silhouette.filter(|w| *w > silhouette.1) {
                silhouette = (c.k, width);
            }
        }
        Self {
            silhouette: silhouette.0,
            gap: gap_beyond_one(gaps),
            bic: least(|c| c.bic),
            icl: least(|c| c.icl),
            valleys: tried.iter().filter(|t| t.has_valleys()).map(|t| t.candidate.k).max(),
        }
    }

    fn of(&self, k: usize) -> usize {
        let votes = [Some(self.silhouette), Some(self.gap), self.bic, self.icl, self.valleys];
        votes.into_iter().flatten().filter(|vote| *vote == k).count()
    }
}

/// The choice of the gap statistic among two and more clusters. That there is more than one kind of rows is settled by
/// then; and where two of three groups stay together, the first gap is larger than the second.
fn gap_beyond_one(gaps: &[Gap]) -> usize {
    let rest = gaps.get(1..).filter(|rest| !rest.is_empty());
    rest.map_or(1, |rest| 1 + first_within_one_se(rest))
}

/// What rows are like that the populations of one kind are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    /// Features depend on each other in a curve, which no population does.
    Bent,
    /// Cells are missing.
    Incomplete,
}

impl Shape {
    fn of(evidence: &Evidence, sample: &Matrix) -> Self {
        match (sample.is_complete, evidence.is_bent) {
            (false, _) => Self::Incomplete,
            (true, true) => Self::Bent,
            (true, false) => Self::Plain,
        }
    }
}

impl Tried {
    fn is_stable(&self) -> bool {
        let c = &self.candidate;
        c.k > 1 && self.smallest >= LEAST_ROWS && c.stability.is_some_and(|s| s >= LEAST_STABILITY)
    }

    fn has_valleys(&self) -> bool {
        self.is_stable() && self.candidate.valley_p.is_some_and(|p| p <= SURE_OF_VALLEY)
    }

    /// What is asked of the clusters of rows of a shape: those that are no pieces of a curve are as those without one.
    fn asked_of(&self, shape: Shape, d: usize) -> Shape {
        let is_no_piece = shape == Shape::Bent && self.are_alike && self.candidate.k <= d + 1;
        if is_no_piece { Shape::Plain } else { shape }
    }

    /// Whether rows seem to be rarer between the clusters than in them, as surely as `shape` asks for.
    fn may_have_valleys(&self, shape: Shape) -> bool {
        let is_firm = self.candidate.stability.is_some_and(|s| s >= FIRM_STABILITY);
        let most = match shape {
            Shape::Plain => LIKELY_VALLEY,
            Shape::Bent => VALLEY_IN_A_CURVE,
            Shape::Incomplete if is_firm => LIKELY_OF_INCOMPLETE,
            Shape::Incomplete => SURE_OF_VALLEY,
        };
        self.is_stable() && self.candidate.valley_p.is_some_and(|p| p <= most)
    }

    /// Whether the clusters are apart and come back so well that no valley need be seen: of few rows it often is not.
    /// `d`: features.
    fn is_sharp(&self, shape: Shape, d: usize) -> bool {
        let c = &self.candidate;
        let is_wide = c.silhouette.is_some_and(|width| width >= LEAST_SILHOUETTE);
        let comes_back = |least: f64| c.stability.is_some_and(|s| s >= least);
        self.is_stable()
            && is_wide
            && match shape {
                Shape::Plain => comes_back(SHARP_STABILITY),
                Shape::Incomplete => false,
                Shape::Bent => {
                    let InACurve { stability, valley, gap } =
                        if c.k <= 3 { FEW_IN_A_CURVE } else { MANY_IN_A_CURVE };
                    // Groups as unlike each other as can be span a dimension each but one; pieces of a curve do not.
                    c.k <= d + 1
                        && comes_back(stability)
                        && c.valley_p.is_some_and(|p| p <= valley)
                        && c.gap >= gap
                }
            }
    }

    /// Whether the criteria speak for clusters between which no valley is seen: of few rows, or close to each
    /// other.
    fn is_supported(&self, votes: &Votes) -> bool {
        let is_wide = self.candidate.silhouette.is_some_and(|width| width >= LEAST_SILHOUETTE);
        self.is_stable() && (is_wide || votes.of(self.candidate.k) >= VOTES_WITHOUT_SILHOUETTE)
    }
}

/// The number most criteria choose, of those whose clusters have valleys between them, or seem to, or are sharp without;
/// without any such, of those that can be published all the same. Ties by valleys, then by silhouette.
fn choose(tried: &[Tried], gaps: &[Gap], evidence: &Evidence, sample: &Matrix) -> (usize, String) {
    let votes = Votes::new(tried, gaps);
    let count = |t: &Tried| votes.of(t.candidate.k);
    let width = |t: &Tried| t.candidate.silhouette.unwrap_or(-1.0);
    // Fewer clusters than have valleys between all of them hold two of these in one.
    let is_parted = |t: &Tried| votes.valleys == Some(t.candidate.k);
    let rank = |t: &Tried| (count(t), is_parted(t));
    let order = |a: &&Tried, b: &&Tried| rank(a).cmp(&rank(b)).then(width(a).total_cmp(&width(b)));
    let shape = Shape::of(evidence, sample);
    let may_be = |t: &&Tried| {
        let shape = t.asked_of(shape, sample.d);
        t.may_have_valleys(shape) || t.is_sharp(shape, sample.d)
    };
    let mut best = tried.iter().filter(may_be).max_by(order);
    if best.is_none() && !evidence.is_bent {
        best = tried.iter().filter(|t| t.is_supported(&votes)).max_by(order);
    }
    let Some(best) = best else {
        let why = if evidence.is_bent {
            "there are no clusters: features depend on each other in a curve, and at no number of groups are \
             rows rarer between them than in them"
        } else {
            "there are no clusters: no number gives groups that are apart (valleys between them, or silhouette \
             0.25), come back on bootstrap samples (stability 0.6) and have three rows each"
        };
        return (1, why.to_string());
    };
    let name = |vote: Option<usize>| vote.map_or("none".to_string(), |k| k.to_string());
    let by = if best.candidate.is_mixture {
        "; features count by how little they vary within groups (a mixture), since k-means does not see them"
    } else {
        ""
    };
    let why = format!(
        "{} clusters: the choice of {} of 5 criteria (silhouette {}, gap {}, BIC {}, ICL {}, valleys {}), \
         stability {:.2}; rows of one kind split as well with probability {:.3}{by}",
        best.candidate.k,
        count(best),
        votes.silhouette,
        votes.gap,
        name(votes.bic),
        name(votes.icl),
        name(votes.valleys),
        best.candidate.stability.unwrap_or(0.0),
        evidence.p_value,
    );
    (best.candidate.k, why)
}
