//! Comparisons of groups item by item, as tables.

use seedtest_wire::{DifJson, ItemDifJson};

use super::fit::SHOWN_ITEMS;
use crate::failure::Failure;
use crate::output::Output;
use crate::text_table::p_value;

pub(super) fn dif_table(dif: &DifJson, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "groups {} ({} students) and {} ({}), item by item: below 0 = harder for {}",
        dif.reference, dif.n_reference, dif.focal, dif.n_focal, dif.focal
    ))?;
    if let Some(impact) = &dif.impact {
        let se = impact.mean_se.map_or(String::new(), |se| format!(" ± {se:.3}"));
        output.line(&format!(
            "ability of {} by {} items that do not differ: mean {:.3}{se}, sd {:.3}",
            dif.focal,
            dif.anchors.len(),
            impact.mean,
            impact.sd
        ))?;
    }
    if !dif.settled {
        output.line("warning: which items differ had not settled after the last round")?;
    }
    let found: Vec<&str> = dif.items.iter().filter_map(|item| item.text.as_deref()).collect();
    for text in found.iter().take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(text)?;
    }
    if found.is_empty() {
        output.line("no item differs beyond chance (likelihood ratio, family-wise 5 %)")?;
    }
    output.line(&format!(
        "{:<20} {:>8} {:>8} {:>6} {:>8} {:>8} {:>9} {:>8}",
        "item", "MH χ²", "D-DIF", "class", "ΔR²", "LR χ²", "p (Holm)", "diff"
    ))?;
    for item in dif.items.iter().take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(&line(item))?;
    }
    if let Some(more) =
        dif.items.len().checked_sub(output.rows_shown(SHOWN_ITEMS)).filter(|&n| n > 0)
    {
        output.line(&format!("… {more} more; --json OUT writes all"))?;
    }
    Ok(())
}

fn line(item: &ItemDifJson) -> String {
    let number = |value: Option<f64>, digits: usize| {
        value.map_or("-".to_string(), |x| format!("{x:.digits$}"))
    };
    let mh = item.mantel_haenszel;
    let size = mh.and_then(|mh| mh.odds.map(|odds| odds.delta).or(mh.in_deviations));
    let class = mh.map_or("-".to_string(), |mh| format!("{:?}", mh.class));
    let model = item.model.as_ref();
    let text = format!(
        "{:<20} {:>8} {:>8} {:>6} {:>8} {:>8} {:>9} {:>8} {}",
        item.item_id,
        number(mh.map(|mh| mh.chi_square), 2),
        number(size, 2),
        class,
        number(item.logistic.as_ref().map(|of| of.delta_r2), 4),
        number(model.map(|of| of.total.chi_square), 2),
        item.p_adjusted.map_or("-".to_string(), p_value),
        number(model.map(|of| of.expected_difference), 3),
        item.not_compared.as_deref().or(item.model_reason.as_deref()).unwrap_or_default()
    );
    text.trim_end().to_string()
}
