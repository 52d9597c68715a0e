//! Lists of the hardest, the easiest and the flagged items.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::natural_order::natural_order;
use crate::number::{count, decimal, percent};
use crate::view::ItemRow;

/// Items in each of the lists of hardest and easiest items.
const MOST_RANKED: usize = 8;

/// Items in the list of flagged items.
const MOST_FLAGGED: usize = 25;

/// A list of items for one reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ItemList {
    /// Unique on the page.
    id: &'static str,
    title: String,
    rule: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many more there are.
    more: Option<String>,
}

/// The hardest, the easiest and the flagged items; a list without items is left out.
pub(crate) fn item_lists(items: &[ItemRow], catalogue: &Catalogue) -> Vec<ItemList> {
    let mut ranked: Vec<(f64, &ItemRow)> = items
        .iter()
        .filter_map(|item| item.ranked_difficulty().map(|difficulty| (difficulty, item)))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| natural_order(&a.1.item, &b.1.item)));
    let each = MOST_RANKED.min(ranked.len() / 2);
    let easiest: Vec<_> = ranked.iter().take(each).map(|&(_, item)| item).collect();
    let hardest: Vec<_> = ranked.iter().rev().take(each).map(|&(_, item)| item).collect();
    let flagged = flagged(items);
    [("hardest", hardest, MOST_RANKED), ("easiest", easiest, MOST_RANKED)]
        .into_iter()
        .chain([("flagged", flagged, MOST_FLAGGED)])
        .filter(|(_, items, _)| !items.is_empty())
        .map(|(name, items, most)| list(name, &items, most, catalogue))
        .collect()
}

/// Flagged items: the most serious flag first, then the most answers.
fn flagged(items: &[ItemRow]) -> Vec<&ItemRow> {
    let mut flagged: Vec<_> =
        items.iter().filter_map(|item| item.flag().map(|flag| (flag, item))).collect();
    flagged.sort_by(|(flag_a, a), (flag_b, b)| {
        flag_a.cmp(flag_b).then_with(|| b.n.cmp(&a.n)).then_with(|| natural_order(&a.item, &b.item))
    });
    flagged.into_iter().map(|(_, item)| item).collect()
}

fn list(name: &'static str, items: &[&ItemRow], most: usize, catalogue: &Catalogue) -> ItemList {
    let has_flags = name == "flagged";
    let mut keys = vec!["column.item", "column.b", "column.a", "column.answers", "column.share"];
    if has_flags {
        keys.push("column.flag");
    }
    let rest = items.len().saturating_sub(most);
    ItemList {
        id: name,
        title: catalogue.text(&format!("items.{name}.title")),
        rule: catalogue.text(&format!("items.{name}.rule")),
        columns: keys.into_iter().map(|key| catalogue.text(key)).collect(),
        rows: items.iter().take(most).map(|item| row(item, has_flags, catalogue)).collect(),
        more: (rest > 0).then(|| catalogue.fill("attention.more", &[("n", &count(rest as u32))])),
    }
}

fn row(item: &ItemRow, has_flags: bool, catalogue: &Catalogue) -> Vec<String> {
    let number =
        |value: Option<f64>| value.map_or_else(|| catalogue.text("none"), |v| decimal(v, 2));
    let name = match &item.topic {
        Some(topic) => format!("{} · {topic}", item.item),
        None => item.item.clone(),
    };
    let share = if item.n > 0 {
        percent(f64::from(item.right) / f64::from(item.n))
    } else {
        catalogue.text("none")
    };
    let mut cells =
        vec![name, number(item.difficulty), number(item.discrimination), count(item.n), share];
    if let Some(flag) = item.flag().filter(|_| has_flags) {
        cells.push(catalogue.text(&format!("flag.{}", flag.name())));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::item_lists;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::ItemRow;

    fn item(name: &str, b: f64, a: f64, n: u32) -> ItemRow {
        ItemRow {
            item: name.into(),
            topic: None,
            discrimination: Some(a),
            difficulty: Some(b),
            check_key: false,
            n,
            right: n / 2,
        }
    }

    #[test]
    fn items_are_ranked_and_the_worst_flag_comes_first() {
        let items = [
            item("weak", 0.5, 0.1, 90),
            item("hard", 2.0, 1.0, 20),
            item("rare", 9.0, 1.0, 3),
            item("reversed", -0.4, -0.7, 12),
            item("easy", -2.0, 1.0, 20),
        ];
        let lists = item_lists(&items, &Catalogue::load(Lang::En).unwrap());
        let names: Vec<Vec<&str>> = lists
            .iter()
            .map(|list| list.rows.iter().map(|row| row[0].as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["hard"], vec!["easy"], vec!["reversed", "weak"]]);
    }

    #[test]
    fn long_lists_say_how_many_more_there_are() {
        let items: Vec<_> = (0..30).map(|i| item(&format!("q{i}"), 0.1, -1.0, 50)).collect();
        let lists = item_lists(&items, &Catalogue::load(Lang::En).unwrap());
        let flagged = lists.last().unwrap();
        assert_eq!((flagged.rows.len(), flagged.more.as_deref()), (25, Some("and 5 more")));
    }
}
