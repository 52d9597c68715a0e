//! How often the number of segments is right, and how well rows are put into them: simulated tables of one
//! kind of rows and of several, fitted with the defaults; written to `docs/validation.md`.
//!
//! `simulate_segments [full | REPETITIONS] [WORD]` does so many tables (10; 40 with `full`) of each design whose
//! line has the word.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // it is a program

use seedtest_numerics::{Stream, beta_quantile, normal_cdf};
use seedtest_segment::{Data, Feature, Silent, Spec, evidence, fit};

/// What a simulated table is like.
#[derive(Clone, Copy)]
struct Design {
    kind: Kind,
    /// Groups.
    k: usize,
    n: usize,
    /// Features.
    p: usize,
    /// Of them, those that do not differ between groups.
    noise: usize,
    /// Distance of any two centres in standard deviations within groups.
    apart: f64,
    /// Correlation of features within groups.
    r: f64,
    /// Share of the cells that are missing.
    missing: f64,
}

/// Shape of the rows of a group.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Normal,
    Lognormal,
    Uniform,
    Beta,
    Counts,
    ZeroInflated,
    Shares,
    Parabola,
    Ring,
    Exponential,
    /// Student's t with three degrees of freedom.
    HeavyTailed,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Uniform => "uniform",
            Self::Beta => "beta(2, 5)",
            Self::Counts => "counts",
            Self::ZeroInflated => "zero-inflated",
            Self::Shares => "shares of 5",
            Self::Parabola => "parabola",
            Self::Ring => "ring",
            Self::Exponential => "exponential",
            Self::HeavyTailed => "t with 3 df",
        }
    }
}

const ONE: Design =
    Design { kind: Kind::Normal, k: 1, n: 150, p: 5, noise: 0, apart: 0.0, r: 0.0, missing: 0.0 };
const GROUPS: Design = Design { k: 2, apart: 6.0, ..ONE };

fn designs() -> Vec<Design> {
    use Kind::{
        Beta, Counts, Exponential, HeavyTailed, Lognormal, Parabola, Ring, Shares, Uniform,
        ZeroInflated,
    };
    let mut designs = Vec::new();
    for (n, p) in [(60, 2), (60, 5), (60, 12), (120, 2), (120, 5), (300, 5)] {
        designs.push(Design { n, p, ..ONE });
        for kind in [Lognormal, Exponential, HeavyTailed, Uniform, Shares] {
            designs.push(Design { kind, n, p, r: 0.3, ..ONE });
        }
        for kind in [Parabola, Ring] {
            designs.push(Design { kind, n, p, ..ONE });
        }
    }
    designs.push(Design { n: 1_000, r: 0.6, ..ONE });
    for kind in [Lognormal, Counts, Parabola, Ring] {
        designs.push(Design { kind, n: 1_000, p: 3, ..ONE });
    }
    for n in [30, 150] {
        designs.push(Design { n, p: 2, ..ONE });
        designs.push(Design { n, r: 0.6, ..ONE });
        designs.push(Design { n, p: 12, r: 0.3, ..ONE });
        for kind in [Lognormal, Uniform, Beta, Counts, ZeroInflated, Shares] {
            designs.push(Design { kind, n, p: 4, r: 0.4, ..ONE });
        }
        for kind in [Parabola, Ring] {
            designs.push(Design { kind, n, p: 2, ..ONE });
            designs.push(Design { kind, n, p: 5, ..ONE });
        }
    }
    for missing in [0.15, 0.3, 0.4] {
        for n in [60, 300] {
            designs.push(Design { n, r: 0.4, missing, ..ONE });
            designs.push(Design { kind: Lognormal, n, r: 0.4, missing, ..ONE });
        }
    }
    for p in [2, 5, 12] {
        for n in [30, 60, 200] {
            designs.push(Design { n, p, apart: 4.0, ..GROUPS });
        }
    }
    for k in 2..=5 {
        for p in (2..=5).filter(|p| k <= p + 1) {
            designs.push(Design { k, n: 60, p, apart: 4.0, ..GROUPS });
        }
    }
    designs.push(Design { k: 5, n: 2_000, p: 8, ..GROUPS });
    for k in 2..=5 {
        for (n, p) in [(60, 5), (150, 2), (150, 12), (600, 5)] {
            if k <= p + 1 {
                designs.push(Design { k, n, p, ..GROUPS });
            }
        }
    }
    for k in [2, 3, 4] {
        for (noise, n) in [(1, 90), (4, 90), (4, 300), (8, 90), (8, 300)] {
            designs.push(Design { k, n, p: 1 + noise, noise, ..GROUPS });
        }
        designs.push(Design { k, n: 150, p: 9, noise: 6, ..GROUPS });
    }
    designs.push(Design { k: 3, n: 600, p: 12, noise: 11, ..GROUPS });
    for k in [2, 3] {
        for r in [0.5, 0.8] {
            designs.push(Design { k, p: 3, r, ..GROUPS });
        }
        designs.push(Design { k, n: 600, p: 6, r: 0.8, ..GROUPS });
        for kind in [Lognormal, Uniform, Beta, Counts] {
            designs.push(Design { kind, k, p: 4, ..GROUPS });
        }
        for missing in [0.15, 0.3, 0.4] {
            for (n, p) in [(90, 4), (150, 8)] {
                designs.push(Design { k, n, p, apart: 8.0, missing, ..GROUPS });
            }
        }
    }
    designs
}

