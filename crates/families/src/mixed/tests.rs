//! Every known form of the requests, figures of lme4, and what cannot be fitted.

use seedtest_mixed::Silent;
use seedtest_wire::{MixedFitRequest, MixedFitResponse, MixedPredictRequest, MixedPredictResponse};
use serde_json::{Value, json};

use super::{Kind, Mixed, Stored};
use crate::error::Error;
use crate::family::{Answer, ModelFamily, answer};
use crate::glmm::Generalised;
use crate::lmm::Linear;

/// Rows of a data set of lme4's, as `reference/mixed.R` wrote it.
pub(super) fn reference(name: &str) -> Vec<Value> {
    let text = include_str!("../../../mixed/tests/golden/mixed.json");
    let all: Value = serde_json::from_str(text).unwrap();
    let columns = all["data"][name].as_object().unwrap();
    let n = columns.values().next().unwrap().as_array().unwrap().len();
    let row = |at: usize| columns.iter().map(|(k, v)| (k.clone(), v[at].clone())).collect();
    (0..n).map(row).collect()
}

pub(super) fn try_fit<K: Kind>(request: &Value) -> Result<MixedFitResponse, Error> {
    let request: MixedFitRequest = serde_json::from_value(request.clone()).unwrap();
    match answer::<Mixed<K>>(request, "run", &mut Silent)? {
        Answer::Fitted { json, .. } => Ok(serde_json::from_slice(&json).unwrap()),
        Answer::TooLittle { json } => panic!("{}", String::from_utf8_lossy(&json)),
    }
}

pub(super) fn fit<K: Kind>(request: &Value) -> MixedFitResponse {
    try_fit::<K>(request).unwrap()
}

pub(super) fn error<K: Kind>(request: &Value) -> String {
    try_fit::<K>(request).unwrap_err().to_string()
}

pub(super) fn predicted(request: &Value) -> Result<MixedPredictResponse, Error> {
    let request: MixedPredictRequest = serde_json::from_value(request.clone()).unwrap();
    super::predict(&request, None, "glmm", &mut Silent)
}

pub(super) fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1e-3), "{a} {b}");
}

#[test]
fn sleepstudy_is_what_lme4_prints() {
    let rows = reference("sleepstudy");
    let fit = fit::<Linear>(&json!({
        "rows": rows, "formula": "Reaction ~ Days + (Days | Subject)", "residuals": true,
    }));
    // summary(lmer(Reaction ~ Days + (Days | Subject), sleepstudy)), with lmerTest's degrees of freedom.
    near(fit.fit_metrics.reml_criterion.unwrap(), 1_743.628_3, 1e-7);
    let days = &fit.coefficients[1];
    near(days.estimate.unwrap(), 10.467_286, 1e-6);
    near(days.se.unwrap(), 1.545_790, 1e-5);
    near(days.statistic.unwrap(), 6.771_5, 1e-4);
    near(days.df.unwrap(), 17.0, 1e-3);
    near(days.p.unwrap(), 3.26e-6, 5e-3);
    let components = &fit.variance_components;
    let subject = components.groups.get("Subject").unwrap();
    near(subject.terms.get("(Intercept)").unwrap().sd, 24.740_66, 1e-5);
    near(subject.terms.get("Days").unwrap().var, 35.071_7, 1e-4);
    let cor = subject.cor.as_ref().unwrap().get("Days").unwrap();
    near(cor.get("(Intercept)").unwrap().unwrap(), 0.065_6, 2e-3);
    near(components.residual.as_ref().unwrap().sd, 25.591_8, 1e-5);
    near(
        fit.random_effects
            .get("Subject")
            .unwrap()
            .get("Days")
            .unwrap()
            .get("308")
            .unwrap()
            .unwrap(),
        9.198_976,
        1e-4,
    );
    // quantile(residuals(m, scaled = TRUE))
    near(fit.scaled_residuals.min.unwrap(), -3.953_6, 1e-4);
    near(fit.scaled_residuals.median.unwrap(), 0.023_1, 5e-3);
    near(fit.scaled_residuals.max.unwrap(), 5.179_2, 1e-4);
    assert_eq!(fit.fit_metrics.n_groups.get("Subject"), Some(&18));
    assert_eq!((fit.fit_metrics.df, fit.fitted.unwrap().len()), (6, 180));
    assert!(fit.fit_meta.converged && !fit.fit_meta.singular && fit.fit_meta.reml);
    assert_eq!(fit.model, None);
    // The interval is that of t: R's qt(0.975, 17) is 2.109816.
    near(days.upper.unwrap(), 10.467_286 + 2.109_816 * 1.545_790, 1e-5);
}

