//! What is said of rows, settings and comparisons that do not go as a reader may think.

use seedtest_wire::MixedPredictRequest;
use serde_json::{Value, json};

use super::tests::{answers, error, fit, near, predicted, reference, try_fit};
use crate::error::Error;
use crate::glmm::Generalised;
use crate::lmm::Linear;

const SLEEP: &str = "Reaction ~ Days + (Days | Subject)";

#[test]
fn rows_that_lack_something_have_no_prediction_and_new_levels_are_marked() {
    let rows = reference("sleepstudy");
    let newdata = json!([
        {"Days": 1, "Subject": "308"},
        {"Days": null, "Subject": "308"},
        {"Days": 1, "Subject": "zed"},
        {"Days": 1, "Subject": null},
    ]);
    let found = fit::<Linear>(
        &json!({"rows": rows, "formula": SLEEP, "newdata": newdata, "keep_model": true}),
    );
    let of_fit = found.predictions.unwrap();
    let model = found.model.unwrap();
    let answer = predicted(&json!({"model": model, "newdata": newdata})).unwrap();
    assert_eq!(answer.n_predictions, 4);
    // What one row lacks takes nothing from the others.
    for (one, other) in answer.predictions.iter().zip(&of_fit) {
        assert_eq!(one.is_some(), other.prediction.is_some());
    }
    assert_eq!((answer.predictions[1], answer.se[1]), (None, None));
    assert_eq!(of_fit[1].reason.as_deref(), Some("a value of `Days` is missing"));
    // predict(m, newdata, allow.new.levels = TRUE): the fixed part, 251.405105 + 10.467286.
    near(answer.predictions[2].unwrap(), 261.872_391, 1e-6);
    near(answer.predictions[3].unwrap(), 261.872_391, 1e-6);
    assert!(of_fit[0].new_levels.is_empty());
    let level = |row: usize| of_fit[row].new_levels.get("Subject").cloned();
    assert_eq!((level(2), level(3)), (Some(Some("zed".to_owned())), Some(None)));
    let remarked: Vec<usize> = answer.remarks.iter().map(|remark| remark.row).collect();
    assert_eq!(remarked, [1, 2, 3]);
    let said = answer.warnings.join("\n");
    assert!(
        said.contains("1 row has no prediction: row 2: a value of `Days` is missing"),
        "{said}"
    );
    let counted = "new level of Subject, with an effect of 0 and its whole variance in the standard error: 1 \
                   with a level that the fit does not know (zed), 1 without one";
    assert!(said.contains(counted), "{said}");
    assert!(found.warnings.iter().any(|warning| warning.contains(counted)), "{:?}", found.warnings);
    // Without random effects no level is new.
    let alone = json!({"model": model, "newdata": newdata, "with_random": false});
    assert_eq!(predicted(&alone).unwrap().remarks.len(), 1);
    let none = json!({"model": model, "newdata": [{"Days": null, "Subject": "308"}]});
    assert_eq!(predicted(&none).unwrap().predictions, [None]);
}

#[test]
fn a_level_of_a_fixed_term_that_was_not_seen_is_that_rows_alone() {
    let mut rows = answers();
    for (at, row) in rows.iter_mut().enumerate() {
        row["grade"] = json!(["a", "b", "c"][at % 3]);
        row["hours"] = json!(1 + at % 4);
    }
    let formula = "correct ~ grade + log(hours) + (1 | student_id)";
    let model = fit::<Generalised>(&json!({"rows": rows, "formula": formula})).model.unwrap();
    let row =
        |grade: Value, hours: Value| json!({"grade": grade, "hours": hours, "student_id": "s1"});
    let newdata =
        json!([row(json!("d"), json!(1)), row(json!("a"), json!(2)), row(Value::Null, json!(2))]);
    let answer = predicted(&json!({"model": model, "newdata": newdata})).unwrap();
    assert_eq!(
        answer.predictions.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, true, false]
    );
    let reason = |at: usize| answer.remarks[at].reason.clone().unwrap();
    assert_eq!(reason(0), "`grade` is `d`, which the fitted data do not have");
    assert_eq!(reason(1), "a value of `grade` is missing");
    // A value that cannot be computed is that row's alone, too.
    let newdata =
        json!([row(Value::Null, json!(1)), row(json!("a"), json!(0)), row(json!("a"), json!(2)),]);
    let answer = predicted(&json!({"model": model, "newdata": newdata})).unwrap();
    assert_eq!(
        answer.predictions.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, true]
    );
    let said = answer.remarks[1].reason.clone().unwrap();
    assert!(said.starts_with("`log(hours)` is -inf"), "{said}");
    assert!(answer.warnings.iter().any(|w| w.contains("row 2: `log(hours)` is -inf")));
}

