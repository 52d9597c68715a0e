//! What the columns of a log are written in, found before the first row is read.

use std::path::Path;

use seedtest_responses::TimeZone;

use crate::batch::Cells;
use crate::cell::Cell;
use crate::columns::Columns;
use crate::error::{Error, OtherValues};
use crate::field::Field;
use crate::grid::{Sample, SampleColumn};
use crate::identity::are_whole_floats;
use crate::key::{Key, Right, is_as_written, is_right};
use crate::missing::Missing;
use crate::number_format::NumberFormat;
use crate::options::{DateFormat, Options};
use crate::reject::RejectReason;
use crate::right_wrong::{ox, says};
use crate::scoring::{self, Scoring, ScoringContext, ScoringVerdict};
use crate::time::{Detected, Moment, TimeFormat, TimeValue, detect};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// How the cells of each field are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(crate) missing: Missing,
    pub(crate) require_time: bool,
    times: Times,
    scoring: Option<Scoring>,
    right_at: f64,
    right_at_given: bool,
    key: Option<Key>,
    /// Fields whose ids are whole numbers written with a point.
    whole: [bool; Field::ALL.len()],
    numbers: [NumberFormat; Field::ALL.len()],
    /// What was found out and should be said.
    pub(crate) notes: Vec<String>,
}

/// How the time of a row is found.
#[derive(Debug, Clone, Default)]
struct Times {
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

/// Whether an answer was right, and its points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Scored {
    pub(crate) outcome: Option<bool>,
    pub(crate) points: Option<Points>,
}

impl Scored {
    /// Whether it is wrong and has points all the same.
    pub(crate) fn is_partial(&self) -> bool {
        self.outcome == Some(false) && self.points.is_some_and(|points| points.got > 0.0)
    }
}

/// Points of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Points {
    /// As the file has them.
    pub got: f64,
    /// The most that there were; `None` where the file does not say.
    pub max: Option<f64>,
}

/// An answer in a table with one item a column.
#[derive(Clone, Copy)]
pub(crate) struct ItemAnswer<'a> {
    pub(crate) cell: Cell<'a>,
    pub(crate) scoring: Scoring,
    /// The right option, where a column of the table has it.
    pub(crate) key_cell: Option<&'a str>,
    /// What is right, where a row of the table says so.
    pub(crate) key: Option<&'a Right>,
}

/// What is found out about a column: the file, the column and its cells.
struct Found<'a> {
    path: &'a Path,
    name: &'a str,
    column: &'a SampleColumn,
    sample: &'a Sample,
}

impl Reading {
    /// The reading of rows whose cells have types, or say by themselves what they are.
    pub(crate) fn plain(options: &Options) -> Self {
        Self {
            missing: options.missing.clone(),
            require_time: options.require_time(),
            times: Times { format: Some(TimeFormat::Plain), ..Times::default() },
            scoring: Some(Scoring::RightWrong { ox: false }),
            right_at: options.right_at.unwrap_or(1.0),
            right_at_given: options.right_at.is_some(),
            ..Self::default()
        }
    }

    /// The same for rows that have points out of a maximum.
    pub(crate) fn scored(options: &Options) -> Self {
        Self { scoring: Some(Scoring::Points { max: None }), ..Self::plain(options) }
    }

    /// Finds out what the columns of a table with one answer a row are written in.
    pub(crate) fn of(
        columns: &Columns,
        sample: &Sample,
        options: &Options,
        table: TableFacts<'_>,
    ) -> Result<Self, Error> {
        let mut reading = Self {
            missing: options.missing.clone(),
            require_time: options.require_time(),
            right_at: options.right_at.unwrap_or(1.0),
            right_at_given: options.right_at.is_some(),
            key: table.key.cloned(),
            ..Self::default()
        };
        let found = |field| {
            let index = columns.index(field)?;
            let name = columns.headers()[index].as_str();
            Some(Found { path: table.path, name, column: sample.column(index), sample })
        };
        for field in [Field::Student, Field::Item, Field::Topic, Field::Session, Field::Subject] {
            if let Some(found) = found(field) {
                let cells = found.cells(&reading.missing);
                reading.whole[field as usize] = are_whole_floats(cells);
            }
        }
        for field in [
            Field::ResponseTimeMs,
            Field::ResponseTimeS,
            Field::Hints,
            Field::Correct,
            Field::MaxPoints,
        ] {
            if let Some(found) = found(field) {
                let cells = found.cells(&reading.missing);
                reading.numbers[field as usize] = NumberFormat::detect(cells, table.semicolons);
            }
        }
        reading.scoring = table.scoring;
        if table.scoring.is_none() {
            let has_answer = columns.has(Field::Answer);
            reading.find_scoring(found(Field::Correct), has_answer, columns, options)?;
        }
        reading.notes.extend(table.key.and_then(Key::note));
        reading.find_times(
            found(Field::CompletedAt).as_ref(),
            found(Field::Day).as_ref(),
            options,
        )?;
        Ok(reading)
    }

