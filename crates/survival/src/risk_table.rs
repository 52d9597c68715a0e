//! Numbers at risk, of events and of censorings by time.

use crate::data::Data;
use crate::radix::{number_key, sorted_order};

/// Weights at risk, of events and of censorings at every distinct end time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RiskTable {
    /// Distinct end times, increasing.
    pub(crate) time: Vec<f64>,
    /// At risk just before: started before the time and not ended before it.
    pub(crate) n_risk: Vec<f64>,
    pub(crate) n_event: Vec<f64>,
    pub(crate) n_censor: Vec<f64>,
}

impl RiskTable {
    pub(crate) fn new(data: &Data<'_>) -> Self {
        Self::of_rows(data, |_| true)
    }

    /// The table of the rows that `keep`.
    pub(crate) fn of_rows(data: &Data<'_>, keep: impl Fn(usize) -> bool) -> Self {
        let by_stop = order(data.stop);
        let mut table = Self { time: vec![], n_risk: vec![], n_event: vec![], n_censor: vec![] };
        for &row in &by_stop {
            let row = row as usize;
            if !keep(row) {
                continue;
            }
            if table.time.last() != Some(&data.stop[row]) {
                table.time.push(data.stop[row]);
                table.n_event.push(0.0);
                table.n_censor.push(0.0);
            }
            let last = table.time.len() - 1;
            let counts =
                if data.event[row] == 1 { &mut table.n_event } else { &mut table.n_censor };
            counts[last] += data.weight(row);
        }
        // Rows still under observation, added up from the last time back.
        let mut at_risk = 0.0;
        table.n_risk = vec![0.0; table.time.len()];
        for k in (0..table.time.len()).rev() {
            at_risk += table.n_event[k] + table.n_censor[k];
            table.n_risk[k] = at_risk;
        }
        if let Some(start) = data.start {
            table.subtract_late(data, start, keep);
        }
        table
    }

    /// Takes away the rows that start at or after a time.
    fn subtract_late(&mut self, data: &Data<'_>, start: &[f64], keep: impl Fn(usize) -> bool) {
        let mut late = 0.0;
        let by_start = order(start);
        let mut starts = by_start.iter().rev().map(|&row| row as usize).filter(|&r| keep(r));
        let mut next = starts.next();
        for k in (0..self.time.len()).rev() {
            while let Some(row) = next.filter(|&row| start[row] >= self.time[k]) {
                late += data.weight(row);
                next = starts.next();
            }
            self.n_risk[k] -= late;
        }
    }
}

fn order(times: &[f64]) -> Vec<u32> {
    let keys: Vec<u64> = times.iter().map(|&t| number_key(t)).collect();
    sorted_order(&keys)
}
