//! Who asks for rows of a platform, and of whom.

use std::sync::Arc;

use axum::extract::rejection::ExtensionRejection;
use axum::extract::{Extension, FromRequestParts};
use axum::http::request::Parts;
use seedtest_wire::Id;

use crate::error::{ApiError, ApiResult};
use crate::jwt::Principal;
use crate::questions::request::{id, id_of};
use crate::routing::Rights;
use crate::state::Shared;

/// Somebody of the platform, with what they may ask of this service.
pub(super) struct Asker {
    pub(super) app: Shared,
    pub(super) rights: Arc<Rights>,
    pub(super) user: Arc<Principal>,
}

impl FromRequestParts<Shared> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> ApiResult<Self> {
        let rights = Extension::<Arc<Rights>>::from_request_parts(parts, app).await;
        let user = Extension::<Arc<Principal>>::from_request_parts(parts, app).await;
        let lost = |error: ExtensionRejection| ApiError::internal(&error);
        let (Extension(rights), Extension(user)) = (rights.map_err(lost)?, user.map_err(lost)?);
        Ok(Self { app: app.clone(), rights, user })
    }
}

impl Asker {
    /// The student that a query names, else the caller; whom the caller may ask about.
    pub(super) async fn student(&self, named: Option<&str>) -> ApiResult<String> {
        let named = named.map(|text| id(Some(text), "user_id")).transpose()?;
        let asked = self.rights.student(&self.app.store, named.unwrap_or(&self.user.user_id)).await;
        asked.map_err(|refused| match refused.message.as_str() {
            // As the contract calls it here.
            "forbidden_owner" => ApiError { message: "forbidden_user".into(), ..refused },
            _ => refused,
        })
    }

    /// The student that a body names, else the caller; whom the caller may ask about.
    pub(super) async fn student_of_body(&self, named: Option<&Id<'_>>) -> ApiResult<String> {
        self.student(named.map(|id| id_of(id, "user_id")).transpose()?).await
    }
}
