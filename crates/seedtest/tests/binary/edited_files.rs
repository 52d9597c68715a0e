//! Files that are read again after somebody edited them, and the names of pupils whose id is of several columns.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use crate::kpi_jobs::Place;
use crate::playground::Playground;

const PUPILS: u32 = 15;
const ITEMS: u32 = 8;

/// Two classes of answers, one pupil a row, without times: numbers and names come twice.
fn classes() -> String {
    let mut text = "반,번호,이름".to_owned();
    (1..=ITEMS).for_each(|item| write!(text, ",{item}번").unwrap());
    text.push('\n');
    for class in 1..=2 {
        for pupil in 1..=PUPILS {
            write!(text, "{class},{pupil},학생{}", pupil % 12).unwrap();
            for item in 0..ITEMS {
                let is_right = (pupil * 7 + class * 3 + item * 5) % 11 > item;
                write!(text, ",{}", if is_right { "O" } else { "X" }).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// The same with a pupil more at the top of the first class, and one answer that says otherwise.
fn edited() -> String {
    let text = classes().replacen("\n1,1,", "\n1,31,전학생,O,O,O,O,X,X,X,X\n1,1,", 1);
    let (start, rest) = text.split_once("\n2,3,").unwrap();
    let (row, end) = rest.split_once('\n').unwrap();
    let other = if row.ends_with('O') { "X" } else { "O" };
    format!("{start}\n2,3,{}{other}\n{end}", &row[..row.len() - 1])
}

#[test]
fn an_edited_file_without_times_adds_what_is_new_and_tells_what_differs() {
    let all = 2 * PUPILS * ITEMS;
    for school in Place::both() {
        school.place.write("중간.csv", classes());
        let import = ["import", "중간.csv", "--time-start", "2025-03-03"];
        let run = school.run(&[], &import);
        assert!(run.stdout.contains(&format!("{all} answers new")), "{}", run.transcript());
        school.place.write("중간.csv", edited());
        let run = school.run(&[], &import);
        let said = format!("8 answers new, {} already there", all - 1);
        assert!(run.stdout.contains(&said), "{}", run.transcript());
        assert!(run.stdout.contains("1 rejected: contradiction"), "{}", run.transcript());
        assert!(run.stderr.contains("1 answers say otherwise"), "{}", run.transcript());
        let rejects = school.place.read("seedtest-data/rejects.csv");
        assert!(rejects.contains("contradiction,2-3 8번"), "{rejects}");
    }
}

#[test]
fn two_tests_of_a_day_whose_items_have_the_same_names_are_told() {
    for school in Place::both() {
        school.place.write("국어.csv", classes());
        school.place.write("수학.csv", edited());
        let import = |file: &str| school.run(&[], &["import", file, "--time-start", "2025-03-03"]);
        let run = import("국어.csv");
        assert!(!run.stderr.contains("another test"), "{}", run.stderr);
        let run = import("수학.csv");
        let said = "240 answers are of a student, item and day that are there already, and so are those of 국어.csv";
        assert!(run.stderr.contains(said), "{}", run.stderr);
        // The same file again is no other test.
        let run = import("국어.csv");
        assert!(run.stdout.contains("0 answers new, 240 already there"), "{}", run.transcript());
    }
}

#[test]
fn a_file_that_is_edited_on_another_day_is_the_same_test() {
    let place = Playground::new();
    let changed = |text: String, day: u64| {
        let path = place.write("중간.csv", text);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        let at = UNIX_EPOCH + Duration::from_secs(1_741_600_000 + day * 86_400);
        file.set_modified(at).unwrap();
    };
    changed(classes(), 0);
    let run = place.must(&["go", "중간.csv", "--no-open"]);
    assert!(run.stderr.contains("given on 2025-03-10, when the file was"), "{}", run.stderr);
    // Numbers are of two classes, and names too: who is who stands in the page all the same.
    assert!(run.stderr.contains("the names of 30 students are read"), "{}", run.stderr);
    let page = place.read("seedtest-data/reports/2025-03-10/class-1.html");
    assert!(page.contains("학생7"), "{}", run.transcript());
    changed(edited(), 2);
    let run = place.must(&["go", "중간.csv", "--no-open"]);
    let why = "given on 2025-03-10, as when a file of this name was read before";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(run.stdout.contains("8 answers new, 239 already there"), "{}", run.transcript());
}

#[test]
fn a_roster_of_classes_and_numbers_is_of_the_students_of_the_answers() {
    let place = Playground::new();
    place.write("중간.csv", classes());
    place.must(&["import", "중간.csv", "--time-start", "2025-03-03"]);
    let mut roster = "반,번호,이름\n".to_owned();
    for class in 1..=2 {
        for pupil in 1..=PUPILS {
            let block = if pupil == 1 { format!("{class}반") } else { String::new() };
            writeln!(roster, "{block},{pupil:02},이름{class}{pupil}").unwrap();
        }
    }
    place.write("명렬표.csv", roster);
    let run = place.must(&["roster", "import", "명렬표.csv"]);
    assert!(run.stdout.contains("30 students, 2 classes"), "{}", run.transcript());
    assert!(!run.stdout.contains("none of these students"), "{}", run.transcript());
    // Ids that differ by their form alone are said.
    place.write("학번.csv", "학번,이름\n1반 3번,이름13\n");
    let run = place.must(&["roster", "import", "학번.csv"]);
    assert!(
        run.stdout.contains("differ from another only by case, spaces or form"),
        "{}",
        run.stdout
    );
}
