//! PostgreSQL's binary COPY format (PostgreSQL documentation, "COPY", section "Binary Format").

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use crate::engine::value::Value;
use crate::error::{Error, TransferFault};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Signature, flags and the length of the header extension.
const HEADER_LENGTH: usize = SIGNATURE.len() + 8;
/// PostgreSQL counts from 2000-01-01; this is that day in Unix microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const JSONB_VERSION: u8 = 1;

/// Rows in the making, ready to be sent in pieces.
pub(crate) struct Encoder {
    buffer: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        let mut buffer = Vec::with_capacity(1 << 20);
        buffer.extend_from_slice(SIGNATURE);
        buffer.extend_from_slice(&[0; 8]);
        Self { buffer }
    }

    pub(crate) fn push_row(&mut self, row: &[Value<'_>]) {
        self.buffer.extend_from_slice(&(row.len() as i16).to_be_bytes());
        for value in row {
            self.push_value(value);
        }
    }

    /// Bytes collected so far.
    pub(crate) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// The bytes collected so far, which start an empty buffer again.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// The last bytes with the end mark.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.buffer.extend_from_slice(&(-1_i16).to_be_bytes());
        self.buffer
    }

    fn push_value(&mut self, value: &Value<'_>) {
        match value {
            Value::Int(Some(value)) => self.push_field(&value.to_be_bytes()),
            Value::Int4(Some(value)) => self.push_field(&value.to_be_bytes()),
            Value::Thousandths(Some(value)) => self.push_field(&numeric(*value)),
            Value::Real(Some(value)) => self.push_field(&value.to_be_bytes()),
            Value::Text(Some(value)) => self.push_field(value.as_bytes()),
            Value::Bool(Some(value)) => self.push_field(&[u8::from(*value)]),
            Value::Time(Some(at)) => {
                self.push_field(&(at.timestamp_micros() - EPOCH_MICROS).to_be_bytes());
            }
            Value::Date(Some(date)) => self.push_field(&days_since_2000(*date).to_be_bytes()),
            Value::Json(Some(value)) => self.push_json(&in_stored_order(value)),
            Value::RawJson(Some(value)) => self.push_json(value.get()),
            Value::Uuid(Some(uuid)) => self.push_field(uuid.as_bytes()),
            Value::Int(None)
            | Value::Int4(None)
            | Value::Thousandths(None)
            | Value::Real(None)
            | Value::Text(None)
            | Value::Bool(None)
            | Value::Time(None)
            | Value::Date(None)
            | Value::Json(None)
            | Value::RawJson(None)
            | Value::Uuid(None) => self.buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }

    fn push_json(&mut self, text: &str) {
        self.push_length(text.len() + 1);
        self.buffer.push(JSONB_VERSION);
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn push_field(&mut self, bytes: &[u8]) {
        self.push_length(bytes.len());
        self.buffer.extend_from_slice(bytes);
    }

    fn push_length(&mut self, length: usize) {
        self.buffer.extend_from_slice(&(length as i32).to_be_bytes());
    }
}

/// A JSON text whose outer keys come as `jsonb` stores them, the shorter ones first: the server then
/// has nothing to sort.
fn in_stored_order(value: &Json) -> String {
    let Json::Object(object) = value else { return value.to_string() };
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_unstable_by_key(|&(key, _)| (key.len(), key));
    let mut text = String::with_capacity(1024);
    text.push('{');
    for (position, (key, value)) in entries.into_iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{}:{value}", Json::from(key.as_str()));
    }
    text.push('}');
    text
}

