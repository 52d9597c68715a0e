//! Growth over the weeks in words.

use crate::catalogue::Catalogue;
use crate::date;
use crate::number::{count, percent};
use crate::view::GrowthCurve;

/// Where the curve stands at its end, with its band, and how many weeks it rests on.
pub(crate) fn growth_curve(growth: &GrowthCurve, catalogue: &Catalogue) -> String {
    let Some(last) = growth.weeks.last() else { return catalogue.text("growth.no_fit") };
    let share = |value: f64| percent(value.clamp(0.0, 1.0));
    let values = [
        ("week", date::short(last.week_start, catalogue.lang())),
        ("mean", share(last.mean)),
        ("low", share(last.lower)),
        ("high", share(last.upper)),
        ("n", count(growth.n_weeks)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    catalogue.fill("chart.growth.reading", &values)
}
