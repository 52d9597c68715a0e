//! `seedtest bank`: what items say, version by version, with their parameters.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use seedtest_ingest::{MISSING_TEXT, TableColumn, TableOptions, read_table_file};
use seedtest_pipeline::{CorrectionContext, Rekey, key_fault, rekey_item};
use seedtest_store::{BankItemVersion, ItemParamsRow, Store};
use serde_json::{Map, Value, json};

use super::bank_qti::{export_qti, is_qti, read_qti, with_the_rest};
use super::corrections::tell;
use crate::cli::{BankAction, BankArgs, Global};
use crate::commands::json_file::{parse_json, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

/// Who asks on the command line, for the record.
const ACTOR: &str = "command line";
/// Columns of an item that are lists, with `|` between the parts.
const LISTS: [&str; 2] = ["options", "enemies"];
/// Columns of an item that are texts.
const TEXTS: [&str; 3] = ["text", "topic_id", "key"];
/// Changed answers that are shown.
const SHOWN: usize = 50;

pub(crate) async fn run(
    args: &BankArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    // A file that cannot be read opens no database.
    let read = match &args.action {
        BankAction::Import { file } if is_qti(file) => read_qti(file, output)?,
        BankAction::Import { file } => read_items(file)?,
        _ => Vec::new(),
    };
    let chosen = match &args.action {
        BankAction::Rekey { data, student, response, .. } => {
            read_responses(data, student, response)?
        }
        _ => Vec::new(),
    };
    let store = match &args.action {
        // Items may come before the first answers.
        BankAction::Import { .. } => session::open_or_create(global).await?,
        _ => session::open(global).await?,
    };
    session::with(store, async |store| match &args.action {
        BankAction::Import { file } => import(store, &read, is_qti(file), output).await,
        BankAction::Export { qti: Some(path), all, .. } => {
            export_qti(store, path, *all, output).await
        }
        BankAction::Export { json, all, .. } => export(store, json, *all, output).await,
        BankAction::Show { item } => show(store, item, output).await,
        BankAction::Retire { item, reason } => retire(store, item, reason.as_deref(), output).await,
        BankAction::Rekey { item, key, reason, .. } => {
            let rekey = Rekey { item_id: item, key, responses: &chosen, reason: reason.as_deref() };
            rekeyed(store, rekey, output).await
        }
    })
    .await
}

/// Items with what they say.
fn read_items(path: &Path) -> Result<Vec<(String, Value)>, Failure> {
    let bad = |what: String| {
        let hint = "give columns item_id, text, topic_id, key, options, exposure, enemies, or a list of such objects";
        Failure::new(format!("{}: {what}", path.display()), Some(hint.into()))
    };
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let rows: Vec<Map<String, Value>> =
        if is_json { parse_json(&read_text(path)?).map_err(bad)? } else { rows_of_table(path)? };
    let mut found: Vec<(String, Value)> = Vec::with_capacity(rows.len());
    for (position, mut row) in rows.into_iter().enumerate() {
        let id = match row.remove("item_id") {
            Some(Value::String(id)) if !id.trim().is_empty() && !id.contains('\0') => id,
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(bad(format!("row {} has no item_id", position + 1))),
        };
        if found.iter().any(|(known, _)| *known == id) {
            return Err(bad(format!("row {}: item {id} is there twice", position + 1)));
        }
        let content = content_of(row).map_err(|what| bad(format!("item {id}: {what}")))?;
        found.push((id, content));
    }
    Ok(found)
}

fn rows_of_table(path: &Path) -> Result<Vec<Map<String, Value>>, Failure> {
    let names = TEXTS.iter().chain(&LISTS).chain(&["item_id", "exposure"]);
    let naming = names.map(|name| (*name).to_owned()).collect();
    let file = read_table_file(path, &TableOptions { naming, ..TableOptions::default() })?;
    let row = |at: usize| {
        let cell = |(name, column): &(String, TableColumn)| {
            let value = match column {
                TableColumn::Numeric(values) => {
                    values.get(at).filter(|x| x.is_finite()).map(|x| json!(x))
                }
                TableColumn::Text { levels, codes } => {
                    let code = codes.get(at).copied().filter(|code| *code != MISSING_TEXT)?;
                    levels.get(code as usize).map(|level| json!(&**level))
                }
            };
            Some((name.clone(), value?))
        };
        file.table.columns.iter().filter_map(cell).collect()
    };
    Ok((0..file.table.n_rows).map(row).collect())
}

/// What an item says, without what is not known; other columns are kept as they are.
fn content_of(mut row: Map<String, Value>) -> Result<Value, String> {
    row.retain(|_, value| !value.is_null());
    for name in LISTS {
        if let Some(Value::String(text)) = row.get(name) {
            let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
            row.insert(name.to_owned(), parts.map(Value::from).collect());
        }
    }
    if let Some(exposure) = row.get("exposure") {
        let number = match exposure {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        let number = number.filter(|k: &f64| *k > 0.0 && *k <= 1.0);
        let number = number
            .ok_or_else(|| format!("exposure is {exposure}, above 0 and at most 1 is needed"))?;
        row.insert("exposure".into(), json!(number));
    }
    let content = Value::Object(row);
    match key_fault(&content) {
        Some(fault) => Err(fault),
        None => Ok(content),
    }
}

/// `of_qti`: what QTI does not speak of stays as it is.
async fn import(
    store: &Store,
    items: &[(String, Value)],
    of_qti: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    require_enemies(store, items).await?;
    let now = session::clock()?.now();
    let mut tx = store.begin().await?;
    let (mut new, mut changed, mut same) = (0, 0, 0);
    for (item_id, content) in items {
        let known = tx.bank_item(item_id).await?;
        let content = match &known {
            Some(known) if of_qti => with_the_rest(content, &known.content),
            _ => content.clone(),
        };
        if known.as_ref().is_some_and(|item| item.content == content) {
            same += 1;
            continue;
        }
        if known.is_some() {
            changed += 1;
        } else {
            new += 1;
        }
        tx.add_bank_item(&version(item_id, known.as_ref(), ("import", content), now)).await?;
    }
    tx.commit().await?;
    output.line(&format!("{new} new items, {changed} changed, {same} as before"))?;
    Ok(ExitCode::SUCCESS)
}

/// Fails where an item names an enemy that nobody knows: the rule would hold for nothing.
async fn require_enemies(store: &Store, items: &[(String, Value)]) -> Result<(), Failure> {
    let enemies = |content: &Value| -> Vec<String> {
        let named = content.get("enemies").and_then(Value::as_array).into_iter().flatten();
        named.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect()
    };
    if items.iter().all(|(_, content)| enemies(content).is_empty()) {
        return Ok(());
    }
    let (bank, params) = (store.bank_items().await?, store.latest_item_params().await?);
    let known: HashSet<&str> = items
        .iter()
        .map(|(id, _)| id.as_str())
        .chain(bank.iter().map(|item| item.item_id.as_str()))
        .chain(params.iter().map(|row| row.item_id.as_str()))
        .collect();
    for (item, content) in items {
        if let Some(enemy) = enemies(content).into_iter().find(|id| !known.contains(id.as_str())) {
            let hint = "correct the id, or give that item in the same file";
            return Err(Failure::new(
                format!(
                    "item {item}: its enemy {enemy:?} is neither in the file nor in the bank; nothing was stored"
                ),
                Some(hint.into()),
            ));
        }
    }
    Ok(())
}

fn version(
    item_id: &str,
    known: Option<&BankItemVersion>,
    (what, content): (&str, Value),
    now: DateTime<Utc>,
) -> BankItemVersion {
    BankItemVersion {
        item_id: item_id.to_owned(),
        version_no: known.map_or(1, |item| item.version_no + 1),
        changed_at: now,
        actor: ACTOR.into(),
        what: what.into(),
        content,
        is_retired: known.is_some_and(|item| item.is_retired),
    }
}

async fn export(
    store: &Store,
    path: &Path,
    all: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let bank = store.bank_items().await?;
    let params = store.latest_item_params().await?;
    let by_item: HashMap<&str, &ItemParamsRow> =
        params.iter().map(|row| (row.item_id.as_str(), row)).collect();
    let mut left_out = 0;
    let mut items = Vec::new();
    for item in &bank {
        let known = by_item.get(item.item_id.as_str());
        if !all && (item.is_retired || known.is_none()) {
            left_out += 1;
            continue;
        }
        items.push(exported(item, known.copied()));
    }
    if left_out > 0 {
        output.note(&format!(
            "{left_out} items are retired or have no parameters: --all has them too"
        ));
    }
    write_json(&items, path, output)?;
    Ok(ExitCode::SUCCESS)
}

fn exported(item: &BankItemVersion, known: Option<&ItemParamsRow>) -> Value {
    let mut entry = json!({"item_id": item.item_id, "version": item.version_no});
    if let Some(content) = item.content.as_object() {
        for (name, value) in content {
            let name = if name == "topic_id" { "area" } else { name.as_str() };
            entry[name] = value.clone();
        }
    }
    if let Some(row) = known {
        let mut params = row.params.clone();
        if let Some(params) = params.as_object_mut() {
            params.retain(|key, _| ["a", "b", "c", "d", "scores"].contains(&key.as_str()));
        }
        entry["model"] = row.params.get("model").cloned().unwrap_or_else(|| json!(row.model));
        entry["params"] = params;
        entry["calibration"] = json!(row.run_id);
    }
    if item.is_retired {
        entry["retired"] = json!(true);
    }
    entry
}

async fn show(store: &Store, item: &str, output: &Output) -> Result<ExitCode, Failure> {
    let versions = store.bank_item_versions(item).await?;
    let now = session::clock()?.now();
    let all = store.item_params_history(DateTime::UNIX_EPOCH, now).await?;
    let params: Vec<&ItemParamsRow> = all.iter().filter(|row| row.item_id == item).collect();
    if versions.is_empty() && params.is_empty() {
        let hint = "see `seedtest bank export --all`; items come with `seedtest bank import`";
        return Err(Failure::new(format!("no item is called {item:?}"), Some(hint.into())));
    }
    for version in &versions {
        let retired = if version.is_retired { ", retired" } else { "" };
        output.line(&format!(
            "version {} of {} by {} ({}{retired})",
            version.version_no,
            version.changed_at.format("%Y-%m-%d %H:%M:%S"),
            version.actor,
            version.what
        ))?;
        output.line(&format!("  {}", version.content))?;
    }
    for row in params {
        let mut params = row.params.clone();
        if let Some(params) = params.as_object_mut() {
            params.remove("se");
        }
        output.line(&format!(
            "parameters of {} ({}): {params}",
            row.fitted_at.format("%Y-%m-%d %H:%M:%S"),
            row.run_id.as_deref().unwrap_or("no run")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn retire(
    store: &Store,
    item: &str,
    reason: Option<&str>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let mut tx = store.begin().await?;
    let Some(known) = tx.bank_item(item).await? else {
        let hint = "items come with `seedtest bank import`";
        return Err(Failure::new(
            format!("no item of the bank is called {item:?}"),
            Some(hint.into()),
        ));
    };
    if known.is_retired {
        output.line(&format!("{item} is retired already: nothing changed"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut content = known.content.clone();
    if let (Some(reason), Some(content)) = (reason, content.as_object_mut()) {
        content.insert("retired_because".into(), json!(reason));
    }
    let now = session::clock()?.now();
    let next = version(item, Some(&known), ("retire", content), now);
    tx.add_bank_item(&BankItemVersion { is_retired: true, ..next }).await?;
    tx.commit().await?;
    output.line(&format!("{item} is retired: adaptive tests from the bank no longer give it"))?;
    Ok(ExitCode::SUCCESS)
}

/// What students chose, by student.
fn read_responses(
    path: &Path,
    student: &str,
    response: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let naming = vec![student.to_owned(), response.to_owned()];
    let file = read_table_file(path, &TableOptions { naming, ..TableOptions::default() })?;
    let column = |name: &str| {
        file.table.column(name).ok_or_else(|| {
            let hint = "name the columns with --student and --response".to_owned();
            Failure::new(format!("{}: no column is called {name}", path.display()), Some(hint))
        })
    };
    let text = |column: &TableColumn, row: usize| match column {
        TableColumn::Numeric(values) => {
            values.get(row).filter(|value| value.is_finite()).map(ToString::to_string)
        }
        TableColumn::Text { levels, codes } => {
            let code = codes.get(row).copied().filter(|code| *code != MISSING_TEXT)?;
            levels.get(code as usize).map(ToString::to_string)
        }
    };
    let (students, responses) = (column(student)?, column(response)?);
    let row = |at: usize| Some((text(students, at)?, text(responses, at).unwrap_or_default()));
    Ok((0..file.table.n_rows).filter_map(row).collect())
}

async fn rekeyed(store: &Store, rekey: Rekey<'_>, output: &Output) -> Result<ExitCode, Failure> {
    let clock = session::clock()?;
    let context = CorrectionContext { store, clock, environment: &variable, actor: ACTOR };
    let (done, changed) = rekey_item(context, rekey).await?;
    tell(&done, output)?;
    for of in changed.iter().take(SHOWN) {
        let now = if of.now { "right" } else { "wrong" };
        output.line(&format!("{}: {now} now", of.user_id))?;
    }
    if let Some(more) = changed.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        output.line(&format!(
            "… {more} more; `seedtest student export` has the corrections of each"
        ))?;
    }
    if !changed.is_empty() {
        output.line(
            "parameters are those of the old key until the next `seedtest job run mirt-calibrate`",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
