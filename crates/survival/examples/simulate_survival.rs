//! How often the 95 % intervals of survival models hold the truth that data were simulated from: a table for
//! `docs/validation.md`, printed by `scripts/simulate.sh`. Seeds are fixed: the same lines every time.

#![allow(clippy::print_stdout)] // the table is the point
#![allow(clippy::disallowed_methods)] // what is simulated need not be the same bytes everywhere

use rayon::prelude::*;
use seedtest_numerics::Stream;
use seedtest_survival::{Covariate, Data, Error, Link, Silent, aft, cox, discrete_hazard};

const QUANTILE: f64 = 1.959_963_984_540_054;

/// This many sets with the argument `full`, else a part of them that takes minutes.
fn sets(full: u64, part: u64) -> u64 {
    if std::env::args().any(|argument| argument == "full") { full } else { part }
}

/// What is fitted to the simulated times.
#[derive(Clone, Copy)]
enum Model {
    Cox,
    Parametric(aft::Distribution),
    Discrete(Link),
}

/// How the data of one line are made.
#[derive(Clone, Copy)]
struct Design {
    label: &'static str,
    model: Model,
    rows: usize,
    /// Effects of a normal and of a 0/1 covariate: on the log hazard, ln T or the log odds.
    effects: [f64; 2],
    /// Shape of a Weibull hazard, or the standard deviation of ln T.
    form: f64,
    /// Unit of time.
    scale: f64,
    /// Where censoring is, in units of time, uniform between these.
    censored: (f64, f64),
    what_else: Else,
}

/// What else happens to the rows.
#[derive(Clone, Copy, PartialEq)]
enum Else {
    Nothing,
    /// Times are rounded up to whole units.
    WholeUnits,
    /// Observation begins late; who ended before is not seen.
    LateEntry,
    /// Two baselines, one three times the other.
    Strata,
    /// Every row stands there three times, as a cluster.
    Repeated,
}

const BASE: Design = Design {
    label: "",
    model: Model::Cox,
    rows: 100,
    effects: [0.7, -0.5],
    form: 1.2,
    scale: 10.0,
    censored: (2.0, 40.0),
    what_else: Else::Nothing,
};

const WEIBULL: Model = Model::Parametric(aft::Distribution::Weibull);
const EXPONENTIAL: Model = Model::Parametric(aft::Distribution::Exponential);
const LOG_NORMAL: Model = Model::Parametric(aft::Distribution::LogNormal);
const LOG_LOGISTIC: Model = Model::Parametric(aft::Distribution::LogLogistic);
const STRONG: [f64; 2] = [2.5, 0.0];

#[rustfmt::skip]
const DESIGNS: &[Design] = &[
    Design { label: "Cox, 100 rows", ..BASE },
    Design { label: "Cox, 60 rows, log hazard ratio 2.5", rows: 60, effects: STRONG, ..BASE },
    Design { label: "Cox, 200 rows, whole days, Efron", rows: 200, what_else: Else::WholeUnits, ..BASE },
    Design { label: "Cox, 200 rows, late entry", rows: 200, what_else: Else::LateEntry, ..BASE },
    Design { label: "Cox, 200 rows, two strata", rows: 200, what_else: Else::Strata, ..BASE },
    Design { label: "Cox, 300 rows three times each, robust", rows: 300, what_else: Else::Repeated, ..BASE },
    Design { label: "Cox, 100 rows, times around 10⁵", scale: 1e5, censored: (2e4, 4e5), ..BASE },
    Design { label: "Weibull, shape 1.5, 60 rows, log hazard ratio 2.5", model: WEIBULL, rows: 60, effects: STRONG, form: 1.5, ..BASE },
    Design { label: "Weibull, shape 0.7, 100 rows", model: WEIBULL, form: 0.7, ..BASE },
    Design { label: "Weibull, shape 3, 100 rows, times around 10⁴", model: WEIBULL, form: 3.0, scale: 1e4, censored: (2e3, 4e4), ..BASE },
    Design { label: "Exponential, 100 rows", model: EXPONENTIAL, form: 1.0, ..BASE },
    Design { label: "Log-normal, σ 0.5, 100 rows", model: LOG_NORMAL, form: 0.5, ..BASE },
    Design { label: "Log-normal, σ 1.5, 60 rows", model: LOG_NORMAL, rows: 60, form: 1.5, ..BASE },
    Design { label: "Log-normal, σ 1, 200 rows, times around 0.01", model: LOG_NORMAL, rows: 200, form: 1.0, scale: 0.01, censored: (0.002, 0.04), ..BASE },
    Design { label: "Log-logistic, scale 0.7, 100 rows", model: LOG_LOGISTIC, form: 0.7, ..BASE },
    Design { label: "Discrete logit, 200 rows", model: Model::Discrete(Link::Logit), rows: 200, ..BASE },
    Design { label: "Discrete logit, 400 rows, log odds 2", model: Model::Discrete(Link::Logit), rows: 400, effects: [2.0, -0.5], ..BASE },
    Design { label: "Discrete cloglog, 200 rows", model: Model::Discrete(Link::Cloglog), rows: 200, ..BASE },
];

