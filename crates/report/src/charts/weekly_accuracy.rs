//! Share of right answers by week.

use chrono::NaiveDate;

use super::axes::{Plot, date_labels};
use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::date::{self, day_number};
use crate::number::{count, percent, percent_range};
use crate::view::{Estimate, MeanShare, WeekScore};

const ID: &str = "accuracy";
const HEIGHT: f64 = 210.0;

/// More weeks than this are drawn without dots and caps.
const MOST_DOTS: usize = 40;

/// The share of right answers week by week with its interval, of a group the mean of its students; a week
/// without answers, or of a group with fewer than five students, is a gap in the line, and the axis runs to
/// `last_week` however long nobody answered. Where the weeks have a group of at least five students beside them,
/// its mean is a dashed line.
pub(crate) fn weekly_accuracy(
    weeks: &[WeekScore],
    last_week: NaiveDate,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.accuracy.title");
    if weeks.iter().all(|week| week.estimate().is_none()) {
        return Figure::empty(ID, title, reading);
    }
    Figure {
        id: ID.into(),
        svg: Some(draw(weeks, last_week, catalogue).finish(ID, &title, &reading)),
        title,
        reading,
        legend: Some(legend(weeks, catalogue)),
        table: table(weeks, catalogue),
    }
}

fn legend(weeks: &[WeekScore], catalogue: &Catalogue) -> String {
    let key = if are_means(weeks) { "chart.accuracy.legend_mean" } else { "chart.accuracy.legend" };
    let group = has_group(weeks).then(|| catalogue.text("chart.accuracy.legend_group"));
    std::iter::once(catalogue.text(key)).chain(group).collect::<Vec<_>>().join(" ")
}

/// Whether the weeks are of a group.
fn are_means(weeks: &[WeekScore]) -> bool {
    weeks.iter().any(|week| week.mean.is_some())
}

fn draw(weeks: &[WeekScore], last_week: NaiveDate, catalogue: &Catalogue) -> Drawing {
    let plot = Plot::with_value_at_right(HEIGHT);
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    let y = plot.y((0.0, 1.0));
    let dates = calendar(weeks, last_week);
    let x = plot.x((day_number(dates[0]), day_number(dates[dates.len() - 1])));
    let rows = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, percent(tick)));
    plot.draw_rows(&mut drawing, &y, &rows);
    plot.draw_columns(&mut drawing, &date_labels(&dates, &x, 6, catalogue.lang()));
    for run in group_runs(weeks) {
        let line: Vec<_> =
            run.iter().map(|&(at, share)| (x.at(day_number(at)), y.at(share))).collect();
        for pair in line.windows(2) {
            drawing.line("mark", pair[0], pair[1]);
        }
    }
    for run in runs_with_answers(weeks) {
        draw_run(&mut drawing, run, weeks.len() <= MOST_DOTS, &x, &y);
    }
    let last = weeks.iter().rev().find_map(|week| Some((week.week_start, week.estimate()?.share)));
    if let Some((monday, share)) = last {
        let at = (x.at(day_number(monday)) + 8.0, y.at(share) + 4.0);
        drawing.text("value", at, Anchor::Start, &percent(share));
    }
    drawing
}

/// Every Monday from the first week to the last one.
fn calendar(weeks: &[WeekScore], last_week: NaiveDate) -> Vec<NaiveDate> {
    let first = weeks.first().map_or(last_week, |week| week.week_start);
    let last = weeks.last().map_or(last_week, |week| week.week_start.max(last_week));
    first.iter_weeks().take_while(|monday| *monday <= last).collect()
}

/// The share of the group, where it is one of enough students.
fn group_share(week: &WeekScore) -> Option<f64> {
    week.group.filter(MeanShare::is_told).map(|group| group.share)
}

fn has_group(weeks: &[WeekScore]) -> bool {
    weeks.iter().any(|week| group_share(week).is_some())
}

/// Runs of weeks one after the other in which the group has a share.
fn group_runs(weeks: &[WeekScore]) -> Vec<Vec<(NaiveDate, f64)>> {
    let known: Vec<(NaiveDate, f64)> =
        weeks.iter().filter_map(|week| Some((week.week_start, group_share(week)?))).collect();
    known.chunk_by(|a, b| (b.0 - a.0).num_days() <= 7).map(<[_]>::to_vec).collect()
}

/// Runs of weeks one after the other, all with answers.
fn runs_with_answers(weeks: &[WeekScore]) -> impl Iterator<Item = &[WeekScore]> {
    let is_next = |a: &WeekScore, b: &WeekScore| {
        let is_known = |week: &WeekScore| week.estimate().is_some();
        (b.week_start - a.week_start).num_days() <= 7 && is_known(a) == is_known(b)
    };
    weeks.chunk_by(is_next).filter(|run| run[0].estimate().is_some())
}