#[test]
fn a_text_where_the_fit_had_numbers_is_that_rows_alone() {
    let rows = reference("sleepstudy");
    let model = fit::<Linear>(&json!({"rows": rows, "formula": SLEEP, "keep_model": true})).model;
    let day = |day: Value| json!({"Days": day, "Subject": "308"});
    let newdata =
        json!([day(Value::Null), day(json!("two")), day(json!("2025-03-01")), day(json!(3))]);
    let answer = predicted(&json!({"model": model, "newdata": newdata})).unwrap();
    let reasons: Vec<_> = answer.remarks.iter().filter_map(|of| of.reason.as_deref()).collect();
    assert_eq!(
        reasons,
        [
            "a value of `Days` is missing",
            "Days is \"two\", which is no number",
            "Days is \"2025-03-01\", which is no number",
        ]
    );
    // coef(lmer(Reaction ~ Days + (Days | Subject)))$Subject["308", ] at day 3:
    // 253.6636558 + 3 * 19.66626173.
    assert_eq!(answer.predictions[..3], [None; 3]);
    near(answer.predictions[3].unwrap(), 312.662_44, 1e-5);
}

/// Answers in which group b of `kind` is always right, and `marks` says the same in points.
fn quasi_separated() -> Vec<Value> {
    let mut rows = answers();
    for (at, row) in rows.iter_mut().enumerate() {
        let is_sure = at % 2 == 0;
        row["kind"] = json!(if is_sure { "b" } else { "a" });
        row["marks"] = json!(if is_sure { 800 } else { 0 });
        if is_sure {
            row["correct"] = json!(1);
        }
    }
    rows
}

#[test]
fn what_separation_leaves_undetermined_is_null_by_the_bootstrap_too() {
    let formula = "correct ~ kind + (1 | student_id)";
    let request = json!({
        "rows": quasi_separated(), "formula": formula, "intervals": "bootstrap", "replicates": 60,
    });
    let found = fit::<Generalised>(&request);
    let [intercept, kind] = &found.coefficients[..] else { panic!("{:?}", found.coefficients) };
    assert!(intercept.lower.is_some() && intercept.upper.is_some(), "{intercept:?}");
    assert_eq!((kind.lower, kind.upper), (None, None), "{kind:?}");
    assert_eq!(kind.reason.as_deref(), Some("the data do not determine it"));
    // Shares of variance would rest on it.
    assert_eq!((found.r2_marginal, found.r2_conditional), (None, None));
    assert!(found.icc.get("student_id").unwrap().is_some());
    assert!(found.warnings.iter().any(|said| said == "no R2: it would rest on kindb"));
}

