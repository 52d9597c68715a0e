//! Seconds and objectives of clusterings, for `bench/segments.py`.
//!
//! `time_segment FILE D METHOD FIRST LAST STARTS` reads rows of D little-endian doubles and prints a line of
//! JSON for each number of clusters: the seconds of clustering alone, and those of a whole fit with
//! silhouette, stability, memberships, outliers and cards where `whole` is an argument. `labels=PATH` writes the
//! cluster of every row of the last one there, little-endian numbers of eight bytes, −1 for none.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // it measures time

use std::time::Instant;

use seedtest_segment::{Covariance, Data, Feature, Method, Silent, Spec, cluster, fit};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |position: usize| arguments[position].parse::<usize>().unwrap();
    let bytes = std::fs::read(&arguments[1]).unwrap();
    let d = number(2);
    let n = bytes.len() / 8 / d;
    let mut columns = vec![Vec::with_capacity(n); d];
    for (position, bytes) in bytes.chunks_exact(8).enumerate() {
        columns[position % d].push(f64::from_le_bytes(bytes.try_into().unwrap()));
    }
    let names: Vec<String> = (0..d).map(|j| format!("f{j}")).collect();
    let pairs = names.iter().zip(&columns);
    let features = pairs.map(|(name, values)| Feature { name, values }).collect();
    let data = Data { features };
    let has = |word: &str| arguments[7..].iter().any(|argument| argument == word);
    let path = arguments[7..].iter().find_map(|argument| argument.strip_prefix("labels="));
    let method = if arguments[3] == "kmeans" { Method::Kmeans } else { Method::GaussianMixture };
    for k in number(4)..=number(5) {
        let spec = Spec {
            method,
            k: Some(k),
            standardize: false,
            covariance: Some(Covariance::Full),
            starts: number(6),
            ..Spec::default()
        };
        let start = Instant::now();
        let found = cluster(&data, &spec, &mut Silent).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let objective = found.log_likelihood.map_or_else(|| found.tot_withinss.unwrap(), |l| -l);
        if let Some(path) = path {
            let number = |label: &Option<u32>| label.map_or(-1, i64::from).to_le_bytes();
            std::fs::write(path, found.labels.iter().flat_map(number).collect::<Vec<u8>>())
                .unwrap();
        }
        let whole = has("whole").then(|| {
            let start = Instant::now();
            fit(&data, &spec, &mut Silent).unwrap();
            start.elapsed().as_secs_f64()
        });
        let (iterations, whole) = (found.iterations, whole.unwrap_or(f64::NAN).to_string());
        let whole = whole.replace("NaN", "null");
        println!(
            r#"{{"k":{k},"seconds":{seconds},"whole":{whole},"iterations":{iterations},"objective":{objective}}}"#
        );
    }
}
