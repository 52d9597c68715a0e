//! What the crate promises beyond agreement with other programs.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

use seedtest_growth::{
    Control, Effects, Error, Family, Features, Fit, Goal, GoalPrediction, GrowthData, Parameter,
    Prior, Priors, Progress, Sampling, SavedState, ScoreSummary, Silent, Spec, Statistic, Status,
    fit, predict_features, predict_students, resume,
};
use seedtest_numerics::{Interrupt, Stream};

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
    let checks = fit.predictive_checks(&scores.data(), 400, 1, &Interrupt::never()).unwrap();
    assert_eq!(checks.len(), 6);
    for check in &checks {
        assert!((0.005..=0.995).contains(&check.p_value), "{check:?}");
    }
    let outlier =
        Scores { score: scores.score.iter().map(|&s| (3.0 * s).exp()).collect(), ..scores };
    let fit = sampled(&outlier.data(), &quick());
    let checks = fit.predictive_checks(&outlier.data(), 400, 1, &Interrupt::never()).unwrap();
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
    let loo = sampled(&scores.data(), &spec).leave_one_out(&Interrupt::never()).unwrap();
    assert_eq!(loo.students.len(), 30);
    // Under known standard errors of zero the other likelihood must say the same.
    let zero = vec![0.0; scores.score.len()];
    let measured = GrowthData { se: Some(&zero), ..scores.data() };
    let by_rows = sampled(&measured, &spec).leave_one_out(&Interrupt::never()).unwrap();
    for (pooled, by_rows) in loo.students.iter().zip(&by_rows.students) {
        let (pooled, by_rows) = (pooled.unwrap(), by_rows.unwrap());
        let allowed = 4.0 * pooled.mcse.hypot(by_rows.mcse) + 1e-9;
        assert!((pooled.elpd - by_rows.elpd).abs() < allowed);
    }
    // The odd one moves sigma, and may be marked; nobody else is.
    let marked = loo
        .students
        .iter()
        .enumerate()
        .filter(|(code, point)| *code != 7 && point.unwrap().pareto_k.is_none_or(|k| k >= 0.7));
    assert_eq!(marked.count(), 0);
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
    let far = Some(Prior::Normal { mean: -0.1, sd: 0.02 });
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

fn predicted(scores: &Scores, goal: &Goal) -> Vec<GoalPrediction> {
    sampled(&scores.data(), &quick()).students(goal).unwrap()
}

type Change<'a> = &'a dyn Fn(f64) -> f64;

#[test]
fn probabilities_do_not_depend_on_the_scale_or_on_where_weeks_begin() {
    let base = simulate(40, 8);
    let expected = predicted(&base, &Goal { target: 0.6, week: 10.0, level: 0.95 });
    let moved = |week: &dyn Fn(f64) -> f64, score: &dyn Fn(f64) -> f64| {
        let scores = Scores {
            student: base.student.clone(),
            week: base.week.iter().map(|&w| week(w)).collect(),
            score: base.score.iter().map(|&s| score(s)).collect(),
            n_students: base.n_students,
        };
        predicted(&scores, &Goal { target: score(0.6), week: week(10.0), level: 0.95 })
    };
    // Only weeks that are the same numbers after the first give the same chains.
    let later = moved(&|week| week + 40.0, &|score| score);
    for (a, b) in expected.iter().zip(&later) {
        assert!((a.probability - b.probability).abs() < 1e-9, "{a:?} {b:?}");
        assert!((a.uncertainty - b.uncertainty).abs() < 1e-9, "{a:?} {b:?}");
    }
    let scales: [(Change<'_>, Change<'_>); 3] = [
        (&|week| week / 52.0, &|score| 60.0 + 15.0 * score),
        (&|week| 1.7e9 + 604_800.0 * week, &|score| 500.0 + 100.0 * score),
        (&|week| 7.0 * week, &|score| 0.5 + 0.1 * score),
    ];
    for (week, score) in scales {
        // Other rounding, other chains: P of 2 000 draws is known to some thousandths.
        for (a, b) in expected.iter().zip(&moved(week, score)) {
            assert!((a.probability - b.probability).abs() < 0.03, "{a:?} {b:?}");
            assert!((a.uncertainty - b.uncertainty).abs() < 0.02, "{a:?} {b:?}");
        }
    }
}

