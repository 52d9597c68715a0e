//! Simulated rows.

use seedtest_numerics::Stream;
use seedtest_segment::{Data, Feature};

pub(crate) const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/// Normal clouds of `each` rows around `centres`, with a common part that correlates the features.
pub(crate) fn clouds(centres: &[Vec<f64>], each: usize, common: f64, seed: u64) -> Vec<Vec<f64>> {
    let d = centres[0].len();
    let mut columns = vec![Vec::new(); d];
    let mut stream = Stream::new(seed, 1);
    for centre in centres {
        for _ in 0..each {
            let shared = common * stream.normal();
            for (column, mean) in columns.iter_mut().zip(centre) {
                column.push(mean + shared + stream.normal());
            }
        }
    }
    columns
}

/// `k` centres at random, `apart` standard deviations.
pub(crate) fn centres(k: usize, d: usize, apart: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed, 2);
    (0..k).map(|_| (0..d).map(|_| apart * stream.normal()).collect()).collect()
}

pub(crate) fn data(columns: &[Vec<f64>]) -> Data<'_> {
    let features =
        NAMES.iter().zip(columns).map(|(name, values)| Feature { name, values }).collect();
    Data { features }
}