fn draw_run(drawing: &mut Drawing, run: &[WeekScore], has_dots: bool, x: &Scale, y: &Scale) {
    let mut line = Vec::with_capacity(run.len());
    for week in run {
        let at = x.at(day_number(week.week_start));
        let Some(Estimate { share, low, high }) = week.estimate() else { continue };
        drawing.line("whisker", (at, y.at(low)), (at, y.at(high)));
        if has_dots {
            drawing.line("whisker", (at - 3.0, y.at(low)), (at + 3.0, y.at(low)));
            drawing.line("whisker", (at - 3.0, y.at(high)), (at + 3.0, y.at(high)));
        }
        line.push((at, y.at(share)));
    }
    drawing.polyline("line", &line);
    if has_dots {
        for &at in &line {
            drawing.dot("dot", at, 3.5);
        }
    }
}

fn table(weeks: &[WeekScore], catalogue: &Catalogue) -> Table {
    let (has_group, are_means) = (has_group(weeks), are_means(weeks));
    let row = |week: &WeekScore| {
        let none = || catalogue.text("none");
        let found = week.estimate();
        // Of a few students not even how many answers were right.
        let second = match week.mean {
            Some(mean) => count(mean.students),
            None => count(week.right),
        };
        let mut cells = vec![
            date::long(week.week_start, catalogue.lang()),
            count(week.n),
            second,
            found.map_or_else(none, |found| percent(found.share)),
            found.map_or_else(none, |found| percent_range(found.low, found.high)),
        ];
        if has_group {
            cells.push(group_share(week).map_or_else(none, percent));
        }
        cells
    };
    let (second, share) = columns_of(are_means);
    let mut keys = vec!["column.week", "column.answers", second, share, "column.ci"];
    if has_group {
        keys.push("column.group");
    }
    Table {
        columns: keys.into_iter().map(|key| catalogue.text(key)).collect(),
        rows: weeks.iter().map(row).collect(),
    }
}

/// What is counted beside the answers, and what the share is called.
pub(super) fn columns_of(are_means: bool) -> (&'static str, &'static str) {
    if are_means {
        ("column.active", "column.share_mean")
    } else {
        ("column.right", "column.share")
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::weekly_accuracy;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{MeanShare, WeekScore};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn week(day: u32, n: u32, right: u32) -> WeekScore {
        WeekScore {
            week_start: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(),
            n,
            right,
            mean: None,
            group: None,
        }
    }

    #[test]
    fn a_week_without_answers_is_a_gap_whether_listed_or_not() {
        let en = Catalogue::load(Lang::En).unwrap();
        let lines = |weeks: &[WeekScore]| {
            let figure = weekly_accuracy(weeks, day(16), String::new(), &en);
            figure.svg.unwrap().matches("<polyline").count()
        };
        assert_eq!(lines(&[week(2, 5, 3), week(9, 4, 2), week(16, 8, 2)]), 1);
        assert_eq!(lines(&[week(2, 5, 3), week(9, 0, 0), week(16, 8, 2)]), 2);
        assert_eq!(lines(&[week(2, 5, 3), week(16, 8, 2)]), 2);
    }

    #[test]
    fn the_table_holds_every_week() {
        let ko = Catalogue::load(Lang::Ko).unwrap();
        let figure = weekly_accuracy(&[week(2, 10, 3), week(9, 0, 0)], day(9), String::new(), &ko);
        let rows: Vec<String> = figure.table.rows.iter().map(|row| row.join(" | ")).collect();
        insta::assert_snapshot!(rows.join("\n"), @r#"
        2026년 3월 2일 | 10 | 3 | 30% | 11–60%
        2026년 3월 9일 | 0 | 0 | – | –
        "#);
    }

    #[test]
    fn without_answers_there_is_a_sentence() {
        let en = Catalogue::load(Lang::En).unwrap();
        let figure = weekly_accuracy(&[week(2, 0, 0)], day(2), "Nothing.".into(), &en);
        assert_eq!((figure.svg, figure.reading.as_str()), (None, "Nothing."));
    }

    #[test]
    fn a_silence_up_to_the_last_week_is_seen() {
        let en = Catalogue::load(Lang::En).unwrap();
        let figure = weekly_accuracy(&[week(2, 10, 3)], day(30), String::new(), &en);
        let svg = figure.svg.unwrap();
        assert!(svg.contains(">30 Mar<"), "the axis ends with the week of the report: {svg}");
    }

    #[test]
    fn a_group_is_drawn_from_five_students_on() {
        let en = Catalogue::load(Lang::En).unwrap();
        let with = |students| {
            let group = Some(MeanShare { students, share: 0.6, sd: 0.1 });
            [WeekScore { group, ..week(2, 10, 3) }, WeekScore { group, ..week(9, 10, 3) }]
        };
        let columns = |students| {
            let figure = weekly_accuracy(&with(students), day(9), String::new(), &en);
            (figure.table.columns.len(), figure.svg.unwrap().matches("\"mark\"").count())
        };
        assert_eq!((columns(5), columns(4)), ((6, 1), (5, 0)));
    }
}
