//! Chunks of students for engines that keep answers on many machines: packing, passes, the calibration that asks for
//! them, and what is computed of each student by itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::NaiveDate;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use seedtest_families::irt::{ChunkSummary, PackedChunk, PassPlan, fit_in_passes, spec_of_passes};
use seedtest_fault::FaultKind;
use seedtest_ingest::{Cell, MemoryTable};
use seedtest_irt::{ChunkAnswers, Pass, PassSums, Unreadable};
use seedtest_kpi::{
    GoalTarget, History, Options, TargetScale, WeeklyKpis, Window, student_week, topic_days,
    week_start, weekly_accuracy, whole_ms,
};
use seedtest_numerics::xxhash64;
use seedtest_responses::{Duplicates, LogRow, Outcome, ResponseLog, ResponseLogBuilder, TimeZone};
use seedtest_wire::CalibrateRequest;
use serde::Deserialize;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::read;
use crate::run::Run;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ChunkPass>()?;
    module.add_class::<ChunkFit>()?;
    module.add_function(wrap_pyfunction!(chunk_count, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_pack, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_summary, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_merge_summaries, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_describe, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_merge_sums, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_check, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_calibrate, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_abilities, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_kpis, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_features, module)?)?;
    module.add_function(wrap_pyfunction!(chunk_weeks, module)?)?;
    Ok(())
}

/// Number of chunks for so many students: the smallest power of two that leaves at most 8 192 to a chunk on average.
#[pyfunction]
fn chunk_count(n_students: usize) -> usize {
    seedtest_numerics::chunk_count(n_students)
}

/// How the rows of a chunk are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packing {
    /// Which of several answers to an item counts: `first`, `last` or `all`.
    duplicates: String,
}

/// Packs the rows of a chunk: columns `student`, `item`, `correct` and, where there are some, `at`, `group`.
#[pyfunction]
fn chunk_pack<'py>(py: Python<'py>, rows: Frame, options: &str) -> PyResult<Bound<'py, PyBytes>> {
    let packed = packed(&rows, options).map_err(|fault| fault.raised(py))?;
    Ok(PyBytes::new(py, &packed))
}

fn packed(rows: &Frame, options: &str) -> Result<Vec<u8>, Fault> {
    let options: Packing = serde_json::from_str(options)?;
    let duplicates = match options.duplicates.as_str() {
        "first" => Duplicates::First,
        "last" => Duplicates::Last,
        "all" => Duplicates::All,
        other => {
            let message = format!("duplicates: {other:?} is none of first, last, all");
            return Err(Fault::new(FaultKind::Setting, message, "leave it out for first"));
        }
    };
    let columns = Columns::of(rows);
    let log = columns.log(&TimeZone::default())?;
    let chunk = PackedChunk::of(&log, duplicates)?;
    if duplicates != Duplicates::All && !columns.has("at") && chunk.summary()?.repeated() > 0 {
        let message = format!(
            "{}, and no column says when: which answer is the {} cannot be known",
            repeated(&log),
            duplicates.name()
        );
        let hint = "name the column of the time, or ask for duplicates=\"all\"";
        return Err(Fault::new(FaultKind::Data, message, hint));
    }
    Ok(chunk.to_bytes()?)
}

/// Who answered what more than once.
fn repeated(log: &ResponseLog) -> String {
    let mut seen = HashMap::new();
    let again = (0..log.len()).find(|&row| {
        log.outcome()[row].correct().is_some()
            && seen.insert((log.student()[row], log.item()[row]), row).is_some()
    });
    let Some(row) = again else { return "an item was answered more than once".to_owned() };
    let student = &log.students()[log.student()[row] as usize];
    let item = &log.items()[log.item()[row] as usize];
    format!("student {student} answered item {item} more than once")
}

/// Floats below this in size are whole numbers exactly.
const LARGEST_WHOLE: f64 = (1u64 << 53) as f64;