    fn find_scoring(
        &mut self,
        correct: Option<Found<'_>>,
        has_answer: bool,
        columns: &Columns,
        options: &Options,
    ) -> Result<(), Error> {
        let has_key = self.key.is_some() || columns.has(Field::Key);
        let Some(correct) = correct else {
            self.scoring = (has_answer && has_key).then_some(Scoring::Options);
            return Ok(());
        };
        let context = ScoringContext { has_maximum: columns.has(Field::MaxPoints), has_key: false };
        let verdict = scoring::detect(correct.cells(&self.missing), context);
        match verdict {
            ScoringVerdict::Empty => self.scoring = Some(Scoring::RightWrong { ox: false }),
            ScoringVerdict::Known { scoring, codes, .. } => {
                self.scoring = Some(scoring);
                self.note_codes(correct.name, &codes);
                if scoring == (Scoring::Points { max: Some(100.0) }) {
                    self.notes.push(format!("{}: read as per cent, 100 being right", correct.name));
                }
            }
            ScoringVerdict::Neither(neither) => {
                let is_number = neither.kind != scoring::NeitherKind::Words
                    && neither.kind != scoring::NeitherKind::Options;
                if is_number && options.takes_points {
                    self.scoring = Some(Scoring::Points { max: None });
                } else if let (true, Some(right_at)) = (is_number, options.right_at) {
                    let max = largest(correct.cells(&self.missing));
                    self.scoring = Some(Scoring::Points { max: Some(max) });
                    self.notes.push(format!(
                        "{}: points out of {max}, right from {} on",
                        correct.name,
                        right_at * max
                    ));
                } else {
                    return Err(correct.not_right_wrong(&neither, &self.missing));
                }
            }
        }
        Ok(())
    }

    /// A field whose column came when the first rows had been looked at already.
    pub(crate) fn take_late(&mut self, field: Field) {
        if field == Field::CompletedAt {
            self.times.format.get_or_insert(TimeFormat::Plain);
        }
    }

    pub(crate) fn note_codes(&mut self, column: &str, codes: &[f64]) {
        if codes.is_empty() {
            return;
        }
        for code in codes {
            self.missing.add_code(*code);
        }
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        self.notes.push(format!(
            "{column}: {} read as no answer (--na says otherwise)",
            codes.join(", ")
        ));
    }

