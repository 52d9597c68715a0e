//! Mixed models against lme4 1.1-31 (R 4.2.2) at its optimum; `reference/mixed.R` makes the
//! figures and says how.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the functions they share

use seedtest_formula::{Formula, Frame};
use seedtest_mixed::{Data, RandomEffects, Silent, glmm, likelihood_ratio, lmm};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("golden/mixed.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().map(|x| x.as_f64().unwrap()).collect(),
        Value::Object(items) => items.values().map(|x| x.as_f64().unwrap()).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect()
}

fn frame(data: &Value) -> Frame {
    let mut frame = Frame::new();
    for (name, column) in data.as_object().unwrap() {
        if column[0].is_number() {
            frame.push_numeric(name, numbers(column)).unwrap();
        } else {
            let values = texts(column);
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            frame.push_text(name, &values).unwrap();
        }
    }
    frame
}

fn close(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1e-3), "{what}: {ours} {theirs}");
}

/// Their θ by our names: lme4 orders grouping factors by their number of levels.
fn theta(case: &Value, name: &str) -> f64 {
    let theta = case["theta"].as_object().unwrap();
    // A second term of the same factor is `Subject.1` in lme4 1.1-31's variances, not in θ.
    theta.get(name).unwrap_or_else(|| panic!("no {name} in {theta:?}")).as_f64().unwrap()
}

#[test]
fn linear_mixed_models_are_those_of_lme4() {
    let reference = reference();
    for case in reference["lmm"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let reml = case["reml"].as_bool().unwrap();
        let name = format!("{text}, REML {reml}");
        let frame = frame(&reference["data"][case["data"].as_str().unwrap()]);
        let weights = text.contains("offset").then_some("trust");
        let data = Data::new(&Formula::parse(text).unwrap(), &frame, weights).unwrap();
        let spec = lmm::Spec { reml, ..lmm::Spec::default() };
        let fit = lmm::fit(&data, &spec, &mut Silent).unwrap();
        let value = -2.0 * fit.metrics.loglik;
        let theirs = case["criterion"].as_f64().unwrap();
        // Their optimum is found to about 1e-9.
        assert!((value - theirs).abs() < 1e-7, "{name}: criterion {value} {theirs}");
        for (ours, own) in fit.theta.iter().zip(&fit.theta_names) {
            // Second-order in the criterion: 1e-9 there leaves the root of it here.
            let other = theta(case, own);
            assert!(
                (ours - other).abs() < 2e-4 * other.abs().max(1.0),
                "{name}: {own} {ours} {other}"
            );
        }
        let se = numbers(&case["se"]);
        for (j, fixed) in fit.fixed.iter().enumerate() {
            let estimate = fixed.estimate.unwrap();
            let theirs = case["fixef"][&fixed.name].as_f64().unwrap();
            close(estimate.coefficient, theirs, 1e-5, &format!("{name} {}", fixed.name));
            close(estimate.se, se[j], 1e-5, &format!("{name} se {}", fixed.name));
        }
        close(fit.sigma(), case["sigma"].as_f64().unwrap(), 1e-5, &name);
        close(fit.metrics.aic, case["aic"].as_f64().unwrap(), 1e-8, &name);
        close(fit.metrics.bic, case["bic"].as_f64().unwrap(), 1e-8, &name);
        for (ours, theirs) in fit.fitted.iter().zip(numbers(&case["fitted"])) {
            close(*ours, theirs, 1e-4, &name);
        }
        modes(&fit.random, case, &name);
    }
}

/// Conditional modes and covariances of every level.
fn modes(random: &[RandomEffects], case: &Value, name: &str) {
    for theirs in case["groups"].as_array().unwrap() {
        let group = theirs["group"].as_str().unwrap();
        let Some(ours) = random.iter().find(|r| r.group == group) else {
            panic!("{name}: no group {group}")
        };
        let levels = texts(&theirs["levels"]);
        // Where nothing varies, lme4 stops at 1e-8.
        let (k, sd) = (ours.k(), ours.sd(0).max(1e-4));
        let modes = numbers(&theirs["modes"]);
        for (l, level) in levels.iter().enumerate() {
            let at = ours.levels.iter().position(|x| x == level).unwrap();
            for a in 0..k {
                let (mode, expected) = (ours.mode(at, a), modes[l * k + a]);
                assert!((mode - expected).abs() < 1e-4 * sd, "{name} {level}: {mode} {expected}");
            }
            if theirs["variances"].is_null() || theirs["variances"].as_object().is_some() {
                continue;
            }
            let variances = numbers(&theirs["variances"]);
            for ab in 0..k * k {
                let (v, expected) = (ours.conditional[at * k * k + ab], variances[l * k * k + ab]);
                assert!((v - expected).abs() < 1e-4 * sd * sd, "{name} {level}: {v} {expected}");
            }
        }
    }
}

