//! Whose things a caller may read and change: the one place that says so.
//!
//! A route declares what it is about (`Access::about`). What a request is about is often in its body,
//! which only the handler reads; so the handler asks here, and the guard refuses to send what a handler
//! answered without asking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use seedtest_pipeline::{NotTheirs, Organisation, Role};
use seedtest_store::Store;

use super::access::Object;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::warnings::note_merged;

/// What the caller of one request may see and change.
#[derive(Debug)]
pub(crate) struct Rights {
    who: Holder,
    object: Object,
    asked: AtomicBool,
    /// Students the request was about, for the audit log.
    students: Mutex<Vec<String>>,
}

/// Whose rows a list may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody's.
    All,
    /// Those of an organisation.
    Organisation(String),
    /// Those of classes, of an organisation where there are several.
    Classes(Option<String>, Vec<String>),
    /// Those of one student.
    Student(String),
}

/// Who calls.
#[derive(Debug)]
enum Holder {
    /// A service of the platform, which asks for whom it will.
    Internal { name: String, operator: bool },
    /// A person, with the name that logs and the ledger have.
    User { user: Arc<Principal>, name: String },
}

impl Rights {
    pub(super) fn of_internal(caller: &Caller, object: Object) -> Self {
        let who = Holder::Internal { name: caller.name.clone(), operator: caller.is_operator() };
        Self::new(who, object)
    }

    pub(super) fn of_user(user: Arc<Principal>, caller: &Caller, object: Object) -> Self {
        Self::new(Holder::User { user, name: caller.name.clone() }, object)
    }

    fn new(who: Holder, object: Object) -> Self {
        Self { who, object, asked: AtomicBool::new(false), students: Mutex::default() }
    }

