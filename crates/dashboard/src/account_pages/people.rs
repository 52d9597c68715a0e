//! Everybody's accounts, for operators: listed, made with an invitation, invited again, disabled.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use minijinja::context;
use seedtest_pipeline::Role;
use seedtest_store::Account;

use crate::accounts::{self, AccountError, NewAccount, new_account};
use crate::fields::Fields;
use crate::refusal::{PageResult, Refusal};
use crate::render::{page, page_with, see_other, segment};
use crate::state::{Dashboard, Shared};
use crate::visitor::Visitor;

pub(super) async fn list(State(dashboard): State<Shared>, visitor: Visitor) -> PageResult {
    visitor.everybody()?;
    shown(&dashboard, &visitor, StatusCode::OK, None, &Fields::default()).await
}

/// The list with the form beneath it, which keeps what was typed.
async fn shown(
    dashboard: &Dashboard,
    visitor: &Visitor,
    status: StatusCode,
    word: Option<&str>,
    typed: &Fields,
) -> PageResult {
    let now = dashboard.clock.now();
    let invited = dashboard.store.invited(now).await?;
    let line = |account: Account| {
        let until = invited.iter().find(|(id, _)| *id == account.account_id);
        let state = match (account.disabled_at, until, &account.password_hash, &account.subject) {
            (Some(_), ..) => "disabled",
            (None, Some(_), ..) => "invited",
            (None, None, None, None) => "no_password",
            _ => "active",
        };
        let students = account.user_id.into_iter().chain(account.students).collect::<Vec<_>>();
        let own = visitor.signed_in().and_then(|known| known.account_id.as_deref());
        let is_own = own == Some(account.account_id.as_str());
        context! {
            id => account.account_id,
            login => account.login,
            name => account.name,
            role => account.role,
            school => account.school_id,
            classes => account.classes,
            students => students,
            state => state,
            is_own => is_own,
        }
    };
    let all: Vec<_> = dashboard.store.accounts().await?.into_iter().map(line).collect();
    let values = context! {
        accounts => all,
        word => word,
        roles => Role::ALL.map(Role::name),
        typed => context! {
            login => typed.get("login").unwrap_or_default(),
            name => typed.get("name").unwrap_or_default(),
            role => typed.get("role").unwrap_or("teacher"),
            school => typed.get("school").unwrap_or_default(),
            classes => typed.get("classes").unwrap_or_default(),
            students => typed.get("students").unwrap_or_default(),
        },
    };
    page_with(dashboard, visitor, status, "account/people.html", values)
}

/// Ids with commas between them.
fn ids(text: Option<&str>) -> Vec<String> {
    let parts = text.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Makes an account and shows the link of its invitation, which is shown this once.
pub(super) async fn add(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    fields: Fields,
) -> PageResult {
    visitor.everybody()?;
    let role = fields.text("role").and_then(|role| role.parse().ok());
    let role = role.ok_or_else(|| Refusal::invalid("role", "account.no_role"))?;
    let new = NewAccount {
        login: fields.get("login").unwrap_or_default().to_owned(),
        name: fields.text("name").map(str::to_owned),
        role,
        school_id: fields.text("school").map(str::to_owned),
        classes: ids(fields.get("classes")),
        students: ids(fields.get("students")),
    };
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let account = match new_account(new, dashboard.clock.now()) {
        Ok(account) => account,
        Err(error) => {
            return shown(&dashboard, &visitor, refused, Some(word_of(&error)?), &fields).await;
        }
    };
    for user_id in account.user_id.iter().chain(&account.students) {
        visitor.about_student(user_id);
    }
    if dashboard.store.account_of_login(&account.login).await?.is_some() {
        return shown(&dashboard, &visitor, refused, Some("account.taken"), &fields).await;
    }
    let mut tx = dashboard.store.begin().await?;
    tx.add_account(&account).await?;
    tx.commit().await?;
    link(&dashboard, &visitor, &account).await
}

/// The key of the sentence for what is wrong with a form.
fn word_of(error: &AccountError) -> PageResult<&'static str> {
    match error {
        AccountError::BadLogin { .. } => Ok("account.bad_login"),
        AccountError::BadName { .. } => Ok("account.bad_name"),
        AccountError::Taken { .. } => Ok("account.taken"),
        AccountError::Contradiction(_) => Ok("account.contradiction"),
        AccountError::Password(fault) => Ok(fault.word()),
        AccountError::Store(error) => Err(Refusal::from_store(error)),
        AccountError::NoRandomness | AccountError::NoHash => Err(Refusal::internal(error)),
    }
}

/// The page with the link of a new invitation.
async fn link(dashboard: &Dashboard, visitor: &Visitor, account: &Account) -> PageResult {
    let now = dashboard.clock.now();
    let lasts = dashboard.config.invitation;
    let secret = accounts::invite(&dashboard.store, &account.account_id, now, lasts).await;
    let secret = secret.map_err(|error| Refusal::internal(&error))?;
    let base = dashboard.config.public_url.as_deref().unwrap_or_default();
    let values = context! {
        login => &account.login,
        link => format!("{base}/invitations/{secret}"),
        is_whole => !base.is_empty(),
        days => lasts.num_days(),
    };
    page(dashboard, visitor, "account/link.html", values)
}

async fn named(dashboard: &Dashboard, visitor: &Visitor, account_id: &str) -> PageResult<Account> {
    visitor.everybody()?;
    dashboard.store.account(account_id).await?.ok_or_else(Refusal::not_found)
}

/// Another link, for who lost the one before or the password.
pub(super) async fn invite(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(account_id): Path<String>,
) -> PageResult {
    let account = named(&dashboard, &visitor, &account_id).await?;
    if account.disabled_at.is_some() {
        return Err(Refusal::invalid("account", "account.is_disabled"));
    }
    link(&dashboard, &visitor, &account).await
}

/// Lets nobody sign in with an account; its browsers are signed out. One's own cannot be: somebody has to be left.
pub(super) async fn disable(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(account_id): Path<String>,
) -> PageResult {
    let account = named(&dashboard, &visitor, &account_id).await?;
    let own = visitor.signed_in().and_then(|known| known.account_id.as_deref());
    if own == Some(account.account_id.as_str()) {
        return Err(Refusal::invalid("account", "account.own_account"));
    }
    set_disabled(&dashboard, &account, Some(dashboard.clock.now())).await
}

pub(super) async fn enable(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Path(account_id): Path<String>,
) -> PageResult {
    let account = named(&dashboard, &visitor, &account_id).await?;
    set_disabled(&dashboard, &account, None).await
}

async fn set_disabled(
    dashboard: &Dashboard,
    account: &Account,
    at: Option<chrono::DateTime<chrono::Utc>>,
) -> PageResult {
    let mut tx = dashboard.store.begin().await?;
    tx.disable_account(&account.account_id, at).await?;
    tx.commit().await?;
    Ok(see_other(&format!("/accounts#{}", segment(&account.account_id))))
}