#[test]
fn predictions_that_rest_on_what_is_undetermined_have_no_standard_error() {
    let rows = quasi_separated();
    let newdata = json!([{"kind": "a", "marks": 0}, {"kind": "b", "marks": 800}]);
    // A reference level, a scale of points: the same rows are determined.
    for formula in [
        "correct ~ kind + (1 | student_id)",
        "correct ~ relevel(kind, ref = \"b\") + (1 | student_id)",
        "correct ~ marks + (1 | student_id)",
    ] {
        let request = json!({
            "rows": rows, "formula": formula, "newdata": newdata, "with_random": false, "type": "link",
        });
        let found = fit::<Generalised>(&request);
        assert!(!found.fit_meta.converged, "{formula}");
        let of_fit = found.predictions.unwrap();
        // The rows of b say nothing of a: its prediction is that of a fit without them.
        let a: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "a").collect();
        let alone = fit::<Generalised>(&json!({
            "rows": a, "formula": "correct ~ 1 + (1 | student_id)", "newdata": [{"kind": "a"}],
            "with_random": false, "type": "link",
        }));
        let alone = &alone.predictions.unwrap()[0];
        near(of_fit[0].se.unwrap(), alone.se.unwrap(), 2e-3);
        near(of_fit[0].prediction.unwrap(), alone.prediction.unwrap(), 2e-3);
        assert_eq!((of_fit[1].se, of_fit[1].prediction.is_some()), (None, true), "{formula}");
        let reason = of_fit[1].reason.as_deref().unwrap();
        assert!(reason.contains("which the data do not determine"), "{reason}");
        // What is stored says the same.
        let model = found.model.unwrap();
        let request = json!({"model": model, "newdata": newdata, "with_random": false});
        let answer = predicted(&request).unwrap();
        assert!(answer.se[0].is_some_and(|se| se > 0.01) && answer.se[1].is_none(), "{answer:?}");
        assert_eq!(answer.remarks[0].reason.as_deref(), Some(reason));
    }
}

#[test]
fn rows_outside_of_what_the_fitted_ones_determine_have_no_prediction() {
    let mut rows = reference("sleepstudy");
    for row in &mut rows {
        row["hours"] = json!(24.0 * row["Days"].as_f64().unwrap() + 1.0);
    }
    let newdata = json!([
        {"Days": 3, "hours": 73, "Subject": "308"},
        {"Days": 3, "hours": 72, "Subject": "308"},
        {"Days": 3, "hours": 73, "Subject": "new"},
    ]);
    let formula = "Reaction ~ Days + hours + (1 | Subject)";
    let found = fit::<Linear>(
        &json!({"rows": rows, "formula": formula, "newdata": newdata, "keep_model": true}),
    );
    let of_fit = found.predictions.unwrap();
    let stored = predicted(&json!({"model": found.model, "newdata": newdata})).unwrap();
    // predict(lmer(Reaction ~ Days + (1 | Subject)), allow.new.levels = TRUE): 323.59067 and 282.80696. Where the
    // hours are not those of the days, nobody knows which of the two counts.
    for (at, right) in [(0, 323.590_67), (2, 282.806_96)] {
        near(of_fit[at].prediction.unwrap(), right, 1e-6);
        near(stored.predictions[at].unwrap(), right, 1e-6);
    }
    assert_eq!((of_fit[1].prediction, of_fit[1].se), (None, None));
    assert_eq!((stored.predictions[1], stored.se[1]), (None, None));
    let reason = of_fit[1].reason.as_deref().unwrap();
    assert!(reason.contains("no estimate of `hours`"), "{reason}");
    assert!(stored.warnings.iter().any(|said| said.starts_with("row 2: the fit has no estimate")));
}

#[test]
fn every_grouping_factor_without_variance_is_named() {
    let row = |at: u32| {
        let score = f64::from(at * 7_919 % 13);
        json!({"score": score, "student": format!("s{}", at % 6), "school day": format!("d{}", at % 5)})
    };
    let rows: Vec<Value> = (0..90).map(row).collect();
    let formula = "score ~ 1 + (1 | `school day`) + (1 | student)";
    let found = fit::<Linear>(&json!({"rows": rows, "formula": formula}));
    let action = found.fit_meta.verdict.next_action.unwrap();
    assert!(
        action.contains("`school day` explains nothing")
            && action.ends_with("the same of `student`"),
        "{action}"
    );
}

