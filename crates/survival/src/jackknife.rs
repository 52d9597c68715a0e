//! Variances of sums over event times by the infinitesimal jackknife.

use crate::clusters::numbered;
use crate::data::Data;
use crate::radix::{number_key, sorted_order};

/// What one time adds to the derivative of an estimate with respect to the weight of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Jump {
    /// For a row that has its event then.
    pub(crate) of_event: f64,
    /// Taken away for every row at risk then.
    pub(crate) of_risk: f64,
}

/// Variance, after each of the increasing times, of the sum over the times up to it: Σ over clusters of
/// (Σ over their rows of w (event − at risk))². Every end of a row is one of the times.
///
/// With A(t) the sum of `of_risk` up to t, a row at risk since s has −(A(t) − A(s)). So a cluster stands
/// at fixed − A(t) W + B, with W and B the sums of w and w A(s) over its rows at risk, and only the
/// clusters whose rows come and go at a time have to be looked at.
pub(crate) fn jackknife(data: &Data<'_>, times: &[f64], jumps: &[Jump]) -> Vec<f64> {
    let (cluster, n) = match data.cluster {
        Some(cluster) => numbered(cluster),
        None => ((0..data.n() as u32).collect(), data.n()),
    };
    let mut sums = Sums::new(n);
    let by_stop = order(data.stop);
    let by_start = data.start.map(order);
    let (mut starting, mut stopping) = (0, 0);
    if by_start.is_none() {
        for (row, &of_row) in cluster.iter().enumerate() {
            sums.enter(of_row, data.weight(row), 0.0);
        }
    }
    let mut entered_at = vec![0.0; data.n()];
    let (mut total, mut variances) = (0.0, Vec::with_capacity(times.len()));
    for (&time, jump) in times.iter().zip(jumps) {
        // Rows that start before a time are at risk at it.
        while let (Some(order), Some(start)) = (&by_start, data.start) {
            let Some(row) = order.get(starting).map(|&row| row as usize) else { break };
            if start[row] >= time {
                break;
            }
            entered_at[row] = total;
            sums.enter(cluster[row], data.weight(row), total);
            starting += 1;
        }
        total += jump.of_risk;
        while let Some(row) = by_stop.get(stopping).map(|&row| row as usize) {
            if data.stop[row] > time {
                break;
            }
            let event = if data.event[row] == 1 { jump.of_event } else { 0.0 };
            sums.leave(cluster[row], data.weight(row), entered_at[row], total, event);
            stopping += 1;
        }
        variances.push(sums.variance(total));
    }
    variances
}

fn order(times: &[f64]) -> Vec<u32> {
    sorted_order(&times.iter().map(|&t| number_key(t)).collect::<Vec<u64>>())
}

/// The state of every cluster and the sums of its squares: a cluster stands at `fixed` − A `at_risk`.
struct Sums {
    fixed: Vec<f64>,
    at_risk: Vec<f64>,
    squares: [f64; 3],
}

impl Sums {
    fn new(n: usize) -> Self {
        Self { fixed: vec![0.0; n], at_risk: vec![0.0; n], squares: [0.0; 3] }
    }

    fn enter(&mut self, cluster: u32, weight: f64, since: f64) {
        self.change(cluster, weight * since, weight);
    }

    fn leave(&mut self, cluster: u32, weight: f64, since: f64, total: f64, event: f64) {
        self.change(cluster, weight * (event - (total - since)) - weight * since, -weight);
    }

    fn change(&mut self, cluster: u32, fixed: f64, at_risk: f64) {
        let at = cluster as usize;
        self.count(at, -1.0);
        self.fixed[at] += fixed;
        self.at_risk[at] += at_risk;
        self.count(at, 1.0);
    }

    /// Adds a cluster to the sums, or takes it away.
    fn count(&mut self, at: usize, sign: f64) {
        let (fixed, at_risk) = (self.fixed[at], self.at_risk[at]);
        let squares = [fixed * fixed, fixed * at_risk, at_risk * at_risk];
        for (sum, square) in self.squares.iter_mut().zip(squares) {
            *sum += sign * square;
        }
    }

    fn variance(&self, total: f64) -> f64 {
        let [own, mixed, risk] = self.squares;
        (own - 2.0 * total * mixed + total * total * risk).max(0.0)
    }
}
