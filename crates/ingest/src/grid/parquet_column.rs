//! One Parquet column as cells.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

use crate::cell::Cell;
use crate::reject::RejectReason;
use crate::time::Moment;

/// What the values of a column stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Plain,
    Unsigned,
    Date,
    Time(Unit, Clock),
    Uuid,
}

/// What a number of a column of times counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Millis,
    Micros,
    Nanos,
}

/// Whether the numbers of a column of times are instants or what a clock on the wall showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Utc,
    Local,
}

/// What a flat column holds, or `None` where its type stands for no field of a response log.
pub(crate) fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
        return None;
    }
    let meaning = match column.logical_type_ref() {
        None => converted_meaning(column.converted_type())?,
        Some(LogicalType::Integer(integer)) if !integer.is_signed => Meaning::Unsigned,
        Some(
            LogicalType::String
            | LogicalType::Enum
            | LogicalType::Json
            | LogicalType::Integer(_)
            | LogicalType::Unknown,
        ) => Meaning::Plain,
        Some(LogicalType::Date) => Meaning::Date,
        Some(LogicalType::Uuid) => Meaning::Uuid,
        Some(LogicalType::Timestamp(timestamp)) => {
            let unit = match timestamp.unit {
                TimeUnit::MILLIS => Unit::Millis,
                TimeUnit::MICROS => Unit::Micros,
                TimeUnit::NANOS => Unit::Nanos,
            };
            let is_utc = timestamp.is_adjusted_to_u_t_c;
            Meaning::Time(unit, if is_utc { Clock::Utc } else { Clock::Local })
        }
        Some(_) => return None,
    };
    let is_fixed = column.physical_type() == PhysicalType::FIXED_LEN_BYTE_ARRAY;
    (is_fixed == (meaning == Meaning::Uuid)).then_some(meaning)
}

/// The older annotation, for files without the newer.
fn converted_meaning(converted: ConvertedType) -> Option<Meaning> {
    Some(match converted {
        ConvertedType::NONE
        | ConvertedType::UTF8
        | ConvertedType::ENUM
        | ConvertedType::JSON
        | ConvertedType::INT_8
        | ConvertedType::INT_16
        | ConvertedType::INT_32
        | ConvertedType::INT_64 => Meaning::Plain,
        ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64 => Meaning::Unsigned,
        ConvertedType::DATE => Meaning::Date,
        ConvertedType::TIMESTAMP_MILLIS => Meaning::Time(Unit::Millis, Clock::Utc),
        ConvertedType::TIMESTAMP_MICROS => Meaning::Time(Unit::Micros, Clock::Utc),
        _ => return None,
    })
}

/// Some consecutive values of a column, one per row.
pub(crate) enum Values {
    Bools(Vec<Option<bool>>),
    Integers(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Times(Vec<Option<Moment>>),
    Texts(Vec<Option<ByteArray>>),
}

impl Values {
    /// Reads the next `rows` rows of a column.
    pub(crate) fn read(
        reader: &mut ColumnReader,
        meaning: Meaning,
        max_level: i16,
        rows: usize,
    ) -> Result<Self, ParquetError> {
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                read(reader, max_level, rows, |&v| v).map(Self::Bools)
            }
            ColumnReader::Int32ColumnReader(reader) => match meaning {
                Meaning::Date => {
                    read(reader, max_level, rows, |&days| Moment::Day(i64::from(days)))
                        .map(Self::Times)
                }
                Meaning::Unsigned => {
                    read(reader, max_level, rows, |&v| i64::from(v as u32)).map(Self::Integers)
                }
                _ => read(reader, max_level, rows, |&v| i64::from(v)).map(Self::Integers),
            },
            ColumnReader::Int64ColumnReader(reader) => match meaning {
                Meaning::Time(unit, clock) => {
                    read(reader, max_level, rows, |&v| clock.moment(unit.micros(v)))
                        .map(Self::Times)
                }
                Meaning::Unsigned => {
                    let text = |&v: &i64| ByteArray::from((v as u64).to_string().as_str());
                    read(reader, max_level, rows, text).map(Self::Texts)
                }
                _ => read(reader, max_level, rows, |&v| v).map(Self::Integers),
            },
            ColumnReader::Int96ColumnReader(reader) => {
                read(reader, max_level, rows, |v| Moment::Instant(v.to_micros())).map(Self::Times)
            }
            ColumnReader::FloatColumnReader(reader) => {
                read(reader, max_level, rows, |&v| f64::from(v)).map(Self::Floats)
            }
            ColumnReader::DoubleColumnReader(reader) => {
                read(reader, max_level, rows, |&v| v).map(Self::Floats)
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                read(reader, max_level, rows, ByteArray::clone).map(Self::Texts)
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let text = |v: &parquet::data_type::FixedLenByteArray| {
                    ByteArray::from(hyphenated(v.data()).as_str())
                };
                read(reader, max_level, rows, text).map(Self::Texts)
            }
        }
    }

    /// The value of a row.
    pub(crate) fn cell(&self, row: usize) -> Result<Cell<'_>, RejectReason> {
        Ok(match self {
            Self::Bools(values) => values[row].map_or(Cell::Null, Cell::Bool),
            Self::Integers(values) => values[row].map_or(Cell::Null, Cell::Integer),
            Self::Floats(values) => values[row].map_or(Cell::Null, Cell::Float),
            Self::Times(values) => values[row].map_or(Cell::Null, Cell::Time),
            Self::Texts(values) => match &values[row] {
                None => Cell::Null,
                Some(bytes) => std::str::from_utf8(bytes.data())
                    .map(Cell::Text)
                    .map_err(|_| RejectReason::BadEncoding)?,
            },
        })
    }
}

impl Unit {
    fn micros(self, value: i64) -> i64 {
        match self {
            Self::Millis => value.saturating_mul(1_000),
            Self::Micros => value,
            Self::Nanos => value.div_euclid(1_000),
        }
    }
}

impl Clock {
    fn moment(self, micros: i64) -> Moment {
        match self {
            Self::Utc => Moment::Instant(micros),
            Self::Local => Moment::Local(micros),
        }
    }
}

/// Reads `rows` values, putting `None` where the definition level says there is none.
fn read<T: DataType, U>(
    reader: &mut ColumnReaderImpl<T>,
    max_level: i16,
    rows: usize,
    convert: impl Fn(&T::T) -> U,
) -> Result<Vec<Option<U>>, ParquetError> {
    let mut values = Vec::with_capacity(rows);
    let mut levels = Vec::with_capacity(rows);
    let mut done = 0;
    while done < rows {
        let (records, ..) =
            reader.read_records(rows - done, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::EOF("a column has fewer values than rows".into()));
        }
        done += records;
    }
    if max_level == 0 {
        return Ok(values.iter().map(|value| Some(convert(value))).collect());
    }
    let mut present = values.iter();
    let spread = |level: &i16| {
        if *level == max_level { present.next().map(&convert) } else { None }
    };
    Ok(levels.iter().map(spread).collect())
}

/// 16 bytes as 8-4-4-4-12 hexadecimal digits.
fn hyphenated(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}
