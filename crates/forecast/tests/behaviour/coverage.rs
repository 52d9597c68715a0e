//! Intervals of what comes, at the defaults, against what came.

use super::series::{DAY, START, days, weeks};
use seedtest_forecast::{Data, Plan, Silent, Step, forecast};
use seedtest_numerics::Stream;

/// How a simulated series comes about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Design {
    pub(crate) step: &'static str,
    /// Observations.
    pub(crate) n: usize,
    pub(crate) horizon: usize,
    /// Correlation of a disturbance with the next.
    pub(crate) ar: f64,
    /// Standard deviation of a change of the level a step, in units of the disturbance's.
    pub(crate) walk: f64,
}

pub(crate) fn times(step: &str, n: usize) -> Vec<i64> {
    match step {
        "month" => (0..n as i64).map(|m| Step::Months(1).after(START, m)).collect(),
        "week" => weeks(n),
        "school day" => {
            (0..n as i64).map(|d| START + (7 * d.div_euclid(5) + d.rem_euclid(5)) * DAY).collect()
        }
        _ => days(n),
    }
}

/// A slope, a season of the step's usual cycle (none of weeks) and disturbances of 1.
fn values(design: Design, n: usize, stream: &mut Stream) -> Vec<f64> {
    let cycle = match design.step {
        "month" => 12,
        "week" => 1,
        "school day" => 5,
        _ => 7,
    };
    let season: Vec<f64> = (0..cycle).map(|_| 2.0 * stream.normal()).collect();
    let slope = 4.0 * stream.normal() / n as f64;
    let (mut level, mut disturbance) = (20.0, stream.normal());
    (0..n)
        .map(|t| {
            level += slope + design.walk * stream.normal();
            let fresh = (1.0 - design.ar * design.ar).sqrt() * stream.normal();
            disturbance = design.ar * disturbance + fresh;
            let of_season = if cycle > 1 { season[t % cycle] } else { 0.0 };
            level + of_season + disturbance
        })
        .collect()
}

/// Share of the points that came inside their 95 % interval.
pub(crate) fn coverage(design: Design, series: u64) -> f64 {
    let Design { n, horizon, .. } = design;
    let time = times(design.step, n + horizon);
    let (mut inside, mut points) = (0, 0);
    for number in 0..series {
        let mut stream = Stream::new(2026, number);
        let y = values(design, n + horizon, &mut stream);
        let plan = Plan { horizon, ..Plan::default() };
        let found = forecast(&Data::new(&time[..n], &y[..n]), None, &plan, &mut Silent).unwrap();
        for (point, (&time, &y)) in found.future.iter().zip(time[n..].iter().zip(&y[n..])) {
            assert_eq!(point.time, time);
            points += 1;
            inside += u32::from(point.lower.unwrap() <= y && y <= point.upper.unwrap());
        }
    }
    f64::from(inside) / f64::from(points)
}

#[test]
fn what_comes_lies_in_its_interval_as_often_as_it_says() {
    let design = |step, n, horizon, ar, walk| Design { step, n, horizon, ar, walk };
    for design in [
        design("month", 36, 4, 0.0, 0.0),
        design("month", 60, 12, 0.0, 0.0),
        design("month", 48, 4, 0.5, 0.0),
        design("month", 60, 4, 0.0, 0.3),
        design("week", 8, 4, 0.0, 0.0),
        design("week", 12, 4, 0.0, 0.3),
        design("week", 20, 4, 0.5, 0.0),
        design("week", 60, 4, 0.0, 0.3),
        design("day", 60, 7, 0.0, 0.0),
        design("day", 120, 7, 0.5, 0.0),
        design("school day", 60, 5, 0.0, 0.3),
    ] {
        let found = coverage(design, 80);
        println!("{design:?} {found}");
        // Errors of a series go together: of 80 series the share has a standard error of about 2 %.
        assert!(found >= 0.90, "{design:?}: {found}");
    }
}

/// Random walks: what is not known of how much the level walks belongs to the interval.
#[test]
fn a_walk_of_twelve_weeks_stays_in_its_interval() {
    for n in [12, 20, 30] {
        let time = weeks(n + 4);
        let (mut inside, mut points) = (0, 0);
        for number in 0..200 {
            let mut stream = Stream::new(2027, number);
            let mut level = 20.0;
            let mut next = || {
                level += stream.normal();
                level
            };
            let y: Vec<f64> = (0..n + 4).map(|_| next()).collect();
            let data = Data::new(&time[..n], &y[..n]);
            let found = forecast(&data, None, &Plan::default(), &mut Silent).unwrap();
            for (point, y) in found.future.iter().zip(&y[n..]) {
                points += 1;
                inside += u32::from(point.lower.unwrap() <= *y && *y <= point.upper.unwrap());
            }
        }
        let found = f64::from(inside) / f64::from(points);
        println!("walk {n} {found}");
        // 200 series: a standard error of about 1.2 %.
        assert!(found >= 0.92, "{n}: {found}");
    }
}
