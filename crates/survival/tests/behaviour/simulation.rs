//! Simulated students.

use seedtest_numerics::Stream;
use seedtest_survival::{Covariate, Data};

/// Students with a Weibull hazard that depends on covariates.
pub(crate) struct School {
    pub(crate) stop: Vec<f64>,
    pub(crate) event: Vec<u8>,
    pub(crate) x: Vec<Vec<f64>>,
    pub(crate) cluster: Vec<u32>,
    /// True linear predictors.
    pub(crate) eta: Vec<f64>,
}

const NAMES: [&str; 4] = ["accuracy", "sessions", "streak", "latency"];
pub(crate) const SHAPE: f64 = 1.1;
pub(crate) const SCALE: f64 = 60.0;

impl School {
    /// `rows` landmarks per student that share a frailty with this standard deviation of its log.
    pub(crate) fn new(seed: u64, students: usize, rows: usize, beta: &[f64], frailty: f64) -> Self {
        let mut stream = Stream::new(seed, 0);
        let n = students * rows;
        let x: Vec<Vec<f64>> =
            beta.iter().map(|_| (0..n).map(|_| stream.normal()).collect()).collect();
        let shared: Vec<f64> = (0..students).map(|_| frailty * stream.normal()).collect();
        let mut school = Self { stop: vec![], event: vec![], x, cluster: vec![], eta: vec![] };
        for row in 0..n {
            let eta: f64 = beta.iter().zip(&school.x).map(|(b, x)| b * x[row]).sum();
            let hazard = (eta + shared[row / rows]).exp();
            let time = SCALE * (stream.exponential() / hazard).powf(1.0 / SHAPE);
            let censored = stream.uniform_in(20.0, 120.0);
            school.stop.push(time.min(censored).ceil());
            school.event.push(u8::from(time <= censored));
            school.cluster.push((row / rows) as u32);
            school.eta.push(eta);
        }
        school
    }

    pub(crate) fn data(&self) -> Data<'_> {
        let covariates = NAMES.iter().zip(&self.x);
        let covariates = covariates.map(|(name, values)| Covariate { name, values }).collect();
        Data::new(&self.stop, &self.event, covariates)
    }
}
