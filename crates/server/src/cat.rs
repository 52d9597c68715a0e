//! Adaptive tests that are stored: `POST /cat/sessions`, the answers to their items, and how they stand. The stateless
//! `POST /cat/next` is a question of the family `irt`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use seedtest_digest::sha256_hex;
use seedtest_families::irt::CatBank;
use seedtest_store::{BankItemVersion, CatSession};
use seedtest_wire::{
    CatAnswerJson, CatNextResponse, CatResultRequest, CatSessionRequest, CatSessionResponse,
    CatSettingsJson,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::Caller;
use crate::body::receive;
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::openapi::{BODY, Operation, Parameter, WORKER};
use crate::parts::ReadId;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};

/// Whose session it is decides, as with runs.
const BEGIN: Access =
    Access::internal(&[TokenScope::Read, TokenScope::Fit]).about(Object::Student).writing();
const ANSWER: Access =
    Access::internal(&[TokenScope::Read, TokenScope::Fit]).about(Object::Run).writing();
const LOOK: Access = Access::internal(&[TokenScope::Read, TokenScope::Fit]).about(Object::Run);

/// Banks that are kept ready.
const MOST_BANKS: usize = 8;
/// Longest id of a student, bytes.
const LONGEST_ID: usize = 256;

/// Banks that sessions have used, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Banks(Mutex<VecDeque<(String, Arc<CatBank>)>>);

impl Banks {
    fn get(&self, bank_id: &str) -> Option<Arc<CatBank>> {
        let banks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        banks.iter().find(|(id, _)| id == bank_id).map(|(_, bank)| bank.clone())
    }

    fn keep(&self, bank_id: &str, bank: &Arc<CatBank>) {
        let mut banks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        banks.retain(|(id, _)| id != bank_id);
        banks.push_back((bank_id.to_owned(), bank.clone()));
        while banks.len() > MOST_BANKS {
            banks.pop_front();
        }
    }
}

/// What is stored of a test besides its settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Stored {
    history: Vec<CatAnswerJson>,
    set_aside: Vec<String>,
    /// The item that waits for its answer.
    waiting: Option<String>,
    /// Items of the history that were given before the session.
    n_before: usize,
}

pub(crate) fn routes() -> Routes {
    let session_id = || Parameter::path("session_id", "Id of the session.");
    let begin = Operation::new("beginCatSession", "Begin an adaptive test")
        .description(
            "Without `item_params` the test picks from the newest stored parameters of every item, whose areas are \
             the topics of their questions. The answer names the first item.",
        )
        .body::<CatSessionRequest>(include_str!("../requests/cat_session.json"))
        .answer::<CatNextResponse>(201, "The first item; `Location` is where the session stands.")
        .link("getCatSession", "session_id", "$response.body#/sessionIdentifier")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::NoModel, Code::UnusableData]);
    let answer = Operation::new("answerCatItem", "Answer the item of an adaptive test")
        .description(
            "The same answer to the item before again is answered as the first time; any other item than the one that \
             waits is a conflict.",
        )
        .parameter(session_id())
        .body::<CatResultRequest>(include_str!("../requests/cat_result.json"))
        .answer::<CatNextResponse>(200, "The next item, or why the test ends.")
        .refusals(&BODY)
        .refusals(&[Code::NotFound, Code::Conflict]);
    let show = Operation::new("getCatSession", "An adaptive test")
        .parameter(session_id())
        .answer::<CatSessionResponse>(200, "What was answered, and what came last.")
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    let end = Operation::new("endCatSession", "End an adaptive test")
        .description("What was answered stays; no item is given any more.")
        .parameter(session_id())
        .answer::<CatSessionResponse>(200, "The session as it ended.")
        .refusals(&[Code::InvalidParameter, Code::NotFound, Code::Conflict]);
    Routes::new("Adaptive tests")
        .post("/cat/sessions", BEGIN, self::begin, begin)
        .post("/cat/sessions/{session_id}/results", ANSWER, self::answer, answer)
        .get("/cat/sessions/{session_id}", LOOK, self::show, show)
        .delete("/cat/sessions/{session_id}", ANSWER, self::end, end)
}

