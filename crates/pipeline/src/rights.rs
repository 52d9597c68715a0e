//! Who may see which students: the one place that says so, for the service and for the pages.

use std::fmt;
use std::str::FromStr;

use seedtest_store::{Account, RosterClass, StudentPlaces};
use serde::{Deserialize, Serialize};

/// What a person is to a school, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees themselves; so does everybody whose role is not known.
    Student,
    /// Sees the students they are responsible for.
    Guardian,
    /// Sees the students of their classes, or of their organisation where nobody said which classes are theirs.
    Teacher,
    /// Sees the students of their organisation.
    School,
    /// Sees everything and runs the installation.
    Operator,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 5] =
        [Self::Student, Self::Guardian, Self::Teacher, Self::School, Self::Operator];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Guardian => "guardian",
            Self::Teacher => "teacher",
            Self::School => "school",
            Self::Operator => "operator",
        }
    }

    /// The role that a token of the platform or of an identity provider means by a word, in any case of the
    /// letters; a word that is not known means the least.
    pub fn of_claim(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "admin" | "operator" => Self::Operator,
            "org_admin" | "org" | "school" => Self::School,
            "teacher" => Self::Teacher,
            "guardian" | "parent" => Self::Guardian,
            _ => Self::Student,
        }
    }

    /// Whether people of this role have students that are not named one by one.
    pub fn is_staff(self) -> bool {
        self >= Self::Teacher
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no role; roles are student, guardian, teacher, school, operator")]
pub struct UnknownRole {
    /// The word.
    pub given: String,
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.name() == given.trim());
        found.ok_or_else(|| UnknownRole { given: given.to_owned() })
    }
}

/// Which organisation somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Organisation {
    /// Nobody said; then staff have no students.
    Unknown,
    /// The installation is that of one organisation, which nobody has to name.
    Only,
    /// The one of this id.
    Named(String),
}

impl Organisation {
    /// The one of an id, where there is one.
    pub fn named(id: Option<String>) -> Self {
        id.map_or(Self::Unknown, Self::Named)
    }
}

/// Somebody who is signed in, as far as it decides what they may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What they are to the school.
    pub role: Role,
    /// The student they are; `None` = they are none, whatever their account is called.
    pub own_student: Option<String>,
    /// Their organisation.
    pub organisation: Organisation,
    /// A teacher's classes; `None` = nobody said, and then all of the organisation are theirs.
    pub classes: Option<Vec<String>>,
    /// The students a guardian is responsible for.
    pub students: Vec<String>,
}

/// Why somebody may not see a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTheirs {
    /// Students and guardians: it is another student.
    Student,
    /// Nobody said of which organisation the person is.
    NoOrganisation,
    /// The student is of another organisation.
    Organisation,
    /// The student is in none of the teacher's classes.
    Class,
}

impl Person {
    /// Somebody of whom nothing but the role is known: an operator sees everything, anybody else nothing.
    pub fn of_role(role: Role) -> Self {
        let organisation = Organisation::Unknown;
        Self { role, own_student: None, organisation, classes: None, students: Vec::new() }
    }

    /// Somebody who signs in here.
    pub fn of_account(account: &Account) -> Self {
        // A word that this version does not know means the least.
        let role = account.role.parse().unwrap_or(Role::Student);
        let organisation =
            account.school_id.clone().map_or(Organisation::Only, Organisation::Named);
        Self {
            role,
            own_student: account.user_id.clone().filter(|_| role == Role::Student),
            organisation,
            classes: (role == Role::Teacher).then(|| account.classes.clone()),
            students: account.students.clone(),
        }
    }

    /// Whether everything is open to them.
    pub fn sees_everything(&self) -> bool {
        self.role == Role::Operator
    }

    /// Whether every student is theirs to see: operators, and those who run the only organisation there is.
    pub fn sees_all_students(&self) -> bool {
        self.sees_everything()
            || self.role == Role::School && self.organisation == Organisation::Only
    }

    /// Whether the student is themselves, or one they are responsible for: no need to know where the student learns.
    pub fn is_or_answers_for(&self, user_id: &str) -> bool {
        self.own_student.as_deref() == Some(user_id)
            || self.role == Role::Guardian && self.students.iter().any(|id| id == user_id)
    }