/// The columns of the rows of a chunk by name.
pub(crate) struct Columns<'a> {
    rows: &'a Frame,
    places: HashMap<&'a str, usize>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(rows: &'a Frame) -> Self {
        let places = rows.names().iter().enumerate();
        Self { rows, places: places.map(|(place, name)| (name.as_str(), place)).collect() }
    }

    fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    pub(crate) fn cell(&self, name: &str, row: usize) -> Cell<'a> {
        self.places.get(name).map_or(Cell::Null, |&place| self.rows.cell(place, row))
    }

    pub(crate) fn text(&self, name: &'static str, row: usize) -> Result<Option<&'a str>, Fault> {
        match self.cell(name, row) {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            _ => Err(wrong(name, row, "text")),
        }
    }

    /// The cell, whole numbers as such: pandas keeps columns of them with gaps as floats.
    fn number(&self, name: &str, row: usize) -> Cell<'a> {
        match self.cell(name, row) {
            Cell::Float(x) if x.is_nan() => Cell::Null,
            Cell::Float(x) if x.abs() < LARGEST_WHOLE && x.trunc() == x => Cell::Integer(x as i64),
            cell => cell,
        }
    }

    pub(crate) fn whole(&self, name: &'static str, row: usize) -> Result<Option<i64>, Fault> {
        match self.number(name, row) {
            Cell::Null => Ok(None),
            Cell::Integer(number) => Ok(Some(number)),
            _ => Err(wrong(name, row, "whole number")),
        }
    }

    pub(crate) fn float(&self, name: &'static str, row: usize) -> Result<Option<f64>, Fault> {
        match self.cell(name, row) {
            Cell::Null => Ok(None),
            Cell::Float(x) => Ok(Some(x).filter(|x| !x.is_nan())),
            Cell::Integer(x) => Ok(Some(x as f64)),
            _ => Err(wrong(name, row, "number")),
        }
    }

    fn count(&self, name: &'static str, row: usize) -> Result<Option<u32>, Fault> {
        let whole = self.whole(name, row)?;
        let count = |number: i64| {
            u32::try_from(number).map_err(|_| wrong(name, row, "whole number from 0 on"))
        };
        whole.map(count).transpose()
    }

    fn outcome(&self, row: usize) -> Result<Outcome, Fault> {
        match self.number("correct", row) {
            Cell::Null => Ok(Outcome::Unknown),
            Cell::Bool(correct) => Ok(Outcome::from(Some(correct))),
            Cell::Integer(0) => Ok(Outcome::Wrong),
            Cell::Integer(1) => Ok(Outcome::Right),
            _ => Err(wrong("correct", row, "truth value, 0 or 1")),
        }
    }

    fn log(&self, zone: &TimeZone) -> Result<ResponseLog, Fault> {
        self.log_within(zone, None)
    }

    /// The rows whose time lies in a window, where there is one.
    pub(crate) fn log_within(
        &self,
        zone: &TimeZone,
        window: Option<Window>,
    ) -> Result<ResponseLog, Fault> {
        let mut log = ResponseLogBuilder::new();
        for row in 0..self.rows.n_rows() {
            let at = self.whole("at", row)?;
            let is_inside = |at: i64| window.is_none_or(|of| (of.from..of.to).contains(&at));
            if !at.is_none_or(is_inside) {
                continue;
            }
            let needed = |name| {
                let found = self.text(name, row)?;
                found.ok_or_else(|| wrong(name, row, "text"))
            };
            log.push(&LogRow {
                student: needed("student")?,
                item: needed("item")?,
                topic: self.text("topic", row)?,
                session: self.text("session", row)?,
                at,
                outcome: self.outcome(row)?,
                response_time_ms: self.count("response_time_ms", row)?,
                hints: self.count("hints", row)?,
                group: self.text("group", row)?,
            });
        }
        Ok(log.finish().in_time_zone(zone.clone()))
    }
}

pub(crate) fn wrong(name: &str, row: usize, expected: &str) -> Fault {
    let message = format!("row {} of the chunk: {name} is no {expected}", row + 1);
    Fault::new(
        FaultKind::Data,
        message,
        "stage the answers by seedtest_spark, which casts the columns",
    )
}

