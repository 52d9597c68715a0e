//! Simulated answers.

use seedtest_irt::Responses;
use seedtest_numerics::{Stream, logistic};

/// Answers in long format with the parameters they were drawn from.
pub(crate) struct Simulated {
    pub(crate) student: Vec<u32>,
    pub(crate) item: Vec<u32>,
    pub(crate) correct: Vec<u8>,
    pub(crate) theta: Vec<f64>,
    /// (a, b, c) of each item.
    pub(crate) items: Vec<(f64, f64, f64)>,
}

impl Simulated {
    /// Each student answers `per_student` items drawn at random without replacement.
    pub(crate) fn new(
        seed: u64,
        theta: Vec<f64>,
        items: Vec<(f64, f64, f64)>,
        per_student: usize,
    ) -> Self {
        let mut data = Self { student: vec![], item: vec![], correct: vec![], theta, items };
        for student in 0..data.theta.len() {
            let mut stream = Stream::new(seed, student as u64);
            let mut order: Vec<usize> = (0..data.items.len()).collect();
            stream.shuffle(&mut order);
            for &item in &order[..per_student] {
                let (a, b, c) = data.items[item];
                let p = c + (1.0 - c) * logistic(a * (data.theta[student] - b));
                data.student.push(student as u32);
                data.item.push(item as u32);
                data.correct.push(u8::from(stream.bernoulli(p)));
            }
        }
        data
    }

    pub(crate) fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.theta.len(),
            n_items: self.items.len(),
        }
    }
}

/// Abilities drawn from N(mean, sd²).
pub(crate) fn abilities(seed: u64, n: usize, mean: f64, sd: f64) -> Vec<f64> {
    let mut stream = Stream::new(seed, u64::MAX);
    (0..n).map(|_| mean + sd * stream.normal()).collect()
}

/// Items with ln a ~ N(0, 0.3²), b ~ N(0, 1) and no guessing.
pub(crate) fn items(seed: u64, n: usize) -> Vec<(f64, f64, f64)> {
    let mut stream = Stream::new(seed, u64::MAX - 1);
    (0..n).map(|_| (stream.lognormal(0.0, 0.3), stream.normal(), 0.0)).collect()
}