#[test]
fn degrees_of_freedom_are_those_of_lmer_test() {
    // lmerTest 3.1.3: coef(summary(lmer(Reaction ~ Days + (Days | Subject), sleepstudy)))[, "df"].
    let frame = frame(&reference()["data"]["sleepstudy"]);
    let formula = Formula::parse("Reaction ~ Days + (Days | Subject)").unwrap();
    let data = Data::new(&formula, &frame, None).unwrap();
    let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
    for (df, theirs) in fit.satterthwaite().iter().zip([16.999_726_288, 16.999_983_726]) {
        // Theirs comes from second differences; the design is balanced, the exact answer is 17.
        assert!((df.unwrap() - theirs).abs() < 1e-3, "{df:?}");
    }
}

#[test]
fn generalised_mixed_models_are_those_of_lme4() {
    let reference = reference();
    for case in reference["glmm"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let frame = frame(&reference["data"][case["data"].as_str().unwrap()]);
        let data = Data::new(&Formula::parse(text).unwrap(), &frame, None).unwrap();
        let spec: glmm::Spec = serde_json::from_value(serde_json::json!({
            "family": case["family"], "link": case["link"], "quadrature": case["agq"],
        }))
        .unwrap();
        let fit = glmm::fit(&data, &spec, &mut Silent).unwrap();
        let name = format!("{text} {spec:?}");
        if spec.quadrature == 1 {
            // With more points lme4 leaves constants out.
            let theirs = case["loglik"].as_f64().unwrap();
            assert!(
                (fit.metrics.loglik - theirs).abs() < 1e-6,
                "{name}: {:?} {theirs}",
                fit.metrics
            );
            close(fit.metrics.aic, case["aic"].as_f64().unwrap(), 1e-7, &name);
        }
        for (ours, own) in fit.theta.iter().zip(&fit.theta_names) {
            let other = theta(case, own);
            assert!((ours - other).abs() < 2e-4, "{name}: {own} {ours} {other}");
        }
        for fixed in &fit.fixed {
            let estimate = fixed.estimate.unwrap();
            let theirs = case["fixef"][&fixed.name].as_f64().unwrap();
            close(estimate.coefficient, theirs, 1e-4, &format!("{name} {}", fixed.name));
        }
        modes(&fit.random, case, &name);
    }
}

#[test]
fn standard_errors_come_from_the_second_derivatives() {
    // Central second differences, step 2e-3, of lme4's deviance function at its optimum: sqrt(diag(2 *
    // solve(H))). vcov(glmer(…)) itself uses a coarser difference (0.2312 for the first).
    let frame = frame(&reference()["data"]["cbpp"]);
    let formula =
        Formula::parse("cbind(incidence, size - incidence) ~ period + (1 | herd)").unwrap();
    let data = Data::new(&formula, &frame, None).unwrap();
    let fit = glmm::fit(&data, &glmm::Spec::default(), &mut Silent).unwrap();
    let theirs = [0.232_471_94, 0.306_642_283, 0.326_637_591, 0.427_436_172];
    assert_eq!(fit.fixed.len(), theirs.len());
    for (fixed, se) in fit.fixed.iter().zip(theirs) {
        // The square of their step.
        close(fixed.estimate.unwrap().se, se, 5e-6, &fixed.name);
    }
}

