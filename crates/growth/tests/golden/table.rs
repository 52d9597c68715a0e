//! Tables of scores that the references were fitted to.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use seedtest_growth::GrowthData;

/// A table of scores by student and week.
pub(crate) struct Table {
    columns: BTreeMap<String, Vec<f64>>,
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
}

impl Table {
    /// Reads `text`; students are numbered in the order of their keys, as R's factors are.
    pub(crate) fn read(text: &str, student: &str, week: &str, score: &str) -> Self {
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap().split(',').collect();
        let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for line in lines {
            for (name, field) in names.iter().zip(line.split(',')) {
                columns.entry((*name).to_owned()).or_default().push(field.parse().unwrap());
            }
        }
        let mut keys: Vec<u32> = columns[student].iter().map(|&key| key as u32).collect();
        let all = keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let code = |key: &u32| keys.binary_search(key).unwrap() as u32;
        Self {
            student: all.iter().map(code).collect(),
            week: columns[week].clone(),
            score: columns[score].clone(),
            columns,
        }
    }

    pub(crate) fn column(&self, name: &str) -> &[f64] {
        &self.columns[name]
    }

    /// Successes as shares of the trials.
    pub(crate) fn shares(mut self, trials: &str) -> Self {
        let trials = self.columns[trials].clone();
        for (score, trials) in self.score.iter_mut().zip(trials) {
            *score /= trials;
        }
        self
    }

    pub(crate) fn data(&self) -> GrowthData<'_> {
        let n_students = self.student.iter().max().map_or(0, |&last| last as usize + 1);
        GrowthData {
            student: &self.student,
            week: &self.week,
            score: &self.score,
            n_students,
            weight: None,
            se: None,
            trials: None,
        }
    }
}

pub(crate) fn growth_100() -> Table {
    Table::read(include_str!("data/growth_100.csv"), "student", "week", "score")
}

pub(crate) fn growth_1000() -> Table {
    let mut text = String::new();
    let packed: &[u8] = include_bytes!("data/growth_1000.csv.gz");
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    Table::read(&text, "student", "week", "score")
}

pub(crate) fn sleepstudy() -> Table {
    Table::read(include_str!("data/sleepstudy.csv"), "Subject", "Days", "Reaction")
}
