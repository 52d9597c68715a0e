//! Scores of one form as scores of another.

use seedtest_irt::{
    AnchoredScores, EquatedObservedScore, ScoreDistribution, chained_equipercentile,
    equating_table, frequency_estimation,
};
use seedtest_wire::{EquatedScoreJson, EquatingResponse, SmoothingJson};

use crate::error::Error;

/// Who took the forms, with their scores.
#[derive(Debug, Clone, PartialEq)]
pub enum EquatingDesign {
    /// The same students took X and Y: pairs of scores.
    SameStudents(Vec<(u32, u32)>),
    /// Different students of one population took X and Y.
    DifferentStudents {
        /// Scores on X.
        x: Vec<u32>,
        /// Scores on Y.
        y: Vec<u32>,
    },
    /// Students of two populations took X and Y, all of them an anchor: pairs of score and anchor
    /// score.
    Anchor {
        /// Of the population that took X.
        x: Vec<(u32, u32)>,
        /// Of the population that took Y.
        y: Vec<(u32, u32)>,
        /// How the anchor is used.
        method: AnchorMethod,
    },
}

/// How an anchor carries scores from one population to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnchorMethod {
    /// Frequency estimation in a population of which this share is the first; `None` = in
    /// proportion to the numbers of students.
    FrequencyEstimation(Option<f64>),
    /// From X to the anchor in the first population, from the anchor to Y in the second.
    Chained,
}

/// Highest possible scores; `None` = the highest that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HighestScores {
    /// Of X.
    pub x: Option<u32>,
    /// Of Y.
    pub y: Option<u32>,
    /// Of the anchor.
    pub anchor: Option<u32>,
}

/// Equates the scores of a design; `smoothing` is the degree of a log-linear smoothing of both
/// distributions.
///
/// # Errors
/// When the scores cannot be equated as asked for.
pub fn equate(
    design: &EquatingDesign,
    highest: HighestScores,
    smoothing: Option<usize>,
) -> Result<EquatingResponse, Error> {
    match design {
        EquatingDesign::SameStudents(pairs) => {
            let (x, y): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
            of_distributions("same_students", (&x, &y), highest, smoothing)
        }
        EquatingDesign::DifferentStudents { x, y } => {
            of_distributions("different_students", (x, y), highest, smoothing)
        }
        EquatingDesign::Anchor { .. } if smoothing.is_some() => {
            let expected = "given without an anchor";
            Err(Error::option("--smooth", &smoothing.unwrap_or_default(), expected))
        }
        EquatingDesign::Anchor { x, y, method } => of_populations(x, y, *method, highest),
    }
}

fn of_distributions(
    design: &str,
    (x, y): (&[u32], &[u32]),
    highest: HighestScores,
    smoothing: Option<usize>,
) -> Result<EquatingResponse, Error> {
    let of = |scores: &[u32], highest: Option<u32>, form| {
        ScoreDistribution::of_scores(scores, highest.unwrap_or_else(|| largest(scores)), form)
    };
    let (mut of_x, mut of_y) = (of(x, highest.x, "x")?, of(y, highest.y, "y")?);
    let mut smoothed = None;
    if let Some(degree) = smoothing {
        let (x, y) = (of_x.smoothed(degree)?, of_y.smoothed(degree)?);
        smoothed = Some(SmoothingJson {
            degree,
            deviance_x: x.deviance,
            df_x: x.df,
            deviance_y: y.deviance,
            df_y: y.df,
        });
        (of_x, of_y) = (x.distribution, y.distribution);
    }
    // The formula for the errors knows nothing of a smoothing.
    let independent = design == "different_students" && smoothed.is_none();
    let table = equating_table(&of_x, &of_y, independent)?;
    Ok(EquatingResponse {
        moments_x: Some(of_x.moments()),
        moments_y: Some(of_y.moments()),
        smoothing: smoothed,
        table: table.into_iter().map(line).collect(),
        ..response(design, "equipercentile", (x.len(), y.len()))
    })
}

fn of_populations(
    x: &[(u32, u32)],
    y: &[(u32, u32)],
    method: AnchorMethod,
    highest: HighestScores,
) -> Result<EquatingResponse, Error> {
    let first = |pairs: &[(u32, u32)]| pairs.iter().map(|pair| pair.0).max().unwrap_or(0);
    let anchors = x.iter().chain(y).map(|pair| pair.1).max().unwrap_or(0);
    let anchors = highest.anchor.unwrap_or(anchors);
    let of_x = AnchoredScores::new(x, (highest.x.unwrap_or_else(|| first(x)), anchors), "x")?;
    let of_y = AnchoredScores::new(y, (highest.y.unwrap_or_else(|| first(y)), anchors), "y")?;
    let n = (x.len(), y.len());
    let AnchorMethod::FrequencyEstimation(weight) = method else {
        let table = chained_equipercentile(&of_x, &of_y)?;
        let lines = table.into_iter().enumerate().map(|(score, equipercentile)| EquatedScoreJson {
            score: score as u32,
            percentile_rank: None,
            equipercentile,
            se: None,
            mean: None,
            linear: None,
        });
        return Ok(EquatingResponse { table: lines.collect(), ..response("anchor", "chained", n) });
    };
    let weight = weight.unwrap_or(of_x.n() / (of_x.n() + of_y.n()));
    let (of_x, of_y) = frequency_estimation(&of_x, &of_y, weight)?;
    let table = equating_table(&of_x, &of_y, false)?;
    Ok(EquatingResponse {
        weight: Some(weight),
        moments_x: Some(of_x.moments()),
        moments_y: Some(of_y.moments()),
        table: table.into_iter().map(line).collect(),
        ..response("anchor", "frequency_estimation", n)
    })
}

fn response(design: &str, method: &str, (n_x, n_y): (usize, usize)) -> EquatingResponse {
    EquatingResponse {
        status: "success".into(),
        ok: true,
        design: design.into(),
        method: method.into(),
        n_x,
        n_y,
        left_out: 0,
        weight: None,
        moments_x: None,
        moments_y: None,
        smoothing: None,
        table: Vec::new(),
        warnings: Vec::new(),
    }
}

fn line(line: EquatedObservedScore) -> EquatedScoreJson {
    EquatedScoreJson {
        score: line.score,
        percentile_rank: Some(line.percentile_rank),
        equipercentile: line.equipercentile,
        se: line.se,
        mean: line.mean,
        linear: line.linear,
    }
}

fn largest(scores: &[u32]) -> u32 {
    scores.iter().copied().max().unwrap_or(0)
}
