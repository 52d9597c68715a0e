//! Tables `seedtest_accounts`, `seedtest_account_classes` and `seedtest_account_students`: people who sign in here,
//! what they are to the school, and whom they see.

use chrono::{DateTime, Utc};

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, Table, index, stamped, text, time, unique};
use crate::store::Store;

/// The step that brings the people who sign in.
pub(super) const PEOPLE_WHO_SIGN_IN: Migration =
    Migration { version: 17, name: "accounts, sessions and invitations of the dashboard" };

pub(crate) const SEEDTEST_ACCOUNTS: Table = Table::analytics(
    "seedtest_accounts",
    &[
        text("account_id").required(),
        text("login").required(),
        text("name").required(),
        text("role")
            .required()
            .check("role IN ('student', 'guardian', 'teacher', 'school', 'operator')"),
        text("school_id"),
        text("user_id"),
        text("lang").check("lang IN ('ko', 'en')"),
        text("password_hash"),
        text("issuer"),
        text("subject"),
        stamped("created_at"),
        time("disabled_at"),
    ],
)
.key(&["account_id"])
.indexes(&[
    unique("uq_seedtest_accounts_login", "login"),
    unique("uq_seedtest_accounts_subject", "issuer, subject"),
    index("ix_seedtest_accounts_user", "user_id"),
])
.since(PEOPLE_WHO_SIGN_IN);

pub(crate) const SEEDTEST_ACCOUNT_CLASSES: Table = Table::analytics(
    "seedtest_account_classes",
    &[text("account_id").required(), text("class_id").required()],
)
.key(&["account_id", "class_id"])
.since(PEOPLE_WHO_SIGN_IN);

pub(crate) const SEEDTEST_ACCOUNT_STUDENTS: Table = Table::analytics(
    "seedtest_account_students",
    &[text("account_id").required(), text("user_id").required()],
)
.key(&["account_id", "user_id"])
.indexes(&[index("ix_seedtest_account_students_user", "user_id")])
.since(PEOPLE_WHO_SIGN_IN);

/// Somebody who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// What it is referred to by; never changes.
    pub account_id: String,
    /// What they sign in with: a name or an address of mail, in small letters.
    pub login: String,
    /// Name to show.
    pub name: String,
    /// `student`, `guardian`, `teacher`, `school` or `operator`.
    pub role: String,
    /// The organisation they belong to; `None` = the only one there is.
    pub school_id: Option<String>,
    /// The student they are, where they are one.
    pub user_id: Option<String>,
    /// `ko` or `en`; `None` = what the browser asks for.
    pub lang: Option<String>,
    /// Hash of the password (PHC string); `None` = none was set, and none opens the account.
    pub password_hash: Option<String>,
    /// Who vouches for them, and by which name: an OpenID provider and its subject.
    pub subject: Option<Subject>,
    /// Classes of a teacher.
    pub classes: Vec<String>,
    /// Students a guardian is responsible for.
    pub students: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when nobody signs in with it.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Somebody as an identity provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// The person there.
    pub subject: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({} {})", self.role, self.login)
    }
}

impl Store {
    /// Whether there is an account, disabled ones too: who disables the last one wants nobody in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_accounts(&self) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM seedtest_accounts LIMIT 1";
        let mut connection = self.connection().await?;
        Ok(connection.session().fetch_first(sql, &[], |_| Ok(())).await?.is_some())
    }

    /// Every account, by login, disabled ones too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut all = select(&mut session, "", &[]).await?;
        for account in &mut all {
            read_belongings(&mut session, account).await?;
        }
        all.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(all)
    }

    /// The account of an id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account(&self, account_id: &str) -> Result<Option<Account>, Error> {
        self.account_where("WHERE account_id = $1", &[Value::text(account_id)]).await
    }

    /// The account of a login, in small letters.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_of_login(&self, login: &str) -> Result<Option<Account>, Error> {
        self.account_where("WHERE login = $1", &[Value::text(login)]).await
    }

    /// The account that somebody at an identity provider signs in to.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_of_subject(&self, of: &Subject) -> Result<Option<Account>, Error> {
        let values = [Value::text(&of.issuer), Value::text(&of.subject)];
        self.account_where("WHERE issuer = $1 AND subject = $2", &values).await
    }

    async fn account_where(
        &self,
        condition: &str,
        values: &[Value<'_>],
    ) -> Result<Option<Account>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut found = select(&mut session, condition, values).await?.into_iter().next();
        if let Some(account) = &mut found {
            read_belongings(&mut session, account).await?;
        }
        Ok(found)
    }
}

impl Tx {
    /// Adds an account with its classes and students.
    ///
    /// # Errors
    /// When the database refuses, as it does for a login that is taken.
    pub async fn add_account(&mut self, account: &Account) -> Result<(), Error> {
        let subject = account.subject.as_ref();
        let values: [Value<'_>; SEEDTEST_ACCOUNTS.width()] = [
            Value::text(&account.account_id),
            Value::text(&account.login),
            Value::text(&account.name),
            Value::text(&account.role),
            Value::Text(account.school_id.as_deref()),
            Value::Text(account.user_id.as_deref()),
            Value::Text(account.lang.as_deref()),
            Value::Text(account.password_hash.as_deref()),
            Value::Text(subject.map(|of| of.issuer.as_str())),
            Value::Text(subject.map(|of| of.subject.as_str())),
            Value::time(account.created_at),
            Value::Time(account.disabled_at),
        ];
        SEEDTEST_ACCOUNTS.insert().run_one(&mut self.session(), &values).await?;
        self.give_belongings(account).await
    }

