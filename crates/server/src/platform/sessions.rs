//! `/sessions`: when students sat where.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::SubsecRound as _;
use seedtest_pipeline::{NotTheirs, Organisation, Role};
use seedtest_store::{RowFilter, Sitting};
use seedtest_wire::questions::{SessionRequest, SessionRow};
use serde_json::json;

use super::asker::Asker;
use super::page::{PageSize, after, after_parameter, page};
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter};
use crate::parts::{Params, ReadId, invalid};
use crate::questions::request::{id, id_of, instant, text};
use crate::routing::{Access, Object, Reach, Rights, Routes};
use crate::state::{App, Shared};

const READ: Access = Access::any_of(&["exam:read"]).about(Object::Student);
const WRITE: Access = Access::any_of(&["exam:write"]).about(Object::Student).writing();
const SIZE: PageSize = PageSize { usual: 50, most: 200 };
/// Longest word for the state of a session.
const LONGEST_STATUS: usize = 64;

pub(super) fn routes() -> Routes {
    let list = Operation::new("listSessions", "Sessions of students")
        .description(
            "Those that the caller may see: all for administrators, of their organisation or classes for staff, \
             their own for students.",
        )
        .parameter(Parameter::query("user_id", "Only those of this student.").example(json!("amy")))
        .parameter(Parameter::query("classroom_id", "Only those in this class."))
        .parameter(SIZE.parameter())
        .parameter(after_parameter())
        .answer::<Vec<SessionRow>>(200, "By id; `Link` leads to the next page.")
        .refusals(&[Code::InvalidParameter]);
    let show = Operation::new("getSession", "A session")
        .parameter(
            Parameter::path("id", "Id of the session.")
                .example(json!("5f0c7c1e-0b0a-4a57-9d6a-0a3f6b8f2c11")),
        )
        .answer::<SessionRow>(200, "The session.")
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    let put = Operation::new("createSession", "Create a session under an id of the client's")
        .description(
            "Sent again, it stays as it is: the first answer is 201, further ones are 200.",
        )
        .body::<SessionRequest<'_>>(include_str!("../../requests/create_session.json"))
        .answer::<SessionRow>(201, "It is stored now.")
        .answer::<SessionRow>(200, "It was there already.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    Routes::new("Platform")
        .get("/sessions", READ, self::list, list)
        .get("/sessions/{id}", READ, self::show, show)
        .post("/sessions", WRITE, self::create, put)
}

async fn list(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
    uri: Uri,
) -> ApiResult<Response> {
    let limit = SIZE.read(&params)?;
    let named = params.text("user_id").map(|text| id(Some(text), "user_id")).transpose()?;
    let classroom = params.text("classroom_id").map(|text| id(Some(text), "classroom_id"));
    let classroom = classroom.transpose()?.map(|id| vec![id.to_owned()]);
    let student = match named {
        Some(named) => Some(rights.student(&app.store, named).await?),
        None => None,
    };
    // Who may see a student sees where they sat.
    let reach = if student.is_some() { Reach::All } else { rights.reach_of_lists()? };
    let (org_id, own_classes, own) = match &reach {
        Reach::All => (None, None, None),
        Reach::Organisation(org) => (Some(org.as_str()), None, None),
        Reach::Classes(org, classes) => (org.as_deref(), Some(classes), None),
        Reach::Student(own) => (None, None, Some(own.as_str())),
    };
    if let (Some(asked), Some(own_classes)) = (&classroom, own_classes)
        && !own_classes.contains(&asked[0])
    {
        return Err(NotTheirs::Class.into());
    }
    let filter = RowFilter {
        user_id: student.as_deref().or(own),
        org_id,
        classrooms: classroom.as_ref().or(own_classes).map(Vec::as_slice),
        after: after(&params)?,
        limit: limit + 1,
    };
    let sittings = app.store.sittings(filter).await?;
    for user_id in sittings.iter().filter_map(|sitting| sitting.user_id.as_deref()) {
        rights.of_student(user_id);
    }
    let rows = sittings.into_iter().map(shown).collect();
    Ok(page(&uri, limit, rows, |row: &SessionRow| row.id.clone()))
}

async fn show(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(session_id): ReadId,
) -> ApiResult<Json<SessionRow>> {
    let found = app.store.sitting(id(Some(&session_id), "id")?).await?;
    may_see(&app, &rights, found.as_ref()).await?;
    let found = found.ok_or_else(|| ApiError::new(Code::NotFound, "there is no such session"))?;
    Ok(Json(shown(found)))
}

/// One that does not exist is one of nobody: who is not let in does not learn which there are.
async fn may_see(app: &App, rights: &Rights, found: Option<&Sitting>) -> ApiResult<()> {
    let owner = found.and_then(|found| found.user_id.as_deref());
    rights.exam(&app.store, owner, found.and_then(|found| found.org_id)).await
}

async fn create(asker: Asker, request: Request) -> ApiResult<Response> {
    let Asker { app, rights, user } = asker;
    let text = text(&app, request).await?;
    let request: SessionRequest<'_> = json::read(&text)?;
    let now = app.config.clock.now();
    let sitting = sitting(&request, &user, now)?;
    may_place(&app, &rights, &user, &sitting).await?;
    let mut tx = app.store.begin().await?;
    let is_new = tx.add_sitting(&sitting, now).await?;
    tx.commit().await?;
    if is_new {
        return Ok((StatusCode::CREATED, Json(shown(sitting))).into_response());
    }
    let stored = app.store.sitting(&sitting.id).await?;
    may_see(&app, &rights, stored.as_ref()).await?;
    match stored {
        Some(stored) if stored.user_id == sitting.user_id => {
            Ok(Json(shown(stored)).into_response())
        }
        _ => Err(ApiError::new(Code::Conflict, "another student has a session of this id")
            .hint("choose ids that nobody else can choose, as UUIDs")),
    }
}

fn sitting(
    request: &SessionRequest<'_>,
    user: &Principal,
    now: chrono::DateTime<chrono::Utc>,
) -> ApiResult<Sitting> {
    let text = |given: Option<&seedtest_wire::Id<'_>>, name| {
        given.map(|id| id_of(id, name).map(str::to_owned)).transpose()
    };
    let is_student = user.person.role <= Role::Guardian;
    let own = || user.person.own_student.clone().filter(|_| is_student);
    let own_org = || match &user.person.organisation {
        Organisation::Named(org) if user.person.role.is_staff() => org.parse().ok(),
        _ => None,
    };
    let status = request.status.as_deref().unwrap_or("started").trim();
    if status.is_empty() || status.len() > LONGEST_STATUS || status.contains('\0') {
        return Err(invalid("status", "a text of 1 to 64 bytes"));
    }
    // As databases keep them.
    let started_at = request.started_at.unwrap_or(now).trunc_subsecs(6);
    let ended_at = request.ended_at.map(|end| end.trunc_subsecs(6));
    if ended_at.is_some_and(|end| end < started_at) {
        return Err(invalid("ended_at", "no earlier than started_at"));
    }
    Ok(Sitting {
        id: id_of(&request.id, "id")?.to_owned(),
        user_id: text(request.user_id.as_ref(), "user_id")?.or_else(own),
        classroom_id: text(request.classroom_id.as_ref(), "classroom_id")?,
        exam_id: text(request.exam_id.as_ref(), "exam_id")?,
        org_id: request.org_id.or_else(own_org),
        started_at: Some(started_at),
        ended_at,
        status: Some(status.to_owned()),
    })
}

