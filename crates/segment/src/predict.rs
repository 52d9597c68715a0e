//! Assigning new rows.

use serde::{Deserialize, Serialize};

use crate::data::{Data, LARGEST, Scale, scaled};
use crate::description::memberships;
use crate::error::Error;
use crate::fit::Fit;
use crate::matrix::{Matrix, known_distance};

/// Rows assigned to the clusters of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Cluster of each row; `None` where nothing is known of it.
    pub labels: Vec<Option<u32>>,
    /// Distance to each centre on the scale of clustering, k numbers a row.
    pub distances: Vec<Vec<f64>>,
    /// Share of each cluster, k numbers a row.
    pub memberships: Vec<Vec<f64>>,
}

/// Rows on the scales of a fit, and their distances to centres on the same.
fn distances(
    data: &Data<'_>,
    scales: &[Scale],
    centres: &Matrix,
) -> Result<(Matrix, Vec<Vec<f64>>), Error> {
    let columns: Vec<&[f64]> = scales
        .iter()
        .map(|scale| {
            let found = data.features.iter().find(|f| f.name == scale.name);
            let missing = || Error::MissingFeature { feature: scale.name.clone() };
            found.map(|f| f.values).ok_or_else(missing)
        })
        .collect::<Result<_, _>>()?;
    let n = data.n();
    for (column, scale) in columns.iter().zip(scales) {
        let feature = scale.name.clone();
        if column.len() != n {
            return Err(Error::Length { feature, found: column.len(), expected: n });
        }
        if let Some(row) = column.iter().position(|v| v.abs() > LARGEST) {
            return Err(Error::BadValue { row, feature, value: column[row] });
        }
    }
    let matrix = scaled(&columns, scales, n);
    let distances = matrix
        .rows()
        .map(|row| centres.rows().map(|c| known_distance(row, c).sqrt()).collect())
        .collect();
    Ok((matrix, distances))
}

/// Whether no cell of a row is known.
pub(crate) fn is_unknown(row: &[f64]) -> bool {
    row.iter().all(|x| x.is_nan())
}

/// Centres in the units of the features, on the scale of clustering.
fn scaled_rows(rows: &[Vec<f64>], scales: &[Scale]) -> Matrix {
    let values =
        rows.iter().flat_map(|row| row.iter().zip(scales).map(|(x, s)| s.apply(*x))).collect();
    Matrix::new(values, scales.len())
}

/// The nearest centre of each row (`None` where nothing is known of it), and its distances to all.
pub type NearestCentres = (Vec<Option<u32>>, Vec<Vec<f64>>);

/// Assigns rows to the nearest of `centres`, given in the units of the features in the order of
/// `scales`; distances are on the scale of clustering.
///
/// # Errors
/// For rows that lack a feature or hold a value without a square, and for centres of another width.
pub fn assign_to_centres(
    data: &Data<'_>,
    scales: &[Scale],
    centres: &[Vec<f64>],
) -> Result<NearestCentres, Error> {
    if centres.is_empty() || scales.is_empty() {
        let reason = "there is none, or there are no features".to_string();
        return Err(Error::Centre { centre: 1, reason });
    }
    for (centre, values) in (1..).zip(centres) {
        let reason = if values.len() != scales.len() {
            format!("it has {} values for {} features", values.len(), scales.len())
        } else if values.iter().any(|v| v.is_nan() || v.abs() > LARGEST) {
            "one of its values is no number below 1e100".to_string()
        } else {
            continue;
        };
        return Err(Error::Centre { centre, reason });
    }
    let (matrix, distances) = distances(data, scales, &scaled_rows(centres, scales))?;
    let nearest =
        |d: &Vec<f64>| (1..d.len()).fold(0, |best, c| if d[c] < d[best] { c } else { best });
    let label = |(row, d)| (!is_unknown(row)).then(|| nearest(d) as u32);
    Ok((matrix.rows().zip(&distances).map(label).collect(), distances))
}

impl Fit {
    /// Centres on the scale of clustering.
    fn scaled_centres(&self) -> Matrix {
        scaled_rows(&self.centres, &self.scales)
    }

    /// Assigns rows to the clusters: by the largest share of a mixture, else by the nearest centre (for
    /// hierarchical and density clusters too, whose shape a centre does not tell).
    pub fn predict(&self, data: &Data<'_>) -> Result<Assignment, Error> {
        let n = data.n();
        if self.k == 0 {
            let what = "assignment to clusters that the fit did not find".to_string();
            return Err(Error::TooFew { rows: n, what, required: 1 });
        }
        let centres = self.scaled_centres();
        let (matrix, distances) = distances(data, &self.scales, &centres)?;
        let origins = self.scales.iter().map(|s| -s.origin());
        let components = self.components.as_ref().map(|c| c.shifted(origins));
        let memberships =
            memberships(&matrix, &centres, &self.sizes, self.spread, components.as_ref());
        let by_share = components.is_some();
        let nearest = |row: usize| {
            let better = |a: usize, b: usize| {
                if by_share {
                    memberships[row][a] > memberships[row][b]
                } else {
                    distances[row][a] < distances[row][b]
                }
            };
            (1..self.k).fold(0, |best, c| if better(c, best) { c } else { best }) as u32
        };
        let label = |(row, x): (usize, &[f64])| (!is_unknown(x)).then(|| nearest(row));
        let labels = matrix.rows().enumerate().map(label).collect();
        Ok(Assignment { labels, distances, memberships })
    }
}
