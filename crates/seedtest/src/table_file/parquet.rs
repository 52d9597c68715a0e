//! Apache Parquet: a row group of some ten thousand rows at a time.

use std::io;
use std::sync::Arc;

use chrono::NaiveDate;
use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use seedtest_store::{ExportColumn, ExportKind, ExportValue};

use super::{Fault, Sink};

/// Rows in memory before they are written.
const GROUP: usize = 50_000;

pub(super) struct ParquetRows {
    writer: SerializedFileWriter<Sink>,
    kinds: Vec<ExportKind>,
    /// The rows at hand, column by column.
    columns: Vec<Vec<ExportValue>>,
}

impl ParquetRows {
    pub(super) fn new(columns: &[ExportColumn], sink: Sink) -> Result<Self, Fault> {
        let fields: Vec<String> = columns.iter().map(field).collect();
        let schema = format!("message rows {{ {} }}", fields.join(" "));
        let schema = parse_message_type(&schema).map_err(fault)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(fault)?,
            kinds: columns.iter().map(|column| column.kind).collect(),
            columns: vec![Vec::new(); columns.len()],
        })
    }

    pub(super) fn write(&mut self, row: &[ExportValue]) -> Result<(), Fault> {
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value.clone());
        }
        if self.columns.first().is_some_and(|column| column.len() >= GROUP) {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Fault> {
        let mut group = self.writer.next_row_group().map_err(fault)?;
        for (kind, values) in self.kinds.iter().zip(&mut self.columns) {
            put(&mut group, *kind, values).map_err(fault)?;
            values.clear();
        }
        group.close().map_err(fault)?;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Fault> {
        if self.columns.first().is_some_and(|column| !column.is_empty()) {
            self.flush()?;
        }
        self.writer.close().map_err(fault)?;
        Ok(())
    }
}

fn fault(error: ParquetError) -> Fault {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => Fault::Io(*error),
            Err(error) => Fault::Io(io::Error::other(error)),
        },
        error => Fault::Io(io::Error::other(error)),
    }
}

fn field(column: &ExportColumn) -> String {
    let name = column.name;
    match column.kind {
        ExportKind::Text | ExportKind::Student | ExportKind::Json => {
            format!("optional binary {name} (STRING);")
        }
        ExportKind::Integer => format!("optional int64 {name};"),
        ExportKind::Number => format!("optional double {name};"),
        ExportKind::Truth => format!("optional boolean {name};"),
        ExportKind::Date => format!("optional int32 {name} (DATE);"),
        ExportKind::Time => format!("optional int64 {name} (TIMESTAMP(MICROS,true));"),
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, Sink>;

fn put(
    group: &mut Group<'_>,
    kind: ExportKind,
    values: &[ExportValue],
) -> Result<(), ParquetError> {
    match kind {
        ExportKind::Text | ExportKind::Student | ExportKind::Json => {
            column::<ByteArrayType>(group, values, |value| match value {
                ExportValue::Text(text) => text.as_deref().map(ByteArray::from),
                ExportValue::Json(json) => {
                    json.as_ref().map(|json| ByteArray::from(json.to_string().as_str()))
                }
                _ => None,
            })
        }
        ExportKind::Integer => column::<Int64Type>(group, values, |value| match value {
            ExportValue::Integer(number) => *number,
            _ => None,
        }),
        ExportKind::Number => column::<DoubleType>(group, values, |value| match value {
            ExportValue::Number(number) => *number,
            _ => None,
        }),
        ExportKind::Truth => column::<BoolType>(group, values, |value| match value {
            ExportValue::Truth(truth) => *truth,
            _ => None,
        }),
        ExportKind::Date => column::<Int32Type>(group, values, |value| match value {
            ExportValue::Date(day) => day.map(|day| (day - NaiveDate::default()).num_days() as i32),
            _ => None,
        }),
        ExportKind::Time => column::<Int64Type>(group, values, |value| match value {
            ExportValue::Time(at) => at.map(|at| at.timestamp_micros()),
            _ => None,
        }),
    }
}

fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[ExportValue],
    of: impl Fn(&ExportValue) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("fewer columns than the schema has".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    let found: Vec<Option<T::T>> = values.iter().map(of).collect();
    let defined: Vec<i16> = found.iter().map(|value| i16::from(value.is_some())).collect();
    let found: Vec<T::T> = found.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&found, Some(&defined), None)?;
    column.close()
}
