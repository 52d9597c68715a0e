//! Values of KPIs with their units, and what they mean.

use crate::catalogue::Catalogue;
use crate::date;
use crate::findings::{Way, clear_change};
use crate::number::{chance, decimal, percent, percent_range, signed};
use crate::page::Line;
use crate::view::{Kpi, KpiKind, StudentReport};

/// Faster or slower by less than this is the same.
const SAME_SPEED: f64 = 0.005;

/// The name of a KPI.
pub(crate) fn name_of_kpi(kind: KpiKind, catalogue: &Catalogue) -> String {
    catalogue.text(&format!("kpi.{}.name", kind.name()))
}

/// A value in the unit of its KPI.
pub(crate) fn write(kind: KpiKind, number: f64, catalogue: &Catalogue) -> String {
    match kind {
        KpiKind::Improvement => signed(number, 2),
        KpiKind::Engagement => decimal(number, 2),
        KpiKind::Efficiency => speed(number, catalogue),
        KpiKind::Recovery => percent(number),
        KpiKind::Goal | KpiKind::Churn => chance(number),
        KpiKind::Sessions | KpiKind::ActiveDays => decimal(number, 0),
    }
}

/// E_t in words: `12% faster`, `8% slower`.
pub(crate) fn speed(raw: f64, catalogue: &Catalogue) -> String {
    let key = match raw {
        raw if raw >= SAME_SPEED => "speed.faster",
        raw if raw <= -SAME_SPEED => "speed.slower",
        _ => "speed.same",
    };
    catalogue.fill(key, &[("value", &percent(raw.abs()))])
}

/// An end or the middle of the drawn range of a KPI.
pub(crate) fn tick_label(kind: KpiKind, tick: f64) -> String {
    match kind {
        KpiKind::Improvement => signed(tick, 0),
        KpiKind::Efficiency => format!("{}%", signed(100.0 * tick, 0)),
        KpiKind::Engagement => decimal(tick, usize::from(tick.fract() != 0.0)),
        _ => percent(tick),
    }
}

/// Every KPI with its symbol, its number, and what it rests on; one without a number says why.
pub(crate) fn kpi_lines(report: &StudentReport, catalogue: &Catalogue) -> Vec<Line> {
    KpiKind::ALL
        .into_iter()
        .filter(|&kind| report.kpis.is_shown(kind))
        .map(|kind| kpi_line(kind, report.kpis.get(kind), catalogue))
        .collect()
}

