//! How far a number can be trusted, and why.

use serde::Serialize;

use super::kpi::write;
use crate::catalogue::Catalogue;
use crate::interval::wilson;
use crate::view::{Kpi, KpiKind};

/// Improvements up to this size count as no change.
const NO_CHANGE: f64 = 0.03;

/// How far a number can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trust {
    /// A count or an index of what was done: nothing is estimated.
    Counted,
    /// The interval covers at most a fifth of the possible range.
    Sure,
    /// The interval covers at most two fifths of the range, or there are at least 30 answers (the
    /// number at which I_t counts in full).
    Fair,
    /// A wider interval, or fewer answers.
    Unsure,
    /// Neither an interval nor a count is known.
    Unknown,
}

impl Trust {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Sure => "sure",
            Self::Fair => "fair",
            Self::Unsure => "unsure",
            Self::Unknown => "unknown",
        }
    }
}

/// Trust in a KPI and the sentence that says why.
pub(crate) fn certainty(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> (Trust, String) {
    let behind = kpi.n.map(|n| catalogue.count(&format!("behind.{}", kind.name()), n));
    if matches!(kind, KpiKind::Engagement | KpiKind::Sessions | KpiKind::MeanGap) {
        let sentence = behind.map_or_else(
            || catalogue.text("certainty.counted"),
            |behind| catalogue.fill("certainty.counted_n", &[("behind", &behind)]),
        );
        return (Trust::Counted, sentence);
    }
    if let Some((low, high)) = interval(kind, kpi) {
        let sign_open = kind == KpiKind::Improvement && low < 0.0 && high > 0.0;
        let key = match kind {
            _ if sign_open => "certainty.sign_open",
            // The interval of P is what is not known of the student, whose level and growth are drawn
            // with everything else.
            KpiKind::Goal => "certainty.student",
            _ => "certainty.interval",
        };
        // A narrow interval around no change is sure of no change; a wider one is not even sure of
        // the direction, however many answers there are.
        let direction_open = sign_open && (low < -NO_CHANGE || high > NO_CHANGE);
        let trust = if direction_open { Trust::Unsure } else { trust_in_interval(kind, low, high) };
        let sentence = catalogue.fill(
            key,
            &[("low", &write(kind, low, catalogue)), ("high", &write(kind, high, catalogue))],
        );
        let sentence = behind.map_or(sentence.clone(), |behind| {
            catalogue.fill("certainty.with_n", &[("sentence", &sentence), ("behind", &behind)])
        });
        return (trust, sentence);
    }
    // P and S are model outputs: how many answers a student gave says little about their error.
    let is_comparison = matches!(kind, KpiKind::Improvement | KpiKind::Efficiency);
    let (Some(n), Some(behind), true) = (kpi.n, behind, is_comparison) else {
        return (Trust::Unknown, catalogue.text("certainty.unknown"));
    };
    let (trust, key) = match n {
        0..10 => (Trust::Unsure, "certainty.few"),
        10..30 => (Trust::Unsure, "certainty.some"),
        _ => (Trust::Fair, "certainty.many"),
    };
    (trust, catalogue.fill(key, &[("behind", &behind)]))
}

/// The interval as given; for recovery, a plain share of retries, else the Wilson interval.
pub(crate) fn interval(kind: KpiKind, kpi: &Kpi) -> Option<(f64, f64)> {
    match (kpi.lower, kpi.upper) {
        (Some(low), Some(high)) => Some((low, high)),
        _ if kind == KpiKind::Recovery => {
            let n = kpi.n?;
            wilson((kpi.value? * f64::from(n)).round() as u32, n)
        }
        _ => None,
    }
}

fn trust_in_interval(kind: KpiKind, low: f64, high: f64) -> Trust {
    let (lowest, highest) = kind.range().unwrap_or((0.0, 1.0));
    match (high - low) / (highest - lowest) {
        share if share <= 0.2 => Trust::Sure,
        share if share <= 0.4 => Trust::Fair,
        _ => Trust::Unsure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn trust_between(low: f64, high: f64) -> Trust {
        let catalogue = Catalogue::load(Lang::En).unwrap();
        let value = f64::midpoint(low, high);
        let kpi = Kpi { lower: Some(low), upper: Some(high), n: Some(80), ..Kpi::known(value) };
        certainty(KpiKind::Improvement, &kpi, &catalogue).0
    }

    #[test]
    fn a_change_whose_direction_is_open_is_not_sure() {
        assert_eq!(trust_between(-0.09, 0.16), Trust::Unsure);
        assert_eq!(trust_between(-0.02, 0.02), Trust::Sure);
        assert_eq!(trust_between(0.05, 0.2), Trust::Sure);
    }
}