/// A session opens its student to the staff of its organisation and class: nobody may put a student where they have no
/// say, and students put themselves only where they are.
async fn may_place(
    app: &App,
    rights: &Rights,
    user: &Principal,
    sitting: &Sitting,
) -> ApiResult<()> {
    if let Some(user_id) = sitting.user_id.as_deref() {
        rights.student(&app.store, user_id).await?;
    } else {
        user.person.has_students()?;
        rights.nobody();
    }
    if user.person.sees_everything() {
        return Ok(());
    }
    let org = sitting.org_id.map(|org| org.to_string());
    let class = sitting.classroom_id.as_ref();
    if user.person.role.is_staff() {
        user.person.is_of(org.as_deref().into_iter())?;
        let own = user.person.classes.as_ref().filter(|_| user.person.has_classes());
        let is_foreign = class.zip(own).is_some_and(|(class, own)| !own.contains(class));
        return if is_foreign { Err(NotTheirs::Class.into()) } else { Ok(()) };
    }
    let places = app.store.student_places(sitting.user_id.as_deref().unwrap_or_default()).await?;
    if org.is_some_and(|org| !places.organisations.contains(&org) && !user.person.is_named(&org)) {
        return Err(NotTheirs::Organisation.into());
    }
    if class.is_some_and(|class| !places.classrooms.contains(class)) {
        return Err(NotTheirs::Class.into());
    }
    Ok(())
}

fn shown(sitting: Sitting) -> SessionRow {
    SessionRow {
        id: sitting.id,
        user_id: sitting.user_id,
        classroom_id: sitting.classroom_id,
        exam_id: sitting.exam_id,
        org_id: sitting.org_id,
        started_at: sitting.started_at.map(instant),
        ended_at: sitting.ended_at.map(instant),
        status: sitting.status,
    }
}
