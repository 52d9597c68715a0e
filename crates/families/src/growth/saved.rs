//! All draws of a fit as a Parquet file, one row a draw, with what its chains need to go on.
//!
//! Columns: `chain` and `draw` (from 1), the parameters under the names of the response,
//! `ln_posterior`, how the draw came about (`acceptance`, `energy`, `depth`, `leapfrogs`, `divergent`)
//! and `position`, the draw on the unconstrained scale. What was fitted and where the chains stand
//! is JSON in the metadata of the file, under [`KEY`].

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::data_type::{BoolType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use seedtest_growth::{Checkpoint, Parameter, SavedChain, SavedState, Transition};
use seedtest_wire::json_fault;
use serde::{Deserialize, Serialize};

use super::fit::Fitted;
use super::spec::Spec;
use crate::error::Error;

/// Where the metadata of the file holds the rest of the fit.
const KEY: &str = "seedtest.growth";
/// Changes when a file of before cannot be read any more.
const VERSION: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u32,
    #[serde(rename = "plan")]
    spec: Spec,
    rows_digest: String,
    chains: Vec<SavedState>,
}

/// A fit from its file.
#[derive(Debug, Clone)]
pub struct Saved {
    /// What was fitted.
    pub spec: Spec,
    /// Where its chains stand.
    pub(super) checkpoint: Checkpoint,
    /// Digest of the rows it was fitted to.
    pub(super) rows_digest: String,
}

/// Every draw of a fit, and where its chains stand, as the bytes of a Parquet file.
///
/// # Errors
/// [`Error::BadDraws`] when the columns do not make a file.
pub fn draws_to_parquet(fitted: &Fitted) -> Result<Vec<u8>, Error> {
    let Checkpoint { spec, chains } = fitted.fit.checkpoint();
    let parameters = Parameter::of(spec.family, spec.effects);
    let header = Header {
        version: VERSION,
        spec: fitted.spec.clone(),
        rows_digest: fitted.rows_digest.clone(),
        chains: chains.iter().map(|chain| chain.state.clone()).collect(),
    };
    let entry = KeyValue::new(KEY.to_owned(), serde_json::to_string(&header)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(vec![entry]))
        .build();
    let bytes = write(fitted, &chains, &parameters, properties);
    bytes.map_err(|error| Error::BadDraws(error.to_string()))
}

/// Reads what [`draws_to_parquet`] made.
///
/// # Errors
/// [`Error::BadDraws`] for bytes that cannot be read or are those of another file.
pub fn draws_from_parquet(bytes: Vec<u8>) -> Result<Saved, Error> {
    let bad = |error: ParquetError| Error::BadDraws(error.to_string());
    let file = SerializedFileReader::new(Bytes::from(bytes)).map_err(bad)?;
    let header = header(&file).map_err(Error::BadDraws)?;
    let draws = Columns::read(&file).map_err(bad)?;
    let chains = draws.chains(header.chains);
    let chains = chains.ok_or_else(|| Error::BadDraws("columns do not match".into()))?;
    let checkpoint = Checkpoint { spec: header.spec.model, chains };
    Ok(Saved { spec: header.spec, checkpoint, rows_digest: header.rows_digest })
}

fn write(
    fitted: &Fitted,
    chains: &[SavedChain],
    parameters: &[Parameter],
    properties: WriterProperties,
) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(&schema(parameters))?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    let numbered = || fitted.fit.chains.iter().enumerate();
    let chain: Vec<i32> =
        numbered().flat_map(|(at, draws)| vec![at as i32 + 1; draws.len()]).collect();
    let draw: Vec<i32> =
        numbered().flat_map(|(_, draws)| (1..).take(draws.len()).collect::<Vec<_>>()).collect();
    put::<Int32Type>(&mut group, &chain, None)?;
    put::<Int32Type>(&mut group, &draw, None)?;
    let draws = || fitted.fit.chains.iter().flatten();
    for parameter in parameters {
        let values: Vec<f64> = draws().map(|draw| parameter.of_draw(draw)).collect();
        put::<DoubleType>(&mut group, &values, None)?;
    }
    let ln_density: Vec<f64> = chains.iter().flat_map(|c| c.ln_density.clone()).collect();
    put::<DoubleType>(&mut group, &ln_density, None)?;
    let made = || chains.iter().flat_map(|chain| &chain.transitions);
    put::<DoubleType>(&mut group, &made().map(|t| t.acceptance).collect::<Vec<_>>(), None)?;
    put::<DoubleType>(&mut group, &made().map(|t| t.energy).collect::<Vec<_>>(), None)?;
    put::<Int32Type>(&mut group, &made().map(|t| t.depth as i32).collect::<Vec<_>>(), None)?;
    put::<Int32Type>(&mut group, &made().map(|t| t.leapfrogs as i32).collect::<Vec<_>>(), None)?;
    put::<BoolType>(&mut group, &made().map(|t| t.divergent).collect::<Vec<_>>(), None)?;
    let positions: Vec<f64> = chains.iter().flat_map(|chain| chain.positions.clone()).collect();
    let width = positions.len() / ln_density.len().max(1);
    put::<DoubleType>(&mut group, &positions, Some(width))?;
    group.close()?;
    file.into_inner()
}

