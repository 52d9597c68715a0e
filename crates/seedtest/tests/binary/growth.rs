use std::fmt::Write as _;

use seedtest_store::{AttemptRow, KpiPatch, Store, Target};
use serde_json::{Map, Value, json};

use crate::anchors::service;
use crate::playground::{Playground, Run};

/// A number in −0.5..0.5 that looks random and never changes.
fn noise(student: usize, week: usize) -> f64 {
    let mixed = (student * 7_919 + week * 104_729 + 12_345) * 2_654_435_761;
    (mixed / 65_536 % 10_000) as f64 / 10_000.0 - 0.5
}

/// Twelve students over eight weeks; later ones start higher, and all grow by 0.1 a week.
fn scores() -> String {
    let mut text = String::from("student_id,week,score\n");
    for student in 0..12 {
        for week in (0..8).filter(|week| (student + week) % 5 != 0) {
            let score = 0.1 * student as f64 - 0.5 + 0.1 * week as f64 + noise(student, week);
            let _ = writeln!(text, "s{student:02},{week},{score:.4}");
        }
    }
    text
}

const SHORT: [&str; 6] = ["--chains", "2", "--warmup", "500", "--samples", "1000"];

fn fit(place: &Playground, more: &[&str]) -> Run {
    let mut arguments = vec!["fit", "growth", "--data", "scores.csv"];
    arguments.extend(SHORT);
    arguments.extend(more);
    place.run(&arguments)
}

fn json_of(run: &Run) -> Value {
    run.ended();
    serde_json::from_str(&run.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_fit_says_what_it_found_and_how_far_to_trust_it() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let found = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!((&found["status"], &found["ok"]), (&json!("success"), &json!(true)));
    assert_eq!((&found["converged"], &found["n_students"]), (&json!(true), &json!(12)));
    let week = &found["posterior_summary"]["week"];
    assert!((number(&week["mean"]) - 0.1).abs() < 0.05, "{week}");
    assert!(number(&week["q2.5"]) < number(&week["q97.5"]));
    assert_eq!((&week["l95"], &week["u95"]), (&week["q2.5"], &week["q97.5"]));
    assert!(number(&found["diagnostics"]["rhat"]["max"]) < 1.05);
    assert!(number(&found["diagnostics"]["ess_bulk"]["min"]) > 400.0);
    let predictions = found["predictions"].as_object().unwrap();
    assert_eq!(predictions.len(), 12);
    for (id, one) in predictions {
        let [p, lower, upper] = ["probability", "lower", "upper"].map(|key| number(&one[key]));
        assert!(0.0 <= lower && lower <= p && p <= upper && upper <= 1.0, "{id}: {one}");
        assert_eq!((&one["P"], &one["sigma"]), (&one["probability"], &one["uncertainty"]), "{id}");
        assert_eq!(one["reliable"], true, "{id}");
    }
    assert!(number(&predictions["s11"]["P"]) > number(&predictions["s00"]["P"]));
    let table = fit(&place, &["--target", "0.5"]).stdout;
    assert!(table.contains("converged") && table.contains("P(score ≥ 0.5)"), "{table}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let run = |more: &[&str]| fit(&place, &[&["--json", "-"], more].concat()).stdout;
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "2"]));
    assert_ne!(one, run(&["--seed", "43"]));
}

