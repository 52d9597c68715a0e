//! Days and times of rows as seconds by the clock on the wall.

use seedtest_ingest::{DateFormat, DateOrder, MISSING_TEXT, TableColumn, WallFormat, WallTime};

use super::error::SeriesError;

const SECONDS_PER_DAY: i64 = 86_400;

/// What the times of a column were taken for, where that is not plain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TakenFor {
    /// What to say of it.
    pub(super) note: Option<String>,
    /// The order of the numbers of a date, as `date_format` has it.
    pub(super) order: Option<&'static str>,
}

/// Days or times of a column; `given`: how they are written, where it was said.
///
/// # Errors
/// For a cell that is none, dates that two orders of their numbers read, and where zones, or days and times of the
/// day, are mixed.
pub(super) fn times_of(
    name: &str,
    column: &TableColumn,
    given: Option<DateFormat>,
) -> Result<(Vec<i64>, TakenFor), SeriesError> {
    let texts = Texts::of(column);
    let cells = texts.distinct.iter().map(String::as_str);
    let format = WallFormat::of(cells.clone(), given).map_err(|found| SeriesError::Ambiguous {
        column: name.to_owned(),
        example: found.example,
        orders: found.orders.join(" or "),
    })?;
    let known: Vec<Option<WallTime>> = cells.map(|text| format.read(text)).collect();
    let mut first: Option<(usize, Option<i64>)> = None;
    let (mut day, mut clock) = (None, None);
    let mut seconds = Vec::with_capacity(texts.codes.len());
    for (row, code) in texts.codes.iter().enumerate() {
        let column = || name.to_owned();
        let Some(code) = *code else { return Err(SeriesError::NoTime { row, column: column() }) };
        let text = || texts.distinct[code].clone();
        let Some(time) = known[code] else {
            return Err(SeriesError::Time { row, column: column(), text: text() });
        };
        let (other, of_other) = *first.get_or_insert((row, time.zone));
        if time.zone != of_other {
            let (has, other_has) = (zone_text(time.zone), zone_text(of_other));
            return Err(SeriesError::Zones { row, text: text(), has, other, other_has });
        }
        if time.is_day {
            day = day.or(Some(row));
        } else if time.seconds.rem_euclid(SECONDS_PER_DAY) != 0 {
            clock = clock.or(Some(row));
        }
        seconds.push(time.seconds);
    }
    // Midnight of a day that has no time is a guess beside times that have one; a serial number says midnight.
    if let (Some(row), Some(other), false) = (day, clock, format.has_midnights()) {
        let (day, text) = (texts.of_row(row), texts.of_row(other));
        return Err(SeriesError::DayAmongTimes { row, day, other, text });
    }
    let note = format.note().map(|note| format!("{name}: {note}"));
    Ok((seconds, TakenFor { note, order: format.order().map(DateOrder::name) }))
}

/// The cells of a column as texts, each kept once.
struct Texts {
    distinct: Vec<String>,
    /// Place among them of each row; `None` where nothing is.
    codes: Vec<Option<usize>>,
}

impl Texts {
    fn of(column: &TableColumn) -> Self {
        match column {
            TableColumn::Text { levels, codes } => Self {
                distinct: levels.iter().map(ToString::to_string).collect(),
                codes: codes
                    .iter()
                    .map(|code| (*code != MISSING_TEXT).then_some(*code as usize))
                    .collect(),
            },
            TableColumn::Numeric(numbers) => {
                let mut texts = Self { distinct: Vec::new(), codes: Vec::new() };
                for number in numbers {
                    let code = (!number.is_nan()).then_some(texts.distinct.len());
                    texts.distinct.extend(code.map(|_| number.to_string()));
                    texts.codes.push(code);
                }
                texts
            }
        }
    }

    fn of_row(&self, row: usize) -> String {
        self.codes[row].map_or_else(String::new, |code| self.distinct[code].clone())
    }
}

/// One day or time.
pub(super) fn time_of(text: &str) -> Option<i64> {
    wall_time(text).map(|time| time.seconds)
}

/// Number of a day, counted from 1970-01-01.
pub(super) fn day_of(text: &str) -> Option<i64> {
    let day = wall_time(text).filter(|time| time.is_day)?;
    Some(day.seconds.div_euclid(SECONDS_PER_DAY))
}

fn wall_time(text: &str) -> Option<WallTime> {
    WallFormat::of(std::iter::once(text), None).ok()?.read(text)
}

