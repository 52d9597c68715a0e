//! A calibration of answers that lie in chunks of students somewhere else: how a chunk is packed, what is found in it,
//! and the calibration in passes over all of them.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use seedtest_digest::hex;
use seedtest_irt::{
    Ability, ChunkAnswers, Groups, ItemSums, Observer, Pass, PassSums, Responses, Unreadable,
    UnscoredReason, used_items,
};
use seedtest_responses::{Answers, Duplicates, ResponseLog, StudentGroups};
use seedtest_wire::{CalibrateRequest, CalibrateResponse, RowsReadJson};
use serde::{Deserialize, Serialize};

use super::fit::{Fitted, Late, OnScale, Prepared, contradictions_told};
use super::groups::GroupCodes;
use super::linking::LinkingChoice;
use super::response::response_of;
use super::response_parts::Names;
use super::spec::Spec;
use super::words::code;
use crate::error::Error;

/// What other versions of the packed form would not understand.
const FORMAT: u32 = 1;

/// The answers of one chunk of students, as they are kept between passes.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedChunk {
    head: Head,
    /// Student and item of every answer by their place in the head, and whether it is right.
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
}

/// What is not a number an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Ids in byte order.
    students: Vec<Box<str>>,
    items: Vec<Box<str>>,
    /// Names of groups in byte order, and the place of that of every student; none where no row names a group.
    groups: Vec<Box<str>>,
    group_of: Vec<Option<u32>>,
    rows: Rows,
}

/// What became of the rows of some chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Rows {
    read: u64,
    used: u64,
    repeated: u64,
    unknown: u64,
    contradictions: u64,
}

/// What some chunks hold, as far as a calibration needs it before its first pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChunkSummary {
    rows: Rows,
    n_students: u64,
    /// Answers of the student with most of them.
    most_answers: u64,
    items: BTreeMap<String, ItemSums>,
    /// Students with answers by group.
    groups: BTreeMap<String, u64>,
    has_groups: bool,
    /// The first student with answers and no group.
    without_group: Option<String>,
}

/// The part of a summary that is JSON.
#[derive(Debug, Serialize, Deserialize)]
struct SummaryHead {
    format: u32,
    rows: Rows,
    n_students: u64,
    most_answers: u64,
    items: Vec<String>,
    groups: BTreeMap<String, u64>,
    has_groups: bool,
    without_group: Option<String>,
}

/// What every pass of one calibration has in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassPlan {
    /// Ids of the used items, in byte order.
    items: Vec<String>,
    /// Names of the groups by code; none without groups.
    groups: Vec<String>,
    /// Code of the group that fixes the scale.
    reference: u32,
}

/// A calibration in passes.
#[derive(Debug)]
pub struct FittedInPasses {
    /// Its response, without abilities: these are found chunk by chunk.
    pub response: CalibrateResponse,
    /// What the passes had in common.
    pub plan: PassPlan,
    /// The pass that gives the abilities.
    pub abilities: Pass,
}

/// The ability of a student of a chunk, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkAbility {
    /// Id of the student.
    pub student: String,
    /// Name of the student's group.
    pub group: Option<String>,
    /// Ability; `None` with a reason.
    pub theta: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Answers used.
    pub n: u32,
    /// Why there is none.
    pub reason: Option<String>,
}

impl PackedChunk {
    /// Packs the log of the students of one chunk.
    ///
    /// # Errors
    /// For a student whose rows name two groups.
    pub fn of(log: &ResponseLog, duplicates: Duplicates) -> Result<Self, Error> {
        if let Some(conflict) = log.groups().and_then(StudentGroups::conflict) {
            let (student, [one, other]) = (&conflict.student, &conflict.groups);
            let reason = format!("student {student} is in {one:?} and in {other:?}; give one each");
            return Err(Error::field("group", reason));
        }
        let answers = log.answers(duplicates);
        let groups = log.groups();
        let n_students = log.students().len() as u32;
        let group_of = groups
            .map(|groups| (0..n_students).map(|student| groups.group_of(student)).collect())
            .unwrap_or_default();
        let rows = Rows {
            read: log.len() as u64,
            used: answers.item.len() as u64,
            repeated: answers.dropped_duplicates as u64,
            unknown: answers.dropped_unknown as u64,
            contradictions: log.conflicts() as u64,
        };
        let head = Head {
            format: FORMAT,
            students: log.students().to_vec(),
            items: log.items().to_vec(),
            groups: groups.map(|groups| groups.names().to_vec()).unwrap_or_default(),
            group_of,
            rows,
        };
        let Answers { student, item, correct, .. } = answers;
        Ok(Self { head, student, item, correct })
    }

