//! Bias, error and coverage of 95 % intervals over 200 simulated calibrations per model: the table
//! in `docs/models/irt.md`. Run with `cargo run --release -p seedtest-irt --example recovery_study`.

#![allow(clippy::print_stdout)] // the table is the point

use seedtest_irt::{Error, Model, Priors, Responses, Silent, Spec, fit};
use seedtest_numerics::{Stream, logistic};

const REPLICATIONS: u64 = 200;
const ITEMS: usize = 20;

struct Study {
    label: &'static str,
    students: usize,
    spec: Spec,
}

#[derive(Default)]
struct Sums {
    n: f64,
    error: f64,
    square: f64,
    with_se: f64,
    covered: f64,
}

impl Sums {
    fn add(&mut self, estimate: f64, truth: f64, se: Option<f64>) {
        let error = estimate - truth;
        self.n += 1.0;
        self.error += error;
        self.square += error * error;
        if let Some(se) = se {
            self.with_se += 1.0;
            self.covered += f64::from(u8::from(error.abs() < 1.959_964 * se));
        }
    }

    fn print(&self, study: &Study, name: &str) {
        if self.with_se > 0.0 {
            println!(
                "| {} | {} | {name} | {:+.3} | {:.3} | {:.1} % |",
                study.label,
                study.students,
                self.error / self.n,
                (self.square / self.n).sqrt(),
                100.0 * self.covered / self.with_se
            );
        }
    }
}

/// Item parameters: the same in all replications.
fn truth(model: Model) -> Vec<(f64, f64, f64)> {
    let mut stream = Stream::new(2026, 0);
    (0..ITEMS)
        .map(|i| {
            let drawn = stream.lognormal(0.0, 0.3);
            let a = if matches!(model, Model::TwoPl | Model::ThreePl) { drawn } else { 1.0 };
            let b = -2.0 + 4.0 * (i as f64 + 0.5) / ITEMS as f64;
            (a, b, if model == Model::ThreePl { 0.2 } else { 0.0 })
        })
        .collect()
}

fn run(study: &Study) -> Result<(), Error> {
    let items = truth(study.spec.model);
    let student: Vec<u32> = (0..study.students as u32).flat_map(|s| [s; ITEMS]).collect();
    let item: Vec<u32> = (0..ITEMS as u32).collect::<Vec<_>>().repeat(study.students);
    let (mut a, mut b, mut c) = (Sums::default(), Sums::default(), Sums::default());
    let mut unfinished = 0;
    for replication in 0..REPLICATIONS {
        let mut stream = Stream::new(1, replication);
        let mut correct = Vec::with_capacity(student.len());
        for _ in 0..study.students {
            let theta = stream.normal();
            for &(a, b, c) in &items {
                let p = c + (1.0 - c) * logistic(a * (theta - b));
                correct.push(u8::from(stream.bernoulli(p)));
            }
        }
        let data = Responses {
            student: &student,
            item: &item,
            correct: &correct,
            n_students: study.students,
            n_items: ITEMS,
        };
        let found = fit(&data, &study.spec, &mut Silent)?;
        unfinished += u32::from(!found.verdict.converged());
        for item in &found.items {
            let truth = items[item.item as usize];
            a.add(item.a, truth.0, item.se.and_then(|se| se.a));
            b.add(item.b, truth.1, item.se.and_then(|se| se.b));
            c.add(item.c, truth.2, item.se.and_then(|se| se.c));
        }
    }
    a.print(study, "a");
    b.print(study, "b");
    c.print(study, "c");
    if unfinished > 0 {
        println!(
            "| {} | {} | {unfinished} fits without convergence | | | |",
            study.label, study.students
        );
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    println!("| model | students | parameter | bias | RMSE | coverage |");
    println!("|---|---|---|---|---|---|");
    for students in [500, 2_000] {
        let weak = Spec { priors: Priors::weak(), ..Spec::default() };
        let guessing = Spec { priors: Priors::weak().with_guessing(), ..Spec::new(Model::ThreePl) };
        for study in [
            Study { label: "Rasch", students, spec: Spec::new(Model::Rasch) },
            Study { label: "1PL", students, spec: Spec::new(Model::OnePl) },
            Study { label: "2PL", students, spec: Spec::default() },
            Study { label: "2PL, weak priors", students, spec: weak },
            Study { label: "3PL, weak priors, Beta(5, 17) on c", students, spec: guessing },
        ] {
            run(&study)?;
        }
    }
    Ok(())
}