#[test]
fn a_model_of_another_family_does_not_predict_as_a_linear_one() {
    let model = fit::<Generalised>(&json!({"rows": answers()})).model.unwrap();
    let request: MixedPredictRequest =
        serde_json::from_value(json!({"model": model, "newdata": answers()})).unwrap();
    let refused = super::predict(&request, None, "lmm", &mut seedtest_mixed::Silent).unwrap_err();
    assert!(refused.to_string().contains("family binomial: send it to /glmm/predict"), "{refused}");
    assert!(super::predict(&request, None, "glmm", &mut seedtest_mixed::Silent).is_ok());
}

#[test]
fn models_of_which_none_is_a_part_are_compared_by_criteria_alone() {
    let mut rows = reference("sleepstudy");
    for (at, row) in rows.iter_mut().enumerate() {
        row["noise"] = json!((at * 7_919 % 13) as f64);
        row["other"] = json!((at * 104_729 % 17) as f64);
    }
    let compared = |formula: &str, against: &str| {
        let request = json!({"rows": rows, "formula": formula, "against": against, "reml": false});
        fit::<Linear>(&request).comparison.unwrap()
    };
    // The smaller has a predictor that the larger has not, and fits better.
    let found =
        compared("Reaction ~ noise + other + (1 | Subject)", "Reaction ~ Days + (1 | Subject)");
    assert_eq!((found.statistic, found.df, found.p), (None, None, None));
    assert!(found.reason.unwrap().contains("no part of the larger"));
    // AIC(m), BIC(m) of lmer(Reaction ~ Days + (1 | Subject), REML = FALSE).
    near(found.aic, 1_802.078_6, 1e-6);
    near(found.bic, 1_814.850_5, 1e-6);
    let same = compared("Reaction ~ noise + (1 | Subject)", "Reaction ~ Days + (1 | Subject)");
    assert!(same.reason.unwrap().contains("same number of parameters") && same.p.is_none());
    // Columns of other names may be the same model's.
    let nested = compared(SLEEP, "Reaction ~ I(2 * Days) + (1 | Subject)");
    near(nested.statistic.unwrap(), 42.139, 1e-4);
}

#[test]
fn correlations_have_intervals_where_they_were_asked_for() {
    let rows = reference("sleepstudy");
    let with = |intervals: &str, replicates: u64| {
        fit::<Linear>(&json!({
            "rows": rows, "formula": SLEEP, "intervals": intervals, "replicates": replicates,
        }))
        .variance_components
    };
    let profile = with("profile", 1000);
    let group = profile.groups.get("Subject").unwrap();
    let ends =
        group.cor_intervals.as_ref().unwrap().get("Days").unwrap().get("(Intercept)").unwrap();
    // confint(m)[".cor..."]: -0.4815007 to 0.6849863.
    near(ends.lower.unwrap(), -0.481_500_7, 1e-3);
    near(ends.upper.unwrap(), 0.684_986_3, 1e-3);
    let bootstrap = with("bootstrap", 60);
    let ends = bootstrap.groups.get("Subject").unwrap().cor_intervals.clone().unwrap();
    assert!(ends.get("Days").unwrap().get("(Intercept)").unwrap().lower.is_some());
    assert_eq!(with("wald", 1000).groups.get("Subject").unwrap().cor_intervals, None);
}

#[test]
fn the_size_of_a_negative_binomial_has_an_interval_too() {
    let row = |at: u64| {
        let count = (at * at * 7_919 + at * 13) % 9 * (at % 3);
        json!({"count": count, "student": format!("s{}", at % 10)})
    };
    let rows: Vec<Value> = (0..120).map(row).collect();
    let found = fit::<Generalised>(&json!({
        "rows": rows, "formula": "count ~ 1 + (1 | student)", "family": "negative_binomial",
        "intervals": "profile",
    }));
    let ends = found.fit_meta.size_interval.unwrap();
    let size = found.fit_meta.size.unwrap();
    assert!(ends.lower.unwrap() < size && size < ends.upper.unwrap(), "{ends:?} {size}");
}

