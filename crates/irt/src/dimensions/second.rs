//! Whether answers hold a second dimension beside that of a calibration.

use seedtest_numerics::{Observer, Stream};
use serde::{Deserialize, Serialize};

use super::parallel::{NoDimensions, ParallelSpec, Rank, eigenvalues, observed, ranks, replicate};
use crate::polytomous::{KnownItem, Responses};
use crate::priors::Normal;

/// The second eigenvalue beside those of data sets drawn from the calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecondDimension {
    /// First and second eigenvalue, each beside what it is under the calibration.
    pub ranks: Vec<Rank>,
    /// First over second eigenvalue.
    pub ratio: f64,
    /// Share of the drawn data sets whose second eigenvalue is as large: (1 + count)/(1 + drawn).
    pub p: f64,
    /// Data sets drawn.
    pub replications: u32,
}

/// Compares the second eigenvalue of the polychoric correlations with its distribution under a calibration of one
/// dimension: the same students answer the same items, with abilities drawn from `populations` (one a student), by
/// the curves of `items` (`None` = left out). In contrast to [`super::parallel_analysis`] the drawn answers have
/// the first dimension in common, so that what is asked is only whether there is a second one (Green, Levy, Thompson,
/// Lu & Lo 2012). The curves count as known: their errors make the test a little conservative.
pub fn second_dimension(
    data: &Responses<'_>,
    items: &[Option<KnownItem>],
    populations: &dyn Fn(u32) -> Normal,
    spec: &ParallelSpec,
    observer: &mut dyn Observer,
) -> Result<SecondDimension, NoDimensions> {
    let known: Vec<(u32, &KnownItem)> =
        (0u32..).zip(items).filter_map(|(item, known)| Some((item, known.as_ref()?))).collect();
    let codes: Vec<u32> = known.iter().map(|(item, _)| *item).collect();
    let (tables, observed) = observed(data, &codes, spec)?;
    let n_students = tables.n_students();
    let categories: Vec<usize> = known.iter().map(|(_, item)| item.curves.n_categories()).collect();
    let drawn = replicate(spec, observer, |replication| {
        let stream = |number: u64| {
            Stream::new(spec.seed, 1 + replication * (1 + known.len() as u64) + number)
        };
        let mut abilities = stream(0);
        let theta: Vec<f64> = (0..n_students as u32)
            .map(|student| {
                let of = populations(student);
                of.mean + of.sd * abilities.normal()
            })
            .collect();
        let mut streams: Vec<Stream> = (1..=known.len() as u64).map(stream).collect();
        let drawn = tables.redrawn(&categories, |item, student| {
            known[item].1.curves.category_at(theta[student], streams[item].uniform()) as u8
        });
        eigenvalues(&drawn, spec)
    })?;
    let as_large = drawn.iter().filter(|values| values[1] >= observed[1]).count();
    Ok(SecondDimension {
        ranks: ranks(&observed[..2], &drawn, spec.level),
        ratio: observed[0] / observed[1],
        p: (1 + as_large) as f64 / (1 + drawn.len()) as f64,
        replications: drawn.len() as u32,
    })
}