    fn find_times(
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

    /// Whether an answer in a table with one item a column was right.
    pub(crate) fn scored_item(
        &self,
        item: &str,
        answer: ItemAnswer<'_>,
    ) -> Result<Scored, RejectReason> {
        match answer.scoring {
            Scoring::RightWrong { ox } => self.right_wrong(answer.cell, ox),
            Scoring::Points { max } => self.points(answer.cell, max),
            Scoring::Options => {
                let right = answer.key.or_else(|| self.key.as_ref()?.right(item));
                if let Cell::Bool(is_right) = answer.cell {
                    let outcome = Some(is_right || right == Some(&Right::Everything));
                    return Ok(Scored { outcome, points: None });
                }
                let mut chosen = String::new();
                answer.cell.append_id(&mut chosen)?;
                let own = answer.key_cell.filter(|key| !self.missing.is_word(key));
                match own {
                    Some(own) if !self.missing.is_value(&chosen) => {
                        let outcome = Some(is_as_written(&chosen, own));
                        Ok(Scored { outcome, points: None })
                    }
                    _ => self.chosen(&chosen, None, right),
                }
            }
        }
    }

    /// Whether the answer to `item` was right.
    pub(crate) fn scored_cells(
        &self,
        cells: &Cells<'_>,
        item: &str,
    ) -> Result<Scored, RejectReason> {
        match self.scoring {
            None => Ok(Scored::default()),
            Some(Scoring::RightWrong { ox }) => self.right_wrong(cells.get(Field::Correct), ox),
            Some(Scoring::Points { max }) => {
                let given = self.number(cells, Field::MaxPoints)?;
                let scored = self.points(cells.get(Field::Correct), given.or(max))?;
                Ok(match cells.get(Field::Answer) {
                    Cell::Bool(right) if !self.right_at_given => {
                        Scored { outcome: Some(right), ..scored }
                    }
                    _ => scored,
                })
            }
            Some(Scoring::Options) => self.option(cells, item),
        }
    }

    /// The field that says whether an answer was right.
    pub(crate) fn scored_field(&self) -> Field {
        if self.scoring == Some(Scoring::Options) { Field::Answer } else { Field::Correct }
    }

    pub(crate) fn right_wrong(&self, cell: Cell<'_>, has_ox: bool) -> Result<Scored, RejectReason> {
        let known = |right| Ok(Scored { outcome: Some(right), points: None });
        let number = |number: f64| match number {
            0.0 => known(false),
            1.0 => known(true),
            code if code.is_nan() || self.missing.is_code(code) => Ok(Scored::default()),
            _ => Err(RejectReason::BadCorrect),
        };
        match cell {
            Cell::Null => Ok(Scored::default()),
            Cell::Bool(right) => known(right),
            Cell::Integer(integer) => number(integer as f64),
            Cell::Float(float) => number(float),
            Cell::Time(_) => Err(RejectReason::BadCorrect),
            Cell::Text("1") if !self.missing.is_code(1.0) => known(true),
            Cell::Text("0") if !self.missing.is_code(0.0) => known(false),
            Cell::Text(text) => {
                let text = text.trim();
                if self.missing.is_value(text) {
                    return Ok(Scored::default());
                }
                if let Some(right) = says(text).or_else(|| ox(text).filter(|_| has_ox)) {
                    return known(right);
                }
                number(scoring::number(text).ok_or(RejectReason::BadCorrect)?)
            }
        }
    }

    fn points(&self, cell: Cell<'_>, max: Option<f64>) -> Result<Scored, RejectReason> {
        /// Sums of decimal points miss their maximum by less.
        const SLACK: f64 = 1e-9;
        let own = match cell {
            Cell::Text(text) if max.is_none() => scoring::points_of(text.trim()),
            _ => None,
        };
        let max = own.map_or(max, |(_, max)| Some(max));
        let got = match cell {
            Cell::Null => None,
            Cell::Bool(right) => return Ok(Scored { outcome: Some(right), points: None }),
            Cell::Text(_) if own.is_some() => own.map(|(got, _)| got),
            Cell::Text(text) => self.point_text(text.trim())?,
            Cell::Integer(integer) => Some(integer as f64),
            Cell::Float(float) => Some(float).filter(|number| !number.is_nan()),
            Cell::Time(_) => return Err(RejectReason::BadCorrect),
        };
        let Some(got) = got.filter(|got| !self.missing.is_code(*got)) else {
            return Ok(Scored::default());
        };
        if !got.is_finite() || got < 0.0 || max.is_some_and(|max| got > max + SLACK || max <= 0.0) {
            return Err(RejectReason::BadPoints);
        }
        let points = Some(Points { got, max });
        let Some(max) = max else { return Ok(Scored { outcome: None, points }) };
        let right = got >= self.right_at * max - SLACK;
        Ok(Scored { outcome: Some(right), points })
    }

    fn point_text(&self, text: &str) -> Result<Option<f64>, RejectReason> {
        if self.missing.is_value(text) {
            return Ok(None);
        }
        let text = text.strip_suffix(['%', '％']).map_or(text, str::trim_end);
        let format = self.numbers[Field::Correct as usize];
        let number = format.parse(text).or_else(|| scoring::number(text));
        number.map(Some).ok_or(RejectReason::BadPoints)
    }

    fn option(&self, cells: &Cells<'_>, item: &str) -> Result<Scored, RejectReason> {
        let mut chosen = String::new();
        cells.get(Field::Answer).append_id(&mut chosen)?;
        let mut own = String::new();
        cells.get(Field::Key).append_id(&mut own)?;
        let right = self.key.as_ref().and_then(|key| key.right(item));
        self.chosen(&chosen, Some(own.as_str()), right)
    }

    /// Whether a chosen option is that of the cell beside it, else what the key says is right.
    fn chosen(
        &self,
        chosen: &str,
        own: Option<&str>,
        right: Option<&Right>,
    ) -> Result<Scored, RejectReason> {
        if self.missing.is_value(chosen) {
            return Ok(Scored::default());
        }
        let outcome = match (own.filter(|key| !self.missing.is_word(key)), right) {
            (Some(own), _) => is_right(chosen, own).map_err(|_| RejectReason::NoKey)?,
            (None, Some(right)) => right.has(chosen),
            (None, None) => return Err(RejectReason::NoKey),
        };
        Ok(Scored { outcome: Some(outcome), points: None })
    }

    /// Whether no row has a time of its own.
    pub(crate) fn is_untimed(&self) -> bool {
        self.times.at_start
    }

    /// Whether nothing stands in a cell of an item.
    pub(crate) fn is_blank(&self, cell: Cell<'_>) -> bool {
        match cell {
            Cell::Null => true,
            Cell::Text(text) => self.missing.is_value(text.trim()),
            Cell::Integer(number) => self.missing.is_code(number as f64),
            Cell::Float(number) => number.is_nan() || self.missing.is_code(number),
            Cell::Bool(_) | Cell::Time(_) => false,
        }
    }

    /// From how many points of a maximum on an answer is right.
    pub(crate) fn right_from(&self, max: f64) -> f64 {
        self.right_at * max
    }

    /// A number of a field; `None` where there is none.
    pub(crate) fn number(
        &self,
        cells: &Cells<'_>,
        field: Field,
    ) -> Result<Option<f64>, RejectReason> {
        match cells.get(field) {
            Cell::Text(text) => {
                let text = text.trim();
                if self.missing.is_value(text) {
                    return Ok(None);
                }
                let number = self.numbers[field as usize].parse(text);
                number
                    .or_else(|| says(text).map(|says| f64::from(u8::from(says))))
                    .map(Some)
                    .ok_or(RejectReason::BadNumber)
            }
            cell => Ok(cell.number()?.filter(|number| !self.missing.is_code(*number))),
        }
    }

    /// Whether the ids of a field are whole numbers written with a point.
    pub(crate) fn is_whole(&self, field: Field) -> bool {
        self.whole[field as usize]
    }
}

/// What is known of a table beside its cells.
#[derive(Clone, Copy)]
pub(crate) struct TableFacts<'a> {
    pub(crate) path: &'a Path,
    /// Whether semicolons part its cells, so that a comma may be decimal.
    pub(crate) semicolons: bool,
    pub(crate) key: Option<&'a Key>,
    /// What its correctness is written in, where the system that wrote it is known to.
    pub(crate) scoring: Option<Scoring>,
}

