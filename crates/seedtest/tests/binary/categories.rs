//! Items with several categories, and comparisons of groups item by item.

use std::fmt::Write as _;

use seedtest_numerics::{Stream, logistic};
use serde_json::{Value, json};

use crate::playground::Playground;

/// Scores 0 to 3 of graded items of slope 1.2, one answer a row; item `q5` has no answer with score 1.
fn graded(students: usize) -> String {
    let mut text = String::from("student,item,score\n");
    for student in 0..students {
        let mut stream = Stream::new(21, student as u64);
        let theta = stream.normal();
        for item in 0..6 {
            let (centre, u) = (0.4 * f64::from(item) - 1.0, stream.uniform());
            let reached = |k: i32| u < logistic(1.2 * (theta - centre - f64::from(k - 2)));
            let score = (1..4).filter(|k| reached(*k)).count();
            let score = if item == 5 && score == 1 { 0 } else { score };
            let _ = writeln!(text, "s{student:04},q{item},{score}");
        }
    }
    text
}

/// The same answers, one student a row.
fn wide(long: &str) -> String {
    let mut text = String::from("student,q0,q1,q2,q3,q4,q5\n");
    let rows: Vec<Vec<&str>> = long.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for of_student in rows.chunks(6) {
        let scores: Vec<&str> = of_student.iter().map(|row| row[2]).collect();
        let _ = writeln!(text, "{},{}", of_student[0][0], scores.join(","));
    }
    text
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

#[test]
fn scored_answers_are_calibrated_from_rows_and_from_columns() {
    let place = Playground::new();
    let long = graded(600);
    place.write("wide.csv", wide(&long));
    place.write("long.csv", long);
    place.write("models.json", r#"{"q1":"gpcm","q2":"nrm"}"#);
    let fit = ["fit", "irt", "--model", "grm", "--data"];
    place.must(&[&fit[..], &["long.csv", "--quality", "--json", "long.json"]].concat());
    place.must(&[&fit[..], &["wide.csv", "--quality", "--json", "wide.json"]].concat());
    let (found, columns) = (json(&place, "long.json"), json(&place, "wide.json"));
    assert_eq!(found["item_params"], columns["item_params"]);
    assert_eq!(found["abilities"], columns["abilities"]);
    let item = &found["item_params"][0];
    assert_eq!((&item["item_id"], &item["model"]), (&json!("q0"), &json!("GRM")));
    let b: Vec<f64> = serde_json::from_value(item["params"]["b"].clone()).unwrap();
    let se: Vec<f64> = serde_json::from_value(item["se"]["b"].clone()).unwrap();
    for ((b, truth), se) in b.iter().zip([-2.0, -1.0, 0.0]).zip(se) {
        assert!((b - truth).abs() < 4.0 * se && se < 0.3, "{b} {truth} ± {se}");
    }
    assert_eq!(found["item_params"][5]["collapsed"], json!([1]));
    assert!(
        found["warnings"].to_string().contains("nobody has score 1 on q5"),
        "{}",
        found["warnings"]
    );
    assert_eq!(found["quality"]["dimensions"]["n_dimensions"], 1);
    let by_item = ["long.csv", "--model-by-item", "models.json", "--json", "mixed.json"];
    place.must(&[&fit[..], &by_item].concat());
    let mixed = json(&place, "mixed.json");
    let models: Vec<&str> =
        (0..6).map(|j| mixed["item_params"][j]["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["GRM", "GPCM", "NRM", "GRM", "GRM", "GRM"]);
    let rating = place.must(&["fit", "irt", "--model", "rsm", "--data", "long.csv"]).stdout;
    assert!(rating.contains("rating scale of 4 categories: thresholds"), "{rating}");
}

#[test]
fn the_fit_of_the_whole_model_is_that_of_its_moments() {
    let place = Playground::new();
    place.write("long.csv", graded(600));
    let fit = ["fit", "irt", "--model", "grm", "--data", "long.csv", "--fit-statistics"];
    place.must(&[&fit[..], &["--quality", "--json", "fit.json"]].concat());
    let found = json(&place, "fit.json");
    let m2 = &found["fit_statistics"]["m2"];
    // Five items with four categories and one with three: 17 shares, 15 pairs, 23 parameters.
    assert_eq!((&m2["n"], &m2["df"]), (&json!(600), &json!(32 - 23)), "{m2}");
    assert!(m2["p"].as_f64().unwrap() > 0.001 && m2["srmsr"].as_f64().unwrap() < 0.05, "{m2}");
    let local = &found["quality"]["local_dependence"];
    assert_eq!((&local["n_pairs"], &local["pairs"]), (&json!(15), &json!([])), "{local}");
    assert!(found["quality"]["pairs"][0]["q3"].is_number(), "{}", found["quality"]["pairs"]);
    let shown = place.must(&fit).stdout;
    for said in ["C2 ", "df 9", "RMSEA2 ", "SRMSR ", "marginal reliability"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn odd_categories_groups_and_maxima_are_told() {
    let place = Playground::new();
    let long = graded(600);
    let mut one_score = long.clone();
    for student in 0..600 {
        let _ = writeln!(one_score, "s{student:04},q9,2");
    }
    place.write("one.csv", one_score);
    let fit = ["fit", "irt", "--model", "grm", "--data"];
    let shown = place.must(&[&fit[..], &["one.csv"]].concat()).stdout;
    assert!(shown.contains("1 items were skipped"), "{shown}");
    // Somebody numbered the middle categories of an item the other way round.
    let swapped: String = graded(2_000)
        .lines()
        .map(|line| match line.strip_suffix(",1").or_else(|| line.strip_suffix(",2")) {
            Some(rest) if rest.ends_with("q1") && line.ends_with('1') => format!("{rest},2\n"),
            Some(rest) if rest.ends_with("q1") => format!("{rest},1\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    place.write("swapped.csv", swapped);
    let shown = place.must(&[&fit[..], &["swapped.csv"]].concat()).stdout;
    assert!(shown.contains("check the order of the categories of q1"), "{shown}");
    place.write("long.csv", &long);
    place.write("low.json", r#"{"q0":2}"#);
    let refused = place.run(&[&fit[..], &["long.csv", "--max-scores", "low.json"]].concat());
    let said = "has 3 on item q0, whose highest is 2";
    assert!(refused.code == Some(1) && refused.stderr.contains(said), "{}", refused.transcript());
    let group =
        |line: &str| if line.starts_with("s000") && line < "s0003" { "few" } else { "many" };
    let grouped: String =
        long.lines()
            .enumerate()
            .map(|(at, line)| {
                if at == 0 { format!("{line},side\n") } else { format!("{line},{}\n", group(line)) }
            })
            .collect();
    place.write("sides.csv", grouped);
    let refused = place.run(&[&fit[..], &["sides.csv", "--dif", "side"]].concat());
    assert!(refused.stderr.contains("group few has 3 students with answers"), "{}", refused.stderr);
    let shown = place.must(&[&fit[..], &["sides.csv", "--group", "side"]].concat()).stdout;
    assert!(shown.contains("group few has 3 students with answers"), "{shown}");
    place.write("bank.json", r#"[{"item_id":"q1"}]"#);
    let refused = place.run(&["cat", "simulate", "--bank", "bank.json", "--n", "10"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("q1"), "{}", refused.transcript());
}

#[test]
fn what_models_with_categories_do_not_have_is_refused_by_flag() {
    let place = Playground::new();
    place.write("long.csv", graded(60));
    place.write("half.csv", "student,item,score\na,q,0.5\n");
    let fit = ["fit", "irt", "--data", "long.csv", "--model"];
    for (rest, said) in [
        (&["gpcm", "--guessing", "0.2"][..], "--guessing"),
        (&["gpcm", "--blank", "wrong"], "--blank"),
        (&["gpcm", "--from", "pisa"], "--from"),
        (&["gpcm", "--covariance"], "--covariance"),
        (&["4pl"], "auto-per-item"),
        (&["2pl", "--score", "score"], "--score"),
    ] {
        let refused = place.run(&[&fit[..], rest].concat());
        assert_eq!(refused.code, Some(2), "{rest:?}");
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let refused = place.run(&["fit", "irt", "--data", "half.csv", "--model", "grm"]);
    assert!(refused.stderr.contains("row 1, column score: 0.5"), "{}", refused.stderr);
}

#[test]
fn rows_without_a_score_or_a_student_are_counted() {
    let place = Playground::new();
    place.write("long.csv", graded(60) + "NA,q0,1\nz,q0,absent\ns0000,q0,3\n");
    let fit = ["fit", "irt", "--data", "long.csv", "--model", "pcm", "--na", "absent"];
    place.must(&[&fit[..], &["--json", "fit.json"]].concat());
    let rows = &json(&place, "fit.json")["rows"];
    assert_eq!((&rows["read"], &rows["used"]), (&json!(363), &json!(360)));
    let expected = json!({"repeated": 1, "no_student_or_item": 1, "no_score": 1});
    assert_eq!(rows["rejected"], expected);
    let shown = place.must(&fit).stdout;
    let line = "rows: 363 read, 360 used, 1 no_score, 1 no_student_or_item, 1 repeated";
    assert!(shown.contains(line), "{shown}");
    let strict = place.run(&[&fit[..], &["--strict"]].concat());
    assert_eq!(strict.code, Some(1), "{}", strict.transcript());
    assert!(strict.stderr.contains("1 of 363 rows cannot be read"), "{}", strict.stderr);
    place.write("wide.csv", wide(&graded(60)).replacen("s0007,", "s0007,x", 1));
    let odd = place.run(&["fit", "irt", "--data", "wide.csv", "--model", "grm"]);
    assert!(odd.stderr.contains("line 9, column q0: \"x"), "{}", odd.stderr);
}

#[test]
fn columns_of_answers_that_are_no_scores_are_told() {
    let place = Playground::new();
    let scores = wide(&graded(60));
    let (mut marks, mut points) = (String::new(), String::new());
    for (row, line) in scores.lines().enumerate() {
        let (mark, of_five) = match row {
            0 => ("q6", "q6".to_owned()),
            row => (if row % 2 == 0 { "O" } else { "X" }, format!("{}/5", row % 6)),
        };
        let _ = writeln!(marks, "{line},{mark}");
        let _ = writeln!(points, "{line},{of_five}");
    }
    place.write("marks.csv", marks);
    let fit = ["fit", "irt", "--model", "pcm", "--data"];
    place.must(&[&fit[..], &["marks.csv", "--json", "fit.json"]].concat());
    let warnings = json(&place, "fit.json")["warnings"].to_string();
    assert!(warnings.contains("write 1 and 0 instead: q6"), "{warnings}");
    place.write("points.csv", points);
    let refused = place.run(&[&fit[..], &["points.csv"]].concat());
    assert!(refused.stderr.contains("row 1, column q6: 1/5 is no score"), "{}", refused.stderr);
    place.write("alone.csv", "student,q0,q1\ns0,O,X\ns1,X,O\ns2,X,X\n");
    let refused = place.run(&[&fit[..], &["alone.csv"]].concat());
    assert!(refused.stderr.contains("q0, q1 hold marks"), "{}", refused.stderr);
}

#[test]
fn sums_are_no_items_and_what_can_be_had_is_no_student() {
    let place = Playground::new();
    let scores = wide(&graded(60));
    let mut sums = String::new();
    for (row, line) in scores.lines().enumerate() {
        let sum = if row == 0 { "합계".to_owned() } else { (row % 7).to_string() };
        let _ = writeln!(sums, "{line},{sum}");
    }
    sums += "만점,3,3,3,3,3,3,18\n";
    place.write("plain.csv", scores);
    place.write("sums.csv", sums);
    let fit = ["fit", "irt", "--model", "pcm", "--data"];
    place.must(&[&fit[..], &["plain.csv", "--json", "plain.json"]].concat());
    place.must(&[&fit[..], &["sums.csv", "--json", "sums.json"]].concat());
    let (plain, found) = (json(&place, "plain.json"), json(&place, "sums.json"));
    assert_eq!(found["item_params"], plain["item_params"]);
    assert_eq!(found["abilities"], plain["abilities"]);
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("no items, by their names: 합계"), "{warnings}");
    assert!(warnings.contains("rows that are no student's: 만점 (row 61)"), "{warnings}");
}

#[test]
fn an_item_that_is_harder_for_one_group_is_named() {
    let mut text = String::from("student,sex,item,correct\n");
    for student in 0..900 {
        let (mut stream, focal) = (Stream::new(22, student), student % 2 == 1);
        let theta = stream.normal() - if focal { 0.4 } else { 0.0 };
        for item in 0..8 {
            let harder = if item == 3 && focal { 0.9 } else { 0.0 };
            let p = logistic(1.3 * (theta - 0.3 * f64::from(item) + 1.0 - harder));
            let right = u8::from(stream.bernoulli(p));
            let sex = if focal { "w" } else { "m" };
            let _ = writeln!(text, "s{student:03},{sex},q{item},{right}");
        }
    }
    let place = Playground::new();
    place.write("answers.csv", text);
    let fit = ["fit", "irt", "--data", "answers.csv", "--dif", "sex"];
    let shown = place.must(&fit).stdout;
    assert!(shown.contains("q3 is harder for w than for equally able students of m"), "{shown}");
    place.must(&[&fit[..], &["--json", "dif.json"]].concat());
    let found = &json(&place, "dif.json")["dif"][0];
    assert_eq!((&found["reference"], &found["focal"]), (&json!("m"), &json!("w")));
    let differ: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| !item["found"].is_null())
        .map(|item| item["item_id"].as_str().unwrap())
        .collect();
    assert_eq!(differ, ["q3"]);
    let item = &found["items"][3];
    assert_eq!(
        (&item["found"], &item["mantel_haenszel"]["class"]),
        (&json!("uniform"), &json!("C"))
    );
    assert!(item["model"]["expected_difference"].as_f64().unwrap() < -0.08);

    place.write(
        "few.csv",
        "student,sex,item,correct\na,w,q,1\nb,m,q,0\na,w,r,0\nb,m,r,1\nc,m,q,1\nc,m,r,1\n",
    );
    let refused =
        place.run(&["fit", "irt", "--data", "few.csv", "--dif", "sex", "--model", "rasch"]);
    assert!(refused.stderr.contains("at least 100 are needed"), "{}", refused.stderr);
}

#[test]
fn known_items_carry_the_scale_of_scores() {
    let place = Playground::new();
    place.write("long.csv", graded(600));
    let fit = ["fit", "irt", "--model", "grm", "--data", "long.csv"];
    place.must(&[&fit[..], &["--json", "free.json"]].concat());
    let free = json(&place, "free.json");
    // The same items on a scale that is moved by A = 2, B = 1.
    let items = free["item_params"].as_array().unwrap();
    let moved: Vec<Value> = items
        .iter()
        .map(|item| {
            let (a, b) = (item["params"]["a"][0].as_f64().unwrap(), &item["params"]["b"]);
            let b: Vec<f64> =
                b.as_array().unwrap().iter().map(|b| 2.0 * b.as_f64().unwrap() + 1.0).collect();
            let scores: Vec<&Value> =
                item["categories"].as_array().unwrap().iter().map(|of| &of["score"]).collect();
            json!({"item_id": item["item_id"], "model": "GRM", "fixed": true,
                "params": {"a": a / 2.0, "b": b, "scores": scores}})
        })
        .collect();
    place.write("anchors.json", serde_json::to_string(&moved[..4]).unwrap());
    for (method, name) in [("auto", "held.json"), ("stocking_lord", "linked.json")] {
        let anchored = ["--anchors", "anchors.json", "--linking", method, "--json", name];
        place.must(&[&fit[..], &anchored].concat());
        let found = json(&place, name);
        let constants = &found["fit_meta"]["linking_constants"];
        assert_eq!(constants["n_anchors"], 4, "{found}");
        let near = |key: &str, truth: f64, within: f64| {
            let found = constants[key].as_f64().unwrap();
            assert!((found - truth).abs() < within, "{method} {key} {found}");
        };
        near("slope", 2.0, 0.1);
        near("intercept", 1.0, 0.1);
        let last = found["item_params"][5]["params"]["b"][0].as_f64().unwrap();
        assert!((last - moved[5]["params"]["b"][0].as_f64().unwrap()).abs() < 0.2, "{last}");
        assert!(found["item_params"][5]["se"]["b"][0].as_f64().unwrap() > 0.1);
        assert_eq!(found["item_params"][0]["anchor"], true);
    }
    place.must(&["link", "free.json", "held.json", "--json", "link.json"]);
    let link = json(&place, "link.json");
    assert!((link["linking_constants"]["slope"].as_f64().unwrap() - 2.0).abs() < 0.1, "{link}");
    assert!(link["linking_constants"]["slope_se"].as_f64().unwrap() > 0.0);
    let shown = place.must(&["link", "free.json", "held.json"]).stdout;
    assert!(shown.contains("stocking_lord on") && shown.contains("distance"), "{shown}");
    // Items that both have, but with other models, are told from items that only one has.
    let credit = ["fit", "irt", "--model", "gpcm", "--data", "long.csv", "--json", "credit.json"];
    place.must(&credit);
    let refused = place.run(&["link", "credit.json", "free.json"]);
    let said = "6 items are on both sides with other models or categories, the first is q0";
    assert!(refused.code == Some(1) && refused.stderr.contains(said), "{}", refused.transcript());
    assert!(refused.stderr.contains("with one model"), "{}", refused.stderr);
    let shown = place.must(&["link", "credit.json", "free.json", "held.json"]).stdout;
    assert!(shown.contains("6 items of both have other models or categories"), "{shown}");
    // A stored calibration is where the next one starts, and changes nothing.
    place.must(&[&fit[..], &["--start", "free.json", "--json", "again.json"]].concat());
    let again = json(&place, "again.json");
    let loglik = |of: &Value| of["fit_meta"]["metrics"]["loglik"].as_f64().unwrap();
    assert!((loglik(&again) - loglik(&free)).abs() < 1e-4);

    place.write(
        "odd.json",
        r#"[{"item_id":"q0","params":{"a":1,"b":[1,0,2]},"model":"GRM","fixed":true}]"#,
    );
    let refused = place.run(&[&fit[..], &["--anchors", "odd.json"]].concat());
    assert!(refused.stderr.contains("anchor q0"), "{}", refused.stderr);
    place.write(
        "few.json",
        r#"[{"item_id":"q0","params":{"a":1,"b":[0,1]},"model":"GRM","fixed":true}]"#,
    );
    let refused = place.run(&[&fit[..], &["--anchors", "few.json"]].concat());
    assert!(refused.stderr.contains("item q0 was answered with score 3"), "{}", refused.stderr);
}

#[test]
fn scores_are_scored_with_stored_curves() {
    let place = Playground::new();
    place.write("long.csv", graded(400));
    let fit = ["fit", "irt", "--model", "gpcm", "--data", "long.csv", "--json", "fit.json"];
    place.must(&fit);
    let score = ["score", "--params", "fit.json", "--data", "long.csv"];
    place.must(&[&score[..], &["--json", "scores.json"]].concat());
    let (fitted, found) = (json(&place, "fit.json"), json(&place, "scores.json"));
    assert_eq!(found["population"]["source"], "fit");
    for (one, other) in
        fitted["abilities"].as_array().unwrap().iter().zip(found["scores"].as_array().unwrap())
    {
        assert_eq!(one["user_id"], other["user_id"]);
        let [x, y] = [&one["theta"], &other["theta"]].map(|theta| theta.as_f64().unwrap());
        // The same posterior, on the nodes of the fit there and on 61 here.
        assert!((x - y).abs() < 1e-3, "{x} {y}");
    }
    place.write(
        "bank.json",
        r#"{"q0":{"model":"GRM","a":1.2,"b":[-2,-1,0]},"q1":{"model":"PCM","b":[0,1]}}"#,
    );
    place.write("few.csv", "who,what,points\na,q0,2\na,q1,5\nb,q9,1\n");
    let named = ["--student", "who", "--item", "what", "--score", "points", "--json", "few.json"];
    place.must(&[&["score", "--params", "bank.json", "--data", "few.csv"][..], &named].concat());
    let few = json(&place, "few.json");
    assert_eq!(few["scores"][0]["sum"], 7);
    assert_eq!(few["scores"][1]["reason"], "only_skipped_items");
    assert!(
        few["warnings"]
            .to_string()
            .contains("1 answers have a score that the calibration has not seen")
    );
    let refused = place.run(&[&score[..], &["--sum-scores"]].concat());
    assert!(refused.stderr.contains("--sum-scores"), "{}", refused.stderr);
}

/// Students of two classes, one a row, with codes for what was not answered.
fn survey(students: usize) -> String {
    let mut text = String::from("반,번호,이름,q1,q2,q3,합계\n");
    for student in 0..students {
        let mut stream = Stream::new(77, student as u64);
        let theta = stream.normal();
        let mut score = |from: f64| {
            let of =
                (0..3).filter(|step| theta + stream.normal() > from + f64::from(*step)).count();
            if stream.bernoulli(0.1) { "9".to_owned() } else { of.to_string() }
        };
        let [one, two, three] = [-1.5, -1.0, -0.5].map(&mut score);
        let (class, number) = (student % 2 + 1, student / 2 + 1);
        let _ = writeln!(text, "{class}반,{number},학생{student},{one},{two},{three},7");
    }
    text
}

#[test]
fn categories_of_a_school_table_keep_its_students_and_say_what_is_no_answer() {
    let place = Playground::new();
    place.write("school.csv", survey(300));
    let fit = ["fit", "irt", "--model", "grm", "--data", "school.csv", "--json", "fit.json"];
    place.must(&fit);
    let fitted = json(&place, "fit.json");
    let said = "items: 9 read as no answer (--max-scores says otherwise)";
    assert!(fitted["warnings"].to_string().contains(said), "{}", fitted["warnings"]);
    assert_eq!(fitted["abilities"][0]["user_id"], "1-1");
    assert!(fitted["rows"]["rejected"]["no_score"].as_u64().unwrap() > 50, "{}", fitted["rows"]);
    let score = ["score", "--params", "fit.json", "--data", "school.csv", "--json", "score.json"];
    place.must(&score);
    let scored = json(&place, "score.json");
    assert!(scored["warnings"].to_string().contains(said), "{}", scored["warnings"]);
    assert!(scored["warnings"].to_string().contains("합계"), "{}", scored["warnings"]);
    assert_eq!(scored["scores"].as_array().unwrap().len(), 300);
    assert!(scored["scores"].as_array().unwrap().iter().any(|of| of["user_id"] == "2-150"));
    // Names alone, where somebody says so.
    place.must(&[&score[..6], &["named.json", "--id", "이름"]].concat());
    assert!(json(&place, "named.json")["scores"].to_string().contains("학생299"));
}

#[test]
fn a_score_above_the_highest_is_refused_with_student_and_item() {
    let place = Playground::new();
    place.write("long.csv", graded(60));
    place.write("highest.json", r#"{"q1":2}"#);
    let fit = ["fit", "irt", "--model", "grm", "--data"];
    let refused = place.run(&[&fit[..], &["long.csv", "--max-scores", "highest.json"]].concat());
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stderr.contains("on item q1, whose highest is 2"), "{}", refused.stderr);
    let with = |line: &str| {
        let (head, rest) = line.split_once('\n').unwrap();
        let rows: Vec<String> = rest.lines().map(|row| format!("{row},4")).collect();
        format!("{head},max_score\n{}\n", rows.join("\n"))
    };
    place.write("maxima.csv", with(&graded(600)));
    place.must(&[&fit[..], &["maxima.csv", "--json", "fit.json"]].concat());
    assert_eq!(json(&place, "fit.json")["item_params"][0]["collapsed"], json!([4]));
    let odd = with(&graded(60)).replacen(",4\n", ",5\n", 1);
    place.write("odd.csv", odd);
    let refused = place.run(&[&fit[..], &["odd.csv"]].concat());
    assert!(
        refused.stderr.contains("item q0 has the highest scores 5 and 4"),
        "{}",
        refused.stderr
    );
}

/// Right and wrong answers of one grade to its own items and those it shares with the next one.
fn grade(grade: usize, students: usize) -> String {
    let mut text = String::from("student,item,correct\n");
    for student in 0..students {
        let mut stream = Stream::new(40 + grade as u64, student as u64);
        let theta = stream.normal() + 0.5 * grade as f64;
        for item in 8 * grade..8 * grade + 16 {
            let right = u8::from(stream.bernoulli(logistic(theta - 0.1 * item as f64)));
            let _ = writeln!(text, "g{grade}s{student},q{item:02},{right}");
        }
    }
    text
}

#[test]
fn many_calibrations_get_onto_one_scale_over_the_surest_chain() {
    let place = Playground::new();
    for of in [0, 1, 2, 7] {
        place.write(&format!("{of}.csv"), grade(of, 500));
        let (data, out) = (format!("{of}.csv"), format!("{of}.json"));
        place.must(&["fit", "irt", "--model", "2pl", "--data", &data, "--json", &out]);
    }
    let all = ["link", "2.json", "0.json", "1.json", "7.json"];
    place.must(&[&all[..], &["--json", "graph.json"]].concat());
    let graph = json(&place, "graph.json");
    assert_eq!((&graph["reference"], &graph["connected"]), (&json!("0.json"), &json!(false)));
    let file = |at: usize| &graph["files"][at];
    assert_eq!(file(0)["through"], json!(["1.json", "0.json"]));
    let number = |at: usize, key: &str| file(at)[key].as_f64().unwrap();
    // Abilities of the grades are 0.5 apart, each calibration has its own at 0.
    assert!((number(0, "intercept") - 1.0).abs() < 4.0 * number(0, "intercept_se"), "{graph}");
    assert!(number(0, "intercept_se") > number(2, "intercept_se"));
    assert!(file(0)["weakest"].is_array() && file(3)["linked"] == false);
    assert!(graph["warnings"][0].as_str().unwrap().contains("leads from 7.json to 0.json"));
    let shown = place.must(&all).stdout;
    assert!(
        shown.contains("1.json → 0.json; weakest link") && shown.contains("no items in common"),
        "{shown}"
    );
    let twice = place.run(&["link", "0.json", "1.json", "0.json"]);
    assert!(twice.stderr.contains("0.json is given twice"), "{}", twice.stderr);
}

#[test]
fn the_job_calibrates_points_and_stores_what_scores_and_adaptive_tests_read() {
    let place = Playground::new();
    let mut text = String::from("student_id,item_id,points,max_points,completed_at\n");
    for (at, row) in graded(400).lines().skip(1).enumerate() {
        // Within 30 days of each night: over older answers a run stands on the newest one's day.
        let minute =
            format!("2025-02-{:02}T{:02}:{:02}:00Z", 15 + at / 1440, at / 60 % 24, at % 60);
        let _ = writeln!(text, "{row},3,{minute}");
    }
    place.write("points.csv", text);
    place.must(&["import", "points.csv", "--right-at", "1"]);
    let at = |now: &str, arguments: &[&str]| {
        let run = place.run_with(&[("SEEDTEST_NOW", now)], arguments);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        run.stdout
    };
    let job = ["job", "run", "mirt-calibrate", "--model", "GRM"];
    let first = at("2025-03-10T03:00:00Z", &job);
    assert!(first.contains("6 items, 400 abilities"), "{first}");
    assert!(first.contains("nobody has score 1 on q5"), "{first}");
    let again = at("2025-03-10T04:00:00Z", &job);
    assert!(again.contains("Same answers and settings"), "{again}");
    assert_eq!(place.rows("mirt_item_params"), 6);
    let ledger = at("2025-03-10T05:00:00Z", &["runs", "list", "--json"]);
    let lines = ledger.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let fits: Vec<Value> = lines.filter(|line| line["verdict"]["status"] == "converged").collect();
    let run_id = fits[0]["run_id"].as_str().unwrap();
    let verified = at("2025-05-01T00:00:00Z", &["--threads", "1", "runs", "verify", run_id]);
    assert!(verified.contains("identical"), "{verified}");
    // The same answers on the next night are calibrated again, on the same scale.
    let next = at("2025-03-11T03:00:00Z", &job);
    assert!(!next.contains("not linked"), "{next}");
    assert_eq!(place.rows("mirt_item_params"), 12);
    // The page for operators draws items of scores as what students reached of the highest score.
    let report = ["report", "--all", "--lang", "en", "--week", "2025-03-10", "--out", "out"];
    at("2025-03-12T00:00:00Z", &["job", "run", "compute-daily-kpis"]);
    at("2025-03-12T00:00:00Z", &report);
    let page = place.read("out/operator.html");
    let drawn = page.matches("expected share of the highest score by ability").count();
    assert_eq!(drawn, 6, "every item has a curve");
    assert!(page.contains("groups of students lie"), "beside what groups of students reached");
}

#[test]
fn a_calibration_has_a_page() {
    let place = Playground::new();
    place.write("long.csv", graded(400));
    let fit = ["fit", "irt", "--model", "gpcm", "--data", "long.csv", "--report", "page.html"];
    place.must(&fit);
    let page = place.read("page.html");
    for said in [
        "long.csv",
        "Wright map",
        "Item q0",
        "Information of the test",
        "Scores and abilities",
        "Eigenvalue",
        "GPCM",
    ] {
        assert!(page.contains(said), "{said}");
    }
    // The head holds fonts as Base64, in which any letters can follow each other.
    let (_, body) = page.split_once("<body").unwrap();
    assert!(!body.contains("NaN") && !page.contains("http://127"), "numbers only");
    assert!(!body.contains("calibration."), "every text has its key");
    place.must(&[&fit[..7], &["korean.html", "--lang", "ko", "--fit-statistics"]].concat());
    let page = place.read("korean.html");
    for said in ["문항 추정", "문항 q0", "검사 정보량", "점수와 능력", "고윳값", "RMSEA2"]
    {
        assert!(page.contains(said), "{said}");
    }
    let (_, body) = page.split_once("<body").unwrap();
    assert!(!body.contains("Standard error") && !body.contains("calibration."), "in Korean");
    let refused = place.run(&["fit", "irt", "--data", "long.csv", "--lang", "ko"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("--report"), "{}", refused.stderr);
    place.write("plain.csv", grade(0, 300));
    place.must(&[
        "fit",
        "irt",
        "--data",
        "plain.csv",
        "--report",
        "plain.html",
        "--json",
        "fit.json",
    ]);
    let page = place.read("plain.html");
    assert!(page.contains("Item q00") && page.contains("groups of students"), "{}", page.len());
    let refused = place.run(&["fit", "irt", "--data", "plain.csv", "--report", "no/where.html"]);
    assert!(refused.stderr.contains("cannot write"), "{}", refused.stderr);
}