#[test]
fn rows_and_formula_may_spell_columns_differently() {
    let rows: Vec<Value> = reference("growth");
    let base = fit::<Linear>(&json!({
        "rows": rows, "formula": "score ~ week + (week | student) + (1 | topic)",
    }));
    let by_id = fit::<Linear>(&json!({
        "data": rows, "formula": "score ~ week + (week|student_id) + (1|topic_id)", "family": "gaussian",
    }));
    let bare = fit::<Linear>(&json!({ "rows": rows }));
    assert_eq!(base.fixed_effects, by_id.fixed_effects);
    assert_eq!(base.fixed_effects, bare.fixed_effects);
    let slopes = |fit: &MixedFitResponse, group: &str| {
        fit.random_effects.get(group).unwrap().get("week").unwrap().clone()
    };
    assert_eq!(slopes(&base, "student"), slopes(&by_id, "student_id"));
    assert_eq!(base.metrics.figures, base.fit_metrics);
}

/// Answers whose students differ.
pub(super) fn answers() -> Vec<Value> {
    let row = |s: u32, i: u32| {
        let hash = (s * 7_919 + i * 104_729 + s * i * 31) % 100;
        let chance = 20 + 5 * s + 4 * (8 - i);
        json!({"student_id": format!("s{s}"), "item_id": format!("q{i}"), "correct": hash < chance})
    };
    (0..12).flat_map(|s| (0..8).map(move |i| row(s, i))).collect()
}

#[test]
fn a_slope_of_a_student_is_that_of_all_plus_its_own() {
    let rows = reference("growth");
    let fit = fit::<Linear>(&json!({ "rows": rows, "by_level": true }));
    let week = fit.fixed_effects.get("week").unwrap().unwrap();
    let of = |found: &seedtest_wire::ModesJson, effect: &str| {
        found.get("student").unwrap().get(effect).unwrap().clone()
    };
    let slopes = of(fit.level_coefficients.as_ref().unwrap(), "week");
    let errors = of(fit.level_coefficients_se.as_ref().unwrap(), "week");
    for (student, deviation) in of(&fit.random_effects, "week").iter() {
        near(slopes.get(student).unwrap().unwrap(), week + deviation.unwrap(), 1e-12);
        assert!(errors.get(student).unwrap().unwrap() > 0.0);
    }
    assert_eq!(slopes.len(), 40);
}

