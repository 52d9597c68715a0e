//! When an answer was given.

use seedtest_responses::TimeZone;

use super::Reading;
use super::found::Found;
use crate::batch::Cells;
use crate::cell::Cell;
use crate::error::Error;
use crate::field::Field;
use crate::options::Options;
use crate::reject::RejectReason;
use crate::time::{Moment, TimeFormat, TimeValue};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// How the time of a row is found.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    /// Of the time column; `None` where it is not read.
    format: Option<TimeFormat>,
    /// Of the column of dates, where it is needed.
    day: Option<TimeFormat>,
    start: Option<Moment>,
    /// Whether the start is the time of every row, for there is no other.
    at_start: bool,
    /// Whether a start is needed and there is none.
    order_only: bool,
}

impl Times {
    /// Of rows whose times say by themselves what they are.
    pub(super) fn plain() -> Self {
        Self { format: Some(TimeFormat::Plain), ..Self::default() }
    }

    /// The same for a column that came when the first rows had been looked at already.
    pub(super) fn take_late(&mut self) {
        self.format.get_or_insert(TimeFormat::Plain);
    }

    /// Whether every row has the time that was given.
    pub(super) fn are_given(&self) -> bool {
        self.at_start
    }
}

/// The time of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Unknown,
    At(Moment),
    /// The time of all rows; which attempt at an item of that time it was is left open.
    Untimed(Moment),
    /// A place in the order of a student's answers, and no more.
    Order(i64),
}

impl Reading {
    pub(super) fn find_times(
        &mut self,
        time: Option<&Found<'_>>,
        day: Option<&Found<'_>>,
        options: &Options,
    ) -> Result<(), Error> {
        self.times.start = options.time_start;
        let own = time.map(|time| time.time_format(options, &self.missing)).transpose()?;
        let of_day = |reading: &Self| -> Result<Option<TimeFormat>, Error> {
            let format = day.map(|day| day.time_format(options, &reading.missing));
            let format = format.transpose()?.and_then(Result::ok);
            Ok(format.filter(|format| has_date(*format)))
        };
        let own = match own {
            Some(Err(why)) => {
                self.notes.push(why);
                None
            }
            Some(Ok(format)) => Some(format),
            None => None,
        };
        match own {
            Some(TimeFormat::Clock) => {
                self.times.day = of_day(self)?;
                self.times.format = Some(TimeFormat::Clock);
                if self.times.day.is_none() && self.times.start.is_none() {
                    self.no_start(time, options)?;
                }
            }
            Some(format @ TimeFormat::SinceStart(_)) => {
                if let Some(dates) = of_day(self)? {
                    // What stands beside a date and counts is how long it took.
                    self.times.day = Some(dates);
                    self.notes.extend(day.map(|day| format!("times are those of {}", day.name)));
                } else {
                    self.times.format = Some(format);
                    let counts = matches!(format, TimeFormat::SinceStart(Some(_)));
                    if self.times.start.is_none() || !counts {
                        self.no_start(time, options)?;
                    }
                }
            }
            Some(format) => self.times.format = Some(format),
            None => self.times.day = of_day(self)?,
        }
        let has_time = self.times.format.is_some() || self.times.day.is_some();
        if !has_time && self.times.start.is_some() {
            self.times.at_start = true;
            self.notes.extend(self.times.start.map(|start| {
                format!(
                    "no times: answers count as given on {start}; further answers of a student to an item are later \
                     attempts"
                )
            }));
        }
        if let (Some(time), Some(format)) = (time, self.times.format)
            && !matches!(format, TimeFormat::Plain)
        {
            self.notes.push(format!("{}: {}", time.name, format.name()));
        }
        Ok(())
    }

    /// Times that count from a start which nobody named: an error where times are needed, else only their order
    /// is used.
    fn no_start(&mut self, time: Option<&Found<'_>>, options: &Options) -> Result<(), Error> {
        if options.require_time() {
            let Some(time) = time else { return Ok(()) };
            return Err(Error::NoTimeStart {
                path: time.path.to_owned(),
                column: time.name.to_owned(),
                is_clock: self.times.format == Some(TimeFormat::Clock),
                has_unit: matches!(self.times.format, Some(TimeFormat::SinceStart(Some(_)))),
            });
        }
        self.times.order_only = true;
        Ok(())
    }

