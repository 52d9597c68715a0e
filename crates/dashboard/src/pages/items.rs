//! The items: what they ask, how they fit, in what groups they differ, and the curve of each.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use seedtest_report::{ItemPage, ItemRow, OperatorReport, decimal, percent};
use seedtest_store::{BankItemVersion, ItemParamsRow, OverviewKind, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::export::{Cell, Export};
use super::names::Names;
use super::part::Part;
use super::render;
use super::views::{overview, shown_at};
use crate::refusal::{PageResult, Refusal};
use crate::render::segment;
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

/// Items on one page, and sets of parameters in the history of one.
const ITEMS_A_PAGE: usize = 50;
const MOST_SETS: u32 = 20;

/// Which items, in which order.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct ItemQuery {
    q: Option<String>,
    topic: Option<String>,
    flag: Option<String>,
    sort: Option<String>,
    page: Option<usize>,
}

/// An item in the list.
#[derive(Debug, Clone, Serialize)]
struct Line {
    name: String,
    path: String,
    topic: Option<String>,
    difficulty: Option<String>,
    discrimination: Option<String>,
    answers: u32,
    share: Option<String>,
    /// Word of the flag, where there is one.
    flag: Option<&'static str>,
    /// Whether groups were found to differ in it.
    differs: bool,
}

/// An item with its names.
struct Item<'r> {
    row: &'r ItemRow,
    name: String,
    topic: Option<String>,
}

#[derive(Serialize)]
struct Context {
    items: Vec<Line>,
    n: usize,
    all: usize,
    topics: Vec<(String, String)>,
    q: String,
    topic: String,
    flag: String,
    sort: &'static str,
    part: Part,
    week: String,
    computed_at: String,
    run: Option<String>,
}

/// What the list is made from.
struct Bank {
    report: OperatorReport,
    items: Names,
    topics: Names,
    /// Items in which groups differ, with what was found.
    differing: BTreeMap<String, Vec<Difference>>,
    computed_at: String,
}

/// A comparison of groups in an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(clippy::struct_field_names)] // the difference of scores is what it holds
struct Difference {
    reference: String,
    focal: String,
    /// What was found, in a sentence of the comparison.
    text: String,
    /// Mean difference of the expected score; below 0: harder for the focal group.
    difference: Option<String>,
    /// Adjusted for the number of items.
    p: Option<String>,
}

impl Bank {
    async fn read(dashboard: &Dashboard, visitor: &Visitor) -> PageResult<Option<Self>> {
        let store = &dashboard.store;
        let found = overview::<OperatorReport>(store, OverviewKind::Models, "", None).await?;
        let Some(found) = found else { return Ok(None) };
        let calibration = store.latest_fit_meta().await?;
        let dif = calibration.map(|fit| fit.metrics["dif"].clone()).unwrap_or_default();
        Ok(Some(Self {
            report: found.of,
            items: Names::of_items(store, visitor.lang()).await?,
            topics: Names::of_topics(store, visitor.lang()).await?,
            differing: differing(&dif),
            computed_at: shown_at(store, found.computed_at),
        }))
    }

    fn named<'r>(&self, row: &'r ItemRow) -> Item<'r> {
        let topic = row.topic.as_ref().map(|topic| self.topics.of(topic));
        Item { row, name: self.items.of(&row.item), topic }
    }

    /// The items that are asked for, in the order that is asked for.
    fn chosen(&self, query: &ItemQuery) -> (&'static str, Vec<Item<'_>>) {
        let wanted = query.q.as_deref().unwrap_or_default().trim().to_lowercase();
        let is_named = |item: &Item<'_>| {
            wanted.is_empty()
                || item.name.to_lowercase().contains(&wanted)
                || item.row.item.to_lowercase().contains(&wanted)
        };
        let topic = query.topic.as_deref().filter(|topic| !topic.is_empty());
        let is_of_topic = |item: &Item<'_>| topic.is_none() || item.row.topic.as_deref() == topic;
        let has_flag = |item: &Item<'_>| match query.flag.as_deref() {
            Some("any") => item.row.flag().is_some() || self.differing.contains_key(&item.row.item),
            Some("dif") => self.differing.contains_key(&item.row.item),
            _ => true,
        };
        let items = self.report.items.iter().map(|row| self.named(row));
        let mut items: Vec<Item<'_>> =
            items.filter(|item| is_named(item) && is_of_topic(item) && has_flag(item)).collect();
        items.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.row.item.cmp(&b.row.item)));
        let last = |number: Option<f64>| number.unwrap_or(f64::INFINITY);
        let sort = match query.sort.as_deref() {
            Some("difficulty") => {
                // The hardest first.
                let key = |item: &Item<'_>| last(item.row.difficulty.map(|b| -b));
                items.sort_by(|a, b| key(a).total_cmp(&key(b)));
                "difficulty"
            }
            Some("discrimination") => {
                items.sort_by(|a, b| {
                    last(a.row.discrimination).total_cmp(&last(b.row.discrimination))
                });
                "discrimination"
            }
            Some("answers") => {
                items.sort_by_key(|item| std::cmp::Reverse(item.row.n));
                "answers"
            }
            _ => "name",
        };
        (sort, items)
    }

    fn line(&self, item: &Item<'_>) -> Line {
        let row = item.row;
        Line {
            name: item.name.clone(),
            path: format!("/items/of/{}", segment(&row.item)),
            topic: item.topic.clone(),
            difficulty: row.difficulty.map(|b| decimal(b, 2)),
            discrimination: row.discrimination.map(|a| decimal(a, 2)),
            answers: row.n,
            share: (row.n > 0).then(|| percent(f64::from(row.right) / f64::from(row.n))),
            flag: row.flag().map(seedtest_report::ItemFlag::name),
            differs: self.differing.contains_key(&row.item),
        }
    }
}

