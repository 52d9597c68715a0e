//! What must hold of every fit, whatever the data.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the functions they share

use proptest::prelude::*;
use seedtest_formula::{Formula, Frame};
use seedtest_mixed::{Data, Silent, glmm, lmm};
use seedtest_numerics::{Stream, logistic};

/// Scores and answers of students on topics.
#[derive(Debug, Clone)]
struct School {
    score: Vec<f64>,
    correct: Vec<f64>,
    week: Vec<f64>,
    student: Vec<String>,
    topic: Vec<String>,
}

fn school(seed: u64) -> School {
    let mut stream = Stream::new(seed, 7);
    let mut out =
        School { score: vec![], correct: vec![], week: vec![], student: vec![], topic: vec![] };
    let topics: Vec<f64> = (0..5).map(|_| 0.4 * stream.normal()).collect();
    for s in 0..24 {
        let (level, slope) = (0.5 * stream.normal(), 0.1 * stream.normal());
        for w in 0..7 {
            let topic = stream.below(5) as usize;
            let mean = level + (0.1 + slope) * f64::from(w) + topics[topic];
            out.score.push(mean + 0.3 * stream.normal());
            out.correct.push(f64::from(u8::from(stream.bernoulli(logistic(2.0 * mean)))));
            out.week.push(f64::from(w));
            out.student.push(format!("s{s}"));
            out.topic.push(format!("t{topic}"));
        }
    }
    out
}

impl School {
    fn frame(&self) -> Frame {
        let mut frame = Frame::new();
        frame.push_numeric("score", self.score.clone()).unwrap();
        frame.push_numeric("correct", self.correct.clone()).unwrap();
        frame.push_numeric("week", self.week.clone()).unwrap();
        for (name, values) in [("student", &self.student), ("topic", &self.topic)] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            frame.push_text(name, &values).unwrap();
        }
        frame
    }

    fn data(&self, formula: &str) -> Data {
        Data::new(&Formula::parse(formula).unwrap(), &self.frame(), None).unwrap()
    }

    /// Rows in another order, students and topics under other names in another order.
    fn shuffled(&self, seed: u64) -> (Self, impl Fn(&str) -> String + use<>) {
        let mut stream = Stream::new(seed, 8);
        let mut order: Vec<usize> = (0..self.score.len()).collect();
        stream.shuffle(&mut order);
        let salt = stream.below(1_000);
        let renamed = move |name: &str| {
            let number: u64 = name[1..].parse().unwrap();
            format!("{}x{:04}", &name[..1], (number * 617 + salt) % 1_009)
        };
        let numbers = |values: &[f64]| order.iter().map(|&at| values[at]).collect();
        let names = |values: &[String]| order.iter().map(|&at| renamed(&values[at])).collect();
        let moved = Self {
            score: numbers(&self.score),
            correct: numbers(&self.correct),
            week: numbers(&self.week),
            student: names(&self.student),
            topic: names(&self.topic),
        };
        (moved, renamed)
    }
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

const SCORES: &str = "score ~ week + (week | student) + (1 | topic)";
const ANSWERS: &str = "correct ~ week + (1 | student) + (1 | topic)";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_of_rows_and_names_of_levels_change_nothing(seed in 0_u64..1_000_000) {
        let here = school(seed);
        let (there, renamed) = here.shuffled(seed);
        let fit = |school: &School| {
            lmm::fit(&school.data(SCORES), &lmm::Spec::default(), &mut Silent).unwrap()
        };
        let (one, other) = (fit(&here), fit(&there));
        prop_assert!(near(one.metrics.loglik, other.metrics.loglik, 1e-9));
        for (a, b) in one.fixed.iter().zip(&other.fixed) {
            let (a, b) = (a.estimate.unwrap(), b.estimate.unwrap());
            prop_assert!(near(a.coefficient, b.coefficient, 1e-6));
            prop_assert!(near(a.se, b.se, 1e-4));
        }
        for (a, b) in one.random.iter().zip(&other.random) {
            for (level, name) in a.levels.iter().enumerate() {
                let there = b.levels.iter().position(|l| *l == renamed(name)).unwrap();
                prop_assert!(near(a.mode(level, 0), b.mode(there, 0), 1e-4));
            }
        }
    }

    #[test]
    fn the_same_of_generalised_models(seed in 0_u64..1_000_000) {
        let here = school(seed);
        let (there, renamed) = here.shuffled(seed);
        let fit = |school: &School| {
            glmm::fit(&school.data(ANSWERS), &glmm::Spec::default(), &mut Silent).unwrap()
        };
        let (one, other) = (fit(&here), fit(&there));
        prop_assert!(near(one.metrics.loglik, other.metrics.loglik, 1e-8));
        for (a, b) in one.fixed.iter().zip(&other.fixed) {
            let (a, b) = (a.estimate.unwrap(), b.estimate.unwrap());
            prop_assert!(near(a.coefficient, b.coefficient, 1e-3));
        }
        let (a, b) = (&one.random[0], &other.random[0]);
        for (level, name) in a.levels.iter().enumerate() {
            let there = b.levels.iter().position(|l| *l == renamed(name)).unwrap();
            prop_assert!(near(a.mode(level, 0), b.mode(there, 0), 1e-3));
        }
    }

    #[test]
    fn scores_in_another_unit_scale_everything(seed in 0_u64..1_000_000, size in -25.0_f64..25.0) {
        let here = school(seed);
        let factor = seedtest_numerics::exp(size);
        let scores = here.score.iter().map(|s| s * factor).collect();
        let there = School { score: scores, ..here.clone() };
        let fit = |school: &School| {
            lmm::fit(&school.data(SCORES), &lmm::Spec::default(), &mut Silent).unwrap()
        };
        let (one, other) = (fit(&here), fit(&there));
        prop_assert!(near(other.sigma() / factor, one.sigma(), 1e-6));
        for (a, b) in one.fixed.iter().zip(&other.fixed) {
            let (a, b) = (a.estimate.unwrap(), b.estimate.unwrap());
            prop_assert!(near(a.coefficient, b.coefficient / factor, 1e-6));
            prop_assert!(near(a.se, b.se / factor, 1e-4));
            prop_assert!(near(a.statistic, b.statistic, 1e-4));
        }
        for (a, b) in one.random.iter().zip(&other.random) {
            prop_assert!(near(a.sd(0), b.sd(0) / factor, 1e-3));
        }
    }
}
