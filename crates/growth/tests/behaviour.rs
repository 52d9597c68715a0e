//! What the crate promises beyond agreement with other programs.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

use seedtest_growth::{
    Control, Effects, Error, Family, Fit, Goal, GrowthData, Parameter, Prior, Priors, Progress,
    Sampling, SavedState, Silent, Spec, Statistic, Status, fit, resume,
};
use seedtest_numerics::Stream;

struct Scores {
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
    n_students: usize,
}

impl Scores {
    fn data(&self) -> GrowthData<'_> {
        GrowthData {
            student: &self.student,
            week: &self.week,
            score: &self.score,
            n_students: self.n_students,
            weight: None,
            se: None,
            trials: None,
        }
    }
}

/// Score = 0.1 + 0.05 week + own level and slope + N(0, 0.3²), a fifth of the weeks missing.
fn simulate(n_students: usize, weeks: u32) -> Scores {
    let mut random = Stream::new(20_250_106, 0);
    let mut scores =
        Scores { student: Vec::new(), week: Vec::new(), score: Vec::new(), n_students };
    for student in 0..n_students as u32 {
        let (level, slope) = (0.5 * random.normal(), 0.04 * random.normal());
        for week in (0..weeks).map(f64::from) {
            if random.bernoulli(0.8) {
                let mean = 0.1 + level + (0.05 + slope) * week;
                scores.student.push(student);
                scores.week.push(week);
                scores.score.push(mean + 0.3 * random.normal());
            }
        }
    }
    scores
}

fn quick() -> Spec {
    let sampling = Sampling { warmup: 300, draws: 500, ..Sampling::default() };
    Spec { sampling, ..Spec::default() }
}

fn sampled(data: &GrowthData<'_>, spec: &Spec) -> Fit {
    fit(data, spec, None, &mut Silent).unwrap()
}

const GOAL: Goal = Goal { target: 1.0, week: 14.0, level: 0.95 };

#[test]
fn the_truth_is_recovered() {
    let scores = simulate(300, 12);
    let fit = sampled(&scores.data(), &quick());
    let truth = [
        (Parameter::Intercept, 0.1),
        (Parameter::Week, 0.05),
        (Parameter::SdIntercept, 0.5),
        (Parameter::SdWeek, 0.04),
        (Parameter::Cor, 0.0),
        (Parameter::Sigma, 0.3),
    ];
    for (parameter, value) in truth {
        let posterior = fit.parameters.iter().find(|p| p.parameter == parameter).unwrap();
        assert!((posterior.mean - value).abs() < 3.5 * posterior.sd, "{posterior:?}");
    }
}

#[test]
fn numbers_do_not_depend_on_threads() {
    let scores = simulate(40, 6);
    for family in [Family::Gaussian, Family::Student] {
        let spec = Spec { family, ..quick() };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let fit = sampled(&scores.data(), &spec);
                (fit.chains.clone(), fit.students(&GOAL).unwrap())
            })
        };
        assert!(with(1) == with(3), "{family:?}");
    }
}

#[test]
fn a_stopped_fit_returns_what_it_has() {
    let scores = simulate(40, 6);
    for family in [Family::Gaussian, Family::Student] {
        let mut stop =
            |p: &Progress| if p.iteration < 500 { Control::Continue } else { Control::Stop };
        let fit = fit(&scores.data(), &Spec { family, ..quick() }, None, &mut stop).unwrap();
        assert!(matches!(fit.verdict.status, Status::Truncated { .. }));
        assert!(fit.verdict.next_action.is_some());
        assert_eq!(fit.chains[0].len(), 200);
        assert!(!fit.students(&GOAL).unwrap().is_empty());
    }
}

#[test]
fn a_fit_that_goes_on_is_the_one_that_never_stopped() {
    let scores = simulate(40, 6);
    for family in [Family::Gaussian, Family::Student] {
        let spec = Spec { family, ..quick() };
        let whole = sampled(&scores.data(), &spec);
        // Stopped in the warm-up, and among the draws.
        for at in [100, 500] {
            let mut stop =
                |p: &Progress| if p.iteration < at { Control::Continue } else { Control::Stop };
            let mut saved = fit(&scores.data(), &spec, None, &mut stop).unwrap().checkpoint();
            for chain in &mut saved.chains {
                let text = serde_json::to_string(&chain.state).unwrap();
                chain.state = serde_json::from_str::<SavedState>(&text).unwrap();
            }
            let resumed = resume(&scores.data(), &saved, 500, &mut Silent).unwrap();
            assert!(resumed.chains == whole.chains, "{family:?}, stopped at {at}");
            assert_eq!(resumed.students(&GOAL).unwrap(), whole.students(&GOAL).unwrap());
            assert_eq!(resumed.diagnostics, whole.diagnostics);

            let other = simulate(40, 5);
            let error = resume(&other.data(), &saved, 500, &mut Silent).err();
            assert_eq!(error, Some(Error::OtherData));
            let kept = saved.chains[0].ln_density.len();
            let fewer = resume(&scores.data(), &saved, kept.saturating_sub(1), &mut Silent);
            assert!(matches!(fewer.err(), Some(Error::BadSetting { .. })));
        }
    }
}