impl Design {
    /// Columns, and the group of each row.
    fn table(self, stream: &mut Stream) -> (Vec<Vec<f64>>, Vec<usize>) {
        let centres = self.centres(stream);
        let mut columns = vec![Vec::with_capacity(self.n); self.p];
        let groups: Vec<usize> = (0..self.n).map(|row| row % self.k).collect();
        for &group in &groups {
            let row = self.row(stream);
            for (j, column) in columns.iter_mut().enumerate() {
                let is_known = self.missing == 0.0 || !stream.bernoulli(self.missing);
                column.push(if is_known { row[j] + centres[group][j] } else { f64::NAN });
            }
        }
        (columns, groups)
    }

    /// Corners of a simplex turned at random in the features that are no noise; along one, evenly spaced.
    fn centres(self, stream: &mut Stream) -> Vec<Vec<f64>> {
        let told = self.p - self.noise;
        let mut centres = vec![vec![0.0; self.p]; self.k];
        if told < self.k - 1 || told == 1 {
            for (group, centre) in centres.iter_mut().enumerate() {
                centre[0] = self.apart * group as f64;
            }
            return centres;
        }
        let axes = orthonormal(told, self.k - 1, stream);
        for (centre, corner) in centres.iter_mut().zip(simplex(self.k)) {
            for (j, value) in centre.iter_mut().take(told).enumerate() {
                *value =
                    self.apart * corner.iter().zip(&axes).map(|(c, axis)| c * axis[j]).sum::<f64>();
            }
        }
        centres
    }

    /// A row of its group, before the centre is added; standard deviations are about 1.
    fn row(self, stream: &mut Stream) -> Vec<f64> {
        let common = stream.normal();
        let mut z: Vec<f64> = (0..self.p)
            .map(|_| self.r.sqrt() * common + (1.0 - self.r).sqrt() * stream.normal())
            .collect();
        match self.kind {
            Kind::Parabola => z[1] = 0.8 * (z[0] * z[0] - 1.0) + 0.3 * z[1],
            Kind::Ring => {
                let angle = 2.0 * std::f64::consts::PI * normal_cdf(z[0]);
                let radius = 2.0 + 0.25 * z[1];
                (z[0], z[1]) = (radius * angle.cos(), radius * angle.sin());
            }
            _ => {
                for (j, value) in z.iter_mut().enumerate() {
                    *value = self.value(*value, j, stream);
                }
            }
        }
        z
    }

    fn value(self, z: f64, j: usize, stream: &mut Stream) -> f64 {
        let u = normal_cdf(z);
        match self.kind {
            // Divided by its standard deviation.
            Kind::Lognormal => z.exp() / 2.161,
            Kind::Uniform => (u - 0.5) * 12f64.sqrt(),
            Kind::Beta => beta_quantile(2.0, 5.0, u) / 0.16,
            Kind::Counts => poisson(1.0 + 2.0 * j as f64, u) / (1.0 + 2.0 * j as f64).sqrt(),
            Kind::ZeroInflated if stream.bernoulli(0.4) => 0.0,
            Kind::ZeroInflated => poisson(2.0 + 3.0 * j as f64, u),
            Kind::Shares => stream.binomial(5, u) as f64 / 5.0,
            Kind::Exponential => -(1.0 - u).max(f64::MIN_POSITIVE).ln(),
            Kind::HeavyTailed => {
                let squares: f64 = (0..3).map(|_| stream.normal().powi(2)).sum();
                z / squares.sqrt()
            }
            Kind::Normal | Kind::Parabola | Kind::Ring => z,
        }
    }

    fn line(self) -> String {
        let Self { kind, k, n, p, noise, apart, r, missing } = self;
        let what = if k == 1 {
            format!("one kind | {}", kind.name())
        } else {
            format!("{k} groups, {apart} apart | {}", kind.name())
        };
        let missing = 100.0 * missing;
        format!("{what} | {n} | {p} | {noise} | {r} | {missing:.0} %")
    }
}

/// Corners of a simplex, any two of distance 1, in k − 1 dimensions.
fn simplex(k: usize) -> Vec<Vec<f64>> {
    let mut corners = vec![vec![0.0; k - 1]; k];
    for corner in 1..k {
        // The mean of the corners before, then up until the distance is 1.
        for j in 0..corner - 1 {
            let mean = corners[..corner].iter().map(|c| c[j]).sum::<f64>() / corner as f64;
            corners[corner][j] = mean;
        }
        let square: f64 =
            (0..corner - 1).map(|j| (corners[corner][j] - corners[0][j]).powi(2)).sum();
        corners[corner][corner - 1] = (1.0 - square).sqrt();
    }
    corners
}