fn schema(parameters: &[Parameter]) -> String {
    let numbers = parameters.iter().map(|parameter| parameter.name());
    let numbers = numbers.chain(["ln_posterior", "acceptance", "energy"]);
    let numbers: Vec<String> = numbers.map(|name| format!("required double {name};")).collect();
    let numbers = numbers.join(" ");
    format!(
        "message growth {{ required int32 chain; required int32 draw; {numbers} \
         required int32 depth; required int32 leapfrogs; required boolean divergent; \
         repeated double position; }}"
    )
}

/// The next column; one that repeats has `width` values a row.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    width: Option<usize>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("fewer columns than the schema has".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    // A value of a repeated field is defined (1), and the first of a row starts anew (0).
    let levels = width.map(|width| {
        let start = |at: usize| i16::from(!at.is_multiple_of(width.max(1)));
        (vec![1i16; values.len()], (0..values.len()).map(start).collect::<Vec<i16>>())
    });
    let (defined, repeated) = match &levels {
        Some((defined, repeated)) => (Some(&defined[..]), Some(&repeated[..])),
        None => (None, None),
    };
    column.typed::<T>().write_batch(values, defined, repeated)?;
    column.close()
}

fn header(file: &SerializedFileReader<Bytes>) -> Result<Header, String> {
    let entries = file.metadata().file_metadata().key_value_metadata();
    let text = entries
        .into_iter()
        .flatten()
        .find(|entry| entry.key == KEY)
        .and_then(|entry| entry.value.as_deref())
        .ok_or("it holds no draws of a growth model")?;
    let header: Header = serde_json::from_str(text).map_err(|error| json_fault(&error))?;
    if header.version == VERSION {
        Ok(header)
    } else {
        Err(format!("it is of version {}, this program reads {VERSION}", header.version))
    }
}

/// The columns that chains are made of again.
#[derive(Default)]
struct Columns {
    chain: Vec<i32>,
    ln_density: Vec<f64>,
    acceptance: Vec<f64>,
    energy: Vec<f64>,
    depth: Vec<i32>,
    leapfrogs: Vec<i32>,
    divergent: Vec<bool>,
    positions: Vec<f64>,
}

impl Columns {
    fn read(file: &SerializedFileReader<Bytes>) -> Result<Self, ParquetError> {
        let mut all = Self::default();
        for group in 0..file.num_row_groups() {
            let group = file.get_row_group(group)?;
            let rows = group.metadata().num_rows() as usize;
            for (at, column) in group.metadata().columns().iter().enumerate() {
                all.take(column.column_descr().name(), group.get_column_reader(at)?, rows)?;
            }
        }
        Ok(all)
    }

    fn take(&mut self, name: &str, reader: ColumnReader, rows: usize) -> Result<(), ParquetError> {
        match (name, reader) {
            ("chain", ColumnReader::Int32ColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.chain)?;
            }
            ("depth", ColumnReader::Int32ColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.depth)?;
            }
            ("leapfrogs", ColumnReader::Int32ColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.leapfrogs)?;
            }
            ("divergent", ColumnReader::BoolColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.divergent)?;
            }
            ("ln_posterior", ColumnReader::DoubleColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.ln_density)?;
            }
            ("acceptance", ColumnReader::DoubleColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.acceptance)?;
            }
            ("energy", ColumnReader::DoubleColumnReader(mut from)) => {
                from.read_records(rows, None, None, &mut self.energy)?;
            }
            ("position", ColumnReader::DoubleColumnReader(mut from)) => {
                let (mut defined, mut repeated) = (Vec::new(), Vec::new());
                let levels = (Some(&mut defined), Some(&mut repeated));
                from.read_records(rows, levels.0, levels.1, &mut self.positions)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The chains with these states; `None` where columns are of different lengths or a chain is
    /// none of them.
    fn chains(&self, states: Vec<SavedState>) -> Option<Vec<SavedChain>> {
        let n = self.chain.len();
        let lengths = [
            self.ln_density.len(),
            self.acceptance.len(),
            self.energy.len(),
            self.depth.len(),
            self.leapfrogs.len(),
            self.divergent.len(),
        ];
        let width = self.positions.len() / n.max(1);
        if lengths.iter().any(|&length| length != n) || self.positions.len() != n * width {
            return None;
        }
        let empty = |state| SavedChain {
            positions: Vec::new(),
            ln_density: Vec::new(),
            transitions: Vec::new(),
            state,
        };
        let mut chains: Vec<SavedChain> = states.into_iter().map(empty).collect();
        for row in 0..n {
            let number = usize::try_from(self.chain[row]).ok()?.checked_sub(1)?;
            let chain = chains.get_mut(number)?;
            chain.positions.extend_from_slice(&self.positions[row * width..(row + 1) * width]);
            chain.ln_density.push(self.ln_density[row]);
            chain.transitions.push(Transition {
                depth: u32::try_from(self.depth[row]).ok()?,
                leapfrogs: u32::try_from(self.leapfrogs[row]).ok()?,
                divergent: self.divergent[row],
                acceptance: self.acceptance[row],
                energy: self.energy[row],
            });
        }
        Some(chains)
    }
}
