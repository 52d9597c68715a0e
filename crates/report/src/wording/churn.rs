//! The churn risk in words: how high, why, and what to do next.

use crate::catalogue::Catalogue;
use crate::number::{chance, count, decimal, percent, signed};
use crate::view::{ChurnDetail, ChurnFactor, ChurnReason, SurvivalCurve};

/// Most reasons that are named.
const MOST_NAMED: usize = 3;
/// A factor that changes the rate by less than 5 % is not named.
const LEAST_NAMED: f64 = 0.049;
const SECONDS_PER_MINUTE: f64 = 60.0;
/// The largest risk that is told of who is still active: hardly a landmark of a fit has a higher one, so that nobody has
/// looked whether such students fell silent as often as the model says. It multiplies effects it has not seen together.
const MOST_TOLD: f64 = 0.9;

/// A risk as sentences and charts tell it; tables have the number itself.
pub(crate) fn told_risk(risk: f64, detail: Option<&ChurnDetail>) -> String {
    let is_estimated = detail.is_some_and(|detail| detail.hazard_ratio.is_some());
    if is_estimated { told_estimate(risk) } else { chance(risk) }
}

/// A risk of which nothing else is known: that of who is silent already is 1, all others are estimates.
pub(crate) fn told_risk_alone(risk: f64) -> String {
    if risk < 1.0 { told_estimate(risk) } else { chance(risk) }
}

fn told_estimate(risk: f64) -> String {
    if risk > MOST_TOLD { format!(">\u{a0}{}", percent(MOST_TOLD)) } else { chance(risk) }
}

/// The risk, its main reasons in both directions, and a next step.
pub(crate) fn churn(risk: f64, detail: Option<&ChurnDetail>, catalogue: &Catalogue) -> String {
    let band = match risk {
        r if r >= 0.7 => "very_high",
        r if r >= 0.5 => "high",
        r if r >= 0.3 => "watch",
        _ => "low",
    };
    let level =
        || catalogue.fill(&format!("risk.{band}.level"), &[("risk", &told_risk(risk, detail))]);
    let mut sentences = match detail {
        // What is there already is no risk.
        Some(detail) if detail.hazard_ratio.is_none() => {
            vec![catalogue.fill("risk.silent", &[("days", &count(detail.days_silent))])]
        }
        Some(detail) => std::iter::once(level()).chain(reasons(detail, catalogue)).collect(),
        None => vec![level()],
    };
    sentences.push(catalogue.text(&format!("risk.{band}.next")));
    sentences.join(" ")
}

fn reasons(detail: &ChurnDetail, catalogue: &Catalogue) -> Vec<String> {
    let list = |raises: bool| {
        let named =
            named(detail).into_iter().filter(|reason| (reason.contribution > 0.0) == raises);
        named.map(|reason| factor_name(reason, catalogue)).collect::<Vec<_>>().join(", ")
    };
    [("risk.raised", list(true)), ("risk.lowered", list(false))]
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(key, list)| catalogue.fill(key, &[("list", &list)]))
        .collect()
}

/// The reasons worth a name, the strongest first.
fn named(detail: &ChurnDetail) -> Vec<&ChurnReason> {
    let is_named = |reason: &&ChurnReason| {
        reason.contribution.abs() >= LEAST_NAMED && reason.factor != ChurnFactor::NotKnown
    };
    let mut named: Vec<&ChurnReason> = detail.reasons.iter().filter(is_named).collect();
    named.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    named.truncate(MOST_NAMED);
    named
}

/// What raises a risk most; `None` where nothing does.
pub(crate) fn leading_reason(detail: &ChurnDetail, catalogue: &Catalogue) -> Option<String> {
    let raising = named(detail).into_iter().find(|reason| reason.contribution > 0.0)?;
    Some(factor_name(raising, catalogue))
}

/// A factor with its value.
pub(crate) fn factor_name(reason: &ChurnReason, catalogue: &Catalogue) -> String {
    let key = format!("risk.{}", reason.factor.name());
    let value = match reason.factor {
        ChurnFactor::Sessions | ChurnFactor::DaysSilent => {
            return catalogue.count(&key, reason.value.round().max(0.0) as u32);
        }
        ChurnFactor::Efficiency | ChurnFactor::Recovery => percent(reason.value),
        ChurnFactor::Engagement | ChurnFactor::Hints => decimal(reason.value, 2),
        ChurnFactor::MeanGap => decimal(reason.value, 1),
        ChurnFactor::Dwell => decimal(reason.value / SECONDS_PER_MINUTE, 0),
        ChurnFactor::Ability | ChurnFactor::AbilitySlope => signed(reason.value, 2),
        ChurnFactor::NotKnown => decimal(reason.value, 0),
    };
    catalogue.fill(&key, &[("value", &value)])
}

