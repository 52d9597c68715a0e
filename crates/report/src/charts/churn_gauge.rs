//! The churn risk as a gauge, with what moves it.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::label;
use super::scale::Scale;
use crate::catalogue::Catalogue;
use crate::number::{chance, percent};
use crate::view::{ChurnDetail, ChurnFactor, ChurnReason};
use crate::wording::{factor_name, times, told_risk};

const ID: &str = "risk";
const GAUGE: f64 = 58.0;
const ROW: f64 = 34.0;
/// Edges of the bands of S in the product's metrics.
const EDGES: [f64; 3] = [0.3, 0.5, 0.7];

/// S on 0..1 with the edges of its bands, and below it every factor as a bar: to the right it raises
/// the rate of falling silent, to the left it lowers it.
pub(crate) fn churn_gauge(
    risk: f64,
    detail: Option<&ChurnDetail>,
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.risk.title");
    let mut reasons: Vec<&ChurnReason> = detail
        .iter()
        .flat_map(|detail| &detail.reasons)
        .filter(|r| r.factor != ChurnFactor::NotKnown)
        .collect();
    reasons.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let told = told_risk(risk, detail);
    let svg = draw(risk, &told, &reasons, catalogue).finish(ID, &title, &reading);
    let mut rows = vec![vec![catalogue.text("kpi.churn.name"), chance(risk)]];
    rows.extend(reasons.iter().map(|reason| {
        vec![factor_name(reason, catalogue), times(reason.contribution.exp(), catalogue)]
    }));
    Figure {
        id: ID.into(),
        title,
        reading,
        svg: Some(svg),
        legend: Some(catalogue.text("chart.risk.legend")),
        table: Table {
            columns: ["column.factor", "column.rate"].map(|key| catalogue.text(key)).to_vec(),
            rows,
        },
    }
}

fn draw(risk: f64, told: &str, reasons: &[&ChurnReason], catalogue: &Catalogue) -> Drawing {
    const MOST: usize = 6;
    let reasons = &reasons[..reasons.len().min(MOST)];
    let mut drawing = Drawing::new(WIDTH, GAUGE + ROW * reasons.len() as f64 + 4.0);
    let x = Scale::new((0.0, 1.0), (16.0, WIDTH - 16.0));
    drawing.bar("track", (x.at(0.0), x.at(1.0)), (20.0, 32.0));
    drawing.bar("bar", (x.at(0.0), x.at(risk)), (20.0, 32.0));
    for edge in EDGES {
        drawing.line("halo", (x.at(edge), 17.0), (x.at(edge), 35.0));
        drawing.line("axis", (x.at(edge), 17.0), (x.at(edge), 35.0));
        drawing.text("label", (x.at(edge), 50.0), Anchor::Middle, &percent(edge));
    }
    let half = label::units(told) / 2.0;
    let centre = x.at(risk).min(WIDTH - half - 2.0).max(half + 2.0);
    drawing.text("value", (centre, 13.0), Anchor::Middle, told);
    let widest = reasons.iter().map(|r| r.contribution.abs()).fold(0.1, f64::max);
    let effect = Scale::new((-widest, widest), (16.0, WIDTH - 16.0));
    for (i, reason) in reasons.iter().enumerate() {
        let top = GAUGE + ROW * i as f64;
        let name = label::ellipsise(&factor_name(reason, catalogue), WIDTH / label::SIZE - 1.0);
        drawing.text("label", (2.0, top + 13.0), Anchor::Start, &name);
        let class = if reason.contribution > 0.0 { "bar" } else { "bar hatched" };
        let sides = (effect.at(0.0), effect.at(reason.contribution));
        drawing.bar(class, sides, (top + 19.0, top + 28.0));
        drawing.line("axis", (effect.at(0.0), top + 17.0), (effect.at(0.0), top + 30.0));
    }
    drawing
}