#[test]
fn few_replicates_are_refused_where_they_make_intervals() {
    let rows = reference("sleepstudy");
    let refused = |replicates: u64, confidence: f64| {
        error::<Linear>(&json!({
            "rows": rows, "formula": SLEEP, "intervals": "bootstrap", "replicates": replicates,
            "confidence": confidence,
        }))
    };
    let one = refused(1, 0.95);
    assert!(one.starts_with("replicates: \"1\"") && one.contains("at least 40"), "{one}");
    assert!(refused(39, 0.95).contains("at least 40"));
    assert!(refused(199, 0.99).contains("at least 200"));
}

#[test]
fn dates_do_not_become_categories_without_a_word() {
    let mut rows = reference("sleepstudy");
    for (at, row) in rows.iter_mut().enumerate() {
        row["day"] = json!(format!("2025-03-{:02}", 1 + at % 10));
    }
    let request = |formula: &str| json!({"rows": rows, "formula": formula});
    for formula in ["Reaction ~ day + (1 | Subject)", "Reaction ~ Days + (day | Subject)"] {
        let refused = try_fit::<Linear>(&request(formula)).unwrap_err();
        assert!(
            refused.to_string().contains("column day holds dates, such as 2025-03-01"),
            "{refused}"
        );
        assert!(refused.hint().unwrap().contains("factor(day)"));
    }
    let mut numbers = rows.clone();
    for (at, row) in numbers.iter_mut().enumerate() {
        row["day"] = json!(20_250_301 + at % 10);
    }
    let request_of_numbers = json!({"rows": numbers, "formula": "Reaction ~ day + (1 | Subject)"});
    let refused = error::<Linear>(&request_of_numbers);
    assert!(
        refused.contains("such as 20250301: written as numbers they are no distances"),
        "{refused}"
    );
    // Where it is said that they are categories, and as a grouping factor, they are.
    assert_eq!(
        fit::<Linear>(&request("Reaction ~ factor(day) + (1 | Subject)")).coefficients.len(),
        10
    );
    assert_eq!(
        fit::<Linear>(&request("Reaction ~ Days + (1 | day)")).fit_metrics.n_groups.len(),
        1
    );
    let mut said = request("Reaction ~ day + (1 | Subject)");
    said["factors"] = json!(["day"]);
    assert_eq!(fit::<Linear>(&said).coefficients.len(), 10);
}

#[test]
fn a_text_among_numbers_does_not_make_categories_of_them() {
    let refused = |column: &str, cell: &str| {
        let mut rows = reference("sleepstudy");
        rows[7][column] = json!(cell);
        error::<Linear>(&json!({"rows": rows, "formula": SLEEP}))
    };
    assert_eq!(refused("Days", "3o"), "row 8: Days is \"3o\", which is no number");
    assert_eq!(refused("Reaction", "fast"), "row 8: Reaction is \"fast\", which is no number");
    let mut rows = reference("sleepstudy");
    rows[7]["Days"] = json!("3o");
    let said = json!({"rows": rows, "formula": "Reaction ~ factor(Days) + (1 | Subject)"});
    assert_eq!(fit::<Linear>(&said).coefficients.len(), 11);
}

/// Right and wrong answers of students.
fn counts() -> Vec<Value> {
    let row = |at: u64| {
        let right = (at * 7_919 + at % 7) % 6;
        json!({"right": right, "wrong": 5 - right, "student": format!("s{}", at % 8), "x": at % 3})
    };
    (0..64).map(row).collect()
}

