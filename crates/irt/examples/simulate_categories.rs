//! Bias, error and coverage of 95 % intervals of items with several categories over simulated sets, how often C2 rejects
//! a model that holds, and how often items that do not differ are found to: run with
//! `cargo run --release -p seedtest-irt --example simulate_categories`.

#![allow(clippy::print_stdout)] // the tables are the point

use seedtest_irt::dif::{DifSpec, dif};
use seedtest_irt::polytomous::{
    CategoryCurves, Error, ItemModel, M2Kind, Responses, Spec, fit, limited_information_fit,
};
use seedtest_irt::{Groups, M2, Silent};
use seedtest_numerics::{Interrupt, Stream};

const STUDENTS: usize = 500;
const ITEMS: usize = 12;
const SETS: u64 = 100;
/// Items that a student of the sparse design answers.
const ANSWERED: usize = 8;

/// What is told of one kind of parameter.
#[derive(Default)]
struct Sums {
    n: f64,
    bias: f64,
    squares: f64,
    inside: f64,
    errors: f64,
}

impl Sums {
    fn add(&mut self, estimate: f64, truth: f64, se: f64) {
        let miss = estimate - truth;
        self.n += 1.0;
        self.bias += miss;
        self.squares += miss * miss;
        self.inside += f64::from(u8::from(miss.abs() < 1.96 * se));
        self.errors += se;
    }

    fn print(&self, design: &str, name: &str) {
        if self.n == 0.0 {
            return;
        }
        println!(
            "| {design} | {name} | {:+.3} | {:.3} | {:.3} | {:.1} % |",
            self.bias / self.n,
            (self.squares / self.n).sqrt(),
            self.errors / self.n,
            100.0 * self.inside / self.n
        );
    }
}

/// What is drawn, and how it is fitted.
struct Design {
    name: String,
    items: Vec<CategoryCurves>,
    spec: Spec,
    /// Items that a student answers: those from the student's own first one on, around the end.
    answered: usize,
}

impl Design {
    /// All items of one model.
    fn of(model: ItemModel) -> Self {
        let (name, items) = (model.to_string(), items(model));
        Self { name, items, spec: Spec::new(model), answered: ITEMS }
    }

    /// Right and wrong answers, graded items and partial credit in turn, in one calibration.
    fn mixed(name: &str, answered: usize) -> Self {
        let models = [ItemModel::TwoPl, ItemModel::Grm, ItemModel::Gpcm];
        let kinds = models.map(items);
        let of = (0..ITEMS).map(|j| kinds[j % models.len()][j].clone());
        let named = (0u32..).zip(models.into_iter().cycle()).take(ITEMS);
        let spec = Spec { models: named.collect(), ..Spec::default() };
        Self { name: name.to_owned(), items: of.collect(), spec, answered }
    }
}

/// Items of one model: four categories, but for right and wrong answers.
fn items(model: ItemModel) -> Vec<CategoryCurves> {
    let mut stream = Stream::new(31, model as u64);
    (0..ITEMS)
        .map(|j| {
            let centre = 2.0 * j as f64 / (ITEMS - 1) as f64 - 1.0;
            let a = stream.lognormal(0.0, 0.25);
            let b = [-0.9, 0.1, 0.8].map(|tau| centre + tau);
            match model {
                ItemModel::TwoPl => CategoryCurves::graded_at(1.3 * a, &[centre]),
                ItemModel::Grm => CategoryCurves::graded_at(1.3 * a, &b),
                ItemModel::Gpcm => CategoryCurves::partial_credit_at(a, &b),
                ItemModel::Nrm => CategoryCurves::nominal(
                    &[0.5 * a, 0.9 * a, 1.5 * a],
                    &[0.4 - 0.5 * centre, 0.5 - 0.9 * centre, -1.3 * centre],
                ),
                _ => CategoryCurves::partial_credit_at(1.0, &b),
            }
        })
        .collect()
}

struct Answers {
    student: Vec<u32>,
    item: Vec<u32>,
    score: Vec<u8>,
}

fn draw(seed: u64, items: &[CategoryCurves], students: usize, answered: usize) -> Answers {
    let mut answers = Answers { student: vec![], item: vec![], score: vec![] };
    for student in 0..students {
        let mut stream = Stream::new(seed, student as u64);
        let theta = stream.normal();
        let is_answered = |item: usize| (item + ITEMS - student % ITEMS) % ITEMS < answered;
        for (item, curves) in items.iter().enumerate().filter(|(item, _)| is_answered(*item)) {
            let mut left = stream.uniform();
            let p = curves.probabilities(theta);
            let category = p.iter().position(|p| {
                left -= p;
                left < 0.0
            });
            answers.student.push(student as u32);
            answers.item.push(item as u32);
            answers.score.push(category.unwrap_or(p.len() - 1) as u8);
        }
    }
    answers
}

