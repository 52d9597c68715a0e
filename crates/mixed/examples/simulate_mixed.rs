//! Simulated scores and answers of students: how often profile intervals hold the truth. Prints Markdown for
//! `docs/validation.md`; seeds are fixed.

#![allow(clippy::print_stdout, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods)] // what is compared with results, not a result

use rayon::prelude::*;
use seedtest_formula::{Formula, Frame};
use seedtest_mixed::{Data, Error, Interval, Silent, glmm, lmm};
use seedtest_numerics::{Stream, logistic};

const STUDENTS: usize = 60;

/// This many sets with the argument `full`, else a part of them that takes minutes.
fn sets(full: u64, part: u64) -> u64 {
    if std::env::args().any(|argument| argument == "full") { full } else { part }
}

/// A model with the true values of its parameters.
struct Study {
    title: &'static str,
    formula: &'static str,
    truth: &'static [(&'static str, f64)],
    weeks: u32,
    /// Rows of a student in a week.
    rows: u32,
    is_linear: bool,
}

const STUDIES: [Study; 2] = [
    Study {
        title: "linear, (week \\|\\| student), 8 weeks",
        formula: "y ~ week + (week || student)",
        truth: &[
            ("(Intercept)", 0.1),
            ("week", 0.05),
            ("sd.student.(Intercept)", 0.5),
            ("sd.student.week", 0.06),
            ("sigma", 0.3),
        ],
        weeks: 8,
        rows: 1,
        is_linear: true,
    },
    Study {
        title: "binomial, (1 \\| student), 5 weeks of 4 answers",
        formula: "y ~ week + (1 | student)",
        truth: &[("(Intercept)", -0.3), ("week", 0.15), ("sd.student.(Intercept)", 0.8)],
        weeks: 5,
        rows: 4,
        is_linear: false,
    },
];

/// The interval of a parameter by its name.
type Profile = Box<dyn Fn(&str) -> Result<Interval, Error>>;

impl Study {
    fn value(&self, name: &str) -> f64 {
        self.truth.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value)
    }

    fn frame(&self, set: u64) -> Frame {
        let mut stream = Stream::new(19, set);
        let (mut y, mut week, mut student) = (vec![], vec![], vec![]);
        for s in 0..STUDENTS {
            let level = self.value("sd.student.(Intercept)") * stream.normal();
            let slope = self.value("sd.student.week") * stream.normal();
            for w in (0..self.weeks).flat_map(|w| (0..self.rows).map(move |_| f64::from(w))) {
                let mean = self.value("(Intercept)") + level + (self.value("week") + slope) * w;
                y.push(if self.is_linear {
                    mean + self.value("sigma") * stream.normal()
                } else {
                    f64::from(u8::from(stream.bernoulli(logistic(mean))))
                });
                week.push(w);
                student.push(format!("s{s}"));
            }
        }
        let mut frame = Frame::new();
        frame.push_numeric("y", y).unwrap();
        frame.push_numeric("week", week).unwrap();
        let student: Vec<&str> = student.iter().map(String::as_str).collect();
        frame.push_text("student", &student).unwrap();
        frame
    }

    /// Whether the interval of each parameter holds the truth; `None` where there is none.
    fn held(&self, set: u64) -> Vec<Option<bool>> {
        let data =
            Data::new(&Formula::parse(self.formula).unwrap(), &self.frame(set), None).unwrap();
        let profile: Profile = if self.is_linear {
            let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
            Box::new(move |name| fit.profile(&data, name, 0.95))
        } else {
            let fit = glmm::fit(&data, &glmm::Spec::default(), &mut Silent).unwrap();
            Box::new(move |name| fit.profile(&data, name, 0.95))
        };
        let holds = |(name, value): &(&str, f64)| {
            profile(name).ok().map(|found| found.low <= *value && *value <= found.high)
        };
        self.truth.iter().map(holds).collect()
    }
}

fn main() {
    let count = sets(1_000, 200);
    let expected = 0.95 * count as f64;
    println!("## Mixed models\n");
    println!(
        "{count} simulated sets of {STUDENTS} students: how many 95 % profile intervals hold the truth. Of {count}, \
         {expected} are expected with a standard deviation of {:.1}.\n",
        (0.05 * expected).sqrt()
    );
    println!("| model | parameter | truth | held | no interval |\n|---|---|--:|--:|--:|");
    for study in STUDIES {
        let sets: Vec<Vec<Option<bool>>> =
            (0..count).into_par_iter().map(|set| study.held(set)).collect();
        for (at, (name, value)) in study.truth.iter().enumerate() {
            let held = sets.iter().filter(|set| set[at] == Some(true)).count();
            let none = sets.iter().filter(|set| set[at].is_none()).count();
            println!("| {} | `{name}` | {value} | {held} | {none} |", study.title);
        }
    }
}
