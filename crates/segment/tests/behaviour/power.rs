//! How often groups are found, and their number: what the docs say of it, in part (`simulate_segments` has all).

use std::collections::BTreeMap;

use seedtest_numerics::{Stream, square};
use seedtest_segment::{Candidate, Data, Feature, Silent, Spec, fit};

/// `k` normal groups, any two `apart` standard deviations from each other in the first features, and `noise` features
/// that say nothing.
pub(crate) fn groups(
    (k, n): (usize, usize),
    (told, noise): (usize, usize),
    apart: f64,
    stream: &mut Stream,
) -> Vec<Vec<f64>> {
    let axes = orthonormal(told, stream);
    let mut columns = vec![Vec::with_capacity(n); told + noise];
    for row in 0..n {
        // Corners of a simplex: one axis for each group but the first, or places along the only axis.
        let group = row % k;
        for (j, column) in columns.iter_mut().enumerate() {
            let mean: f64 = if j >= told {
                0.0
            } else if told == 1 {
                apart * group as f64
            } else {
                corner(group, k).iter().zip(&axes).map(|(c, axis)| apart * c * axis[j]).sum()
            };
            column.push(mean + stream.normal());
        }
    }
    columns
}

/// Coordinates of a corner of a simplex whose edges are 1 long.
fn corner(group: usize, k: usize) -> Vec<f64> {
    let mut corners = vec![vec![0.0; k - 1]; k];
    for at in 1..k {
        for j in 0..at - 1 {
            corners[at][j] = corners[..at].iter().map(|c| c[j]).sum::<f64>() / at as f64;
        }
        let square: f64 = (0..at - 1).map(|j| square(corners[at][j] - corners[0][j])).sum();
        corners[at][at - 1] = (1.0 - square).sqrt();
    }
    corners.swap_remove(group)
}

fn orthonormal(d: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    while found.len() < d {
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

/// How many tables end at each number of clusters, and how many pass the first question; with the reasons of some.
fn tally(tables: u64, table: impl Fn(&mut Stream) -> Vec<Vec<f64>>) -> String {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut passed = 0;
    let mut whys = Vec::new();
    for number in 0..tables {
        let columns = table(&mut Stream::new(number, 2_026));
        let names: Vec<String> = (0..columns.len()).map(|j| format!("f{j}")).collect();
        let pairs = names.iter().zip(&columns);
        let data =
            Data { features: pairs.map(|(name, values)| Feature { name, values }).collect() };
        let found = fit(&data, &Spec::default(), &mut Silent).unwrap();
        let evidence = found.evidence.unwrap();
        passed += usize::from(evidence.is_enough());
        *numbers.entry(found.k).or_default() += 1;
        if number < 12 {
            let selection = found.selection.unwrap();
            let of = |c: &Candidate| {
                format!(
                    "{}:{} v{:.2} s{:.2} w{:.2} b{:.0} i{:.0}",
                    c.k,
                    if c.is_mixture { "m" } else { "" },
                    c.valley_p.unwrap_or(9.0),
                    c.stability.unwrap_or(0.0),
                    c.silhouette.unwrap_or(0.0),
                    c.bic.unwrap_or(0.0),
                    c.icl.unwrap_or(0.0)
                )
            };
            let all: Vec<String> = selection.candidates.iter().take(5).map(of).collect();
            whys.push(format!(
                "    p {:.3} k {} {} | {}",
                evidence.p_value,
                found.k,
                &selection.why[..selection.why.len().min(90)],
                all.join("; ")
            ));
        }
    }
    format!("passed {passed} of {tables}, k: {numbers:?}\n{}", whys.join("\n"))
}

/// The share of tables whose number of groups is found.
fn right(k: usize, tables: u64, table: impl Fn(&mut Stream) -> Vec<Vec<f64>>) -> f64 {
    let is_right = |number: &u64| {
        let columns = table(&mut Stream::new(*number, 2_026));
        let names: Vec<String> = (0..columns.len()).map(|j| format!("f{j}")).collect();
        let pairs = names.iter().zip(&columns);
        let features = pairs.map(|(name, values)| Feature { name, values }).collect();
        let spec = Spec { references: 10, bootstraps: 10, starts: 10, ..Spec::default() };
        fit(&Data { features }, &spec, &mut Silent).unwrap().k == k
    };
    (0..tables).filter(is_right).count() as f64 / tables as f64
}

/// Of few rows no valley is sure, but clusters that come back and seem to have one are groups where there are any.
#[test]
fn few_rows_of_several_groups_are_told_apart() {
    // 17 of 20 and more, when simulated.
    let two = right(2, 6, |stream| groups((2, 60), (12, 0), 4.0, stream));
    assert!(two > 0.8, "{two}");
    let four = right(4, 8, |stream| groups((4, 60), (5, 0), 6.0, stream));
    assert!(four > 0.6, "{four}");
    let beside_noise = right(2, 3, |stream| groups((2, 300), (1, 8), 6.0, stream));
    assert!(beside_noise > 0.6, "{beside_noise}");
}

/// Corners of a triangle are a coarse ring: groups come back and leave a gap that thirds of a ring do not.
#[test]
fn three_groups_are_told_from_a_ring() {
    // 18 of 20 when simulated, and no more than 1 of 40 rings.
    let three = right(3, 8, |stream| groups((3, 60), (2, 0), 4.0, stream));
    assert!(three > 0.5, "{three}");
    let ring = |stream: &mut Stream| {
        let mut columns = vec![Vec::new(), Vec::new()];
        for _ in 0..60 {
            // The direction of two normal numbers is any.
            let (x, y) = (stream.normal(), stream.normal());
            let radius = (2.0 + 0.25 * stream.normal()) / (x * x + y * y).sqrt();
            columns[0].push(radius * x);
            columns[1].push(radius * y);
        }
        columns
    };
    let whole = right(1, 10, ring);
    assert!(whole > 0.85, "{whole}");
}

#[test]
#[ignore = "minutes: prints what docs/models/segments.md says of power"]
fn groups_that_are_found() {
    for (k, n, told, noise, apart) in [
        (2, 60, 2, 0, 4.0),
        (2, 60, 5, 0, 4.0),
        (2, 60, 12, 0, 4.0),
        (2, 300, 1, 8, 6.0),
        (4, 60, 5, 0, 6.0),
        (5, 60, 5, 0, 6.0),
    ] {
        let found = tally(20, |stream| groups((k, n), (told, noise), apart, stream));
        println!("{k} groups {apart} apart, {n} rows, {told} + {noise} features: {found}");
    }
}
