//! How often what comes lies in its interval, what a wild point does to it, and how often a clean series has an
//! anomaly; written to `docs/validation.md`.
//!
//! `simulate_forecasts [full | SERIES] [WORD]` does so many series (60; 300 with `full`) of each design whose line
//! has the word.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // it is a program

use seedtest_forecast::{Data, Forecast, Model, Plan, Silent, Step, forecast};
use seedtest_numerics::Stream;

const DAY: i64 = 86_400;
/// 2023-01-02, a Monday.
const START: i64 = 19_359 * DAY;
/// Standard deviations of the wild point.
const SPIKE: f64 = 25.0;

/// How a simulated series comes about.
#[derive(Clone, Copy)]
struct Design {
    step: &'static str,
    n: usize,
    horizon: usize,
    /// Correlation of a disturbance with the next.
    ar: f64,
    /// Standard deviation of a change of the level a step.
    walk: f64,
    /// Standard deviation of the disturbances.
    noise: f64,
    /// Whether disturbances have Student's t distribution with four degrees of freedom.
    heavy: bool,
}

const PLAIN: Design =
    Design { step: "week", n: 60, horizon: 4, ar: 0.0, walk: 0.0, noise: 1.0, heavy: false };

fn designs() -> Vec<Design> {
    let mut designs = Vec::new();
    for n in [12, 20, 30, 60, 104] {
        designs.push(Design { n, ..PLAIN });
        designs.push(Design { n, ar: 0.5, ..PLAIN });
        designs.push(Design { n, walk: 0.3, ..PLAIN });
        designs.push(Design { n, walk: 1.0, noise: 0.0, ..PLAIN });
    }
    designs.push(Design { heavy: true, ..PLAIN });
    for (n, horizon) in [(36, 4), (60, 12)] {
        designs.push(Design { step: "month", n, horizon, ..PLAIN });
        designs.push(Design { step: "month", n, horizon, walk: 1.0, noise: 0.3, ..PLAIN });
    }
    for (step, horizon) in [("day", 7), ("school day", 5)] {
        designs.push(Design { step, n: 120, horizon, ..PLAIN });
        designs.push(Design { step, n: 120, horizon, ar: 0.5, ..PLAIN });
        designs.push(Design { step, n: 120, horizon, walk: 0.3, ..PLAIN });
        designs.push(Design { step, n: 200, horizon: 14, walk: 1.0, noise: 0.0, ..PLAIN });
    }
    designs
}

impl Design {
    fn times(self) -> Vec<i64> {
        let count = (self.n + self.horizon) as i64;
        let at = |i: i64| match self.step {
            "month" => Step::Months(1).after(START, i),
            "week" => START + i * 7 * DAY,
            "school day" => START + (7 * i.div_euclid(5) + i.rem_euclid(5)) * DAY,
            _ => START + i * DAY,
        };
        (0..count).map(at).collect()
    }

    /// A slope, a season of the step's usual cycle (none of weeks), a level that walks, disturbances.
    fn values(self, stream: &mut Stream) -> Vec<f64> {
        let cycle = match self.step {
            "month" => 12,
            "week" => 1,
            "school day" => 5,
            _ => 7,
        };
        let season: Vec<f64> = (0..cycle).map(|_| 2.0 * stream.normal()).collect();
        let slope = 4.0 * stream.normal() / self.n as f64;
        let (mut level, mut disturbance) = (20.0, stream.normal());
        (0..self.n + self.horizon)
            .map(|t| {
                level += slope + self.walk * stream.normal();
                let mut fresh = stream.normal();
                if self.heavy {
                    // A t variable of four degrees of freedom has variance 2.
                    fresh /= (2.0 * stream.gamma(2.0) / 4.0).sqrt() * 2f64.sqrt();
                }
                disturbance = self.ar * disturbance + (1.0 - self.ar * self.ar).sqrt() * fresh;
                let of_season = if cycle > 1 { season[t % cycle] } else { 0.0 };
                level + of_season + self.noise * disturbance
            })
            .collect()
    }

    fn line(self) -> String {
        let Self { step, n, horizon, ar, walk, noise, heavy } = self;
        let shape = if heavy { "t with 4 df" } else { "normal" };
        format!("{step} | {n} | {horizon} | {walk} | {noise} {shape} | {ar}")
    }
}

fn made(time: &[i64], y: &[f64], horizon: usize, model: Option<Model>) -> Forecast {
    let plan = Plan { horizon, model, ..Plan::default() };
    forecast(&Data::new(time, y), None, &plan, &mut Silent).unwrap()
}

/// Points inside their interval, points, widths of intervals, and whether a warning says that intervals hold less.
struct Held {
    inside: usize,
    points: usize,
    width: f64,
    is_warned: bool,
}

fn held(found: &Forecast, later: &[f64]) -> Held {
    let mut held = Held {
        inside: 0,
        points: 0,
        width: 0.0,
        is_warned: found.warnings.iter().any(|w| w.contains("intervals held only")),
    };
    for (point, y) in found.future.iter().zip(later) {
        let (low, high) = (point.lower.unwrap(), point.upper.unwrap());
        held.inside += usize::from(low <= *y && *y <= high);
        held.points += 1;
        held.width += high - low;
    }
    held
}

