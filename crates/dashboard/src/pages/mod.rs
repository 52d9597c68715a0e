//! The pages: a school, a class, a student, items, operations, imports. A handler asks who may see what, reads what the
//! nightly job wrote (`refresh-dashboard`), and hands it to a template; nothing is counted here.

mod alerts;
mod assets;
mod class;
mod classes;
mod computing;
mod export;
mod goals;
mod heat;
mod home;
mod imports;
mod items;
mod models;
mod names;
mod notes;
mod operations;
mod part;
mod reading;
mod runs;
mod school;
mod student;
mod student_form;
mod templates;
mod uploads;
mod views;
mod voices;
mod week_page;
mod weeks;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::refusal::PageResult;
use crate::render::page;
use crate::routing::{Access, Object, Pages};
use crate::state::Dashboard;
use crate::visitor::Visitor;

pub(crate) use assets::ASSETS;
pub(crate) use computing::Computing;
pub(crate) use templates::TEMPLATES;
pub(crate) use views::shown_at;
pub(crate) use voices::Voices;

pub(crate) fn routes() -> Pages {
    let everybody = |access: Access| access.about(Object::Everybody);
    let of_class = Access::staff().about(Object::Class);
    let of_student = Access::signed_in().about(Object::Student);
    let helps_student = Access::staff().about(Object::Student).writing();
    Pages::new()
        .get("/brand.css", Access::open(), assets::brand)
        .get("/home", Access::signed_in(), home::show)
        .get("/school", everybody(Access::school()), school::everybody)
        .get("/schools/{school_id}", Access::school().about(Object::School), school::show)
        .get("/classes", Access::staff(), classes::show)
        .get("/export/classes/{format}", Access::staff(), classes::export)
        .get("/everyone", everybody(Access::school()), class::everyone)
        .get("/classes/{class_id}", of_class, class::show)
        .get("/classes/{class_id}/export/{format}", of_class, class::export)
        .post("/classes/{class_id}/goals", of_class.writing(), goals::of_class)
        .get("/students/{user_id}", of_student, student::show)
        .get("/students/{user_id}/export/{format}", of_student, student::export)
        .post("/students/{user_id}/goals", helps_student, goals::of_student)
        .post("/students/{user_id}/notes", helps_student, notes::add)
        .get("/items", everybody(Access::school()), items::list)
        .get("/items/export/{format}", everybody(Access::school()), items::export)
        .get("/items/of/{item_id}", everybody(Access::school()), items::show)
        .get("/models", everybody(Access::school()), models::show)
        .get("/operations", everybody(Access::operator()), operations::show)
        .get("/operations/runs/{run_id}", everybody(Access::operator()), runs::show)
        .post(
            "/operations/alerts/{alert_key}",
            everybody(Access::operator()).writing(),
            alerts::acknowledge,
        )
        .get("/imports", everybody(Access::operator()), imports::show)
        .post(
            "/imports/files",
            everybody(Access::operator()).streaming().writing(),
            imports::receive,
        )
        .get("/imports/files/{upload_id}", everybody(Access::operator()), imports::preview)
        .post("/imports/files/{upload_id}", everybody(Access::operator()).writing(), imports::take)
        .post("/imports/undo/{run_id}", everybody(Access::operator()).writing(), imports::undo)
        .get("/imports/rejects/{run_id}", everybody(Access::operator()), imports::rejects)
}

/// A page from what its template knows.
fn render(
    dashboard: &Dashboard,
    visitor: &Visitor,
    template: &str,
    of: &impl Serialize,
) -> PageResult {
    page(dashboard, visitor, template, Value::from(Serde(of)))
}
