//! What people note of a student: that they have seen that the student needs help, and what they did.

use seedtest_store::{NoteKind, StudentNote};

use super::student_form::StudentForm;
use super::views::student_path;
use crate::fields::Fields;
use crate::local_path::local_path;
use crate::refusal::{PageResult, Refusal};
use crate::render::see_other;

/// Most characters of a note.
const LONGEST: usize = 2_000;

pub(crate) async fn add(form: StudentForm) -> PageResult {
    let StudentForm { dashboard, visitor, user_id, fields } = form;
    let (kind, note) = read(&fields)?;
    let noted_at = dashboard.clock.now();
    let actor = visitor.name().to_owned();
    let note = StudentNote { user_id: user_id.clone(), noted_at, actor, kind, note };
    let mut tx = dashboard.store.begin().await?;
    tx.add_student_note(&note).await?;
    tx.commit().await?;
    let back = fields.get("back").and_then(local_path).map(str::to_owned);
    Ok(see_other(&back.unwrap_or_else(|| format!("{}#notes", student_path(&user_id)))))
}

/// Without words it says that somebody has seen it.
fn read(fields: &Fields) -> PageResult<(NoteKind, Option<String>)> {
    let note = fields.text("note").map(str::to_owned);
    if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST) {
        return Err(Refusal::invalid("note", "note.too_long"));
    }
    match (fields.get("kind"), note) {
        (Some("seen"), note) => Ok((NoteKind::Seen, note)),
        (Some("intervention"), Some(note)) => Ok((NoteKind::Intervention, Some(note))),
        _ => Err(Refusal::invalid("note", "note.empty")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_in_words_and_what_was_seen_needs_none() {
        let of = |pairs: &[(&str, String)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            read(&Fields(pairs.collect()))
        };
        assert_eq!(of(&[("kind", "seen".into())]), Ok((NoteKind::Seen, None)));
        let called = [("kind", "intervention".into()), ("note", " called ".into())];
        assert_eq!(of(&called), Ok((NoteKind::Intervention, Some("called".into()))));
        assert_eq!(of(&[("kind", "intervention".into())]).unwrap_err().word, "note.empty");
        let long = [("kind", "seen".into()), ("note", "가".repeat(LONGEST + 1))];
        assert_eq!(of(&long).unwrap_err().word, "note.too_long");
    }
}
