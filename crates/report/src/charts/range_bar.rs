//! One value with its interval on the range it can have.

use super::drawing::{Anchor, Drawing};
use super::scale::Scale;
use crate::view::Kpi;

const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 38.0;
const MIDDLE: f64 = 12.0;

/// A KPI on its possible range: a diamond at the value, a bar over its interval, an open circle at
/// the value of the week before. `None` without a value.
pub(crate) fn range_bar(
    id: &str,
    title: &str,
    description: &str,
    kpi: &Kpi,
    range: (f64, f64),
    write: impl Fn(f64) -> String,
) -> Option<String> {
    let value = kpi.value?;
    let x = Scale::new(range, (22.0, WIDTH - 22.0));
    let mut drawing = Drawing::new(WIDTH, HEIGHT);
    drawing.line("rail", (x.at(range.0), MIDDLE), (x.at(range.1), MIDDLE));
    for tick in [range.0, f64::midpoint(range.0, range.1), range.1] {
        drawing.line("axis", (x.at(tick), MIDDLE - 4.0), (x.at(tick), MIDDLE + 4.0));
        drawing.text("label", (x.at(tick), HEIGHT - 5.0), Anchor::Middle, &write(tick));
    }
    if let (Some(lower), Some(upper)) = (kpi.lower, kpi.upper) {
        let sides = (x.at(lower), x.at(upper));
        drawing.bar("interval", sides, (MIDDLE - 4.0, MIDDLE + 4.0));
    }
    if let Some(previous) = kpi.previous {
        drawing.dot("before", (x.at(previous), MIDDLE), 4.5);
    }
    let at = x.at(value);
    let diamond = [(at, MIDDLE - 7.5), (at + 7.5, MIDDLE), (at, MIDDLE + 7.5), (at - 7.5, MIDDLE)];
    drawing.polygon("diamond", &diamond);
    Some(drawing.finish(id, title, description))
}