#[test]
fn what_cannot_be_fitted_is_refused_with_a_reason() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let refused = |more: &[&str], said: &str| {
        let run = fit(&place, more);
        assert_ne!(run.code, Some(0), "{more:?}");
        assert!(run.stderr.contains(said), "{more:?}: {}", run.stderr);
    };
    refused(&["--formula", "score ~ week + other + (1|student_id)"], "other predictor");
    refused(&["--formula", "score ~ week + offset(y) + (week|student_id)"], "offset(y)");
    refused(&["--formula", "score ~ week + strata(school) + (week|student_id)"], "strata(school)");
    refused(
        &["--formula", "score ~ week + cluster(school) + (week|student_id)"],
        "cluster(school)",
    );
    refused(&["--target-accept", "1.2"], "target_accept");
    refused(&["--formula", "score ~ week + ("], "formula");
    refused(&["--formula", "grade ~ week + (1|student_id)"], "grade");
    refused(&["--family", "poisson"], "gaussian, student, binomial or bernoulli");
    refused(&["--priors", r#"{"week":{"dist":"gamma"}}"#], "priors.week");
    refused(&["--priors", r#"{"weak":{"dist":"flat"}}"#], "intercept, week, sd");
    refused(&["--horizon-weeks", "-1"], "horizon_weeks");
    refused(&["--max-seconds", "0"], "max_seconds");
    refused(&["--credible-interval", "2"], "credible_interval");

    place.write("few.csv", "student,week,score\na,0,0.1\na,1,0.3\n");
    let few = place.must(&["fit", "growth", "--data", "few.csv", "--json", "-"]);
    assert_eq!(json_of(&few)["status"], "noop");
    place.write("dates.csv", scores().replace(",0,", ",2025-01-06,").replace(",1,", ",soon,"));
    let run = place.run(&["fit", "growth", "--data", "dates.csv"]);
    assert!(run.stderr.contains("neither a number nor a date"), "{}", run.stderr);
}

#[test]
fn the_columns_of_the_user_stand_in_the_output() {
    let place = Playground::new();
    place.write("scores.csv", scores().replace("student_id,week,score", "pupil,month,grade"));
    let formula = ["--formula", "grade ~ month + (month|pupil)", "--target", "0.5"];
    let priors = ["--priors", r#"{"month":{"dist":"normal","mean":0,"sd":0.5}}"#, "--json", "-"];
    let found = json_of(&fit(&place, &[&formula[..], &priors].concat()));
    assert!(found["posterior_summary"]["sd_month"]["mean"].is_number(), "{found}");
    assert_eq!(found["columns"], json!({"score": "grade", "week": "month", "student": "pupil"}));
    assert_eq!(found["priors"]["month"]["source"], "request");
    assert_eq!(found["priors"]["intercept"]["source"], "default");
    let table = fit(&place, &formula).stdout;
    assert!(table.contains("P(grade ≥ 0.5)") && table.contains("sd_month"), "{table}");
}

#[test]
fn the_scale_of_the_scores_is_that_of_the_priors_and_a_prior_of_another_scale_is_said() {
    let place = Playground::new();
    let points = |line: &str| {
        let (head, score) = line.rsplit_once(',').unwrap();
        score
            .parse()
            .map_or(format!("{line}\n"), |score: f64| format!("{head},{}\n", 60.0 + 10.0 * score))
    };
    place.write("scores.csv", scores().lines().map(points).collect::<String>());
    let ours = json_of(&fit(&place, &["--target", "62", "--json", "-"]));
    assert_eq!(ours["converged"], true);
    assert_eq!(ours["warnings"], json!([]));
    let week = number(&ours["posterior_summary"]["week"]["mean"]);
    assert!((week - 1.0).abs() < 0.5, "{week}");
    assert!(number(&ours["priors"]["intercept"]["sd"]) > 5.0, "{}", ours["priors"]);
    let seeds = r#"{"intercept":{"dist":"normal","mean":0,"sd":1},"week":{"dist":"normal","mean":0,"sd":0.5},
        "sd":{"dist":"cauchy","location":0,"scale":1}}"#;
    let theirs = json_of(&fit(&place, &["--target", "62", "--priors", seeds, "--json", "-"]));
    assert!(
        theirs["warnings"].to_string().contains("prior of intercept"),
        "{}",
        theirs["warnings"]
    );
    let off = json_of(&fit(&place, &["--json", "-"]));
    assert!(
        off["warnings"].to_string().contains("target 0 is not on the scale"),
        "{}",
        off["warnings"]
    );
}

#[test]
fn semicolons_and_decimal_commas_are_numbers() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let plain = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    place.write("scores.csv", scores().replace(',', ";").replace('.', ","));
    let european = json_of(&fit(&place, &["--target", "0.5", "--json", "-"]));
    assert_eq!(plain["predictions"], european["predictions"]);
}

#[test]
fn one_score_a_student_is_no_matter_of_divergences() {
    let place = Playground::new();
    let mut text = String::from("student_id,week,score\n");
    for student in 0..40usize {
        let week = student % 8;
        let _ = writeln!(text, "s{student},{week},{:.3}", 0.1 * week as f64 + noise(student, week));
    }
    place.write("scores.csv", text);
    let run = fit(&place, &["--target", "0.5"]).stdout;
    for said in
        ["NOT converged", "every student has one score", "sd_intercept, sd_week, cor, sigma"]
    {
        assert!(run.contains(said), "{said}: {run}");
    }
    assert!(!run.contains("target-accept"), "{run}");
    let found =
        json_of(&fit(&place, &["--target", "0.5", "--target-accept", "0.99", "--json", "-"]));
    assert_eq!(found["verdict"]["status"], "unidentified");
}

/// Right answers out of six a week.
fn shares() -> String {
    let mut text = "student_id,week,score,n\n".to_string();
    for student in 0..12usize {
        for week in 0..6usize {
            let level = 0.2 + 0.04 * student as f64 + 0.04 * week as f64 + noise(student, week);
            let right = (6.0 * level).round().clamp(0.0, 6.0);
            writeln!(text, "s{student:02},{week},{},6", right / 6.0).unwrap();
        }
    }
    text
}

#[test]
fn shares_of_right_answers_ask_for_a_share() {
    let place = Playground::new();
    place.write("scores.csv", shares());
    let binomial = ["--family", "binomial", "--target", "0.6", "--json", "-"];
    let found = json_of(&fit(&place, &binomial));
    let students = found["predictions"].as_object().unwrap();
    let mut all: Vec<f64> = students.values().map(|one| number(&one["P"])).collect();
    all.sort_by(f64::total_cmp);
    let new = number(&found["new_student"]["P"]);
    assert!(all[0] < new && new < all[11], "{new} is not among {all:?}");
    let score = number(&found["new_student"]["mean_score"]);
    assert!((0.3..0.9).contains(&score), "a share, not a logit: {score}");
    let missing = fit(&place, &["--family", "binomial"]);
    assert_ne!(missing.code, Some(0));
    assert!(missing.stderr.contains("target is 0; a share"), "{}", missing.stderr);
    let student = json_of(&fit(&place, &["--family", "student", "--json", "-"]));
    assert!(student["warnings"].to_string().contains("does not use column n"), "{student}");
    let normal = json_of(&fit(&place, &["--target", "0.6", "--json", "-"]));
    assert!(normal["warnings"].to_string().contains("use the binomial family"), "{normal}");
    place.write("scores.csv", shares().replacen(",6\n", ",5\n", 1));
    let odd = fit(&place, &binomial);
    assert!(odd.stderr.contains("which is no whole number"), "{}", odd.stderr);
}

#[test]
fn a_fit_that_did_not_converge_ends_with_three() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let few = ["fit", "growth", "--data", "scores.csv", "--samples", "10", "--warmup", "10"];
    let run = place.run(&[&few[..], &["--json", "fit.json"]].concat());
    assert_eq!(run.code, Some(3), "{}", run.transcript());
    assert!(run.stderr.starts_with("not converged: "), "{}", run.stderr);
    assert!(place.exists("fit.json"), "the result is written all the same");
    for command in [&["fit", "growth"][..], &["fit", "survival"], &["job", "run", "mirt-calibrate"]]
    {
        let help = place.must(&[command, &["--help"]].concat()).stdout;
        assert!(help.contains("3 done but a model did not converge"), "{help}");
    }
}

#[test]
fn a_saved_fit_goes_on_where_it_stopped() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let fit = |more: &[&str]| {
        place.run(&[&["fit", "growth", "--data", "scores.csv"], more].concat()).ended();
    };
    let fresh = ["--chains", "2", "--warmup", "300", "--samples"];
    fit(&[&fresh[..], &["300", "--draws", "short.parquet"]].concat());
    fit(&["--resume", "short.parquet", "--samples", "700", "--json", "resumed.json"]);
    fit(&[&fresh[..], &["700", "--json", "whole.json"]].concat());
    assert_eq!(place.read("resumed.json"), place.read("whole.json"));

    let refused = |more: &[&str], said: &str| {
        let run = place.run(&[&["fit", "growth", "--data", "scores.csv"], more].concat());
        assert_ne!(run.code, Some(0), "{more:?}");
        assert!(run.stderr.contains(said), "{more:?}: {}", run.stderr);
    };
    refused(&["--resume", "short.parquet", "--samples", "200"], "at least as many");
    refused(&["--resume", "short.parquet", "--seed", "7"], "cannot be used with");
    refused(&["--resume", "scores.csv"], "scores.csv");
    place.write("scores.csv", scores().replacen("0.", "0.1", 1));
    refused(&["--resume", "short.parquet"], "other rows");
}

