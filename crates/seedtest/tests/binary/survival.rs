//! Cases that users of other packages stumbled over, through the command line and the service; the right
//! values are those of R survival 3.5 (`reference/survival_cases.R`).

use serde_json::{Value, json};

use crate::playground::{Playground, Run};
use crate::serving::Serving;

const FOLLOWUP: &str = include_str!("cases/followup.csv");
const NEW: &str = include_str!("cases/new.csv");
/// Both sides stop where the step is short; the digits beyond are rounding.
const CLOSE: f64 = 1e-7;

fn of_r() -> Value {
    serde_json::from_str(include_str!("cases/survival.json")).unwrap()
}

/// A folder with a table `d.csv`.
fn place(table: &str) -> Playground {
    let place = Playground::new();
    place.write("d.csv", table);
    place
}

fn run(place: &Playground, arguments: &[&str]) -> Run {
    place.run(&[&["fit", "survival", "--data", "d.csv"], arguments].concat())
}

fn printed(table: &str, arguments: &[&str]) -> String {
    let run = run(&place(table), arguments);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    run.stdout
}

fn fit(table: &str, arguments: &[&str]) -> Value {
    let out = printed(table, &[arguments, &["--no-quality", "--json", "-"]].concat());
    serde_json::from_str(&out).unwrap()
}

/// Fits, predicts `new`, and gives the response.
fn predict(table: &str, new: &str, fit: &[&str], arguments: &[&str]) -> Value {
    serde_json::from_str(&predicted(table, new, fit, arguments)).unwrap()
}

/// The same as it is written.
fn predicted(table: &str, new: &str, fit: &[&str], arguments: &[&str]) -> String {
    let place = place(table);
    place.write("new.csv", new);
    let fitted = run(&place, &[fit, &["--no-quality", "--json", "m.json"]].concat());
    assert_eq!(fitted.code, Some(0), "{}", fitted.transcript());
    let predict = ["predict", "survival", "--model", "m.json", "--data", "new.csv", "--json", "-"];
    place.must(&[&predict, arguments].concat()).stdout
}

fn refusal(table: &str, arguments: &[&str]) -> String {
    let run = run(&place(table), arguments);
    assert!(matches!(run.code, Some(1 | 2)), "{}", run.transcript());
    run.stderr
}

#[track_caller]
fn same(found: &Value, right: &Value, tolerance: f64) {
    match (found, right) {
        (Value::Array(found), Value::Array(right)) => {
            assert_eq!(found.len(), right.len(), "{found:?} {right:?}");
            found.iter().zip(right).for_each(|(found, right)| same(found, right, tolerance));
        }
        (Value::Null, Value::Null) => {}
        _ => {
            let (x, y) = (found.as_f64(), right.as_f64());
            let (Some(x), Some(y)) = (x, y) else { panic!("{found} is not {right}") };
            assert!((x - y).abs() <= tolerance * y.abs().max(1.0), "{found} is not {right}");
        }
    }
}

/// Coefficients and their errors are those of R.
#[track_caller]
fn same_lines(fit: &Value, right: &Value) {
    let of = |key: &str| -> Value {
        fit["summary"]["coefficients"].as_array().unwrap().iter().map(|l| l[key].clone()).collect()
    };
    same(&of("coefficient"), &right["coef"], CLOSE);
    same(&of("se"), &right["se"], CLOSE);
}

/// Survival by row at the times of the response.
fn curves(response: &Value) -> Value {
    let rows = response["predictions"].as_array().unwrap().iter().enumerate();
    let curve = |(row, line): (usize, &Value)| {
        let id = line["user_id"].as_str().unwrap();
        let by_row = &response["curves"][row];
        let of = if by_row.is_null() { &response["survival_curves"][id] } else { by_row };
        let mut points: Vec<(f64, Value)> = of
            .as_object()
            .unwrap()
            .iter()
            .map(|(time, survival)| (time.parse().unwrap(), survival.clone()))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.into_iter().map(|point| point.1).collect::<Value>()
    };
    rows.map(curve).collect()
}

