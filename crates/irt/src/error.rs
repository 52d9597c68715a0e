//! Why a calibration cannot start, with hints.

use seedtest_fault::FaultKind;
use seedtest_numerics::Interrupted;
use seedtest_numerics::QuadratureError;

/// Why a calibration cannot start. Fields count rows from 0, messages from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no answer at all.
    #[error("no observations")]
    NoObservations,
    /// The columns of the responses have different lengths.
    #[error("columns of different length: {student} students, {item} items, {correct} outcomes")]
    Lengths {
        /// Length of the student column.
        student: usize,
        /// Length of the item column.
        item: usize,
        /// Length of the outcome column.
        correct: usize,
    },
    /// A student code is too large.
    #[error("row {}: student code {student}, but there are {n_students} students", row + 1)]
    StudentCode {
        /// Row of the answer, from 0.
        row: usize,
        /// The code found.
        student: u32,
        /// Number of students declared.
        n_students: usize,
    },
    /// An item code is too large.
    #[error("row {}: item code {item}, but there are {n_items} items", row + 1)]
    ItemCode {
        /// Row of the answer, from 0.
        row: usize,
        /// The code found.
        item: u32,
        /// Number of items declared.
        n_items: usize,
    },
    /// An outcome is neither 0 nor 1.
    #[error("row {}: correctness is {value}, not 0 or 1", row + 1)]
    Correctness {
        /// Row of the answer, from 0.
        row: usize,
        /// The value found.
        value: u8,
    },
    /// The answers are not sorted by student.
    #[error("row {}: student {student} follows student {previous}", row + 1)]
    Unsorted {
        /// Row of the answer, from 0.
        row: usize,
        /// Student of this row.
        student: u32,
        /// Student of the row before.
        previous: u32,
    },
    /// Not every student has a chunk.
    #[error("{chunks} chunks given for {n_students} students")]
    Chunks {
        /// Length of the list.
        chunks: usize,
        /// Number of students declared.
        n_students: usize,
    },
    /// Not every student has a group.
    #[error("{groups} groups given for {n_students} students")]
    Groups {
        /// Length of the list.
        groups: usize,
        /// Number of students declared.
        n_students: usize,
    },
    /// A group code is too large.
    #[error("student {student}: group code {group}, but there are {n} groups")]
    GroupCode {
        /// The student.
        student: u32,
        /// The code found.
        group: u32,
        /// Number of groups declared.
        n: usize,
    },
    /// The reference group is none of the groups.
    #[error("reference group {reference}, but there are {n} groups")]
    ReferenceGroup {
        /// Its code.
        reference: u32,
        /// Number of groups declared.
        n: usize,
    },
    /// Groups share no item with the reference group or, with fixed anchors, with those.
    #[error(
        "groups {groups:?} share no item with the {}, not even by way of other groups",
        if *to_anchors { "fixed anchors" } else { "reference group" }
    )]
    UnlinkedGroups {
        /// Codes of the groups.
        groups: Vec<u32>,
        /// Whether there are fixed anchors.
        to_anchors: bool,
    },
    /// Nobody waits any more, and there is no point to sum up yet.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Every item was skipped.
    #[error("none of the {n_items} items can be calibrated: {reasons}")]
    NoUsableItem {
        /// Number of items with answers.
        n_items: usize,
        /// How many were skipped for which reason.
        reasons: String,
    },
    /// A field of the specification is out of range.
    #[error("{field} is {value}, it must be {required}")]
    Spec {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// The quadrature rule cannot be built.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
    /// A parameter of an anchor or of a start is out of range.
    #[error("known parameters of item {item}: {field} is {value}, it must be {required}")]
    Anchor {
        /// Item of the anchor.
        item: u32,
        /// Name of the parameter.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        required: &'static str,
    },
    /// An anchor names an item that does not exist.
    #[error("anchor for item {item}, but there are {n_items} items")]
    AnchorItem {
        /// Item of the anchor.
        item: u32,
        /// Number of items declared.
        n_items: usize,
    },
    /// There are fixed anchors, but no answer to any of them.
    #[error("none of the {anchors} fixed anchors has an answer")]
    UnansweredAnchors {
        /// Number of fixed anchors.
        anchors: usize,
    },
    /// A pass over answers somewhere else failed.
    #[error("a pass over the answers failed: {reason}")]
    Pass {
        /// What happened.
        reason: String,
    },
    /// An item has more answers than can be counted.
    #[error("item {item} has {n} answers, at most 4 294 967 295 can be counted")]
    TooManyAnswers {
        /// The item.
        item: u32,
        /// Its answers.
        n: u64,
    },
    /// Two anchors name the same item.
    #[error("item {item} has two anchors")]
    DuplicateAnchor {
        /// The item.
        item: u32,
    },
}

impl Error {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::NoObservations => FaultKind::NoObservations,
            Self::Interrupted(_) => FaultKind::Deadline,
            Self::Pass { .. } => FaultKind::Upstream,
            Self::Spec { .. } | Self::Quadrature(_) => FaultKind::Setting,
            Self::Lengths { .. }
            | Self::StudentCode { .. }
            | Self::ItemCode { .. }
            | Self::Correctness { .. }
            | Self::Unsorted { .. }
            | Self::NoUsableItem { .. }
            | Self::Anchor { .. }
            | Self::AnchorItem { .. }
            | Self::UnansweredAnchors { .. }
            | Self::DuplicateAnchor { .. }
            | Self::TooManyAnswers { .. }
            | Self::Groups { .. }
            | Self::GroupCode { .. }
            | Self::ReferenceGroup { .. }
            | Self::UnlinkedGroups { .. }
            | Self::Chunks { .. } => FaultKind::Data,
        }
    }

    /// What the caller can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Interrupted(_) => "allow more with max_seconds, or send fewer answers",
            Self::NoObservations => "send at least one answer with a known outcome",
            Self::Lengths { .. } => "the three columns must describe the same answers",
            Self::StudentCode { .. } | Self::ItemCode { .. } => {
                "codes are indices from 0 to the declared number minus one"
            }
            Self::Correctness { .. } => {
                "code right as 1 and wrong as 0, and drop answers with unknown outcome"
            }
            Self::Groups { .. } => "give the group of every student, by code",
            Self::GroupCode { .. } | Self::ReferenceGroup { .. } => {
                "group codes are indices from 0 to the declared number minus one"
            }
            Self::UnlinkedGroups { .. } => {
                "let some students of each group answer items of another one, or calibrate the \
                 groups one by one"
            }
            Self::Chunks { .. } => "give the chunk of every student, by code",
            Self::Unsorted { .. } => "sort the answers by student",
            Self::NoUsableItem { .. } => {
                "an item needs a right and a wrong answer, or two different scores, and as many answers as \
                 min_answers (`--min-answers`) asks for"
            }
            Self::Spec { .. } => "leave the field out to get its default",
            Self::Quadrature(e) => e.hint(),
            Self::Anchor { .. } => "correct the stored parameters or leave the item out",
            Self::AnchorItem { .. } => "drop anchors whose items are not in the data",
            Self::UnansweredAnchors { .. } => {
                "calibrate without anchors, or with data in which anchors are answered"
            }
            Self::Pass { .. } => "what was staged is kept: run again with the same staging path",
            Self::TooManyAnswers { .. } => "split the item by form or year",
            Self::DuplicateAnchor { .. } => "keep one anchor per item",
        }
    }
}
