//! Products without the matrix are those with it.

use seedtest_numerics::{Rule, Stream, ln};

use crate::answer_chunks::AnswerChunks;
use crate::codes::CodedAnswers;
use crate::expectation::{Expectation, Source};
use crate::grid::Grid;
use crate::groups::Groups;
use crate::information_product::MissingProducts;
use crate::missing_information::{CompleteScores, Missing};
use crate::parameters::{Curve, FreePopulation, FreeSet, Point, Population, own_of};
use crate::responses::Responses;
use crate::screening::screen;

const STUDENTS: usize = 300;

/// Answers of students of two groups, who see the first `n_items` items with this probability.
struct Answers {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    n_items: usize,
}

impl Answers {
    fn draw(n_items: usize, share: f64) -> Self {
        let mut stream = Stream::new(17, n_items as u64);
        let mut all = Self { student: vec![], item: vec![], correct: vec![], n_items };
        for student in 0..STUDENTS as u32 {
            for item in 0..n_items as u32 {
                if stream.bernoulli(share) {
                    all.student.push(student);
                    all.item.push(item);
                    all.correct.push(u8::from(stream.bernoulli(0.6)));
                }
            }
        }
        all
    }

    /// The product by the windows and by the matrix.
    fn products(&self, rule: Rule) -> Option<(Vec<f64>, Vec<f64>)> {
        let data = Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: STUDENTS,
            n_items: self.n_items,
        };
        let screening = screen(&data, 2, &vec![None; self.n_items]).unwrap();
        let coded = CodedAnswers::of(&data, &screening);
        let of: Vec<u32> = (0..STUDENTS as u32).map(|student| student % 2).collect();
        let groups = Groups { of: &of, n: 2, reference: 0 };
        let chunk_of: Vec<u32> = (0..STUDENTS).map(|student| u32::from(student > 190)).collect();
        let answers = AnswerChunks::new(&coded, &chunk_of, groups);
        let mut stream = Stream::new(18, 0);
        let curve = |_| Curve { a: stream.lognormal(0.2, 0.3), d: stream.normal(), g: -1.5 };
        let point = Point {
            curves: (0..self.n_items).map(curve).collect(),
            populations: vec![
                Population { mean: 0.0, log_sd: 0.0 },
                Population { mean: 0.4, log_sd: ln(1.2) },
            ],
        };
        let free = FreeSet {
            own: own_of(3).unwrap(),
            // The first item is an anchor.
            items: (1..self.n_items as u32).collect(),
            common_slope: false,
            populations: vec![
                FreePopulation { mean: false, log_sd: false },
                FreePopulation { mean: true, log_sd: true },
            ],
        };
        let grid = Grid::new(rule).unwrap();
        let mut expected = Expectation::new(Source::Here(&answers), &grid);
        expected.run(&point);
        let nodes = expected.nodes.clone();
        let scores = CompleteScores::of_binary(&nodes, rule, (&point, &free));
        let n = free.len();
        let vector: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let products = MissingProducts::new(&scores, &mut expected)?;
        let mut found = vec![0.0; n];
        products.subtract(&vector, &mut found);
        let dense = Missing::of(scores.full(&mut expected, &[[0.0; 2]; 2], false), n).covariance;
        let entry = |i: usize, j: usize| dense[i.max(j) * n + i.min(j)];
        let row = |i: usize| -(0..n).map(|j| entry(i, j) * vector[j]).sum::<f64>();
        Some((found, (0..n).map(row).collect()))
    }
}

#[test]
fn products_are_those_with_the_matrix() {
    // Few answers each and wide posteriors; many joined to tokens and narrow ones; more nodes.
    let finer = Rule::Grid { points: 121, min: -6.0, max: 6.0 };
    for (n_items, share, rule) in
        [(30, 0.15, Rule::default()), (60, 0.95, Rule::default()), (60, 0.9, finer)]
    {
        let (found, expected) = Answers::draw(n_items, share).products(rule).unwrap();
        let size = expected.iter().fold(0.0, |size, x| f64::max(size, x.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            // Beyond the four standard deviations that every window reaches on both sides lies a thousandth of a
            // normal variance and a hundredth of that of a square, which the score of ln sd is: up to twice that of
            // posteriors of few answers, whose tails are heavier. Steps are shorter or longer by it and lead to the
            // same maximum. Single precision is far below both.
            assert!((found - expected).abs() < 2e-2 * size, "{found} {expected} of {size}");
        }
    }
}

#[test]
fn nodes_of_a_gauss_rule_have_no_strides() {
    assert!(Answers::draw(10, 0.5).products(Rule::GaussHermite { points: 31 }).is_none());
}