    /// The chunk as bytes.
    ///
    /// # Errors
    /// None for what was packed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let head = serde_json::to_vec(&self.head)?;
        let mut bytes = Vec::with_capacity(16 + head.len() + 9 * self.item.len());
        bytes.extend((head.len() as u64).to_le_bytes());
        bytes.extend(head);
        for codes in [&self.student, &self.item] {
            for code in codes {
                bytes.extend(code.to_le_bytes());
            }
        }
        bytes.extend(&self.correct);
        Ok(bytes)
    }

    /// A chunk that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// For bytes of another version, or cut off.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (head, rest): (Head, &[u8]) = with_head(bytes, "chunk")?;
        let n = rest.len() / 9;
        let fits = head.format == FORMAT
            && 9 * n == rest.len()
            && [0, head.students.len()].contains(&head.group_of.len());
        if !fits {
            return Err(unreadable(Unreadable::NotOurs("chunk")));
        }
        let (codes, correct) = rest.split_at(8 * n);
        let codes: Vec<u32> =
            codes.as_chunks::<4>().0.iter().map(|code| u32::from_le_bytes(*code)).collect();
        let (student, item) = codes.split_at(n);
        let (student, item, correct) = (student.to_vec(), item.to_vec(), correct.to_vec());
        Ok(Self { head, student, item, correct })
    }

    /// What the chunk holds.
    ///
    /// # Errors
    /// For a chunk whose codes do not fit together.
    pub fn summary(&self) -> Result<ChunkSummary, Error> {
        let head = &self.head;
        let responses = Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: head.students.len(),
            n_items: head.items.len(),
        };
        let sums = if self.item.is_empty() { Vec::new() } else { ItemSums::of(&responses)? };
        let items = head.items.iter().map(ToString::to_string).zip(sums);
        let mut summary = ChunkSummary {
            rows: head.rows,
            n_students: head.students.len() as u64,
            items: items.filter(|(_, sums)| sums.n > 0).collect(),
            has_groups: !head.groups.is_empty(),
            ..ChunkSummary::default()
        };
        for rows in self.student.chunk_by(|a, b| a == b) {
            summary.most_answers = summary.most_answers.max(rows.len() as u64);
            let student = rows[0] as usize;
            match head.group_of.get(student).copied().flatten() {
                Some(group) => {
                    let name = head.groups[group as usize].to_string();
                    *summary.groups.entry(name).or_default() += 1;
                }
                None if summary.without_group.is_none() => {
                    summary.without_group = Some(head.students[student].to_string());
                }
                None => {}
            }
        }
        Ok(summary)
    }

    /// The answers of the chunk, ready for the passes of a plan.
    ///
    /// # Errors
    /// For a chunk whose codes do not fit together.
    pub fn answers(&self, plan: &PassPlan) -> Result<ChunkAnswers, Error> {
        let place = |id: &str| plan.items.binary_search_by(|known| known.as_str().cmp(id)).ok();
        let positions: Vec<u32> =
            self.head.items.iter().map(|id| place(id).map_or(u32::MAX, |at| at as u32)).collect();
        let position = |item: &u32| positions.get(*item as usize).copied().unwrap_or(u32::MAX);
        let item: Vec<u32> = self.item.iter().map(position).collect();
        let of = self.groups(plan);
        let groups = Groups { of: &of, n: plan.groups.len().max(1), reference: plan.reference };
        let answers = (&*self.student, &*item, &*self.correct);
        Ok(ChunkAnswers::new(answers, plan.items.len(), groups)?)
    }

    /// Group of every student; of one without answers that has none, the reference.
    fn groups(&self, plan: &PassPlan) -> Vec<u32> {
        let code = |name: &str| plan.groups.iter().position(|known| known == name);
        let codes: Vec<u32> = self
            .head
            .groups
            .iter()
            .map(|name| code(name).map_or(plan.reference, |code| code as u32))
            .collect();
        let of_student = |student: usize| {
            let group = self.head.group_of.get(student).copied().flatten();
            group.map_or(plan.reference, |group| codes[group as usize])
        };
        let of_student = |student| if plan.groups.is_empty() { 0 } else { of_student(student) };
        (0..self.head.students.len()).map(of_student).collect()
    }

    /// The ability of every student of the chunk.
    ///
    /// # Errors
    /// For a pass that is not that of the abilities, or of another plan.
    pub fn abilities(&self, plan: &PassPlan, pass: &Pass) -> Result<Vec<ChunkAbility>, Error> {
        let found = self.answers(plan)?.abilities(pass).map_err(unreadable)?;
        let groups = self.groups(plan);
        let mut found = found.iter().peekable();
        let mut has_answers = vec![false; self.head.students.len()];
        for &student in &self.student {
            has_answers[student as usize] = true;
        }
        #[allow(clippy::borrowed_box)] // what a list of them gives
        let ability = |(at, student): (usize, &Box<str>)| {
            let ability: Option<&Ability> = found.next_if(|ability| ability.student as usize == at);
            let reason = match (ability, has_answers[at]) {
                (Some(_), _) => None,
                (None, true) => Some(code(UnscoredReason::OnlySkippedItems)),
                (None, false) => Some(code(UnscoredReason::NoAnswers)),
            };
            ChunkAbility {
                student: student.to_string(),
                group: plan.groups.get(groups[at] as usize).cloned(),
                theta: ability.map(|ability| ability.theta),
                se: ability.map(|ability| ability.se),
                n: ability.map_or(0, |ability| ability.n),
                reason,
            }
        };
        Ok(self.head.students.iter().enumerate().map(ability).collect())
    }
}

