//! Responses drawn from a fitted model.

use seedtest_numerics::Stream;

use crate::data::Data;
use crate::estimates::RandomEffects;
use crate::template::semidefinite_factor;

/// Streams of random numbers that one draw of a model may use: one for each grouping factor and one for
/// the rows.
const STREAMS_PER_DRAW: u64 = 64;

/// Random part of every row's linear predictor, drawn anew.
pub(crate) fn random_part(data: &Data, random: &[RandomEffects], seed: u64, draw: u64) -> Vec<f64> {
    let mut out = vec![0.0; data.n()];
    for (g, (group, effects)) in data.groups.iter().zip(random).enumerate() {
        let k = effects.k();
        let factor = semidefinite_factor(&effects.covariance, k);
        let mut stream = Stream::new(seed, draw * STREAMS_PER_DRAW + g as u64);
        let mut modes = Vec::with_capacity(group.levels.len() * k);
        for _ in &group.levels {
            let u: Vec<f64> = (0..k).map(|_| stream.normal()).collect();
            modes.extend((0..k).map(|a| (0..=a).map(|b| factor[a * k + b] * u[b]).sum::<f64>()));
        }
        crate::lmm::add_random(group, &modes, &mut out);
    }
    out
}

/// The stream of the rows of a draw.
pub(crate) fn row_stream(seed: u64, draw: u64) -> Stream {
    Stream::new(seed, draw * STREAMS_PER_DRAW + STREAMS_PER_DRAW - 1)
}
