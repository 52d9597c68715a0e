//! Prophet's model by augurs: `prophet SERIES.csv AHEAD PROPHET_MODEL`, lines `series,day,value`; one line of JSON.
//!
//! PROPHET_MODEL is the optimiser that Python's prophet brings along (`prophet/stan_model/prophet_model.bin`).

use std::time::Instant;

use augurs_prophet::cmdstan::CmdstanOptimizer;
use augurs_prophet::{IncludeHistory, Prophet, ProphetOptions, TrainingData};

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let ahead: u32 = words[2].parse().unwrap();
    let text = std::fs::read_to_string(&words[1]).unwrap();
    let mut series: Vec<(String, Vec<i64>, Vec<f64>)> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if series.last().is_none_or(|last| last.0 != fields[0]) {
            series.push((fields[0].to_owned(), Vec::new(), Vec::new()));
        }
        let last = series.last_mut().unwrap();
        last.1.push(fields[1].parse::<i64>().unwrap() * 86_400);
        last.2.push(fields[2].parse().unwrap());
    }
    let mut seconds = Vec::new();
    for (_, days, values) in series {
        let began = Instant::now();
        let optimiser = CmdstanOptimizer::with_prophet_path(&words[3]).unwrap();
        let mut model = Prophet::new(ProphetOptions::default(), optimiser);
        model.fit(TrainingData::new(days, values).unwrap(), Default::default()).unwrap();
        if let Ok(ahead) = ahead.try_into() {
            let rows = model.make_future_dataframe(ahead, IncludeHistory::Yes).unwrap();
            model.predict(rows).unwrap();
        }
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    println!("{{\"seconds\": {}, \"series\": {}}}", seconds[seconds.len() / 2], seconds.len());
}