#[test]
fn the_model_of_an_answer_predicts() {
    let rows = answers();
    let fit = fit::<Generalised>(&json!({
        "observations": rows, "newdata": rows, "type": "link", "residuals": true,
    }));
    assert_eq!((fit.fit_meta.family.as_str(), fit.fit_meta.link.as_str()), ("binomial", "logit"));
    let model = fit.model.clone().unwrap();
    for key in ["run_id", "formula", "family", "fixed_effects", "random_effects", "theta"] {
        assert!(model.get(key).is_some(), "{key}");
    }
    let link = predicted(&json!({"model": model, "newdata": rows, "type": "link"})).unwrap();
    assert_eq!((link.n_predictions, link.run_id.as_str()), (rows.len(), "run"));
    let of_fit = fit.predictions.as_ref().unwrap();
    for (one, other) in link.predictions.iter().zip(of_fit) {
        near(one.unwrap(), other.prediction.unwrap(), 1e-9);
        assert!(other.se.unwrap() > 0.0);
    }
    let response = predicted(&json!({"model": model, "newdata": rows})).unwrap();
    for (p, fitted) in response.predictions.iter().zip(fit.fitted.as_ref().unwrap()) {
        near(p.unwrap(), *fitted, 1e-9);
    }
    assert!(response.se.iter().all(Option::is_none) && response.warnings.len() == 1);
    // An unknown level has an effect of 0, and the variance of all its levels in its standard error.
    let unknown = json!([{"student_id": "new", "item_id": "new"}]);
    let unknown = predicted(&json!({"model": model, "newdata": unknown, "type": "link"})).unwrap();
    near(
        unknown.predictions[0].unwrap(),
        fit.fixed_effects.get("(Intercept)").unwrap().unwrap(),
        1e-12,
    );
    assert!(unknown.se[0].unwrap() > fit.coefficients[0].se.unwrap());
    // Fixed effects alone need no grouping factors.
    let alone = json!({"model": model, "newdata": [{"x": 1}], "with_random": false});
    assert_eq!(predicted(&alone).unwrap().n_predictions, 1);
    assert_eq!(predicted(&json!({"model": model, "newdata": []})).unwrap().n_predictions, 0);
}

#[test]
fn models_that_are_none_are_refused() {
    let no_model = predicted(&json!({"newdata": []})).unwrap_err();
    assert!(matches!(no_model, Error::NoStoredModel { family: "glmm", .. }), "{no_model}");
    let mut model = fit::<Generalised>(&json!({ "rows": answers() })).model.unwrap();
    assert!(predicted(&json!({"model": {"a": 1}})).unwrap_err().to_string().starts_with("model: "));
    model["state"]["covariance"] = json!([1.0, 2.0]);
    let rows = json!([{"student_id": "s1", "item_id": "q1"}]);
    let edited = predicted(&json!({"model": model, "newdata": rows})).unwrap_err();
    assert!(edited.to_string().contains("covariance does not fit"), "{edited}");
    let lacking = json!({"model": fit::<Generalised>(&json!({"rows": answers()})).model, "newdata": [{"item_id": "q1"}]});
    let lacking = predicted(&lacking).unwrap_err().to_string();
    assert!(lacking.contains("student_id"), "{lacking}");
}

#[test]
fn students_and_items_follow_from_a_binomial_fit() {
    let fit = fit::<Generalised>(&json!({ "rows": answers() }));
    let model: Stored = serde_json::from_value(fit.model.unwrap()).unwrap();
    let intercept = fit.fixed_effects.get("(Intercept)").unwrap().unwrap();
    let mode = |group: &str, level: &str| {
        fit.random_effects
            .get(group)
            .unwrap()
            .get("(Intercept)")
            .unwrap()
            .get(level)
            .unwrap()
            .unwrap()
    };
    let abilities = super::student_abilities(&model, "student_id").unwrap();
    near(*abilities.abilities.get("s3").unwrap(), mode("student_id", "s3"), 1e-12);
    let difficulties = super::item_difficulties(&model, "item_id").unwrap();
    near(
        *difficulties.difficulties.get("q2").unwrap(),
        -(intercept + mode("item_id", "q2")),
        1e-12,
    );
    let pool = ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "unknown"];
    let found = super::recommended_items(&model, "item_id", 0.3, &pool, None, None).unwrap();
    assert_eq!(found.recommended_items.len(), 5);
    let distance: Vec<f64> = found.expected_probabilities.iter().map(|p| (p - 0.7).abs()).collect();
    assert!(distance.is_sorted(), "{distance:?}");
    assert!(super::student_abilities(&model, "class").is_err());
}