fn formula(right: &str) -> String {
    format!("Surv(time, event) ~ {right}")
}

#[test]
fn data_without_censoring_are_fitted() {
    let all = include_str!("cases/all_events.csv");
    same_lines(&fit(all, &[]), &of_r()["all_events"]["cox"]);
    let weibull = fit(all, &["--family", "weibull"]);
    same_lines(&weibull, &of_r()["all_events"]["weibull"]);
}

#[test]
fn parametric_families_show_their_scale_and_on_what_their_coefficients_are() {
    let strong = include_str!("cases/strong_effect.csv");
    for (family, scale) in [
        ("exponential", "log_hazard"),
        ("weibull", "log_hazard"),
        ("lognormal", "log_time"),
        ("loglogistic", "log_time"),
    ] {
        let right = &of_r()["strong_effect"][family];
        let found = fit(strong, &["--family", family]);
        same_lines(&found, right);
        let meta = &found["model_meta"];
        assert_eq!(
            (&meta["coefficient_scale"], &meta["se_kind"]),
            (&json!(scale), &json!("model"))
        );
        same(&meta["loglik"], &right["loglik"], CLOSE);
        same(&meta["loglik_null"], &right["loglik_null"], CLOSE);
        let distribution = &meta["distribution"];
        same(&distribution["intercept"]["estimate"], &right["intercept"], CLOSE);
        same(&distribution["intercept"]["se"], &right["intercept_se"], CLOSE);
        same(&distribution["scale"]["estimate"], &right["scale"], CLOSE);
        same(&distribution["scale"]["se"], &right["scale_se"], CLOSE);
        let shape = json!(1.0 / right["scale"].as_f64().unwrap());
        let shape = if family == "lognormal" { Value::Null } else { shape };
        let found = &distribution["shape"];
        same(found.get("estimate").unwrap_or(&Value::Null), &shape, CLOSE);
    }
    let table = printed(strong, &["--family", "weibull", "--no-quality"]);
    for line in [
        "log-likelihood -120.2241 (null -156.4776)",
        "coefficients: change of the log hazard for one unit",
        "x                            2.4800     0.3522",
        "intercept of log time       2.21355    0.09548",
        "scale of log time           0.60588    0.07702",
        "shape                        1.6505",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
    // The ratio of times is the exponential of R's coefficient.
    let table = printed(strong, &["--family", "lognormal", "--no-quality"]);
    assert!(table.contains("change of the log time for one unit, exp(coef) is the time ratio"));
    let right = of_r()["strong_effect"]["lognormal"]["coef"][0].as_f64().unwrap().exp();
    let line = table.lines().find(|line| line.starts_with("x ")).unwrap();
    assert!(line.contains(&format!("{right:.4}")), "{line}");
}

#[test]
fn robust_errors_say_that_they_are() {
    // Twenty clusters of six rows.
    let clustered: Vec<String> = FOLLOWUP
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let last = if row == 0 { "group".to_owned() } else { (row % 20).to_string() };
            format!("{line},{last}")
        })
        .collect();
    let clustered = clustered.join("\n");
    let arguments = ["--formula", &formula("x"), "--cluster", "group"];
    let found = fit(&clustered, &arguments);
    same_lines(&found, &of_r()["clusters"]["cox"]);
    same(&found["summary"]["coefficients"][0]["model_se"], &of_r()["clusters"]["naive"], CLOSE);
    assert_eq!(found["model_meta"]["se_kind"], "robust");
    let table = printed(&clustered, &[&arguments[..], &["--no-quality"]].concat());
    assert!(table.contains("errors robust over 20 clusters of group\n"), "{table}");
    assert!(table.contains("robust se"), "{table}");
    assert_eq!(found["model_meta"]["cluster"], "group");
    // A column that is called as students are makes clusters unasked, which is said.
    let named = clustered.replacen("user_id", "row", 1).replacen("group", "id", 1);
    let unasked = printed(&named, &["--formula", &formula("x"), "--no-quality"]);
    let said = "errors robust over 20 clusters of id, a value of which several rows share (--cluster names another";
    assert!(unasked.contains(said), "{unasked}");
}