/// Items in which groups differ beyond chance, from the stored comparison of a calibration.
fn differing(dif: &Value) -> BTreeMap<String, Vec<Difference>> {
    let mut found: BTreeMap<String, Vec<Difference>> = BTreeMap::new();
    for groups in dif.as_array().into_iter().flatten() {
        let name = |key: &str| groups[key].as_str().unwrap_or_default().to_owned();
        for item in groups["items"].as_array().into_iter().flatten() {
            // Only items that were found to differ have a sentence.
            let found_out = item["item_id"].as_str().zip(item["text"].as_str());
            let Some((item_id, text)) = found_out else { continue };
            found.entry(item_id.to_owned()).or_default().push(Difference {
                reference: name("reference"),
                focal: name("focal"),
                text: text.to_owned(),
                difference: item["model"]["expected_difference"].as_f64().map(|of| decimal(of, 3)),
                p: item["p_adjusted"].as_f64().map(|value| decimal(value, 4)),
            });
        }
    }
    found
}

pub(crate) async fn list(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(query): Query<ItemQuery>,
) -> PageResult {
    visitor.everybody()?;
    let Some(bank) = Bank::read(&dashboard, &visitor).await? else {
        return render(&dashboard, &visitor, "no_items.html", &());
    };
    let (sort, items) = bank.chosen(&query);
    let part = Part::of(query.page, items.len(), ITEMS_A_PAGE);
    let topics: std::collections::BTreeSet<&String> =
        bank.report.items.iter().filter_map(|row| row.topic.as_ref()).collect();
    let shown = Context {
        items: part.take(&items).map(|item| bank.line(item)).collect(),
        n: items.len(),
        all: bank.report.items.len(),
        topics: topics.into_iter().map(|id| (id.clone(), bank.topics.of(id))).collect(),
        q: query.q.unwrap_or_default(),
        topic: query.topic.unwrap_or_default(),
        flag: query.flag.unwrap_or_default(),
        sort,
        part,
        week: bank.report.week_start.to_string(),
        computed_at: bank.computed_at.clone(),
        run: bank.report.provenance.as_ref().map(|of| of.run_id.clone()),
    };
    render(&dashboard, &visitor, "items.html", &shown)
}

/// The items that the list shows on all its pages, as a file.
pub(crate) async fn export(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(format): Path<String>,
    Query(query): Query<ItemQuery>,
) -> PageResult {
    visitor.everybody()?;
    let bank = Bank::read(&dashboard, &visitor).await?.ok_or_else(Refusal::not_found)?;
    let columns = [
        "item_id",
        "name",
        "topic",
        "difficulty",
        "discrimination",
        "answers",
        "right",
        "flag",
        "differs",
    ];
    let row = |item: &Item<'_>| {
        vec![
            Cell::Text(item.row.item.clone()),
            Cell::Text(item.name.clone()),
            Cell::text(item.topic.as_deref()),
            Cell::of(item.row.difficulty),
            Cell::of(item.row.discrimination),
            Cell::Number(f64::from(item.row.n)),
            Cell::Number(f64::from(item.row.right)),
            Cell::text(item.row.flag().map(seedtest_report::ItemFlag::name)),
            Cell::Number(f64::from(u8::from(bank.differing.contains_key(&item.row.item)))),
        ]
    };
    let (_, items) = bank.chosen(&query);
    Export {
        name: format!("items-{}", bank.report.week_start),
        columns: columns.into_iter().map(str::to_owned).collect(),
        rows: items.iter().map(row).collect(),
    }
    .answer(&format)
}

/// One set of parameters in the history of an item.
#[derive(Serialize)]
struct Set {
    at: String,
    model: Option<String>,
    version: String,
    run: Option<String>,
    params: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    line: Option<Line>,
    /// The curve with what was observed; `None` where the parameters draw none.
    curve: Option<String>,
    /// Whether what was observed is in the curve: it is kept of the most doubtful items.
    is_observed: bool,
    differences: Vec<Difference>,
    sets: Vec<Set>,
    versions: Vec<Version>,
}