impl ChunkSummary {
    /// Adds what other chunks hold.
    pub fn merge(&mut self, other: Self) {
        let (rows, more) = (&mut self.rows, other.rows);
        rows.read += more.read;
        rows.used += more.used;
        rows.repeated += more.repeated;
        rows.unknown += more.unknown;
        rows.contradictions += more.contradictions;
        self.n_students += other.n_students;
        self.most_answers = self.most_answers.max(other.most_answers);
        for (id, sums) in other.items {
            self.items.entry(id).or_default().merge(&sums);
        }
        for (name, n) in other.groups {
            *self.groups.entry(name).or_default() += n;
        }
        self.has_groups |= other.has_groups;
        self.without_group = match (self.without_group.take(), other.without_group) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// The summary as bytes.
    ///
    /// # Errors
    /// None for a summary.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let head = serde_json::to_vec(&SummaryHead {
            format: FORMAT,
            rows: self.rows,
            n_students: self.n_students,
            most_answers: self.most_answers,
            items: self.items.keys().cloned().collect(),
            groups: self.groups.clone(),
            has_groups: self.has_groups,
            without_group: self.without_group.clone(),
        })?;
        let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
        bytes.extend(head);
        self.items.values().for_each(|sums| bytes.extend(sums.to_bytes()));
        Ok(bytes)
    }

    /// A summary that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// For bytes of another version, or cut off.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (head, rest): (SummaryHead, &[u8]) = with_head(bytes, "summary")?;
        let refused = || unreadable(Unreadable::NotOurs("summary"));
        let size = rest.len().checked_div(head.items.len()).unwrap_or(0);
        if head.format != FORMAT || size * head.items.len() != rest.len() {
            return Err(refused());
        }
        let sums = rest.chunks_exact(size.max(1)).map(ItemSums::from_bytes);
        let sums: Vec<ItemSums> = sums.collect::<Option<_>>().ok_or_else(refused)?;
        Ok(Self {
            rows: head.rows,
            n_students: head.n_students,
            most_answers: head.most_answers,
            items: head.items.into_iter().zip(sums).collect(),
            groups: head.groups,
            has_groups: head.has_groups,
            without_group: head.without_group,
        })
    }

    /// Students, with or without answers.
    pub fn n_students(&self) -> u64 {
        self.n_students
    }

    /// Answers of the student with most of them.
    pub fn most_answers(&self) -> u64 {
        self.most_answers
    }

    /// Answers left out because their student answered the item before.
    pub fn repeated(&self) -> u64 {
        self.rows.repeated
    }

    /// What became of the rows.
    pub fn rows(&self) -> RowsReadJson {
        let Rows { read, used, repeated, unknown, contradictions } = self.rows;
        let kept = used + repeated + unknown;
        let same = read.saturating_sub(kept).saturating_sub(contradictions);
        let left_out = [
            ("repeated", repeated),
            ("unknown_correctness", unknown),
            ("contradiction", contradictions),
            ("same_answer", same),
        ];
        let left_out = left_out.map(|(reason, n)| (reason, n as usize));
        RowsReadJson::of_table(used as usize, &left_out)
    }
}

