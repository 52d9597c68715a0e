//! Coverage of 95 % intervals of free, linked and fixed calibrations, and how often the drift test
//! raises a false alarm or finds a moved anchor: the tables of `docs/validation.md`. Run with
//! `cargo run --release -p seedtest-irt --example simulate_linking`.

#![allow(clippy::print_stdout)] // the tables are the point

use rayon::prelude::*;
use seedtest_irt::{
    Anchor, DriftTest, DriftThresholds, Fit, ItemFit, ItemParameters, LinkItem, LinkMethod,
    LinkSpec, Model, Priors, Responses, Silent, Spec, compare, fit, link,
};
use seedtest_numerics::{Stream, logistic};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const Z: f64 = 1.959_964;

/// This many sets with the argument `full`, else a part of them that takes minutes.
fn sets(full: u64, part: u64) -> u64 {
    if std::env::args().any(|argument| argument == "full") { full } else { part }
}

/// Answers of one sample of students.
struct Sample {
    theta: Vec<f64>,
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    n_items: usize,
}

impl Sample {
    /// Every student answers every item; of an item with a limit only so many do.
    fn new(seed: u64, n: usize, (mean, sd): (f64, f64), items: &[Known]) -> Self {
        let mut stream = Stream::new(seed, 0);
        let theta: Vec<f64> = (0..n).map(|_| mean + sd * stream.normal()).collect();
        let mut sample =
            Self { theta, student: vec![], item: vec![], correct: vec![], n_items: items.len() };
        let answered: Vec<Vec<bool>> = items
            .iter()
            .map(|known| {
                let mut order: Vec<usize> = (0..n).collect();
                if known.answers < n {
                    stream.shuffle(&mut order);
                }
                let mut answered = vec![false; n];
                order.iter().take(known.answers).for_each(|&student| answered[student] = true);
                answered
            })
            .collect();
        for (student, ability) in sample.theta.iter().enumerate() {
            for (item, known) in items.iter().enumerate().filter(|(i, _)| answered[*i][student]) {
                let p = logistic(known.a * (ability - known.b));
                sample.student.push(student as u32);
                sample.item.push(item as u32);
                sample.correct.push(u8::from(stream.bernoulli(p)));
            }
        }
        sample
    }

    fn calibrate(&self, spec: &Spec) -> Result<Fit, Failure> {
        let responses = Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.theta.len(),
            n_items: self.n_items,
        };
        Ok(fit(&responses, spec, &mut Silent)?)
    }
}

/// An item with its true parameters and the most answers it gets.
#[derive(Clone, Copy)]
struct Known {
    a: f64,
    b: f64,
    answers: usize,
}

fn spread(n: usize, from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| from + (to - from) * i as f64 / (n - 1) as f64)
}

/// Hits among tries.
#[derive(Clone, Copy, Default)]
struct Share {
    hits: usize,
    tries: usize,
}

impl Share {
    fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.tries += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, tries: self.tries + other.tries }
    }

    fn text(self) -> String {
        if self.tries == 0 {
            return "–".into();
        }
        format!("{:.1} %", 100.0 * self.hits as f64 / self.tries as f64)
    }
}

/// Coverage of a, b, θ, A, B.
type Coverage = [Share; 5];

fn cover(
    found: &Fit,
    truth: &[Known],
    theta: &[f64],
    constants: [Option<(f64, f64, f64)>; 2],
) -> Coverage {
    let mut shares = Coverage::default();
    let mut add = |at: usize, error: f64, se: f64| shares[at].add(error.abs() < Z * se);
    for item in found.items.iter().filter(|item| !item.anchor) {
        let known = truth[item.item as usize];
        let Some(se) = item.se.filter(|_| known.answers > 1_000) else { continue };
        for (at, error, se) in [(0, item.a - known.a, se.a), (1, item.b - known.b, se.b)] {
            if let Some(se) = se {
                add(at, error, se);
            }
        }
    }
    for ability in &found.abilities {
        add(2, ability.theta - theta[ability.student as usize], ability.se);
    }
    for (at, constant) in constants.into_iter().enumerate() {
        if let Some((estimate, truth, se)) = constant {
            add(3 + at, estimate - truth, se);
        }
    }
    shares
}