    /// What is known before the handler runs: of people only administrators may change everybody's
    /// things.
    pub(super) fn before(&self) -> ApiResult<()> {
        let Holder::User { user, .. } = &self.who else { return Ok(()) };
        match self.object {
            Object::Own if user.person.own_student.is_none() => {
                return Err(forbidden(
                    "forbidden_owner",
                    "this is about the caller, whose account is that of no student",
                ));
            }
            Object::Own => self.note(&user.user_id),
            Object::Everybody if !user.person.sees_everything() => {
                return Err(forbidden(
                    "forbidden_everybody",
                    "this is about all students, which needs the role admin",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether the handler asked for what its route is about.
    pub(super) fn was_asked(&self) -> bool {
        let asks = matches!(self.object, Object::Student | Object::Exam | Object::Run);
        !asks || self.asked.load(Ordering::Relaxed)
    }

    /// The students the request was about, for the audit log.
    pub(super) fn students(&self) -> Vec<String> {
        self.students.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The id under which a student is stored: that of the request, or the one that it became in a merge, which
    /// the answer then says. Refuses a caller who may not see or change what belongs to the student: everything
    /// is open to services and administrators, their own to students, the students of their classes or of their
    /// organisation to teachers, of their organisation to those who run it.
    pub(crate) async fn student(&self, store: &Store, user_id: &str) -> ApiResult<String> {
        self.note(user_id);
        let now = store.student_now(user_id).await?;
        self.note(&now);
        self.reach(store, &now).await?;
        note_merged(user_id, &now);
        Ok(now)
    }

    async fn reach(&self, store: &Store, user_id: &str) -> ApiResult<()> {
        let Holder::User { user, .. } = &self.who else { return Ok(()) };
        let person = &user.person;
        if person.sees_everything() || person.is_or_answers_for(user_id) {
            return Ok(());
        }
        person.has_students()?;
        let places = store.student_places(user_id).await?;
        Ok(person.may_see(user_id, &places)?)
    }

    /// Whose rows a list holds that names no student.
    pub(crate) fn reach_of_lists(&self) -> ApiResult<Reach> {
        self.asked.store(true, Ordering::Relaxed);
        let Holder::User { user, .. } = &self.who else { return Ok(Reach::All) };
        let person = &user.person;
        if person.sees_everything() {
            return Ok(Reach::All);
        }
        if person.role == Role::Student
            && let Some(own) = &person.own_student
        {
            return Ok(Reach::Student(own.clone()));
        }
        person.has_students()?;
        let org = match &person.organisation {
            Organisation::Named(org) => Some(org.clone()),
            Organisation::Only | Organisation::Unknown => None,
        };
        match (&person.classes, org) {
            (Some(classes), org) if person.has_classes() => {
                Ok(Reach::Classes(org, classes.clone()))
            }
            (_, Some(org)) => Ok(Reach::Organisation(org)),
            // There is but one organisation.
            (_, None) => Ok(Reach::All),
        }
    }

    /// The request is about no student.
    pub(crate) fn nobody(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whose test or event it is, where the handler learns that later than whether the caller may have it.
    pub(crate) fn of_student(&self, user_id: &str) {
        self.note(user_id);
    }

    /// The same for an exam of a student, or of nobody that is known, in an organisation, or in none. An exam that
    /// does not exist is one of nobody in none, so that who is not let in does not learn which exams there are.
    pub(crate) async fn exam(
        &self,
        store: &Store,
        owner: Option<&str>,
        org_id: Option<i32>,
    ) -> ApiResult<()> {
        self.asked.store(true, Ordering::Relaxed);
        if let Some(owner) = owner {
            self.note(owner);
        }
        let Holder::User { user, .. } = &self.who else { return Ok(()) };
        let person = &user.person;
        if person.sees_everything() || owner.is_some_and(|owner| person.is_or_answers_for(owner)) {
            return Ok(());
        }
        person.has_students()?;
        let org = org_id.map(|org_id| org_id.to_string());
        if org.is_some() || owner.is_none() {
            person.is_of(org.as_deref().into_iter())?;
        }
        match owner {
            _ if org.is_some() && !person.has_classes() => Ok(()),
            // An exam of no organisation is its student's.
            Some(owner) => Ok(person.may_see(owner, &store.student_places(owner).await?)?),
            None => Err(NotTheirs::Class.into()),
        }
    }

    /// Refuses a caller who may not see, follow or cancel a run of `actor`.
    pub(crate) fn run(&self, actor: &str) -> ApiResult<()> {
        match self.runs_of() {
            Some(own) if own != actor => Err(forbidden(
                "forbidden_owner",
                "the run is another caller's; a token with the scope operator sees all runs",
            )),
            _ => Ok(()),
        }
    }

    /// The actor whose runs the caller sees, as the ledger has it; `None` = those of all.
    pub(crate) fn runs_of(&self) -> Option<&str> {
        self.asked.store(true, Ordering::Relaxed);
        match &self.who {
            Holder::Internal { operator: true, .. } => None,
            Holder::Internal { name, .. } | Holder::User { name, .. } => Some(name),
        }
    }

    fn note(&self, user_id: &str) {
        self.asked.store(true, Ordering::Relaxed);
        let mut students = self.students.lock().unwrap_or_else(PoisonError::into_inner);
        if !students.iter().any(|known| known == user_id) {
            students.push(user_id.to_string());
        }
    }
}

impl From<NotTheirs> for ApiError {
    fn from(why: NotTheirs) -> Self {
        match why {
            NotTheirs::Student => forbidden("forbidden_owner", "this belongs to another student"),
            NotTheirs::NoOrganisation => {
                forbidden("missing_org", "a token of this role needs an org_id")
            }
            NotTheirs::Organisation => {
                forbidden("forbidden_org", "this belongs to no student of your organisation")
            }
            NotTheirs::Class => {
                forbidden("forbidden_class", "this belongs to no student of your classes")
            }
        }
    }
}

pub(crate) fn forbidden(word: &str, hint: &str) -> ApiError {
    ApiError::new(Code::Forbidden, word).hint(hint)
}
