//! Segments of learners, in words.

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::lang::Lang;
use crate::number::{count, percent, signed};
use crate::view::{ClassSegments, Segment, SegmentDetail};

/// Keys of the names that segments have by the rules of the contract.
const LABELS: [&str; 8] = [
    "short_frequent",
    "long_rare",
    "hint_heavy",
    "improving",
    "struggling",
    "efficient",
    "noise",
    "none",
];
/// Features with a name.
const FEATURES: [&str; 9] = [
    "engagement",
    "improvement",
    "efficiency",
    "recovery",
    "sessions",
    "gap",
    "avg_rt",
    "avg_hints",
    "total_attempts",
];

/// What a label of `user_segment` means, in Korean and English.
///
/// # Errors
/// When a catalogue cannot be read.
pub fn segment_description(label: &str) -> Result<String, Error> {
    let of = |lang| {
        let catalogue = Catalogue::load(lang)?;
        Ok::<_, Error>(format!("{}: {}", name(label, &catalogue), advice(label, &catalogue)))
    };
    Ok(format!("{} / {}", of(Lang::Ko)?, of(Lang::En)?))
}

fn is_known(label: &str) -> bool {
    LABELS.contains(&label)
}

/// The name of a label; one without a rule has its number.
fn name(label: &str, catalogue: &Catalogue) -> String {
    if is_known(label) {
        return catalogue.text(&format!("segment.{label}.name"));
    }
    let number = label.strip_prefix("cluster_").unwrap_or(label);
    catalogue.fill("segment.cluster.name", &[("n", number)])
}

fn advice(label: &str, catalogue: &Catalogue) -> String {
    let label = if is_known(label) { label } else { "cluster" };
    catalogue.text(&format!("segment.{label}.advice"))
}

/// The name of a segment with its number, which tells two of one name apart.
pub(crate) fn segment_name(segment: &Segment, catalogue: &Catalogue) -> String {
    let name = name(&segment.label, catalogue);
    match segment.number.filter(|_| LABELS[..6].contains(&segment.label.as_str())) {
        Some(number) => {
            catalogue.fill("segment.numbered", &[("name", &name), ("n", &count(number))])
        }
        None => name,
    }
}

/// The name of a feature.
pub(crate) fn feature_name(feature: &str, catalogue: &Catalogue) -> String {
    if FEATURES.contains(&feature) {
        return catalogue.text(&format!("feature.{feature}"));
    }
    feature.to_owned()
}

/// Which segment a student is in, how sure that is, and what to do.
pub(crate) fn segment(detail: &SegmentDetail, catalogue: &Catalogue) -> String {
    let segment = &detail.segment;
    let mut sentences = Vec::new();
    if segment.label == "none" || segment.label == "noise" {
        sentences.push(advice(&segment.label, catalogue));
        return sentences.join(" ");
    }
    sentences.push(catalogue.fill(
        "segment.reading",
        &[
            ("name", &segment_name(segment, catalogue)),
            ("n", &count(segment.size)),
            ("share", &percent(segment.share)),
        ],
    ));
    if let Some(share) = detail.membership {
        sentences.push(catalogue.fill("segment.membership", &[("share", &percent(share))]));
    }
    if detail.is_outlier {
        sentences.push(catalogue.text("segment.outlier"));
    }
    if let Some(from) = detail.moved_from {
        sentences.push(catalogue.fill("segment.moved_from", &[("n", &count(from))]));
    }
    sentences.push(advice(&segment.label, catalogue));
    sentences.join(" ")
}

/// Which segments there are, and what sets each apart.
pub(crate) fn segments(found: &ClassSegments, catalogue: &Catalogue) -> String {
    let students = count(found.students);
    if found.segments.is_empty() {
        return catalogue.fill("segments.none", &[("students", &students)]);
    }
    let n = count(found.segments.len() as u32);
    let (moved, died) = (count(found.moved), count(found.died));
    let values = [("n", &*n), ("students", &students), ("moved", &moved), ("died", &died)];
    let mut sentences = vec![catalogue.fill("segments.reading", &values)];
    for segment in found.segments.iter().filter(|segment| !segment.differences.is_empty()) {
        let name = segment_name(segment, catalogue);
        let list = apart(segment, catalogue);
        sentences.push(catalogue.fill("segments.apart", &[("name", &name), ("list", &list)]));
    }
    sentences.join(" ")
}

/// The largest differences of a segment from everybody, in standard deviations.
fn apart(segment: &Segment, catalogue: &Catalogue) -> String {
    const MOST_NAMED: usize = 3;
    let named = segment.differences.iter().take(MOST_NAMED).map(|difference| {
        let name = feature_name(&difference.feature, catalogue);
        format!("{name} {}", signed(difference.effect, 1))
    });
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_described_in_both_languages() {
        let text = segment_description("short_frequent").unwrap();
        assert!(text.contains(" / "), "{text}");
        assert!(segment_description("cluster_4").unwrap().contains('4'));
    }

    #[test]
    fn a_segment_is_told_with_how_sure_it_is() {
        let segment_of = |label: &str| Segment {
            label: label.into(),
            number: Some(2),
            size: 14,
            share: 0.35,
            stability: Some(0.9),
            is_new: false,
            came: 1,
            differences: Vec::new(),
        };
        let detail = SegmentDetail {
            segment: segment_of("improving"),
            membership: Some(0.93),
            is_outlier: true,
            moved_from: Some(1),
        };
        let both =
            Lang::ALL.map(|lang| segment(&detail, &Catalogue::load(lang).unwrap())).join("\n");
        insta::assert_snapshot!(both, @r"
        ‘나아지는 중 (유형 2)’ 유형에 속합니다. 이 유형은 14명, 전체의 35%입니다. 이 유형에 속할 확률은 93%입니다. 그 안에서도 두드러지게 다른 학생입니다. 지난번에는 유형 1이었습니다. 나아지고 있습니다. 지금의 속도를 지켜 주십시오.
        Belongs to the kind “Getting better (kind 2)”, with 14 students or 35% of all. We are 93% sure of it. The student is an unusual member of it. In the run before it was kind 1. Learners of this kind are getting better: keep the pace.
        ");
    }
}
