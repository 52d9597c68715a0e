//! Times the parts of a fit: `time_growth FILE.csv|SIMULATE:students|PATTERNS:students [draws] [chains]
//! [warmup]`, columns student, week, score. PATTERNS has the same 50 sets of weeks for any number of
//! students. For `bench/growth.py`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods)] // it measures time

use std::collections::HashMap;
use std::time::Instant;

use seedtest_growth::{Goal, GrowthData, Priors, Sampling, Silent, Spec, fit};
use seedtest_numerics::Stream;

struct Table {
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
    n_students: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let source = arguments.first().map_or("SIMULATE:1000", String::as_str);
    let number =
        |at: usize, default| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let table = match source.split_once(':') {
        Some(("SIMULATE", students)) => simulate(students.parse().unwrap(), usize::MAX),
        Some(("PATTERNS", students)) => simulate(students.parse().unwrap(), 50),
        _ => read(source),
    };
    let sampling = Sampling {
        draws: number(1, 1000),
        chains: number(2, 4),
        warmup: number(3, 1000),
        ..Sampling::default()
    };
    // The priors that the peers of `bench/growth.py` have.
    let spec = Spec { sampling, priors: Priors::of_standard_scores(), ..Spec::default() };
    let data = GrowthData {
        student: &table.student,
        week: &table.week,
        score: &table.score,
        n_students: table.n_students,
        weight: None,
        se: None,
        trials: None,
    };
    let started = Instant::now();
    let fitted = fit(&data, &spec, None, &mut Silent).unwrap();
    let sampled = started.elapsed().as_secs_f64();
    let goal = Goal { target: 1.0, week: fitted.last_week + 4.0, level: 0.95 };
    let predictions = fitted.students(&goal).unwrap();
    let all = started.elapsed().as_secs_f64();
    for p in &fitted.parameters {
        println!(
            "{:<18} {:>10.5} {:>9.5}  ess {:>6.0} {:>6.0}  rhat {:.4}",
            p.parameter.name(),
            p.mean,
            p.sd,
            p.ess_bulk.unwrap_or(f64::NAN),
            p.ess_tail.unwrap_or(f64::NAN),
            p.rhat.unwrap_or(f64::NAN)
        );
    }
    let d = &fitted.diagnostics;
    println!("{:?} {} leapfrogs, step {:.2}", fitted.verdict.status, d.leapfrogs, d.step_size);
    println!(
        "{{\"rows\":{},\"students\":{},\"fit_seconds\":{sampled:.4},\"students_seconds\":{:.4},\"ess_bulk_min\":{:.0},\"leapfrogs\":{},\"first_p\":{:.6}}}",
        table.score.len(),
        predictions.len(),
        all - sampled,
        d.ess_bulk_min.unwrap_or(f64::NAN),
        d.leapfrogs,
        predictions[0].probability
    );
}

/// Twelve weeks, each seen with probability 0.75, in so many different ways at most.
fn simulate(n_students: usize, patterns: usize) -> Table {
    let mut random = Stream::new(7, 0);
    let mut table = Table { student: Vec::new(), week: Vec::new(), score: Vec::new(), n_students };
    for student in 0..n_students {
        let (level, slope) = (0.5 * random.normal(), 0.04 * random.normal());
        let mut seen = Stream::new(8, (student % patterns) as u64);
        for week in 0..12u32 {
            if seen.uniform() > 0.75 {
                continue;
            }
            let week = f64::from(week);
            table.student.push(student as u32);
            table.week.push(week);
            table.score.push(0.1 + level + (0.05 + slope) * week + 0.28 * random.normal());
        }
    }
    table
}

fn read(path: &str) -> Table {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |names: &[&str]| header.iter().position(|name| names.contains(name)).unwrap();
    let (student, week, score) = (
        column(&["student", "Subject"]),
        column(&["week", "Days"]),
        column(&["score", "Reaction"]),
    );
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut table = Table { student: vec![], week: vec![], score: vec![], n_students: 0 };
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let next = codes.len() as u32;
        table.student.push(*codes.entry(fields[student].to_string()).or_insert(next));
        table.week.push(fields[week].parse().unwrap());
        table.score.push(fields[score].parse().unwrap());
    }
    table.n_students = codes.len();
    table
}
