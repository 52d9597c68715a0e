//! k-means of linfa: `kmeans ROWS.bin COLUMNS K STARTS`, rows of little-endian doubles; one line of JSON.

use std::time::Instant;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::KMeans;
use ndarray::Array2;
use ndarray_rand::rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    let (columns, k, starts) = (number(2), number(3), number(4));
    let bytes = std::fs::read(&words[1]).unwrap();
    let values: Vec<f64> =
        bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect();
    let rows = values.len() / columns;
    let data = DatasetBase::from(Array2::from_shape_vec((rows, columns), values).unwrap());
    // Greedy k-means++ is not offered; its own k-means++ is the default. Tolerance and most iterations are those that
    // the other programs of the bench have.
    let began = Instant::now();
    let fit = KMeans::params_with_rng(k, Xoshiro256Plus::seed_from_u64(0))
        .n_runs(starts)
        .tolerance(1e-3)
        .max_n_iterations(500)
        .fit(&data)
        .unwrap();
    let seconds = began.elapsed().as_secs_f64();
    // linfa's inertia is a mean over the rows.
    println!("{{\"seconds\": {seconds}, \"objective\": {}}}", fit.inertia() * rows as f64);
}
