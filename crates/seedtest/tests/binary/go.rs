//! `seedtest go`: an Excel file of a class becomes the class page, with one command.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::kpi_jobs::Place;
use crate::playground::{Playground, Run};

const PUPILS: u32 = 60;
const ITEMS: u32 = 12;

/// Whether a pupil is right: abler ones more often, harder items less often, and better from week to week.
fn right(pupil: u32, item: u32, week: u32) -> bool {
    let noise =
        (pupil.wrapping_mul(2_654_435_761) ^ item.wrapping_mul(40_503) ^ week.wrapping_mul(97))
            >> 7;
    u64::from(pupil) + 8 * u64::from(week) + u64::from(noise % 40) > 20 + 5 * u64::from(item)
}

/// One answer a row, under Korean names: 학번, 이름, 문항, 정오, 일시.
fn term(place: &Playground, weeks: u32) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (at, name) in ["학번", "이름", "문항", "정오", "일시"].into_iter().enumerate() {
        sheet.write_string(0, at as u16, name).unwrap();
    }
    let mut row = 1;
    for week in 0..weeks {
        for pupil in 0..PUPILS {
            for item in 0..ITEMS {
                sheet.write_string(row, 0, format!("302{pupil:02}")).unwrap();
                sheet.write_string(row, 1, format!("학생{pupil}")).unwrap();
                sheet.write_string(row, 2, format!("{}번", item + ITEMS * (week % 2) + 1)).unwrap();
                let mark = if right(pupil, item, week) { "O" } else { "X" };
                sheet.write_string(row, 3, mark).unwrap();
                let day = ExcelDateTime::from_ymd(
                    2025,
                    1 + (6 + 7 * week) as u8 / 31,
                    (6 + 7 * week) as u8 % 31 + 1,
                );
                let at = day.unwrap().and_hms(9, item as u8, f64::from(pupil)).unwrap();
                sheet.write_datetime_with_format(row, 4, at, &time).unwrap();
                row += 1;
            }
        }
    }
    book.save(place.path("우리반.xlsx")).unwrap();
}

/// One pupil a row and no times: what comes out of a machine that reads answer sheets.
fn exam(place: &Playground) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "학번").unwrap();
    for item in 0..ITEMS {
        sheet.write_string(0, 1 + item as u16, format!("{}번", item + 1)).unwrap();
    }
    for pupil in 0..PUPILS {
        sheet.write_string(pupil + 1, 0, format!("302{pupil:02}")).unwrap();
        for item in 0..ITEMS {
            let mark = if right(pupil, item, 2) { "O" } else { "X" };
            sheet.write_string(pupil + 1, 1 + item as u16, mark).unwrap();
        }
    }
    book.save(place.path("중간고사.xlsx")).unwrap();
}

/// The page that the last line names.
fn page(place: &Playground, run: &Run) -> String {
    let last = run.stdout.lines().last().unwrap_or_default();
    let path = last.strip_prefix("open ").unwrap_or_else(|| panic!("{}", run.transcript()));
    let path = path.strip_prefix("[DIR]/").unwrap_or_else(|| panic!("{path} is not absolute"));
    place.read(path)
}

#[test]
fn a_class_of_60_pupils_reaches_its_page_with_one_command() {
    for school in Place::both() {
        let place = &school.place;
        term(place, 5);
        let run = school.run(&[], &["go", "우리반.xlsx"]);
        assert!(run.stderr.contains("60 students"), "{}", run.transcript());
        for step in ["calibration", "weekly KPIs", "growth", "churn risks", "reports"] {
            assert!(
                run.stdout.lines().any(|line| line.starts_with(step)),
                "{step}: {}",
                run.transcript()
            );
        }
        assert!(!run.stdout.contains("FAILED"), "{}", run.transcript());
        // The newest week of the data, not that of the clock.
        assert!(run.stdout.contains("60 students, week of 2025-02-03"), "{}", run.transcript());
        assert!(run.stderr.contains("the names of 60 students are read"), "{}", run.transcript());
        assert!(page(place, &run).contains("학생17"), "{}", run.transcript());
        // Once more, nothing is new and the page is there again.
        let again = school.run(&[], &["go", "우리반.xlsx", "--no-open"]);
        assert!(again.stdout.contains("0 answers new"), "{}", again.transcript());
        assert_eq!(page(place, &again), page(place, &run));
    }
}

#[test]
fn a_sheet_without_times_is_of_the_day_that_is_said() {
    let place = Playground::new();
    exam(&place);
    let run = place.must(&["go", "중간고사.xlsx", "--date", "2025-02-14", "--lang", "en"]);
    assert!(run.stdout.contains("60 students, week of 2025-02-10"), "{}", run.transcript());
    assert!(!run.stdout.contains("FAILED"), "{}", run.transcript());
    // What one day cannot tell is said, a line each.
    let growth = run.stdout.lines().find(|line| line.starts_with("growth")).unwrap();
    assert!(growth.contains("not possible: "), "{}", run.transcript());
    assert!(page(&place, &run).contains("30217"));
}

#[test]
fn a_sheet_without_times_and_without_a_day_is_of_when_it_was_changed_which_is_said() {
    let place = Playground::new();
    exam(&place);
    let file = std::fs::File::options().write(true).open(place.path("중간고사.xlsx")).unwrap();
    let changed = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_741_600_000);
    file.set_modified(changed).unwrap();
    // As a desktop gives a file that is dropped on the program.
    let run = place.must(&["중간고사.xlsx"]);
    assert!(
        run.stderr.contains("given on 2025-03-10, when the file was last changed"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("week of 2025-03-10"), "{}", run.transcript());
    page(&place, &run);
}

#[test]
fn what_cannot_be_read_ends_with_a_reason() {
    let place = Playground::new();
    place.write("empty.csv", "student,item,correct,completed_at\n");
    place.write("words.csv", "a,b\n1,2\n");
    for file in ["empty.csv", "words.csv", "nowhere.xlsx"] {
        let run = place.run(&["go", file]);
        assert_eq!(run.code, Some(1), "{}", run.transcript());
        assert!(run.stderr.contains("error: ") && run.stderr.contains("hint: "), "{}", run.stderr);
        // Nothing is made of nothing.
        assert!(!place.path("seedtest-data").exists(), "{file}");
    }
    let run = place.run(&["go"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
}

#[test]
fn a_goal_is_in_the_reports_with_its_chance() {
    let place = Playground::new();
    term(&place, 5);
    let run = place.run(&["go", "우리반.xlsx", "--target", "60", "--goal-date", "2024-12-31"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("choose a day from 2025-02-04 on"), "{}", run.stderr);
    let goal = ["--target", "60", "--goal-date", "2025-02-19", "--lang", "en"];
    let run = place.must(&[&["go", "우리반.xlsx"][..], &goal].concat());
    assert!(!run.stdout.contains("FAILED"), "{}", run.transcript());
    // The goal counts in the week of its day, which ends on the 23rd.
    let page = place.read("seedtest-data/reports/2025-02-03/student-30217.html");
    assert!(page.contains("60%") && page.contains("by 23 Feb 2025"), "{}", run.transcript());
    assert_eq!(place.run(&["go", "우리반.xlsx", "--goal-date", "2025-02-19"]).code, Some(2));
    assert_eq!(place.run(&["go", "우리반.xlsx", "--target", "120"]).code, Some(2));
}