fn refused(error: Unreadable) -> Fault {
    let hint = "use one version of seedtest on all machines, and another staging path after a change of version";
    Fault::new(FaultKind::Data, error.to_string(), hint)
}

/// What a packed chunk holds, as bytes that merge.
#[pyfunction]
fn chunk_summary<'py>(py: Python<'py>, chunk: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let found =
        || -> Result<Vec<u8>, Fault> { Ok(PackedChunk::from_bytes(chunk)?.summary()?.to_bytes()?) };
    found().map(|bytes| PyBytes::new(py, &bytes)).map_err(|fault| fault.raised(py))
}

/// The summaries of chunks as one.
#[pyfunction]
fn chunk_merge_summaries(
    py: Python<'_>,
    summaries: Vec<PyBackedBytes>,
) -> PyResult<Bound<'_, PyBytes>> {
    let merged = || -> Result<Vec<u8>, Fault> {
        let mut all = ChunkSummary::default();
        for summary in &summaries {
            all.merge(ChunkSummary::from_bytes(summary)?);
        }
        Ok(all.to_bytes()?)
    };
    merged().map(|bytes| PyBytes::new(py, &bytes)).map_err(|fault| fault.raised(py))
}

/// Students, answers of the student with most of them, and what became of the rows, as JSON.
#[pyfunction]
fn chunk_describe(py: Python<'_>, summary: &[u8]) -> PyResult<String> {
    let described = || -> Result<String, Fault> {
        let summary = ChunkSummary::from_bytes(summary)?;
        Ok(serde_json::to_string(&serde_json::json!({
            "n_students": summary.n_students(),
            "most_answers": summary.most_answers(),
            "rows": summary.rows(),
        }))?)
    };
    described().map_err(|fault| fault.raised(py))
}

/// A pass over chunks, with the sums of those it has seen.
#[pyclass(module = "seedtest._native")]
struct ChunkPass {
    plan: PassPlan,
    /// Hash of the plan.
    plan_key: u64,
    pass: Pass,
    sums: Option<PassSums>,
    /// Most bytes of chunks that the process keeps arranged.
    most_kept: usize,
}

/// Chunks that were arranged for the passes of a plan. A process of an engine sees the same ones pass after pass, and
/// arranging a chunk takes longer than a pass over it.
#[derive(Default)]
struct Kept {
    chunks: HashMap<ChunkKey, Arc<ChunkAnswers>>,
    /// Those that came first go first.
    order: VecDeque<(ChunkKey, usize)>,
    bytes: usize,
}

/// Hashes of plan and chunk, and the size of the chunk.
type ChunkKey = (u64, u64, usize);

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

impl Kept {
    fn keep(&mut self, key: ChunkKey, answers: &Arc<ChunkAnswers>, most: usize) {
        // What is arranged takes about twice what is packed.
        let size = 2 * key.2;
        if size > most || self.chunks.insert(key, Arc::clone(answers)).is_some() {
            return;
        }
        self.order.push_back((key, size));
        self.bytes += size;
        while self.bytes > most {
            let Some((first, size)) = self.order.pop_front() else { break };
            self.chunks.remove(&first);
            self.bytes -= size;
        }
    }
}

#[pymethods]
impl ChunkPass {
    /// `most_kept`: bytes of chunks that the process keeps arranged for the next pass, at most.
    #[new]
    fn new(py: Python<'_>, plan: &str, call: &[u8], most_kept: usize) -> PyResult<Self> {
        let read = || -> Result<Self, Fault> {
            let plan_key = xxhash64(plan.as_bytes(), 0);
            let plan = serde_json::from_str(plan)?;
            let pass = Pass::from_bytes(call).map_err(refused)?;
            Ok(Self { plan, plan_key, pass, sums: None, most_kept })
        };
        read().map_err(|fault| fault.raised(py))
    }

