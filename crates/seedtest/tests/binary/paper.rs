//! Reports as PDF: what the page says, and the numbers of the database; or how to get it.

use crate::playground::Playground;

fn school() -> Playground {
    let place = Playground::new();
    place.must(&["demo", "--students", "24", "--weeks", "5", "--lang", "ko"]);
    place
}

#[cfg(not(feature = "pdf"))]
#[test]
fn a_program_without_pdf_says_how_to_get_it_and_writes_nothing() {
    let place = school();
    let arguments =
        ["report", "--all", "--format", "html,pdf", "--out", "out", "--data-dir", "seedtest-demo"];
    let refused = place.run(&arguments);
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    assert!(refused.stderr.contains("--features pdf"), "{}", refused.stderr);
    assert!(!place.exists("out"));
}

#[cfg(feature = "pdf")]
mod with_pdf {
    use std::fs;

    use chrono::NaiveDate;
    use seedtest_store::{Store, Target, WeeklyKpi};

    use super::{Playground, school};

    /// The Monday after the weeks of the demo: a report of the days before it would leave out answers that its rows
    /// count.
    const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-04-07T12:00:00Z");

    fn report(place: &Playground, format: &str, out: &str) {
        let arguments = ["report", "--all", "--format", format, "--out", out];
        let run =
            place.run_with(&[NOW], &[&arguments[..], &["--data-dir", "seedtest-demo"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.transcript());
    }

    /// The text of a file without gaps.
    fn text(place: &Playground, file: &str) -> String {
        let document = lopdf::Document::load(place.path(file)).unwrap();
        let pages: Vec<u32> = document.get_pages().into_keys().collect();
        document.extract_text(&pages).unwrap().split_whitespace().collect()
    }

    /// The day of [`NOW`].
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 4, 7).unwrap()
    }

    async fn rows(place: &Playground) -> Vec<WeeklyKpi> {
        let path = place.path("seedtest-demo/seedtest.db");
        let store = Store::open(&Target::Sqlite { path }).await.unwrap();
        let week = store.newest_kpi_week_until(today()).await.unwrap().unwrap();
        store.weekly_kpi_range(week, week).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_name_and_the_numbers_of_the_database_are_on_paper() {
        let place = school();
        report(&place, "pdf", "out");
        assert!(!place.exists("out/student-student-0001.html"), "only what was asked for");
        let mut checked = 0;
        for row in rows(&place).await {
            let Some(sessions) = row.kpis.get("sessions").and_then(serde_json::Value::as_u64)
            else {
                continue;
            };
            let text = text(&place, &format!("out/student-{}.pdf", row.user_id));
            assert!(text.contains(&format!("학습횟수{sessions}회")), "{}: {text}", row.user_id);
            checked += 1;
        }
        assert!(checked > 15, "{checked}");
        assert!(text(&place, "out/student-student-0001.pdf").starts_with("주간학습리포트김서연"));
        assert!(text(&place, "out/class-class-01.pdf").contains("김서연"));
        assert!(place.exists("out/index.pdf") && place.exists("out/operator.pdf"));
    }

    #[test]
    fn made_again_it_is_the_same_file_and_beside_the_page() {
        let place = school();
        report(&place, "html,pdf", "one");
        report(&place, "pdf,html", "two");
        for file in ["student-student-0003.pdf", "class-class-01.pdf", "index.pdf", "index.html"] {
            let read = |dir: &str| fs::read(place.path(&format!("{dir}/{file}"))).unwrap();
            assert!(read("one") == read("two"), "{file}");
        }
    }
}
