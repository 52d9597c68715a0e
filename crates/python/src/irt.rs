//! Item response models: calibrations, abilities, linking.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;
use seedtest_families::irt::{
    Answered, Asked, Calibrated, CategoriesSpec, CategoryFit, DimensionsSpec, FittedPopulation,
    Irt, KnownParameters, LogScores, LogScoring, ScoredColumns, ScoredLog, ScoringAsked, Spec,
    calibrate_categories, fit_dimensions, largest_score, link_category_fits, link_fits,
    rows_not_read, rows_read, score_categories, score_log,
};
use seedtest_families::{ModelFamily, Outcome};
use seedtest_fault::FaultKind;
use seedtest_ingest::{
    Blank, Field, LogFile, Missing, Options, TableOptions, Wanted, WideOptions, log_in_memory,
    table_in_memory,
};
use seedtest_irt::{LinkMethod, ScoreMethod};
use seedtest_numerics::{DEFAULT_SEED, Observer};
use seedtest_responses::Duplicates;
use seedtest_wire::{
    CalibrateRequest, CalibrateResponse, Id, RowsReadJson, Timings, has_item_curves, item_curves_of,
};
use serde::Deserialize;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{NAME, read};
use crate::run::Run;

/// Which columns hold what, and how they are read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Reading {
    student: Option<String>,
    item: Option<String>,
    correct: Option<String>,
    score: Option<String>,
    group: Option<String>,
    /// Column of the highest score of the item.
    max_score: Option<String>,
    ignore: Vec<String>,
    /// Words and numbers that stand for nothing.
    na: Option<String>,
    right_at: Option<f64>,
    /// Item columns of a table with one student a row, and columns that are none.
    items: Vec<String>,
    not_items: Vec<String>,
    /// What an empty cell of such a table means.
    blank: Option<String>,
    strict: bool,
}

impl Reading {
    /// How a table of right and wrong answers is read.
    fn options(&self) -> Result<Options, Fault> {
        let mut options = Options {
            ignored: self.ignore.clone(),
            wanted: Wanted::Answers,
            missing: self.missing()?,
            right_at: self.right_at,
            wide: WideOptions {
                items: self.items.clone(),
                not_items: self.not_items.clone(),
                blank: self.blank()?,
            },
            ..Options::default()
        };
        let given = [
            (Field::Student, &self.student),
            (Field::Item, &self.item),
            (Field::Correct, &self.correct),
            (Field::Group, &self.group),
        ];
        for (field, column) in given {
            if let Some(column) = column {
                options.map.set(field, column)?;
            }
        }
        Ok(options)
    }

    fn missing(&self) -> Result<Missing, Fault> {
        Ok(self.na.as_deref().map_or_else(|| Ok(Missing::default()), Missing::parse)?)
    }

    fn blank(&self) -> Result<Blank, Fault> {
        match self.blank.as_deref() {
            None | Some("missing") => Ok(Blank::Missing),
            Some("wrong") => Ok(Blank::Wrong),
            Some("not_reached") => Ok(Blank::NotReached),
            Some(other) => {
                let hint = "give missing, wrong or not_reached";
                let message = format!("blank: {other:?} says nothing of an empty cell");
                Err(Fault::new(FaultKind::Setting, message, hint))
            }
        }
    }

    fn log(&self, frame: Frame) -> Result<LogFile, Fault> {
        let file = log_in_memory(Path::new(NAME), Arc::new(frame), &self.options()?)?;
        let counts = &file.counts;
        let lost = counts.rejected.total() + counts.unknown.total();
        self.require_all(lost, counts.read)?;
        Ok(file)
    }

    /// The same of scored answers, with what became of the rows; `known`: the scores that items can have.
    fn scored_log(
        &self,
        frame: Frame,
        (duplicates, reference): (Duplicates, Option<&str>),
        known: ScoredColumns,
    ) -> Result<(ScoredLog, RowsReadJson), Fault> {
        let columns = ScoredColumns {
            student: self.student.clone().into_iter().collect(),
            item: self.item.clone(),
            score: self.score.clone().or_else(|| self.correct.clone()),
            group: self.group.clone(),
            maximum: self.max_score.clone(),
            ..known
        };
        let options = TableOptions {
            naming: columns.naming().into_iter().map(str::to_owned).collect(),
            students_are_named: true,
            items_are_named: true,
            missing: self.missing()?,
            ..TableOptions::default()
        };
        let file = table_in_memory(Path::new(NAME), Arc::new(frame), &options)?;
        let students = columns.students(&file)?;
        let log = ScoredLog::of_table(&file, &columns, &students, (duplicates, reference))?;
        let rows = RowsReadJson { notes: file.notes, ..log.rows_read() };
        self.require_all(log.n_unreadable() as u64, rows.read)?;
        Ok((log, rows))
    }

