//! The card of one KPI.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::charts::range_bar;
use crate::view::{ChurnDetail, Kpi, KpiCards, KpiKind, Reason};
use crate::wording::{self, Trust};

/// One KPI as a page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Card {
    /// Unique on the page.
    id: String,
    name: String,
    /// The field's symbol without its subscript; empty for plain counts.
    symbol: &'static str,
    /// The subscript t of I_t, E_t, R_t and A_t; else empty.
    subscript: &'static str,
    /// The number, or a word for "not known".
    value: String,
    /// Against the week before.
    change: Option<String>,
    /// The value on its range, as SVG.
    bar: Option<String>,
    /// What the number means for this student; or why there is none.
    meaning: String,
    /// Trust in the number, as a class name; `None` without a number or where nothing is estimated.
    trust: Option<&'static str>,
    /// The same as a short label.
    trust_label: Option<String>,
    /// How sure we are and why; or what would make the number known.
    certainty: String,
    /// What the number rests on, where that is known.
    note: Option<String>,
}

/// The cards of the KPIs that have something to show; `churn` is what S rests on.
pub(crate) fn cards(
    kpis: &KpiCards,
    churn: Option<&ChurnDetail>,
    catalogue: &Catalogue,
) -> Vec<Card> {
    KpiKind::ALL
        .into_iter()
        .filter(|&kind| kpis.is_shown(kind))
        .map(|kind| {
            let detail = churn.filter(|_| kind == KpiKind::Churn);
            let note = detail.map(|detail| wording::churn_reasons(detail, catalogue));
            Card { note, ..card(kind, kpis.get(kind), catalogue) }
        })
        .collect()
}