/// What a sampler over all parameters would say: effects of one student drawn from their posterior
/// given each draw of the population, by the textbook formulas.
fn by_hand(fit: &Fit, scores: &Scores, code: u32, goal: &Goal) -> [f64; 4] {
    let mut random = Stream::new(5, 1);
    let rows: Vec<usize> =
        (0..scores.student.len()).filter(|&row| scores.student[row] == code).collect();
    let mut all = Vec::new();
    for draw in fit.draws() {
        let (a, b, d) = (
            draw.sd_intercept * draw.sd_intercept,
            draw.cor * draw.sd_intercept * draw.sd_week,
            draw.sd_week * draw.sd_week,
        );
        let det = a * d - b * b;
        // Precision Σ⁻¹ + ZᵀZ/σ² and right side Zᵀr/σ².
        let mut p = [d / det, -b / det, a / det];
        let mut right = [0.0; 2];
        let s2 = draw.sigma * draw.sigma;
        for &row in &rows {
            let w = scores.week[row];
            let r = scores.score[row] - draw.intercept - draw.week * w;
            p = [p[0] + 1.0 / s2, p[1] + w / s2, p[2] + w * w / s2];
            right = [right[0] + r / s2, right[1] + w * r / s2];
        }
        let det = p[0] * p[2] - p[1] * p[1];
        let v = [p[2] / det, -p[1] / det, p[0] / det];
        let mean = [v[0] * right[0] + v[1] * right[1], v[1] * right[0] + v[2] * right[1]];
        for _ in 0..20 {
            let (z0, z1) = (random.normal(), random.normal());
            let level = mean[0] + v[0].sqrt() * z0;
            let slope = mean[1]
                + v[1] / v[0].sqrt() * z0
                + (v[2] - v[1] * v[1] / v[0]).max(0.0).sqrt() * z1;
            let line = draw.intercept + level + (draw.week + slope) * goal.week;
            all.push(seedtest_numerics::normal_cdf((line - goal.target) / draw.sigma));
        }
    }
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let sd = (all.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / n).sqrt();
    all.sort_by(f64::total_cmp);
    let at = |p| seedtest_numerics::quantile(&all, p).unwrap();
    [mean, sd, at(0.025), at(0.975)]
}

#[test]
fn the_spread_of_a_probability_is_that_of_the_student() {
    let scores = simulate(40, 8);
    let fit = sampled(&scores.data(), &quick());
    let goal = Goal { target: 0.5, week: 10.0, level: 0.95 };
    let found = fit.students(&goal).unwrap();
    for code in 0..8u32 {
        let [mean, sd, lower, upper] = by_hand(&fit, &scores, code, &goal);
        let one = &found[code as usize];
        assert!((one.probability - mean).abs() < 0.01, "{code}: {one:?} against {mean}");
        assert!((one.uncertainty / sd - 1.0).abs() < 0.05, "{code}: {one:?} against {sd}");
        assert!((one.lower - lower).abs() < 0.04, "{code}: {one:?} against {lower}");
        assert!((one.upper - upper).abs() < 0.04, "{code}: {one:?} against {upper}");
    }
    // A student of whom nothing is known is known least.
    let new = fit.unseen(&goal).unwrap();
    assert!(new.uncertainty > 0.3, "{new:?}");
}

#[test]
fn every_family_means_the_same_by_the_spread() {
    // Normal scores: Student's t with its degrees of freedom drawn large is nearly the same model.
    let scores = simulate(30, 8);
    let goal = Goal { target: 0.5, week: 9.0, level: 0.95 };
    let of = |family| {
        let fit = sampled(&scores.data(), &Spec { family, ..quick() });
        let mut all = fit.students(&goal).unwrap();
        all.push(fit.unseen(&goal).unwrap());
        all
    };
    for (normal, t) in of(Family::Gaussian).iter().zip(&of(Family::Student)) {
        assert!((normal.probability - t.probability).abs() < 0.06, "{normal:?} {t:?}");
        assert!((normal.uncertainty - t.uncertainty).abs() < 0.05, "{normal:?} {t:?}");
    }
}

#[test]
fn stored_draws_say_the_same_of_the_students_of_the_fit() {
    let scores = simulate(40, 8);
    let fit = sampled(&scores.data(), &quick());
    let goal = Goal { target: 0.5, week: 10.0, level: 0.95 };
    let stored = predict_students(&scores.data(), &fit.spec, &fit.draws(), &goal).unwrap();
    for (a, b) in fit.students(&goal).unwrap().iter().zip(&stored) {
        assert!((a.probability - b.probability).abs() < 1e-9, "{a:?} {b:?}");
        assert!((a.uncertainty - b.uncertainty).abs() < 1e-9, "{a:?} {b:?}");
        assert!((a.mean_score - b.mean_score).abs() < 1e-9, "{a:?} {b:?}");
    }
    let features =
        Features { current_score: 0.4, trend: Some(0.02), weeks_remaining: 3.0, se: Some(0.2) };
    let one = predict_features(&fit.draws(), &features, &goal, 1).unwrap();
    assert!(one.uncertainty > 0.2 && one.lower < 0.2 && one.upper > 0.8, "{one:?}");
}

