use seedtest_report::{Kpi, KpiCards, Reason, wilson};
use serde_json::{Map, Value};

const Z95: f64 = 1.96;

/// The cards of one stored KPI record; `before` is the record of the week before.
///
/// P and S are shown when a fitted model stands behind them. The Normal approximation of P knows no
/// growth and the heuristic of S is no probability: a teacher would read more into them.
pub(super) fn cards(kpis: &Map<String, Value>, before: Option<&Map<String, Value>>) -> KpiCards {
    let card = |key: &str, count: &str| Kpi {
        n: count_of(kpis, count),
        previous: before.and_then(|record| number(record, key)),
        ..value(kpis, key)
    };
    KpiCards {
        improvement: with_standard_error(card("I_t", "I_t_n"), number(kpis, "I_t_se")),
        efficiency: card("E_t", "E_t_n"),
        recovery: with_wilson(card("R_t", "R_t_n")),
        engagement: card("A_t", "A_t_n"),
        goal: if from(kpis, "P_source", "brms") {
            let (lower, upper) = (number(kpis, "P_lower"), number(kpis, "P_upper"));
            Kpi { lower, upper, ..card("P", "P_n") }
        } else {
            Kpi::default()
        },
        churn: if from(kpis, "S_source", "survival") { card("S", "S_n") } else { Kpi::default() },
        sessions: card("sessions", "A_t_n"),
        mean_gap: card("mean_gap", "A_t_n"),
    }
}

fn from(kpis: &Map<String, Value>, key: &str, source: &str) -> bool {
    kpis.get(key).and_then(Value::as_str) == Some(source)
}

fn value(kpis: &Map<String, Value>, key: &str) -> Kpi {
    match number(kpis, key) {
        Some(number) => Kpi::known(number),
        None => Kpi { reason: reason(kpis, key), ..Kpi::default() },
    }
}

fn reason(kpis: &Map<String, Value>, key: &str) -> Option<Reason> {
    kpis.get("reasons")?.get(key)?.as_str()?.parse().ok()
}

fn number(kpis: &Map<String, Value>, key: &str) -> Option<f64> {
    kpis.get(key).and_then(Value::as_f64)
}

fn count_of(kpis: &Map<String, Value>, key: &str) -> Option<u32> {
    kpis.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok())
}

fn with_standard_error(kpi: Kpi, se: Option<f64>) -> Kpi {
    let Some((value, se)) = kpi.value.zip(se) else { return kpi };
    let bound = |x: f64| Some(x.clamp(-1.0, 1.0));
    Kpi { lower: bound(value - Z95 * se), upper: bound(value + Z95 * se), ..kpi }
}

fn with_wilson(kpi: Kpi) -> Kpi {
    let interval = kpi
        .value
        .zip(kpi.n)
        .and_then(|(value, n)| wilson((value * f64::from(n)).round() as u32, n));
    match interval {
        Some((lower, upper)) => Kpi { lower: Some(lower), upper: Some(upper), ..kpi },
        None => kpi,
    }
}