fn card(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> Card {
    match kpi.value {
        Some(value) => known(kind, kpi, value, catalogue),
        None => unknown(kind, kpi.reason.unwrap_or(Reason::NotEstimated), catalogue),
    }
}

fn known(kind: KpiKind, kpi: &Kpi, value: f64, catalogue: &Catalogue) -> Card {
    let (trust, certainty) = wording::certainty(kind, kpi, catalogue);
    let meaning = wording::meaning(kind, value, trust, catalogue);
    let is_estimate = trust != Trust::Counted;
    Card {
        value: wording::write(kind, value, catalogue),
        change: kpi.previous.map(|before| wording::change(kind, value, before, catalogue)),
        bar: bar(kind, kpi, &meaning, catalogue),
        meaning,
        trust: is_estimate.then(|| trust.name()),
        trust_label: is_estimate.then(|| catalogue.text(&format!("trust.{}", trust.name()))),
        certainty,
        ..blank(kind, catalogue)
    }
}

fn unknown(kind: KpiKind, reason: Reason, catalogue: &Catalogue) -> Card {
    let text = |part: &str| catalogue.text(&format!("reason.{}.{part}", reason.code()));
    Card { meaning: text("why"), certainty: text("next"), ..blank(kind, catalogue) }
}

fn blank(kind: KpiKind, catalogue: &Catalogue) -> Card {
    Card {
        id: format!("kpi-{}", kind.name()),
        name: catalogue.text(&format!("kpi.{}.name", kind.name())),
        symbol: symbol(kind).0,
        subscript: symbol(kind).1,
        value: catalogue.text("not_known"),
        change: None,
        bar: None,
        meaning: String::new(),
        trust: None,
        trust_label: None,
        certainty: String::new(),
        note: None,
    }
}

fn bar(kind: KpiKind, kpi: &Kpi, meaning: &str, catalogue: &Catalogue) -> Option<String> {
    let range = kind.range()?;
    let ends = wording::interval(kind, kpi);
    let drawn = Kpi { lower: ends.map(|ends| ends.0), upper: ends.map(|ends| ends.1), ..*kpi };
    let id = format!("kpi-{}", kind.name());
    let name = catalogue.text(&format!("kpi.{}.name", kind.name()));
    range_bar(&id, &name, meaning, &drawn, range, |tick| wording::tick_label(kind, tick))
}

/// Symbol and subscript of a KPI.
fn symbol(kind: KpiKind) -> (&'static str, &'static str) {
    match kind {
        KpiKind::Improvement => ("I", "t"),
        KpiKind::Efficiency => ("E", "t"),
        KpiKind::Recovery => ("R", "t"),
        KpiKind::Engagement => ("A", "t"),
        KpiKind::Goal => ("P", ""),
        KpiKind::Churn => ("S", ""),
        KpiKind::Sessions | KpiKind::MeanGap => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::{Card, card};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{Kpi, KpiKind, Reason};

    fn line(card: &Card) -> String {
        let parts = [
            card.value.as_str(),
            card.change.as_deref().unwrap_or("(no change)"),
            &card.meaning,
            card.trust_label.as_deref().unwrap_or("(no label)"),
            &card.certainty,
        ];
        parts.join(" | ")
    }

    fn cards(kind: KpiKind, kpi: &Kpi) -> String {
        Lang::ALL.map(|lang| line(&card(kind, kpi, &Catalogue::load(lang).unwrap()))).join("\n")
    }

    #[test]
    fn few_answers_make_no_clear_change() {
        let kpi = Kpi { n: Some(6), previous: Some(-0.02), ..Kpi::known(0.12) };
        insta::assert_snapshot!(cards(KpiKind::Improvement, &kpi), @r#"
        +0.12 | ▲ 지난주 −0.02 | 최근 2주 결과가 그 전 2주보다 좋아 보이지만 아직 단정하기 이릅니다. | 아직 불확실 | 근거가 최근 2주 답안 6개뿐이므로 참고만 하세요.
        +0.12 | ▲ up from −0.02 | Results look better than in the two weeks before, but it is too early to tell. | not sure yet | Based on only 6 answers in two weeks: do not read much into it.
        "#);
    }

    #[test]
    fn an_interval_over_zero_may_be_chance() {
        let kpi = Kpi { lower: Some(-0.3), upper: Some(0.56), n: Some(40), ..Kpi::known(0.13) };
        insta::assert_snapshot!(cards(KpiKind::Improvement, &kpi), @r#"
        +0.13 | (no change) | 최근 2주 결과가 그 전 2주보다 좋아 보이지만 아직 단정하기 이릅니다. | 아직 불확실 | 우연일 수 있습니다. 참값은 −0.30에서 +0.56 사이일 가능성이 매우 높습니다(95%). 근거: 최근 2주 답안 40개.
        +0.13 | (no change) | Results look better than in the two weeks before, but it is too early to tell. | not sure yet | It may be chance: the true value very likely lies between −0.30 and +0.56 (95%). Based on 40 answers in two weeks.
        "#);
    }

    #[test]
    fn recovery_has_the_interval_of_a_share() {
        let kpi = Kpi { n: Some(1), ..Kpi::known(1.0) };
        insta::assert_snapshot!(cards(KpiKind::Recovery, &kpi), @r#"
        100% | (no change) | 이전에 틀린 문제를 다시 푼 답안의 100%가 정답입니다. | 아직 불확실 | 참값은 21%에서 100% 사이일 가능성이 매우 높습니다(95%). 근거: 다시 푼 답안 1개.
        100% | (no change) | 100% of the new tries at earlier mistakes succeeded. | not sure yet | The true value very likely lies between 21% and 100% (95%). Based on 1 new try.
        "#);
    }

    #[test]
    fn a_chance_of_which_little_is_known_is_not_called_likely() {
        let wide = Kpi { lower: Some(0.21), upper: Some(0.98), ..Kpi::known(0.7) };
        insta::assert_snapshot!(cards(KpiKind::Goal, &wide), @r#"
        70% | (no change) | 달성 확률은 약 70%이지만, 이 학생의 점수만으로는 아직 단정하기 어렵습니다. | 아직 불확실 | 이 학생의 점수로 보면 달성 확률은 21%에서 98% 사이일 가능성이 매우 높습니다(95%).
        70% | (no change) | The chance is about 70%, but the scores of this student leave it open. | not sure yet | Given the scores of this student, the chance very likely lies between 21% and 98% (95%).
        "#);
        let narrow = Kpi { lower: Some(0.86), upper: Some(0.99), ..Kpi::known(0.94) };
        let en = card(KpiKind::Goal, &narrow, &Catalogue::load(Lang::En).unwrap());
        assert_eq!(en.meaning, "The goal will likely be reached: 94%.");
    }

    #[test]
    fn counts_need_no_label() {
        let kpi = Kpi { n: Some(171), previous: Some(14.0), ..Kpi::known(14.0) };
        insta::assert_snapshot!(cards(KpiKind::Sessions, &kpi), @r#"
        14 | 지난주와 같음 | 최근 28일 동안 따로 진행한 학습의 횟수입니다. | (no label) | 28일간 답안 171개에서 집계한 값입니다.
        14 | same as last week | Separate study sessions in the last 28 days. | (no label) | Counted from 171 answers in 28 days.
        "#);
    }

    #[test]
    fn a_model_output_without_an_interval_is_of_unknown_certainty() {
        insta::assert_snapshot!(cards(KpiKind::Churn, &Kpi { n: Some(80), ..Kpi::known(0.71) }), @r#"
        71% | (no change) | 2주간 학습을 멈출 위험이 매우 높습니다(71%). 학생에게 바로 연락하세요. | 확실성 알 수 없음 | 이 수치가 얼마나 확실한지는 알 수 없습니다.
        71% | (no change) | The risk of two silent weeks is very high: 71%. Get in touch with the student. | certainty not known | How sure this number is, is not known.
        "#);
    }

    #[test]
    fn an_unknown_number_says_why_and_what_helps() {
        insta::assert_snapshot!(cards(KpiKind::Recovery, &Kpi::unknown(Reason::NoRetry)), @r#"
        알 수 없음 | (no change) | 이전에 틀린 문항을 다시 풀지 않았습니다. | (no label) | 틀린 문항을 다시 풀면 표시됩니다.
        Not known | (no change) | None of the items answered wrong earlier was tried again. | (no label) | It appears once earlier mistakes are tried again.
        "#);
    }
}