#[test]
fn rows_without_a_trial_are_left_out_and_counted() {
    let formula = "cbind(right, wrong) ~ x + (1 | student)";
    let plain = fit::<Generalised>(&json!({"rows": counts(), "formula": formula}));
    let mut rows = counts();
    rows.insert(3, json!({"right": 0, "wrong": 0, "student": "s1", "x": 2}));
    rows.push(json!({"right": 0, "wrong": 0, "student": "nobody", "x": 1}));
    rows.push(json!({"right": 0, "wrong": 0, "student": "s2", "x": null}));
    let found = fit::<Generalised>(&json!({"rows": rows, "formula": formula, "residuals": true}));
    assert_eq!(found.fixed_effects, plain.fixed_effects);
    assert_eq!(found.fit_metrics, plain.fit_metrics);
    assert_eq!((found.fit_meta.rows_without_trials, found.fit_meta.dropped_rows), (2, 1));
    assert_eq!(found.fit_meta.missing.get("right"), None);
    assert_eq!(found.rows_used.unwrap()[3], 4);
    assert!(found.warnings.iter().any(|w| w.starts_with("2 rows without a single trial")));
    // As it is mostly written, with the trials in a column.
    for row in &mut rows {
        row["all"] = json!(row["right"].as_i64().unwrap() + row["wrong"].as_i64().unwrap());
    }
    let formula_of_trials = "cbind(right, all - right) ~ x + (1 | student)";
    let of_trials = fit::<Generalised>(&json!({"rows": rows, "formula": formula_of_trials}));
    assert_eq!(of_trials.fit_metrics, plain.fit_metrics);
    assert_eq!(of_trials.fit_meta.rows_without_trials, 2);
    // The counts weight the rows, and explain themselves.
    let mut request = json!({"rows": rows, "formula": formula_of_trials, "weights": "all"});
    let said = fit::<Generalised>(&request).warnings.join("\n");
    assert!(said.contains("the weights all are among the counts of the response"), "{said}");
    request = json!({"rows": rows, "formula": "cbind(right, wrong) ~ right + (1 | student)"});
    let said = fit::<Generalised>(&request).warnings.join("\n");
    assert!(said.contains("right of the response is part of a predictor"), "{said}");
    rows[0]["right"] = json!(-1);
    let negative = try_fit::<Generalised>(&json!({"rows": rows, "formula": formula})).unwrap_err();
    assert!(negative.to_string().starts_with("row 1: "), "{negative}");
}

#[test]
fn answers_that_are_all_right_say_so() {
    let mut rows = answers();
    for row in &mut rows {
        row["correct"] = json!(1);
    }
    let refused = try_fit::<Generalised>(&json!({"rows": rows})).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "every response is 1: nothing varies that a binomial model could explain"
    );
    for row in &mut rows {
        row["correct"] = json!(0);
    }
    let counts = json!({"rows": rows, "family": "poisson"});
    assert!(error::<Generalised>(&counts).starts_with("every response is 0"));
}

/// Counts that grow with an exposure of 1 to `longest` hours.
fn exposed(longest: u64) -> Vec<Value> {
    let row = |at: u64| {
        let hours = 1 + at * 7 % longest;
        json!({"count": hours * (1 + at % 3), "hours": hours, "student": format!("s{}", at % 9)})
    };
    (0..90).map(row).collect()
}

#[test]
fn an_offset_that_is_no_logarithm_is_told() {
    let of = |longest: u64, formula: &str| {
        try_fit::<Generalised>(
            &json!({"rows": exposed(longest), "formula": formula, "family": "poisson"}),
        )
    };
    let plain = "count ~ 1 + offset(hours) + (1 | student)";
    let refused = of(2_000, plain).unwrap_err();
    assert!(refused.to_string().contains("on the scale of the log link"), "{refused}");
    assert!(refused.hint().unwrap().contains("offset(log(exposure))"));
    let doubtful = of(30, plain).unwrap();
    let said = doubtful.warnings.join("\n");
    assert!(
        said.contains("the offset runs from 1 to 30") && said.contains("offset(log("),
        "{said}"
    );
    for longest in [30, 2_000] {
        let right = of(longest, "count ~ 1 + offset(log(hours)) + (1 | student)").unwrap();
        assert!(!right.warnings.join("\n").contains("offset"), "{:?}", right.warnings);
    }
    // A constant offset of any ordinary size moves the intercept only.
    let moved = of(30, "count ~ 1 + offset(log(hours) + 50) + (1 | student)").unwrap();
    let base = of(30, "count ~ 1 + offset(log(hours)) + (1 | student)").unwrap();
    near(moved.fit_metrics.loglik, base.fit_metrics.loglik, 1e-7);
}