    fn require_all(&self, lost: u64, read: u64) -> Result<(), Fault> {
        if !self.strict || lost == 0 {
            return Ok(());
        }
        let message = format!("{lost} of {read} rows cannot be read as they are");
        Err(Fault::new(FaultKind::Data, message, "correct them, or leave strict out"))
    }
}

/// What a calibration is asked for.
struct Request {
    asked: Asked,
    reference_group: Option<String>,
    max_scores: Option<BTreeMap<String, u8>>,
    max_seconds: Option<f64>,
}

impl Request {
    fn of(options: &str) -> Result<Self, Fault> {
        let request: CalibrateRequest<'_> = read(options)?;
        let mut asked = Irt::spec(&request)?;
        if let Asked::Plain(spec) = &mut asked {
            // What was held fixed has a covariance with what was not.
            spec.covariance |= !spec.anchors.is_empty();
        }
        let CalibrateRequest { reference_group, max_scores, max_seconds, .. } = request;
        Ok(Self { asked, reference_group, max_scores, max_seconds })
    }
}

/// Calibrates the answers in a data frame: one a row, or one student a row and a column an item.
#[pyfunction]
#[pyo3(signature = (frame, reading, options, progress=None, threads=None))]
pub(crate) fn fit_irt(
    py: Python<'_>,
    frame: Frame,
    reading: &str,
    options: &str,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request = Request::of(options).map_err(|fault| fault.raised(py))?;
    let reading: Reading = read(reading).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    run.off_the_lock(py, move |observer| {
        let started = Instant::now();
        match request.asked {
            Asked::Plain(spec) => {
                let file = reading.log(frame)?;
                plain(&file, &spec, started, observer)
            }
            Asked::Dimensions(spec) => {
                let file = reading.log(frame)?;
                dimensions(&file, &spec, started, observer)
            }
            Asked::Categories(spec) => {
                let reference = request.reference_group.as_deref();
                let max_scores = request.max_scores.unwrap_or_default();
                let known = ScoredColumns { max_scores, ..ScoredColumns::default() };
                let (log, rows) = reading.scored_log(frame, (spec.duplicates, reference), known)?;
                categories(log, rows, &spec, started, observer)
            }
        }
    })
}

/// As `fit irt` does it. `started`: when reading began.
fn plain(
    file: &LogFile,
    spec: &Spec,
    started: Instant,
    observer: &mut dyn Observer,
) -> Result<Answer, Fault> {
    let read_seconds = started.elapsed().as_secs_f64();
    let began = Instant::now();
    let fitted = seedtest_families::irt::fit(&file.log, spec, observer)?;
    let fit_seconds = began.elapsed().as_secs_f64();
    let mut response = fitted.response(&file.log, spec, &fitted.default_run_id());
    response.fit_meta.timings = Some(Timings { read_seconds, fit_seconds });
    response.rows = Some(rows_read(&file.counts, &file.log, &fitted.answers, &[]));
    Answer::of_fit(&response, &response.fit_meta.verdict, rows_not_read(file))
}

/// As `fit irt --dimensions` does it.
fn dimensions(
    file: &LogFile,
    spec: &DimensionsSpec,
    started: Instant,
    observer: &mut dyn Observer,
) -> Result<Answer, Fault> {
    let read_seconds = started.elapsed().as_secs_f64();
    let began = Instant::now();
    let fitted = fit_dimensions(&file.log, spec, observer)?;
    let fit_seconds = began.elapsed().as_secs_f64();
    let mut response = fitted.response(&file.log, spec, &fitted.default_run_id());
    response.fit_meta.timings = Some(Timings { read_seconds, fit_seconds });
    response.rows = Some(rows_read(&file.counts, &file.log, &fitted.answers, &[]));
    Answer::of_fit(&response, &response.fit_meta.verdict, rows_not_read(file))
}

