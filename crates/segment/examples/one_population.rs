//! How often one population is taken for several, and how often several are found.
//!
//! `one_population REPETITIONS [gate] [n=30,150] [only=WORD]` prints a line for each kind of population, number
//! of rows and of features (r: correlation): the share of simulated tables in which clusters are published,
//! or, of several groups, in which as many are. With `gate` only the test against one population is done;
//! `only` picks the kinds whose names have the word, `groups` for several groups.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // it is a program

use seedtest_numerics::{Stream, beta_quantile, normal_cdf};
use seedtest_segment::{Data, Feature, Silent, Spec, evidence, fit};

type Population = fn(&mut Stream, f64, usize) -> f64;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let repetitions: u64 = arguments[1].parse().unwrap();
    let gate = arguments.iter().any(|a| a == "gate");
    let only = arguments.iter().find_map(|a| a.strip_prefix("only="));
    let is_wanted = |name: &str| only.is_none_or(|word| name.contains(word));
    let sizes: Vec<usize> = arguments
        .iter()
        .find_map(|a| a.strip_prefix("n="))
        .map_or(vec![20, 30, 58, 150, 1000], |s| {
            s.split(',').map(|v| v.parse().unwrap()).collect()
        });
    let kinds: [(&str, Population); 11] = [
        ("normal", |_, z, _| z),
        ("lognormal", |_, z, _| z.exp()),
        ("beta(2,2)", |_, z, _| beta(2.0, 2.0, z)),
        ("beta(2,5)", |_, z, _| beta(2.0, 5.0, z)),
        ("beta(5,1)", |_, z, _| beta(5.0, 1.0, z)),
        ("uniform", |_, z, _| normal_cdf(z)),
        ("counts", |_, z, j| poisson(1.0 + 2.0 * j as f64, z)),
        (
            "zero-inflated",
            |s, z, j| if s.bernoulli(0.4) { 0.0 } else { poisson(2.0 + 3.0 * j as f64, z) },
        ),
        ("right or wrong", |_, z, j| f64::from(u8::from(z < 0.3 * j as f64 - 0.5))),
        ("shares of 5", |s, z, _| s.binomial(5, normal_cdf(z)) as f64 / 5.0),
        ("mixed", |_, z, j| match j % 4 {
            0 => z,
            1 => z.exp(),
            2 => poisson(4.0, z),
            _ => beta(2.0, 5.0, z),
        }),
    ];
    for (name, draw) in kinds.iter().filter(|k| is_wanted(k.0)) {
        for &n in &sizes {
            for (d, common) in [(2, 0.0), (2, 0.8), (5, 0.5), (9, 0.0), (9, 0.7)] {
                let rate = share(repetitions, gate, |stream| {
                    let rows = (0..n).map(|_| correlated(d, common, stream)).collect::<Vec<_>>();
                    let columns =
                        (0..d).map(|j| rows.iter().map(|z| draw(stream, z[j], j)).collect());
                    (columns.collect(), None)
                });
                println!("{name:<16} n={n:<5} p={d} r={common}: {rate:.3}");
            }
        }
    }
    for (k, d) in [(2, 1), (2, 2), (2, 5), (2, 9), (3, 2), (3, 5), (3, 9), (4, 3), (4, 9)] {
        if !is_wanted("groups") {
            break;
        }
        for &n in sizes.iter().filter(|n| **n >= 58) {
            let rate = share(repetitions, gate, |stream| (groups(k, n, d, stream), Some(k)));
            println!("{k} groups        n={n:<5} p={d}: {rate:.3}");
        }
    }
}

fn share(
    repetitions: u64,
    gate: bool,
    table: impl Fn(&mut Stream) -> (Vec<Vec<f64>>, Option<usize>),
) -> f64 {
    let mut hits = 0;
    for repetition in 0..repetitions {
        let mut stream = Stream::new(repetition, 77);
        let (columns, k) = table(&mut stream);
        let names: Vec<String> = (0..columns.len()).map(|j| format!("f{j}")).collect();
        let pairs = names.iter().zip(&columns);
        let data =
            Data { features: pairs.map(|(name, values)| Feature { name, values }).collect() };
        let spec = Spec::default();
        let found = if gate {
            evidence(&data, &spec).unwrap().is_some_and(|e| e.is_enough())
        } else {
            let fit = fit(&data, &spec, &mut Silent);
            fit.is_ok_and(|f| k.map_or(f.k > 1, |k| f.k == k))
        };
        hits += u64::from(found);
    }
    hits as f64 / repetitions as f64
}

fn correlated(d: usize, common: f64, stream: &mut Stream) -> Vec<f64> {
    let shared = stream.normal();
    (0..d).map(|_| common.sqrt() * shared + (1.0 - common).sqrt() * stream.normal()).collect()
}

fn beta(a: f64, b: f64, z: f64) -> f64 {
    beta_quantile(a, b, normal_cdf(z))
}

fn poisson(mean: f64, z: f64) -> f64 {
    let u = normal_cdf(z);
    let (mut k, mut mass) = (0.0, (-mean).exp());
    let mut upto = mass;
    while upto < u && k < 1000.0 {
        k += 1.0;
        mass *= mean / k;
        upto += mass;
    }
    k
}

/// `k` normal groups of variance 1, any two centres 4 apart.
fn groups(k: usize, n: usize, d: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let directions: Vec<Vec<f64>> = orthonormal(d, stream);
    let plane: Vec<Vec<f64>> = match (k, d) {
        (2, _) => vec![vec![0.0], vec![4.0]],
        (3, _) => vec![vec![0.0, 0.0], vec![4.0, 0.0], vec![2.0, 12f64.sqrt()]],
        (_, _) => vec![
            vec![0.0, 0.0, 0.0],
            vec![4.0, 0.0, 0.0],
            vec![2.0, 12f64.sqrt(), 0.0],
            vec![2.0, 12f64.sqrt() / 3.0, (32.0f64 / 3.0).sqrt()],
        ],
    };
    let mut columns = vec![Vec::new(); d];
    for row in 0..n {
        let centre = &plane[row % k];
        for (j, column) in columns.iter_mut().enumerate() {
            let mean: f64 = centre.iter().zip(&directions).map(|(c, axis)| c * axis[j]).sum();
            column.push(mean + stream.normal());
        }
    }
    columns
}

fn orthonormal(d: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    while found.len() < d.min(3) {
        let mut axis: Vec<f64> = (0..d).map(|_| stream.normal()).collect();
        for other in &found {
            let dot: f64 = axis.iter().zip(other).map(|(a, b)| a * b).sum();
            axis.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
        }
        let length = axis.iter().map(|x| x * x).sum::<f64>().sqrt();
        found.push(axis.into_iter().map(|x| x / length).collect());
    }
    found
}