    /// Whether they may see a student who learns in these places.
    ///
    /// # Errors
    /// Why not.
    pub fn may_see(&self, user_id: &str, places: &StudentPlaces) -> Result<(), NotTheirs> {
        if self.sees_everything() || self.is_or_answers_for(user_id) {
            return Ok(());
        }
        self.has_students()?;
        self.is_of(places.organisations.iter().map(String::as_str))?;
        let mut classes = self.classes.iter().flatten();
        if !self.has_classes() || classes.any(|id| places.classrooms.contains(id)) {
            return Ok(());
        }
        Err(NotTheirs::Class)
    }

    /// Whether they are somebody who has students at all.
    ///
    /// # Errors
    /// Students, guardians, and staff of no organisation have none.
    pub fn has_students(&self) -> Result<(), NotTheirs> {
        if !self.role.is_staff() {
            return Err(NotTheirs::Student);
        }
        match self.organisation {
            Organisation::Unknown => Err(NotTheirs::NoOrganisation),
            Organisation::Only | Organisation::Named(_) => Ok(()),
        }
    }

    /// Whether they have classes of the organisation, not the whole of it.
    pub fn has_classes(&self) -> bool {
        self.role == Role::Teacher && self.classes.is_some()
    }

    /// Whether their organisation is one of these.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn is_of<'a>(&self, mut orgs: impl Iterator<Item = &'a str>) -> Result<(), NotTheirs> {
        let is_own = match &self.organisation {
            Organisation::Unknown => false,
            Organisation::Only => true,
            Organisation::Named(own) => orgs.any(|org| org == own),
        };
        if is_own { Ok(()) } else { Err(NotTheirs::Organisation) }
    }

    /// Whether an organisation is the one that they are said to be of.
    pub fn is_named(&self, org: &str) -> bool {
        matches!(&self.organisation, Organisation::Named(own) if own == org)
    }

    /// Whether they may see a class as a whole.
    ///
    /// # Errors
    /// Why not.
    pub fn may_see_class(&self, class: &RosterClass) -> Result<(), NotTheirs> {
        if self.sees_everything() {
            return Ok(());
        }
        self.has_students()?;
        self.is_of(class.school_id.as_deref().into_iter())?;
        let mut classes = self.classes.iter().flatten();
        if !self.has_classes() || classes.any(|id| *id == class.class_id) {
            return Ok(());
        }
        Err(NotTheirs::Class)
    }

    /// Whether they may see an organisation as a whole.
    ///
    /// # Errors
    /// Why not.
    pub fn may_see_school(&self, school_id: &str) -> Result<(), NotTheirs> {
        if self.sees_everything() {
            return Ok(());
        }
        self.has_students()?;
        self.is_of(std::iter::once(school_id))?;
        if self.has_classes() { Err(NotTheirs::Class) } else { Ok(()) }
    }
}

/// Who may see how likely students are to fall silent (S), and what is drawn from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskReaders(Vec<Role>);

impl RiskReaders {
    /// Whether people of a role may.
    pub fn include(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}

impl Default for RiskReaders {
    /// Those who can do something about it; a student is not told that they are expected to give up.
    fn default() -> Self {
        Self(vec![Role::Teacher, Role::School, Role::Operator])
    }
}

impl FromStr for RiskReaders {
    type Err = UnknownRole;

    /// Roles with commas between them; `none` = nobody.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "none" {
            return Ok(Self(Vec::new()));
        }
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(organisation: &str, class: &str) -> StudentPlaces {
        StudentPlaces {
            organisations: [organisation.to_owned()].into(),
            classrooms: [class.to_owned()].into(),
        }
    }

    fn person(role: Role) -> Person {
        Person { organisation: Organisation::Named("north".into()), ..Person::of_role(role) }
    }