#[test]
fn weights_that_are_no_counts_have_robust_errors_and_a_test() {
    let place = place(FOLLOWUP);
    let run = place.must(&[
        "fit",
        "survival-curves",
        "--data",
        "d.csv",
        "--group",
        "g",
        "--weights",
        "z",
        "--json",
        "-",
    ]);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(found["warnings"].to_string().contains("robust"), "{}", found["warnings"]);
    same(&found["log_rank"]["test"]["statistic"], &of_r()["weights"]["score"], CLOSE);
    let right = &of_r()["weights"];
    for (at, group) in right["group"].as_array().unwrap().iter().enumerate() {
        let name = group.as_str().unwrap().trim_start_matches("g=");
        let groups = found["groups"].as_array().unwrap();
        let own = groups.iter().find(|found| found["group"] == name).unwrap();
        let time = right["time"][at].as_f64().unwrap();
        let curve = own["curve"].as_array().unwrap();
        let point = curve.iter().rfind(|point| point["t"].as_f64().unwrap() <= time).unwrap();
        same(&point["S"], &right["surv"][at], CLOSE);
        same(&point["S_lower"], &right["lower"][at], 1e-6);
        same(&point["S_upper"], &right["upper"][at], 1e-6);
    }
}

#[test]
fn few_rows_are_refused_with_the_number_that_is_needed() {
    let eight = FOLLOWUP.lines().take(9).collect::<Vec<_>>().join("\n");
    let run = run(&place(&eight), &["--formula", &formula("x")]);
    assert_eq!(run.code, Some(3), "{}", run.transcript());
    let table = run.stdout;
    assert!(table.contains("Insufficient data: n = 8, a fit needs 10 rows"), "{table}");
}

#[test]
fn interval_censoring_is_refused_by_name() {
    let text = refusal(FOLLOWUP, &["--formula", "Surv(start, time, type='interval2') ~ x"]);
    assert!(text.contains("`Surv` cannot have the argument `type"), "{text}");
}

#[test]
fn coefficients_of_an_elastic_net_are_not_left_out() {
    let eight = include_str!("cases/eight.csv");
    let table = printed(
        eight,
        &[
            "--alpha",
            "1",
            "--no-quality",
            "--formula",
            "Surv(time, event) ~ v1 + v2 + v3 + v4 + v5 + v6 + v7 + v8",
        ],
    );
    assert!(!table.contains("left out"), "{table}");
    assert!(table.contains("no standard error: elastic_net"), "{table}");
    assert!(!table.contains("0 iterations"), "{table}");
    // glmnet 4.1, lambda.min.
    assert!(table.contains("v1                         0.621108"), "{table}");
}

#[test]
fn overlapping_rows_of_one_student_are_refused_by_row() {
    let text = refusal(include_str!("cases/overlapping.csv"), &[]);
    assert!(text.contains("row 2") && text.contains("row 1"), "{text}");
}