fn orthonormal(d: usize, count: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    while found.len() < count {
        let mut axis: Vec<f64> = (0..d).map(|_| stream.normal()).collect();
        for other in &found {
            let dot: f64 = axis.iter().zip(other).map(|(a, b)| a * b).sum();
            axis.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
        }
        let length = axis.iter().map(|x| x * x).sum::<f64>().sqrt();
        found.push(axis.into_iter().map(|x| x / length).collect());
    }
    found
}

fn poisson(mean: f64, u: f64) -> f64 {
    let (mut k, mut mass) = (0.0, (-mean).exp());
    let mut upto = mass;
    while upto < u && k < 1000.0 {
        k += 1.0;
        mass *= mean / k;
        upto += mass;
    }
    k
}

/// Adjusted Rand index (Hubert & Arabie 1985): 1 for the same partition, 0 for chance.
fn agreement(one: &[usize], other: &[usize]) -> f64 {
    let of = |labels: &[usize]| labels.iter().max().map_or(0, |m| m + 1);
    let (a, b) = (of(one), of(other));
    let mut table = vec![0.0; a * b];
    for (x, y) in one.iter().zip(other) {
        table[x * b + y] += 1.0;
    }
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let both: f64 = table.iter().map(|c| pairs(*c)).sum();
    let rows: f64 = table.chunks(b).map(|row| pairs(row.iter().sum())).sum();
    let columns: f64 = (0..b).map(|y| pairs((0..a).map(|x| table[x * b + y]).sum())).sum();
    let expected = rows * columns / pairs(one.len() as f64);
    let most = 0.5 * (rows + columns);
    if most > expected { (both - expected) / (most - expected) } else { 1.0 }
}

#[derive(Default)]
struct Tally {
    right: usize,
    fewer: usize,
    more: usize,
    agreement: f64,
}

impl Design {
    /// Fewer of large tables, which take their time.
    fn repetitions(self, most: usize) -> usize {
        if self.n > 300 { most.div_ceil(4) } else { most }
    }
}

fn tally(design: Design, repetitions: usize) -> Tally {
    let mut tally = Tally::default();
    for repetition in 0..repetitions as u64 {
        let mut stream = Stream::new(repetition, 2_026);
        let (columns, groups) = design.table(&mut stream);
        let names: Vec<String> = (0..columns.len()).map(|j| format!("f{j}")).collect();
        let pairs = names.iter().zip(&columns);
        let data =
            Data { features: pairs.map(|(name, values)| Feature { name, values }).collect() };
        // One kind is what is left where nothing speaks for more: most tables of one kind end here.
        let evidence = evidence(&data, &Spec::default()).unwrap();
        if design.k == 1 && !evidence.is_some_and(|evidence| evidence.is_enough()) {
            tally.right += 1;
            continue;
        }
        let found = fit(&data, &Spec::default(), &mut Silent).unwrap();
        tally.right += usize::from(found.k == design.k);
        tally.fewer += usize::from(found.k < design.k);
        tally.more += usize::from(found.k > design.k);
        let labels: Vec<usize> =
            found.labels.iter().map(|l| l.map_or(found.k, |l| l as usize)).collect();
        tally.agreement += agreement(&groups, &labels);
    }
    tally
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let repetitions: usize = match arguments.get(1).map(String::as_str) {
        None => 10,
        Some("full") => 40,
        Some(number) => number.parse().unwrap(),
    };
    let word = arguments.get(2).map_or("", String::as_str);
    println!("### Segments: how often their number is right\n");
    println!(
        "{repetitions} simulated tables a design (a quarter of it above 300 rows), defaults. Corners of a simplex in the features that differ \
         between groups (along one feature where that is one), so many standard deviations of a group apart; \
         rows of groups by turns. Agreement: adjusted Rand index of the segments with the groups.\n"
    );
    println!(
        "| truth | rows of a group | rows | features | noise | r | missing | right | fewer | more | agreement |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for design in designs().into_iter().filter(|d| d.line().contains(word)) {
        let repetitions = design.repetitions(repetitions);
        let Tally { right, fewer, more, agreement } = tally(design, repetitions);
        let percent = |count: usize| format!("{:.0} %", 100.0 * count as f64 / repetitions as f64);
        let agreement = if design.k == 1 {
            "–".to_string()
        } else {
            format!("{:.3}", agreement / repetitions as f64)
        };
        println!(
            "| {} | {} | {} | {} | {agreement} |",
            design.line(),
            percent(right),
            percent(fewer),
            percent(more)
        );
    }
    println!();
}
