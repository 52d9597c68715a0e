//! Bias, error and coverage of 95 % intervals of grouped calibrations over simulated sets, and what one
//! population for all makes of the same sets: the tables in `docs/models/irt.md`. Run with
//! `cargo run --release -p seedtest-irt --example simulate_groups`.

#![allow(clippy::print_stdout)] // the tables are the point

use seedtest_irt::{Error, Fit, Groups, Model, Responses, Silent, Spec, fit, fit_groups};
use seedtest_numerics::{Stream, chunks_of_codes, logistic};

/// This many sets with the argument `full`, else a part of them that takes minutes.
fn sets(full: u64, part: u64) -> u64 {
    if std::env::args().any(|argument| argument == "full") { full } else { part }
}

/// Groups in a row, each with items of its own and items in common with the one before.
struct Study {
    label: &'static str,
    model: Model,
    students: usize,
    own: usize,
    common: usize,
    /// Mean and standard deviation of every group; the first is the reference.
    groups: &'static [(f64, f64)],
}

const STUDIES: &[Study] = &[
    Study {
        label: "2PL, 2 groups, 12 own + 8 common items, 500 each",
        model: Model::TwoPl,
        students: 500,
        own: 12,
        common: 8,
        groups: &[(0.0, 1.0), (1.0, 1.2)],
    },
    Study {
        label: "2PL, 2 groups two units apart, 15 own + 4 common items, 1 000 each",
        model: Model::TwoPl,
        students: 1_000,
        own: 15,
        common: 4,
        groups: &[(0.0, 1.0), (2.0, 1.0)],
    },
    Study {
        label: "2PL, chain of 4 groups, 12 own + 6 common items to each neighbour, 500 each",
        model: Model::TwoPl,
        students: 500,
        own: 12,
        common: 6,
        groups: &[(0.0, 1.0), (0.8, 1.0), (1.6, 1.1), (2.4, 0.9)],
    },
    Study {
        label: "Rasch, 2 groups, 12 own + 6 common items, 300 each",
        model: Model::Rasch,
        students: 300,
        own: 12,
        common: 6,
        groups: &[(0.0, 0.8), (0.7, 1.4)],
    },
];

#[derive(Default)]
struct Sums {
    n: f64,
    error: f64,
    square: f64,
    covered: f64,
}

impl Sums {
    fn add(&mut self, estimate: f64, truth: f64, se: Option<f64>) {
        let Some(se) = se else { return };
        let error = estimate - truth;
        self.n += 1.0;
        self.error += error;
        self.square += error * error;
        self.covered += f64::from(u8::from(error.abs() < 1.959_964 * se));
    }

    fn print(&self, label: &str, name: &str) {
        if self.n > 0.0 {
            let (bias, rmse) = (self.error / self.n, (self.square / self.n).sqrt());
            let share = 100.0 * self.covered / self.n;
            println!("| {label} | {name} | {bias:+.3} | {rmse:.3} | {share:.1} % |");
        }
    }
}

struct Sample {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    of: Vec<u32>,
}

impl Study {
    fn n_items(&self) -> usize {
        self.groups.len() * self.own + (self.groups.len() - 1) * self.common
    }

    /// Items of a group: the common ones with the group before, its own, those with the next.
    fn items_of(&self, group: usize) -> std::ops::Range<usize> {
        let pair = self.own + self.common;
        let first = (group * pair).saturating_sub(if group > 0 { self.common } else { 0 });
        first..(group * pair + pair).min(self.n_items())
    }

    /// (a, b): the same in all replications, around the groups that answer them.
    fn truth(&self) -> Vec<(f64, f64)> {
        let mut stream = Stream::new(2026, 7);
        let pair = self.own + self.common;
        (0..self.n_items())
            .map(|item| {
                let (group, is_common) = (item / pair, item % pair >= self.own);
                let next = self.groups.get(group + 1).map_or(0.0, |next| next.0);
                let own = self.groups[group].0;
                let centre = if is_common { 0.5 * (own + next) } else { own };
                let drawn = stream.lognormal(0.0, 0.25);
                let a = if self.model == Model::Rasch { 1.0 } else { drawn };
                (a, centre + 1.2 * (2.0 * stream.uniform() - 1.0))
            })
            .collect()
    }