async fn begin(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Response> {
    let limits = &app.config.limits;
    // Banks are kept, in memory and in the database: no larger ones than other requests are.
    let body = receive(request, limits.body, limits, &app.bodies).await?;
    let request: CatSessionRequest = json::read(&body.unpack()?)?;
    let user_id = request.user_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
    let user_id = match user_id {
        Some(id) if id.len() > LONGEST_ID || id.contains(char::is_control) => {
            return Err(ApiError::new(Code::InvalidParameter, "invalid user_id")
                .hint(format!("user_id is a text of one line, 1 to {LONGEST_ID} bytes")));
        }
        Some(id) => Some(rights.student(&app.store, id).await?),
        None => {
            rights.nobody();
            None
        }
    };
    let items = match request.item_params {
        Some(items) => only_items(items),
        None => stored_items(&app).await?,
    };
    let text = items.to_string();
    let bank_id = sha256_hex(&[text.as_bytes()]);
    let bank = if let Some(bank) = app.cat_banks.get(&bank_id) {
        bank
    } else {
        let place = app.workers.enter()?;
        let bank = Arc::new(place.run(move || Ok(CatBank::read(&text)?)).await?);
        app.cat_banks.keep(&bank_id, &bank);
        bank
    };
    let session_id = Uuid::new_v4().to_string();
    let n_before = request.prior_data.len();
    let mut state = Stored { history: request.prior_data, n_before, ..Stored::default() };
    let next = step(&bank, &session_id, &request.settings, &mut state)?;
    let now = app.config.clock.now();
    let session = CatSession {
        session_id: session_id.clone(),
        actor: caller.name.clone(),
        user_id,
        bank_id,
        settings: serde_json::to_value(&request.settings).map_err(|e| ApiError::internal(&e))?,
        state: serde_json::to_value(&state).map_err(|e| ApiError::internal(&e))?,
        last: serde_json::to_value(&next).map_err(|e| ApiError::internal(&e))?,
        is_open: state.waiting.is_some(),
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.store.begin().await?;
    tx.add_cat_session(&session, &items).await?;
    tx.commit().await?;
    let place = [("location", format!("/cat/sessions/{session_id}"))];
    Ok((StatusCode::CREATED, place, Json(next)).into_response())
}

/// The items of a bank without what stands beside them: a whole calibration also says who answered.
fn only_items(bank: Value) -> Value {
    let list = |key: &str| bank.get(key).filter(|value| value.is_array()).cloned();
    list("item_params").or_else(|| list("items")).unwrap_or(bank)
}

/// The newest stored parameters of every item, with the topic of its question.
async fn stored_items(app: &App) -> ApiResult<Value> {
    let rows = app.store.latest_item_params().await?;
    if rows.is_empty() {
        return Err(ApiError::new(Code::NoModel, "no item has stored parameters")
            .hint("run `seedtest job run mirt-calibrate`, or send item_params"));
    }
    let topics: HashMap<String, String> = app.store.question_topics().await?.into_iter().collect();
    let bank = app.store.bank_items().await?;
    let of_bank: HashMap<&str, &BankItemVersion> =
        bank.iter().map(|item| (item.item_id.as_str(), item)).collect();
    let given: HashSet<&str> = rows.iter().map(|row| row.item_id.as_str()).collect();
    let item = |row: &seedtest_store::ItemParamsRow| {
        let known = of_bank.get(row.item_id.as_str());
        if known.is_some_and(|item| item.is_retired) {
            return None;
        }
        let mut params = row.params.clone();
        if let Some(params) = params.as_object_mut() {
            params.retain(|key, _| ["a", "b", "c", "d", "model", "scores"].contains(&key.as_str()));
        }
        let model = params.get("model").cloned().unwrap_or_else(|| json!(row.model));
        let said = |key: &str| known.and_then(|item| item.content.get(key)).cloned();
        let area = said("topic_id").or_else(|| topics.get(&row.item_id).map(|topic| json!(topic)));
        let mut entry =
            json!({"item_id": row.item_id, "model": model, "params": params, "area": area});
        if let Some(exposure) = said("exposure") {
            entry["exposure"] = exposure;
        }
        if let Some(Value::Array(enemies)) = said("enemies") {
            let there = |enemy: &Value| enemy.as_str().is_some_and(|id| given.contains(id));
            entry["enemies"] = enemies.into_iter().filter(there).collect();
        }
        Some(entry)
    };
    let items: Vec<Value> = rows.iter().filter_map(item).collect();
    // An enemy that is retired is no item of the bank.
    let left: HashSet<String> =
        items.iter().filter_map(|item| Some(item["item_id"].as_str()?.to_owned())).collect();
    let items = items.into_iter().map(|mut item| {
        if let Some(enemies) = item.get_mut("enemies").and_then(Value::as_array_mut) {
            enemies.retain(|enemy| enemy.as_str().is_some_and(|id| left.contains(id)));
        }
        item
    });
    Ok(items.collect())
}

/// The next item, with the state after it.
fn step(
    bank: &CatBank,
    session_id: &str,
    settings: &CatSettingsJson,
    state: &mut Stored,
) -> ApiResult<CatNextResponse> {
    // A stream of its own for every session: the first half of its id.
    let test = session_id.get(..8).and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let spec = bank.spec(settings, test)?;
    let known = bank.state(&state.history, &state.set_aside)?;
    let mut next = bank.next(&known, &spec)?;
    next.session_identifier = Some(session_id.to_owned());
    state.waiting =
        next.next_items.as_ref().and_then(|items| items.item_identifiers.first().cloned());
    if let Some(pick) = &next.pick {
        state.set_aside.clone_from(&pick.set_aside);
    }
    Ok(next)
}

async fn answer(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(session_id): ReadId,
    request: Request,
) -> ApiResult<Json<CatNextResponse>> {
    let limits = &app.config.limits;
    let body = receive(request, limits.body, limits, &app.bodies).await?;
    let CatResultRequest { item_id, score, is_correct } = json::read(&body.unpack()?)?;
    let given = CatAnswerJson { item_id, score, is_correct };
    let mut session = owned(&app, &rights, &session_id).await?;
    let mut state: Stored = of_stored(&session.state)?;
    if state.waiting.as_deref() != Some(given.item_id.as_str()) {
        // Who sends an answer twice has not heard the first time.
        if state.history.len() > state.n_before && state.history.last() == Some(&given) {
            return Ok(Json(of_stored(&session.last)?));
        }
        let message = match &state.waiting {
            Some(waiting) => format!("the item that waits for its answer is {waiting}"),
            None => "the test has ended".to_string(),
        };
        return Err(
            ApiError::new(Code::Conflict, message).hint("GET the session to see what came last")
        );
    }
    let settings: CatSettingsJson = of_stored(&session.settings)?;
    let bank = bank_of(&app, &session.bank_id).await?;
    state.history.push(given);
    let next = step(&bank, &session_id, &settings, &mut state)?;
    session.state = serde_json::to_value(&state).map_err(|e| ApiError::internal(&e))?;
    session.last = serde_json::to_value(&next).map_err(|e| ApiError::internal(&e))?;
    session.is_open = state.waiting.is_some();
    update(&app, &mut session).await?;
    Ok(Json(next))
}

async fn show(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(session_id): ReadId,
) -> ApiResult<Json<CatSessionResponse>> {
    let session = owned(&app, &rights, &session_id).await?;
    Ok(Json(shown(session)?))
}

async fn end(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(session_id): ReadId,
) -> ApiResult<Json<CatSessionResponse>> {
    let mut session = owned(&app, &rights, &session_id).await?;
    if session.is_open {
        let mut state: Stored = of_stored(&session.state)?;
        state.waiting = None;
        session.state = serde_json::to_value(&state).map_err(|e| ApiError::internal(&e))?;
        session.is_open = false;
        update(&app, &mut session).await?;
    }
    Ok(Json(shown(session)?))
}

/// Writes what became of a session, unless somebody else did meanwhile.
async fn update(app: &App, session: &mut CatSession) -> ApiResult<()> {
    session.updated_at = app.config.clock.now();
    let mut tx = app.store.begin().await?;
    let written = tx.update_cat_session(session).await?;
    tx.commit().await?;
    if written {
        return Ok(());
    }
    Err(ApiError::new(Code::Conflict, "the session was answered at the same time")
        .hint("GET the session to see what came last"))
}

/// A session that the caller may see.
async fn owned(app: &App, rights: &Rights, session_id: &str) -> ApiResult<CatSession> {
    let found = match Uuid::parse_str(session_id) {
        Ok(_) => app.store.cat_session(session_id).await?,
        Err(_) => None,
    };
    let own = rights.runs_of();
    // Nobody learns of sessions of others.
    let seen = found.filter(|session| own.is_none_or(|own| own == session.actor));
    let session = seen.ok_or_else(|| {
        let shown: String = session_id.chars().take(60).collect();
        ApiError::new(Code::NotFound, format!("no session is called {shown:?}"))
            .hint("sessions are seen by who began them; a token with the scope operator sees all")
    })?;
    if let Some(user_id) = &session.user_id {
        rights.of_student(user_id);
    }
    Ok(session)
}

/// The bank of a session, from memory or read again.
async fn bank_of(app: &App, bank_id: &str) -> ApiResult<Arc<CatBank>> {
    if let Some(bank) = app.cat_banks.get(bank_id) {
        return Ok(bank);
    }
    let Some(items) = app.store.cat_bank(bank_id).await? else {
        return Err(ApiError::new(Code::NotFound, "the bank of the session is gone"));
    };
    let place = app.workers.enter()?;
    let bank = Arc::new(place.run(move || Ok(CatBank::read(&items.to_string())?)).await?);
    app.cat_banks.keep(bank_id, &bank);
    Ok(bank)
}

fn shown(session: CatSession) -> ApiResult<CatSessionResponse> {
    let state: Stored = of_stored(&session.state)?;
    let instant =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let mut last: CatNextResponse = of_stored(&session.last)?;
    if !session.is_open && last.stop.is_none() {
        // It was ended from outside.
        (last.next_items, last.pick) = (None, None);
    }
    Ok(CatSessionResponse {
        status: "success".into(),
        ok: true,
        session_identifier: session.session_id,
        user_id: session.user_id,
        state: if session.is_open { "open" } else { "ended" }.into(),
        created_at: instant(session.created_at),
        updated_at: instant(session.updated_at),
        history: state.history,
        last,
        settings: of_stored(&session.settings)?,
    })
}

fn of_stored<T: serde::de::DeserializeOwned>(value: &Value) -> ApiResult<T> {
    T::deserialize(value).map_err(|error| ApiError::internal(&error))
}
