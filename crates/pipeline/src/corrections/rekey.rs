//! Another key of an item: every stored answer to it is scored anew, or none is.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use seedtest_store::{AnswerChange, BankItemVersion, Correction, Tx};
use serde_json::{Value, json};

use super::options::{Options, parts};
use super::{Corrected, CorrectionContext, CorrectionError, Done, corrected};
use crate::error::Error;

/// A key and what students chose.
#[derive(Debug, Clone, Copy)]
pub struct Rekey<'a> {
    /// The item.
    pub item_id: &'a str,
    /// The right option; several with `|` between them.
    pub key: &'a str,
    /// Student and option, one line a student.
    pub responses: &'a [(String, String)],
    /// Why, for the record.
    pub reason: Option<&'a str>,
}

/// An answer that is scored otherwise now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescored {
    /// The student.
    pub user_id: String,
    /// Right or wrong before; `None` = not known.
    pub before: Option<bool>,
    /// Right or wrong now.
    pub now: bool,
}

/// Scores every stored answer to an item by another key, those in exam documents too, in one transaction, and writes
/// the key into the bank. Where the key is the one the bank has, the item gets no new version.
///
/// # Errors
/// [`Error::Correction`] where a stored answer has no response, a student two, or the item no such option; nothing is
/// changed then.
pub async fn rekey_item(
    context: CorrectionContext<'_>,
    rekey: Rekey<'_>,
) -> Result<(Corrected, Vec<Rescored>), Error> {
    let Rekey { item_id, key, responses, reason } = rekey;
    let mut chosen: HashMap<&str, &str> = HashMap::new();
    for (user_id, response) in responses {
        let before = chosen.insert(user_id, response);
        if before.is_some_and(|before| before != response) {
            return Err(CorrectionError::TwoResponses { user_id: user_id.clone() }.into());
        }
    }
    let keys = parts(key);
    if keys.is_empty() {
        return Err(CorrectionError::NoKey.into());
    }
    let spec = json!({"item": item_id, "key": key, "responses": responses.len(), "reason": reason});
    let is_right = |user_id: &str| {
        let response = chosen.get(user_id).copied().unwrap_or_default().trim();
        keys.iter().any(|key| key.eq_ignore_ascii_case(response))
    };
    let mut changed = Vec::new();
    let done = corrected(context, "bank-rekey", spec, async |tx, by| {
        let content = tx.bank_item(item_id).await?.map(|item| item.content);
        let options = content.as_ref().and_then(Options::of);
        let foreign = options.as_ref().and_then(|options| Some((foreign_part(&keys, options, &chosen)?, options)));
        if let Some((key, options)) = foreign {
            let (item_id, key, options) = (item_id.into(), key.into(), options.to_string());
            return Err(CorrectionError::NoOption { item_id, key, options }.into());
        }
        let answers = tx.answers_of_item(item_id).await?;
        let papers = tx.papers_with_item(item_id).await?;
        let of_papers = papers.iter().map(|paper| paper.user_id.as_str());
        let missing: Vec<&str> = answers
            .iter()
            .map(|answer| answer.user_id.as_str())
            .chain(of_papers)
            .filter(|user_id| !chosen.contains_key(user_id))
            .collect();
        if let Some(first) = missing.first() {
            let (user_id, n) = ((*first).to_owned(), missing.len());
            return Err(CorrectionError::NoResponse { user_id, item_id: item_id.into(), n }.into());
        }
        let mut touched = Vec::new();
        for answer in &answers {
            let now = is_right(&answer.user_id);
            if answer.correct == Some(now) {
                continue;
            }
            let change = AnswerChange::Correct(now);
            touched.push(tx.change_answer(answer, change, reason, by).await?);
            let (user_id, before) = (answer.user_id.clone(), answer.correct);
            changed.push(Rescored { user_id, before, now });
        }
        for paper in &papers {
            let now = is_right(&paper.user_id);
            let otherwise = paper.correct.iter().filter(|before| **before != Some(now));
            let before: Vec<Option<bool>> = otherwise.copied().collect();
            if before.is_empty() {
                continue;
            }
            touched.push(tx.rescore_paper(paper, now, reason, by).await?);
            let of = |before| Rescored { user_id: paper.user_id.clone(), before, now };
            changed.extend(before.into_iter().map(of));
        }
        let is_new = put_key(tx, item_id, key, by).await?;
        let n = answers.len() + papers.iter().map(|paper| paper.correct.len()).sum::<usize>();
        let right = changed.iter().filter(|of| of.now).count();
        let stored = answers.iter().map(|answer| answer.user_id.as_str());
        let stored: HashSet<&str> =
            stored.chain(papers.iter().map(|paper| paper.user_id.as_str())).collect();
        let odd = oddities(&chosen, &stored, &keys, options.as_ref());
        let told = if is_new || !changed.is_empty() {
            format!(
                "the key of {item_id} is {key}: of {n} answers {right} are right now, {} wrong now, the others as \
                 before",
                changed.len() - right
            )
        } else {
            format!(
                "the key of {item_id} is {key} already, and its {n} answers are scored by it: nothing changed"
            )
        };
        Ok(Done {
            told: told + &odd,
            rows: touched.len() as u64 + u64::from(is_new),
            counts: json!({"answers": n, "changed": changed.len(), "right": right}),
            touched: (!touched.is_empty()).then_some(touched),
        })
    })
    .await?;
    Ok((done, changed))
}