#[test]
fn negative_binomials_are_those_of_lme4() {
    let reference = reference();
    let case = &reference["negative_binomial"];
    let frame = frame(&reference["data"]["counts"]);
    let formula = Formula::parse(case["formula"].as_str().unwrap()).unwrap();
    let data = Data::new(&formula, &frame, None).unwrap();
    let spec = glmm::Spec { family: glmm::Family::NegativeBinomial, ..glmm::Spec::default() };
    let fit = glmm::fit(&data, &spec, &mut Silent).unwrap();
    // glmer.nb alternates between the size and the rest, and its search for the modes ends early: on these rows its
    // log-likelihood is 2e-5 too high with tolPwrss = 1e-7, and on others as much too low.
    let theirs = case["loglik"].as_f64().unwrap();
    assert!((fit.metrics.loglik - theirs).abs() < 1e-6, "{:?} {theirs}", fit.metrics);
    close(fit.size.unwrap(), case["size"].as_f64().unwrap(), 1e-3, "size");
    // Laplace's approximation with lme4's expected weights, maximised over all four parameters by Nelder and Mead's
    // method in scipy, the modes found to 1e-14.
    assert!((fit.metrics.loglik + 233.227_783_066).abs() < 1e-7, "{:?}", fit.metrics);
    close(fit.size.unwrap(), 1.114_578_25, 1e-5, "size");
    close(fit.fixed[0].estimate.unwrap().coefficient, 0.160_024_02, 1e-5, "intercept");
    close(fit.fixed[1].estimate.unwrap().coefficient, 0.253_944_13, 1e-5, "x");
    close(fit.theta[0], 0.286_102_63, 1e-5, "θ");
}

#[test]
fn profiles_are_those_of_lme4() {
    let reference = reference();
    for case in reference["profiles"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let frame = frame(&reference["data"][case["data"].as_str().unwrap()]);
        let data = Data::new(&Formula::parse(text).unwrap(), &frame, None).unwrap();
        let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
        let names = if text.contains("Days") {
            vec![
                "sd.Subject.(Intercept)",
                "cor.Subject.Days.(Intercept)",
                "sd.Subject.Days",
                "sigma",
                "(Intercept)",
                "Days",
            ]
        } else {
            vec!["sd.plate.(Intercept)", "sd.sample.(Intercept)", "sigma", "(Intercept)"]
        };
        let (low, high) = (numbers(&case["low"]), numbers(&case["high"]));
        for (i, name) in names.iter().enumerate() {
            let interval = fit.profile(&data, name, 0.95).unwrap();
            // lme4 interpolates its profiles by splines.
            close(interval.low, low[i], 5e-3, &format!("{text} {name}, low"));
            close(interval.high, high[i], 5e-3, &format!("{text} {name}, high"));
        }
    }
}

#[test]
fn profiles_of_generalised_models_are_those_of_lme4() {
    let frame = frame(&reference()["data"]["cbpp"]);
    let text = "cbind(incidence, size - incidence) ~ period + (1 | herd)";
    let data = Data::new(&Formula::parse(text).unwrap(), &frame, None).unwrap();
    let fit = glmm::fit(&data, &glmm::Spec::default(), &mut Silent).unwrap();
    // confint(profile(glmer(…, control = glmerControl(optimizer = "bobyqa")))), lme4 1.1-31.
    let theirs = [
        ("(Intercept)", -1.901_212, -0.947_754),
        ("period2", -1.616_783, -0.407_763),
        ("period3", -1.801_024, -0.511_536),
        ("period4", -2.500_750, -0.800_755),
        ("sd.herd.(Intercept)", 0.346_073, 1.099_975),
    ];
    let intervals = fit.profiles(&data, 0.95);
    assert_eq!(intervals.len(), theirs.len());
    for ((name, interval), (other, low, high)) in intervals.iter().zip(theirs) {
        assert_eq!(name, other);
        let interval = interval.clone().unwrap();
        // lme4 interpolates its profiles by splines.
        close(interval.low, low, 5e-3, &format!("{name}, low"));
        close(interval.high, high, 5e-3, &format!("{name}, high"));
    }
}

