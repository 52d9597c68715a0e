//! Answers to one item inside exam documents, scored anew.

use serde_json::{Value as Json, json};

use super::{Correction, Touched, documents, record};
use crate::attempts::exam_answers::exam_answers;
use crate::attempts::exam_results::ExamResult;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;

/// Keys of a question that say whether it was answered right.
const OUTCOMES: [&str; 2] = ["is_correct", "correct"];

/// The document of an exam session in which an item was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    document: ExamResult,
    item_id: String,
    /// Canonical text id of the student.
    pub user_id: String,
    /// Right or wrong, once for every time the item stands in the document; `None` = not known.
    pub correct: Vec<Option<bool>>,
    /// Positions of these questions, from 0.
    places: Vec<usize>,
}

impl Paper {
    /// `None` of a document of nobody or without the item.
    fn of(document: ExamResult, item_id: &str) -> Option<Self> {
        let user_id = document.user_id.clone()?;
        let answers = exam_answers(document.id.unwrap_or_default(), &document.result_json);
        let own = answers.into_iter().filter(|answer| answer.item_number.to_string() == item_id);
        let (places, correct): (Vec<usize>, Vec<Option<bool>>) =
            own.map(|answer| ((answer.position - 1) as usize, answer.correct)).unzip();
        let item_id = item_id.to_owned();
        (!places.is_empty()).then_some(Self { document, item_id, user_id, correct, places })
    }

    /// The session it is of.
    pub fn session_id(&self) -> &str {
        &self.document.session_id
    }

    /// The document with these answers right or wrong. Its time stays: it is that of its answers.
    fn scored(&self, correct: bool) -> ExamResult {
        let mut document = self.document.clone();
        for place in &self.places {
            let question = document
                .result_json
                .get_mut("questions")
                .and_then(|questions| questions.get_mut(*place))
                .and_then(Json::as_object_mut);
            let Some(question) = question else { continue };
            let known = OUTCOMES.into_iter().filter(|key| question.contains_key(*key));
            let mut keys: Vec<&str> = known.collect();
            if keys.is_empty() {
                keys.push(OUTCOMES[0]);
            }
            for key in keys {
                question.insert(key.to_owned(), Json::Bool(correct));
            }
        }
        document
    }
}

impl Tx {
    /// Exam documents in which students answered an item, by session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn papers_with_item(&mut self, item_id: &str) -> Result<Vec<Paper>, Error> {
        let sql = "SELECT DISTINCT session_id FROM seedtest_answer \
                   WHERE item_id = $1 AND exam_result_id IS NOT NULL ORDER BY session_id";
        let mut session = self.session();
        let read = |row: &crate::engine::row::Row<'_>| row.required(0, row.owned_text(0)?);
        let ids: Vec<String> = session.fetch(sql, &[Value::text(item_id)], read).await?;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut found = documents::stored(&mut session, &ids).await?;
        found.sort_by(|one, other| one.session_id.cmp(&other.session_id));
        Ok(found.into_iter().filter_map(|document| Paper::of(document, item_id)).collect())
    }

    /// Says of every answer to the item in a document whether it was right.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rescore_paper(
        &mut self,
        paper: &Paper,
        correct: bool,
        reason: Option<&str>,
        by: Correction<'_>,
    ) -> Result<Touched, Error> {
        let at = paper.document.updated_at.unwrap_or(paper.document.created_at);
        self.write_documents(&[&paper.scored(correct)]).await?;
        let detail = json!({
            "item_id": paper.item_id,
            "session_id": paper.session_id(),
            "completed_at": at,
            "before": paper.correct.first().copied().flatten(),
            "after": correct,
            "reason": reason,
        });
        let user_id = paper.user_id.clone();
        record(&mut self.session(), by, "correct", Some(&user_id), &detail).await?;
        Ok(Touched { user_id, first: at, last: at })
    }
}
