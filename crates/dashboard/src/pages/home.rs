//! Where somebody begins, by role.

use axum::extract::State;
use seedtest_pipeline::Role;
use seedtest_store::Store;

use super::render;
use super::views::student_path;
use crate::refusal::PageResult;
use crate::render::{see_other, segment};
use crate::state::Shared;
use crate::visitor::Visitor;

pub(crate) async fn show(State(dashboard): State<Shared>, visitor: Visitor) -> PageResult {
    match way(&dashboard.store, &visitor).await? {
        Some(path) => Ok(see_other(&path)),
        None => render(&dashboard, &visitor, "nothing.html", &()),
    }
}

/// The page of somebody who sees one thing, or the list of several; `None` = there is nothing yet.
async fn way(store: &Store, visitor: &Visitor) -> PageResult<Option<String>> {
    if visitor.person()?.sees_everything() {
        return Ok(Some("/school".to_owned()));
    }
    match visitor.role() {
        Some(Role::Operator | Role::School) => {
            let schools = visitor.schools(store).await?;
            Ok(Some(match &schools[..] {
                [only] => format!("/schools/{}", segment(&only.school_id)),
                _ => "/classes".to_owned(),
            }))
        }
        Some(Role::Teacher) => {
            let classes = visitor.classes(store).await?;
            Ok(Some(match &classes[..] {
                [only] => format!("/classes/{}", segment(&only.class_id)),
                _ => "/classes".to_owned(),
            }))
        }
        _ => Ok(visitor.own_students().first().map(|id| student_path(id))),
    }
}