/// The first right option that the item does not have: nobody chose it, or options are letters and this is another one.
fn foreign_part<'k>(
    keys: &[&'k str],
    options: &Options,
    chosen: &HashMap<&str, &str>,
) -> Option<&'k str> {
    let is_chosen =
        |key: &str| chosen.values().any(|response| response.trim().eq_ignore_ascii_case(key));
    let is_foreign = |key: &str| !options.has(key) && (options.excludes(key) || !is_chosen(key));
    keys.iter().copied().find(|key| is_foreign(key))
}

/// What a reader should know of the responses, each after a semicolon: blank ones and those that are no option, which
/// count as wrong, and students whose answers are not stored.
fn oddities(
    chosen: &HashMap<&str, &str>,
    stored: &HashSet<&str>,
    keys: &[&str],
    options: Option<&Options>,
) -> String {
    let mut told = String::new();
    let mut tell = |what: &str, is_so: &dyn Fn(&str, &str) -> bool| {
        let found = chosen.iter().filter(|(user_id, response)| is_so(user_id, response.trim()));
        let ids: Vec<&str> = found.map(|(user_id, _)| *user_id).collect();
        if let Some(first) = ids.iter().min() {
            let _ = write!(told, "; {} {what}, the first is of student {first:?}", ids.len());
        }
    };
    tell("responses are blank and count as wrong", &|user_id, response| {
        stored.contains(user_id) && response.is_empty()
    });
    tell("responses are none of its options and count as wrong", &|user_id, response| {
        let is_right = keys.iter().any(|key| key.eq_ignore_ascii_case(response));
        let is_odd = options.is_some_and(|options| options.excludes(response));
        stored.contains(user_id) && !response.is_empty() && is_odd && !is_right
    });
    tell("responses have no stored answer", &|user_id, _| !stored.contains(user_id));
    told
}

/// Adds a version of the item with this key; whether it had another one.
async fn put_key(tx: &mut Tx, item_id: &str, key: &str, by: Correction<'_>) -> Result<bool, Error> {
    let known = tx.bank_item(item_id).await?;
    let mut content = known.as_ref().map_or_else(|| json!({}), |item| item.content.clone());
    if !content.is_object() {
        content = json!({});
    }
    if content["key"].as_str() == Some(key) {
        return Ok(false);
    }
    content["key"] = Value::from(key);
    let version = BankItemVersion {
        item_id: item_id.to_owned(),
        version_no: known.as_ref().map_or(1, |item| item.version_no + 1),
        changed_at: by.at,
        actor: by.actor.to_owned(),
        what: "rekey".into(),
        content,
        is_retired: known.is_some_and(|item| item.is_retired),
    };
    tx.add_bank_item(&version).await?;
    Ok(true)
}