#[test]
fn a_fit_whose_time_is_up_says_so() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let long = ["--warmup", "50", "--samples", "100000", "--max-seconds", "0.3", "--json", "-"];
    let run = place.run(&[&["fit", "growth", "--data", "scores.csv"], &long[..]].concat());
    let found = json_of(&run);
    assert_eq!((&found["truncated"], &found["converged"]), (&json!(true), &json!(false)));
}

#[test]
fn rows_with_dates_are_predicted_on_the_weeks_of_the_fit() {
    let place = Playground::new();
    let dated = |text: String| -> String {
        let monday: chrono::NaiveDate = "2025-01-06".parse().unwrap();
        let line = |line: &str| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if let Ok(week) = cells[1].parse::<u64>() {
                cells[1] = (monday + chrono::Days::new(7 * week)).to_string();
            }
            cells.join(",") + "\n"
        };
        text.lines().map(line).collect()
    };
    place.write("scores.csv", dated(scores()));
    let run = fit(&place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    run.ended();
    // The last weeks alone: counted from their own first day they would be weeks 0 and 1.
    let last = |line: &&str| line.contains("week") || line.contains("s05");
    let rows: Vec<String> = dated(scores()).lines().filter(last).map(str::to_owned).collect();
    let tail = format!("{}\n{}\n", rows[0], rows[rows.len() - 2..].join("\n"));
    place.write("tail.csv", tail.clone());
    let predict = |file: &str| {
        let arguments = ["predict", "growth", "--model", "fit.json", "--data", file, "--json", "-"];
        json_of(&place.run(&arguments))
    };
    let found = number(&predict("tail.csv")["mean_score"]);
    place.write("numbers.csv", numbered(&tail, "2025-01-06"));
    let expected = number(&predict("numbers.csv")["mean_score"]);
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

/// Weeks since a day instead of dates.
fn numbered(text: &str, first: &str) -> String {
    let first: chrono::NaiveDate = first.parse().unwrap();
    let line = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(day) = cells[1].parse::<chrono::NaiveDate>() {
            cells[1] = ((day - first).num_days() as f64 / 7.0).to_string();
        }
        cells.join(",") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn predictions_come_from_a_mean_from_a_student_or_from_rows() {
    let place = Playground::new();
    place.write("scores.csv", scores());
    let normal = ["predict", "growth", "--mean", "0.2", "--sd", "0.4", "--target", "0.5"];
    let found = json_of(&place.run(&[&normal[..], &["--json", "-"]].concat()));
    assert!((number(&found["probability"]) - 0.226_63).abs() < 5e-6, "{found}");
    assert_eq!((&found["method"], &found["lower"]), (&json!("normal"), &Value::Null));
    let negative = ["predict", "growth", "--mean", "0.62", "--sd=-1", "--target", "0.7"];
    let negative = place.run(&negative);
    assert!(negative.code != Some(0) && negative.stderr.contains("sd"), "{}", negative.stderr);
    let without = place.run(&["predict", "growth", "--current-score", "0.2", "--target", "0.5"]);
    assert!(without.stderr.contains("no stored growth model"), "{}", without.stderr);

    let run = fit(&place, &["--target", "0.5", "--keep-model", "--json", "fit.json"]);
    run.ended();
    let with_model = |more: &[&str]| {
        let arguments = ["predict", "growth", "--model", "fit.json", "--json", "-"];
        json_of(&place.run(&[&arguments[..], more].concat()))
    };
    let student =
        with_model(&["--current-score", "0.2", "--trend", "0.1", "--weeks-remaining", "2"]);
    assert_eq!(student["method"], "posterior");
    assert!((number(&student["mean_score"]) - 0.4).abs() < 1e-9);
    // A score of one week and a slope of the population: next to nothing is known.
    assert!(number(&student["upper"]) - number(&student["lower"]) > 0.5, "{student}");
    assert_eq!(student["warnings"], json!([]));
    let off =
        ["predict", "growth", "--model", "fit.json", "--current-score", "0.2", "--target", "70"];
    let off = place.run(&off);
    assert!(off.code != Some(0) && off.stderr.contains("another scale"), "{}", off.stderr);

    // The students of the fit again, with a thousand of its draws.
    let again = with_model(&["--data", "scores.csv"]);
    let fitted: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    for (id, one) in fitted["predictions"].as_object().unwrap() {
        let other = &again["predictions"][id];
        let apart = (number(&one["P"]) - number(&other["P"])).abs();
        assert!(apart < 0.02, "{id}: {one} {other}");
    }
}

/// A place with a database of ten students who answer six questions a week for eight weeks.
struct School {
    place: Playground,
    url: Option<String>,
}

impl School {
    fn both() -> [Self; 2] {
        let url = seedtest_testkit::postgres_database().unwrap();
        [None, Some(url)].map(|url| {
            let school = Self { place: Playground::new(), url };
            school.must(&[], &["migrate"]);
            school.answers();
            school
        })
    }

    /// Runs a command that has to succeed; a model of few draws may not converge.
    fn must(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let run = self.run(environment, arguments);
        run.ended();
        run
    }

    fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut all = environment.to_vec();
        all.extend(self.url.as_deref().map(|url| ("DATABASE_URL", url)));
        self.place.run_with(&all, arguments)
    }

    fn with<T>(&self, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.unwrap().block_on(async {
            let target = match &self.url {
                Some(url) => Target::parse(url).unwrap(),
                None => Target::Sqlite { path: self.place.path("seedtest-data/seedtest.db") },
            };
            let store = Store::open(&target).await.unwrap();
            let result = work(&store).await;
            store.close().await;
            result
        })
    }

    fn answers(&self) {
        let users: Vec<String> = (0..10).map(|student| format!("s{student}")).collect();
        let rows: Vec<AttemptRow<'_>> = users
            .iter()
            .enumerate()
            .flat_map(|(student, id)| {
                (0..8usize)
                    .flat_map(move |week| (0..6usize).map(move |n| answer(id, student, week, n)))
            })
            .collect();
        self.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.write_attempts(&rows).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    fn kpis(&self, user_id: &str, week: &str) -> Map<String, Value> {
        let rows = self.with(async |store| store.weekly_kpi(week.parse().unwrap()).await.unwrap());
        rows.into_iter().find(|row| row.user_id == user_id).map(|row| row.kpis).unwrap_or_default()
    }
}

fn answer(id: &str, student: usize, week: usize, n: usize) -> AttemptRow<'_> {
    const ITEMS: [&str; 6] = ["q0", "q1", "q2", "q3", "q4", "q5"];
    let monday: chrono::DateTime<chrono::Utc> = "2025-01-27T12:00:00Z".parse().unwrap();
    let chance = 0.3 + 0.03 * student as f64 + 0.03 * week as f64;
    AttemptRow {
        user_id: id,
        item_id: ITEMS[n],
        topic_id: Some("t1"),
        session_id: None,
        subject_id: None,
        completed_at: monday + chrono::Duration::days((7 * week + n % 4) as i64),
        correct: Some(noise(student * 8 + week, n) + 0.5 < chance),
        response_time_ms: Some(20_000),
        used_hints: Some(0),
        source: None,
    }
}

const JOB: &[&str] = &["job", "run", "fit-bayesian-growth"];
const WEEK: &str = "2025-03-17";
const KEYS: [&str; 8] =
    ["P", "sigma", "P_lower", "P_upper", "P_source", "P_fitted_at", "P_target", "P_target_scale"];

#[test]
fn the_job_writes_probabilities_that_the_daily_job_carries_into_the_next_week() {
    for school in School::both() {
        school.must(&[], &["job", "run", "compute-daily-kpis"]);
        assert_eq!(school.kpis("s3", WEEK)["P_source"], Value::Null);
        let dry = school.must(&[], &[JOB, &["--dry-run"]].concat());
        assert!(dry.stdout.contains("Predictions computed for 10 students"), "{}", dry.stdout);
        assert_eq!(school.kpis("s3", WEEK)["P"], Value::Null);

        let run = school.must(&[], JOB);
        for line in [
            "[INFO] Fitting Bayesian growth model (lookback=8 weeks, n_samples=1000, n_chains=2)",
            "[INFO] Updated weekly_kpi.P/sigma for 10 users",
            "[INFO] Bayesian growth model fitting completed: run_id=brms-20250320-120000",
        ] {
            assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
        }
        let fitted = school.kpis("s3", WEEK);
        assert_eq!(fitted["P_source"], "brms");
        assert_eq!(fitted["P_fitted_at"], "2025-03-20T12:00:00.000000Z");
        assert!(number(&fitted["P_lower"]) < number(&fitted["P"]));
        assert!(number(&fitted["sigma"]) > 0.05, "that of the student: {fitted:?}");
        assert_eq!(
            (&fitted["P_target"], &fitted["P_target_scale"]),
            (&json!(0.0), &json!("theta"))
        );
        assert!(fitted["I_t"].is_number(), "the keys of the other writer stay");
        for key in ["P", "sigma", "P_lower", "P_upper"] {
            assert_eq!(fitted["reasons"].get(key), None, "{key} is known now");
        }

        let next = [("SEEDTEST_NOW", "2025-03-25T02:10:00Z"), ("METRICS_USE_BAYESIAN", "true")];
        school.must(&next, &["job", "run", "compute-daily-kpis"]);
        let carried = school.kpis("s3", "2025-03-24");
        for key in KEYS {
            assert_eq!(carried[key], fitted[key], "{key}");
        }
        let report =
            ["report", "--student", "s3", "--week", WEEK, "--lang", "en", "--out", "report"];
        school.must(&[], &report);
        let percent = format!("{:.0}", 100.0 * number(&fitted["P"]));
        let page = std::fs::read_dir(school.place.path("report"))
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .find(|text| text.contains("s3"));
        assert!(page.unwrap().contains(&percent), "P = {percent} % is not on the page");
    }
}

#[test]
fn a_later_fit_stands_on_the_scale_of_the_first_and_an_unreliable_one_changes_nothing() {
    for school in School::both() {
        school.must(&[], JOB);
        let settings = |run_id: &str| {
            let fit = school.with(async |store| store.growth_fit(run_id).await.unwrap());
            fit.unwrap_or_else(|| panic!("no fit {run_id}")).settings
        };
        let first = settings("brms-20250320-120000");
        assert_eq!(first["scale"]["source"], "attempt");
        let before = school.kpis("s3", WEEK);

        // Three draws cannot agree: the run is recorded, the probabilities stay.
        let later = [("SEEDTEST_NOW", "2025-03-21T12:00:00Z")];
        let poor =
            [JOB, &["--lookback-weeks", "4", "--n-samples", "3", "--n-warmup", "0"]].concat();
        let run = school.run(&later, &poor);
        assert_eq!(run.code, Some(3), "{}", run.transcript());
        assert!(run.stdout.contains("P and sigma stay as they were"), "{}", run.stdout);
        assert_eq!(school.kpis("s3", WEEK), before);
        assert_eq!(settings("brms-20250321-120000")["scale"], first["scale"]);
        let latest = school.with(async |store| {
            store.latest_growth_fit("2025-04-01T00:00:00Z".parse().unwrap()).await.unwrap()
        });
        assert_eq!(latest.unwrap().run_id, "brms-20250320-120000");

        let forced = school.must(&later, &[&poor[..], &["--force"]].concat());
        assert!(forced.stdout.contains("Updated weekly_kpi.P/sigma for 10 users"));
        assert_ne!(school.kpis("s3", WEEK)["P"], before["P"]);
    }
}

#[test]
fn a_student_without_a_row_gets_one_and_a_run_can_be_repeated() {
    for school in School::both() {
        let old = KpiPatch {
            user_id: "s1".into(),
            week_start: "2025-03-03".parse().unwrap(),
            patch: Map::from_iter([("I_t".to_string(), json!(0.1))]),
        };
        school.with(async |store| {
            let mut tx = store.begin().await.unwrap();
            tx.merge_weekly_kpi(&[old]).await.unwrap();
            tx.commit().await.unwrap();
        });
        school.must(&[], JOB);
        assert_eq!(school.kpis("s1", "2025-03-03")["P_source"], "brms", "on the newest row");
        assert!(school.kpis("s1", WEEK).is_empty());
        assert_eq!(school.kpis("s2", WEEK)["P_source"], "brms", "in a row of this week");
        let runs = school.must(&[], &["runs", "list"]).stdout;
        let run = runs.split_whitespace().find(|word| word.starts_with("fit-bayesian-growth-"));
        let verified = school.must(&[], &["runs", "verify", run.unwrap()]);
        assert!(!verified.stdout.to_lowercase().contains("differ"), "{}", verified.stdout);
    }
}

/// Writes an ability of one student.
fn ability(school: &School, user_id: &str, theta: f64) {
    ability_on(school, user_id, theta, "2025-03-19T03:00:00Z");
}

fn ability_on(school: &School, user_id: &str, theta: f64, at: &str) {
    let update = seedtest_store::AbilityUpdate {
        user_id: user_id.into(),
        theta,
        se: 0.3,
        model: "2PL".into(),
        fitted_at: at.parse().unwrap(),
        n_answers: None,
    };
    school.with(async |store| {
        let mut tx = store.begin().await.unwrap();
        tx.write_ability_update(&update).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_stored_fit_predicts_the_students_it_has_not_seen() {
    const RECOMPUTE: &[&str] = &["job", "run", "recompute-weekly-kpi"];
    let bayesian: &[(&str, &str)] = &[("METRICS_USE_BAYESIAN", "true")];
    for school in School::both() {
        ability(&school, "low", -0.6);
        ability(&school, "high", 0.6);
        school.must(bayesian, RECOMPUTE);
        assert_eq!(school.kpis("low", WEEK)["P_source"], "normal", "no fit yet");
        school.must(&[], JOB);
        school.must(bayesian, RECOMPUTE);
        let [low, high] = ["low", "high"].map(|id| school.kpis(id, WEEK));
        for found in [&low, &high] {
            assert_eq!(
                (&found["P_source"], &found["P_basis"]),
                (&json!("brms"), &json!("ability"))
            );
            assert_eq!(found["P_fitted_at"], "2025-03-20T12:00:00.000000Z");
            let [lower, p, upper] = ["P_lower", "P", "P_upper"].map(|key| number(&found[key]));
            assert!(0.0 < lower && lower < p && p < upper && upper < 1.0, "{found:?}");
            assert!(number(&found["sigma"]) > 0.0);
            assert_eq!(found["reasons"].get("sigma"), None);
        }
        assert!(number(&low["P"]) < number(&high["P"]), "{low:?} {high:?}");
        assert_eq!(
            school.kpis("s3", WEEK)["P_basis"],
            "scores",
            "a student of the fit keeps its P"
        );

        // A newer ability counts at once, and without the switch the approximation does.
        ability(&school, "low", 0.9);
        school.must(bayesian, RECOMPUTE);
        assert!(number(&school.kpis("low", WEEK)["P"]) > number(&low["P"]));
        school.must(&[], RECOMPUTE);
        let normal = school.kpis("high", WEEK);
        assert_eq!((&normal["P_source"], &normal["sigma"]), (&json!("normal"), &Value::Null));
        // A week before the fit knows nothing of it.
        school.must(bayesian, &[RECOMPUTE, &["--week-start", "2025-03-10"]].concat());
        assert_ne!(school.kpis("high", "2025-03-10").get("P_source"), Some(&json!("brms")));
    }
}

#[test]
fn the_p_of_a_fit_on_abilities_is_that_of_the_prediction_service() {
    for school in School::both() {
        for (week, day) in ["05", "12", "19"].into_iter().enumerate() {
            for student in 0..10 {
                let theta =
                    0.1 * student as f64 - 0.4 + 0.05 * week as f64 + 0.3 * noise(student, week);
                let at = format!("2025-03-{day}T03:00:00Z");
                ability_on(&school, &format!("s{student}"), theta, &at);
            }
        }
        school.must(&[], &[JOB, &["--score-source", "theta", "--horizon-weeks", "2"]].concat());
        ability(&school, "zoe", 0.35);
        let bayesian = [("METRICS_USE_BAYESIAN", "true"), ("METRICS_DEFAULT_TARGET", "0.5")];
        school.must(&bayesian, &["job", "run", "recompute-weekly-kpi"]);
        let fit = school
            .with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap().unwrap());
        let mut settings = fit.settings;
        let model = serde_json::from_value(settings["model"].take()).unwrap();
        let request = json!({"target": 0.5, "user_features": {"current_score": 0.35, "se": 0.3}});
        let request = serde_json::from_value(request).unwrap();
        let expected = seedtest_families::growth::predict(&request, Some(&model)).unwrap();
        let found = school.kpis("zoe", WEEK);
        assert_eq!(found["P_basis"], "ability");
        assert!((number(&found["P"]) - expected.probability.unwrap()).abs() < 1e-9);
        assert!((number(&found["P_upper"]) - expected.upper.unwrap()).abs() < 1e-9);
    }
}

#[test]
fn right_answers_are_counted_and_a_later_day_starts_warm() {
    for school in School::both() {
        let settings = |run_id: &str| {
            let fit = school.with(async |store| store.growth_fit(run_id).await.unwrap());
            fit.unwrap_or_else(|| panic!("no fit {run_id}")).settings
        };
        let binomial: &[(&str, &str)] = &[("BRMS_FAMILY", "binomial")];
        // Ten students are few: whether the chains diverge is not the question here.
        school.must(binomial, &[JOB, &["--force"]].concat());
        let first = settings("brms-20250320-120000");
        assert_eq!((&first["family"], &first["warm_start"]), (&json!("binomial"), &json!(false)));
        // Ability 0 is the average share of right answers.
        let average = number(&first["scale"]["mean"]);
        assert!((number(&first["target"]) - average).abs() < 1e-12, "{first}");
        assert_eq!(school.kpis("s3", WEEK)["P_source"], "brms");
        school.must(&[], JOB);
        for (now, run_id, warm) in [
            ("2025-03-20T18:00:00Z", "brms-20250320-180000", false),
            ("2025-03-21T12:00:00Z", "brms-20250321-120000", true),
        ] {
            school.must(&[("SEEDTEST_NOW", now)], JOB);
            assert_eq!(settings(run_id)["warm_start"], warm, "{now}");
        }
        let runs = school.must(&[], &["runs", "list"]).stdout;
        let warm = runs.split_whitespace().find(|word| word.starts_with("fit-bayesian-growth-"));
        let verified = school.must(&[], &["runs", "verify", warm.unwrap()]);
        assert!(!verified.stdout.to_lowercase().contains("differ"), "{}", verified.stdout);
        let theta = [JOB, &["--score-source", "theta"]].concat();
        ability(&school, "s1", 0.1);
        ability(&school, "s2", 0.3);
        let mut environment = binomial.to_vec();
        environment.extend(school.url.as_deref().map(|url| ("DATABASE_URL", url)));
        let run = school.place.run_with(&environment, &theta);
        assert_ne!(run.code, Some(0), "{}", run.transcript());
        assert!(run.transcript().contains("no shares of right answers"), "{}", run.transcript());
    }
}

#[test]
fn scores_of_one_week_say_nothing_of_growth_and_leave_no_probability() {
    for school in School::both() {
        for student in 0..10 {
            ability(&school, &format!("s{student}"), 0.1 * f64::from(student) - 0.4);
        }
        let run = school.must(&[], &[JOB, &["--score-source", "theta"]].concat());
        assert!(run.stdout.contains("P is null (slope_of_prior)"), "{}", run.stdout);
        let row = school.kpis("s3", WEEK);
        assert_eq!((&row["P"], &row["P_source"]), (&Value::Null, &Value::Null));
        for key in ["P", "sigma", "P_lower", "P_upper"] {
            assert_eq!(row["reasons"][key], "slope_of_prior", "{row:?}");
        }
        let fit =
            school.with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap());
        assert_eq!(fit.unwrap().diagnostics["verdict"], "unidentified");
    }
}

#[test]
fn the_stored_verdict_is_the_one_that_was_answered() {
    for school in School::both() {
        // 2 × 60 draws agree but are few.
        let short = [JOB, &["--n-samples", "60"]].concat();
        school.must(&[], &short);
        let fit =
            school.with(async |store| store.growth_fit("brms-20250320-120000").await.unwrap());
        let diagnostics = fit.unwrap().diagnostics;
        assert_ne!(diagnostics["verdict"], "converged", "{diagnostics}");
        assert_eq!(diagnostics["verdict"], diagnostics["details"]["status"], "{diagnostics}");
        let latest = school.with(async |store| {
            store.latest_growth_fit("2025-04-01T00:00:00Z".parse().unwrap()).await.unwrap()
        });
        assert_eq!(latest, None);
    }
}

#[test]
fn without_answers_abilities_are_fitted_and_without_both_nothing_is() {
    for school in School::both() {
        let theta = [JOB, &["--score-source", "theta"]].concat();
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("[WARN] No data found for Bayesian fitting"), "{}", run.stdout);
        for (week, (day, at)) in [("03", -0.1), ("10", 0.0), ("17", 0.2)].into_iter().enumerate() {
            let fitted_at = format!("2025-03-{day}T03:00:00Z");
            school.with(async |store| {
                let mut tx = store.begin().await.unwrap();
                for student in 0..10usize {
                    let update = seedtest_store::AbilityUpdate {
                        user_id: format!("s{student}"),
                        theta: at + 0.1 * student as f64 + 0.5 * noise(student, week),
                        se: 0.3,
                        model: "2PL".into(),
                        fitted_at: fitted_at.parse().unwrap(),
                        n_answers: None,
                    };
                    tx.write_ability_update(&update).await.unwrap();
                }
                tx.commit().await.unwrap();
            });
        }
        let run = school.must(&[], &theta);
        assert!(run.stdout.contains("Loaded 30 weekly scores of 10 students from mirt_ability"));
        assert_eq!(school.kpis("s2", WEEK)["P_source"], "brms");
    }
}

#[test]
fn a_service_at_another_address_fits_and_its_refusal_fails_the_job() {
    let fitted = json!({
        "status": "success", "posterior_summary": {"week": {"mean": 0.04}},
        "diagnostics": {"rhat": {"max": 1.01}, "divergences": 0},
        "predictions": {"s1": {"probability": 0.7, "uncertainty": 0.12}, "s2": {"P": 2.0}},
    });
    for school in School::both() {
        let (url, _, last) = service(vec![(200, fitted.clone())]);
        let run = school.must(&[("R_BRMS_BASE_URL", &url)], JOB);
        assert!(run.stdout.contains("Predictions computed for 1 students"), "{}", run.stdout);
        let row = school.kpis("s1", WEEK);
        assert_eq!((&row["P"], &row["sigma"]), (&json!(0.7), &json!(0.12)));
        assert_eq!((&row["P_lower"], &row["P_source"]), (&Value::Null, &json!("brms")));
        assert!(school.kpis("s2", WEEK).is_empty(), "2.0 is no probability");
        let request = last.lock().unwrap().clone();
        assert!(request.starts_with("POST /growth/fit "), "{request}");
        for part in ["\"student_id\":\"s1\"", "\"n_samples\":1000", "\"eta\":1.0"] {
            assert!(request.contains(part), "{part}");
        }

        let (url, calls, _) = service(vec![(422, json!({"message": "no variation"}))]);
        let mut environment = vec![("R_BRMS_BASE_URL", &*url)];
        environment.extend(school.url.as_deref().map(|url| ("DATABASE_URL", url)));
        let run = school.place.run_with(&environment, JOB);
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        assert!(run.stdout.contains("[ERROR] R BRMS service call failed"), "{}", run.stdout);
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert_eq!(school.kpis("s1", WEEK), row);
    }
}