fn categories(
    log: ScoredLog,
    rows: RowsReadJson,
    spec: &CategoriesSpec,
    started: Instant,
    observer: &mut dyn Observer,
) -> Result<Answer, Fault> {
    let read_seconds = started.elapsed().as_secs_f64();
    let began = Instant::now();
    let fitted = calibrate_categories(&log, spec, observer)?;
    let mut response = fitted.named_response(&log, spec)?;
    let fit_seconds = began.elapsed().as_secs_f64();
    response.rows = Some(rows);
    response.fit_meta.timings = Some(Timings { read_seconds, fit_seconds });
    Answer::of_fit(&response, &response.fit_meta.verdict, Vec::new())
}

/// Calibrates a matrix of answers, a row a student: `cells` are its rows one behind the other, [`NOT_SEEN`] where an
/// item was not seen.
#[pyfunction]
#[pyo3(signature = (cells, students, items, options, progress=None, threads=None))]
pub(crate) fn fit_irt_matrix(
    py: Python<'_>,
    cells: &[u8],
    students: Vec<String>,
    items: Vec<String>,
    options: &str,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let width = items.len();
    let entry = |cell: &u8| (*cell != NOT_SEEN).then_some(*cell);
    let lines = cells.chunks(width.max(1)).map(|line| line.iter().map(entry).collect()).collect();
    let of = || -> Result<_, Fault> {
        let given: CalibrateRequest<'_> = read(options)?;
        let max_seconds = given.max_seconds;
        let asked = Irt::spec(&given)?;
        let answered = Irt::data(CalibrateRequest {
            responses: lines,
            item_ids: items.into_iter().map(Id::from).collect(),
            user_ids: students.into_iter().map(Id::from).collect(),
            ..given
        })?;
        Ok((asked, answered, max_seconds))
    };
    let (asked, answered, max_seconds) = of().map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(max_seconds);
    run.off_the_lock(py, move |observer| {
        let started = Instant::now();
        let fitted = match Irt::fit(&answered, &asked, observer)? {
            Outcome::Fitted(fitted) => *fitted,
            Outcome::TooLittle(noop) => {
                return Answer::of_nothing(&noop, &noop.reason, Vec::new());
            }
        };
        let fit_seconds = started.elapsed().as_secs_f64();
        let timings = Some(Timings { read_seconds: 0.0, fit_seconds });
        match (&answered, &asked, fitted) {
            (Answered::Plain(log), Asked::Plain(spec), Calibrated::Plain(fitted)) => {
                let mut response = fitted.response(log, spec, &fitted.default_run_id());
                response.fit_meta.timings = timings;
                Answer::of_fit(&response, &response.fit_meta.verdict, Vec::new())
            }
            (Answered::Plain(log), Asked::Dimensions(spec), Calibrated::Dimensions(fitted)) => {
                let mut response = fitted.response(log, spec, &fitted.default_run_id());
                response.fit_meta.timings = timings;
                Answer::of_fit(&response, &response.fit_meta.verdict, Vec::new())
            }
            (
                Answered::Categories(log),
                Asked::Categories(spec),
                Calibrated::Categories(fitted),
            ) => {
                let mut response = fitted.named_response(log, spec)?;
                response.fit_meta.timings = timings;
                Answer::of_fit(&response, &response.fit_meta.verdict, Vec::new())
            }
            _ => {
                let message = "the answers do not go with the model";
                Err(Fault::new(FaultKind::Internal, message, "report it as a fault of seedtest"))
            }
        }
    })
}

/// A cell of a matrix of an item that was not seen.
const NOT_SEEN: u8 = u8::MAX;

/// How the answers of a data frame are scored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Scoring {
    method: Option<String>,
    prior_mean: Option<f64>,
    prior_sd: Option<f64>,
    duplicates: Option<String>,
    plausible_values: Option<usize>,
    seed: Option<u64>,
}

impl Scoring {
    fn method(&self) -> Result<ScoreMethod, Fault> {
        let parsed = self.method.as_deref().map_or(Ok(ScoreMethod::Eap), str::parse);
        Ok(parsed.map_err(seedtest_families::Error::from)?)
    }