    #[test]
    fn each_role_sees_its_own_students_and_nobody_else() {
        use NotTheirs as N;

        let own = places("north", "7a");
        let (other_class, other_school) = (places("north", "7b"), places("south", "7a"));
        let teacher = Person { classes: Some(vec!["7a".into()]), ..person(Role::Teacher) };
        let guardian = Person { students: vec!["amy".into()], ..person(Role::Guardian) };
        let student = Person { own_student: Some("amy".into()), ..person(Role::Student) };
        let cases = [
            (person(Role::Operator), "amy", &other_school, Ok(())),
            (person(Role::School), "amy", &other_class, Ok(())),
            (person(Role::School), "amy", &other_school, Err(N::Organisation)),
            (Person::of_role(Role::School), "amy", &own, Err(N::NoOrganisation)),
            (teacher.clone(), "amy", &own, Ok(())),
            (teacher.clone(), "amy", &other_class, Err(N::Class)),
            (teacher, "amy", &other_school, Err(N::Organisation)),
            (person(Role::Teacher), "amy", &other_class, Ok(())),
            (Person::of_role(Role::Teacher), "amy", &own, Err(N::NoOrganisation)),
            (guardian.clone(), "amy", &other_school, Ok(())),
            (guardian, "bob", &own, Err(N::Student)),
            (student.clone(), "amy", &own, Ok(())),
            (student, "bob", &own, Err(N::Student)),
        ];
        for (person, user_id, places, expected) in cases {
            assert_eq!(
                person.may_see(user_id, places),
                expected,
                "{person:?} {user_id} {places:?}"
            );
        }
    }

    #[test]
    fn a_teacher_with_no_class_sees_none_and_students_of_a_guardian_are_not_those_of_a_teacher() {
        let none = Person { classes: Some(Vec::new()), ..person(Role::Teacher) };
        assert_eq!(none.may_see("amy", &places("north", "7a")), Err(NotTheirs::Class));
        let named = Person { students: vec!["amy".into()], ..none };
        assert_eq!(named.may_see("amy", &places("north", "7a")), Err(NotTheirs::Class));
    }

    #[test]
    fn classes_and_schools_are_open_as_their_students_are() {
        let class = |class_id: &str, school: Option<&str>| RosterClass {
            class_id: class_id.into(),
            school_id: school.map(str::to_owned),
            name: String::new(),
            grade: None,
        };
        let teacher = Person { classes: Some(vec!["7a".into()]), ..person(Role::Teacher) };
        assert_eq!(teacher.may_see_class(&class("7a", Some("north"))), Ok(()));
        assert_eq!(teacher.may_see_class(&class("7b", Some("north"))), Err(NotTheirs::Class));
        assert_eq!(
            teacher.may_see_class(&class("7a", Some("south"))),
            Err(NotTheirs::Organisation)
        );
        assert_eq!(teacher.may_see_class(&class("7a", None)), Err(NotTheirs::Organisation));
        assert_eq!(teacher.may_see_school("north"), Err(NotTheirs::Class));
        assert_eq!(person(Role::School).may_see_school("north"), Ok(()));
        assert_eq!(person(Role::School).may_see_school("south"), Err(NotTheirs::Organisation));
        assert_eq!(person(Role::Student).may_see_school("north"), Err(NotTheirs::Student));
        assert_eq!(Person::of_role(Role::Operator).may_see_class(&class("7a", None)), Ok(()));
    }

    #[test]
    fn where_there_is_one_organisation_nobody_names_it() {
        let of_one = |role| Person { organisation: Organisation::Only, ..Person::of_role(role) };
        let nowhere = StudentPlaces { classrooms: ["7a".to_owned()].into(), ..Default::default() };
        assert_eq!(of_one(Role::School).may_see("amy", &nowhere), Ok(()));
        assert!(of_one(Role::School).sees_all_students());
        assert!(!of_one(Role::Teacher).sees_all_students());
        assert!(!person(Role::School).sees_all_students());
        let teacher = Person { classes: Some(vec!["7b".into()]), ..of_one(Role::Teacher) };
        assert_eq!(teacher.may_see("amy", &nowhere), Err(NotTheirs::Class));
    }

    #[test]
    fn who_reads_risks_is_a_list_of_roles() {
        assert!(!RiskReaders::default().include(Role::Student));
        let told: RiskReaders = "operator, student".parse().unwrap();
        assert!(told.include(Role::Student) && !told.include(Role::Teacher));
        assert!(!"none".parse::<RiskReaders>().unwrap().include(Role::Operator));
        assert_eq!("teachers".parse::<RiskReaders>().unwrap_err().given, "teachers");
    }
}