fn coverage(series: u64, word: &str) {
    println!("### Forecasts: 95 % intervals\n");
    println!(
        "{series} simulated series a design: share of the points to come in their intervals, for the model that \
         is chosen and for Prophet's asked for; in brackets the share of series with a warning that intervals hold \
         less. Errors of a series go together.\n"
    );
    println!(
        "| step | points | ahead | sd of a change of level | noise | autocorrelation | chosen | mean width | \
         Prophet's model | mean width | chosen: naive, seasonal, damped, Prophet |"
    );
    println!("|---|--:|--:|--:|---|--:|--:|--:|--:|--:|---|");
    for design in designs().into_iter().filter(|d| d.line().contains(word)) {
        let time = design.times();
        let mut columns = Vec::new();
        let mut used = [0usize; 4];
        for model in [None, Some(Model::Prophet)] {
            let (mut inside, mut points, mut width, mut warned) = (0, 0, 0.0, 0);
            for number in 0..series {
                let y = design.values(&mut Stream::new(2_026, number));
                let n = design.n;
                let found = made(&time[..n], &y[..n], design.horizon, model);
                let of = held(&found, &y[n..]);
                inside += of.inside;
                points += of.points;
                width += of.width;
                warned += usize::from(of.is_warned);
                if model.is_none() {
                    used[found.model_used as usize] += 1;
                }
            }
            columns.push(format!(
                "{:.1} % ({:.0} %) | {:.2}",
                100.0 * inside as f64 / points as f64,
                100.0 * warned as f64 / series as f64,
                width / points as f64
            ));
        }
        let share = |count: &usize| format!("{:.0} %", 100.0 * *count as f64 / series as f64);
        let used: Vec<String> = used.iter().map(share).collect();
        println!("| {} | {} | {} |", design.line(), columns.join(" | "), used.join(", "));
    }
    println!();
}

fn spikes(series: u64) {
    println!("### Forecasts: one wild point\n");
    println!(
        "{series} series of each length with a season where there is one, and the same with one point {SPIKE} \
         standard deviations too high, anywhere but at the ends.\n"
    );
    println!(
        "| step | points | mean width without and with it | coverage without and with it | model changed | \
         called an anomaly | other points called one, without and with it |"
    );
    println!("|---|--:|---|---|--:|--:|---|");
    for (step, n, horizon) in
        [("week", 20, 4), ("week", 60, 4), ("week", 104, 4), ("day", 120, 7), ("month", 60, 6)]
    {
        let design = Design { step, n, horizon, ..PLAIN };
        let time = design.times();
        let (mut widths, mut inside, mut points) = ([0.0; 2], [0; 2], 0);
        let (mut changed, mut named) = (0, 0);
        let (mut others, mut false_alarms) = (0, [0; 2]);
        for number in 0..series {
            let mut stream = Stream::new(77, number);
            let y = design.values(&mut stream);
            let at = 2 + stream.below(n as u64 - 4) as usize;
            let mut wild = y.clone();
            wild[at] += SPIKE;
            let found = [&y, &wild].map(|y| made(&time[..n], &y[..n], horizon, None));
            for (side, found) in found.iter().enumerate() {
                let of = held(found, &y[n..]);
                widths[side] += of.width;
                inside[side] += of.inside;
                points += of.points * (1 - side);
                let rest = found.judgements.iter().enumerate().filter(|(row, _)| *row != at);
                false_alarms[side] += rest.filter(|(_, judged)| judged.is_anomaly).count();
            }
            others += found[0].judgements.len() - 1;
            changed += usize::from(found[0].model_used != found[1].model_used);
            named += usize::from(found[1].judgements[at].is_anomaly);
        }
        let percent =
            |count: usize, of: usize| format!("{:.1} %", 100.0 * count as f64 / of as f64);
        println!(
            "| {step} | {n} | {:.2}, {:.2} | {}, {} | {} | {} | {}, {} |",
            widths[0] / points as f64,
            widths[1] / points as f64,
            percent(inside[0], points),
            percent(inside[1], points),
            percent(changed, series as usize),
            percent(named, series as usize),
            percent(false_alarms[0], others),
            percent(false_alarms[1], others)
        );
    }
    println!();
}

fn false_alarms(series: u64) {
    println!("### Forecasts: false alarms at the 1 % level\n");
    println!("{series} clean weekly series: share of points with |z| ≥ 2.576.\n");
    println!("| points | Prophet's model | damped trend |");
    println!("|--:|--:|--:|");
    for n in [8, 15, 30, 104] {
        let design = Design { n, ..PLAIN };
        let time = design.times();
        let share = |model| {
            let (mut alarms, mut points) = (0, 0);
            for number in 0..series {
                let y = design.values(&mut Stream::new(5, number));
                let plan = Plan { model: Some(model), anomaly_threshold: 2.576, ..Plan::default() };
                let found =
                    forecast(&Data::new(&time[..n], &y[..n]), None, &plan, &mut Silent).unwrap();
                points += found.judgements.iter().filter(|j| j.z.is_some()).count();
                alarms += found.judgements.iter().filter(|j| j.is_anomaly).count();
            }
            100.0 * alarms as f64 / points as f64
        };
        println!("| {n} | {:.2} % | {:.2} % |", share(Model::Prophet), share(Model::DampedTrend));
    }
    println!();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let series: u64 = match arguments.get(1).map(String::as_str) {
        None => 60,
        Some("full") => 300,
        Some(number) => number.parse().unwrap(),
    };
    let word = arguments.get(2).map_or("", String::as_str);
    coverage(series, word);
    if word.is_empty() {
        spikes(series);
        false_alarms(series);
    }
}
