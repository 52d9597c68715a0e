//! Arrow arrays as cells, looked at where they lie.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrowPrimitiveType, BooleanArray, GenericStringArray, OffsetSizeTrait, PrimitiveArray,
    StringViewArray,
};
use arrow_schema::{DataType, TimeUnit};
use seedtest_ingest::{Cell, Moment};
use seedtest_responses::TimeZone;

const MILLIS_PER_DAY: i64 = 86_400_000;
const MICROS_PER_DAY: i64 = 1_000 * MILLIS_PER_DAY;

/// The cells of one array.
pub(crate) trait Cells: Send + Sync {
    /// The cell at a row that is one of the array.
    fn cell(&self, row: usize) -> Cell<'_>;

    /// Whether every cell is missing or the beginning of a day.
    fn are_days(&self) -> bool {
        false
    }
}

/// The cells of an array; `None` where they are no single values.
pub(crate) fn cells_of(array: &dyn Array) -> Option<Box<dyn Cells>> {
    Some(match array.data_type() {
        DataType::Null => Box::new(Nothing),
        DataType::Boolean => Box::new(Truths(array.as_boolean().clone())),
        DataType::Int8 => integers::<Int8Type>(array),
        DataType::Int16 => integers::<Int16Type>(array),
        DataType::Int32 => integers::<Int32Type>(array),
        DataType::Int64 => integers::<Int64Type>(array),
        DataType::UInt8 => integers::<UInt8Type>(array),
        DataType::UInt16 => integers::<UInt16Type>(array),
        DataType::UInt32 => integers::<UInt32Type>(array),
        DataType::UInt64 => unsigned(array.as_primitive()),
        DataType::Float16 => floats::<Float16Type>(array),
        DataType::Float32 => floats::<Float32Type>(array),
        DataType::Float64 => floats::<Float64Type>(array),
        DataType::Decimal128(_, scale) => {
            Box::new(Decimals { values: array.as_primitive().clone(), scale: *scale })
        }
        DataType::Utf8 => Box::new(Texts(array.as_string::<i32>().clone())),
        DataType::LargeUtf8 => Box::new(Texts(array.as_string::<i64>().clone())),
        DataType::Utf8View => Box::new(Views(array.as_string_view().clone())),
        DataType::Date32 => Box::new(Dates(array.as_primitive().clone())),
        DataType::Date64 => Box::new(LongDates(array.as_primitive().clone())),
        DataType::Timestamp(unit, zone) => {
            Box::new(Times::of(array, *unit, Clock::of(zone.as_deref()))?)
        }
        DataType::Dictionary(keys, _) => return coded_by(keys, array),
        _ => return None,
    })
}

/// The days of an array whose [`Cells::are_days`]; `None` for one that has no times.
pub(crate) fn days_of(array: &dyn Array) -> Option<Box<dyn Cells>> {
    let DataType::Timestamp(unit, zone) = array.data_type() else { return None };
    Some(Box::new(WholeDays(Times::of(array, *unit, Clock::of(zone.as_deref()))?)))
}

struct Nothing;

impl Cells for Nothing {
    fn cell(&self, _: usize) -> Cell<'_> {
        Cell::Null
    }
}

struct Truths(BooleanArray);

impl Cells for Truths {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Bool(self.0.value(row)) }
    }
}

struct Integers<T: ArrowPrimitiveType>(PrimitiveArray<T>);

fn integers<T: ArrowPrimitiveType>(array: &dyn Array) -> Box<dyn Cells>
where
    T::Native: Into<i64>,
{
    Box::new(Integers(array.as_primitive::<T>().clone()))
}

impl<T: ArrowPrimitiveType> Cells for Integers<T>
where
    T::Native: Into<i64>,
{
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Integer(self.0.value(row).into()) }
    }
}

struct Unsigned(PrimitiveArray<UInt64Type>);

/// Those with a value that no signed number holds are written out: hashes are ids, whose digits all count.
fn unsigned(array: &PrimitiveArray<UInt64Type>) -> Box<dyn Cells> {
    if array.iter().flatten().all(|value| i64::try_from(value).is_ok()) {
        return Box::new(Unsigned(array.clone()));
    }
    let digits = array.iter().map(|value| value.map(|value| value.to_string()));
    Box::new(Texts(digits.collect::<GenericStringArray<i64>>()))
}

impl Cells for Unsigned {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Integer(self.0.value(row) as i64) }
    }
}

struct Floats<T: ArrowPrimitiveType>(PrimitiveArray<T>);

fn floats<T: ArrowPrimitiveType>(array: &dyn Array) -> Box<dyn Cells>
where
    T::Native: Into<f64>,
{
    Box::new(Floats(array.as_primitive::<T>().clone()))
}

impl<T: ArrowPrimitiveType> Cells for Floats<T>
where
    T::Native: Into<f64>,
{
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Float(self.0.value(row).into()) }
    }
}

struct Decimals {
    values: PrimitiveArray<Decimal128Type>,
    scale: i8,
}

impl Cells for Decimals {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.values.is_null(row) {
            return Cell::Null;
        }
        // A power of ten up to 22 is exact, so that the quotient is the number that its digits mean.
        let unit = 10_f64.powi(i32::from(self.scale).abs());
        let value = self.values.value(row) as f64;
        Cell::Float(if self.scale < 0 { value * unit } else { value / unit })
    }
}

struct Texts<O: OffsetSizeTrait>(GenericStringArray<O>);

impl<O: OffsetSizeTrait> Cells for Texts<O> {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Text(self.0.value(row)) }
    }
}

struct Views(StringViewArray);