#[test]
fn a_direction_without_variance_does_not_depend_on_where_years_are_counted_from() {
    let rows = |zero: f64| -> Vec<Value> {
        let row = |at: u32| {
            let (student, year) = (at / 6, f64::from(at % 6));
            // Levels differ, and no student's scatter has a slope of its own: it is a parabola over the years.
            let level = f64::from(student * 7 % 5) * 4.0;
            let parabola = [0.5, -0.1, -0.4, -0.4, -0.1, 0.5][(at % 6) as usize];
            let noise = (f64::from(student * 5 % 7) - 3.0) * parabola;
            json!({"score": level + 0.5 * year + noise, "year": zero + year, "student": student})
        };
        (0..72).map(row).collect()
    };
    let of = |zero: f64| {
        let request = json!({"rows": rows(zero), "formula": "score ~ year + (year | student)"});
        fit::<Linear>(&request)
    };
    let (near_zero, years) = (of(0.0), of(2018.0));
    assert!(near_zero.fit_meta.singular && years.fit_meta.singular);
    let direction = |found: &seedtest_wire::MixedFitResponse| match &found.fit_meta.verdict.status {
        seedtest_numerics::Status::Singular { direction } => {
            direction.iter().map(|part| part.weight).collect::<Vec<f64>>()
        }
        other => panic!("{other:?}"),
    };
    for (one, other) in direction(&near_zero).iter().zip(direction(&years)) {
        near(*one, other, 1e-2);
    }
    // It is the slope that has none, and years alone would say it is the intercept at the year 0.
    assert!(direction(&years)[1] > 0.9, "{:?}", direction(&years));
    assert!(
        years.warnings[0].contains("predictors centred at their means"),
        "{:?}",
        years.warnings
    );
}

#[test]
fn an_end_where_the_likelihood_does_not_fall_is_null_with_its_reason() {
    let mut rows = answers();
    for (at, row) in rows.iter_mut().enumerate() {
        let sure = at % 2 == 0;
        row["group"] = json!(if sure { "b" } else { "a" });
        if sure {
            row["correct"] = json!(1);
        }
    }
    let of = |intervals: &str| {
        let request = json!({
            "rows": rows, "formula": "correct ~ group + (1 | student_id)", "intervals": intervals,
        });
        fit::<Generalised>(&request).coefficients[1].clone()
    };
    let profile = of("profile");
    assert_eq!(profile.upper, None, "{profile:?}");
    assert!(profile.lower.unwrap() > 0.0, "{profile:?}");
    assert!(profile.reason.as_ref().unwrap().contains("no upper end"));
    let wald = of("wald");
    assert_eq!((wald.lower, wald.upper, wald.p), (None, None, None));
    assert_eq!(wald.reason.as_deref(), Some("the data do not determine it"));
    // Nor an error, whatever intervals are asked for.
    for found in [profile, wald, of("none")] {
        assert_eq!((found.se, found.statistic), (None, None), "{found:?}");
        assert!(found.estimate.is_some() && found.reason.is_some(), "{found:?}");
    }
}

#[test]
fn a_coefficient_the_data_do_not_determine_has_no_error_in_the_map_either() {
    let request =
        json!({"rows": quasi_separated(), "formula": "correct ~ kind + (1 | student_id)"});
    let errors = fit::<Generalised>(&request).fixed_effects_se;
    assert!(errors.get("(Intercept)").unwrap().is_some());
    assert_eq!(errors.get("kindb"), Some(&None));
}

#[test]
fn coefficients_of_levels_that_rest_on_what_is_undetermined_have_no_error() {
    let rows = quasi_separated();
    let of = |formula: &str| {
        let found =
            fit::<Generalised>(&json!({"rows": rows, "formula": formula, "by_level": true}));
        let errors = found.level_coefficients_se.unwrap();
        let of_student = errors.get("student_id").unwrap().get("(Intercept)").unwrap();
        of_student.iter().map(|(_, se)| *se).collect::<Vec<Option<f64>>>()
    };
    // The intercept is that of kind a, which the rows determine; of kind b it is not.
    assert!(of("correct ~ kind + (1 | student_id)").iter().all(Option::is_some));
    let reference = of("correct ~ relevel(kind, ref = \"b\") + (1 | student_id)");
    assert!(reference.iter().all(Option::is_none), "{reference:?}");
}

