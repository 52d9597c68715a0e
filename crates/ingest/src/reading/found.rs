//! What is found out about one column.

use std::path::Path;

use crate::error::{Error, OtherValues};
use crate::grid::{Sample, SampleColumn};
use crate::missing::Missing;
use crate::options::{DateFormat, Options};
use crate::scoring;
use crate::time::{Detected, TimeFormat, detect};

/// What is found out about a column: the file, the column and its cells.
pub(super) struct Found<'a> {
    pub(super) path: &'a Path,
    pub(super) name: &'a str,
    pub(super) column: &'a SampleColumn,
    pub(super) sample: &'a Sample,
}

impl Found<'_> {
    pub(super) fn cells<'s>(&'s self, missing: &'s Missing) -> impl Iterator<Item = &'s str> {
        self.column.cells().filter(|cell| !missing.is_word(cell))
    }

    /// The format of a column of times, or why it is not read, which only an optional one may be.
    pub(super) fn time_format(
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

    pub(super) fn not_right_wrong(&self, neither: &scoring::Neither, missing: &Missing) -> Error {
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
