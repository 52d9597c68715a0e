//! Lists of the flagged, the hardest and the easiest items.

use super::block::Block;
use crate::catalogue::Catalogue;
use crate::charts::Table;
use crate::natural_order::natural_order;
use crate::number::{count, decimal, percent};
use crate::view::ItemRow;

/// Items in each of the lists of hardest and easiest items.
const MOST_RANKED: usize = 8;

/// Items in the list of flagged items.
const MOST_FLAGGED: usize = 25;

/// The hardest, the easiest and the flagged items, a section each; one sentence where there is none.
pub(crate) fn item_tables(items: &[ItemRow], catalogue: &Catalogue) -> Vec<Block> {
    let mut ranked: Vec<(f64, &ItemRow)> = items
        .iter()
        .filter_map(|item| item.ranked_difficulty().map(|difficulty| (difficulty, item)))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| natural_order(&a.1.item, &b.1.item)));
    let each = MOST_RANKED.min(ranked.len() / 2);
    let easiest: Vec<_> = ranked.iter().take(each).map(|&(_, item)| item).collect();
    let hardest: Vec<_> = ranked.iter().rev().take(each).map(|&(_, item)| item).collect();
    let lists: Vec<Block> = [
        ("flagged", flagged(items), MOST_FLAGGED),
        ("hardest", hardest, MOST_RANKED),
        ("easiest", easiest, MOST_RANKED),
    ]
    .into_iter()
    .filter(|(_, items, _)| !items.is_empty())
    .map(|(name, items, most)| list(name, &items, most, catalogue))
    .collect();
    if lists.is_empty() {
        let empty = catalogue.text("items.empty");
        return vec![Block::sentence("items", catalogue.text("section.items"), empty)];
    }
    lists
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

fn list(name: &'static str, items: &[&ItemRow], most: usize, catalogue: &Catalogue) -> Block {
    let has_flags = name == "flagged";
    let mut keys = vec!["column.item", "column.b", "column.a", "column.answers", "column.share"];
    if has_flags {
        keys.push("column.flag");
    }
    let rest = items.len().saturating_sub(most) as u32;
    let mut text = vec![catalogue.text(&format!("items.{name}.rule"))];
    text.extend((rest > 0).then(|| catalogue.count("more_items", rest)));
    let title = catalogue.text(&format!("items.{name}.title"));
    Block {
        text,
        table: Some(Table {
            columns: keys.into_iter().map(|key| catalogue.text(key)).collect(),
            rows: items.iter().take(most).map(|item| row(item, has_flags, catalogue)).collect(),
        }),
        is_empty: false,
        ..Block::sentence(name, title, String::new())
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
    use super::item_tables;
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
        let lists = item_tables(&items, &Catalogue::load(Lang::En).unwrap());
        let names: Vec<Vec<&str>> = lists
            .iter()
            .map(|list| {
                list.table.as_ref().unwrap().rows.iter().map(|row| row[0].as_str()).collect()
            })
            .collect();
        assert_eq!(names, [vec!["reversed", "weak"], vec!["hard"], vec!["easy"]]);
    }

    #[test]
    fn long_lists_say_how_many_more_there_are() {
        let items: Vec<_> = (0..30).map(|i| item(&format!("q{i}"), 0.1, -1.0, 50)).collect();
        let lists = item_tables(&items, &Catalogue::load(Lang::En).unwrap());
        let rows = lists[0].table.as_ref().unwrap().rows.len();
        assert_eq!((rows, lists[0].text[1].as_str()), (25, "and 5 more items"));
    }
}