/// A factor of the rate: `3.24 times`.
pub(crate) fn times(factor: f64, catalogue: &Catalogue) -> String {
    let decimals = if factor < 10.0 { 2 } else { 0 };
    catalogue.fill("times", &[("value", &decimal(factor, decimals))])
}

/// How long students go on, with what the curve rests on.
pub(crate) fn survival(curve: &SurvivalCurve, catalogue: &Catalogue) -> String {
    let median = match curve.median() {
        Some(days) => catalogue.fill("survival.median", &[("days", &decimal(days, 0))]),
        None => catalogue.text("survival.no_median"),
    };
    let basis = catalogue
        .fill("survival.basis", &[("n", &count(curve.n)), ("events", &count(curve.n_events))]);
    let concordance = curve
        .concordance
        .map(|c| catalogue.fill("survival.concordance", &[("value", &decimal(c, 2))]));
    [Some(median), Some(basis), concordance].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn both(risk: f64, detail: Option<&ChurnDetail>) -> String {
        Lang::ALL.map(|lang| churn(risk, detail, &Catalogue::load(lang).unwrap())).join("\n")
    }

    fn reason(factor: ChurnFactor, value: f64, contribution: f64) -> ChurnReason {
        ChurnReason { factor, value, contribution }
    }

    #[test]
    fn a_risk_has_reasons_and_a_next_step_and_no_factors() {
        let reasons = vec![
            reason(ChurnFactor::Engagement, 0.31, 0.1),
            reason(ChurnFactor::Sessions, 3.0, 0.4),
            reason(ChurnFactor::DaysSilent, 9.0, 0.7),
            reason(ChurnFactor::Ability, 0.8, -0.5),
            reason(ChurnFactor::NotKnown, 1.0, 0.9),
        ];
        let detail = ChurnDetail { days_silent: 9, hazard_ratio: Some(6.69), reasons };
        let said = [0.71, 0.55, 0.3, 0.002].map(|risk| both(risk, Some(&detail))).join("\n");
        assert!(!said.contains('×'), "{said}");
        insta::assert_snapshot!(said);
        let en = Catalogue::load(Lang::En).unwrap();
        assert_eq!(leading_reason(&detail, &en).unwrap(), "9 days without activity");
    }

    #[test]
    fn of_who_is_active_no_risk_is_told_that_nobody_checked() {
        let active = ChurnDetail { days_silent: 2, hazard_ratio: Some(30.0), reasons: vec![] };
        let silent = ChurnDetail { days_silent: 20, hazard_ratio: None, reasons: vec![] };
        let told = |risk, detail| told_risk(risk, detail);
        assert_eq!(told(0.996, Some(&active)), ">\u{a0}90%");
        assert_eq!(told(0.9, Some(&active)), "90%");
        assert_eq!(told(1.0, Some(&silent)), ">\u{a0}99%");
        assert_eq!(told(0.996, None), ">\u{a0}99%");
        assert_eq!([0.71, 0.996, 1.0].map(told_risk_alone), ["71%", ">\u{a0}90%", ">\u{a0}99%"]);
        assert!(both(0.996, Some(&active)).matches(">\u{a0}90%").count() == 2);
    }

    #[test]
    fn every_factor_has_a_name_with_its_value() {
        let all = [
            ChurnFactor::Engagement,
            ChurnFactor::Efficiency,
            ChurnFactor::Recovery,
            ChurnFactor::MeanGap,
            ChurnFactor::Sessions,
            ChurnFactor::Hints,
            ChurnFactor::Dwell,
            ChurnFactor::Ability,
            ChurnFactor::AbilitySlope,
            ChurnFactor::DaysSilent,
        ];
        let names = Lang::ALL.map(|lang| {
            let catalogue = Catalogue::load(lang).unwrap();
            all.map(|factor| factor_name(&reason(factor, 0.8, 0.2), &catalogue)).join(", ")
        });
        insta::assert_snapshot!(names.join("\n"));
    }

    #[test]
    fn who_is_silent_needs_no_reasons() {
        let detail = ChurnDetail { days_silent: 20, hazard_ratio: None, reasons: vec![] };
        insta::assert_snapshot!(both(0.99, Some(&detail)));
    }

    #[test]
    fn a_factor_is_told_in_times() {
        let said = Lang::ALL.map(|lang| times(3.24, &Catalogue::load(lang).unwrap()));
        assert_eq!(said, ["3.24배", "3.24 times"]);
    }
}
