//! Another key of an item: every stored answer to it is scored anew, or none is.

use std::collections::HashMap;

use seedtest_store::{AnswerChange, BankItemVersion};
use serde_json::{Value, json};

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

/// Scores every stored answer to an item by another key, in one transaction, and writes the key into the bank.
///
/// # Errors
/// [`Error::Correction`] where a stored answer has no response, or a student two; nothing is changed then.
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
    let keys: Vec<&str> = key.split('|').map(str::trim).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        return Err(CorrectionError::NoKey.into());
    }
    let spec = json!({"item": item_id, "key": key, "responses": responses.len(), "reason": reason});
    let mut changed = Vec::new();
    let done = corrected(context, "bank-rekey", spec, async |tx, by| {
        let answers = tx.answers_of_item(item_id).await?;
        let missing: Vec<&str> = answers
            .iter()
            .map(|answer| answer.user_id.as_str())
            .filter(|user_id| !chosen.contains_key(user_id))
            .collect();
        if let Some(first) = missing.first() {
            let (user_id, n) = ((*first).to_owned(), missing.len());
            return Err(CorrectionError::NoResponse { user_id, item_id: item_id.into(), n }.into());
        }
        let mut touched = Vec::new();
        for answer in &answers {
            let response = chosen.get(answer.user_id.as_str()).copied().unwrap_or_default().trim();
            let now = keys.iter().any(|key| key.eq_ignore_ascii_case(response));
            if answer.correct == Some(now) {
                continue;
            }
            let change = AnswerChange::Correct(now);
            touched.push(tx.change_answer(answer, change, reason, by).await?);
            let (user_id, before) = (answer.user_id.clone(), answer.correct);
            changed.push(Rescored { user_id, before, now });
        }
        let known = tx.bank_item(item_id).await?;
        let mut content = known.as_ref().map_or_else(|| json!({}), |item| item.content.clone());
        if !content.is_object() {
            content = json!({});
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
        let right = changed.iter().filter(|of| of.now).count();
        Ok(Done {
            told: format!(
                "the key of {item_id} is {key}: of {} answers {right} are right now, {} wrong now, the others as before",
                answers.len(),
                changed.len() - right
            ),
            rows: touched.len() as u64 + 1,
            touched: (!touched.is_empty()).then_some(touched),
        })
    })
    .await?;
    Ok((done, changed))
}