    fn draw(&self, items: &[(f64, f64)], replication: u64) -> Sample {
        let mut sample = Sample { student: vec![], item: vec![], correct: vec![], of: vec![] };
        let mut stream = Stream::new(4, replication);
        for (group, &(mean, sd)) in self.groups.iter().enumerate() {
            for _ in 0..self.students {
                let theta = mean + sd * stream.normal();
                for item in self.items_of(group) {
                    let (a, b) = items[item];
                    sample.student.push(sample.of.len() as u32);
                    sample.item.push(item as u32);
                    let p = logistic(a * (theta - b));
                    sample.correct.push(u8::from(stream.bernoulli(p)));
                }
                sample.of.push(group as u32);
            }
        }
        sample
    }

    fn run(&self) -> Result<(), Error> {
        let items = self.truth();
        let mut tables: [Sums; 4] = Default::default();
        let (mut unfinished, mut warned) = (0, 0);
        let (mut distance, mut pulled) = (0.0, 0.0);
        let replications = sets(300, 100);
        for replication in 0..replications {
            let sample = self.draw(&items, replication);
            let data = Responses {
                student: &sample.student,
                item: &sample.item,
                correct: &sample.correct,
                n_students: sample.of.len(),
                n_items: items.len(),
            };
            let groups = Groups { of: &sample.of, n: self.groups.len(), reference: 0 };
            let chunks = chunks_of_codes(sample.of.len());
            let spec = Spec::new(self.model);
            let found = fit_groups(&data, groups, &chunks, &spec, &mut Silent)?;
            unfinished += u32::from(!found.verdict.converged());
            let [mean, sd, a, b] = &mut tables;
            for (group, truth) in found.groups.iter().zip(self.groups) {
                mean.add(group.latent.mean, truth.0, group.latent.mean_se);
                sd.add(group.latent.sd, truth.1, group.latent.sd_se);
            }
            for item in &found.items {
                let truth = items[item.item as usize];
                a.add(item.a, truth.0, item.se.and_then(|se| se.a));
                b.add(item.b, truth.1, item.se.and_then(|se| se.b));
            }
            distance += apart(&found, &sample.of, self.groups.len());
            let one = fit(&data, &spec, &mut Silent)?;
            pulled += apart(&one, &sample.of, self.groups.len());
            warned += u32::from(one.warnings.iter().any(|w| w.text().contains("--group")));
        }
        for (sums, name) in tables.iter().zip(["group mean", "group sd", "a", "b"]) {
            sums.print(self.label, name);
        }
        let n = replications as f64;
        println!(
            "| {} | last minus first group, mean ability: {:.2} with groups, {:.2} as one population \
             (warned in {:.0} %), {unfinished} without convergence | | | |",
            self.label,
            distance / n,
            pulled / n,
            100.0 * f64::from(warned) / n
        );
        Ok(())
    }
}

/// Mean ability of the last group minus that of the first.
fn apart(found: &Fit, of: &[u32], n: usize) -> f64 {
    let mean = |group: usize| {
        let members = found.abilities.iter().filter(|a| of[a.student as usize] as usize == group);
        let (count, sum) = members.fold((0.0, 0.0), |(n, sum), a| (n + 1.0, sum + a.theta));
        sum / f64::max(count, 1.0)
    };
    mean(n - 1) - mean(0)
}

fn main() -> Result<(), Error> {
    println!("## Item response: several groups\n\n{} simulated sets a design.\n", sets(300, 100));
    println!("| design | parameter | bias | RMSE | coverage |");
    println!("|---|---|---|---|---|");
    STUDIES.iter().try_for_each(Study::run)
}