    /// Runs the pass over a packed chunk.
    fn add(&mut self, py: Python<'_>, chunk: &[u8]) -> PyResult<()> {
        py.detach(|| self.added(chunk)).map_err(|fault| fault.raised(py))
    }

    /// The sums so far; `None` before the first chunk.
    fn sums<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.sums.clone().map(|sums| PyBytes::new(py, &sums.to_bytes()))
    }
}

impl ChunkPass {
    fn added(&mut self, chunk: &[u8]) -> Result<(), Fault> {
        let found = self.arranged(chunk)?.run(&self.pass).map_err(refused)?;
        match &mut self.sums {
            None => self.sums = Some(found),
            Some(sums) => sums.merge(found).map_err(refused)?,
        }
        Ok(())
    }

    /// The answers of a chunk ready for passes.
    fn arranged(&self, chunk: &[u8]) -> Result<Arc<ChunkAnswers>, Fault> {
        let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.plan_key, xxhash64(chunk, 0), chunk.len());
        if let Some(answers) = kept().chunks.get(&key) {
            return Ok(Arc::clone(answers));
        }
        let answers = Arc::new(PackedChunk::from_bytes(chunk)?.answers(&self.plan)?);
        kept().keep(key, &answers, self.most_kept);
        Ok(answers)
    }
}