#[test]
fn a_design_that_cannot_tell_says_so_and_not_that_chains_diverge() {
    let mut random = Stream::new(11, 0);
    let scores = Scores {
        student: (0..40).collect(),
        week: (0..40).map(|n| f64::from(n % 8)).collect(),
        score: (0..40).map(|n| 0.1 * f64::from(n % 8) + 0.5 * random.normal()).collect(),
        n_students: 40,
    };
    let fit = sampled(&scores.data(), &quick());
    let Status::Unidentified { parameters } = &fit.verdict.status else {
        panic!("{:?}", fit.verdict)
    };
    assert_eq!(parameters, &["sd_intercept", "sd_week", "cor", "sigma"]);
    assert!(!fit.is_reliable() && !fit.slope_is_prior());
    assert!(fit.warnings[0].contains("one score"), "{:?}", fit.warnings);
    let no = |scores: &Scores| fit_error(&scores.data());
    let constant = Scores {
        student: vec![0, 0, 1, 1],
        week: vec![0.0, 1.0, 0.0, 1.0],
        score: vec![0.3, 0.3, 0.5, 0.5],
        n_students: 2,
    };
    assert!(matches!(no(&constant), Error::NoScatter));
    let alone = Scores { student: vec![0; 4], n_students: 1, ..constant };
    assert!(matches!(no(&alone), Error::OneStudent { rows: 4 }));
}

fn fit_error(data: &GrowthData<'_>) -> Error {
    fit(data, &quick(), None, &mut Silent).err().unwrap()
}

#[test]
fn a_share_that_is_no_count_is_refused_by_row() {
    let data = |score: &'static [f64], trials: Option<&'static [f64]>| GrowthData {
        student: &[0, 0, 1, 1],
        week: &[0.0, 1.0, 0.0, 1.0],
        score,
        n_students: 2,
        weight: None,
        se: None,
        trials,
    };
    let binomial = Spec { family: Family::Binomial, ..quick() };
    let no = |data: GrowthData<'_>| fit(&data, &binomial, None, &mut Silent).err();
    let three: &[f64] = &[3.0; 4];
    let half = no(data(&[0.333, 0.667, 1.0, 0.5], Some(three)));
    assert!(matches!(half, Some(Error::NotWhole { row: 3, .. })), "{half:?}");
    assert_eq!(no(data(&[0.333, 0.667, 1.0, 0.67], Some(three))), None);
    assert!(matches!(no(data(&[0.0, 1.0, 1.0, 0.4], None)), Some(Error::NotWhole { row: 3, .. })));
}

#[test]
fn a_number_of_another_scale_is_told() {
    let scores = |mean, sd, least, most| ScoreSummary { mean, sd, least, most, slope: 0.0 };
    let points = scores(65.0, 14.0, 32.0, 97.0);
    assert!(points.holds(70.0, &[55.0]) && points.holds(100.0, &[]) && points.holds(30.0, &[]));
    assert!(!points.holds(0.5, &[0.3]) && !points.holds(650.0, &[]) && !points.holds(0.0, &[]));
    let wide = scores(40.0, 25.0, 0.0, 95.0);
    assert!(wide.holds(5.0, &[0.0]) && wide.holds(0.0, &[]), "a student may have no point");
    assert!(!wide.holds(0.5, &[0.3]), "shares of 1 beside scores up to 95");
    let shares = scores(0.6, 0.2, 0.1, 1.0);
    assert!(shares.holds(1.0, &[]) && shares.holds(0.0, &[]) && !shares.holds(70.0, &[]));
    let abilities = scores(0.1, 1.0, -2.2, 2.4);
    assert!(
        abilities.holds(0.5, &[0.3]) && abilities.holds(3.5, &[]) && !abilities.holds(150.0, &[])
    );
}

/// Twelve students over six weeks, with uniform scatter by the generator of a sequence that was found
/// to let a chain start where a standard deviation was 10²¹.
fn uniform_scatter() -> Scores {
    let mut state = 1u64;
    let mut spread = |half: f64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        half * (2.0 * (state >> 33) as f64 / f64::from(1_u32 << 31) - 1.0)
    };
    let mut scores =
        Scores { student: Vec::new(), week: Vec::new(), score: Vec::new(), n_students: 12 };
    for student in 0..12 {
        let (level, slope) = (spread(0.4), 0.05 + spread(0.05));
        for week in (0..6).map(f64::from) {
            scores.student.push(student);
            scores.week.push(week);
            scores.score.push(level + slope * week + spread(0.2));
        }
    }
    scores
}

#[test]
fn no_chain_starts_where_a_flat_direction_leads_out_of_the_posterior() {
    let scores = uniform_scatter();
    let mut spec = quick();
    spec.sampling.seed = 42;
    let fit = sampled(&scores.data(), &spec);
    let of = |parameter| fit.parameters.iter().find(|p| p.parameter == parameter).unwrap();
    // The scores span less than 2.
    assert!(of(Parameter::SdWeek).mean < 1.0, "{:?}", of(Parameter::SdWeek));
    for parameter in [Parameter::SdIntercept, Parameter::SdWeek, Parameter::Sigma] {
        assert!(of(parameter).rhat.unwrap() < 1.05, "{:?}", of(parameter));
    }
}