#[test]
fn trials_of_the_contract_are_weights() {
    // The same answers one by one and as shares with their trials.
    let mut singles = Vec::new();
    let mut shares = Vec::new();
    for s in 0..10_u32 {
        for w in 0..5_u32 {
            let right = (s * 3 + w * 5 + s * w) % 5;
            for t in 0..2 {
                let id = json!({"student": format!("s{s}"), "topic": format!("t{t}"), "week": w});
                let right = (right + t) % 5;
                for a in 0..4 {
                    let mut row = id.clone();
                    row["score"] = json!(u8::from(a < right));
                    singles.push(row);
                }
                let mut row = id;
                row["score"] = json!(f64::from(right.min(4)) / 4.0);
                row["n"] = json!(4);
                shares.push(row);
            }
        }
    }
    let formula = "score ~ week + (1|student) + (1|topic)";
    let one = fit::<Linear>(&json!({"rows": singles, "family": "binomial", "formula": formula}));
    let two = fit::<Linear>(&json!({
        "rows": shares, "family": "binomial", "formula": formula, "weights": "n",
    }));
    near(
        one.fixed_effects.get("week").unwrap().unwrap(),
        two.fixed_effects.get("week").unwrap().unwrap(),
        1e-4,
    );
    let by_itself = fit::<Linear>(&json!({ "rows": shares, "family": "binomial" }));
    assert_eq!(by_itself.fit_meta.weights.as_deref(), Some("n"));
    assert!(by_itself.warnings.iter().any(|w| w.contains("column n weights")));
    // Another formula may mean something else by `n`.
    let refused =
        error::<Linear>(&json!({"rows": shares, "family": "binomial", "formula": formula}));
    assert!(refused.contains("trials as weights"), "{refused}");
}

#[test]
fn rows_with_missing_values_are_counted_or_refused() {
    let mut rows = reference("sleepstudy");
    rows[2]["Reaction"] = Value::Null;
    rows[5]["Days"] = Value::Null;
    let formula = "Reaction ~ Days + (1 | Subject)";
    let fit = fit::<Linear>(&json!({"rows": rows, "formula": formula}));
    assert_eq!((fit.fit_metrics.n_obs, fit.fit_meta.dropped_rows), (178, 2));
    assert!(fit.warnings[0].contains("Reaction (1), Days (1)"), "{:?}", fit.warnings);
    let strict = error::<Linear>(&json!({"rows": rows, "formula": formula, "strict": true}));
    assert!(strict.starts_with("row 3: ") && strict.contains("Days (1)"), "{strict}");
}