#[test]
fn rows_that_share_an_id_keep_their_own_prediction() {
    let twice = NEW.replace("n2,", "n1,");
    let found =
        predict(FOLLOWUP, &twice, &["--formula", &formula("x + z + g")], &["--times", "7,14,30"]);
    same(&curves(&found), &of_r()["survival"]["plain"], 1e-6);
    let risks: Vec<f64> = found["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["risk_score"].as_f64().unwrap())
        .collect();
    assert!((risks[0] - 0.3997).abs() < 5e-5 && (risks[1] - 0.4046).abs() < 5e-5, "{risks:?}");
}

#[test]
fn survival_of_new_rows_is_that_of_r() {
    for (name, fit, terms) in [
        ("plain", &[][..], "x + z + g"),
        ("strata", &[][..], "x + strata(st)"),
        ("strata", &["--strata", "st"][..], "x"),
        ("weights", &["--weights", "w"][..], "x + z"),
        ("offset", &[][..], "x + offset(x / 2)"),
    ] {
        let formula = formula(terms);
        let fit = [fit, &["--formula", &formula]].concat();
        let found = predict(FOLLOWUP, NEW, &fit, &["--times", "7,14,30"]);
        same(&curves(&found), &of_r()["survival"][name], 1e-6);
    }
    let two = ["--formula", &formula("x + strata(st) + strata(sex)")];
    let found = predict(FOLLOWUP, NEW, &two, &["--times", "7,14"]);
    same(&curves(&found), &of_r()["survival"]["two_strata"], 1e-6);
}

#[test]
fn beyond_the_follow_up_nothing_is_known_and_keys_stand_in_the_order_of_time() {
    let times = ["--times", "45,7,0,60,1000"];
    let text = predicted(FOLLOWUP, NEW, &["--formula", &formula("x + z + g")], &times);
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(plain.contains(r#""n4":{"0":1.0,"7":0.641"#), "{plain}");
    assert!(plain.contains(r#""60":null,"1000":null}"#), "{plain}");
    assert!(text.contains("6 curves end early"), "{text}");
}

#[test]
fn a_row_that_lacks_a_value_has_no_prediction_and_a_reason() {
    let fit = ["--formula", &formula("x + z + strata(st)")];
    let whole = predict(FOLLOWUP, NEW, &fit, &["--times", "7,14"]);
    let holes = NEW.replace("n2,0,2,", "n2,,2,").replace("high,0,high", "high,0,");
    let found = predict(FOLLOWUP, &holes, &fit, &["--times", "7,14"]);
    let (whole, lines) = (&whole["predictions"], found["predictions"].as_array().unwrap());
    assert_eq!(lines.len(), 6);
    for (row, line) in lines.iter().enumerate() {
        let reason = match row {
            1 => "a value of `x` is missing",
            2 | 5 => "a value of `st` is missing",
            _ => {
                assert_eq!(line["risk_score"], whole[row]["risk_score"]);
                continue;
            }
        };
        assert_eq!((&line["risk_score"], &line["reason"]), (&Value::Null, &json!(reason)));
        assert_eq!(found["survival_prob"][row], Value::Null);
    }
    same(&curves(&found)[1], &json!([null, null]), CLOSE);
    assert!(found["warnings"].to_string().contains("2 rows have no prediction"), "{found}");
}

/// A date, an infinite logarithm and a time below zero leave their rows out, and the others are those of R.
#[test]
fn an_impossible_cell_takes_nothing_from_the_other_rows() {
    let fit = ["--formula", &formula("exp(x) + z + strata(st)")];
    let with_gap = |gap: [&str; 6]| {
        let lines = NEW.lines().zip(std::iter::once("gap_days").chain(gap));
        lines.map(|(line, cell)| format!("{line},{cell}")).collect::<Vec<String>>().join("\n")
    };
    let whole = predict(FOLLOWUP, &with_gap(["0"; 6]), &fit, &["--times", "7,14"]);
    let odd = with_gap(["0", "0", "-2", "", "0", "0"])
        .replace("n1,-1,", "n1,2026-01-05,")
        .replace("n2,0,", "n2,1000,");
    let found = predict(FOLLOWUP, &odd, &fit, &["--times", "7,14"]);
    let (whole, lines) = (&whole["predictions"], found["predictions"].as_array().unwrap());
    let reasons = [
        Some("x is \"2026-01-05\", which is no number"),
        Some("`exp(x)` is inf, and only finite numbers can be predicted from"),
        Some("`gap_days` is -2, and has to be a time without event, 0 or more"),
        None,
        None,
        None,
    ];
    for (row, (line, reason)) in lines.iter().zip(reasons).enumerate() {
        assert_eq!(line["reason"].as_str(), reason, "{found}");
        let right = if reason.is_some() { &Value::Null } else { &whole[row]["risk_score"] };
        assert_eq!(&line["risk_score"], right, "{row}");
    }
    let said = found["warnings"].to_string();
    assert!(said.contains("1 row has no prediction: row 3: `gap_days` is -2"), "{said}");
    assert!(said.contains("row 4 has no `gap_days` and is predicted as of day 0"), "{said}");
}

#[test]
fn a_row_of_a_level_that_was_not_fitted_has_no_prediction_and_a_reason() {
    for terms in ["x + z + strata(st)", "x * strata(st)", "x + factor(st)"] {
        let fit = ["--formula", &formula(terms)];
        let whole = predict(FOLLOWUP, NEW, &fit, &["--times", "7,14"]);
        // A missing value before it, so that the number of the row has to be that of the table.
        let other = NEW.replace("n2,0,2,", "n2,,2,").replace("high,0,high", "high,0,higher");
        assert_ne!(other, NEW);
        let found = predict(FOLLOWUP, &other, &fit, &["--times", "7,14"]);
        let (whole, lines) = (&whole["predictions"], found["predictions"].as_array().unwrap());
        let mut unknown = 0;
        for (row, line) in lines.iter().enumerate() {
            let reason = line["reason"].as_str().unwrap_or_default();
            if reason.is_empty() {
                assert_eq!(line["risk_score"], whole[row]["risk_score"], "{terms}: {row}");
                continue;
            }
            assert_eq!(line["risk_score"], Value::Null);
            assert_eq!(found["survival_prob"][row], Value::Null);
            let level =
                reason.contains("st") && reason.contains("which the fitted data do not have");
            assert!(row == 1 || level, "{terms}: {row}: {reason}");
            unknown += usize::from(level);
        }
        assert_eq!(unknown, NEW.matches("high,0,high").count().max(1), "{terms}: {found}");
    }
}

#[test]
fn what_a_distribution_says_beyond_the_follow_up_is_marked() {
    let fit = ["--formula", &formula("x"), "--family", "weibull"];
    let within = predict(FOLLOWUP, NEW, &fit, &["--times", "7,14"]);
    assert!(!within.to_string().contains("extrapolated"), "{within}");
    let beyond = predict(FOLLOWUP, NEW, &fit, &["--times", "7,1000", "--horizon", "1000"]);
    let lines = beyond["predictions"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["extrapolated"] == json!(true)), "{beyond}");
    let told = beyond["warnings"].to_string();
    assert!(told.contains("survival at 1000") && told.contains("6 rows"), "{told}");
}

#[test]
fn separation_is_named() {
    let table = printed(
        include_str!("cases/separated.csv"),
        &["--formula", &formula("g + x"), "--no-quality"],
    );
    assert!(table.contains("separation: the likelihood has no maximum in gB"), "{table}");
}

#[test]
fn concordance_is_that_of_r_with_ties_strata_and_weights() {
    let tied = include_str!("cases/tied.csv");
    for (name, arguments) in [
        ("plain", &[][..]),
        ("strata", &["--strata", "st"][..]),
        ("weights", &["--weights", "w"][..]),
        ("breslow", &["--ties", "breslow"][..]),
    ] {
        let found = fit(tied, &[arguments, &["--formula", &formula("x")]].concat());
        let meta = &found["model_meta"];
        same(
            &json!([meta["concordance"], meta["concordance_se"]]),
            &of_r()["concordance"][name],
            1e-9,
        );
    }
}

#[test]
fn empty_rows_and_times_of_zero_are_refused_where_they_mean_nothing() {
    let text = refusal(include_str!("cases/entry_equals_stop.csv"), &[]);
    assert!(text.contains("row 4: stop 10 is not after start 10"), "{text}");
    let zero = include_str!("cases/time_zero.csv");
    same_lines(&fit(zero, &[]), &of_r()["time_zero"]);
    let text = refusal(zero, &["--family", "weibull"]);
    assert!(text.contains("row 1: `stop` is 0, not a time"), "{text}");
}

#[test]
fn curves_with_ties_and_late_entry_are_those_of_r() {
    let ties = "time,event,w\n1,1,2\n2,1,1\n2,0,3\n3,0,1\n3,1,1\n3,1,2\n4,0,5\n";
    let late = "start,time,event\n0,2,1\n5,9,1\n5,10,0\n6,11,1\n7,12,1\n8,13,0\n";
    let early = "start,time,event\n0,3,1\n1,9,1\n1,10,0\n6,11,1\n7,12,1\n8,13,0\n";
    for (name, table, weights, times) in [
        ("ties", ties, &[][..], &[1.0, 2.0, 3.0, 4.0][..]),
        ("counts", ties, &["--weights", "w"][..], &[1.0, 2.0, 3.0, 4.0][..]),
        ("late", late, &[][..], &[1.0, 2.0, 3.0, 9.0, 11.0, 12.0][..]),
        ("early", early, &[][..], &[1.0, 2.0, 3.0, 9.0, 11.0, 12.0][..]),
    ] {
        let place = place(table);
        let fit = ["fit", "survival-curves", "--data", "d.csv", "--json", "-"];
        let found: Value =
            serde_json::from_str(&place.must(&[&fit, weights].concat()).stdout).unwrap();
        let group = &found["groups"][0];
        let curve = group["curve"].as_array().unwrap();
        let at = |time: &f64, key: &str| {
            let point = curve.iter().rfind(|point| point["t"].as_f64().unwrap() <= *time);
            point.map_or(json!(1.0), |point| point[key].clone())
        };
        let right = &of_r()["curves"][name];
        let surv: Value = times.iter().map(|time| at(time, "S")).collect();
        same(&surv, &right["surv"], 1e-12);
        same(&group["median"], &right["median"], 1e-12);
    }
}

#[test]
fn splines_levels_and_interactions_are_those_of_r() {
    for (terms, right) in of_r()["formulas"].as_object().unwrap() {
        let found = fit(FOLLOWUP, &["--formula", &formula(terms)]);
        same_lines(&found, right);
    }
    // A dot is all other columns that can be used.
    let columns = |line: &str| {
        let cell: Vec<&str> = line.split(',').collect();
        [cell[5], cell[6], cell[1], cell[2]].join(",")
    };
    let four = FOLLOWUP.lines().map(columns).collect::<Vec<_>>().join("\n");
    let dot = fit(&four, &["--formula", &formula(".")]);
    assert_eq!(dot["coefficients"], fit(&four, &["--formula", &formula("x + z")])["coefficients"]);
}

/// Rows of a table as JSON.
fn rows(table: &str) -> Value {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| -> Value {
        let cell = |text: &str| text.parse::<f64>().map_or(json!(text), |number| json!(number));
        let cells = line.split(',').map(cell);
        names.iter().map(|name| (*name).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}

#[test]
fn the_service_says_what_the_command_says() {
    let service = Serving::start(&[]);
    for (table, flags, fields) in [
        (
            FOLLOWUP,
            vec!["--formula", "Surv(time, event) ~ x + strata(st)"],
            json!({"formula": "Surv(time, event) ~ x + strata(st)"}),
        ),
        (
            FOLLOWUP,
            vec!["--formula", "Surv(time, event) ~ x + z", "--family", "weibull"],
            json!({"formula": "Surv(time, event) ~ x + z", "family": "weibull"}),
        ),
        (
            include_str!("cases/eight.csv"),
            vec!["--alpha", "1"],
            json!({"regularization": {"alpha": 1.0}}),
        ),
        (
            include_str!("cases/strong_effect.csv"),
            vec!["--family", "discrete-logit"],
            json!({"family": "discrete_logit"}),
        ),
    ] {
        let command = printed(table, &[&flags[..], &["--json", "-"]].concat());
        let mut command: Value = serde_json::from_str(&command).unwrap();
        let mut request = fields.clone();
        request["rows"] = rows(table);
        let (status, body) = service.post("/survival/fit", request.to_string().as_bytes());
        assert_eq!(status, 200, "{body}");
        let mut answer: Value = serde_json::from_str(body_of(&body)).unwrap();
        for response in [&mut command, &mut answer] {
            let response = response.as_object_mut().unwrap();
            response.remove("run_id");
            response.remove("stored_model");
        }
        assert_eq!(command, answer, "{flags:?}");
    }
}

/// The JSON of an answer.
fn body_of(answer: &str) -> &str {
    answer.rsplit("\r\n\r\n").next().unwrap()
}
