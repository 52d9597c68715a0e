//! Which kind of learner a student is, and which kinds there are.

use serde::{Deserialize, Serialize};

/// The segment of a student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentDetail {
    /// The segment.
    pub segment: Segment,
    /// Share of it in the student, 0..1; `None` where it is not known.
    pub membership: Option<f64>,
    /// Whether the student is far out in it.
    pub is_outlier: bool,
    /// The segment of the run before, where it was another one.
    pub moved_from: Option<u32>,
}

/// A segment in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Key of its name: `short_frequent`, `long_rare`, `hint_heavy`, `improving`, `struggling`,
    /// `efficient`, `cluster_N`, `noise` for students in none, `none` where there are none.
    pub label: String,
    /// Its number, the same from run to run; `None` where there are no segments.
    pub number: Option<u32>,
    /// Students in it.
    pub size: u32,
    /// Their share of all.
    pub share: f64,
    /// How surely it comes back on samples of the students, 0..1.
    pub stability: Option<f64>,
    /// Whether it is new.
    pub is_new: bool,
    /// Students who came from another segment.
    pub came: u32,
    /// What sets it apart, the largest differences first.
    pub differences: Vec<SegmentDifference>,
}

/// How a segment differs from everybody in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentDifference {
    /// The feature.
    pub feature: String,
    /// Mean of the segment.
    pub mean: f64,
    /// Mean of everybody.
    pub cohort: f64,
    /// Difference in standard deviations of everybody.
    pub effect: f64,
    /// Lower end of its 95 % interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// The segments of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSegments {
    /// The segments, the largest first; empty where there are none.
    pub segments: Vec<Segment>,
    /// Students looked at.
    pub students: u32,
    /// Students who changed their segment since the run before.
    pub moved: u32,
    /// Segments that are gone since.
    pub died: u32,
}
