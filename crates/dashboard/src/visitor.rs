//! Who looks at a page, and what they may see: a handler asks here about whatever its path names.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use seedtest_pipeline::{Lang, NotTheirs, Person, Role};
use seedtest_store::{RosterClass, RosterSchool, Store};

use crate::refusal::{PageResult, Refusal};
use crate::routing::Object;

/// Who looks at a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// What decides what they may see; `None` = nobody signed in.
    signed_in: Option<Arc<SignedIn>>,
    lang: Lang,
    /// What their forms have to carry.
    form_token: Arc<str>,
    sees_risk: bool,
    asked: Arc<Asked>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    pub(crate) person: Person,
    /// Name to show.
    pub(crate) name: String,
    /// Name in the audit log.
    pub(crate) actor: String,
    /// Their account, where they have one here.
    pub(crate) account_id: Option<String>,
    /// Digest of their session, where they have one.
    pub(crate) session: Option<String>,
    /// The language they chose.
    pub(crate) lang: Option<Lang>,
}

/// What the handler of a page asked for.
#[derive(Debug, Default)]
struct Asked {
    asked: AtomicBool,
    students: Mutex<BTreeSet<String>>,
}

/// What the audit log says of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Who looked.
    pub actor: String,
    /// The students it was about.
    pub students: Vec<String>,
    /// Whether it changed what is stored.
    pub writes: bool,
}

impl Visitor {
    pub(crate) fn new(
        signed_in: Option<SignedIn>,
        lang: Lang,
        form_token: &str,
        sees_risk: bool,
    ) -> Self {
        let form_token = form_token.into();
        let signed_in = signed_in.map(Arc::new);
        Self { signed_in, lang, form_token, sees_risk, asked: Arc::default() }
    }

    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_deref()
    }

    /// Who is signed in: on a page that lets others in as well, they have to sign in now.
    pub(crate) fn person(&self) -> PageResult<&Person> {
        self.signed_in().map(|known| &known.person).ok_or_else(Refusal::signed_out)
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.signed_in().map(|known| known.person.role)
    }

    /// Name to show.
    pub(crate) fn name(&self) -> &str {
        self.signed_in().map_or("", |known| &known.name)
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// What forms have to carry in the field `csrf`, and other requests in the header `x-csrf-token`.
    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether they may see S and what is drawn from it.
    pub(crate) fn may_see_risk(&self) -> bool {
        self.sees_risk
    }

    /// The id under which a student is stored: the one of the path, or the one it became in a merge.
    pub(crate) async fn student(&self, store: &Store, user_id: &str) -> PageResult<String> {
        let person = self.person()?;
        let now = store.student_now(user_id).await?;
        let places = store.student_places(&now).await?;
        person.may_see(&now, &places)?;
        self.about_student(&now);
        Ok(now)
    }

    /// A class, if it is theirs.
    pub(crate) async fn class(&self, store: &Store, class_id: &str) -> PageResult<RosterClass> {
        let person = self.person()?;
        self.ask();
        let class = store.class(class_id).await?.ok_or_else(Refusal::not_found)?;
        person.may_see_class(&class)?;
        Ok(class)
    }

    /// A school, if it is theirs.
    pub(crate) async fn school(&self, store: &Store, school_id: &str) -> PageResult<RosterSchool> {
        let person = self.person()?;
        self.ask();
        person.may_see_school(school_id)?;
        let mut schools = store.schools().await?.into_iter();
        schools.find(|school| school.school_id == school_id).ok_or_else(Refusal::not_found)
    }

    /// Whether every student is theirs to see. A handler asks [`Self::everybody`].
    pub(crate) fn sees_all_students(&self) -> bool {
        self.signed_in().is_some_and(|known| known.person.sees_all_students())
    }

    /// Whether the page may be about all students.
    pub(crate) fn everybody(&self) -> PageResult<()> {
        self.ask();
        if self.person()?.sees_all_students() { Ok(()) } else { Err(Refusal::not_found()) }
    }

    /// The classes they may see, by id.
    pub(crate) async fn classes(&self, store: &Store) -> PageResult<Vec<RosterClass>> {
        let person = self.person()?;
        if !person.role.is_staff() {
            return Ok(Vec::new());
        }
        let mut all = store.classes().await?;
        all.retain(|class| person.may_see_class(class).is_ok());
        Ok(all)
    }

    /// The schools they may see as a whole, by id.
    pub(crate) async fn schools(&self, store: &Store) -> PageResult<Vec<RosterSchool>> {
        let person = self.person()?;
        if !person.role.is_staff() {
            return Ok(Vec::new());
        }
        let mut all = store.schools().await?;
        all.retain(|school| person.may_see_school(&school.school_id).is_ok());
        Ok(all)
    }

    /// The students somebody is or is responsible for.
    pub(crate) fn own_students(&self) -> Vec<String> {
        let Some(known) = self.signed_in() else { return Vec::new() };
        let of_guardian =
            Some(&known.person.students).filter(|_| known.person.role == Role::Guardian);
        known.person.own_student.iter().chain(of_guardian.into_iter().flatten()).cloned().collect()
    }

    /// The page shows something of a student of a class, a school or everybody they may see.
    pub(crate) fn about_student(&self, user_id: &str) {
        self.ask();
        let mut students = self.asked.students.lock().unwrap_or_else(PoisonError::into_inner);
        students.insert(user_id.to_owned());
    }

    fn ask(&self) {
        self.asked.asked.store(true, Ordering::Relaxed);
    }

    /// Whether the handler asked for what its page is about.
    pub(crate) fn was_asked(&self, object: Object) -> bool {
        object == Object::Nobody || self.asked.asked.load(Ordering::Relaxed)
    }

    /// What the audit log says, where somebody is signed in.
    pub(crate) fn seen(&self, writes: bool) -> Option<Seen> {
        let actor = self.signed_in()?.actor.clone();
        let students = self.asked.students.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Seen { actor, students: students.iter().cloned().collect(), writes })
    }
}

impl From<NotTheirs> for Refusal {
    fn from(_: NotTheirs) -> Self {
        Self::not_found()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| Refusal::internal(&"a page without its guard"))
    }
}
