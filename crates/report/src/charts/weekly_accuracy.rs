//! Share of right answers by week.

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::interval::wilson;
use crate::number::{count, percent, percent_range};
use crate::view::WeekScore;

const ID: &str = "accuracy";
const HEIGHT: f64 = 210.0;

/// More weeks than this are drawn without dots and caps.
const MOST_DOTS: usize = 40;

/// The share of right answers week by week with its Wilson interval; a week without answers is a
/// gap in the line.
pub(crate) fn weekly_accuracy(
    weeks: &[WeekScore],
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.accuracy.title");
    if weeks.iter().all(|week| week.n == 0) {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID,
        svg: Some(draw(weeks, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(catalogue.text("chart.accuracy.legend")),
        table: table(weeks, catalogue),
    }
}

fn share(week: &WeekScore) -> f64 {
    f64::from(week.right) / f64::from(week.n)
}

fn draw(weeks: &[WeekScore], catalogue: &Catalogue) -> Drawing {
    let plot = Plot::with_value_at_right(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y((0.0, 1.0));
    let dates: Vec<_> = weeks.iter().map(|week| week.week_start).collect();
    let x = plot.x((day_number(dates[0]), day_number(dates[dates.len() - 1])));
    let rows = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick)));
    plot.draw_rows(&mut drawing, &y, &rows);
    plot.draw_columns(&mut drawing, &date_labels(&dates, &x, 6, catalogue.lang()));
    for run in runs_with_answers(weeks) {
        draw_run(&mut drawing, run, weeks.len() <= MOST_DOTS, &x, &y);
    }
    if let Some(last) = weeks.iter().rev().find(|week| week.n > 0) {
        let at = x.at(day_number(last.week_start));
        let height = y.at(share(last)) + 4.0;
        drawing.text("value", (at + 8.0, height), Anchor::Start, &percent(share(last)));
    }
    drawing
}

/// Runs of weeks one after the other, all with answers.
fn runs_with_answers(weeks: &[WeekScore]) -> impl Iterator<Item = &[WeekScore]> {
    let is_next = |a: &WeekScore, b: &WeekScore| {
        (b.week_start - a.week_start).num_days() <= 7 && (a.n > 0) == (b.n > 0)
    };
    weeks.chunk_by(is_next).filter(|run| run[0].n > 0)
}

fn draw_run(drawing: &mut Drawing, run: &[WeekScore], has_dots: bool, x: &Scale, y: &Scale) {
    for week in run {
        let at = x.at(day_number(week.week_start));
        let Some((low, high)) = wilson(week.right, week.n) else { continue };
        drawing.line("whisker", (at, y.at(low)), (at, y.at(high)));
        if has_dots {
            drawing.line("whisker", (at - 3.0, y.at(low)), (at + 3.0, y.at(low)));
            drawing.line("whisker", (at - 3.0, y.at(high)), (at + 3.0, y.at(high)));
        }
    }
    let line: Vec<_> =
        run.iter().map(|week| (x.at(day_number(week.week_start)), y.at(share(week)))).collect();
    drawing.polyline("line", &line);
    if has_dots {
        for &at in &line {
            drawing.dot("dot", at, 3.5);
        }
    }
}

fn table(weeks: &[WeekScore], catalogue: &Catalogue) -> Table {
    let row = |week: &WeekScore| {
        let none = || catalogue.text("none");
        let interval = wilson(week.right, week.n);
        vec![
            date::long(week.week_start, catalogue.lang()),
            count(week.n),
            count(week.right),
            interval.map_or_else(none, |_| percent(share(week))),
            interval.map_or_else(none, |(low, high)| percent_range(low, high)),
        ]
    };
    Table {
        columns: ["column.week", "column.answers", "column.right", "column.share", "column.ci"]
            .map(|key| catalogue.text(key))
            .to_vec(),
        rows: weeks.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::weekly_accuracy;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::WeekScore;

    fn week(day: u32, n: u32, right: u32) -> WeekScore {
        WeekScore { week_start: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(), n, right }
    }

    #[test]
    fn a_week_without_answers_is_a_gap_whether_listed_or_not() {
        let en = Catalogue::load(Lang::En).unwrap();
        let lines = |weeks: &[WeekScore]| {
            let figure = weekly_accuracy(weeks, String::new(), &en);
            figure.svg.unwrap().matches("<polyline").count()
        };
        assert_eq!(lines(&[week(2, 5, 3), week(9, 4, 2), week(16, 8, 2)]), 1);
        assert_eq!(lines(&[week(2, 5, 3), week(9, 0, 0), week(16, 8, 2)]), 2);
        assert_eq!(lines(&[week(2, 5, 3), week(16, 8, 2)]), 2);
    }

    #[test]
    fn the_table_holds_every_week() {
        let ko = Catalogue::load(Lang::Ko).unwrap();
        let figure = weekly_accuracy(&[week(2, 10, 3), week(9, 0, 0)], String::new(), &ko);
        let rows: Vec<String> = figure.table.rows.iter().map(|row| row.join(" | ")).collect();
        insta::assert_snapshot!(rows.join("\n"), @r#"
        2026년 3월 2일 | 10 | 3 | 30% | 11–60%
        2026년 3월 9일 | 0 | 0 | – | –
        "#);
    }

    #[test]
    fn without_answers_there_is_a_sentence() {
        let en = Catalogue::load(Lang::En).unwrap();
        let figure = weekly_accuracy(&[week(2, 0, 0)], "Nothing.".into(), &en);
        assert_eq!((figure.svg, figure.reading.as_str()), (None, "Nothing."));
    }
}