    async fn give_belongings(&mut self, account: &Account) -> Result<(), Error> {
        for (table, ids) in [
            (&SEEDTEST_ACCOUNT_CLASSES, &account.classes),
            (&SEEDTEST_ACCOUNT_STUDENTS, &account.students),
        ] {
            let insert = table.insert().on_conflict("ON CONFLICT DO NOTHING");
            for id in ids {
                let values = [Value::text(&account.account_id), Value::text(id)];
                insert.run_one(&mut self.session(), &values).await?;
            }
        }
        Ok(())
    }

    /// Puts name, role, organisation, language, classes and students of an account in the place of those it had.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn change_account(&mut self, account: &Account) -> Result<(), Error> {
        let sql = "UPDATE seedtest_accounts \
             SET name = $2, role = $3, school_id = $4, user_id = $5, lang = $6 WHERE account_id = $1";
        let values = [
            Value::text(&account.account_id),
            Value::text(&account.name),
            Value::text(&account.role),
            Value::Text(account.school_id.as_deref()),
            Value::Text(account.user_id.as_deref()),
            Value::Text(account.lang.as_deref()),
        ];
        self.session().execute(sql, &values).await?;
        let of = [Value::text(&account.account_id)];
        for table in ["seedtest_account_classes", "seedtest_account_students"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = $1");
            self.session().execute(&sql, &of).await?;
        }
        self.give_belongings(account).await
    }

    /// Puts a hash in the place of an account's, which ends its sessions and its invitations.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_password_hash(&mut self, account_id: &str, hash: &str) -> Result<(), Error> {
        let sql = "UPDATE seedtest_accounts SET password_hash = $2 WHERE account_id = $1";
        self.session().execute(sql, &[Value::text(account_id), Value::text(hash)]).await?;
        self.shut_out(account_id).await
    }

    /// Says by which name an identity provider knows somebody.
    ///
    /// # Errors
    /// When the database refuses, as it does for a name that is another account's.
    pub async fn set_subject(&mut self, account_id: &str, of: &Subject) -> Result<(), Error> {
        let sql = "UPDATE seedtest_accounts SET issuer = $2, subject = $3 WHERE account_id = $1";
        let values = [Value::text(account_id), Value::text(&of.issuer), Value::text(&of.subject)];
        self.session().execute(sql, &values).await?;
        Ok(())
    }

    /// Lets nobody sign in with an account from an instant on, or again with `None`; its sessions and invitations
    /// end.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn disable_account(
        &mut self,
        account_id: &str,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let sql = "UPDATE seedtest_accounts SET disabled_at = $2 WHERE account_id = $1";
        self.session().execute(sql, &[Value::text(account_id), Value::Time(at)]).await?;
        self.shut_out(account_id).await
    }

    /// Ends the sessions and the invitations of an account.
    async fn shut_out(&mut self, account_id: &str) -> Result<(), Error> {
        for table in ["seedtest_sessions", "seedtest_invitations"] {
            let sql = format!("DELETE FROM {table} WHERE account_id = $1");
            self.session().execute(&sql, &[Value::text(account_id)]).await?;
        }
        Ok(())
    }
}

async fn select(
    session: &mut Session<'_>,
    condition: &str,
    values: &[Value<'_>],
) -> Result<Vec<Account>, Error> {
    let columns = SEEDTEST_ACCOUNTS.select();
    let sql = format!("SELECT {columns} FROM seedtest_accounts {condition}");
    session.fetch_records(&columns, &sql, values, read).await
}

/// Classes and students of an account.
async fn read_belongings(session: &mut Session<'_>, account: &mut Account) -> Result<(), Error> {
    let of = [Value::text(&account.account_id)];
    let id = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
    let sql =
        "SELECT class_id FROM seedtest_account_classes WHERE account_id = $1 ORDER BY class_id";
    account.classes = session.fetch(sql, &of, id).await?;
    let sql =
        "SELECT user_id FROM seedtest_account_students WHERE account_id = $1 ORDER BY user_id";
    account.students = session.fetch(sql, &of, id).await?;
    Ok(())
}

/// The account without its classes and students.
fn read(row: &Record<'_>) -> Result<Account, Error> {
    let issuer: Option<String> = row.get_or_null("issuer")?;
    let subject: Option<String> = row.get_or_null("subject")?;
    Ok(Account {
        account_id: row.get("account_id")?,
        login: row.get("login")?,
        name: row.get("name")?,
        role: row.get("role")?,
        school_id: row.get_or_null("school_id")?,
        user_id: row.get_or_null("user_id")?,
        lang: row.get_or_null("lang")?,
        password_hash: row.get_or_null("password_hash")?,
        subject: issuer.zip(subject).map(|(issuer, subject)| Subject { issuer, subject }),
        classes: Vec::new(),
        students: Vec::new(),
        created_at: row.get("created_at")?,
        disabled_at: row.get_or_null("disabled_at")?,
    })
}