impl Found<'_> {
    fn cells<'s>(&'s self, missing: &'s Missing) -> impl Iterator<Item = &'s str> {
        self.column.cells().filter(|cell| !missing.is_word(cell))
    }

    /// The format of a column of times, or why it is not read, which only an optional one may be.
    fn time_format(
        &self,
        options: &Options,
        missing: &Missing,
    ) -> Result<Result<TimeFormat, String>, Error> {
        if let Some(format) = options.date_format {
            return Ok(Ok(match format {
                DateFormat::Order(order) => TimeFormat::Written(Some(order)),
                DateFormat::Excel(epoch) => TimeFormat::Serial(epoch),
                DateFormat::SinceEpoch(unit) => TimeFormat::SinceEpoch(unit),
                DateFormat::SinceStart(unit) => TimeFormat::SinceStart(Some(unit)),
            }));
        }
        let (path, column) = (self.path.to_owned(), self.name.to_owned());
        match detect(self.cells(missing)) {
            Detected::Empty => Ok(Ok(TimeFormat::Plain)),
            Detected::Format(TimeFormat::SinceStart(_), _) if self.is_constant(missing) => {
                Ok(Err(format!("{column}: not read, for it is always the same")))
            }
            Detected::Format(format, _) => Ok(Ok(format)),
            Detected::Unknown { .. } if self.column.times() > 0 => {
                Ok(Ok(TimeFormat::Written(None)))
            }
            Detected::Ambiguous { example, orders } => {
                let orders: Vec<_> = orders.iter().map(|order| order.name()).collect();
                if options.require_time() {
                    return Err(Error::AmbiguousDates { path, column, example, orders });
                }
                let orders = orders.join(" or ");
                Ok(Err(format!(
                    "{column}: not read, for {example:?} can be {orders} (--date-format)"
                )))
            }
            Detected::Unknown { example } if options.require_time() => {
                Err(Error::UnknownTimes { path, column, example })
            }
            Detected::Unknown { example } => {
                Ok(Err(format!("{column}: not read, for {example:?} is no time")))
            }
        }
    }

    /// Whether every cell says the same, of more than one.
    fn is_constant(&self, missing: &Missing) -> bool {
        let mut cells = self.cells(missing);
        let first = cells.next();
        let mut rest = cells.peekable();
        rest.peek().is_some() && rest.all(|cell| Some(cell) == first)
    }

    fn not_right_wrong(&self, neither: &scoring::Neither, missing: &Missing) -> Error {
        let mut tally = scoring::Tally::default();
        self.column.cells().filter(|cell| !missing.is_value(cell)).for_each(|cell| tally.see(cell));
        let is_odd = |cell: &str| !missing.is_value(cell) && tally.is_odd(cell);
        let row = self.column.cells().position(is_odd).unwrap_or(0);
        Error::NotRightWrong {
            path: self.path.to_owned(),
            column: self.name.to_owned(),
            found: Box::new(OtherValues {
                line: self.sample.line(row),
                value: self.column.cells().nth(row).unwrap_or_default().to_owned(),
                kind: neither.kind,
                values: neither.values.clone(),
                unread: neither.unread,
                cells: neither.cells,
            }),
        }
    }
}

/// Whether a format says the day.
fn has_date(format: TimeFormat) -> bool {
    !matches!(format, TimeFormat::Clock | TimeFormat::SinceStart(_))
}

fn largest<'a>(cells: impl Iterator<Item = &'a str>) -> f64 {
    cells.filter_map(scoring::number).fold(0.0, f64::max)
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