fn zone_text(zone: Option<i64>) -> String {
    match zone {
        None => "has no time zone".to_owned(),
        Some(0) => "is in UTC".to_owned(),
        Some(east) => {
            let sign = if east < 0 { '-' } else { '+' };
            let minutes = east.abs() / 60;
            format!("is in UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::TableColumn;
    use seedtest_responses::Texts;

    use super::SeriesError;

    fn times_of(name: &str, column: &TableColumn) -> Result<Vec<i64>, SeriesError> {
        super::times_of(name, column, None).map(|(seconds, _)| seconds)
    }

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    #[test]
    fn days_and_times_are_read_in_every_usual_form() {
        let day = 1_736_121_600;
        let forms =
            ["2025-01-06", "2025/01/06", "2025.01.06", "2025-01-06T00:00:00", "2025-01-06 00:00"];
        for form in forms {
            assert_eq!(times_of("ds", &texts(&[form])), Ok(vec![day]), "{form}");
        }
        let column = TableColumn::Numeric(vec![20_250_106.0]);
        assert_eq!(times_of("ds", &column), Ok(vec![day]));
        let zoned = texts(&["2025-01-06T09:00:00+09:00", "2025-01-06 10:00:00+09:00"]);
        assert_eq!(times_of("ds", &zoned), Ok(vec![day + 9 * 3600, day + 10 * 3600]));
    }

    #[test]
    fn korean_days_are_read() {
        let day = 1_736_121_600;
        for form in
            ["2025년 1월 6일", "2025년1월6일", "2025년 01월 06일", "2025. 1. 6.", "2025. 01. 06"]
        {
            assert_eq!(times_of("날짜", &texts(&[form])), Ok(vec![day]), "{form}");
        }
        for form in ["2025년", "1월 6일", "2025년 13월 1일", "6일"] {
            assert!(times_of("날짜", &texts(&[form])).is_err(), "{form}");
        }
    }

    #[test]
    fn dates_of_other_countries_are_read_and_said() {
        let days = vec![1_735_603_200, 1_736_121_600];
        for (cells, note) in [
            (["31.12.2024", "06.01.2025"], None),
            (["12/31/2024", "1/6/2025"], Some("Datum: month, day, year")),
            (["31/12/2024", "6/1/2025"], Some("Datum: day, month, year")),
        ] {
            let (times, taken) = super::times_of("Datum", &texts(&cells), None).unwrap();
            assert_eq!((times, taken.note.as_deref()), (days.clone(), note), "{cells:?}");
        }
        let serials = TableColumn::Numeric(vec![45_657.0, 45_663.5]);
        let (times, taken) = super::times_of("Datum", &serials, None).unwrap();
        assert_eq!(times, [1_735_603_200, 1_736_121_600 + 43_200]);
        assert!(taken.note.unwrap().contains("Excel serial numbers"));
        let error = times_of("Datum", &texts(&["1/6/2025", "2/6/2025"])).unwrap_err().to_string();
        assert_eq!(error, "`Datum` holds dates such as \"1/6/2025\" that can be dmy or mdy");
    }

    #[test]
    fn months_are_their_first_days() {
        let days = vec![1_735_689_600, 1_738_368_000];
        for forms in [["2025-01", "2025-02"], ["2025/1", "2025/2"], ["2025년 1월", "2025년 02월"]]
        {
            assert_eq!(times_of("ds", &texts(&forms)), Ok(days.clone()), "{forms:?}");
        }
        for forms in [["2025-01", "2025-02-03"], ["2025-01", "2025-13"], ["25-01", "25-02"]] {
            assert!(times_of("ds", &texts(&forms)).is_err(), "{forms:?}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_asked_about() {
        for form in ["25/3/1", "25-03-01", "25. 3. 1.", "25-03-01 09:00"] {
            let error = times_of("ds", &texts(&[form])).unwrap_err();
            assert!(matches!(error, SeriesError::Ambiguous { .. }), "{form}: {error}");
            assert!(error.hint().contains("--date-format"), "{form}: {error}");
        }
        for form in ["0025-03-01T09:00:00Z", "25-03", "12"] {
            let error = times_of("ds", &texts(&[form])).unwrap_err();
            assert!(error.hint().contains("four digits"), "{form}: {error}");
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        let error = times_of("ds", &texts(&["2025-01-06", "soon"])).unwrap_err().to_string();
        assert!(error.starts_with("row 2: `ds` is \"soon\""), "{error}");
        assert!(times_of("ds", &TableColumn::Numeric(vec![3.0])).is_err());
        assert!(times_of("ds", &TableColumn::Numeric(vec![20_250_230.0])).is_err());
    }

    #[test]
    fn a_day_beside_a_time_with_a_zone_is_refused() {
        let mixed = texts(&["2025-01-06", "2025-01-07T00:00:00Z"]);
        let error = times_of("ds", &mixed).unwrap_err();
        assert!(matches!(error, SeriesError::Zones { row: 1, other: 0, .. }), "{error}");
        let two = texts(&["2025-01-06T00:00:00+09:00", "2025-01-07T00:00:00Z"]);
        let error = times_of("ds", &two).unwrap_err().to_string();
        assert!(error.contains("is in UTC, row 1 is in UTC+09:00"), "{error}");
    }

    #[test]
    fn a_day_beside_a_time_of_the_day_is_refused() {
        let mixed = texts(&["2025-01-06T09:00:00", "2025-01-07", "2025-01-08T09:00:00"]);
        let error = times_of("ds", &mixed).unwrap_err().to_string();
        let expected = "row 2: \"2025-01-07\" is a day without a time, row 1 is the time \"2025-01-06T09:00:00\"";
        assert_eq!(error, expected);
        // Midnights are days.
        assert!(times_of("ds", &texts(&["2025-01-06T00:00:00", "2025-01-07"])).is_ok());
    }
}