/// Four anchors with 100 answers each, ten new items with 2 000, students N(0.8, 1.2²).
fn coverage() -> Result<(), Failure> {
    const STUDENTS: usize = 2_000;
    let count = sets(500, 200);
    let (mean, sd) = (0.8, 1.2);
    let thin = [(0.8, -1.0), (1.0, -0.3), (1.2, 0.4), (1.5, 1.1)];
    let new_a = [0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 0.7, 0.9, 1.1, 1.3];
    let mut truth: Vec<Known> = thin.iter().map(|&(a, b)| Known { a, b, answers: 100 }).collect();
    truth.extend(new_a.iter().zip(spread(10, -1.5, 1.8)).map(|(&a, b)| Known {
        a,
        b,
        answers: STUDENTS,
    }));
    let methods = [
        LinkMethod::StockingLord,
        LinkMethod::Haebara,
        LinkMethod::MeanSigma,
        LinkMethod::MeanMean,
    ];
    let anchors: Vec<Anchor> = (0..4)
        .map(|i| Anchor { item: i as u32, a: truth[i].a, b: truth[i].b, c: 0.0, fixed: true })
        .collect();
    let free_truth: Vec<Known> = truth
        .iter()
        .map(|&Known { a, b, answers }| Known { a: a * sd, b: (b - mean) / sd, answers })
        .collect();
    let sets: Vec<Vec<Coverage>> = (0..count)
        .into_par_iter()
        .map(|set| -> Result<Vec<Coverage>, Failure> {
            let sample = Sample::new(9_000 + set, STUDENTS, (mean, sd), &truth);
            let spec = Spec { keep_covariance: true, ..Spec::default() };
            let free = sample.calibrate(&spec)?;
            let own: Vec<f64> = sample.theta.iter().map(|x| (x - mean) / sd).collect();
            let mut rows = vec![cover(&free, &free_truth, &own, [None, None])];
            let items: Vec<LinkItem> = anchors
                .iter()
                .filter_map(|anchor| {
                    let new = free.items.iter().find(|item| item.item == anchor.item)?;
                    let old = ItemParameters { a: anchor.a, b: anchor.b, c: 0.0 };
                    Some(LinkItem { item: anchor.item, new: ItemParameters::from(new), old })
                })
                .collect();
            for method in methods {
                let spec = LinkSpec { method, ..LinkSpec::default() };
                let linking = link(&items, &spec, (free.covariance.as_ref(), None))?;
                let constants = [
                    linking.slope_se.map(|se| (linking.slope, sd, se)),
                    linking.intercept_se.map(|se| (linking.intercept, mean, se)),
                ];
                rows.push(cover(&free.linked(&linking), &truth, &sample.theta, constants));
            }
            let fixed = sample.calibrate(&Spec { anchors: anchors.clone(), ..spec })?;
            let latent = fixed.latent;
            let constants = [
                latent.sd_se.map(|se| (latent.sd, sd, se)),
                latent.mean_se.map(|se| (latent.mean, mean, se)),
            ];
            rows.push(cover(&fixed, &truth, &sample.theta, constants));
            Ok(rows)
        })
        .collect::<Result<_, _>>()?;
    println!(
        "### Coverage of 95 % intervals, 4 anchors × 100 answers, 10 new items × 2 000, {count} sets\n"
    );
    println!("| calibration | a of new items | b of new items | θ | A or σ | B or μ |");
    println!("|---|---|---|---|---|---|");
    let names = ["free", "Stocking–Lord", "Haebara", "mean/sigma", "mean/mean", "fixed"];
    for (row, name) in names.iter().enumerate() {
        let total: Vec<String> = (0..5)
            .map(|at| {
                sets.iter().map(|set| set[row][at]).fold(Share::default(), Share::plus).text()
            })
            .collect();
        println!("| {name} | {} |", total.join(" | "));
    }
    Ok(())
}

/// Items of a bank, the same in all sets.
fn bank(n: usize) -> Vec<Known> {
    let mut stream = Stream::new(3, 0);
    let items: Vec<(f64, f64)> =
        (0..n).map(|_| (stream.lognormal(0.0, 0.25), stream.normal())).collect();
    items.into_iter().map(|(a, b)| Known { a, b, answers: usize::MAX }).collect()
}

fn link_items(new: &Fit, old: &[ItemFit]) -> Vec<LinkItem> {
    new.items
        .iter()
        .filter_map(|item| {
            let other = old.iter().find(|other| other.item == item.item)?;
            let (new, old) = (ItemParameters::from(item), ItemParameters::from(other));
            Some(LinkItem { item: item.item, new, old })
        })
        .collect()
}

