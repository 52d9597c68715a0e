//! Times the fit of one model to one CSV file, for `bench/mixed.py`.
//!
//! `time_fit FILE FORMULA lmm|glmm RUNS` prints one line of JSON: criterion, θ, coefficients, iterations,
//! and the seconds of every run, of which the part before the fit (table to design) is apart.

// A program for the terminal, which measures.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::error::Error;
use std::time::Instant;

use seedtest_formula::{Factor, Formula, Frame};
use seedtest_mixed::{Data, Silent, glmm, lmm};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, formula, model, runs] = arguments.as_slice() else {
        return Err("time_fit FILE FORMULA lmm|glmm RUNS".into());
    };
    let formula = Formula::parse(formula)?;
    let frame = table(file, &formula)?;
    let started = Instant::now();
    let data = Data::new(&formula, &frame, None)?;
    let design = started.elapsed().as_secs_f64();
    let mut seconds = Vec::new();
    let mut last = String::new();
    for _ in 0..runs.parse::<u32>()? {
        let started = Instant::now();
        last = if model == "lmm" {
            let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent)?;
            seconds.push(started.elapsed().as_secs_f64());
            shown(
                -2.0 * fit.metrics.loglik,
                &fit.theta,
                &fit.coefficients(),
                fit.verdict.iterations,
            )
        } else {
            let fit = glmm::fit(&data, &glmm::Spec::default(), &mut Silent)?;
            seconds.push(started.elapsed().as_secs_f64());
            shown(
                -2.0 * fit.metrics.loglik,
                &fit.theta,
                &fit.coefficients(),
                fit.verdict.iterations,
            )
        };
    }
    println!("{{{last},\"design_seconds\":{design},\"seconds\":{seconds:?}}}");
    Ok(())
}

fn shown(criterion: f64, theta: &[f64], coefficients: &[f64], iterations: u64) -> String {
    format!(
        "\"criterion\":{criterion},\"theta\":{theta:?},\"coefficients\":{coefficients:?},\
         \"iterations\":{iterations}"
    )
}

/// The columns of the formula: grouping factors and what is no number become categories.
fn table(file: &str, formula: &Formula) -> Result<Frame, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let names: Vec<String> = reader.headers()?.iter().map(ToOwned::to_owned).collect();
    let wanted = formula.columns();
    let groups: Vec<String> =
        formula.random_terms().iter().map(seedtest_formula::RandomTerm::group).collect();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, value) in columns.iter_mut().zip(&record?) {
            column.push(value.to_owned());
        }
    }
    let mut frame = Frame::new();
    for (name, column) in names.iter().zip(&columns).filter(|(name, _)| wanted.contains(name)) {
        let is_group = groups.iter().any(|g| g.split(':').any(|part| part == name));
        let numbers: Result<Vec<f64>, _> = column.iter().map(|x| x.parse::<f64>()).collect();
        match numbers {
            Ok(numbers) if !is_group => frame.push_numeric(name, numbers)?,
            _ => {
                let factor = Factor::from_text(column.iter().map(|x| Some(x.as_str())));
                frame.push(name, seedtest_formula::Column::Categorical(factor))?;
            }
        }
    }
    Ok(frame)
}