#[test]
fn a_warm_start_needs_little_warm_up() {
    let scores = simulate(200, 8);
    let last = sampled(&scores.data(), &quick());
    // A week later: one week more of everybody.
    let scores = simulate(200, 9);
    let with = |warmup, start| {
        let sampling = Sampling { warmup, draws: 1000, ..Sampling::default() };
        let spec = Spec { sampling, ..Spec::default() };
        fit(&scores.data(), &spec, start, &mut Silent).unwrap()
    };
    let (cold, warm) = (with(1000, None), with(100, last.adaptation.as_ref()));
    assert!(warm.verdict.converged(), "{:?}", warm.verdict);
    for (cold, warm) in cold.parameters.iter().zip(&warm.parameters) {
        let error = cold.mcse_mean.unwrap().hypot(warm.mcse_mean.unwrap());
        assert!((cold.mean - warm.mean).abs() < 4.0 * error, "{cold:?} {warm:?}");
        assert!(warm.ess_bulk > cold.ess_bulk.map(|ess| 0.5 * ess), "{cold:?} {warm:?}");
    }
}

#[test]
fn data_the_model_made_pass_its_checks() {
    let scores = simulate(80, 8);
    let fit = sampled(&scores.data(), &quick());
    let checks = fit.predictive_checks(&scores.data(), 400, 1).unwrap();
    assert_eq!(checks.len(), 6);
    for check in &checks {
        assert!((0.005..=0.995).contains(&check.p_value), "{check:?}");
    }
    let outlier =
        Scores { score: scores.score.iter().map(|&s| (3.0 * s).exp()).collect(), ..scores };
    let fit = sampled(&outlier.data(), &quick());
    let checks = fit.predictive_checks(&outlier.data(), 400, 1).unwrap();
    let largest = checks.iter().find(|check| check.statistic == Statistic::Maximum).unwrap();
    assert!(largest.p_value < 0.01, "a skewed score has a maximum the model does not make");
}

#[test]
fn the_odd_student_is_predicted_worst_from_the_others() {
    let mut scores = simulate(30, 6);
    // A student whose scores jump up and down as no line does.
    for (row, score) in scores.score.iter_mut().enumerate() {
        let jump = if row % 2 == 0 { 1.0 } else { -1.0 };
        *score += if scores.student[row] == 7 { jump } else { 0.0 };
    }
    let sampling = Sampling { draws: 2000, ..Sampling::default() };
    let spec = Spec { sampling, ..Spec::default() };
    let loo = sampled(&scores.data(), &spec).leave_one_out().unwrap();
    assert_eq!(loo.students.len(), 30);
    // Under known standard errors of zero the other likelihood must say the same.
    let zero = vec![0.0; scores.score.len()];
    let measured = GrowthData { se: Some(&zero), ..scores.data() };
    let by_rows = sampled(&measured, &spec).leave_one_out().unwrap();
    for (pooled, by_rows) in loo.students.iter().zip(&by_rows.students) {
        let (pooled, by_rows) = (pooled.unwrap(), by_rows.unwrap());
        let allowed = 4.0 * pooled.mcse.hypot(by_rows.mcse) + 1e-9;
        assert!((pooled.elpd - by_rows.elpd).abs() < allowed);
        assert!(pooled.pareto_k.is_some_and(|k| k < 0.7), "{pooled:?}");
    }
    let lowest = |a: &usize, b: &usize| {
        let elpd = |at: usize| loo.students[at].unwrap().elpd;
        elpd(*a).total_cmp(&elpd(*b))
    };
    assert_eq!((0..30).min_by(lowest), Some(7), "the odd student is predicted worst");
}