#[test]
fn bootstraps_of_generalised_models_are_pure_functions_of_their_seed() {
    let reference = reference();
    let cases = [
        (
            "cbpp",
            "cbind(incidence, size - incidence) ~ period + (1 | herd)",
            glmm::Family::Binomial,
        ),
        ("counts", "y ~ x + (1 | g)", glmm::Family::Poisson),
        ("counts", "nb ~ x + (1 | g)", glmm::Family::NegativeBinomial),
    ];
    for (name, text, family) in cases {
        let frame = frame(&reference["data"][name]);
        let data = Data::new(&Formula::parse(text).unwrap(), &frame, None).unwrap();
        let spec = glmm::Spec { family, ..glmm::Spec::default() };
        let fit = glmm::fit(&data, &spec, &mut Silent).unwrap();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit.bootstrap(&data, 80, 7)).unwrap()
        };
        let (first, second) = (run(1), run(3));
        let bytes = |b: &seedtest_mixed::Bootstrap| {
            b.replicates.iter().flatten().map(|x| x.to_bits()).collect::<Vec<u64>>()
        };
        assert_eq!(bytes(&first), bytes(&second), "{text}");
        assert_eq!(first.names, fit.parameter_names());
        assert!(first.failed <= 2, "{text}: {}", first.failed);
        for (at, effect) in fit.fixed.iter().enumerate() {
            let estimate = effect.estimate.unwrap();
            let mean =
                first.replicates.iter().map(|r| r[at]).sum::<f64>() / first.replicates.len() as f64;
            // 80 replicates: a standard deviation to 8 %, a mean to 0.11 standard errors.
            let sd = first.sd(at).unwrap();
            assert!((mean - estimate.coefficient).abs() < 0.5 * estimate.se, "{text} {at} {mean}");
            assert!((0.65..1.5).contains(&(sd / estimate.se)), "{text} {at}: {sd}");
        }
    }
}

#[test]
fn nothing_is_drawn_for_trials_that_are_not_whole() {
    let mut frame = frame(&reference()["data"]["counts"]);
    let n = frame.n_rows();
    frame.push_numeric("share", vec![0.4; n]).unwrap();
    frame.push_numeric("trials", vec![5.0; n]).unwrap();
    let formula = Formula::parse("share ~ x + (1 | g)").unwrap();
    let mut data = Data::new(&formula, &frame, Some("trials")).unwrap();
    let fit = glmm::fit(&data, &glmm::Spec::default(), &mut Silent).unwrap();
    assert!(fit.bootstrap(&data, 1, 1).is_ok());
    data.weights = Some(vec![2.5; n]);
    let error = fit.bootstrap(&data, 5, 1).unwrap_err().to_string();
    assert!(error.contains("row 1") && error.contains("2.5 trials"), "{error}");
}

#[test]
fn nested_fits_are_compared_by_their_likelihoods() {
    let frame = frame(&reference()["data"]["sleepstudy"]);
    let spec = lmm::Spec { reml: false, ..lmm::Spec::default() };
    let fit = |text: &str, spec: &lmm::Spec| {
        let data = Data::new(&Formula::parse(text).unwrap(), &frame, None).unwrap();
        lmm::fit(&data, spec, &mut Silent).unwrap()
    };
    let large = fit("Reaction ~ Days + (Days | Subject)", &spec);
    let small = fit("Reaction ~ Days + (1 | Subject)", &spec);
    let test = likelihood_ratio(&large.metrics, &small.metrics, false).unwrap();
    // anova() of the two fits by lmer(REML = FALSE): Chisq 42.139, 2 degrees, 7.072e-10.
    close(test.statistic, 42.139, 1e-5, "statistic");
    assert_eq!(test.df, 2);
    close(test.p, 7.072e-10, 1e-3, "p");
    let by_reml = |text: &str| fit(text, &lmm::Spec::default());
    let reml = by_reml("Reaction ~ Days + (1 | Subject)");
    assert!(likelihood_ratio(&large.metrics, &reml.metrics, true).is_err());
    // Both by REML with the same fixed effects; anova(refit = FALSE): Chisq 42.836813435.
    let full = by_reml("Reaction ~ Days + (Days | Subject)");
    let test = likelihood_ratio(&full.metrics, &reml.metrics, true).unwrap();
    close(test.statistic, 42.836_813_435, 1e-6, "statistic");
    let fewer = by_reml("Reaction ~ 1 + (1 | Subject)");
    let refused = likelihood_ratio(&full.metrics, &fewer.metrics, false).unwrap_err();
    assert!(refused.hint().contains("--ml"), "{}", refused.hint());
}