/// A version of an item of our own bank.
#[derive(Serialize)]
struct Version {
    no: i64,
    at: String,
    what: String,
    text: Option<String>,
    key: Option<String>,
    is_retired: bool,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(item_id): Path<String>,
) -> PageResult {
    visitor.everybody()?;
    let store = &dashboard.store;
    let sets = store.params_of_item(&item_id, MOST_SETS).await?;
    let versions = store.bank_item_versions(&item_id).await?;
    if sets.is_empty() && versions.is_empty() {
        return Err(Refusal::not_found());
    }
    let bank = Bank::read(&dashboard, &visitor).await?;
    let names = Names::of_items(store, visitor.lang()).await?;
    let name = names.of(&item_id);
    let row = bank.as_ref().and_then(|bank| {
        let row = bank.report.items.iter().find(|row| row.item == item_id)?;
        Some(bank.line(&bank.named(row)))
    });
    let observed = bank
        .as_ref()
        .and_then(|bank| bank.report.item_pages.iter().find(|page| page.item == item_id).cloned());
    let is_observed = observed.is_some();
    let drawn = observed.or_else(|| sets.first().and_then(|set| item_page(&item_id, set)));
    let renderer = dashboard.voices.of(visitor.lang());
    let curve = drawn.map(|page| renderer.item_part(&ItemPage { item: name.clone(), ..page }));
    let curve = curve.transpose().map_err(|error| Refusal::internal(&error))?;
    let differences = bank.and_then(|mut bank| bank.differing.remove(&item_id)).unwrap_or_default();
    let shown = Shown {
        id: item_id,
        name,
        line: row,
        curve,
        is_observed,
        differences,
        sets: sets.into_iter().map(|row| set(store, row)).collect(),
        versions: versions.into_iter().rev().map(|of| version(store, of)).collect(),
    };
    render(&dashboard, &visitor, "item.html", &shown)
}

/// The curve of parameters of one slope and one difficulty.
fn item_page(item_id: &str, set: &ItemParamsRow) -> Option<ItemPage> {
    let number = |key: &str| set.params.get(key).and_then(Value::as_f64);
    Some(ItemPage {
        item: item_id.to_owned(),
        a: number("a")?,
        b: number("b")?,
        c: number("c").unwrap_or(0.0).clamp(0.0, 0.99),
        observed: Vec::new(),
    })
}

fn set(store: &Store, row: ItemParamsRow) -> Set {
    let written = |value: &Value| match value {
        Value::Number(number) => number.as_f64().map(|number| decimal(number, 3)),
        Value::Array(list) => {
            let numbers: Option<Vec<String>> =
                list.iter().map(|one| one.as_f64().map(|number| decimal(number, 2))).collect();
            numbers.map(|numbers| numbers.join(", "))
        }
        _ => None,
    };
    let params = row.params.as_object().into_iter().flatten();
    Set {
        at: shown_at(store, row.fitted_at),
        model: row.model,
        version: row.version,
        run: row.run_id,
        params: params.filter_map(|(name, value)| Some((name.clone(), written(value)?))).collect(),
    }
}

fn version(store: &Store, of: BankItemVersion) -> Version {
    let text = |key: &str| of.content.get(key).and_then(Value::as_str).map(str::to_owned);
    Version {
        no: of.version_no,
        at: shown_at(store, of.changed_at),
        text: text("text"),
        key: text("key"),
        what: of.what,
        is_retired: of.is_retired,
    }
}

#[cfg(test)]
mod tests {
    use seedtest_report::OperatorReport;
    use serde_json::json;

    use super::*;

    fn bank() -> Bank {
        let row = |item: &str, difficulty, discrimination, n| ItemRow {
            item: item.into(),
            topic: Some("t".into()),
            discrimination,
            difficulty,
            check_key: false,
            n,
            right: n / 2,
        };
        let dif = json!([{"reference": "a", "focal": "b", "items": [
            {"item_id": "q1", "text": "q1 is harder", "p_adjusted": 0.01},
            {"item_id": "q2", "p_adjusted": 0.7},
        ]}]);
        Bank {
            report: OperatorReport {
                items: vec![
                    row("q1", Some(0.3), Some(1.1), 50),
                    row("q2", None, None, 70),
                    row("q3", Some(1.3), Some(-0.4), 60),
                ],
                ..OperatorReport::default()
            },
            items: Names::default(),
            topics: Names::default(),
            differing: differing(&dif),
            computed_at: String::new(),
        }
    }

    #[test]
    fn items_are_found_by_name_flag_and_order() {
        let bank = bank();
        let names = |query: ItemQuery| -> String {
            let (_, items) = bank.chosen(&query);
            items.iter().map(|item| item.name.trim_start_matches('q')).collect()
        };
        let with = |sort: &str| ItemQuery { sort: Some(sort.into()), ..ItemQuery::default() };
        assert_eq!(names(ItemQuery::default()), "123");
        assert_eq!(names(with("difficulty")), "312", "the hardest first, unknown ones last");
        assert_eq!(names(with("discrimination")), "312");
        assert_eq!(names(with("answers")), "231");
        let flag = |flag: &str| ItemQuery { flag: Some(flag.into()), ..ItemQuery::default() };
        assert_eq!((names(flag("dif")), names(flag("any"))), ("1".into(), "13".into()));
        assert_eq!(names(ItemQuery { q: Some(" Q3".into()), ..ItemQuery::default() }), "3");
    }
}
