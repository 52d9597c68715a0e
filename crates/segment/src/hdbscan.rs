//! Dense regions at any density: HDBSCAN (Campello, Moulavi & Sander 2013).

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted};

use crate::matrix::{Matrix, pair_distance};

/// Labels of the rows; `None` for noise. Clusters have at least `min_size` rows; the density at a row is
/// the distance of its `min_points`-th neighbour (itself the first). Excess of mass, no single cluster
/// of everything, as scikit-learn's defaults. Clusters are numbered by their first row.
///
/// # Errors
/// Where the interrupt is raised.
pub(crate) fn hdbscan(
    matrix: &Matrix,
    min_size: usize,
    min_points: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Option<u32>>, Interrupted> {
    let n = matrix.n();
    let core = core_distances(matrix, min_points, interrupt);
    interrupt.check()?;
    let mut edges = spanning_tree(matrix, &core, interrupt)?;
    edges.sort_by(|a, b| a.2.total_cmp(&b.2));
    let tree = condense(&single_linkage(&edges, n), n, min_size);
    let chosen = tree.excess_of_mass();
    let mut names = std::collections::BTreeMap::new();
    let labels = (0..n)
        .map(|row| {
            let mut cluster = tree.left_from[row];
            while !chosen[cluster] {
                if cluster == 0 {
                    return None;
                }
                cluster = tree.clusters[cluster].parent;
            }
            let next = names.len() as u32;
            Some(*names.entry(cluster).or_insert(next))
        })
        .collect();
    Ok(labels)
}

fn core_distances(matrix: &Matrix, min_points: usize, interrupt: &Interrupt) -> Vec<f64> {
    let n = matrix.n();
    let rank = min_points.clamp(1, n) - 1;
    (0..n)
        .into_par_iter()
        .map(|i| {
            if interrupt.is_raised() {
                return 0.0;
            }
            let mut distances: Vec<f64> =
                matrix.rows().map(|row| pair_distance(matrix.row(i), row)).collect();
            distances.select_nth_unstable_by(rank, f64::total_cmp).1.sqrt()
        })
        .collect()
}

/// Minimum spanning tree of mutual reachability, by Prim's method.
fn spanning_tree(
    matrix: &Matrix,
    core: &[f64],
    interrupt: &Interrupt,
) -> Result<Vec<(usize, usize, f64)>, Interrupted> {
    let n = matrix.n();
    let mut nearest = vec![(f64::INFINITY, 0usize); n];
    let mut inside = vec![false; n];
    let mut edges = Vec::with_capacity(n.saturating_sub(1));
    let mut current = 0;
    for _ in 1..n {
        interrupt.check()?;
        inside[current] = true;
        let mut next: Option<usize> = None;
        for j in 0..n {
            if inside[j] {
                continue;
            }
            let distance = pair_distance(matrix.row(current), matrix.row(j)).sqrt();
            let reach = distance.max(core[current]).max(core[j]);
            if reach < nearest[j].0 {
                nearest[j] = (reach, current);
            }
            if next.is_none_or(|m| nearest[j].0 < nearest[m].0) {
                next = Some(j);
            }
        }
        let Some(found) = next else { break };
        edges.push((nearest[found].1, found, nearest[found].0));
        current = found;
    }
    Ok(edges)
}

/// A merge: two nodes (rows below n, merges from n on), their distance, their rows.
#[derive(Clone, Copy)]
struct Node {
    parts: [usize; 2],
    distance: f64,
    size: usize,
}

fn single_linkage(edges: &[(usize, usize, f64)], n: usize) -> Vec<Node> {
    let mut parent: Vec<usize> = (0..2 * n).collect();
    let mut size = vec![1; 2 * n];
    let find = |parent: &mut Vec<usize>, mut x: usize| {
        while parent[x] != x {
            parent[x] = parent[parent[x]];
            x = parent[x];
        }
        x
    };
    let mut nodes = Vec::with_capacity(edges.len());
    for (number, &(a, b, distance)) in edges.iter().enumerate() {
        let parts = [find(&mut parent, a), find(&mut parent, b)];
        let node = n + number;
        size[node] = size[parts[0]] + size[parts[1]];
        parent[parts[0]] = node;
        parent[parts[1]] = node;
        nodes.push(Node { parts, distance, size: size[node] });
    }
    nodes
}

struct Cluster {
    parent: usize,
    birth: f64,
    stability: f64,
    children: Vec<usize>,
}

/// The hierarchy without splits that leave less than a cluster.
struct Condensed {
    /// The first is everything; parents come before children.
    clusters: Vec<Cluster>,
    /// The cluster each row was in last.
    left_from: Vec<usize>,
}

fn condense(nodes: &[Node], n: usize, min_size: usize) -> Condensed {
    let everything = Cluster { parent: 0, birth: 0.0, stability: 0.0, children: Vec::new() };
    let mut tree = Condensed { clusters: vec![everything], left_from: vec![0; n] };
    if nodes.is_empty() {
        return tree;
    }
    let size = |node: usize| if node < n { 1 } else { nodes[node - n].size };
    let mut waiting = vec![(n + nodes.len() - 1, 0usize)];
    while let Some((node, cluster)) = waiting.pop() {
        if node < n {
            tree.left_from[node] = cluster;
            continue;
        }
        let Node { parts, distance, .. } = nodes[node - n];
        let lambda = 1.0 / distance.max(f64::MIN_POSITIVE);
        let splits = parts.iter().all(|&p| size(p) >= min_size);
        for part in parts {
            let lost = (lambda - tree.clusters[cluster].birth) * size(part) as f64;
            if splits {
                tree.clusters[cluster].stability += lost;
                let child = tree.clusters.len();
                tree.clusters[cluster].children.push(child);
                tree.clusters.push(Cluster {
                    parent: cluster,
                    birth: lambda,
                    stability: 0.0,
                    children: Vec::new(),
                });
                waiting.push((part, child));
            } else if size(part) >= min_size {
                waiting.push((part, cluster));
            } else {
                tree.clusters[cluster].stability += lost;
                leave(part, cluster, nodes, n, &mut tree.left_from);
            }
        }
    }
    tree
}

fn leave(node: usize, cluster: usize, nodes: &[Node], n: usize, left_from: &mut [usize]) {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if node < n {
            left_from[node] = cluster;
        } else {
            waiting.extend(nodes[node - n].parts);
        }
    }
}

impl Condensed {
    /// Clusters that outlast their parts together; never everything.
    fn excess_of_mass(&self) -> Vec<bool> {
        let count = self.clusters.len();
        let mut chosen = vec![false; count];
        let mut best: Vec<f64> = self.clusters.iter().map(|c| c.stability).collect();
        for at in (1..count).rev() {
            let cluster = &self.clusters[at];
            let parts: f64 = cluster.children.iter().map(|&c| best[c]).sum();
            if cluster.children.is_empty() || parts <= best[at] {
                chosen[at] = true;
            } else {
                best[at] = parts;
            }
        }
        for at in 1..count {
            let above = self.clusters[at].parent;
            let covered = above != 0 && (chosen[above] || self.is_covered(above, &chosen));
            chosen[at] = chosen[at] && !covered;
        }
        chosen
    }

    fn is_covered(&self, mut cluster: usize, chosen: &[bool]) -> bool {
        while cluster != 0 {
            if chosen[cluster] {
                return true;
            }
            cluster = self.clusters[cluster].parent;
        }
        false
    }
}