/// The sums of one pass over different chunks as one.
#[pyfunction]
fn chunk_merge_sums(py: Python<'_>, sums: Vec<PyBackedBytes>) -> PyResult<Bound<'_, PyBytes>> {
    let merged = merged(&sums).map_err(|fault| fault.raised(py))?;
    Ok(PyBytes::new(py, &merged.to_bytes()))
}

fn merged(sums: &[PyBackedBytes]) -> Result<PassSums, Fault> {
    let mut all: Option<PassSums> = None;
    for bytes in sums {
        let found = PassSums::from_bytes(bytes).map_err(refused)?;
        match &mut all {
            None => all = Some(found),
            Some(all) => all.merge(found).map_err(refused)?,
        }
    }
    let hint = "stage answers of at least one student";
    all.ok_or_else(|| Fault::new(FaultKind::NoObservations, "no chunk was staged", hint))
}

/// Looks at the options of a calibration before anything is staged.
#[pyfunction]
fn chunk_check(py: Python<'_>, options: &str) -> PyResult<()> {
    let looked = || -> Result<(), Fault> {
        spec_of_passes(&read::<CalibrateRequest<'_>>(options)?)?;
        Ok(())
    };
    looked().map_err(|fault| fault.raised(py))
}

/// A calibration in passes.
#[pyclass(frozen, get_all, module = "seedtest._native")]
struct ChunkFit {
    /// The response without abilities, as the command writes it.
    answer: Py<Answer>,
    /// What the passes had in common.
    plan: String,
    /// The pass that gives the abilities of a chunk.
    abilities: Py<PyBytes>,
}

/// Calibrates in passes: `run(plan, call, name)` gives the merged sums of a pass over every chunk.
#[pyfunction]
#[pyo3(signature = (summary, options, run, run_id=None, progress=None, threads=None))]
fn chunk_calibrate(
    py: Python<'_>,
    summary: &[u8],
    options: &str,
    run: Py<PyAny>,
    run_id: Option<&str>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<ChunkFit> {
    let asked = read::<CalibrateRequest<'_>>(options).map_err(|fault| fault.raised(py))?;
    let raised: Mutex<Option<PyErr>> = Mutex::new(None);
    let watched = Run::new(progress, threads).within(asked.max_seconds);
    let found = watched.off_the_lock(py, |observer| {
        let summary = ChunkSummary::from_bytes(summary)?;
        let spec = spec_of_passes(&asked)?;
        let mut ask = |plan: &PassPlan, pass: &Pass| -> Result<PassSums, String> {
            let plan = serde_json::to_string(plan).map_err(|error| error.to_string())?;
            let asked = Python::attach(|py| -> PyResult<PyBackedBytes> {
                let bytes = PyBytes::new(py, &pass.to_bytes());
                let sums = run.call1(py, (plan, bytes, pass.name()))?;
                Ok(sums.extract::<PyBackedBytes>(py)?)
            });
            let sums = asked.map_err(|error| {
                let reason = error.to_string();
                raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                reason
            })?;
            PassSums::from_bytes(&sums).map_err(|error| error.to_string())
        };
        let found = fit_in_passes(&summary, (&spec, run_id), &mut ask, observer)?;
        let answer = Answer::of_fit(&found.response, &found.response.fit_meta.verdict, Vec::new())?;
        Ok((answer, serde_json::to_string(&found.plan)?, found.abilities.to_bytes()))
    });
    // What the pass itself raised says more than that one failed.
    if let Some(error) = raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let (answer, plan, abilities) = found?;
    let abilities = PyBytes::new(py, &abilities).unbind();
    Ok(ChunkFit { answer: Py::new(py, answer)?, plan, abilities })
}

/// Columns of the abilities of a chunk: student, group, theta, se, n, reason.
type AbilityColumns = (
    Vec<String>,
    Vec<Option<String>>,
    Vec<Option<f64>>,
    Vec<Option<f64>>,
    Vec<u32>,
    Vec<Option<String>>,
);

/// The abilities of the students of a packed chunk, in columns: student, group, theta, se, n, reason.
#[pyfunction]
fn chunk_abilities(
    py: Python<'_>,
    chunk: &[u8],
    plan: &str,
    call: &[u8],
) -> PyResult<AbilityColumns> {
    let found = || -> Result<AbilityColumns, Fault> {
        let plan: PassPlan = serde_json::from_str(plan)?;
        let pass = Pass::from_bytes(call).map_err(refused)?;
        let mut columns = AbilityColumns::default();
        for ability in PackedChunk::from_bytes(chunk)?.abilities(&plan, &pass)? {
            columns.0.push(ability.student);
            columns.1.push(ability.group);
            columns.2.push(ability.theta);
            columns.3.push(ability.se);
            columns.4.push(ability.n);
            columns.5.push(ability.reason);
        }
        Ok(columns)
    };
    found().map_err(|fault| fault.raised(py))
}

/// As of when KPIs are computed, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KpiAsked {
    as_of: String,
    time_zone: Option<String>,
    /// Goal on the scale of abilities or of scores, as the job has it.
    target: f64,
    lookback_days: Option<u32>,
    session_gap_minutes: Option<u32>,
}

pub(crate) fn zone_of(name: Option<&str>) -> Result<TimeZone, Fault> {
    let named = |name: &str| {
        name.parse().map_err(|error: seedtest_responses::UnknownTimeZone| {
            let hint = "write a name of the IANA database, such as Asia/Seoul";
            Fault::new(FaultKind::Setting, error.to_string(), hint)
        })
    };
    name.map_or_else(|| Ok(TimeZone::default()), named)
}

pub(crate) fn day_of(name: &str, text: &str) -> Result<NaiveDate, Fault> {
    text.parse().map_err(|_| {
        let message = format!("{name}: {text:?} is no day");
        Fault::new(FaultKind::Setting, message, "write it as 2026-03-02")
    })
}

/// Columns of KPI rows: student, Monday of the week, row as JSON.
type KpiColumns = (Vec<String>, Vec<String>, Vec<String>);

/// KPI rows of the students of some rows with a time: columns `student`, `item`, `correct`, `at` and, where there are
/// some, `topic`, `session`, `response_time_ms`, `hints`.
#[pyfunction]
fn chunk_kpis(py: Python<'_>, rows: Frame, options: &str) -> PyResult<KpiColumns> {
    kpis(&rows, options).map_err(|fault| fault.raised(py))
}

fn kpis(rows: &Frame, options: &str) -> Result<KpiColumns, Fault> {
    let asked: KpiAsked = serde_json::from_str(options)?;
    let as_of = day_of("as_of", &asked.as_of)?;
    let log = Columns::of(rows).log(&zone_of(asked.time_zone.as_deref())?)?;
    let default = Options::default();
    let options = Options {
        lookback_days: asked.lookback_days.unwrap_or(default.lookback_days),
        session_gap_minutes: asked.session_gap_minutes.unwrap_or(default.session_gap_minutes),
        ..default
    };
    let target = GoalTarget { value: asked.target, scale: TargetScale::Auto.of(asked.target) };
    let mut columns = KpiColumns::default();
    for student in 0..log.students().len() as u32 {
        let history = History::of(&log, student);
        if !history.is_active(as_of, options.lookback_days) {
            continue;
        }
        let row = WeeklyKpis::of_answers(&student_week(&history, as_of, &options, None), target);
        let id = &log.students()[student as usize];
        row.check().map_err(|error| {
            let message = format!("student {id}: {error}");
            Fault::new(FaultKind::Data, message, "correct what is recorded of the student")
        })?;
        columns.0.push(id.to_string());
        columns.1.push(week_start(as_of).to_string());
        columns.2.push(serde_json::to_string(&row)?);
    }
    Ok(columns)
}

/// Of which days features are computed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeaturesAsked {
    first: String,
    last: String,
    time_zone: Option<String>,
}

/// One student, topic and day: student, topic, day, answers, right ones, mean and median time in milliseconds, answers
/// with hints, I_t, last answer in microseconds.
type FeatureRow =
    (String, String, String, u32, u32, Option<u32>, Option<u32>, u32, Option<f64>, i64);

/// What every student did in every topic, day by day.
#[pyfunction]
fn chunk_features(py: Python<'_>, rows: Frame, options: &str) -> PyResult<Vec<FeatureRow>> {
    features(&rows, options).map_err(|fault| fault.raised(py))
}

fn features(rows: &Frame, options: &str) -> Result<Vec<FeatureRow>, Fault> {
    let asked: FeaturesAsked = serde_json::from_str(options)?;
    let zone = zone_of(asked.time_zone.as_deref())?;
    let (first, last) = (day_of("first", &asked.first)?, day_of("last", &asked.last)?);
    let log = Columns::of(rows).log(&zone)?;
    let options = Options::default();
    let mut found = Vec::new();
    for student in 0..log.students().len() as u32 {
        let history = History::of(&log, student);
        let id = log.students()[student as usize].to_string();
        for day in topic_days(&log, history.rows.clone()) {
            if !(first..=last).contains(&day.date) {
                continue;
            }
            let improvement = seedtest_kpi::improvement_as_of(&history, day.date, &options, None);
            found.push((
                id.clone(),
                log.topics()[day.topic as usize].to_string(),
                day.date.to_string(),
                day.attempts,
                day.correct,
                day.mean_time_ms.map(whole_ms),
                day.median_time_ms.map(whole_ms),
                day.with_hints,
                improvement.ok().map(|index| index.value),
                day.last_at,
            ));
        }
    }
    Ok(found)
}

/// Columns of weekly scores: student, Monday of the week, share of right answers, answers.
type WeekColumns = (Vec<String>, Vec<String>, Vec<f64>, Vec<u32>);

/// The share of right answers of every student and week with an answer of known correctness.
#[pyfunction]
fn chunk_weeks(py: Python<'_>, rows: Frame, time_zone: &str) -> PyResult<WeekColumns> {
    let found = || -> Result<WeekColumns, Fault> {
        let log = Columns::of(&rows).log(&zone_of(Some(time_zone))?)?;
        let mut columns = WeekColumns::default();
        for student in 0..log.students().len() as u32 {
            for (week, score) in weekly_accuracy(&log, log.rows_of(student)) {
                columns.0.push(log.students()[student as usize].to_string());
                columns.1.push(week.to_string());
                columns.2.push(f64::from(score.right) / f64::from(score.n));
                columns.3.push(score.n);
            }
        }
        Ok(columns)
    };
    found().map_err(|fault| fault.raised(py))
}
