//! Events and rows at risk by period and stratum.

use std::ops::RangeInclusive;

use crate::data::Data;
use crate::error::Error;

const MOST_PERIODS: usize = 1000;

/// Periods of all strata, one stratum after the other, with their events and rows at risk.
pub(super) struct AtRisk {
    /// Codes of the strata.
    pub(super) strata: Vec<u32>,
    /// Periods of every stratum.
    pub(super) n_periods: usize,
    pub(super) events: Vec<u64>,
    pub(super) exposed: Vec<u64>,
    /// Parameter of every period; `None` where its level is infinite: without events, or where every
    /// row at risk has the event.
    pub(super) parameter: Vec<Option<usize>>,
    pub(super) n_levels: usize,
}

impl AtRisk {
    pub(super) fn new(data: &Data<'_>) -> Result<Self, Error> {
        data.validate()?;
        if data.n_events() == 0 {
            return Err(Error::NoEvents { rows: data.n() });
        }
        whole("stop", data.stop, 1.0)?;
        whole("start", data.start.unwrap_or(&[]), 0.0)?;
        let mut strata = data.strata.map_or(vec![0], <[u32]>::to_vec);
        strata.sort_unstable();
        strata.dedup();
        let n_periods = data.stop.iter().copied().fold(0.0, f64::max) as usize;
        let n = n_periods * strata.len();
        let mut counts = Self {
            strata,
            n_periods,
            events: vec![0; n],
            exposed: vec![0; n],
            parameter: vec![None; n],
            n_levels: 0,
        };
        for row in 0..data.n() {
            let periods = counts.periods(data, row);
            for period in periods.clone() {
                counts.exposed[period] += 1;
            }
            counts.events[*periods.end()] += u64::from(data.event[row]);
        }
        let observed = counts.events.iter().zip(&counts.exposed);
        for (parameter, (&events, &exposed)) in counts.parameter.iter_mut().zip(observed) {
            if events > 0 && events < exposed {
                *parameter = Some(counts.n_levels);
                counts.n_levels += 1;
            }
        }
        Ok(counts)
    }

    /// Positions of the periods of a row.
    pub(super) fn periods(&self, data: &Data<'_>, row: usize) -> RangeInclusive<usize> {
        let stratum = data.strata.map_or(0, |s| self.strata.partition_point(|&c| c < s[row]));
        let base = stratum * self.n_periods;
        let first = data.start.map_or(0, |start| start[row] as usize);
        base + first..=base + data.stop[row] as usize - 1
    }
}

fn whole(field: &'static str, times: &[f64], least: f64) -> Result<(), Error> {
    let valid = |&t: &f64| t.fract() == 0.0 && t >= least && t <= MOST_PERIODS as f64;
    match times.iter().position(|t| !valid(t)) {
        None => Ok(()),
        Some(row) => Err(Error::Period { row, field, value: times[row] }),
    }
}
