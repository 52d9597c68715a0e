//! Rows arranged by the risk sets they join.

use std::ops::Range;

use crate::data::Data;
use crate::radix::sorted_order;

/// Rows a chunk has at least, unless the data end; chunks end between risk sets.
const ROWS_PER_CHUNK: usize = 4096;

/// A run of risk sets, the unit of parallel work; its bounds depend on the data only.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) sets: Range<usize>,
    pub(crate) rows: Range<usize>,
}

/// Rows in the order in which they come to be at risk when time runs backwards.
///
/// There is one risk set for every stratum and time with an event, strata one after the other and
/// times decreasing. The rows of a set are those that join it: their observation ends at its time
/// or later, but before the time of the set in front of it. Its events are the last of them.
#[derive(Debug, Clone)]
pub(crate) struct RiskSets {
    /// Row of the data at every position.
    pub(crate) order: Vec<u32>,
    /// Rows that are at risk at no event.
    pub(crate) never: Vec<u32>,
    /// Position of the first row of every set, and the number of rows.
    pub(crate) first: Vec<u32>,
    /// Number of events of every set.
    pub(crate) n_events: Vec<u32>,
    /// Time of every set.
    pub(crate) time: Vec<f64>,
    /// Sets of every stratum.
    pub(crate) strata: Vec<Range<usize>>,
    /// Code of every stratum.
    pub(crate) stratum_codes: Vec<u32>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) exits: Option<Exits>,
}

/// When rows leave the risk sets again, for data with start times.
#[derive(Debug, Clone)]
pub(crate) struct Exits {
    /// Positions of rows, in the order of the set at which they are no longer at risk.
    pub(crate) positions: Vec<u32>,
    /// First of the rows that leave at every set, and the number of rows that leave.
    pub(crate) first: Vec<u32>,
    /// Set at which the row at every position leaves; the end of its stratum for rows that stay.
    pub(crate) leaves: Vec<u32>,
}

impl RiskSets {
    pub(crate) fn new(data: &Data<'_>) -> Self {
        let order = decreasing_times(data);
        let mut builder = Builder::default();
        let stratum = |row: u32| data.strata.map_or(0, |s| s[row as usize]);
        let runs = order.chunk_by(|&a, &b| stratum(a) == stratum(b));
        for run in runs {
            builder.add_stratum(data, run, stratum(run[0]));
        }
        builder.finish()
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn n_sets(&self) -> usize {
        self.time.len()
    }

    /// Positions of the rows of a set.
    pub(crate) fn rows(&self, set: usize) -> Range<usize> {
        self.first[set] as usize..self.first[set + 1] as usize
    }

    /// Positions of the events of a set.
    pub(crate) fn events(&self, set: usize) -> Range<usize> {
        let end = self.first[set + 1] as usize;
        end - self.n_events[set] as usize..end
    }

    /// Positions of the rows that leave at a set.
    pub(crate) fn leaving(&self, set: usize) -> &[u32] {
        match &self.exits {
            None => &[],
            Some(exits) => {
                &exits.positions[exits.first[set] as usize..exits.first[set + 1] as usize]
            }
        }
    }

    /// Whether a stratum starts at every set.
    pub(crate) fn starts(&self) -> Vec<bool> {
        let mut starts = vec![false; self.n_sets()];
        for stratum in &self.strata {
            starts[stratum.start] = true;
        }
        starts
    }
}

/// Rows by stratum, then by decreasing time, censored rows before events.
fn decreasing_times(data: &Data<'_>) -> Vec<u32> {
    let key = |(time, event): (&f64, &u8)| !((time + 0.0).to_bits()) << 1 | u64::from(*event);
    let keys: Vec<u64> = data.stop.iter().zip(data.event).map(key).collect();
    let order = sorted_order(&keys);
    let Some(strata) = data.strata else { return order };
    let keys: Vec<u64> = order.iter().map(|&row| u64::from(strata[row as usize])).collect();
    sorted_order(&keys).into_iter().map(|at| order[at as usize]).collect()
}

#[derive(Default)]
struct Builder {
    order: Vec<u32>,
    leaves: Vec<u32>,
    /// Set and position of the rows that leave before their stratum ends.
    leaving: Vec<(u32, u32)>,
    never: Vec<u32>,
    first: Vec<u32>,
    n_events: Vec<u32>,
    time: Vec<f64>,
    strata: Vec<Range<usize>>,
    stratum_codes: Vec<u32>,
    delayed: bool,
}

impl Builder {
    /// Adds the risk sets of one stratum from its rows in decreasing time.
    fn add_stratum(&mut self, data: &Data<'_>, rows: &[u32], code: u32) {
        let same_time = |a: &u32, b: &u32| data.stop[*a as usize] == data.stop[*b as usize];
        let begin = self.time.len();
        let is_event = |row: &u32| data.event[*row as usize] == 1;
        let times = rows.chunk_by(same_time).filter_map(|tied| {
            let events = tied.iter().filter(|r| is_event(r)).count();
            (events > 0).then(|| (data.stop[tied[0] as usize], events as u32))
        });
        let (times, n_events): (Vec<f64>, Vec<u32>) = times.unzip();
        let end = begin + times.len();
        let mut set = 0;
        for tied in rows.chunk_by(same_time) {
            let time = data.stop[tied[0] as usize];
            while set < times.len() && times[set] > time {
                set += 1;
            }
            if set == times.len() {
                self.never.extend_from_slice(tied);
                continue;
            }
            self.join(data, tied, begin, set, &times);
        }
        self.time.extend(times);
        self.n_events.extend(n_events);
        if end > begin {
            self.strata.push(begin..end);
            self.stratum_codes.push(code);
        }
    }

