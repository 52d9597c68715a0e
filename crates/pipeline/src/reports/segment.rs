//! The segments of a report from the rows of the newest run.

use seedtest_report::{ClassSegments, Segment, SegmentDetail, SegmentDifference};
use seedtest_store::{SegmentRunRow, UserSegmentRow};
use seedtest_wire::ClusterDifferenceJson;
use serde::Deserialize;
use serde_json::Value;

/// The card of a segment, as the job keeps it.
#[derive(Deserialize)]
struct Card {
    number: u32,
    label: String,
    #[serde(default)]
    is_new: bool,
    size: u32,
    share: f64,
    stability: Option<f64>,
    #[serde(default)]
    came: u32,
    differences: Vec<ClusterDifferenceJson>,
}

/// The segments of the class; `None` for a row of another program.
pub(super) fn class_segments(run: &SegmentRunRow) -> Option<ClassSegments> {
    let count = |value: &Value| value.as_array().map(|list| list.len() as u32);
    Some(ClassSegments {
        segments: segments(run)?,
        students: run.metrics["n_users"].as_u64()? as u32,
        moved: run.labels["moved"].as_object().map_or(0, |moved| moved.len() as u32),
        died: count(&run.labels["died"]).unwrap_or(0),
    })
}

fn segments(run: &SegmentRunRow) -> Option<Vec<Segment>> {
    let cards: Vec<Card> = serde_json::from_value(run.labels["segments"].clone()).ok()?;
    Some(cards.into_iter().map(segment).collect())
}

fn segment(card: Card) -> Segment {
    let difference = |found: ClusterDifferenceJson| SegmentDifference {
        feature: found.feature,
        mean: found.mean,
        cohort: found.cohort,
        effect: found.effect,
        lower: found.lower,
        upper: found.upper,
    };
    Segment {
        label: card.label,
        number: Some(card.number),
        size: card.size,
        share: card.share,
        stability: card.stability,
        is_new: card.is_new,
        came: card.came,
        differences: card.differences.into_iter().map(difference).collect(),
    }
}

/// The segment of a student, if it is one of the newest run.
pub(super) fn segment_detail(
    student: Option<&UserSegmentRow>,
    run: Option<&SegmentRunRow>,
) -> Option<SegmentDetail> {
    let (student, run) = student.zip(run).filter(|(of, run)| of.run_id == run.run_id)?;
    let number = student.cluster_id.and_then(|id| u32::try_from(id).ok());
    let found = segments(run)?.into_iter().find(|segment| segment.number == number);
    // Students in no segment have none to show.
    let segment = found.unwrap_or_else(|| Segment {
        label: student.segment_label.clone(),
        number: None,
        size: 0,
        share: 0.0,
        stability: None,
        is_new: false,
        came: 0,
        differences: Vec::new(),
    });
    let snapshot = &student.features_snapshot;
    Some(SegmentDetail {
        segment,
        membership: snapshot["membership"].as_f64(),
        is_outlier: snapshot["is_outlier"].as_bool().unwrap_or(false),
        moved_from: snapshot["moved_from"].as_u64().and_then(|from| u32::try_from(from).ok()),
    })
}
