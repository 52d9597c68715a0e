//! Residuals of a Cox model.

use seedtest_numerics::ln;

use super::refit::Arranged;
use super::result::Fit;
use super::score::Scores;
use crate::data::Data;
use crate::error::Error;

/// Residuals of a Cox model (Therneau & Grambsch 2000, ch. 4). Covariates without estimate have no
/// column.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// Event minus expected events, one per row of the data.
    pub martingale: Vec<f64>,
    /// Martingale residuals made roughly symmetric, one per row.
    pub deviance: Vec<f64>,
    /// Contribution of every row to the gradient, without its weight; one column per coefficient.
    pub score: Vec<Vec<f64>>,
    /// Approximate change of every coefficient when the row is left out, with its weight; one column
    /// per coefficient.
    pub dfbeta: Vec<Vec<f64>>,
    /// Row of the data of every event, by stratum and time.
    pub event_rows: Vec<u32>,
    /// Covariate of the event minus its mean over the risk set, in the order of `event_rows`; one
    /// column per coefficient.
    pub schoenfeld: Vec<Vec<f64>>,
}

/// Residuals of a fit for the data it was made from.
pub fn residuals(data: &Data<'_>, fit: &Fit) -> Result<Residuals, Error> {
    let arranged = Arranged::new(data, fit)?;
    let partial = arranged.partial();
    let scores = Scores::new(&partial.sums);
    let (sets, p, n) = (&arranged.sets, arranged.beta.len(), data.n());
    let in_rows = |positions: &dyn Fn(usize) -> f64| {
        let mut rows = vec![0.0; n];
        for (position, &row) in sets.order.iter().enumerate() {
            rows[row as usize] = positions(position);
        }
        rows
    };
    let mut exposed = vec![0.0; sets.n_rows()];
    for chunk in &sets.chunks {
        let ties: Vec<_> = chunk.sets.clone().map(|set| scores.ties(set)).collect();
        exposed[chunk.rows.clone()].copy_from_slice(&partial.sums.exposed_risk(chunk, &ties));
    }
    let martingale = in_rows(&|position| {
        let row = sets.order[position] as usize;
        f64::from(data.event[row]) - exposed[position] / data.weight(row)
    });
    let deviance = martingale.iter().zip(data.event).map(|(m, e)| deviance(*m, *e)).collect();
    let standard = &arranged.standard.columns;
    let weighted: Vec<Vec<f64>> = (0..p).map(|j| scores.column(&arranged.panel, j)).collect();
    let score = (0..p).map(|j| {
        in_rows(&|i| weighted[j][i] * standard[j].sd / data.weight(sets.order[i] as usize))
    });
    let score = score.collect();
    let change = |position: usize, j: usize| {
        let parts = (0..p)
            .map(|k| fit.model_covariance[j * p + k] * weighted[k][position] * standard[k].sd);
        parts.sum::<f64>()
    };
    let dfbeta = (0..p).map(|j| in_rows(&|position| change(position, j))).collect();
    let events = events_by_time(&arranged, data);
    let differences = |j: usize| {
        let means = scores.means(arranged.panel.column(j));
        let one = |&(set, position): &(usize, usize)| {
            (arranged.panel.column(j)[position] - means[set]) * standard[j].sd
        };
        events.iter().map(one).collect()
    };
    Ok(Residuals {
        schoenfeld: (0..p).map(differences).collect(),
        event_rows: events.iter().map(|&(_, position)| sets.order[position]).collect(),
        martingale,
        deviance,
        score,
        dfbeta,
    })
}

/// Set and position of every event by stratum and time, events of one time as in the data.
fn events_by_time(arranged: &Arranged, data: &Data<'_>) -> Vec<(usize, usize)> {
    let sets = &arranged.sets;
    let mut events = Vec::with_capacity(data.n_events());
    for stratum in &sets.strata {
        for set in stratum.clone().rev() {
            events.extend(sets.events(set).map(|position| (set, position)));
        }
    }
    events
}

fn deviance(martingale: f64, event: u8) -> f64 {
    let logarithm = if event == 1 { ln(1.0 - martingale) } else { 0.0 };
    (-2.0 * (martingale + logarithm)).max(0.0).sqrt().copysign(martingale)
}
