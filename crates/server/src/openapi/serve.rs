//! `GET /openapi.json`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::document::document;
use super::operation::Operation;
use super::routes::Routes;
use super::ui;
use crate::app;
use crate::error::{ApiError, ApiResult, Code};
use crate::state::{App, Shared};

pub(crate) fn routes() -> Routes {
    let operation = Operation::new("openapi", "This description")
        .answer::<Map<String, Value>>(200, "OpenAPI 3.1.")
        .refusals(&[Code::Internal]);
    Routes::new("Description").get("/openapi.json", openapi, operation).merge(ui::routes())
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
    let routes = app::routes(&app.config.api_prefix).map_err(|error| internal(&error))?;
    let text = serde_json::to_vec(&document(&routes.described())).map_err(|e| internal(&e))?;
    Ok(app.description.get_or_init(|| text.into()).clone())
}