#[test]
fn bootstraps_are_pure_functions_of_their_seed() {
    let frame = frame(&reference()["data"]["penicillin"]);
    let formula = Formula::parse("diameter ~ 1 + (1 | plate) + (1 | sample)").unwrap();
    let data = Data::new(&formula, &frame, None).unwrap();
    let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let run = |pool: &rayon::ThreadPool| pool.install(|| fit.bootstrap(&data, 60, 7));
    let (first, second) = (run(&one), run(&many));
    let bytes = |b: &seedtest_mixed::Bootstrap| {
        b.replicates.iter().flatten().map(|x| x.to_bits()).collect::<Vec<u64>>()
    };
    assert_eq!(bytes(&first), bytes(&second));
    assert_eq!(first.names[1..], ["sd.plate.(Intercept)", "sd.sample.(Intercept)", "sigma"]);
    let interval = first.interval(3, 0.95).unwrap();
    assert!(interval.low < 0.55 && interval.high > 0.55);
}

/// Weights of counts multiply what `dbinom` says of the trials; of proportions and answers they are the trials.
#[test]
fn log_likelihoods_with_weights_are_those_of_lme4() {
    let reference = reference();
    for case in reference["weighted"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let columns = &reference["data"][case["data"].as_str().unwrap()];
        let mut frame = frame(columns);
        let numbers = |name: &str| -> Vec<f64> {
            columns[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let n = frame.n_rows();
        frame.push_numeric("twice", (0..n).map(|at| (at % 3 + 1) as f64).collect()).unwrap();
        if case["data"] == "cbpp" {
            let shares =
                numbers("incidence").iter().zip(numbers("size")).map(|(i, n)| i / n).collect();
            frame.push_numeric("share", shares).unwrap();
        } else {
            frame.push_numeric("miss", numbers("bin").iter().map(|y| 1.0 - y).collect()).unwrap();
        }
        let formula = Formula::parse(text).unwrap();
        let data = Data::new(&formula, &frame, case["weights"].as_str()).unwrap();
        let spec: glmm::Spec = serde_json::from_value(serde_json::json!({
            "family": case["family"], "link": case["link"],
        }))
        .unwrap();
        let fit = glmm::fit(&data, &spec, &mut Silent).unwrap();
        let theirs = case["loglik"].as_f64().unwrap();
        assert!(
            (fit.metrics.loglik - theirs).abs() < 1e-5,
            "{text}: {} {theirs}",
            fit.metrics.loglik
        );
        for fixed in &fit.fixed {
            let theirs = case["fixef"][&fixed.name].as_f64().unwrap();
            close(
                fixed.estimate.unwrap().coefficient,
                theirs,
                1e-4,
                &format!("{text} {}", fixed.name),
            );
        }
    }
}

#[test]
fn slopes_over_calendar_years_are_those_of_lme4() {
    let reference = reference();
    let (case, frame) = (&reference["years"]["fit"], frame(&reference["years"]["data"]));
    let data = Data::new(&Formula::parse(case["formula"].as_str().unwrap()).unwrap(), &frame, None)
        .unwrap();
    let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
    assert_eq!(fit.verdict.status, seedtest_mixed::Status::Converged);
    let list = |name: &str| -> Vec<f64> {
        case[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let number = |name: &str| case[name].as_f64().unwrap();
    assert!((fit.metrics.reml_criterion.unwrap() - number("criterion")).abs() < 1e-6);
    close(fit.sigma(), number("sigma"), 1e-6, "sigma");
    for (at, sd) in list("sd").into_iter().enumerate() {
        close(fit.random[0].sd(at), sd, 1e-5, "sd");
    }
    // Only the distance of the correlation from -1 says something.
    close(1.0 + fit.random[0].correlation(1, 0).unwrap(), 1.0 + number("cor"), 1e-4, "cor");
    for (ours, theirs) in fit.theta.iter().zip(list("theta")) {
        close(*ours, theirs, 1e-4, "theta");
    }
    for ((fixed, b), se) in fit.fixed.iter().zip(list("fixef")).zip(list("se")) {
        let estimate = fixed.estimate.unwrap();
        close(estimate.coefficient, b, 1e-6, &fixed.name);
        close(estimate.se, se, 1e-5, &fixed.name);
    }
    let level = fit.random[0].levels.iter().position(|l| l == "g05").unwrap();
    for (effect, mode) in list("mode").into_iter().enumerate() {
        close(fit.random[0].mode(level, effect), mode, 1e-5, "mode");
    }
    assert!(fit.satterthwaite().iter().all(|df| df.is_some_and(|df| (55.0..61.0).contains(&df))));
}