#[test]
fn a_prior_that_fights_the_data_shows_in_the_sensitivity() {
    let scores = simulate(60, 8);
    let distance = |priors: Priors| {
        let fit = sampled(&scores.data(), &Spec { priors, ..quick() });
        let all = fit.sensitivity();
        let week = all.iter().find(|s| s.parameter == Parameter::Week).unwrap();
        (week.prior.distance, week.remark())
    };
    let (mild, remark) = distance(Priors::default());
    assert!(mild < 0.05 && remark.is_none(), "{mild}");
    let far = Prior::Normal { mean: -0.1, sd: 0.02 };
    let (strong, remark) = distance(Priors { week: far, ..Priors::default() });
    assert!(strong > 0.05 && remark.is_some(), "{strong}");
}

#[test]
fn a_student_without_rows_gets_the_population() {
    let mut scores = simulate(40, 6);
    scores.n_students = 41;
    for family in [Family::Gaussian, Family::Student] {
        let fit = sampled(&scores.data(), &Spec { family, ..quick() });
        let students = fit.students(&GOAL).unwrap();
        let mean: f64 =
            fit.draws().iter().map(|draw| draw.intercept + draw.week * GOAL.week).sum::<f64>()
                / fit.draws().len() as f64;
        assert!((students[40].mean_score - mean).abs() < 1e-9, "{family:?}");
        assert_eq!(fit.unseen(&GOAL).unwrap(), students[40], "{family:?}");
        assert!(students[40].sd_score > students[0].sd_score, "{family:?}");
    }
}

#[test]
fn bad_input_is_named() {
    let scores = simulate(10, 4);
    let data = scores.data();
    let spec = quick();
    let no = |data: &GrowthData<'_>, spec: &Spec| fit(data, spec, None, &mut Silent).err().unwrap();
    let sampling = |sampling| Spec { sampling, ..spec };
    let chains = sampling(Sampling { chains: 0, ..spec.sampling });
    assert!(matches!(no(&data, &chains), Error::BadSetting { .. }));
    let draws = sampling(Sampling { draws: 1_000_000_000, ..spec.sampling });
    assert!(matches!(no(&data, &draws), Error::BadSetting { .. }));
    let with = |row: usize, value: f64| {
        let mut score = scores.score.clone();
        score[row] = value;
        score
    };
    let nan = with(3, f64::NAN);
    let error = no(&GrowthData { score: &nan, ..data }, &spec);
    assert!(matches!(error, Error::BadValue { row: 3, column: "score", .. }), "{error}");
    let large = with(3, -1e308);
    let error = no(&GrowthData { score: &large, ..data }, &spec);
    assert!(matches!(error, Error::BadValue { row: 3, column: "score", .. }), "{error}");
    let constant = vec![0.4; nan.len()];
    let error = no(&GrowthData { score: &constant, ..data }, &spec);
    assert!(error.is_noop() && matches!(error, Error::ConstantScores { .. }));
    let trials = vec![5.0; nan.len()];
    let binomial = Spec { family: Family::Binomial, ..spec };
    let error = no(&GrowthData { trials: Some(&trials), score: &with(2, 1.2), ..data }, &binomial);
    assert!(matches!(error, Error::BadValue { .. }), "{error}");
    let half = with(2, 0.5);
    for target in [0.0, -0.5, 1.5, f64::NAN] {
        let error = Goal { target, ..GOAL }.check(Family::Binomial).err().unwrap();
        assert!(matches!(error, Error::BadSetting { .. }), "{error}");
    }
    let bernoulli = Spec { family: Family::Bernoulli, ..spec };
    let error = no(&GrowthData { score: &half, ..data }, &bernoulli);
    assert!(matches!(error, Error::BadValue { expected: "0 or 1", .. }), "{error}");
    let one = vec![0; nan.len()];
    let error = no(&GrowthData { student: &one, ..data }, &spec);
    assert!(error.is_noop(), "{error}");
    for error in [no(&data, &chains), no(&data, &draws)] {
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn very_little_data_lean_on_the_priors_and_say_so() {
    let scores = simulate(3, 3);
    for effects in [Effects::Correlated, Effects::Intercept] {
        let fit = sampled(&scores.data(), &Spec { effects, ..quick() });
        assert!(fit.warnings.iter().any(|warning| warning.contains("priors")));
        assert!(fit.parameters.iter().all(|p| p.mean.is_finite() && p.sd.is_finite()));
    }
    let mut one_week = simulate(20, 4);
    one_week.week.fill(2.0);
    let fit = sampled(&one_week.data(), &quick());
    assert!(fit.warnings.iter().any(|warning| warning.contains("one week")));
}
