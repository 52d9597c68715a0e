//! The largest factors of the churn risk in words.

use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent, signed};
use crate::view::{ChurnDetail, ChurnFactor, ChurnReason};

/// Most factors that are named; the rest is one factor together.
const MOST_NAMED: usize = 3;
/// A factor that changes the rate by less than 5 % is not named.
const LEAST_NAMED: f64 = 0.049;
const SECONDS_PER_MINUTE: f64 = 60.0;

/// What moves the risk of a student: the largest factors with what they multiply the rate by, and
/// everything else as one factor, so that all together multiply to the hazard ratio.
pub(crate) fn churn_reasons(detail: &ChurnDetail, catalogue: &Catalogue) -> String {
    let Some(ratio) = detail.hazard_ratio else {
        return catalogue.fill("risk.silent", &[("days", &count(detail.days_silent))]);
    };
    let mut named: Vec<&ChurnReason> = detail
        .reasons
        .iter()
        .filter(|r| r.contribution.abs() >= LEAST_NAMED && r.factor != ChurnFactor::NotKnown)
        .collect();
    named.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    named.truncate(MOST_NAMED);
    let mut parts: Vec<String> = named
        .iter()
        .map(|reason| {
            format!("{} ({})", factor(reason, catalogue), times(reason.contribution.exp()))
        })
        .collect();
    let shown: f64 = named.iter().map(|reason| reason.contribution).sum();
    let rest = catalogue.text(if named.is_empty() { "risk.everything" } else { "risk.rest" });
    parts.push(format!("{rest} ({})", times(ratio / shown.exp())));
    let list = parts.join(&catalogue.text("risk.and"));
    catalogue.fill("risk.reasons", &[("list", &list), ("ratio", &times(ratio))])
}

fn factor(reason: &ChurnReason, catalogue: &Catalogue) -> String {
    let value = match reason.factor {
        ChurnFactor::Efficiency | ChurnFactor::Recovery => percent(reason.value),
        ChurnFactor::Engagement | ChurnFactor::Hints => decimal(reason.value, 2),
        ChurnFactor::MeanGap => decimal(reason.value, 1),
        ChurnFactor::Dwell => decimal(reason.value / SECONDS_PER_MINUTE, 0),
        ChurnFactor::Ability | ChurnFactor::AbilitySlope => signed(reason.value, 2),
        ChurnFactor::Sessions | ChurnFactor::DaysSilent | ChurnFactor::NotKnown => {
            decimal(reason.value, 0)
        }
    };
    catalogue.fill(&format!("risk.{}", reason.factor.name()), &[("value", &value)])
}

/// A factor of the rate: ×1.25.
fn times(factor: f64) -> String {
    format!("×{}", decimal(factor, if factor < 10.0 { 2 } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn both(detail: &ChurnDetail) -> String {
        Lang::ALL.map(|lang| churn_reasons(detail, &Catalogue::load(lang).unwrap())).join("\n")
    }

    fn reason(factor: ChurnFactor, value: f64, contribution: f64) -> ChurnReason {
        ChurnReason { factor, value, contribution }
    }

    #[test]
    fn the_largest_factors_are_named_and_all_multiply_to_the_ratio() {
        let reasons = vec![
            reason(ChurnFactor::Engagement, 0.31, 0.1),
            reason(ChurnFactor::Sessions, 3.0, 0.4),
            reason(ChurnFactor::DaysSilent, 9.0, 0.7),
            reason(ChurnFactor::Ability, 0.8, -0.2),
            reason(ChurnFactor::NotKnown, 1.0, 0.9),
        ];
        let total: f64 = reasons.iter().map(|r| r.contribution).sum();
        let detail = ChurnDetail { days_silent: 9, hazard_ratio: Some(total.exp()), reasons };
        insta::assert_snapshot!(both(&detail), @r"
        영향 요인: 활동 없는 날 9일 (×2.01), 4주간 학습 3회 (×1.49), 능력 +0.80 (×0.82), 그 밖의 요인 (×2.72). 모두 곱하면 평균적인 학생의 ×6.69입니다.
        What moves it: days without activity: 9 (×2.01), sessions in four weeks: 3 (×1.49), ability of +0.80 (×0.82), everything else (×2.72). Together ×6.69 against the rate of a student with average figures.
        ");
    }

    #[test]
    fn who_is_silent_needs_no_reasons() {
        let detail = ChurnDetail { days_silent: 20, hazard_ratio: None, reasons: vec![] };
        insta::assert_snapshot!(both(&detail), @r"
        20일째 활동이 없어 이미 학습이 멈춘 상태입니다.
        No activity for 20 days: the silence is already there.
        ");
    }
}
