//! `seedtest goal`, `seedtest classroom`, `seedtest session`: rows that a platform writes, for who has none.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use seedtest_store::{Classroom, InterestGoal, RowFilter, Sitting, Store};
use serde_json::json;

use crate::cli::{
    ClassroomAction, ClassroomArgs, Global, GoalAction, GoalArgs, SessionAction, SessionArgs,
};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// Rows that are read at a time.
const PAGE: u32 = 1_000;

/// An id that can be one.
fn id<'a>(text: &'a str, flag: &str) -> Result<&'a str, Failure> {
    let id = text.trim();
    if !id.is_empty() && id.len() <= seedtest_wire::MAX_ID_BYTES && !id.contains('\0') {
        return Ok(id);
    }
    let hint = format!("an id is a text of 1 to {} bytes", seedtest_wire::MAX_ID_BYTES);
    Err(Failure::usage(format!("{flag}: {text:?} is no id"), hint))
}

pub(crate) async fn goal(
    args: &GoalArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let now = session::clock()?.now().trunc_subsecs(6);
    match &args.action {
        GoalAction::Set { student, topic, score, level, by, priority } => {
            let (student, topic) = (id(student, "--student")?, id(topic, "--topic")?);
            let goal = InterestGoal {
                topic_id: topic.to_owned(),
                subject_id: None,
                target_level: *level,
                target_score: *score,
                target_date: *by,
                priority: *priority,
            };
            let store = session::open_or_create(global).await?;
            session::with(store, async |store| {
                let student = store.student_now(student).await?;
                let mut tx = store.begin().await?;
                tx.set_interest_goal(&student, &goal, now).await?;
                tx.commit().await?;
                output.line(&format!("{student} has a goal in {topic}"))
            })
            .await?;
        }
        GoalAction::List { student } => {
            let store = session::open(global).await?;
            session::with(store, async |store| list_goals(store, student.as_deref(), output).await)
                .await?;
        }
        GoalAction::Remove { student, topic } => {
            let store = session::open(global).await?;
            session::with(store, async |store| {
                let student = store.student_now(student).await?;
                let mut tx = store.begin().await?;
                let removed = tx.forget_interest_goal(&student, topic).await?;
                tx.commit().await?;
                if removed {
                    return output.line(&format!("{student} has no goal in {topic} any more"));
                }
                let hint = format!("`seedtest goal list --student {student}` shows what there is");
                Err(Failure::new(format!("{student} has no goal in {topic:?}"), Some(hint)))
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list_goals(store: &Store, student: Option<&str>, output: &Output) -> Result<(), Failure> {
    let goals = match student {
        Some(student) => {
            let student = store.student_now(student).await?;
            let own = store.interest_goals(&student).await?.into_iter();
            own.map(|goal| (student.clone(), goal)).collect()
        }
        None => store.all_interest_goals().await?,
    };
    for (user_id, goal) in goals {
        let line = json!({
            "user_id": user_id,
            "topic_id": goal.topic_id,
            "target_score": goal.target_score,
            "target_level": goal.target_level,
            "target_date": goal.target_date,
            "priority": goal.priority,
        });
        output.line(&line.to_string())?;
    }
    Ok(())
}

pub(crate) async fn classroom(
    args: &ClassroomArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let now = session::clock()?.now().trunc_subsecs(6);
    match &args.action {
        ClassroomAction::Add { id: class_id, org, name, grade } => {
            let name = name.trim();
            if name.is_empty() || name.chars().any(char::is_control) {
                let hint = "a name is a text on one line";
                return Err(Failure::usage(format!("--name: {name:?} is no name"), hint));
            }
            let classroom = Classroom {
                id: id(class_id, "ID")?.to_owned(),
                org_id: id(org, "--org")?.to_owned(),
                name: name.to_owned(),
                grade: *grade,
            };
            let store = session::open_or_create(global).await?;
            session::with(store, async |store| {
                let mut tx = store.begin().await?;
                let is_new = tx.add_classroom(&classroom, now).await?;
                tx.commit().await?;
                if is_new {
                    return output
                        .line(&format!("{} is a class of {}", classroom.id, classroom.org_id));
                }
                let hint =
                    "`seedtest classroom list` shows them; an organisation has one of a name";
                let message = "there is a class of this id, or of this name in the organisation";
                Err(Failure::new(message, Some(hint.to_owned())))
            })
            .await?;
        }
        ClassroomAction::List { org } => {
            let store = session::open(global).await?;
            session::with(store, async |store| {
                list_classrooms(store, org.as_deref(), output).await
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list_classrooms(store: &Store, org: Option<&str>, output: &Output) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let filter =
            RowFilter { org_id: org, after: after.as_deref(), limit: PAGE, ..RowFilter::default() };
        let page = store.classrooms_listed(filter).await?;
        for Classroom { id, org_id, name, grade } in &page {
            let line = json!({"id": id, "org_id": org_id, "name": name, "grade": grade});
            output.line(&line.to_string())?;
        }
        match page.last().filter(|_| page.len() == PAGE as usize) {
            Some(last) => after = Some(last.id.clone()),
            None => return Ok(()),
        }
    }
}

pub(crate) async fn session(
    args: &SessionArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let now = session::clock()?.now().trunc_subsecs(6);
    match &args.action {
        SessionAction::Add {
            id: session_id,
            student,
            classroom,
            exam,
            org,
            started,
            ended,
            status,
        } => {
            let text = |text: &Option<String>, flag| {
                text.as_deref().map(|text| id(text, flag).map(str::to_owned)).transpose()
            };
            let started = started.unwrap_or(now);
            if ended.is_some_and(|ended| ended < started) {
                let hint = "name the instants in their order";
                return Err(Failure::usage("--ended lies before --started", hint));
            }
            let sitting = Sitting {
                id: id(session_id, "ID")?.to_owned(),
                classroom_id: text(classroom, "--classroom")?,
                exam_id: text(exam, "--exam")?,
                user_id: Some(id(student, "--student")?.to_owned()),
                org_id: *org,
                started_at: Some(started),
                ended_at: *ended,
                status: Some(id(status, "--status")?.to_owned()),
            };
            let store = session::open_or_create(global).await?;
            session::with(store, async |store| add_sitting(store, sitting, now, output).await)
                .await?;
        }
        SessionAction::List { student, classroom } => {
            let store = session::open(global).await?;
            let classrooms = classroom.as_ref().map(|id| vec![id.clone()]);
            session::with(store, async |store| {
                list_sittings(store, student.as_deref(), classrooms.as_deref(), output).await
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add_sitting(
    store: &Store,
    mut sitting: Sitting,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<(), Failure> {
    if let Some(student) = &sitting.user_id {
        sitting.user_id = Some(store.student_now(student).await?);
    }
    let mut tx = store.begin().await?;
    let is_new = tx.add_sitting(&sitting, now).await?;
    tx.commit().await?;
    let what = if is_new { "is stored" } else { "was there already and stays as it is" };
    output.line(&format!("{} {what}", sitting.id))
}

async fn list_sittings(
    store: &Store,
    student: Option<&str>,
    classrooms: Option<&[String]>,
    output: &Output,
) -> Result<(), Failure> {
    let student = match student {
        Some(student) => Some(store.student_now(student).await?),
        None => None,
    };
    let mut after: Option<String> = None;
    loop {
        let filter = RowFilter {
            user_id: student.as_deref(),
            org_id: None,
            classrooms,
            after: after.as_deref(),
            limit: PAGE,
        };
        let page = store.sittings(filter).await?;
        for of in &page {
            let instant = |at: Option<DateTime<Utc>>| {
                at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            };
            let line = json!({
                "id": of.id,
                "user_id": of.user_id,
                "classroom_id": of.classroom_id,
                "exam_id": of.exam_id,
                "org_id": of.org_id,
                "started_at": instant(of.started_at),
                "ended_at": instant(of.ended_at),
                "status": of.status,
            });
            output.line(&line.to_string())?;
        }
        match page.last().filter(|_| page.len() == PAGE as usize) {
            Some(last) => after = Some(last.id.clone()),
            None => return Ok(()),
        }
    }
}
