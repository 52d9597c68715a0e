//! Rosters and names: classes get pages, students their names, topics theirs in two languages.

use std::fs;

use chrono::{Days, NaiveDate};

use crate::playground::Playground;

fn school() -> Playground {
    let place = Playground::new();
    place.must(&["demo", "--students", "40", "--weeks", "4", "--lang", "ko"]);
    place
}

const DATA: [&str; 2] = ["--data-dir", "seedtest-demo"];

fn run(place: &Playground, arguments: &[&str]) -> String {
    place.must(&[arguments, &DATA[..]].concat()).stdout
}

#[test]
fn a_class_has_a_page_and_every_page_leads_back() {
    let place = school();
    let index = place.read("seedtest-demo/report/index.html");
    for file in ["class-class-01.html", "class-class-02.html", "operator.html"] {
        assert!(index.contains(file), "{file}");
        assert!(place.read(&format!("seedtest-demo/report/{file}")).contains("index.html"));
    }
    let class = place.read("seedtest-demo/report/class-class-01.html");
    assert!(class.contains("student-student-0001.html") && class.contains("김서연"));
    assert!(!class.contains("student-student-0025.html"), "the second class has its own page");
    let student = place.read("seedtest-demo/report/student-student-0001.html");
    assert!(student.contains("class-class-01.html") && student.contains("분수"));
    assert!(!student.contains("fractions"), "topics have their Korean names");
}

#[test]
fn who_is_in_a_class_without_figures_is_named_on_its_page() {
    let place = school();
    let row = |id: &str, name: &str, class: &str| {
        format!("{id},{name},class-{class},{class}반,school-1,한빛중학교,7\n")
    };
    let silent = [row("silent-1", "나윤슬", "01"), row("silent-2", "도바다", "99")].concat();
    place.write(
        "more.csv",
        format!("student_id,name,class_id,class,school_id,school,grade\n{silent}"),
    );
    run(&place, &["roster", "import", "more.csv"]);
    run(&place, &["report", "--all", "--lang", "en", "--out", "out"]);
    let class = place.read("out/class-class-01.html");
    // The demo has one who never answers, too.
    let said = "2 students of the class have answered nothing for more than four weeks";
    let at = class.find(said).unwrap();
    assert!(class[at..].split("</p>").next().is_some_and(|told| told.contains("나윤슬")));
    // A class that is silent as a whole has a page, too.
    let class = place.read("out/class-class-99.html");
    assert!(class.contains("0 of 1 students answered this week") && class.contains("도바다"));
    assert!(place.read("out/index.html").contains("class-class-99.html"));
}

#[test]
fn an_import_written_twice_changes_nothing_and_says_so() {
    let place = school();
    let again = run(&place, &["roster", "import", "seedtest-demo/roster.csv"]);
    assert!(again.contains("40 students, 2 classes, 1 schools"), "{again}");
    assert!(again.contains("0 rows new or changed, 0 removed"), "{again}");
    let again = run(&place, &["names", "import", "seedtest-demo/names.csv"]);
    assert!(again.contains("16 names, 0 new or changed"), "{again}");
}

#[test]
fn ids_of_another_kind_are_noticed() {
    let place = school();
    place.write("other.csv", "student_id,name,class\nx1,Ada,A\n");
    let said = run(&place, &["roster", "import", "other.csv"]);
    assert!(said.contains("none of these students has an answer here"), "{said}");
}

#[test]
fn a_bad_file_changes_nothing() {
    let place = school();
    place.write("bad.csv", "student_id,name,class\nstudent-0001,Ada,A\n,Bo,A\n");
    let all = [&["roster", "import", "bad.csv"][..], &DATA].concat();
    let refused = place.run(&all);
    assert_eq!(refused.code, Some(1), "{}", refused.transcript());
    assert!(refused.stderr.contains("row 3: student_id is empty"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    fs::create_dir(place.path("empty")).unwrap();
    let all = [&["roster", "import", "empty"][..], &DATA].concat();
    let refused = place.run(&all);
    assert!(refused.stderr.contains("holds no users.csv"), "{}", refused.stderr);
    let again = run(&place, &["roster", "import", "seedtest-demo/roster.csv"]);
    assert!(again.contains("0 rows new or changed"), "{again}");
}

/// The cells of a row of a table behind a chart.
fn cells(row: &str) -> Vec<&str> {
    let texts = row.split('<').filter_map(|part| part.split_once('>'));
    texts.map(|(_, text)| text).filter(|text| !text.trim().is_empty()).collect()
}

/// A share as it is written.
fn share(text: &str) -> f64 {
    text.trim_start_matches(['<', '>', '\u{a0}']).trim_end_matches('%').parse::<f64>().unwrap()
        / 100.0
}

/// Over a term longer than the weeks of a report most answers of these weeks are repetitions, and abilities have
/// grown: an item's curve is drawn with the answers it was fitted to.
#[test]
fn what_was_observed_of_an_item_lies_about_its_curve() {
    let place = Playground::new();
    place.must(&["demo", "--students", "40", "--weeks", "20", "--lang", "en"]);
    let page = place.read("seedtest-demo/report/operator.html");
    let (mut answers, mut beyond, mut items) = (0.0, 0.0, 0);
    for figure in page.split("<section class=\"figure\" id=\"item").skip(1) {
        let figure = figure.split("</section>").next().unwrap();
        items += 1;
        for row in figure.split("<tr>").skip(2) {
            let row = cells(row.split("</tr>").next().unwrap());
            let n: f64 = row[1].parse().unwrap();
            answers += n;
            beyond += n * (share(row[2]) - share(row[3]));
        }
    }
    assert!(items > 0 && answers > 100.0, "{items} items, {answers} answers");
    assert!(answers <= 40.0 * f64::from(items), "each student's first answer");
    let mean = beyond / answers;
    assert!(mean.abs() < 0.04, "observed shares lie {mean:.3} beyond the curves");
}

/// The Monday a printed line about reports names.
fn week_of(said: &str) -> NaiveDate {
    said.split("of the week of ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// A week that has just begun, or of which only KPIs are there.
#[test]
fn a_week_without_answers_is_not_the_one_to_look_back_on() {
    let place = school();
    // Thursday of the week after the demo's last answers.
    let now = [("SEEDTEST_NOW", "2025-04-03T12:00:00Z")];
    let later = |arguments: &[&str]| {
        let run = place.run_with(&now, &[arguments, &DATA[..]].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run.stdout
    };
    let last = week_of(&later(&["report", "--all", "--out", "one"]));
    assert_eq!(last.to_string(), "2025-03-24");
    let day = |days: u64| last.checked_add_days(Days::new(days)).unwrap().to_string();
    later(&["job", "run", "compute-daily-kpis", "--from", &day(7), "--to", &day(13)]);
    let asked = later(&["report", "--all", "--week", &day(7), "--out", "two"]);
    assert_eq!(week_of(&asked).to_string(), day(7), "there are KPIs: {asked}");
    assert_eq!(week_of(&later(&["report", "--all", "--out", "three"])), last);
}