/// What a request for a calibration without answers means.
///
/// # Errors
/// For a word or a number that is none, and for what takes the students one by one.
pub fn spec_of_passes(request: &CalibrateRequest<'_>) -> Result<Spec, Error> {
    let spec = Spec::of(request, true)?;
    let refused = [
        ("quality", spec.quality),
        ("fit_statistics", spec.fit_statistics),
        ("dif", spec.dif),
        ("linking_method", matches!(spec.linking, LinkingChoice::Method(_))),
        ("reference", spec.reference.is_some()),
        ("covariance", spec.covariance),
    ];
    let reason = "is not for a calibration in passes; ask the binary, or the wheel on a sample of the students";
    match refused.into_iter().find(|(_, asked)| *asked) {
        Some((field, _)) => Err(Error::field(field, reason)),
        None => Ok(spec),
    }
}

/// Calibrates in passes. `run` gives the sums of a pass over every chunk, merged in any order and grouping; the result
/// is that of [`fit`](super::fit()) over the same answers to the byte, without abilities.
///
/// # Errors
/// Those of [`fit`](super::fit()), and a pass that failed.
pub fn fit_in_passes(
    summary: &ChunkSummary,
    (spec, run_id): (&Spec, Option<&str>),
    run: &mut (dyn FnMut(&PassPlan, &Pass) -> Result<PassSums, String> + Send),
    observer: &mut dyn Observer,
) -> Result<FittedInPasses, Error> {
    let groups = groups_of(summary, spec)?;
    let items: Vec<Box<str>> = summary.items.keys().map(|id| id.as_str().into()).collect();
    let sums: Vec<ItemSums> = summary.items.values().copied().collect();
    let prepared = Prepared::new(spec, &items, groups.as_ref())?;
    let used = if sums.is_empty() { Vec::new() } else { used_items(&sums, &prepared.model)? };
    let codes = groups.as_ref().map(GroupCodes::codes);
    let plan = PassPlan {
        items: used.iter().map(|&item| items[item as usize].to_string()).collect(),
        groups: groups.as_ref().map(|groups| groups.names.clone()).unwrap_or_default(),
        reference: codes.map_or(0, |codes| codes.reference),
    };
    let mut abilities = None;
    let mut failed = None;
    let of_groups = (plan.groups.len().max(1), plan.reference);
    let mut calibrate = |model: &seedtest_irt::Spec, observer: &mut dyn Observer| {
        let mut run = |pass: &Pass| run(&plan, pass);
        let found = seedtest_irt::fit_in_passes(&sums, of_groups, model, &mut run, observer);
        match found {
            Ok((fit, pass)) => {
                // That of the calibration itself, which comes first.
                abilities.get_or_insert(pass);
                Ok(fit)
            }
            Err(error) => {
                if matches!(error, seedtest_irt::Error::Pass { .. }) {
                    failed = Some(error.clone());
                }
                Err(error)
            }
        }
    };
    let fitted = prepared.calibrated((&items, groups.as_ref()), &mut calibrate, observer)?;
    let contradictions = summary.rows.contradictions as usize;
    let told = contradictions_told(contradictions);
    let OnScale { fit, linking, mut warnings } =
        prepared.on_scale(fitted, (spec, &items, told), &mut calibrate, observer)?;
    // The test of drift only tells that it could not be made.
    if let Some(error) = failed {
        return Err(error.into());
    }
    Late(&mut warnings).tell_of_errors(&fit);
    let input_digest = digest(summary, spec)?;
    let fitted = Fitted {
        fit,
        answers: Answers {
            dropped_unknown: summary.rows.unknown as usize,
            dropped_duplicates: summary.rows.repeated as usize,
            ..Answers::default()
        },
        quality: None,
        flags: Vec::new(),
        fit_statistics: None,
        dif: None,
        duplicates: spec.duplicates,
        groups,
        linking,
        warnings,
        input_digest,
    };
    let response = response(&fitted, summary, (spec, run_id), &items);
    let abilities = abilities.ok_or_else(|| unreadable(Unreadable::NotOurs("pass")))?;
    Ok(FittedInPasses { response, plan, abilities })
}