fn kpi_line(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> Line {
    let name = match symbol(kind) {
        "" => name_of_kpi(kind, catalogue),
        symbol => format!("{} {symbol}", name_of_kpi(kind, catalogue)),
    };
    let Some(value) = kpi.value else {
        let reason = kpi.reason.map_or("not_estimated_yet", crate::view::Reason::code);
        let text = |part: &str| catalogue.text(&format!("reason.{reason}.{part}"));
        let note = format!("{} {}", text("why"), text("next"));
        return Line { name, value: catalogue.text("not_known"), note };
    };
    let mut notes = vec![catalogue.text(&meaning(kind, kpi))];
    notes.extend(kpi.lower.zip(kpi.upper).map(|(low, high)| range(kind, low, high, catalogue)));
    notes.extend(kpi.n.map(|n| catalogue.count(&format!("behind.{}", kind.name()), n)));
    notes.extend(as_of(kpi, catalogue));
    Line { name, value: write(kind, value, catalogue), note: notes.join(" ") }
}

/// Of which day a number is that is older than the page.
pub(crate) fn as_of(kpi: &Kpi, catalogue: &Catalogue) -> Option<String> {
    let day = date::long(kpi.as_of?, catalogue.lang());
    Some(catalogue.fill("as_of", &[("day", &day)]))
}

fn range(kind: KpiKind, low: f64, high: f64, catalogue: &Catalogue) -> String {
    let (low, high) = match kind {
        KpiKind::Recovery => {
            return catalogue.fill("interval.share", &[("range", &percent_range(low, high))]);
        }
        _ => (write(kind, low, catalogue), write(kind, high, catalogue)),
    };
    let key = if low == high { "interval.point" } else { "interval.range" };
    catalogue.fill(key, &[("low", &low), ("high", &high)])
}

/// Key of the sentence on what a number means: a direction only where it is clear.
fn meaning(kind: KpiKind, kpi: &Kpi) -> String {
    let band = match kind {
        KpiKind::Improvement => match clear_change(kpi).map(|change| change.way) {
            Some(Way::Up) => "rose",
            Some(Way::Down) => "fell",
            None => "open",
        },
        _ => "meaning",
    };
    format!("kpi.{}.{band}", kind.name())
}

/// The symbol of the field.
fn symbol(kind: KpiKind) -> &'static str {
    match kind {
        KpiKind::Improvement => "Iₜ",
        KpiKind::Efficiency => "Eₜ",
        KpiKind::Recovery => "Rₜ",
        KpiKind::Engagement => "Aₜ",
        KpiKind::Goal => "P",
        KpiKind::Churn => "S",
        KpiKind::Sessions | KpiKind::ActiveDays => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{kpi_lines, speed};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{Kpi, KpiCards, Reason, StudentReport};

    fn lines(kpis: &KpiCards) -> String {
        let report = StudentReport { kpis: *kpis, ..StudentReport::default() };
        let said = |lang| {
            let lines = kpi_lines(&report, &Catalogue::load(lang).unwrap());
            let text = lines.iter().map(|l| format!("{} | {} | {}", l.name, l.value, l.note));
            text.collect::<Vec<_>>().join("\n")
        };
        Lang::ALL.map(said).join("\n")
    }

    #[test]
    fn every_number_says_what_it_is_and_what_it_rests_on() {
        let with = |value, lower, upper, n| Kpi {
            lower: Some(lower),
            upper: Some(upper),
            n: Some(n),
            ..Kpi::known(value)
        };
        insta::assert_snapshot!(lines(&KpiCards {
            improvement: with(0.13, 0.04, 0.22, 84),
            efficiency: Kpi { n: Some(61), ..Kpi::known(0.12) },
            recovery: with(9.0 / 14.0, 0.39, 0.84, 14),
            engagement: Kpi { n: Some(171), ..Kpi::known(0.63) },
            goal: with(0.002, 0.0, 0.008, 1),
            churn: Kpi::known(0.71),
            sessions: Kpi { n: Some(171), ..Kpi::known(14.0) },
            active_days: Kpi { n: Some(28), ..Kpi::known(12.0) },
        }));
    }

    #[test]
    fn a_change_is_called_one_only_where_it_is_clear() {
        let kpi = |lower, upper| Kpi {
            lower: Some(lower),
            upper: Some(upper),
            n: Some(1),
            ..Kpi::known(f64::midpoint(lower, upper))
        };
        let of = |improvement| KpiCards { improvement, ..KpiCards::default() };
        insta::assert_snapshot!(
            [
                lines(&of(kpi(-0.3, -0.1))),
                lines(&of(kpi(-0.3, 0.1))),
                lines(&of(Kpi::unknown(Reason::NoAttemptsPrevious)))
            ]
            .join("\n")
        );
    }

    #[test]
    fn speed_is_faster_or_slower() {
        for (lang, words) in [
            (Lang::En, ["12% faster", "as fast as before", "8% slower", "250% slower"]),
            (Lang::Ko, ["12% 빨라짐", "이전과 비슷함", "8% 느려짐", "250% 느려짐"]),
        ] {
            let catalogue = Catalogue::load(lang).unwrap();
            assert_eq!([0.12, 0.001, -0.08, -2.5].map(|raw| speed(raw, &catalogue)), words);
        }
    }
}
