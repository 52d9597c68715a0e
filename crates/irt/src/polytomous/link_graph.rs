//! Many calibrations on one scale: links between pairs of them as a graph, and the way of each to the reference.

use serde::{Deserialize, Serialize};

use super::link::Linking;

/// A map θ* = slope·θ + intercept with the covariance of its constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScaleMap {
    /// A.
    pub slope: f64,
    /// B.
    pub intercept: f64,
    /// Covariance matrix of (A, B); `None` where errors are not known.
    pub variance: Option<[[f64; 2]; 2]>,
}

/// A link between two calibrations, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkEdge {
    /// The calibration that is moved.
    pub new: usize,
    /// The one whose scale it gets onto.
    pub old: usize,
    /// How.
    pub map: ScaleMap,
}

/// How a calibration gets onto the scale of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScalePath {
    /// The whole way as one map; errors of the links add up along it, taken as independent.
    pub map: ScaleMap,
    /// Positions of its links, from the calibration to the reference.
    pub links: Vec<usize>,
    /// The link with the largest error of its own.
    pub weakest: Option<usize>,
}

impl ScaleMap {
    /// Nothing moves.
    pub const IDENTITY: Self = Self { slope: 1.0, intercept: 0.0, variance: Some([[0.0; 2]; 2]) };

    /// First this map, then `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let (a1, b1, a2) = (self.slope, self.intercept, next.slope);
        let variance = self.variance.zip(next.variance).map(|(v, w)| {
            let both = a1 * b1 * w[0][0] + a1 * w[0][1] + a2 * a2 * v[0][1];
            [
                [a1 * a1 * w[0][0] + a2 * a2 * v[0][0], both],
                [both, b1 * b1 * w[0][0] + 2.0 * b1 * w[0][1] + w[1][1] + a2 * a2 * v[1][1]],
            ]
        });
        Self { slope: a1 * a2, intercept: a2 * b1 + next.intercept, variance }
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let (a, b) = (self.slope, self.intercept);
        // (A, B) → (1/A, −B/A).
        let by = [[-1.0 / (a * a), 0.0], [b / (a * a), -1.0 / a]];
        let variance = self.variance.map(|v| {
            let entry = |i: usize, j: usize| {
                let mut sum = 0.0;
                for k in 0..2 {
                    for l in 0..2 {
                        sum += by[i][k] * v[k][l] * by[j][l];
                    }
                }
                sum
            };
            [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
        });
        Self { slope: 1.0 / a, intercept: -b / a, variance }
    }

    /// Variance that the map adds to a linked ability, on average over abilities with mean 0 and standard deviation 1
    /// of the scale it comes from; 1 where errors are not known, so that fewer links are better.
    pub fn spread(&self) -> f64 {
        self.variance.map_or(1.0, |v| v[0][0] + v[1][1])
    }
}

impl From<&Linking> for ScaleMap {
    fn from(linking: &Linking) -> Self {
        let known = linking.slope_se.zip(linking.intercept_se).zip(linking.covariance);
        let variance = known.map(|((slope, intercept), both)| {
            [[slope * slope, both], [both, intercept * intercept]]
        });
        Self { slope: linking.slope, intercept: linking.intercept, variance }
    }
}

/// The way of every calibration to the scale of `reference`, by the links whose errors add up to least; `None` of those
/// that no link leads from. Links go both ways.
///
/// # Panics
/// When a link names a calibration that there is not.
pub fn scale_paths(n: usize, links: &[LinkEdge], reference: usize) -> Vec<Option<ScalePath>> {
    let mut found: Vec<Option<ScalePath>> = vec![None; n];
    let mut done = vec![false; n];
    if let Some(of) = found.get_mut(reference) {
        *of = Some(ScalePath { map: ScaleMap::IDENTITY, links: Vec::new(), weakest: None });
    }
    // Dijkstra (1959); there are few calibrations.
    loop {
        let open = (0..n).filter(|&at| !done[at]);
        let spread = |at: &usize| found[*at].as_ref().map(|path| path.cost(links));
        let nearest = open
            .filter_map(|at| Some((at, spread(&at)?)))
            .min_by(|x, y| x.1.total_cmp(&y.1).then(x.0.cmp(&y.0)));
        let Some((at, _)) = nearest else { return found };
        done[at] = true;
        let Some(here) = found[at].clone() else { return found };
        for (position, link) in links.iter().enumerate() {
            let (next, step) = if link.old == at {
                (link.new, link.map)
            } else if link.new == at {
                (link.old, link.map.inverse())
            } else {
                continue;
            };
            let way = here.before(position, step, links);
            let better =
                found[next].as_ref().is_none_or(|known| way.cost(links) < known.cost(links));
            if !done[next] && better {
                found[next] = Some(way);
            }
        }
    }
}

