//! Equating of observed scores against reference figures; `data/equating.json` names the program.

use seedtest_irt::{
    AnchoredScores, ScoreDistribution, chained_equipercentile, equipercentile,
    equipercentile_errors, frequency_estimation, linear_equating, mean_equating,
};
use serde::Deserialize;

/// Closed formulas over the same counts: only rounding differs.
const SAME_FORMULA: f64 = 1e-9;

#[derive(Deserialize)]
struct Reference {
    single_group: SingleGroup,
    smoothed: Vec<Smoothed>,
    errors: Vec<Option<f64>>,
    anchored: Anchored,
}

#[derive(Deserialize)]
struct SingleGroup {
    counts_x: Vec<f64>,
    counts_y: Vec<f64>,
    moments_x: Moments,
    moments_y: Moments,
    percentile_rank_x: Vec<f64>,
    equipercentile_x_to_y: Vec<f64>,
    mean_equating: Vec<f64>,
    linear_equating: Vec<f64>,
    /// Scores where only a convention decides.
    convention_dependent_scores: Vec<usize>,
}

#[derive(Deserialize)]
struct Moments {
    mean: f64,
    sd: f64,
    skewness: f64,
    kurtosis: f64,
}

#[derive(Deserialize)]
struct Smoothed {
    degree: usize,
    density_x: Vec<f64>,
    density_y: Vec<f64>,
    deviance_x: f64,
    deviance_y: f64,
    equipercentile_x_to_y: Vec<f64>,
}

#[derive(Deserialize)]
struct Anchored {
    joint_counts_x_v: Vec<Vec<u32>>,
    joint_counts_y_v: Vec<Vec<u32>>,
    synthetic: Vec<Synthetic>,
    chained: Vec<f64>,
}

#[derive(Deserialize)]
struct Synthetic {
    weight: f64,
    #[serde(rename = "density_x_synthetic")]
    density_x: Vec<f64>,
    #[serde(rename = "density_y_synthetic")]
    density_y: Vec<f64>,
    equipercentile_x_to_y: Vec<f64>,
    linear: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/equating.json")).unwrap()
}

fn scores(counts: &[f64]) -> Vec<u32> {
    let of = |(score, &count): (usize, &f64)| vec![score as u32; count as usize];
    counts.iter().enumerate().flat_map(of).collect()
}

fn forms(group: &SingleGroup) -> (ScoreDistribution, ScoreDistribution) {
    let of = |counts, form| ScoreDistribution::of_scores(&scores(counts), 40, form).unwrap();
    (of(&group.counts_x, "x"), of(&group.counts_y, "y"))
}

fn all_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (score, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{what} {score}: {found} {expected}");
    }
}

#[test]
fn two_forms_by_the_same_students() {
    let group = reference().single_group;
    let (x, y) = forms(&group);
    for (found, expected) in [(x.moments(), &group.moments_x), (y.moments(), &group.moments_y)] {
        assert!((found.mean - expected.mean).abs() < SAME_FORMULA);
        assert!((found.sd - expected.sd).abs() < SAME_FORMULA);
        assert!((found.skewness - expected.skewness).abs() < SAME_FORMULA);
        assert!((found.kurtosis - expected.kurtosis).abs() < SAME_FORMULA);
    }
    let ranks: Vec<f64> = (0..=40).map(|score| x.percentile_rank(f64::from(score))).collect();
    all_near(&ranks, &group.percentile_rank_x, SAME_FORMULA, "percentile rank");
    all_near(&mean_equating(&x, &y), &group.mean_equating, SAME_FORMULA, "mean");
    let linear = linear_equating(&x, &y).unwrap();
    all_near(&linear, &group.linear_equating, SAME_FORMULA, "linear");
    let mut found = equipercentile(&x, &y);
    let mut expected = group.equipercentile_x_to_y;
    // Nobody has 40 on X, 39 or 40 on Y: a convention decides, and the reference says not to gate.
    assert_eq!(group.convention_dependent_scores, [40]);
    assert_eq!(found.pop(), Some(40.5));
    expected.pop();
    all_near(&found, &expected, SAME_FORMULA, "equipercentile");
}

#[test]
fn smoothed_forms() {
    let reference = reference();
    let (x, y) = forms(&reference.single_group);
    for expected in reference.smoothed {
        let of = |form: &ScoreDistribution| form.smoothed(expected.degree).unwrap();
        let (x, y) = (of(&x), of(&y));
        // Newton to a gradient of 1e-12 of the students on both sides.
        all_near(x.distribution.density(), &expected.density_x, 1e-9, "density of x");
        all_near(y.distribution.density(), &expected.density_y, 1e-9, "density of y");
        assert!((x.deviance - expected.deviance_x).abs() < 1e-7);
        assert!((y.deviance - expected.deviance_y).abs() < 1e-7);
        assert_eq!(x.df, 40 - expected.degree);
        let found = equipercentile(&x.distribution, &y.distribution);
        // Where Y is rare, an error of 1e-9 in a share is one of 1e-6 in a score.
        all_near(&found, &expected.equipercentile_x_to_y, 1e-6, "equipercentile");
    }
}

#[test]
fn errors_for_different_students() {
    let reference = reference();
    let (x, y) = forms(&reference.single_group);
    let found = equipercentile_errors(&x, &y);
    for (score, (found, expected)) in found.iter().zip(&reference.errors).enumerate().take(39) {
        let (found, expected) = (found.unwrap(), expected.unwrap());
        assert!((found - expected).abs() < 1e-9, "{score}: {found} {expected}");
    }
}

fn anchored(counts: &[Vec<u32>], form: &'static str) -> AnchoredScores {
    let pairs: Vec<(u32, u32)> = counts
        .iter()
        .enumerate()
        .flat_map(|(score, row)| {
            row.iter()
                .enumerate()
                .flat_map(move |(anchor, &n)| vec![(score as u32, anchor as u32); n as usize])
        })
        .collect();
    AnchoredScores::new(&pairs, (40, 12), form).unwrap()
}

#[test]
fn two_populations_with_an_anchor() {
    let reference = reference().anchored;
    let x = anchored(&reference.joint_counts_x_v, "x");
    let y = anchored(&reference.joint_counts_y_v, "y");
    for expected in &reference.synthetic {
        let (of_x, of_y) = frequency_estimation(&x, &y, expected.weight).unwrap();
        all_near(of_x.density(), &expected.density_x, SAME_FORMULA, "density of x");
        all_near(of_y.density(), &expected.density_y, SAME_FORMULA, "density of y");
        let linear = linear_equating(&of_x, &of_y).unwrap();
        all_near(&linear, &expected.linear, SAME_FORMULA, "linear");
        let found = equipercentile(&of_x, &of_y);
        all_near(&found, &expected.equipercentile_x_to_y, 1e-8, "equipercentile");
    }
    let chained = chained_equipercentile(&x, &y).unwrap();
    all_near(&chained, &reference.chained, 1e-8, "chained");
}
