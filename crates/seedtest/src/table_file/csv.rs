//! Text with commas.

use chrono::SecondsFormat;
use csv::{Terminator, Writer, WriterBuilder};
use seedtest_store::{ExportColumn, ExportValue};

use super::{Fault, Sink};

pub(super) struct CsvRows {
    writer: Writer<Sink>,
}

impl CsvRows {
    pub(super) fn new(columns: &[ExportColumn], sink: Sink) -> Result<Self, Fault> {
        let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(sink);
        writer.write_record(columns.iter().map(|column| column.name)).map_err(fault)?;
        Ok(Self { writer })
    }

    /// Rows that go nowhere.
    pub(super) fn closed() -> Self {
        Self { writer: Writer::from_writer(Box::new(std::io::sink())) }
    }

    pub(super) fn write(&mut self, row: &[ExportValue]) -> Result<(), Fault> {
        self.writer.write_record(row.iter().map(as_text)).map_err(fault)
    }

    pub(super) fn finish(mut self) -> Result<(), Fault> {
        Ok(self.writer.flush()?)
    }
}

fn fault(error: csv::Error) -> Fault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Fault::Io(error),
        other => Fault::Io(std::io::Error::other(format!("{other:?}"))),
    }
}

/// A value as text; what is not known is empty.
pub(super) fn as_text(value: &ExportValue) -> String {
    let text = match value {
        ExportValue::Text(value) => value.clone(),
        ExportValue::Integer(value) => value.map(|value| value.to_string()),
        ExportValue::Number(value) => value.map(|value| value.to_string()),
        ExportValue::Truth(value) => value.map(|value| value.to_string()),
        ExportValue::Date(value) => value.map(|value| value.to_string()),
        ExportValue::Time(value) => {
            value.map(|value| value.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        ExportValue::Json(value) => value.as_ref().map(ToString::to_string),
    };
    text.unwrap_or_default()
}
