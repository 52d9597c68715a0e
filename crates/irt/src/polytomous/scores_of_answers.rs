//! What each answer says about the parameters of its item.

use rayon::prelude::*;

use super::parameter_map::{ParameterMap, Point, Shape};
use crate::missing_information::AnswerScores;

/// Scores of the complete data by code and node.
pub(super) struct CategoryScores<'a> {
    map: &'a ParameterMap,
    /// Of every item: category by category, node by node, its free values.
    table: Vec<f64>,
    /// Where the item of a code begins in the table, and the item.
    of_code: Vec<(usize, u32)>,
}

impl<'a> CategoryScores<'a> {
    pub(super) fn new(nodes: &[f64], map: &'a ParameterMap, point: &Point) -> Self {
        let (mut of_code, mut sizes) = (Vec::new(), Vec::new());
        let mut first = 0;
        for (item, shape) in (0u32..).zip(&map.items) {
            let per_category = nodes.len() * shape.free().count();
            of_code.extend((0..shape.categories).map(|k| (first + k * per_category, item)));
            sizes.push(shape.categories * per_category);
            first += shape.categories * per_category;
        }
        let mut table = vec![0.0; first];
        let (mut of_items, mut rest) = (Vec::with_capacity(sizes.len()), &mut table[..]);
        for (shape, size) in map.items.iter().zip(sizes) {
            let (own, others) = rest.split_at_mut(size);
            of_items.push((shape, own));
            rest = others;
        }
        of_items.into_par_iter().for_each(|(shape, own)| fill(own, nodes, (shape, point)));
        Self { map, table, of_code }
    }

    /// The scores of a code at a node: own values of its item, then shared ones.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn of(&self, code: u32, node: usize) -> (u32, &[f64]) {
        let (first, item) = self.of_code[code as usize];
        let shape = &self.map.items[item as usize];
        let n = shape.own.len() + shape.shared.len();
        (item, &self.table[first + node * n..][..n])
    }

    pub(super) fn item_of(&self, code: u32) -> u32 {
        self.of_code[code as usize].1
    }

    pub(super) fn map(&self) -> &'a ParameterMap {
        self.map
    }
}

/// Fills the part of the table that is about one item.
fn fill(table: &mut [f64], nodes: &[f64], (shape, point): (&Shape, &Point)) {
    let free: Vec<usize> = shape.free().map(|(value, _)| value).collect();
    let curve = point.curve(shape);
    let n = curve.n_parameters();
    let (mut log_p, mut scores) = (vec![0.0; shape.categories], vec![0.0; shape.categories * n]);
    for (q, &x) in nodes.iter().enumerate() {
        curve.scores(x, &mut log_p, &mut scores);
        for (k, scores) in scores.chunks_exact(n).enumerate() {
            let at = (k * nodes.len() + q) * free.len();
            for (out, value) in table[at..].iter_mut().zip(&free) {
                *out = scores[*value];
            }
        }
    }
}

impl AnswerScores for CategoryScores<'_> {
    const HAVE_GAPS: bool = true;

    fn n_free(&self) -> usize {
        self.map.len()
    }

    fn list(&self, codes: &mut Vec<u32>, places: &mut Vec<u32>) {
        codes.retain(|&code| self.map.items[self.item_of(code) as usize].is_free());
        places.clear();
        for run in codes.chunk_by(|a, b| self.item_of(*a) == self.item_of(*b)) {
            let shape = &self.map.items[self.item_of(run[0]) as usize];
            let first = shape.first_place as u32;
            places.extend(first..first + shape.own.len() as u32);
        }
        places.extend(self.map.n_own as u32..self.map.populations_start() as u32);
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `of`
    fn fill(&self, node: usize, codes: &[u32], scores: &mut [f64]) -> usize {
        let (mut at, mut previous, mut next) = (0, u32::MAX, 0);
        for &code in codes {
            let (item, of_code) = self.of(code, node);
            let shape = &self.map.items[item as usize];
            if item != previous {
                (at, previous) = (next, item);
                next += shape.own.len();
            }
            for (out, score) in scores[at..next].iter_mut().zip(of_code) {
                *out += score;
            }
        }
        if self.map.n_shared > 0 {
            for &code in codes {
                let (item, of_code) = self.of(code, node);
                let shape = &self.map.items[item as usize];
                for ((_, place), score) in shape.shared.iter().zip(&of_code[shape.own.len()..]) {
                    scores[next + place - self.map.n_own] += score;
                }
            }
        }
        next + self.map.n_shared
    }
}