/// PostgreSQL's `numeric` (`numeric_send` in its source): the number of digits, the weight of the
/// first one, the sign and the decimals shown, then digits to the base 10 000. Two digits hold every
/// `numeric(6,3)`.
fn numeric(thousandths: i32) -> [u8; 12] {
    const NEGATIVE: u16 = 0x4000;
    let size = thousandths.unsigned_abs();
    let sign = if thousandths < 0 { NEGATIVE } else { 0 };
    let fields = [2, 0, sign, 3, (size / 1000) as u16, (size % 1000 * 10) as u16];
    let mut bytes = [0; 12];
    for (to, field) in bytes.chunks_exact_mut(2).zip(fields) {
        to.copy_from_slice(&field.to_be_bytes());
    }
    bytes
}

fn days_since_2000(date: NaiveDate) -> i32 {
    let epoch = DateTime::from_timestamp_micros(EPOCH_MICROS).unwrap_or_default();
    (date - epoch.date_naive()).num_days() as i32
}

/// Cuts the received bytes into rows, whatever way the server packed them.
#[derive(Default)]
pub(crate) struct Decoder {
    /// Received bytes of a row that is not complete yet.
    pending: Vec<u8>,
    fields: Vec<Field>,
    header_seen: bool,
    finished: bool,
}

/// Begin and end of a field's bytes; `None` is NULL.
type Field = Option<(usize, usize)>;

impl Decoder {
    /// Adds received bytes and hands every complete row to `take`.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        take: impl FnMut(&CopyRow<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.pending.is_empty() {
            let used = self.rows(bytes, take)?;
            self.pending.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let used = self.rows(&pending, take)?;
        pending.drain(..used);
        self.pending = pending;
        Ok(())
    }

    /// Fails when the server stopped before the end mark.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        if self.finished { Ok(()) } else { Err(broken(TransferFault::CutOff)) }
    }

    /// Hands over every complete row. Returns how many bytes they took.
    fn rows(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&CopyRow<'_>) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let mut start = self.skip_header(bytes);
        while self.header_seen && !self.finished {
            let Some(end) = self.next_row(bytes, start) else { break };
            if !self.finished {
                take(&CopyRow { bytes, fields: &self.fields })?;
            }
            start = end;
        }
        Ok(start)
    }

    fn skip_header(&mut self, bytes: &[u8]) -> usize {
        if self.header_seen || bytes.len() < HEADER_LENGTH {
            return 0;
        }
        self.header_seen = true;
        HEADER_LENGTH
    }

    /// Finds the fields of the row at `start`; `None` when it is not complete yet.
    fn next_row(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let count = i16::from_be_bytes(array(bytes, start)?);
        let mut at = start + 2;
        if count < 0 {
            self.finished = true;
            return Some(at);
        }
        self.fields.clear();
        for _ in 0..count {
            let length = i32::from_be_bytes(array(bytes, at)?);
            at += 4;
            if length < 0 {
                self.fields.push(None);
                continue;
            }
            let end = at + length as usize;
            if end > bytes.len() {
                return None;
            }
            self.fields.push(Some((at, end)));
            at = end;
        }
        Some(at)
    }
}

/// One received row; values are read by position.
pub(crate) struct CopyRow<'a> {
    bytes: &'a [u8],
    fields: &'a [Field],
}

impl CopyRow<'_> {
    pub(crate) fn text(&self, column: usize) -> Result<Option<&str>, Error> {
        self.field(column)
            .map(|bytes| std::str::from_utf8(bytes).map_err(|_| broken(TransferFault::Encoding)))
            .transpose()
    }

    pub(crate) fn boolean(&self, column: usize) -> Result<Option<bool>, Error> {
        Ok(self.fixed::<1>(column)?.map(|[byte]| byte != 0))
    }

    pub(crate) fn int4(&self, column: usize) -> Result<Option<i32>, Error> {
        Ok(self.fixed(column)?.map(i32::from_be_bytes))
    }

    /// Microseconds since 1970-01-01 UTC of a `timestamptz`; infinite times are not a moment.
    pub(crate) fn micros(&self, column: usize) -> Result<Option<i64>, Error> {
        let since_2000 = self.fixed(column)?.map(i64::from_be_bytes);
        Ok(since_2000
            .and_then(|micros| micros.checked_add(EPOCH_MICROS))
            .filter(|&micros| is_moment(micros)))
    }

    fn field(&self, column: usize) -> Option<&[u8]> {
        let (start, end) = (*self.fields.get(column)?)?;
        self.bytes.get(start..end)
    }

    fn fixed<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, Error> {
        let Some(bytes) = self.field(column) else { return Ok(None) };
        bytes.try_into().map(Some).map_err(|_| broken(TransferFault::Width))
    }
}