impl ScalePath {
    /// This way with a link in front of it.
    fn before(&self, position: usize, step: ScaleMap, links: &[LinkEdge]) -> Self {
        let mut all = vec![position];
        all.extend(&self.links);
        let weakest = all
            .iter()
            .copied()
            .max_by(|x, y| links[*x].map.spread().total_cmp(&links[*y].map.spread()));
        Self { map: step.then(&self.map), links: all, weakest }
    }

    fn cost(&self, links: &[LinkEdge]) -> f64 {
        self.links.iter().map(|link| links[*link].map.spread()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(slope: f64, intercept: f64, se: f64) -> ScaleMap {
        let variance = Some([[se * se, 0.3 * se * se], [0.3 * se * se, se * se]]);
        ScaleMap { slope, intercept, variance }
    }

    fn edge(new: usize, old: usize, map: ScaleMap) -> LinkEdge {
        LinkEdge { new, old, map }
    }

    #[test]
    fn a_chain_is_one_map_whose_errors_add_up() {
        let links = [edge(1, 0, map(1.2, 0.4, 0.02)), edge(2, 1, map(0.9, -0.3, 0.05))];
        let found = scale_paths(3, &links, 0);
        let way = found[2].as_ref().unwrap();
        assert!((way.map.slope - 1.08).abs() < 1e-12);
        assert!((way.map.intercept - (1.2 * -0.3 + 0.4)).abs() < 1e-12);
        assert_eq!((&way.links[..], way.weakest), (&[1, 0][..], Some(1)));
        // Against finite differences of the composition.
        let of = |x: [f64; 4]| [x[2] * x[0], x[2] * x[1] + x[3]];
        let at = [0.9, -0.3, 1.2, 0.4];
        let mut covariance = [[0.0; 4]; 4];
        for (k, link) in [(0, links[1]), (2, links[0])] {
            for i in 0..2 {
                for j in 0..2 {
                    covariance[k + i][k + j] = link.map.variance.unwrap()[i][j];
                }
            }
        }
        let by = |i: usize| {
            let step = 1e-6;
            let moved = |by: f64| {
                let mut x = at;
                x[i] += by;
                of(x)
            };
            [0, 1].map(|k| (moved(step)[k] - moved(-step)[k]) / (2.0 * step))
        };
        for k in 0..2 {
            for l in 0..2 {
                let mut sum = 0.0;
                for (i, row) in covariance.iter().enumerate() {
                    for (j, entry) in row.iter().enumerate() {
                        sum += by(i)[k] * entry * by(j)[l];
                    }
                }
                assert!((way.map.variance.unwrap()[k][l] - sum).abs() < 1e-10);
            }
        }
        // There and back is nothing.
        let back = way.map.then(&way.map.inverse());
        assert!((back.slope - 1.0).abs() < 1e-12 && back.intercept.abs() < 1e-12);
    }

    #[test]
    fn the_surer_way_is_taken_and_what_is_apart_has_none() {
        let links = [
            edge(2, 0, map(1.0, 0.5, 0.2)),
            edge(1, 0, map(1.0, 0.2, 0.03)),
            edge(1, 2, map(1.0, -0.3, 0.04)),
        ];
        let found = scale_paths(5, &links, 0);
        // From 2 against the third link to 1, and on to 0: 0.3 + 0.2.
        let way = found[2].as_ref().unwrap();
        assert_eq!((&way.links[..], way.weakest), (&[2, 1][..], Some(2)));
        assert!((way.map.intercept - 0.5).abs() < 1e-12);
        assert!(found[3].is_none() && found[4].is_none());
        assert_eq!(found[0].as_ref().unwrap().map, ScaleMap::IDENTITY);
    }
}