    /// The time of a row. `zone` is that of its own column, where there is one.
    pub(crate) fn when(
        &self,
        cells: &Cells<'_>,
        zone: Option<&TimeZone>,
    ) -> Result<When, RejectReason> {
        let times = &self.times;
        if times.at_start {
            return Ok(times.start.map_or(When::Unknown, When::Untimed));
        }
        let found = match times.format {
            Some(format) => self.time_value(cells.get(Field::CompletedAt), format)?,
            None => None,
        };
        let moment = match found {
            Some(TimeValue::At(moment)) => moment,
            Some(TimeValue::SinceStart(micros)) => match times.start {
                Some(start) if !times.order_only => start.later(micros),
                _ => return Ok(When::Order(micros)),
            },
            Some(TimeValue::OfDay(micros)) => {
                let day = self.day(cells)?.or(times.start);
                match day {
                    Some(day) => day.at_clock(micros),
                    None => return Ok(When::Unknown),
                }
            }
            None if times.format.is_some() => return Ok(When::Unknown),
            None => match self.day(cells)? {
                Some(day) => day,
                None => return Ok(When::Unknown),
            },
        };
        let moment = match (moment, zone) {
            (Moment::Local(_) | Moment::Day(_), Some(zone)) => {
                Moment::Instant(moment.in_zone(zone))
            }
            _ => moment,
        };
        moment.in_range().map(When::At)
    }

    fn day(&self, cells: &Cells<'_>) -> Result<Option<Moment>, RejectReason> {
        let Some(format) = self.times.day else { return Ok(None) };
        Ok(match self.time_value(cells.get(Field::Day), format)? {
            Some(TimeValue::At(moment)) => Some(moment),
            _ => None,
        })
    }

    fn time_value(
        &self,
        cell: Cell<'_>,
        format: TimeFormat,
    ) -> Result<Option<TimeValue>, RejectReason> {
        match cell {
            Cell::Null => Ok(None),
            Cell::Time(moment) => moment.in_range().map(|moment| Some(TimeValue::At(moment))),
            Cell::Text(text) => {
                let text = text.trim();
                if self.missing.is_word(text) { Ok(None) } else { format.read(text).map(Some) }
            }
            Cell::Integer(number) if format == TimeFormat::Plain => {
                crate::time::from_epoch(number).map(|moment| Some(TimeValue::At(moment)))
            }
            Cell::Integer(number) => format.number(number as f64).map(Some),
            Cell::Float(number) if number.is_nan() => Ok(None),
            Cell::Float(number) => format.number(number).map(Some),
            Cell::Bool(_) => Err(RejectReason::BadTime),
        }
    }
}

/// Whether a format says the day.
fn has_date(format: TimeFormat) -> bool {
    !matches!(format, TimeFormat::Clock | TimeFormat::SinceStart(_))
}

impl Moment {
    /// The same some microseconds later; a day is its beginning.
    fn later(self, micros: i64) -> Self {
        match self {
            Self::Instant(at) => Self::Instant(at.saturating_add(micros)),
            Self::Local(at) => Self::Local(at.saturating_add(micros)),
            Self::Day(day) => {
                Self::Local(day.saturating_mul(MICROS_PER_DAY).saturating_add(micros))
            }
        }
    }

    /// The time of day `micros` on the day of this moment.
    fn at_clock(self, micros: i64) -> Self {
        match self {
            Self::Day(day) => {
                Self::Local(day.saturating_mul(MICROS_PER_DAY).saturating_add(micros))
            }
            Self::Local(at) => Self::Local(at - at.rem_euclid(MICROS_PER_DAY) + micros),
            Self::Instant(at) => Self::Instant(at - at.rem_euclid(MICROS_PER_DAY) + micros),
        }
    }
}