/// Simulated rows.
#[derive(Default)]
struct Rows {
    start: Vec<f64>,
    stop: Vec<f64>,
    event: Vec<u8>,
    x: [Vec<f64>; 2],
    strata: Vec<u32>,
    cluster: Vec<u32>,
}

/// Periods of the discrete models.
const PERIODS: u32 = 8;

impl Design {
    fn simulate(&self, seed: u64) -> Rows {
        let mut stream = Stream::new(seed, 0);
        let mut rows = Rows::default();
        while rows.stop.len() < self.rows {
            self.add_row(&mut stream, &mut rows);
        }
        if self.what_else == Else::Repeated {
            rows.repeat(3);
        }
        rows
    }

    fn add_row(&self, stream: &mut Stream, rows: &mut Rows) {
        let x = [stream.normal(), f64::from(u8::from(stream.uniform() < 0.5))];
        let stratum = u32::from(stream.uniform() < 0.5);
        let own = if self.what_else == Else::Strata { f64::from(stratum) * 3f64.ln() } else { 0.0 };
        let effect = self.effects[0] * x[0] + self.effects[1] * x[1] + own;
        let (time, is_event) = match self.model {
            Model::Discrete(link) => periods(link, effect, stream),
            _ => self.time(effect, stream),
        };
        let time = if self.what_else == Else::WholeUnits { time.ceil() } else { time };
        let late = self.what_else == Else::LateEntry;
        let start = if late { stream.uniform_in(0.0, self.scale) } else { 0.0 };
        if time <= start {
            return;
        }
        rows.cluster.push(rows.stop.len() as u32);
        rows.start.push(start);
        rows.stop.push(time);
        rows.event.push(u8::from(is_event));
        rows.strata.push(stratum);
        for (column, value) in rows.x.iter_mut().zip(x) {
            column.push(value);
        }
    }

    /// A time, and whether it is that of the event.
    fn time(&self, effect: f64, stream: &mut Stream) -> (f64, bool) {
        let time = match self.model {
            Model::Parametric(aft::Distribution::LogNormal) => {
                self.scale * (effect + self.form * stream.normal()).exp()
            }
            Model::Parametric(aft::Distribution::LogLogistic) => {
                let u = stream.uniform();
                self.scale * (effect + self.form * (u / (1.0 - u)).ln()).exp()
            }
            _ => self.scale * (stream.exponential() / effect.exp()).powf(1.0 / self.form),
        };
        let end = stream.uniform_in(self.censored.0, self.censored.1);
        (time.min(end), time <= end)
    }

    /// Estimates with their errors, one for each effect that is not zero, and the bounds of hazard ratios
    /// where the model gives them; `None` where the fit did not converge.
    fn fitted(&self, seed: u64) -> Result<Option<Vec<Found>>, Error> {
        let rows = self.simulate(seed);
        let data = self.data(&rows);
        let found = match self.model {
            Model::Cox => {
                let fit = cox::fit(&data, &cox::Spec::default(), &mut Silent)?;
                let line = |line: &cox::Coefficient| {
                    let found = line.estimate.as_ref()?;
                    Some(Found {
                        estimate: found.coefficient,
                        se: found.robust_se.unwrap_or(found.se),
                        ratio: Some((found.hazard_ratio_lower, found.hazard_ratio_upper)),
                    })
                };
                fit.verdict.converged().then(|| fit.coefficients.iter().map(line).collect())
            }
            Model::Parametric(distribution) => {
                let spec = aft::Spec { distribution, ..aft::Spec::default() };
                let fit = aft::fit(&data, &spec, &mut Silent)?;
                let hazards = fit.proportional_hazards(0.95).map(|hazards| hazards.coefficients);
                let is_ratio = hazards.is_some();
                let lines = hazards.unwrap_or_else(|| fit.parameters[1..].to_vec());
                let line = |line: &aft::Parameter| {
                    let (estimate, se) = line.estimate.zip(line.se)?;
                    let bound = |sign: f64| (estimate + sign * QUANTILE * se).exp();
                    let ratio = is_ratio.then(|| (bound(-1.0), bound(1.0)));
                    Some(Found { estimate, se, ratio })
                };
                let n = data.covariates.len();
                fit.verdict.converged().then(|| lines.iter().take(n).map(line).collect())
            }
            Model::Discrete(link) => {
                let fit = discrete_hazard(&data, link, &mut Silent)?;
                let lines = fit.coefficients.iter();
                let line = |(estimate, se)| Some(Found { estimate, se, ratio: None });
                let all = lines.map(|line_of| line_of.coefficient.zip(line_of.se).and_then(line));
                fit.verdict.converged().then(|| all.collect())
            }
        };
        Ok(found.flatten())
    }

