//! A form about a student.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::Shared;
use crate::visitor::Visitor;

/// What a form about a student was sent with, by whom; the student is one that the visitor may see.
pub(crate) struct StudentForm {
    pub(crate) dashboard: Shared,
    pub(crate) visitor: Visitor,
    /// The id under which the student is stored.
    pub(crate) user_id: String,
    pub(crate) fields: Fields,
}

impl FromRequestParts<Shared> for StudentForm {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, dashboard: &Shared) -> Result<Self, Refusal> {
        let visitor = Visitor::from_request_parts(parts, dashboard).await?;
        let fields = Fields::from_request_parts(parts, dashboard).await?;
        let Path(named) = Path::<String>::from_request_parts(parts, dashboard)
            .await
            .map_err(|_| Refusal::not_found())?;
        let user_id = visitor.student(&dashboard.store, &named).await?;
        Ok(Self { dashboard: dashboard.clone(), visitor, user_id, fields })
    }
}
