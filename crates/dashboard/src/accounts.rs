//! Accounts: made, invited, given a password. What the command line and the pages have in common.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use seedtest_fault::FaultKind;
use seedtest_pipeline::{Lang, Role};
use seedtest_store::{Account, Invitation, Store};

use crate::passwords::{self, PasswordFault};
use crate::secrets;

/// Characters of an account's id.
const ID_DIGITS: usize = 12;
/// Characters of the longest login or name.
const LONGEST: usize = 200;

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A login that cannot be one.
    #[error("{login:?} is no login")]
    BadLogin {
        /// As given.
        login: String,
    },
    /// A name that cannot be one.
    #[error("{name:?} is no name to show")]
    BadName {
        /// As given.
        name: String,
    },
    /// Somebody has it.
    #[error("the login {login:?} is taken")]
    Taken {
        /// The login.
        login: String,
    },
    /// A role lacks what it needs, or has what it has no use for.
    #[error("{0}")]
    Contradiction(&'static str),
    /// A password that is none.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// The hash of a password cannot be computed.
    #[error("the password cannot be hashed")]
    NoHash,
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] seedtest_store::Error),
}

impl AccountError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::BadLogin { .. }
            | Self::BadName { .. }
            | Self::Contradiction(_)
            | Self::Password(_) => FaultKind::Setting,
            Self::Taken { .. } => FaultKind::Conflict,
            Self::NoRandomness | Self::NoHash => FaultKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadLogin { .. } => Some(
                "use a name or an address of mail: 1 to 200 letters, digits and . _ - + @ without blanks".into(),
            ),
            Self::BadName { .. } => Some("use 1 to 200 characters on one line".into()),
            Self::Taken { .. } => Some("`seedtest account list` shows who has it".into()),
            Self::Contradiction(_) => Some(
                "a teacher has classes, a guardian has students, a student is one; `seedtest account add --help`"
                    .into(),
            ),
            Self::Password(fault) => Some(fault.hint().into()),
            Self::NoRandomness | Self::NoHash => None,
            Self::Store(error) => error.hint(),
        }
    }
}

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// What they sign in with, in any case of the letters.
    pub login: String,
    /// Name to show; `None` = the login.
    pub name: Option<String>,
    /// What they are to the school.
    pub role: Role,
    /// Their organisation; `None` = the only one there is.
    pub school_id: Option<String>,
    /// Classes of a teacher.
    pub classes: Vec<String>,
    /// The student somebody is, or those a guardian is responsible for.
    pub students: Vec<String>,
}

/// The account, checked, without a password; it is not stored yet.
///
/// # Errors
/// A login or name that is none, a role that lacks what it needs.
pub fn new_account(new: NewAccount, now: DateTime<Utc>) -> Result<Account, AccountError> {
    let login = login(&new.login)?;
    let name = new.name.unwrap_or_else(|| login.clone());
    check_name(&name)?;
    check_role(new.role, &new.classes, &new.students)?;
    let mut account_id = secrets::secret().map_err(|_| AccountError::NoRandomness)?;
    account_id.truncate(ID_DIGITS);
    let (user_id, students) = own_and_others(new.role, new.students);
    Ok(Account {
        account_id,
        login,
        name,
        role: new.role.name().into(),
        school_id: new.school_id,
        user_id,
        lang: None,
        password_hash: None,
        subject: None,
        classes: new.classes,
        students,
        // The database keeps microseconds.
        created_at: now.trunc_subsecs(6),
        disabled_at: None,
    })
}

/// An account with what is said anew: an empty list or no name leaves what there was, but what a new role has no use for
/// goes.
///
/// # Errors
/// As those of [`new_account`].
pub fn changed_account(before: &Account, new: NewAccount) -> Result<Account, AccountError> {
    let name = new.name.unwrap_or_else(|| before.name.clone());
    check_name(&name)?;
    let keep = |new: Vec<String>, before: Vec<String>, has: bool| match (has, new.is_empty()) {
        (true, true) => before,
        _ => new,
    };
    let before_students = before.user_id.iter().chain(&before.students).cloned().collect();
    let has_students = matches!(new.role, Role::Student | Role::Guardian);
    let classes = keep(new.classes, before.classes.clone(), new.role == Role::Teacher);
    let students = keep(new.students, before_students, has_students);
    check_role(new.role, &classes, &students)?;
    let (user_id, students) = own_and_others(new.role, students);
    let school_id = new.school_id.or_else(|| before.school_id.clone());
    let role = new.role.name().to_owned();
    Ok(Account { name, role, school_id, user_id, classes, students, ..before.clone() })
}

/// Of the students of a role the one that somebody is, and those of a guardian.
fn own_and_others(role: Role, students: Vec<String>) -> (Option<String>, Vec<String>) {
    match role {
        Role::Student => (students.into_iter().next(), Vec::new()),
        _ => (None, students),
    }
}

/// A login as it is stored and looked for: people write it in any case of the letters.
pub(crate) fn login(text: &str) -> Result<String, AccountError> {
    let login = text.trim().to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
    if (1..=LONGEST).contains(&login.chars().count()) && login.chars().all(plain) {
        return Ok(login);
    }
    Err(AccountError::BadLogin { login: text.chars().take(LONGEST).collect() })
}

fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = (1..=LONGEST).contains(&name.trim().chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(AccountError::BadName { name: name.chars().take(LONGEST).collect() })
}

