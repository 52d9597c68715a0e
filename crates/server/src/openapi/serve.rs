//! `GET /openapi.json`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};

use super::DESCRIPTION;
use super::document::document;
use super::operation::Operation;
use super::packed::Packed;
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
    Routes::new(DESCRIPTION)
        .get("/openapi.json", Access::open(), openapi, operation)
        .merge(ui::routes())
}

/// The description of a service whose platform routes stand under `prefix`.
pub(crate) fn description(prefix: &str) -> Result<Value, StartError> {
    Ok(document(app::routes(prefix)?.all()))
}

async fn openapi(State(app): State<Shared>, headers: HeaderMap) -> ApiResult<Response> {
    described(&app)?.answer(&headers, "application/json")
}

/// Made when it is first asked for.
fn described(app: &App) -> ApiResult<&Packed> {
    if let Some(text) = app.description.get() {
        return Ok(text);
    }
    let internal = |error: &dyn std::fmt::Display| ApiError::internal(error);
    let document = description(&app.config.api_prefix).map_err(|error| internal(&error))?;
    let text = serde_json::to_vec(&document).map_err(|error| internal(&error))?;
    let packed = Packed::new(text).map_err(|error| internal(&error))?;
    Ok(app.description.get_or_init(|| packed))
}