fn response(
    fitted: &Fitted,
    summary: &ChunkSummary,
    (spec, run_id): (&Spec, Option<&str>),
    items: &[Box<str>],
) -> CalibrateResponse {
    let run_id = run_id.map_or_else(|| fitted.default_run_id(), str::to_owned);
    let names = Names {
        groups: fitted.groups.as_ref(),
        items,
        students: &[],
        model: &fitted.fit.spec.model.to_string(),
        version: &spec.version,
    };
    CalibrateResponse { rows: Some(summary.rows()), ..response_of(fitted, spec, (&names, &run_id)) }
}

fn groups_of(summary: &ChunkSummary, spec: &Spec) -> Result<Option<GroupCodes>, Error> {
    let reference = spec.reference_group.as_deref();
    if !summary.has_groups {
        return match reference {
            None => Ok(None),
            Some(name) => Err(GroupCodes::without_groups(name)),
        };
    }
    if let Some(id) = &summary.without_group {
        return Err(Error::field("group", format!("student {id} has answers and no group")));
    }
    GroupCodes::of_sorted(summary.groups.keys().cloned().collect(), reference).map(Some)
}

/// Digest of settings and sums: equal inputs, equal digest. It is not that of a fit of the same answers here, which
/// has seen them one by one.
fn digest(summary: &ChunkSummary, spec: &Spec) -> Result<String, Error> {
    let settings = (
        &spec.model,
        &spec.anchors,
        spec.linking.name(),
        spec.duplicates.name(),
        &spec.guessing,
        &spec.reference_group,
    );
    let mut hash = Md5::new();
    hash.update(serde_json::to_vec(&settings)?);
    hash.update(summary.to_bytes()?);
    Ok(hex(&hash.finalize()))
}

/// A head of JSON behind its length, and what follows.
fn with_head<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    what: &'static str,
) -> Result<(T, &'a [u8]), Error> {
    let refused = || unreadable(Unreadable::NotOurs(what));
    let (n, rest) = bytes.split_first_chunk::<8>().ok_or_else(refused)?;
    let n = usize::try_from(u64::from_le_bytes(*n)).map_err(|_| refused())?;
    let (head, rest) = rest.split_at_checked(n).ok_or_else(refused)?;
    let head = serde_json::from_slice(head).map_err(|_| refused())?;
    Ok((head, rest))
}

fn unreadable(error: Unreadable) -> Error {
    Error::Partitions { reason: error.to_string() }
}
