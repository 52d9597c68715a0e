//! Objective, curve and interval of every reference series.

use seedtest_forecast::{
    Changepoints, Column, Condition, Data, Fit, Growth, Holiday, Mode, Prediction, Regressor, Rows,
    Scaling, Seasonality, Silent, Spec, Standardize, Toggle, fit,
};
use serde_json::Value;

const DAY: i64 = 86_400;

struct Case {
    value: Value,
    spec: Spec,
}

/// The options of each case, as the script calls prophet; its interval is 80 % wide.
fn spec(name: &str) -> Spec {
    let spec = Spec { interval_width: 0.8, ..Spec::default() };
    let yearly = |spec: Spec| Spec { yearly: Toggle::On, ..spec };
    match name {
        "air_multiplicative" => Spec { seasonality_mode: Mode::Multiplicative, ..spec },
        "weekly_1_yearly" | "weekly_3_yearly" | "weekly_5_yearly" => yearly(spec),
        "logistic" => Spec { growth: Growth::Logistic, ..spec },
        "flat" => Spec { growth: Growth::Flat, ..spec },
        "minmax" => Spec { scaling: Scaling::MinMax, ..spec },
        "given_changes" => Spec {
            // 2021-04-15 and 2021-05-10.
            changepoints: Changepoints::At(vec![18_732 * DAY, 18_757 * DAY]),
            changepoint_prior_scale: 0.5,
            ..spec
        },
        "rich" => rich(&spec),
        _ => spec,
    }
}

fn rich(spec: &Spec) -> Spec {
    let seasonality = |name: &str, period, order| Seasonality {
        name: name.to_string(),
        period,
        order,
        prior_scale: None,
        mode: None,
        condition: None,
    };
    let regressor = |name: &str, prior_scale, mode| Regressor {
        name: name.to_string(),
        prior_scale,
        standardize: Standardize::Auto,
        mode,
    };
    // Every 91st day from the 41st on, 2021-03-01 being day 0.
    let days = (0..400).filter(|t| t % 91 == 41).map(|t| 18_687 + t).collect();
    let exam = Holiday {
        name: "exam".to_string(),
        days,
        lower_window: -1,
        upper_window: 1,
        prior_scale: Some(3.0),
    };
    let in_term = Seasonality {
        prior_scale: Some(5.0),
        condition: Some("term".to_string()),
        ..seasonality("in_term", 7.0, 3)
    };
    let quarterly =
        Seasonality { mode: Some(Mode::Multiplicative), ..seasonality("quarterly", 91.3125, 4) };
    Spec {
        weekly: Toggle::Off,
        changepoints: Changepoints::Automatic { count: 12, range: 0.9 },
        holidays: vec![exam],
        seasonalities: vec![in_term, quarterly],
        regressors: vec![
            regressor("temperature", None, None),
            regressor("promotion", Some(2.0), Some(Mode::Multiplicative)),
        ],
        ..spec.clone()
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The columns of one table of a case.
struct Table {
    time: Vec<i64>,
    columns: Vec<(String, Vec<f64>)>,
    term: Option<Vec<bool>>,
}

impl Table {
    fn new(value: &Value) -> Self {
        let time = numbers(&value["day"]).iter().map(|d| *d as i64 * DAY).collect();
        let mut columns = Vec::new();
        let mut term = None;
        for (name, values) in value.as_object().unwrap() {
            match name.as_str() {
                "day" => {}
                "term" => term = Some(numbers(values).iter().map(|v| *v > 0.0).collect()),
                _ => columns.push((name.clone(), numbers(values))),
            }
        }
        Self { time, columns, term }
    }

    fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }

    fn rows(&self) -> Rows<'_> {
        let named = |name| self.column(name).map(|values| Column { name, values });
        Rows {
            time: &self.time,
            cap: self.column("cap"),
            floor: self.column("floor"),
            regressors: ["temperature", "promotion"].into_iter().filter_map(named).collect(),
            conditions: self.term.iter().map(|t| Condition { name: "term", values: t }).collect(),
        }
    }
}

impl Case {
    fn all() -> Vec<Self> {
        let file: Value = serde_json::from_str(include_str!("prophet.json")).unwrap();
        let cases = file["cases"].as_array().unwrap().clone();
        let of = |value: Value| Self { spec: spec(value["name"].as_str().unwrap()), value };
        cases.into_iter().map(of).collect()
    }

    fn name(&self) -> &str {
        self.value["name"].as_str().unwrap()
    }

    fn fit(&self) -> (Fit, Prediction) {
        let history = Table::new(&self.value["history"]);
        let data = Data { rows: history.rows(), y: history.column("y").unwrap() };
        let fit = fit(&data, &self.spec, &mut Silent).unwrap();
        let future = Table::new(&self.value["future"]);
        let prediction = fit.predict(&future.rows()).unwrap();
        (fit, prediction)
    }

    fn range(&self) -> f64 {
        let y = numbers(&self.value["history"]["y"]);
        let (low, high) = y.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        high - low
    }
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (x, y)| m.max((x - y).abs()))
}

#[test]
fn the_objective_is_at_least_as_good_as_stans() {
    for case in Case::all() {
        let (fit, _) = case.fit();
        let stan = case.value["objective"].as_f64().unwrap();
        assert!(fit.objective <= stan + 1e-6, "{}: {} > {stan}", case.name(), fit.objective);
        assert!(fit.verdict.converged(), "{}: {:?}", case.name(), fit.verdict);
        // Of ln posterior in units of the scaled coefficients; Stan stops at 10⁻² to 10⁰.
        let gradient = fit.verdict.max_gradient.unwrap();
        assert!(gradient < 1e-4, "{}: {gradient}", case.name());
    }
}