fn is_moment(micros: i64) -> bool {
    let first = const { DateTime::<Utc>::MIN_UTC.timestamp_micros() };
    let last = const { DateTime::<Utc>::MAX_UTC.timestamp_micros() };
    (first..=last).contains(&micros)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn broken(fault: TransferFault) -> Error {
    Error::Transfer { fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(rows: &[(Option<String>, Option<bool>, i64)]) -> Vec<u8> {
        let mut encoder = Encoder::new();
        for (text, flag, micros) in rows {
            encoder.push_row(&[
                Value::Text(text.as_deref()),
                Value::Bool(*flag),
                Value::Time(DateTime::from_timestamp_micros(*micros)),
            ]);
        }
        encoder.finish()
    }

    #[test]
    fn a_row_has_the_documented_bytes() {
        let mut encoder = Encoder::new();
        encoder.push_row(&[Value::Int(Some(-2)), Value::Text(None)]);
        let bytes = encoder.finish();
        let row = &bytes[HEADER_LENGTH..];
        let expected = [
            &[0, 2][..],
            &[0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 254],
            &[255, 255, 255, 255],
            &[255, 255],
        ]
        .concat();
        assert_eq!(row, expected);
    }

    #[test]
    fn thousandths_have_two_digits_to_the_base_10000() {
        // numeric_send(-12.345::numeric(6,3)) of PostgreSQL 15.
        let expected = [0, 2, 0, 0, 0x40, 0, 0, 3, 0, 12, 0x0d, 0x7a];
        assert_eq!(numeric(-12_345), expected);
    }

    #[test]
    fn outer_keys_go_shorter_first() {
        let value = serde_json::json!({"abc": 1, "b": {"zz": 1, "y": "q\""}, "a\"": null});
        assert_eq!(in_stored_order(&value), r#"{"b":{"y":"q\"","zz":1},"a\"":null,"abc":1}"#);
        assert_eq!(in_stored_order(&serde_json::json!({})), "{}");
    }

    #[test]
    fn dates_count_from_2000() {
        assert_eq!(days_since_2000(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap()), 0);
        assert_eq!(days_since_2000(NaiveDate::from_ymd_opt(1999, 12, 31).unwrap()), -1);
        assert_eq!(days_since_2000(NaiveDate::from_ymd_opt(2024, 3, 1).unwrap()), 8826);
    }

    #[test]
    fn a_cut_transfer_is_an_error() {
        let bytes = encoded(&[(Some("a".into()), None, 0)]);
        let mut decoder = Decoder::default();
        decoder.feed(&bytes[..bytes.len() - 2], |_| Ok(())).unwrap();
        assert!(decoder.finish().is_err());
    }

    proptest! {
        #[test]
        fn rows_survive_any_packing(
            rows in prop::collection::vec(
                (prop::option::of(".{0,12}"), prop::option::of(any::<bool>()), -1_i64 << 50..1 << 50),
                0..20,
            ),
            piece in 1_usize..64,
        ) {
            let mut decoder = Decoder::default();
            let mut read = Vec::new();
            for bytes in encoded(&rows).chunks(piece) {
                decoder.feed(bytes, |row| {
                    read.push((
                        row.text(0)?.map(str::to_owned),
                        row.boolean(1)?,
                        row.micros(2)?.unwrap(),
                    ));
                    Ok(())
                }).unwrap();
            }
            decoder.finish().unwrap();
            prop_assert_eq!(read, rows);
        }
    }
}