impl Cells for Views {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) { Cell::Null } else { Cell::Text(self.0.value(row)) }
    }
}

struct Dates(PrimitiveArray<Date32Type>);

impl Cells for Dates {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) {
            return Cell::Null;
        }
        Cell::Time(Moment::Day(i64::from(self.0.value(row))))
    }
}

struct LongDates(PrimitiveArray<Date64Type>);

impl Cells for LongDates {
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.0.is_null(row) {
            return Cell::Null;
        }
        Cell::Time(Moment::Day(self.0.value(row).div_euclid(MILLIS_PER_DAY)))
    }
}

/// Points in time.
struct Times {
    values: Box<dyn Ticks>,
    unit: TimeUnit,
    clock: Clock,
}

/// What shows the time of day.
enum Clock {
    /// Times without a zone are what a clock on the wall showed.
    OnTheWall,
    Of(TimeZone),
    /// A zone that is none of the IANA database, such as an offset.
    Unknown,
}

impl Clock {
    fn of(zone: Option<&str>) -> Self {
        let Some(zone) = zone else { return Self::OnTheWall };
        zone.parse().map_or(Self::Unknown, Self::Of)
    }

    /// What it shows at a time, in microseconds.
    fn shown(&self, micros: i64) -> Option<i64> {
        match self {
            Self::OnTheWall => Some(micros),
            Self::Of(zone) => Some(zone.local(micros)),
            Self::Unknown => None,
        }
    }
}

/// Counts of a unit of time.
trait Ticks: Send + Sync {
    fn len(&self) -> usize;
    fn tick(&self, row: usize) -> Option<i64>;
}

impl<T: ArrowPrimitiveType<Native = i64>> Ticks for PrimitiveArray<T> {
    fn len(&self) -> usize {
        Array::len(self)
    }

    fn tick(&self, row: usize) -> Option<i64> {
        self.is_valid(row).then(|| self.value(row))
    }
}

impl Times {
    fn of(array: &dyn Array, unit: TimeUnit, clock: Clock) -> Option<Self> {
        let values: Box<dyn Ticks> = match unit {
            TimeUnit::Second => Box::new(array.as_primitive_opt::<TimestampSecondType>()?.clone()),
            TimeUnit::Millisecond => {
                Box::new(array.as_primitive_opt::<TimestampMillisecondType>()?.clone())
            }
            TimeUnit::Microsecond => {
                Box::new(array.as_primitive_opt::<TimestampMicrosecondType>()?.clone())
            }
            TimeUnit::Nanosecond => {
                Box::new(array.as_primitive_opt::<TimestampNanosecondType>()?.clone())
            }
        };
        Some(Self { values, unit, clock })
    }

    fn micros(&self, row: usize) -> Option<i64> {
        let tick = self.values.tick(row)?;
        Some(match self.unit {
            TimeUnit::Second => tick.saturating_mul(1_000_000),
            TimeUnit::Millisecond => tick.saturating_mul(1_000),
            TimeUnit::Microsecond => tick,
            TimeUnit::Nanosecond => tick.div_euclid(1_000),
        })
    }
}

impl Cells for Times {
    fn cell(&self, row: usize) -> Cell<'_> {
        let is_local = matches!(self.clock, Clock::OnTheWall);
        let moment = if is_local { Moment::Local } else { Moment::Instant };
        self.micros(row).map_or(Cell::Null, |micros| Cell::Time(moment(micros)))
    }

    fn are_days(&self) -> bool {
        let is_day = |micros| self.clock.shown(micros).is_some_and(|at| at % MICROS_PER_DAY == 0);
        (0..self.values.len()).all(|row| self.micros(row).is_none_or(is_day))
    }
}

/// Times that are all beginnings of days: some libraries have no other type for days.
struct WholeDays(Times);

impl Cells for WholeDays {
    fn cell(&self, row: usize) -> Cell<'_> {
        let shown = self.0.micros(row).and_then(|micros| self.0.clock.shown(micros));
        let day = |micros: i64| Cell::Time(Moment::Day(micros.div_euclid(MICROS_PER_DAY)));
        shown.map_or(Cell::Null, day)
    }
}

/// Values that are kept once, and a key a row.
struct Coded<K: ArrowDictionaryKeyType> {
    keys: PrimitiveArray<K>,
    values: Box<dyn Cells>,
}

impl<K: ArrowDictionaryKeyType> Cells for Coded<K>
where
    K::Native: TryInto<usize>,
{
    fn cell(&self, row: usize) -> Cell<'_> {
        if self.keys.is_null(row) {
            return Cell::Null;
        }
        self.keys.value(row).try_into().map_or(Cell::Null, |key| self.values.cell(key))
    }
}

fn coded_by(keys: &DataType, array: &dyn Array) -> Option<Box<dyn Cells>> {
    match keys {
        DataType::Int8 => coded::<Int8Type>(array),
        DataType::Int16 => coded::<Int16Type>(array),
        DataType::Int32 => coded::<Int32Type>(array),
        DataType::Int64 => coded::<Int64Type>(array),
        DataType::UInt8 => coded::<UInt8Type>(array),
        DataType::UInt16 => coded::<UInt16Type>(array),
        DataType::UInt32 => coded::<UInt32Type>(array),
        DataType::UInt64 => coded::<UInt64Type>(array),
        _ => None,
    }
}

fn coded<K: ArrowDictionaryKeyType>(array: &dyn Array) -> Option<Box<dyn Cells>>
where
    K::Native: TryInto<usize>,
{
    let array = array.as_dictionary_opt::<K>()?;
    let values = cells_of(array.values().as_ref())?;
    Some(Box::new(Coded { keys: array.keys().clone(), values }))
}