#[test]
fn intervals_are_made_as_asked() {
    let rows = reference("sleepstudy");
    let request = |more: Value| {
        let mut request = json!({"rows": rows, "formula": "Reaction ~ Days + (Days | Subject)"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fit::<Linear>(&request)
    };
    // confint(m): 14.38 to 37.72 and 7.36 to 13.58.
    let profile = request(json!({"intervals": "profile"}));
    let subject = profile.variance_components.groups.get("Subject").unwrap();
    let sd = subject.terms.get("(Intercept)").unwrap();
    near(sd.lower.unwrap(), 14.38, 1e-3);
    near(sd.upper.unwrap(), 37.72, 1e-3);
    near(profile.coefficients[1].lower.unwrap(), 7.359, 1e-3);
    let bootstrap = request(json!({"intervals": "bootstrap", "replicates": 50}));
    assert_eq!(bootstrap.fit_meta.failed_replicates, Some(0));
    let days = &bootstrap.coefficients[1];
    assert!(days.lower.unwrap() < 10.4 && days.upper.unwrap() > 10.6);
    let none = request(json!({"intervals": "none"}));
    assert_eq!((none.coefficients[1].lower, none.coefficients[1].p.is_some()), (None, true));
}

#[test]
fn two_formulas_are_compared() {
    let rows = reference("sleepstudy");
    let formula = "Reaction ~ Days + (Days | Subject)";
    let against = "Reaction ~ Days + (1 | Subject)";
    let fit = fit::<Linear>(
        &json!({"rows": rows, "formula": formula, "reml": false, "against": against}),
    );
    // anova(): Chisq 42.139, 2 degrees, 7.072e-10.
    let test = fit.comparison.unwrap();
    near(test.statistic.unwrap(), 42.139, 1e-4);
    near(test.p.unwrap(), 7.072e-10, 1e-3);
    assert_eq!((test.df, test.parameters), (Some(2), 4));
    // With the same fixed effects by REML too; anova(refit = FALSE): Chisq 42.836813, 4.99e-10.
    let reml = self::fit::<Linear>(&json!({"rows": rows, "formula": formula, "against": against}));
    let test = reml.comparison.unwrap();
    near(test.statistic.unwrap(), 42.836_813, 1e-6);
    near(test.p.unwrap(), 4.99e-10, 1e-2);
    let other = "Reaction ~ 1 + (Days | Subject)";
    let request = json!({"rows": rows, "formula": formula, "against": other});
    let refused = try_fit::<Linear>(&request).unwrap_err();
    assert!(refused.to_string().contains("their fixed effects differ"), "{refused}");
    assert!(refused.hint().unwrap().contains("--ml"), "{:?}", refused.hint());
    let other = "log(Reaction) ~ Days + (1 | Subject)";
    let other = error::<Linear>(
        &json!({"rows": rows, "formula": formula, "reml": false, "against": other}),
    );
    assert!(other.contains("different responses"), "{other}");
}

#[test]
fn what_is_wrong_with_a_fit_comes_first() {
    // Students who do not differ beyond noise.
    let row =
        |at: u32| json!({"score": f64::from(at * 7_919 % 13), "student": format!("s{}", at % 6)});
    let rows: Vec<Value> = (0..78).map(row).collect();
    let singular = fit::<Linear>(&json!({"rows": rows, "formula": "score ~ 1 + (1 | student)"}));
    assert!(singular.fit_meta.singular && singular.fit_meta.converged);
    assert!(
        singular.warnings[0]
            .starts_with("singular fit: no variance in the direction 1.000 student.(Intercept)"),
        "{:?}",
        singular.warnings
    );
    // Everybody of one group is right.
    let mut rows = answers();
    for (at, row) in rows.iter_mut().enumerate() {
        let sure = at % 2 == 0;
        row["group"] = json!(if sure { "b" } else { "a" });
        if sure {
            row["correct"] = json!(1);
        }
    }
    let separated =
        fit::<Generalised>(&json!({"rows": rows, "formula": "correct ~ group + (1 | student_id)"}));
    assert!(separated.warnings[0].contains("groupb"), "{:?}", separated.warnings);
    assert!(!separated.fit_meta.converged);
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let rows = answers();
    for (settings, word) in [
        (json!({"family": "gamma"}), "family"),
        (json!({"link": "cauchit"}), "link"),
        (json!({"link": "log"}), "log"),
        (json!({"reml": true}), "reml"),
        (json!({"family": "gaussian", "link": "probit"}), "link"),
        (json!({"family": "gaussian", "quadrature": 5}), "quadrature"),
        (json!({"quadrature": 5}), "5 quadrature points"),
        (json!({"confidence": 95}), "confidence"),
        (json!({"intervals": "exact"}), "intervals"),
        (json!({"replicates": 0}), "replicates"),
        (json!({"type": "odds"}), "type"),
        (json!({"formula": "correct ~ 1"}), "no random effects"),
        (json!({"formula": "correct ~ (1 | "}), "formula"),
        (json!({"formula": "correct ~ hours + (1 | student_id)"}), "hours"),
        (json!({"factors": ["hours"]}), "hours"),
        (json!({"weights": "hours"}), "hours"),
        (json!({"newdata": [{"student_id": "s1"}]}), "item_id"),
    ] {
        let mut request = json!({ "rows": rows });
        request.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let found = error::<Generalised>(&request);
        assert!(found.contains(word), "{settings}: {found}");
    }
}

#[test]
fn no_row_is_no_error() {
    let request: MixedFitRequest = serde_json::from_value(json!({"rows": []})).unwrap();
    match answer::<Mixed<Linear>>(request, "run", &mut Silent).unwrap() {
        Answer::TooLittle { json } => assert!(String::from_utf8(json).unwrap().contains("n = 0")),
        Answer::Fitted { .. } => panic!("fitted"),
    }
}

#[test]
fn numbers_are_categories_where_it_is_said() {
    let rows = reference("sleepstudy");
    let fit = fit::<Linear>(&json!({
        "rows": rows, "formula": "Reaction ~ Days + (1 | Subject)", "factors": ["Days"],
    }));
    let names: Vec<&str> = fit.fixed_effects.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 10);
    assert_eq!((names[1], names[9]), ("Days1", "Days9"));
}

#[test]
fn equal_requests_have_equal_digests_and_others_others() {
    let digest = |request: Value| {
        let request: MixedFitRequest = serde_json::from_value(request).unwrap();
        let spec = <Mixed<Generalised>>::spec(&request).unwrap();
        let data = <Mixed<Generalised>>::data(request).unwrap();
        match <Mixed<Generalised>>::fit(&data, &spec, &mut Silent).unwrap() {
            crate::family::Outcome::Fitted(fitted) => fitted.default_run_id(),
            crate::family::Outcome::TooLittle(_) => panic!(),
        }
    };
    let rows = answers();
    let base = digest(json!({ "rows": rows }));
    assert!(base.starts_with("glmm-"));
    assert_eq!(base, digest(json!({ "observations": rows })));
    assert_ne!(base, digest(json!({"rows": rows, "link": "probit"})));
    assert_ne!(base, digest(json!({ "rows": rows[1..] })));
}

#[test]
fn a_run_beside_a_model_is_that_of_the_model() {
    let rows = answers();
    let model = fit::<Generalised>(&json!({"rows": rows})).model.unwrap();
    let request = |run_id: &str| json!({"model": model, "run_id": run_id, "newdata": rows});
    let error = predicted(&request("another")).unwrap_err().to_string();
    assert!(error.contains("run_id") && error.contains("another"), "{error}");
    assert!(predicted(&request("run")).is_ok());
}

#[test]
fn names_that_results_need_are_refused() {
    let row =
        |at: usize| json!({"y": (at * 7) % 5, "Residual": at % 3, "cor": at % 4, "g": at % 3});
    let rows: Vec<Value> = (0..24).map(row).collect();
    for formula in ["y ~ 1 + (1 | Residual)", "y ~ 1 + (cor | g)"] {
        let text = error::<Linear>(&json!({"rows": rows, "formula": formula}));
        assert!(text.contains("rename it"), "{text}");
    }
    let twice = error::<Linear>(&json!({"rows": rows, "formula": "y ~ 1 + (1|g) + (1|g)"}));
    assert!(twice.contains("stands in two terms"), "{twice}");
    let none = error::<Linear>(&json!({"rows": rows, "max_iter": 0}));
    assert!(none.contains("max_iter"), "{none}");
}

#[test]
fn advice_does_not_part_the_levels_of_a_factor() {
    let row = |at: usize| json!({"y": (at * 7) % 5, "sex": if at.is_multiple_of(2) { "f" } else { "m" }, "g": at / 6});
    let rows: Vec<Value> = (0..48).map(row).collect();
    let fit = fit::<Linear>(&json!({"rows": rows, "formula": "y ~ sex + (0 + sex || g)"}));
    assert!(fit.fit_meta.singular, "{:?}", fit.fit_meta.verdict);
    let action = fit.fit_meta.verdict.next_action.unwrap();
    assert!(action.contains("join levels") && !action.contains("||"), "{action}");
}

#[test]
fn a_model_that_was_written_by_hand_predicts_from_its_names() {
    let model = json!({
        "formula": "correct ~ week + grade + (1 + week | student_id) + (1 | item_id)",
        "family": "binomial",
        "fixed_effects": {"(Intercept)": 0.5, "week": 0.25, "grade9": -1.0},
        "random_effects": {
            "student_id": {"(Intercept)": {"s1": 0.75}, "week": {"s1": 0.5}},
            "item_id": {"(Intercept)": {"7": -0.25}},
        },
    });
    let rows = json!([
        {"student_id": "s1", "item_id": 7, "week": 2, "grade": "9"},
        {"student_id": "new", "item_id": 8, "week": 0, "grade": "8"},
    ]);
    let ask = |model: &Value, scale: &str| {
        predicted(&json!({"model": model, "newdata": rows, "type": scale}))
    };
    // By hand: 0.5 + 2·0.25 − 1 + 0.75 + 2·0.5 − 0.25 = 1.5, and 0.5.
    assert_eq!(ask(&model, "link").unwrap().predictions, [Some(1.5), Some(0.5)]);
    let new = &ask(&model, "link").unwrap().remarks;
    assert_eq!((new.len(), new[0].row, new[0].new_levels.len()), (1, 1, 2));
    let response = ask(&model, "response").unwrap();
    near(response.predictions[0].unwrap(), 0.817_574_476_193_643_6, 1e-14);
    assert_eq!(response.se, [None, None]);
    let fixed = json!({"model": model, "newdata": rows, "type": "link", "with_random": false});
    assert_eq!(predicted(&fixed).unwrap().predictions, [Some(0.0), Some(0.5)]);

    // What cannot be predicted from costs its own row only; an empty level is a new one.
    let rows = json!([
        {"student_id": "s1", "item_id": 7, "week": 2, "grade": "9"},
        {"student_id": "s1", "item_id": 7, "week": "second", "grade": "9"},
        {"student_id": "s1", "item_id": 7, "week": null, "grade": "9"},
        {"student_id": null, "item_id": 7, "week": 0, "grade": "8"},
    ]);
    let found = predicted(&json!({"model": model, "newdata": rows, "type": "link"})).unwrap();
    assert_eq!(found.predictions, [Some(1.5), None, None, Some(0.25)]);
    let reasons: Vec<_> = found.remarks.iter().filter_map(|of| of.reason.as_deref()).collect();
    assert_eq!(reasons, ["week is \"second\", which is no number", "a value of `week` is missing"]);
    assert_eq!(found.remarks[2].new_levels.get("student_id"), Some(&None));

    let mut other = model.clone();
    other["fixed_effects"]["age"] = json!(1.0);
    assert!(ask(&other, "link").unwrap_err().to_string().contains("age"));
    other["family"] = json!("beta");
    assert!(ask(&other, "link").unwrap_err().to_string().contains("beta"));
}

/// Thirty students of eight answers each, all of one kind but for the first one's.
#[test]
fn levels_that_are_right_or_wrong_altogether_are_named() {
    let rows = |mixed: bool| -> Vec<Value> {
        let row = |at: u32| {
            let (student, answer) = (at / 8, at % 8);
            let right = if student == 0 && mixed { answer % 2 == 0 } else { student % 3 == 1 };
            json!({"correct": right, "student_id": format!("s{student}")})
        };
        (0..240).map(row).collect()
    };
    let formula = "correct ~ 1 + (1 | student_id)";
    let all = fit::<Generalised>(&json!({"rows": rows(false), "formula": formula}));
    assert!(!all.fit_meta.converged);
    let said = &all.warnings[0];
    assert!(said.contains("do not determine student_id.(Intercept)"), "{said}");
    assert!(said.contains("only successes or only failures (s0, s1, s10, …)"), "{said}");
    let nearly = fit::<Generalised>(&json!({"rows": rows(true), "formula": formula}));
    assert!(nearly.fit_meta.converged);
    let said = nearly.warnings.iter().find(|warning| warning.contains("29 of 30")).unwrap();
    assert!(said.contains("student_id.(Intercept)") && said.contains("--agq"), "{said}");
}
