//! `GET /openapi.json`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::document::document;
use super::operation::Operation;
use super::ui;
use crate::app;
use crate::config::StartError;
use crate::error::{ApiError, ApiResult, Code};
use crate::routing::{Access, Routes};
use crate::state::{App, Shared};

pub(crate) fn routes() -> Routes {
    let operation = Operation::new("openapi", "This description")
        .answer::<Map<String, Value>>(200, "OpenAPI 3.1.")
        .refusals(&[Code::Internal]);
    Routes::new("Description")
        .get("/openapi.json", Access::open(), openapi, operation)
        .merge(ui::routes())
}

/// The description of a service whose platform routes stand under `prefix`.
pub(crate) fn description(prefix: &str) -> Result<Value, StartError> {
    Ok(document(app::routes(prefix)?.all()))
}

async fn openapi(State(app): State<Shared>) -> ApiResult<Response> {
    let text = described(&app)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// Made when it is first asked for.
fn described(app: &App) -> ApiResult<Bytes> {
    if let Some(text) = app.description.get() {
        return Ok(text.clone());
    }
    let internal = |error: &dyn std::fmt::Display| ApiError::internal(error);
    let document = description(&app.config.api_prefix).map_err(|error| internal(&error))?;
    let text = serde_json::to_vec(&document).map_err(|error| internal(&error))?;
    Ok(app.description.get_or_init(|| text.into()).clone())
}
