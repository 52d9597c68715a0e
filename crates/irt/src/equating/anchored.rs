//! Equating of forms taken by different populations, with an anchor that both took.

use super::conversion::at_rank;
use super::distribution::ScoreDistribution;
use super::error::EquatingError;

/// Counts of one population by form score and anchor score.
#[derive(Debug, Clone, PartialEq)]
pub struct AnchoredScores {
    /// A row a form score, a column an anchor score.
    counts: Vec<Vec<f64>>,
    n: f64,
}

impl AnchoredScores {
    /// Of pairs of form score and anchor score; `highest` are the highest possible ones.
    ///
    /// # Errors
    /// Without scores, or with one above the highest possible.
    pub fn new(
        scores: &[(u32, u32)],
        highest: (u32, u32),
        form: &'static str,
    ) -> Result<Self, EquatingError> {
        let mut counts = vec![vec![0.0; highest.1 as usize + 1]; highest.0 as usize + 1];
        for (position, &(score, anchor)) in scores.iter().enumerate() {
            let row = position + 1;
            let Some(of_score) = counts.get_mut(score as usize) else {
                return Err(EquatingError::ScoreTooHigh { row, form, score, highest: highest.0 });
            };
            let Some(count) = of_score.get_mut(anchor as usize) else {
                let (score, highest, form) = (anchor, highest.1, "the anchor");
                return Err(EquatingError::ScoreTooHigh { row, form, score, highest });
            };
            *count += 1.0;
        }
        if scores.is_empty() {
            return Err(EquatingError::NoScores { form });
        }
        Ok(Self { counts, n: scores.len() as f64 })
    }

    /// Students behind it.
    pub fn n(&self) -> f64 {
        self.n
    }

    fn form(&self) -> ScoreDistribution {
        let counts: Vec<f64> = self.counts.iter().map(|row| row.iter().sum()).collect();
        ScoreDistribution::of_counts(&counts)
    }

    fn anchor(&self) -> ScoreDistribution {
        let width = self.counts.first().map_or(0, Vec::len);
        let column = |v: usize| self.counts.iter().map(|row| row[v]).sum();
        let counts: Vec<f64> = (0..width).map(column).collect();
        ScoreDistribution::of_counts(&counts)
    }

    /// Distribution of the form in a population with another distribution of the anchor, its
    /// distribution given the anchor being the same.
    fn reweighted(
        &self,
        anchor: &ScoreDistribution,
        population: &'static str,
    ) -> Result<Vec<f64>, EquatingError> {
        let own = self.anchor();
        if own.highest() != anchor.highest() {
            let (first, second) = (own.highest(), anchor.highest());
            return Err(EquatingError::Anchors { first, second });
        }
        let empty = |v: &usize| own.density()[*v] == 0.0 && anchor.density()[*v] > 0.0;
        if let Some(score) = (0..=own.highest()).find(empty) {
            return Err(EquatingError::EmptyAnchorScore { population, score });
        }
        let of_score = |row: &Vec<f64>| {
            let parts = row.iter().enumerate().filter(|(_, count)| **count > 0.0);
            parts.map(|(v, count)| count / self.n / own.density()[v] * anchor.density()[v]).sum()
        };
        Ok(self.counts.iter().map(of_score).collect())
    }
}

/// Distributions of both forms in the population that is `weight` of the first and 1 − `weight` of
/// the second (frequency estimation, also called poststratification; Kolen & Brennan 2014, eq.
/// 5.8). The first population took X, the second Y, both the anchor.
///
/// # Errors
/// For a weight outside 0 to 1, and where an anchor score of one population does not occur in the
/// other.
pub fn frequency_estimation(
    x: &AnchoredScores,
    y: &AnchoredScores,
    weight: f64,
) -> Result<(ScoreDistribution, ScoreDistribution), EquatingError> {
    if !(0.0..=1.0).contains(&weight) {
        return Err(EquatingError::Weight { weight });
    }
    let of_x = mixed(&x.form(), &x.reweighted(&y.anchor(), "first")?, weight, x.n);
    let of_y = mixed(&y.form(), &y.reweighted(&x.anchor(), "second")?, 1.0 - weight, y.n);
    Ok((of_x, of_y))
}

fn mixed(own: &ScoreDistribution, other: &[f64], share: f64, n: f64) -> ScoreDistribution {
    let density =
        own.density().iter().zip(other).map(|(own, other)| share * own + (1.0 - share) * other);
    ScoreDistribution::of_density(density.collect(), n)
}

/// Each score of X to the anchor in the first population, and from the anchor to Y in the second
/// (chained equipercentile equating; Kolen & Brennan 2014, section 5.2).
///
/// # Errors
/// When the anchors have different numbers of scores.
pub fn chained_equipercentile(
    x: &AnchoredScores,
    y: &AnchoredScores,
) -> Result<Vec<f64>, EquatingError> {
    let (form_x, anchor_1) = (x.form(), x.anchor());
    let (form_y, anchor_2) = (y.form(), y.anchor());
    if anchor_1.highest() != anchor_2.highest() {
        let (first, second) = (anchor_1.highest(), anchor_2.highest());
        return Err(EquatingError::Anchors { first, second });
    }
    Ok((0..=form_x.highest())
        .map(|score| {
            let anchor = at_rank(&anchor_1, form_x.percentile_rank(score as f64));
            at_rank(&form_y, anchor_2.percentile_rank(anchor))
        })
        .collect())
}