fn responses(answers: &Answers, students: usize) -> Responses<'_> {
    Responses {
        student: &answers.student,
        item: &answers.item,
        score: &answers.score,
        n_students: students,
        n_items: ITEMS,
        maximum: None,
    }
}

/// How often C2 rejects, over sets drawn from the model.
#[derive(Default)]
struct Rejections {
    sets: f64,
    rejected: f64,
    /// Statistic over degrees of freedom.
    sum: f64,
}

impl Rejections {
    fn add(&mut self, m2: M2) {
        self.sets += 1.0;
        self.rejected += f64::from(u8::from(m2.p < 0.05));
        self.sum += m2.m2 / f64::from(m2.df);
    }

    fn print(&self, design: &str) {
        if self.sets == 0.0 {
            return;
        }
        println!(
            "| {design} | {:.3} | {:.0} % |",
            self.sum / self.sets,
            100.0 * self.rejected / self.sets
        );
    }
}

fn study(design: &Design) -> Result<Rejections, Error> {
    let Design { name, items, spec, answered } = design;
    let mut rejections = Rejections::default();
    let (mut slopes, mut intercepts, mut difficulties) =
        (Sums::default(), Sums::default(), Sums::default());
    for seed in 0..SETS {
        let answers = draw(1_000 + seed, items, STUDENTS, *answered);
        let data = responses(&answers, STUDENTS);
        let found = fit(&data, spec, &mut Silent)?;
        let margins = limited_information_fit(&data, &found, M2Kind::C2, &Interrupt::never());
        if let Ok(Ok(m2)) = margins {
            rejections.add(m2);
        }
        for item in &found.items {
            let (truth, Some(se)) = (&items[item.item as usize], &item.se) else { continue };
            let parts = [
                (&mut slopes, item.curves.slopes().to_vec(), truth.slopes().to_vec(), &se.slopes),
                (
                    &mut intercepts,
                    item.curves.intercepts().to_vec(),
                    truth.intercepts().to_vec(),
                    &se.intercepts,
                ),
                (
                    &mut difficulties,
                    item.curves.difficulties(),
                    truth.difficulties(),
                    &se.difficulties,
                ),
            ];
            for (sums, estimates, truths, errors) in parts {
                for ((estimate, truth), se) in estimates.iter().zip(truths).zip(errors) {
                    sums.add(*estimate, truth, *se);
                }
            }
        }
    }
    slopes.print(name, "a");
    intercepts.print(name, "d");
    difficulties.print(name, "b");
    Ok(rejections)
}

/// Share of sets without any difference between two equal groups in which some item is found to differ.
fn false_alarms() -> Result<f64, seedtest_irt::dif::DifError> {
    let items = items(ItemModel::Grm);
    let of: Vec<u32> = (0..2 * STUDENTS as u32).map(|student| student % 2).collect();
    let groups = Groups { of: &of, n: 2, reference: 0 };
    let mut alarms = 0;
    for seed in 0..SETS {
        let answers = draw(5_000 + seed, &items, 2 * STUDENTS, ITEMS);
        let data = responses(&answers, 2 * STUDENTS);
        let found = dif(&data, groups, &DifSpec::default(), &mut Silent)?;
        alarms += u32::from(found[0].items.iter().any(|item| item.found.is_some()));
    }
    Ok(f64::from(alarms) / SETS as f64)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("## Items with several categories\n");
    println!(
        "{SETS} sets of {STUDENTS} students and {ITEMS} items with four categories. Mixed: a third each of"
    );
    println!(
        "2PL, GRM and GPCM in one calibration; of the second every student answered {ANSWERED}.\n"
    );
    println!("| model | parameter | bias | RMSE | mean SE | coverage |");
    println!("|---|---|---|---|---|---|");
    let models = [ItemModel::Grm, ItemModel::Gpcm, ItemModel::Pcm, ItemModel::Rsm, ItemModel::Nrm];
    let mut designs: Vec<Design> = models.into_iter().map(Design::of).collect();
    designs.push(Design::mixed("mixed", ITEMS));
    designs.push(Design::mixed("mixed, sparse", ANSWERED));
    let rejections: Vec<Rejections> = designs.iter().map(study).collect::<Result<_, _>>()?;
    println!(
        "\nFit of the whole model by C2, on the same sets; 5 % of the sets should be rejected.\n"
    );
    println!("| model | C2 over degrees of freedom | rejected at 5 % |");
    println!("|---|---|---|");
    for (design, rejections) in designs.iter().zip(rejections) {
        rejections.print(&design.name);
    }
    println!(
        "\nDifferential item functioning, two equal groups of {STUDENTS}, graded items, purified anchors:"
    );
    println!(
        "some item found to differ in {:.0} % of the sets (family-wise 5 %).",
        100.0 * false_alarms()?
    );
    Ok(())
}