    /// Adds rows of one time to a set, except those that leave before they join.
    fn join(&mut self, data: &Data<'_>, tied: &[u32], begin: usize, set: usize, times: &[f64]) {
        while self.first.len() <= begin + set {
            self.first.push(self.order.len() as u32);
        }
        let Some(start) = data.start else {
            self.order.extend_from_slice(tied);
            return;
        };
        self.delayed = true;
        for &row in tied {
            let leaves = times.partition_point(|&time| time > start[row as usize]);
            if leaves <= set {
                self.never.push(row);
                continue;
            }
            if leaves < times.len() {
                self.leaving.push(((begin + leaves) as u32, self.order.len() as u32));
            }
            self.order.push(row);
            self.leaves.push((begin + leaves) as u32);
        }
    }

    fn finish(mut self) -> RiskSets {
        self.first.push(self.order.len() as u32);
        let exits = self.delayed.then(|| exits(self.leaves, self.leaving, self.time.len()));
        let chunks = chunks(&self.first, self.time.len());
        RiskSets {
            order: self.order,
            never: self.never,
            first: self.first,
            n_events: self.n_events,
            time: self.time,
            strata: self.strata,
            stratum_codes: self.stratum_codes,
            chunks,
            exits,
        }
    }
}

fn exits(leaves: Vec<u32>, mut leaving: Vec<(u32, u32)>, n_sets: usize) -> Exits {
    leaving.sort_unstable();
    let mut first = vec![0u32; n_sets + 1];
    for &(set, _) in &leaving {
        first[set as usize + 1] += 1;
    }
    for set in 0..n_sets {
        first[set + 1] += first[set];
    }
    Exits { positions: leaving.into_iter().map(|(_, position)| position).collect(), first, leaves }
}

fn chunks(first: &[u32], n_sets: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut begin = 0;
    for set in 0..n_sets {
        let rows = first[begin] as usize..first[set + 1] as usize;
        if rows.len() >= ROWS_PER_CHUNK || set + 1 == n_sets {
            chunks.push(Chunk { sets: begin..set + 1, rows });
            begin = set + 1;
        }
    }
    chunks
}