#[test]
fn t_on_no_degrees_of_freedom_has_neither_p_nor_interval() {
    let rows = json!([
        {"g": "a", "x": 1, "y": 2}, {"g": "a", "x": 2, "y": 3}, {"g": "b", "x": 1, "y": 4},
    ]);
    let found = fit::<Linear>(&json!({"rows": rows, "formula": "y ~ x + (1 | g)"}));
    for line in &found.coefficients {
        assert!(line.df.is_some_and(|df| df < 0.5), "{line:?}");
        assert_eq!((line.p, line.lower, line.upper), (None, None, None), "{line:?}");
        assert_eq!(line.reason.as_deref(), Some("next to no degrees of freedom"));
        assert!(line.se.is_some(), "{line:?}");
    }
}

#[test]
fn weights_that_are_none_are_told_from_those_that_say_nothing() {
    let hint = |weight: f64| {
        let mut rows = reference("sleepstudy");
        for row in &mut rows {
            row["w"] = json!(1.0);
        }
        rows[1]["w"] = json!(weight);
        let request = json!({"rows": rows, "formula": SLEEP, "weights": "w"});
        let refused = try_fit::<Linear>(&request).unwrap_err();
        assert!(refused.to_string().starts_with("row 2: weight"), "{refused}");
        refused.hint().unwrap()
    };
    assert!(hint(0.0).contains("leave out rows of weight 0"));
    assert!(hint(-1.0).contains("correct the cell") && !hint(-1.0).contains("weight 0"));
}

#[test]
fn a_row_without_a_weight_is_left_out_and_counted() {
    let mut rows = reference("sleepstudy");
    for (at, row) in rows.iter_mut().enumerate() {
        row["w"] = json!(1 + at % 3);
    }
    let request = |rows: &[Value]| json!({"rows": rows, "formula": SLEEP, "weights": "w"});
    let mut fewer = rows.clone();
    fewer.remove(1);
    let right = fit::<Linear>(&request(&fewer));
    rows[1]["w"] = Value::Null;
    let found = fit::<Linear>(&request(&rows));
    assert_eq!(found.fixed_effects, right.fixed_effects);
    assert_eq!((found.fit_meta.dropped_rows, found.fit_meta.missing.get("w")), (1, Some(&1)));
    assert!(found.warnings.iter().any(|said| said.ends_with("a value is missing: w (1)")));
    let mut strict = request(&rows);
    strict["strict"] = json!(true);
    let refused = error::<Linear>(&strict);
    assert!(
        refused.starts_with("row 2: a value is missing") && refused.contains("w (1)"),
        "{refused}"
    );
    // A later fault goes by its row of the table.
    rows[5]["w"] = json!(-1);
    let refused = error::<Linear>(&request(&rows));
    assert!(refused.starts_with("row 6: weight"), "{refused}");
}

#[test]
fn errors_go_by_the_names_of_flags() {
    let names =
        [("replicates", "--replicates"), ("priors", "--priors"), ("target_score", "--target")];
    let option = |name: &str| Error::option(name, &1, "enough").with_names(&names).to_string();
    assert_eq!(option("replicates"), "--replicates: \"1\" is not enough");
    assert_eq!(option("priors.week"), "--priors week: \"1\" is not enough");
    assert_eq!(option("other"), "other: \"1\" is not enough");
    let scale = Error::OffScale {
        name: "target_score",
        value: 700.0,
        run_id: "r".into(),
        least: 0.0,
        most: 1.0,
    };
    let scale = scale.with_names(&names);
    assert!(scale.to_string().starts_with("--target is 700"), "{scale}");
    assert!(scale.hint().unwrap().contains("--model") && !scale.hint().unwrap().contains("run_id"));
}