    fn data<'a>(&self, rows: &'a Rows) -> Data<'a> {
        let shown = ["x", "z"].into_iter().zip(&rows.x).zip(self.effects);
        let used = shown.filter(|(_, effect)| *effect != 0.0);
        let covariates = used.map(|((name, values), _)| Covariate { name, values }).collect();
        let mut data = Data::new(&rows.stop, &rows.event, covariates);
        match self.what_else {
            Else::LateEntry => data.start = Some(&rows.start),
            Else::Strata => data.strata = Some(&rows.strata),
            Else::Repeated => data.cluster = Some(&rows.cluster),
            Else::Nothing | Else::WholeUnits => {}
        }
        data
    }
}

/// The period of the event with a level that rises, or the end of the observation.
fn periods(link: Link, effect: f64, stream: &mut Stream) -> (f64, bool) {
    let last = 1 + (stream.uniform() * f64::from(PERIODS)) as u32;
    for period in 1..=last {
        let level = -2.5 + 0.2 * f64::from(period) + effect;
        let hazard = match link {
            Link::Logit => 1.0 / (1.0 + (-level).exp()),
            Link::Cloglog => 1.0 - (-level.exp()).exp(),
        };
        if stream.uniform() < hazard {
            return (f64::from(period), true);
        }
    }
    (f64::from(last), false)
}

impl Rows {
    fn repeat(&mut self, times: usize) {
        self.start = self.start.repeat(times);
        self.stop = self.stop.repeat(times);
        self.event = self.event.repeat(times);
        self.strata = self.strata.repeat(times);
        self.cluster = self.cluster.repeat(times);
        for column in &mut self.x {
            *column = column.repeat(times);
        }
    }
}

/// One coefficient of one fit.
struct Found {
    estimate: f64,
    se: f64,
    ratio: Option<(f64, f64)>,
}

/// What the fits of one design say of one coefficient.
struct Tally {
    truth: f64,
    n: f64,
    sum: f64,
    squares: f64,
    errors: f64,
    held: f64,
    ratio_held: Option<f64>,
}

impl Tally {
    fn new<'a>(truth: f64, found: impl Iterator<Item = &'a Found>) -> Self {
        let (n, sum, squares, errors, held) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut tally = Self { truth, n, sum, squares, errors, held, ratio_held: None };
        for Found { estimate, se, ratio } in found {
            let off = estimate - truth;
            tally.n += 1.0;
            tally.sum += off;
            tally.squares += off * off;
            tally.errors += se;
            tally.held += f64::from(u8::from(off.abs() <= QUANTILE * se));
            if let Some((lower, upper)) = ratio {
                let holds = (*lower..=*upper).contains(&truth.exp());
                *tally.ratio_held.get_or_insert(0.0) += f64::from(u8::from(holds));
            }
        }
        tally
    }

    /// The cells of the line.
    fn cells(&self) -> String {
        // Three standard errors of a share of 95 % in so many sets.
        let band = 3.0 * (0.95 * 0.05 / self.n).sqrt();
        let Self { truth, n, sum, squares, errors, held, ratio_held } = self;
        let bias = sum / n;
        let sd = (squares / n - bias * bias).sqrt();
        let share = held / n;
        let ratio =
            ratio_held.map_or("–".to_owned(), |held| format!("{:.1} %", 100.0 * held / n));
        let note = if (share - 0.95).abs() > band { " ⚠" } else { "" };
        format!(
            "{truth} | {bias:+.3} | {sd:.3} | {:.3} | {:.1} %{note} | {ratio}",
            errors / n,
            100.0 * share
        )
    }
}

fn main() -> Result<(), Error> {
    let count = sets(5_000, 1_000);
    println!("### Survival: 95 % intervals\n");
    println!(
        "{count} simulated sets a design; ⚠ = more than three standard errors of the simulation \
         away from 95 %.\n"
    );
    println!(
        "| design | sets without a fit | effect | bias | SD of estimates | mean error | \
         coefficient held | hazard ratio held |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for design in DESIGNS {
        let sets: Vec<_> = (0..count)
            .into_par_iter()
            .map(|seed| design.fitted(seed))
            .collect::<Result<Vec<_>, Error>>()?;
        let fits: Vec<Vec<Found>> = sets.into_iter().flatten().collect();
        let missing = count as usize - fits.len();
        for (at, truth) in design.effects.into_iter().filter(|effect| *effect != 0.0).enumerate() {
            let tally = Tally::new(truth, fits.iter().filter_map(|fit| fit.get(at)));
            println!("| {} | {missing} | {} |", design.label, tally.cells());
        }
    }
    Ok(())
}
