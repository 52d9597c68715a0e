//! The items of a calibration as a table: what R's `coef(mod, IRTpars = TRUE, printSE = TRUE)` and `itemstats()`
//! of mirt show.

use seedtest_irt::Flag;
use seedtest_numerics::normal_quantile;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{
    CalibrateResponse, CategoriesResponse, CategoryItemJson, ItemParamsJson, ItemQualityJson,
    QualityJson,
};

use super::fit::SHOWN_ITEMS;
use crate::failure::Failure;
use crate::output::Output;
use crate::table_file::TableArgs;
use crate::text_table::{TextTable, natural_order, p_value};

/// Columns of the file, in their order.
const COLUMNS: [(&str, ExportKind); 20] = [
    ("item_id", ExportKind::Text),
    ("n", ExportKind::Integer),
    ("share_right", ExportKind::Number),
    ("item_rest", ExportKind::Number),
    ("a", ExportKind::Number),
    ("a_se", ExportKind::Number),
    ("a_lower", ExportKind::Number),
    ("a_upper", ExportKind::Number),
    ("b", ExportKind::Number),
    ("b_se", ExportKind::Number),
    ("b_lower", ExportKind::Number),
    ("b_upper", ExportKind::Number),
    ("c", ExportKind::Number),
    ("c_se", ExportKind::Number),
    ("se_reason", ExportKind::Text),
    ("infit", ExportKind::Number),
    ("outfit", ExportKind::Number),
    ("s_x2", ExportKind::Number),
    ("s_x2_df", ExportKind::Integer),
    ("s_x2_p", ExportKind::Number),
];

/// A 95 % interval by the standard error.
fn interval(value: f64, se: Option<f64>) -> (Option<f64>, Option<f64>) {
    let reach = se.map(|se| normal_quantile(0.975) * se);
    (reach.map(|reach| value - reach), reach.map(|reach| value + reach))
}

/// The items in the order of their names, i2 before i10.
fn in_order(response: &CalibrateResponse) -> Vec<&ItemParamsJson> {
    let mut items: Vec<&ItemParamsJson> = response.item_params.iter().collect();
    items.sort_by(|one, other| natural_order(&one.item_id, &other.item_id));
    items
}

fn quality_of<'q>(quality: Option<&'q QualityJson>, item: &str) -> Option<&'q ItemQualityJson> {
    quality?.items.iter().find(|of| of.item_id == item)
}

/// Writes every item into the files that were asked for.
pub(super) fn write_items(response: &CalibrateResponse, files: &TableArgs) -> Result<(), Failure> {
    let rows = in_order(response).into_iter().map(|item| row(item, response.quality.as_ref()));
    files.write(&COLUMNS, &rows)
}

/// Writes every item with several categories into the files that were asked for. Items have as many parameters as
/// categories: they stand as JSON.
pub(super) fn write_category_items(
    response: &CategoriesResponse,
    files: &TableArgs,
) -> Result<(), Failure> {
    let columns = [
        ("item_id", ExportKind::Text),
        ("model", ExportKind::Text),
        ("n", ExportKind::Integer),
        ("item_rest", ExportKind::Number),
        ("params", ExportKind::Json),
        ("se", ExportKind::Json),
        ("se_reason", ExportKind::Text),
    ];
    let mut items: Vec<&CategoryItemJson> = response.item_params.iter().collect();
    items.sort_by(|one, other| natural_order(&one.item_id, &other.item_id));
    let rows = items.into_iter().map(|item| {
        vec![
            ExportValue::Text(Some(item.item_id.clone())),
            ExportValue::Text(Some(item.model.clone())),
            ExportValue::Integer(Some(i64::from(item.n))),
            ExportValue::Number(item.item_rest),
            ExportValue::Json(serde_json::to_value(&item.params).ok()),
            ExportValue::Json(item.se.as_ref().and_then(|se| serde_json::to_value(se).ok())),
            ExportValue::Text(item.se_reason.clone()),
        ]
    });
    files.write(&columns, &rows)
}

