//! Flags that say how a file is read, where it does not say so itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seedtest_ingest::{
    Blank, ColumnMap, DateFormat, Field, Missing, Moment, Options, System, TableOptions, Wanted,
    WideOptions, parse_moment,
};

use crate::failure::Failure;

/// How a file with answers is read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading the file")]
pub(crate) struct ReadArgs {
    /// Which column holds what, where the header does not say: student=USER_ID,item=…
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub(crate) map: Option<String>,
    /// Columns to leave alone; `*` stands for any characters
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// What else stands for no value: words and numbers, as 9,-99,absent; `=LIST` for these alone
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(crate) na: Option<String>,
    /// How times are written: dmy, mdy, ymd, excel, excel1904, epoch-s, epoch-ms, epoch-us, relative-s,
    /// relative-ms, relative-us, relative-days, or a pattern as dd/mm/yyyy
    #[arg(long, value_name = "FORMAT", value_parser = date_format)]
    pub(crate) date_format: Option<DateFormat>,
    /// What relative times count from, the day of times of day, or the day of answers without a time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) time_start: Option<Moment>,
    /// Encoding of the text, as cp949 or windows-1252
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Sheet of a workbook: its name, or its number from 1; `all` reads every sheet of the same columns
    #[arg(long, value_name = "SHEET")]
    pub(crate) sheet: Option<String>,
    /// Row that names the columns, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) header_row: Option<u64>,
    /// The right options: a table with the columns item and key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// From which share of the full points on an answer is right: 1 for full points only
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) right_at: Option<f64>,
    /// Columns of items in a table with one student a row, as q*
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) items: Vec<String>,
    /// Column of the student; several are joined, as 반,번호 (`sheet` is the name of the sheet)
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) id: Vec<String>,
    /// Columns that are no items
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) not: Vec<String>,
    /// What an empty cell means in a table with one student a row
    #[arg(long, value_enum, default_value = "missing")]
    pub(crate) blank: BlankChoice,
    /// The system that wrote the file, as canvas-quiz or xapi [default: found by its columns]
    #[arg(long, value_name = "NAME", value_parser = system)]
    pub(crate) from: Option<System>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum BlankChoice {
    /// Nothing is known
    #[default]
    Missing,
    /// A wrong answer
    Wrong,
    /// Behind the last answer of a student not reached, before it wrong
    NotReached,
}

impl ReadArgs {
    /// What the flags say, for a caller that has use for these fields.
    pub(crate) fn options(&self, wanted: Wanted) -> Result<Options, Failure> {
        let mut map =
            self.map.as_deref().map_or_else(|| Ok(ColumnMap::default()), ColumnMap::parse)?;
        if let Some(column) = self.id.first() {
            map.set(Field::Student, column)?;
        }
        let blank = match self.blank {
            BlankChoice::Missing => Blank::Missing,
            BlankChoice::Wrong => Blank::Wrong,
            BlankChoice::NotReached => Blank::NotReached,
        };
        Ok(Options {
            map,
            id: self.id.clone(),
            ignored: self.ignore.clone(),
            wanted,
            date_format: self.date_format,
            time_start: self.time_start,
            missing: self.na.as_deref().map_or_else(|| Ok(Missing::default()), Missing::parse)?,
            right_at: self.right_at,
            key: self.key.clone(),
            wide: WideOptions { items: self.items.clone(), not_items: self.not.clone(), blank },
            encoding: self.encoding.clone(),
            sheet: self.sheet.clone(),
            header_row: self.header_row,
            from: self.from,
            ..Options::default()
        })
    }
}

impl ReadArgs {
    /// The flags that say nothing of a table of scored answers, and whether they are given.
    pub(crate) fn not_for_categories(&self) -> [(&'static str, bool); 10] {
        [
            ("--map", self.map.is_some()),
            ("--ignore", !self.ignore.is_empty()),
            ("--date-format", self.date_format.is_some()),
            ("--time-start", self.time_start.is_some()),
            ("--key", self.key.is_some()),
            ("--right-at", self.right_at.is_some()),
            ("--items", !self.items.is_empty()),
            ("--not", !self.not.is_empty()),
            ("--blank", self.blank != BlankChoice::Missing),
            ("--from", self.from.is_some()),
        ]
    }

    /// The same for a table of scored answers; `naming`: columns that hold ids.
    pub(crate) fn table_options(&self, naming: &[&str]) -> Result<TableOptions, Failure> {
        Ok(TableOptions {
            naming: naming.iter().map(|name| (*name).to_owned()).collect(),
            students_are_named: true,
            items_are_named: true,
            missing: self.na.as_deref().map_or_else(|| Ok(Missing::default()), Missing::parse)?,
            encoding: self.encoding.clone(),
            sheet: self.sheet.clone(),
            header_row: self.header_row,
        })
    }

    /// The columns that together are the id of the student, beside a flag that names one.
    pub(crate) fn student_columns(&self, student: Option<&String>) -> Result<Vec<String>, Failure> {
        match (student, self.id.as_slice()) {
            (Some(_), [_, ..]) => Err(Failure::usage(
                "--student and --id say the same thing",
                "leave one of them out",
            )),
            (student, []) => Ok(student.cloned().into_iter().collect()),
            (None, id) => Ok(id.to_vec()),
        }
    }
}

fn date_format(text: &str) -> Result<DateFormat, String> {
    DateFormat::parse(text)
        .ok_or_else(|| format!("none of {}, nor a pattern as dd/mm/yyyy", DateFormat::NAMES))
}

fn moment(text: &str) -> Result<Moment, String> {
    parse_moment(text).map_err(|_| "no time, as 2025-03-01 or 2025-03-01T09:00:00Z".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "no share above 0 and up to 1".to_owned())
}

fn system(text: &str) -> Result<System, String> {
    System::parse(text).ok_or_else(|| {
        let names: Vec<&str> = System::ALL.into_iter().map(System::name).collect();
        format!("none of {}", names.join(", "))
    })
}
