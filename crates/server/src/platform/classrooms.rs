//! `/classrooms`: the classes of organisations.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use seedtest_pipeline::Organisation;
use seedtest_store::{Classroom, RowFilter};
use seedtest_wire::questions::{ClassroomRequest, ClassroomRow};
use serde_json::json;
use uuid::Uuid;

use super::page::{PageSize, after, after_parameter, page};
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter};
use crate::parts::{Params, invalid};
use crate::questions::request::{id, id_of, text};
use crate::routing::{Access, Object, Reach, Rights, Routes};
use crate::state::Shared;

const READ: Access = Access::any_of(&["exam:read", "reports:view"]).about(Object::Student);
const WRITE: Access = Access::any_of(&["exam:write"]).about(Object::Student).writing();
const SIZE: PageSize = PageSize { usual: 50, most: 200 };
/// Longest name of a class, characters.
const LONGEST_NAME: usize = 200;

pub(super) fn routes() -> Routes {
    let list = Operation::new("listClassrooms", "Classes")
        .description("Those that the caller may see: administrators all, staff of their organisation or their own.")
        .parameter(Parameter::query("org_id", "Only those of this organisation.").example(json!("1")))
        .parameter(SIZE.parameter())
        .parameter(after_parameter())
        .answer::<Vec<ClassroomRow>>(200, "By id; `Link` leads to the next page.")
        .refusals(&[Code::InvalidParameter]);
    let put = Operation::new("createClassroom", "Add a class to an organisation")
        .body::<ClassroomRequest<'_>>(include_str!("../../requests/create_classroom.json"))
        .answer::<ClassroomRow>(201, "The class.")
        .refusals(&BODY)
        .refusals(&[Code::Conflict]);
    Routes::new("Platform")
        .get("/classrooms", READ, self::list, list.clone())
        .post("/classrooms", WRITE, self::create, put.clone())
        .merge(
            // As clients of the platform write it.
            Routes::new("Platform")
                .get("/classrooms/", READ, self::list, list.called("Slash"))
                .post(
                    "/classrooms/",
                    WRITE,
                    self::create,
                    put.called("Slash").body::<ClassroomRequest<'_>>(include_str!(
                        "../../requests/create_classroom_slash.json"
                    )),
                )
                .mirroring(),
        )
}

async fn list(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
    uri: Uri,
) -> ApiResult<Response> {
    let limit = SIZE.read(&params)?;
    let asked = params.text("org_id").map(|text| id(Some(text), "org_id")).transpose()?;
    let reach = rights.reach_of_lists()?;
    let (own_org, classes) = match &reach {
        Reach::All => (None, None),
        Reach::Organisation(org) => (Some(org.as_str()), None),
        Reach::Classes(org, classes) => (org.as_deref(), Some(classes.as_slice())),
        Reach::Student(_) => return Err(seedtest_pipeline::NotTheirs::Student.into()),
    };
    if asked.zip(own_org).is_some_and(|(asked, own)| asked != own) {
        return Err(seedtest_pipeline::NotTheirs::Organisation.into());
    }
    let filter = RowFilter {
        user_id: None,
        org_id: asked.or(own_org),
        classrooms: classes,
        after: after(&params)?,
        limit: limit + 1,
    };
    let rows = app.store.classrooms_listed(filter).await?.into_iter().map(shown).collect();
    Ok(page(&uri, limit, rows, |row: &ClassroomRow| row.id.clone()))
}

async fn create(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    Extension(user): Extension<Arc<Principal>>,
    request: Request,
) -> ApiResult<Response> {
    rights.nobody();
    let text = text(&app, request).await?;
    let request: ClassroomRequest<'_> = json::read(&text)?;
    let own = match &user.person.organisation {
        Organisation::Named(org) => Some(org.as_str()),
        Organisation::Only | Organisation::Unknown => None,
    };
    let org_id = request.org_id.as_ref().map(|org| id_of(org, "org_id")).transpose()?.or(own);
    let org_id = org_id.ok_or_else(|| invalid("org_id", "the organisation of the class"))?;
    // Who runs an organisation, or teaches all of it, adds its classes.
    user.person.may_see_school(org_id)?;
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(invalid("name", "a text of 1 to 200 characters on one line"));
    }
    if request.grade.is_some_and(|grade| grade > 12) {
        return Err(invalid("grade", "a whole number from 0 to 12"));
    }
    let made = || Uuid::new_v4().simple().to_string();
    let given = request.id.as_ref().map(|id| id_of(id, "id").map(str::to_owned)).transpose()?;
    let classroom = Classroom {
        id: given.unwrap_or_else(made),
        org_id: org_id.to_owned(),
        name: name.to_owned(),
        grade: request.grade.map(i32::from),
    };
    let mut tx = app.store.begin().await?;
    let is_new = tx.add_classroom(&classroom, app.config.clock.now()).await?;
    tx.commit().await?;
    if !is_new {
        return Err(ApiError::new(Code::Conflict, "there is a class of this name or id already")
            .hint("an organisation has one class of a name; list them with GET /classrooms"));
    }
    Ok((StatusCode::CREATED, Json(shown(classroom))).into_response())
}

fn shown(classroom: Classroom) -> ClassroomRow {
    let Classroom { id, org_id, name, grade } = classroom;
    ClassroomRow { id, org_id, name, grade }
}