/// Two calibrations of independent samples; what the test says of each anchor, over the sets.
fn tested(
    (n_items, students): (usize, usize),
    sets: u64,
    moved: Option<f64>,
) -> Result<(Share, Share, Share), Failure> {
    let items = bank(n_items);
    let spec = Spec { keep_covariance: true, ..Spec::default() };
    let link_spec = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    (0..sets)
        .into_par_iter()
        .map(|set| -> Result<(Share, Share, Share), Failure> {
            let old = Sample::new(100_000 + set, students, (0.0, 1.0), &items).calibrate(&spec)?;
            let target = set as usize % n_items;
            let mut then = items.clone();
            if let Some(errors) = moved {
                let se = old.items[target].se.and_then(|se| se.b).unwrap_or(f64::NAN);
                // Both samples have this error.
                then[target].b += errors * se * std::f64::consts::SQRT_2;
            }
            let new = Sample::new(900_000 + set, students, (0.0, 1.0), &then).calibrate(&spec)?;
            let covariances = (new.covariance.as_ref(), old.covariance.as_ref());
            let linking = link(&link_items(&new, &old.items), &link_spec, covariances)?;
            let (mut any, mut found, mut others) =
                (Share::default(), Share::default(), Share::default());
            any.add(linking.n_anchors < n_items);
            for anchor in &linking.anchors {
                let is_target = moved.is_some() && anchor.item as usize == target;
                (if is_target { &mut found } else { &mut others }).add(!anchor.kept);
            }
            Ok((any, found, others))
        })
        .try_reduce(Default::default, |x, y| Ok((x.0.plus(y.0), x.1.plus(y.1), x.2.plus(y.2))))
}

fn false_alarms() -> Result<(), Failure> {
    println!("\n### False alarms of the drift test, no drift, both sides estimated\n");
    println!(
        "| anchors | students on each side | sets | links that drop an anchor | anchors dropped |"
    );
    println!("|---|---|---|---|---|");
    let designs = [
        (6, 300, sets(2_000, 1_000)),
        (10, 500, sets(2_000, 600)),
        (20, 1_000, sets(1_000, 200)),
        (20, 5_000, sets(250, 40)),
    ];
    for (n_items, students, count) in designs {
        let (any, _, anchors) = tested((n_items, students), count, None)?;
        let share = 100.0 * anchors.hits as f64 / anchors.tries as f64;
        println!("| {n_items} | {students} | {count} | {} | {share:.2} % |", any.text());
    }
    Ok(())
}

fn found_anchors() -> Result<(), Failure> {
    let count = sets(500, 150);
    println!("\n### One moved anchor of twenty, 1 000 students on each side, {count} sets\n");
    println!("| moved by (standard errors of the difference) | found | others dropped |");
    println!("|---|---|---|");
    for errors in [4.0, 6.0, 8.0] {
        let (_, found, others) = tested((20, 1_000), count, Some(errors))?;
        println!("| {errors} | {} | {} |", found.text(), others.text());
    }
    Ok(())
}

/// Nightly comparison: weak priors, errors known item by item only.
fn nightly() -> Result<(), Failure> {
    println!("\n### Nightly comparison of 25 items, no drift, weak priors\n");
    println!("| students each night | sets | nights with a flag | items flagged |");
    println!("|---|---|---|---|");
    let mut stream = Stream::new(8, 0);
    let items: Vec<Known> = spread(25, -1.8, 1.8)
        .map(|b| Known { a: stream.lognormal(0.0, 0.25), b, answers: usize::MAX })
        .collect();
    let spec = Spec { priors: Priors::weak(), ..Spec::new(Model::TwoPl) };
    let link_spec = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    for (students, count) in [(300, sets(1_000, 400)), (1_000, sets(500, 150))] {
        let (any, flagged) = (0..count)
            .into_par_iter()
            .map(|set| -> Result<(Share, Share), Failure> {
                let night = |seed| Sample::new(seed, students, (0.0, 1.0), &items).calibrate(&spec);
                let (old, new) = (night(30_000 + set)?, night(70_000 + set)?);
                let found =
                    compare(&old.items, &new.items, &link_spec, &DriftThresholds::default())?;
                let (mut any, mut flagged) = (Share::default(), Share::default());
                for item in &found.items {
                    flagged.add(item.severity.is_some());
                }
                any.add(flagged.hits > 0);
                Ok((any, flagged))
            })
            .try_reduce(Default::default, |x, y| Ok((x.0.plus(y.0), x.1.plus(y.1))))?;
        let share = 100.0 * flagged.hits as f64 / flagged.tries as f64;
        println!("| {students} | {count} | {} | {share:.3} % |", any.text());
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    println!("## Item response: linking and drift\n");
    coverage()?;
    false_alarms()?;
    found_anchors()?;
    nightly()
}