/// Whether a role has what it needs and nothing it has no use for.
pub(crate) fn check_role(
    role: Role,
    classes: &[String],
    students: &[String],
) -> Result<(), AccountError> {
    let wrong = match role {
        Role::Student if students.len() != 1 => Some("a student account is that of one student"),
        Role::Guardian if students.is_empty() => Some("a guardian has at least one student"),
        Role::Teacher if classes.is_empty() => Some("a teacher has at least one class"),
        Role::Teacher | Role::School | Role::Operator if !students.is_empty() => {
            Some("students are named for guardians and for students themselves")
        }
        Role::Student | Role::Guardian | Role::School | Role::Operator if !classes.is_empty() => {
            Some("classes are named for teachers")
        }
        _ => None,
    };
    wrong.map_or(Ok(()), |wrong| Err(AccountError::Contradiction(wrong)))
}

pub(crate) fn lang_of(account: &Account) -> Option<Lang> {
    account.lang.as_deref().and_then(|lang| lang.parse().ok())
}

/// Makes a link that sets the password of an account; those before it no longer work. Gives the secret of the link.
///
/// # Errors
/// When the database refuses.
pub async fn invite(
    store: &Store,
    account_id: &str,
    now: DateTime<Utc>,
    lasts: TimeDelta,
) -> Result<String, AccountError> {
    let secret = secrets::secret().map_err(|_| AccountError::NoRandomness)?;
    let now = now.trunc_subsecs(6);
    let mut tx = store.begin().await?;
    let invitation = Invitation {
        digest: secrets::digest(&secret),
        account_id: account_id.to_owned(),
        created_at: now,
        expires_at: now + lasts,
    };
    tx.add_invitation(&invitation).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Gives an account a password; its sessions and invitations end.
///
/// # Errors
/// A password that is none, or the database refuses.
pub async fn set_password(
    store: &Store,
    account: &Account,
    password: &str,
) -> Result<(), AccountError> {
    let hash = hash_of(password, &account.login)?;
    let mut tx = store.begin().await?;
    tx.set_password_hash(&account.account_id, &hash).await?;
    Ok(tx.commit().await?)
}

/// An account that is not stored yet with its password.
///
/// # Errors
/// A password that is none.
pub fn with_password(account: Account, password: &str) -> Result<Account, AccountError> {
    let hash = hash_of(password, &account.login)?;
    Ok(Account { password_hash: Some(hash), ..account })
}

fn hash_of(password: &str, login: &str) -> Result<String, AccountError> {
    passwords::check(password, login)?;
    passwords::hash(password).map_err(|_| AccountError::NoHash)
}

#[cfg(test)]
mod tests {
    use seedtest_pipeline::Person;

    use super::*;

    fn new(role: Role, classes: &[&str], students: &[&str]) -> Result<Account, AccountError> {
        let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let new = NewAccount {
            login: "Tom@School.Example".into(),
            name: None,
            role,
            school_id: None,
            classes: list(classes),
            students: list(students),
        };
        new_account(new, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn roles_have_what_they_need_and_nothing_else() {
        use Role as R;
        for (role, classes, students, fits) in [
            (R::Student, &[][..], &["amy"][..], true),
            (R::Student, &[], &[], false),
            (R::Student, &[], &["amy", "bob"], false),
            (R::Guardian, &[], &["amy", "bob"], true),
            (R::Guardian, &[], &[], false),
            (R::Guardian, &["7a"], &["amy"], false),
            (R::Teacher, &["7a"], &[], true),
            (R::Teacher, &[], &[], false),
            (R::Teacher, &["7a"], &["amy"], false),
            (R::School, &[], &[], true),
            (R::School, &["7a"], &[], false),
            (R::Operator, &[], &["amy"], false),
        ] {
            assert_eq!(
                new(role, classes, students).is_ok(),
                fits,
                "{role} {classes:?} {students:?}"
            );
        }
    }

    #[test]
    fn an_account_that_is_called_like_a_student_is_not_the_student() {
        let teacher = new(Role::Teacher, &["7a"], &[]).unwrap();
        assert_eq!(Person::of_account(&teacher).own_student, None);
        let student = new(Role::Student, &[], &["amy"]).unwrap();
        assert_eq!(Person::of_account(&student).own_student.as_deref(), Some("amy"));
        let odd = Account { role: "headmaster".into(), user_id: None, ..student };
        assert_eq!(Person::of_account(&odd).role, Role::Student);
        assert_eq!(Person::of_account(&odd).own_student, None);
    }

    #[test]
    fn what_is_not_named_stays_and_what_the_role_has_no_use_for_goes() {
        let before = Account { name: "Tom".into(), ..new(Role::Teacher, &["7a"], &[]).unwrap() };
        let change = |role, classes: &[&str], students: &[&str]| {
            let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
            changed_account(
                &before,
                NewAccount {
                    login: before.login.clone(),
                    name: None,
                    role,
                    school_id: None,
                    classes: list(classes),
                    students: list(students),
                },
            )
        };
        assert_eq!(change(Role::Teacher, &[], &[]).unwrap(), before);
        assert_eq!(change(Role::Teacher, &["7b"], &[]).unwrap().classes, ["7b"]);
        let school = change(Role::School, &[], &[]).unwrap();
        assert!(school.classes.is_empty() && school.name == "Tom" && school.role == "school");
        assert!(change(Role::Guardian, &[], &[]).is_err());
        assert_eq!(change(Role::Guardian, &[], &["amy"]).unwrap().students, ["amy"]);
    }

    #[test]
    fn logins_are_one_word_in_small_letters() {
        assert_eq!(new(Role::School, &[], &[]).unwrap().login, "tom@school.example");
        assert_eq!(login("김선생").unwrap(), "김선생");
        for text in ["", " ", "a b", "a\nb", "<b>", "a/b", &"x".repeat(LONGEST + 1)] {
            assert!(login(text).is_err(), "{text}");
        }
    }
}