    fn duplicates(&self) -> Result<Duplicates, Fault> {
        let known = [Duplicates::First, Duplicates::Last, Duplicates::All];
        let Some(given) = self.duplicates.as_deref() else { return Ok(Duplicates::default()) };
        known.into_iter().find(|rule| rule.name() == given).ok_or_else(|| {
            let message = format!("duplicates: {given:?} is no rule");
            Fault::new(FaultKind::Setting, message, "give first, last or all")
        })
    }
}

/// Abilities of the students in a data frame from item parameters, the JSON of a calibration or of a bank.
#[pyfunction]
#[pyo3(signature = (params, frame, reading, options, threads=None))]
pub(crate) fn score_irt(
    py: Python<'_>,
    params: String,
    frame: Frame,
    reading: &str,
    options: &str,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let reading: Reading = read(reading).map_err(|fault| fault.raised(py))?;
    let scoring: Scoring = read(options).map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |_| {
        if has_item_curves(&params) {
            return scored_categories(&params, frame, &reading, &scoring);
        }
        let known = KnownParameters::of_json(&params).map_err(|error| no_params(&error))?;
        let file = reading.log(frame)?;
        let asked = LogScoring {
            method: scoring.method()?,
            prior: (scoring.prior_mean, scoring.prior_sd),
            duplicates: scoring.duplicates()?,
            plausible: scoring.plausible_values.map(|n| (n, scoring.seed.unwrap_or(DEFAULT_SEED))),
        };
        let LogScores { response, .. } = score_log(&file, &known, &asked)?;
        if response.rows.as_ref().is_some_and(|rows| rows.used == 0) {
            return Err(nothing_to_score());
        }
        Answer::of(&response, rows_not_read(&file))
    })
}

fn scored_categories(
    params: &str,
    frame: Frame,
    reading: &Reading,
    scoring: &Scoring,
) -> Result<Answer, Fault> {
    let bank = item_curves_of(params).map_err(|error| no_params(&error))?;
    let known = ScoredColumns { possible: largest_score(&bank), ..ScoredColumns::default() };
    let (log, rows) = reading.scored_log(frame, (scoring.duplicates()?, None), known)?;
    let prior = (scoring.prior_mean, scoring.prior_sd);
    let asked = ScoringAsked { method: scoring.method()?, prior };
    let fitted = FittedPopulation::of_json(params);
    let found = score_categories(&log, &bank, &fitted, asked)?;
    let mut response = found.ok_or_else(nothing_to_score)?;
    response.rows = Some(rows);
    Answer::of(&response, Vec::new())
}

fn no_params(error: &str) -> Fault {
    let hint = r#"give a fit, its JSON, or {"ITEM": {"a": 1, "b": 0}}"#;
    Fault::new(FaultKind::Data, format!("params: {error}"), hint)
}

fn nothing_to_score() -> Fault {
    let hint = "check that the items of the data are those of the parameters, and which columns were named";
    Fault::new(FaultKind::Data, "nothing to score", hint)
}

/// Puts one calibration on the scale of another; both are the JSON of one.
#[pyfunction]
#[pyo3(signature = (new, old, method, drift=true))]
pub(crate) fn link_irt(
    py: Python<'_>,
    new: String,
    old: String,
    method: &str,
    drift: bool,
) -> PyResult<Answer> {
    let method: Result<LinkMethod, _> = method.parse();
    let method = method.map_err(|error| Fault::from(seedtest_families::Error::from(error)));
    let method = method.map_err(|fault| fault.raised(py))?;
    Run::default().off_the_lock(py, move |_| {
        if has_item_curves(&new) || has_item_curves(&old) {
            let side = |json: &str| CategoryFit::of_json(json).map_err(|error| no_fit(&error));
            let linked = link_category_fits(&side(&new)?, &side(&old)?, (method, drift))?;
            return Answer::of(&linked, Vec::new());
        }
        let side = |json: &str| {
            let read: Result<CalibrateResponse, _> = serde_json::from_str(json);
            read.map_err(|error| no_fit(&error.to_string()))
        };
        let linked = link_fits(&side(&new)?, &side(&old)?, (method, drift))?;
        Answer::of(&linked.response, Vec::new())
    })
}

fn no_fit(error: &str) -> Fault {
    Fault::new(FaultKind::Data, error, "give two fits of IRT, or their JSON")
}