fn row(item: &ItemParamsJson, quality: Option<&QualityJson>) -> Vec<ExportValue> {
    use ExportValue::{Integer, Number, Text};
    let (se, params) = (item.se, item.params);
    let [a_se, b_se, c_se] =
        [se.and_then(|se| se.a), se.and_then(|se| se.b), se.and_then(|se| se.c)];
    let ((a_lower, a_upper), (b_lower, b_upper)) =
        (interval(params.a, a_se), interval(params.b, b_se));
    let fit = quality_of(quality, &item.item_id);
    vec![
        Text(Some(item.item_id.clone())),
        Integer(Some(i64::from(item.n))),
        Number(Some(item.p_value)),
        Number(item.item_rest),
        Number(Some(params.a)),
        Number(a_se),
        Number(a_lower),
        Number(a_upper),
        Number(Some(params.b)),
        Number(b_se),
        Number(b_lower),
        Number(b_upper),
        Number(Some(params.c)),
        Number(c_se),
        Text(item.se_reason.clone()),
        Number(fit.and_then(|fit| fit.infit)),
        Number(fit.and_then(|fit| fit.outfit)),
        Number(fit.and_then(|fit| fit.s_x2)),
        Integer(fit.and_then(|fit| fit.s_x2_df).map(i64::from)),
        Number(fit.and_then(|fit| fit.s_x2_p)),
    ]
}

/// Prints the items: all of them into a pipe or a file, the first ones on a terminal.
pub(super) fn items_table(response: &CalibrateResponse, output: &Output) -> Result<(), Failure> {
    let has_c = response.item_params.iter().any(|item| item.params.c != 0.0);
    let quality = response.quality.as_ref();
    let mut heads = vec!["item", "n", "% right", "r item-rest", "a", "SE", "b", "SE", "95 % of b"];
    if has_c {
        heads.extend(["c", "SE"]);
    }
    if quality.is_some() {
        heads.extend(["infit", "outfit", "S-X²", "p"]);
    }
    let mut table = TextTable::new(&heads);
    let items = in_order(response);
    let shown = output.rows_shown(SHOWN_ITEMS).min(items.len());
    for item in &items[..shown] {
        table.row(cells(item, has_c, quality));
    }
    table.print(output)?;
    match items.len() - shown {
        0 => {}
        more => output.line(&format!("… {more} more; --csv FILE writes all items"))?,
    }
    // With the quality of items every flag is told, this one among them.
    let turned = items.iter().filter(|item| quality.is_none() && !item.check_key);
    for (item, flag) in turned.filter_map(|item| Some((item, negative_slope(item.params.a)?))) {
        output.line(&format!("{}: {flag}", item.item_id))?;
    }
    Ok(())
}

/// What is to be said of an item that abler students fail more often, beyond chance or not.
fn negative_slope(a: f64) -> Option<String> {
    (a < 0.0).then(|| Flag::NegativeDiscrimination { a }.text())
}

fn cells(item: &ItemParamsJson, has_c: bool, quality: Option<&QualityJson>) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |x| format!("{x:.3}"));
    let (se, params) = (item.se, item.params);
    let b_se = se.and_then(|se| se.b);
    let (lower, upper) = interval(params.b, b_se);
    let mut cells = vec![
        item.item_id.clone(),
        item.n.to_string(),
        format!("{:.1}", 100.0 * item.p_value),
        number(item.item_rest),
        number(Some(params.a)),
        number(se.and_then(|se| se.a)),
        number(Some(params.b)),
        number(b_se),
        lower
            .zip(upper)
            .map_or_else(|| "-".to_owned(), |(low, high)| format!("{low:.2} to {high:.2}")),
    ];
    if has_c {
        cells.extend([number(Some(params.c)), number(se.and_then(|se| se.c))]);
    }
    if quality.is_some() {
        let fit = quality_of(quality, &item.item_id);
        let s_x2 = fit.and_then(|fit| fit.s_x2.zip(fit.s_x2_df));
        cells.extend([
            number(fit.and_then(|fit| fit.infit)),
            number(fit.and_then(|fit| fit.outfit)),
            s_x2.map_or_else(|| "-".to_owned(), |(x2, df)| format!("{x2:.2} ({df})")),
            fit.and_then(|fit| fit.s_x2_p).map_or_else(|| "-".to_owned(), p_value),
        ]);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::negative_slope;

    #[test]
    fn a_slope_below_zero_is_flagged() {
        assert!(negative_slope(-0.12).unwrap().contains("(a = -0.12); check the key"));
        assert_eq!((negative_slope(0.0), negative_slope(1.2)), (None, None));
    }
}