/// Where SciPy's L-BFGS-B gets from Stan's answer with the kink of the Laplace prior removed.
#[test]
fn the_optimum_is_that_of_another_optimiser() {
    let mut compared = 0;
    for case in Case::all() {
        let optimum = &case.value["optimum"];
        let Some(objective) = optimum["objective"].as_f64() else { continue };
        let (fit, prediction) = case.fit();
        // L-BFGS-B stops at a gradient of 10⁻⁹ or where rounding stops it.
        assert!((fit.objective - objective).abs() < 1e-6, "{}: {objective}", case.name());
        let difference = largest_difference(&prediction.yhat, &numbers(&optimum["yhat"]));
        // 20 harmonics of a year on thirteen weeks: the future is all but undetermined.
        if case.name() != "weekly_1_yearly" {
            assert!(difference < 1e-3 * case.range(), "{}: {difference}", case.name());
        }
        compared += 1;
    }
    assert_eq!(compared, 13);
}

/// Stan's curve as far as Stan's optimiser comes: where it stops within 0.05 of the optimum the curves
/// agree to half a per cent of the range of the data (one for multiplicative terms).
#[test]
fn the_curve_is_that_of_prophet_where_stan_converged() {
    let mut compared = 0;
    for case in Case::all() {
        let (fit, prediction) = case.fit();
        let shortfall = case.value["objective"].as_f64().unwrap() - fit.objective;
        if shortfall > 0.05 || case.name() == "weekly_1_yearly" {
            continue;
        }
        let share = if case.name() == "air_multiplicative" { 0.01 } else { 0.005 };
        let difference = largest_difference(&prediction.yhat, &numbers(&case.value["yhat"]));
        assert!(difference < share * case.range(), "{}: {difference}", case.name());
        compared += 1;
    }
    assert!(compared >= 6, "{compared}");
}

#[test]
fn change_points_and_seasonalities_are_chosen_as_prophet_chooses_them() {
    for case in Case::all() {
        let (fit, _) = case.fit();
        let expected: Vec<i64> =
            numbers(&case.value["changepoints"]).iter().map(|d| *d as i64 * DAY).collect();
        if case.name() != "flat" {
            assert_eq!(fit.layout.changepoints, expected, "{}", case.name());
        }
        let names: Vec<&str> = fit.layout.seasonalities.iter().map(|s| s.name.as_str()).collect();
        let theirs = case.value["seasonalities"].as_array().unwrap();
        let mut theirs: Vec<&str> = theirs.iter().map(|v| v.as_str().unwrap()).collect();
        let mut ours = names.clone();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{}", case.name());
        let scale = case.value["y_scale"].as_f64().unwrap();
        assert!((fit.layout.y_scale / scale - 1.0).abs() < 1e-12, "{}", case.name());
    }
}

/// Prophet's bounds are quantiles of 1 000 simulated values: their standard error at 80 % is 5.4 % of a
/// normal σ; four of them, beside what Stan's σ is off.
#[test]
fn intervals_in_the_sample_are_those_of_prophet_but_for_its_simulation() {
    for case in Case::all() {
        let (fit, prediction) = case.fit();
        let n_past = Table::new(&case.value["history"]).time.len();
        let last = Table::new(&case.value["history"]).time[n_past - 1];
        let future = Table::new(&case.value["future"]);
        let lower = numbers(&case.value["lower"]);
        let upper = numbers(&case.value["upper"]);
        let stan = case.value["sigma_obs"].as_f64().unwrap();
        let tolerance = 4.0 * 0.054 * 2f64.sqrt() + (stan / fit.sigma_obs - 1.0).abs() * 3.0;
        for (row, &time) in future.time.iter().enumerate().filter(|(_, t)| **t <= last) {
            let (ours, theirs) =
                (prediction.upper[row] - prediction.lower[row], upper[row] - lower[row]);
            let sigma = fit.sigma_obs * fit.layout.y_scale;
            assert!((ours - theirs).abs() < tolerance * sigma, "{} {time}", case.name());
        }
    }
}

/// The same of the future, where changes of the slope are simulated too: both bounds of a width of 2.56 σ
/// have that standard error, and Stan's σ and changes are off by as much as its σ is at most.
#[test]
fn intervals_ahead_are_those_of_prophet_but_for_its_simulation() {
    let mut compared = 0;
    for case in Case::all() {
        let (fit, prediction) = case.fit();
        let future = Table::new(&case.value["future"]);
        let (lower, upper) = (numbers(&case.value["lower"]), numbers(&case.value["upper"]));
        let stan = case.value["sigma_obs"].as_f64().unwrap();
        let tolerance = 4.0 * 0.054 * 2f64.sqrt() / 2.56 + (stan / fit.sigma_obs - 1.0).abs();
        let ahead = future.time.iter().enumerate().filter(|(_, t)| **t > fit.layout.end);
        for (row, &time) in ahead {
            let ours = prediction.upper[row] - prediction.lower[row];
            let ratio = ours / (upper[row] - lower[row]);
            assert!((ratio - 1.0).abs() < tolerance, "{} {time}: {ratio}", case.name());
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}
