//! Times a Cox fit on simulated churn: `time_cox ROWS COVARIATES days|distinct [cluster] [plain] [once] [csv FILE]`.
//!
//! Prints seconds of the fit, the fastest of five, without and (unless `plain`) with concordance, as
//! JSON. With `once` there is a single fit with concordance, for the memory it takes; with `csv` the
//! data are also written, for a peer to fit.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measuring tool, not the library
#![allow(clippy::disallowed_methods)] // it measures time

use std::io::Write;
use std::time::Instant;

use seedtest_numerics::Stream;
use seedtest_survival::cox::{Spec, fit};
use seedtest_survival::{Covariate, Data, Silent};

struct School {
    stop: Vec<f64>,
    event: Vec<u8>,
    columns: Vec<Vec<f64>>,
}

/// Weibull hazards with shape 1.1, censored at staggered entry, in whole days if asked for.
fn simulate(n: usize, p: usize, days: bool) -> School {
    let mut stream = Stream::new(6, 1);
    let columns: Vec<Vec<f64>> =
        (0..p).map(|_| (0..n).map(|_| stream.normal()).collect()).collect();
    let mut stop = Vec::with_capacity(n);
    let mut event = Vec::with_capacity(n);
    for row in 0..n {
        let eta: f64 =
            columns.iter().enumerate().map(|(j, x)| x[row] * 0.3 / (j as f64 + 1.0)).sum();
        let time = 120.0 * (stream.exponential() * (-eta).exp()).powf(1.0 / 1.1);
        let censored = stream.uniform_in(30.0, 181.0);
        let end = time.min(censored);
        stop.push(if days { end.ceil().max(1.0) } else { end });
        event.push(u8::from(time <= censored));
    }
    School { stop, event, columns }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let n: usize = arguments[0].parse().unwrap();
    let p: usize = arguments[1].parse().unwrap();
    let has = |word: &str| arguments.iter().any(|a| a == word);
    let school = simulate(n, p, has("days"));
    if let Some(at) = arguments.iter().position(|a| a == "csv") {
        write_csv(&school, &arguments[at + 1]);
    }
    let names: Vec<String> = (0..p).map(|j| format!("x{j}")).collect();
    let covariates = names.iter().zip(&school.columns);
    let covariates = covariates.map(|(name, values)| Covariate { name, values }).collect();
    let mut data = Data::new(&school.stop, &school.event, covariates);
    let of_row = |row: u32| row % (n as u32 / 5).max(1);
    let cluster: Option<Vec<u32>> = has("cluster").then(|| (0..n as u32).map(of_row).collect());
    data.cluster = cluster.as_deref();
    let (kinds, repeats): (&[bool], usize) = match (has("once"), has("plain")) {
        (true, _) => (&[true], 1),
        (_, true) => (&[false], 5),
        _ => (&[false, true], 5),
    };
    for &concordance in kinds {
        let spec = Spec { concordance, ..Spec::default() };
        let mut best = f64::INFINITY;
        let mut last = None;
        for _ in 0..repeats {
            drop(last.take());
            let start = Instant::now();
            last = Some(fit(&data, &spec, &mut Silent).unwrap());
            best = best.min(start.elapsed().as_secs_f64());
        }
        let last = last.unwrap();
        println!(
            "{{\"rows\": {n}, \"covariates\": {p}, \"events\": {}, \"concordance\": {concordance}, \
             \"seconds\": {best:.4}, \"iterations\": {}, \"loglik\": {}, \"peak_kib\": {}}}",
            last.n_events,
            last.verdict.iterations,
            last.log_likelihood,
            peak_kib()
        );
    }
}

fn peak_kib() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("0 0");
    line.split_whitespace().nth(1).unwrap_or("0").to_owned()
}

fn write_csv(school: &School, path: &str) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let names: Vec<String> = (0..school.columns.len()).map(|j| format!("x{j}")).collect();
    writeln!(out, "time,event,{}", names.join(",")).unwrap();
    for row in 0..school.stop.len() {
        write!(out, "{},{}", school.stop[row], school.event[row]).unwrap();
        for column in &school.columns {
            write!(out, ",{}", column[row]).unwrap();
        }
        writeln!(out).unwrap();
    }
}
