//! Rosters and names: classes get pages, students their names, topics theirs in two languages.

use std::fs;

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
