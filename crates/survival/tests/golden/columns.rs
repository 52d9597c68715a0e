//! Data sets of the references.

use std::collections::BTreeMap;
use std::io::Read;

use seedtest_survival::{Covariate, Data};

/// A data set with its columns.
pub(crate) struct Columns {
    pub(crate) named: BTreeMap<String, Vec<f64>>,
    event: Vec<u8>,
    cluster: Option<Vec<u32>>,
    strata: Option<Vec<u32>>,
}

impl Columns {
    /// Reads one column a line.
    fn read(text: &str) -> Self {
        let mut columns = BTreeMap::new();
        for line in text.lines() {
            let mut fields = line.split(',');
            let name = fields.next().unwrap().to_owned();
            let number = |f: &str| if f == "NA" { f64::NAN } else { f.parse().unwrap() };
            columns.insert(name, fields.map(number).collect());
        }
        Self { named: columns, event: Vec::new(), cluster: None, strata: None }
    }

    /// Rows in which these columns are known.
    fn complete(mut self, names: &[&str]) -> Self {
        let n = self.named["time"].len();
        let known = |row: usize| names.iter().all(|name| !self.named[*name][row].is_nan());
        let keep: Vec<bool> = (0..n).map(known).collect();
        for column in self.named.values_mut() {
            let mut row = 0;
            column.retain(|_| {
                row += 1;
                keep[row - 1]
            });
        }
        self
    }

    fn event(mut self, column: &str, code: f64) -> Self {
        self.event = self.named[column].iter().map(|&s| u8::from(s == code)).collect();
        self
    }

    pub(crate) fn cluster(mut self, column: &str) -> Self {
        self.cluster = Some(self.codes(column));
        self
    }

    pub(crate) fn strata(mut self, column: &str) -> Self {
        self.strata = Some(self.codes(column));
        self
    }

    pub(crate) fn codes(&self, column: &str) -> Vec<u32> {
        self.named[column].iter().map(|&x| x as u32).collect()
    }

    pub(crate) fn n(&self) -> usize {
        self.event.len()
    }

    /// Values of a row, for a prediction.
    pub(crate) fn row(&self, row: usize, names: &[&str]) -> Vec<f64> {
        names.iter().map(|name| self.named[*name][row]).collect()
    }

    pub(crate) fn data<'a>(&'a self, names: &[&'a str]) -> Data<'a> {
        let start = self.named.get("start");
        let stop = self.named.get("stop").or_else(|| self.named.get("time")).unwrap();
        let covariate = |name: &&'a str| Covariate { name, values: &self.named[*name] };
        Data {
            start: start.map(Vec::as_slice),
            cluster: self.cluster.as_deref(),
            strata: self.strata.as_deref(),
            ..Data::new(stop, &self.event, names.iter().map(covariate).collect())
        }
    }
}

pub(crate) fn lung() -> Columns {
    let mut lung = Columns::read(include_str!("data/lung.csv"))
        .complete(&["age", "sex", "ph.ecog"])
        .event("status", 2.0);
    for inst in lung.named.get_mut("inst").unwrap() {
        *inst = if inst.is_nan() { 0.0 } else { *inst };
    }
    let rows = 1..=lung.n();
    let w = rows.clone().map(|row| 1.0 + (row % 3) as f64 / 2.0).collect();
    let o = rows.map(|row| (row % 5) as f64 / 10.0).collect();
    lung.named.insert("w".to_owned(), w);
    lung.named.insert("o".to_owned(), o);
    lung
}

pub(crate) fn pbc() -> Columns {
    let mut pbc = Columns::read(include_str!("data/pbc.csv"))
        .complete(&["age", "edema", "bili", "protime", "albumin"])
        .event("status", 2.0);
    for name in ["bili", "protime", "albumin"] {
        let log = pbc.named[name].iter().map(|x| x.ln()).collect();
        pbc.named.insert(format!("l{name}"), log);
    }
    pbc
}

pub(crate) fn heart() -> Columns {
    Columns::read(include_str!("data/heart.csv")).event("event", 1.0)
}

pub(crate) fn churn_1k() -> Columns {
    Columns::read(include_str!("data/churn_1k.csv")).event("event", 1.0)
}

pub(crate) fn churn_10k() -> Columns {
    let mut text = String::new();
    let packed: &[u8] = include_bytes!("data/churn_10k.csv.gz");
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut churn = Columns::read(&text).event("event", 1.0);
    let id = (0..churn.n()).map(|row| (row % 2500) as f64).collect();
    churn.named.insert("id".to_owned(), id);
    churn
}

pub(crate) fn weibull_60() -> Columns {
    Columns::read(include_str!("data/weibull_60.csv")).event("event", 1.0)
}
