//! Seconds of fits and forecasts of simulated series, for `bench/forecast.py`.
//!
//! `time_forecast FILE` reads lines `series,day,value` and prints a line of JSON for each task.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // it measures time

use std::time::Instant;

use rayon::prelude::*;
use seedtest_forecast::{Data, Rows, Silent, Spec, fit};

type Series = (Vec<i64>, Vec<f64>);

fn read(path: &str) -> Vec<Series> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut series: Vec<Series> = Vec::new();
    let mut last = String::new();
    for line in text.lines() {
        let mut fields = line.split(',');
        let (name, day, value) =
            (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        if name != last {
            series.push(Series::default());
            last = name.to_string();
        }
        let (time, y) = series.last_mut().unwrap();
        time.push(day.parse::<i64>().unwrap() * 86_400);
        y.push(value.parse().unwrap());
    }
    series
}

/// Fit and, with `ahead` > 0, the curve of the history and of so many more steps with intervals.
fn work((time, y): &Series, ahead: i64) -> f64 {
    let spec = Spec { interval_width: 0.8, ..Spec::default() };
    let fit = fit(&Data::new(time, y), &spec, &mut Silent).unwrap();
    if ahead == 0 {
        return fit.objective;
    }
    let step = time[1] - time[0];
    let mut rows = time.clone();
    rows.extend((1..=ahead).map(|k| time[time.len() - 1] + k * step));
    let predicted = fit.predict(&Rows::new(&rows)).unwrap();
    predicted.upper[rows.len() - 1] - predicted.lower[rows.len() - 1]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let series = read(&arguments[1]);
    let ahead: i64 = arguments[2].parse().unwrap();
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut least = f64::INFINITY;
        let mut sum = 0.0;
        for _ in 0..3 {
            let start = Instant::now();
            sum = pool.install(|| {
                let values: Vec<f64> = series.par_iter().map(|s| work(s, ahead)).collect();
                values.iter().sum()
            });
            least = least.min(start.elapsed().as_secs_f64());
        }
        println!(
            r#"{{"threads":{threads},"series":{},"seconds":{least},"check":{sum}}}"#,
            series.len()
        );
    }
}
