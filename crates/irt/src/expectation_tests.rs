//! Sums over chunks do not depend on how the chunks are grouped, ordered or spread over threads.

use proptest::prelude::*;
use seedtest_numerics::{Interrupt, Rule, Stream};

use crate::answer_chunks::AnswerChunks;
use crate::chunk_step::ChunkStep;
use crate::codes::CodedAnswers;
use crate::expectation::{Expectation, Source};
use crate::grid::Grid;
use crate::groups::Groups;
use crate::parameters::{Curve, Point, Population};
use crate::responses::Responses;
use crate::screening::screen;
use crate::step_statistics::StepStatistics;

const STUDENTS: usize = 260;
const ITEMS: usize = 9;

/// Answers of every student to most items.
fn answers(seed: u64) -> (Vec<u32>, Vec<u32>, Vec<u8>) {
    let mut stream = Stream::new(seed, 0);
    let (mut student, mut item, mut correct) = (Vec::new(), Vec::new(), Vec::new());
    for s in 0..STUDENTS as u32 {
        for i in 0..ITEMS as u32 {
            if stream.bernoulli(0.8) {
                student.push(s);
                item.push(i);
                correct.push(u8::from(stream.bernoulli(0.2 + 0.06 * f64::from(i))));
            }
        }
    }
    (student, item, correct)
}

fn point(n_items: usize) -> Point {
    let curve = |i: usize| Curve { a: 0.8 + 0.1 * i as f64, d: 0.3 - 0.2 * i as f64, g: -1.5 };
    Point {
        curves: (0..n_items).map(curve).collect(),
        populations: vec![Population { mean: 0.1, log_sd: -0.1 }],
    }
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_partition_and_order_of_chunks_gives_the_same_bytes(
        seed in any::<u64>(),
        n_chunks in 1u64..12,
        n_groups in 1usize..5,
    ) {
        let (student, item, correct) = answers(seed);
        let data = Responses {
            student: &student,
            item: &item,
            correct: &correct,
            n_students: STUDENTS,
            n_items: ITEMS,
        };
        let screening = screen(&data, 2, &vec![None; ITEMS]).unwrap();
        let mut stream = Stream::new(seed, 1);
        let chunk_of: Vec<u32> = (0..STUDENTS).map(|_| stream.below(n_chunks) as u32).collect();
        let coded = CodedAnswers::of(&data, &screening);
        let answers = AnswerChunks::new(&coded, &chunk_of, Groups::one());
        prop_assert_eq!(answers.n_students(), STUDENTS);
        let at = point(screening.items.len());
        let mut expected = Expectation::new(Source::Here(&answers), &Grid::new(Rule::default()).unwrap());
        let log_likelihood = expected.run(&at);

        let (width, n_codes) = (expected.width(), answers.n_codes);
        let (code_table, log_weights) = expected.tables();
        let mut step = ChunkStep::new(&answers, width);
        let mut alone: Vec<StepStatistics> = answers
            .chunks
            .iter()
            .map(|chunk| {
                let mut found = StepStatistics::new(n_codes, width, 1);
                found.absorb(step.run(chunk, code_table, log_weights, &Interrupt::never()), 0);
                found
            })
            .collect();
        stream.shuffle(&mut alone);
        let mut total = StepStatistics::new(n_codes, width, 1);
        for group in alone.chunks(alone.len().div_ceil(n_groups)) {
            let mut sum = StepStatistics::new(n_codes, width, 1);
            for found in group {
                sum.merge(found);
            }
            total.merge(&sum);
        }
        let (mut counts, mut students) = (vec![0.0; n_codes * width], vec![0.0; width]);
        let merged = total.write(&mut counts, &mut students);
        prop_assert_eq!(merged.to_bits(), log_likelihood.to_bits());
        prop_assert_eq!(bits(&counts), bits(&expected.counts));
        prop_assert_eq!(bits(&students), bits(&expected.students));
        // Expected students add up to those there are, whatever the chunks.
        let sum: f64 = students.iter().sum();
        prop_assert!((sum - STUDENTS as f64).abs() < 1e-9);
    }
}
