//! `seedtest account`: people who sign in to the pages.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use seedtest_dashboard::{
    AccountError, NewAccount, changed_account, invite, new_account, set_password, with_password,
};
use seedtest_pipeline::Role;
use seedtest_store::{Account, Store};
use serde_json::json;

use super::serve;
use crate::cli::{AccountAction, AccountArgs, Belongings, Global, InvitationLink};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings;

/// Most bytes that are read of a file with a password.
const LARGEST_FILE: u64 = 64 << 10;

pub(crate) async fn run(
    args: &AccountArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let now = session::clock()?.now();
    match &args.action {
        AccountAction::Add { login, role, belongings, password_file, link } => {
            let mut new = new_account(described(login, role_of(role)?, belongings), now)?;
            if let Some(path) = password_file {
                new = with_password(new, &read_password(path)?)?;
            }
            // The first account may well come before the first answer.
            let store = session::open_or_create(global).await?;
            session::with(store, async |store| add(store, &new, link, now, output).await).await?;
        }
        AccountAction::List { json } => {
            let store = session::open(global).await?;
            session::with(store, async |store| list(store, *json, now, output).await).await?;
        }
        AccountAction::Invite { login, link } => {
            let store = session::open(global).await?;
            session::with(store, async |store| {
                let account = of_login(store, login).await?;
                if account.disabled_at.is_some() {
                    let hint = format!("`seedtest account enable {}` first", account.login);
                    return Err(Failure::new("the account is disabled", Some(hint)));
                }
                print_link(store, &account, link, now, output).await
            })
            .await?;
        }
        AccountAction::Change { login, role, belongings } => {
            let role = role.as_deref().map(role_of).transpose()?;
            let store = session::open(global).await?;
            session::with(store, async |store| {
                change(store, login, role, belongings, output).await
            })
            .await?;
        }
        AccountAction::Password { login, password_file } => {
            let password = read_password(password_file)?;
            let store = session::open(global).await?;
            session::with(store, async |store| {
                let account = of_login(store, login).await?;
                set_password(store, &account, &password).await?;
                output.line(&format!("{} has another password", account.login))
            })
            .await?;
        }
        AccountAction::Disable { login } => set_disabled(global, login, Some(now), output).await?,
        AccountAction::Enable { login } => set_disabled(global, login, None, output).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn role_of(word: &str) -> Result<Role, Failure> {
    let unknown = |error: seedtest_pipeline::UnknownRole| {
        let roles = Role::ALL.map(Role::name).join(", ");
        Failure::usage(format!("--role: {:?} is no role", error.given), format!("roles: {roles}"))
    };
    word.parse().map_err(unknown)
}

fn described(login: &str, role: Role, of: &Belongings) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: of.name.clone(),
        role,
        school_id: of.school.clone(),
        classes: of.classes.clone(),
        students: of.students.clone(),
    }
}

/// The first line of a file, or of standard input.
fn read_password(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LARGEST_FILE).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_string(&mut text))
    };
    read.map_err(|error| {
        let hint = "name a file of text that this user may read";
        Failure::usage(format!("--password-file {}: {error}", path.display()), hint)
    })?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line.to_owned())
}

async fn add(
    store: &Store,
    account: &Account,
    link: &InvitationLink,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<(), Failure> {
    if store.account_of_login(&account.login).await?.is_some() {
        let login = account.login.clone();
        return Err(AccountError::Taken { login }.into());
    }
    for doubt in doubts(store, account).await? {
        output.note(&doubt);
    }
    let mut tx = store.begin().await?;
    tx.add_account(account).await?;
    tx.commit().await?;
    output.note(&format!("{} has an account, role {}", account.login, account.role));
    if account.password_hash.is_some() {
        return Ok(());
    }
    print_link(store, account, link, now, output).await
}

/// Ids that nothing stored has: they may come later, or are mistyped.
async fn doubts(store: &Store, account: &Account) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for class_id in &account.classes {
        if store.class(class_id).await?.is_none() {
            all.push(format!("there is no class {class_id:?} yet"));
        }
    }
    if let Some(school_id) = &account.school_id {
        let schools = store.schools().await?;
        if !schools.iter().any(|school| school.school_id == *school_id) {
            all.push(format!("there is no school {school_id:?} yet"));
        }
    }
    for user_id in account.user_id.iter().chain(&account.students) {
        if !store.knows_student(user_id).await? {
            all.push(format!("there is no student {user_id:?} yet"));
        }
    }
    Ok(all)
}

/// The remark goes beside the link, not before it: `LINK=$(seedtest account invite …)`.
async fn print_link(
    store: &Store,
    account: &Account,
    link: &InvitationLink,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<(), Failure> {
    let secret =
        invite(store, &account.account_id, now, TimeDelta::days(i64::from(link.days))).await?;
    let of_file = || settings::of_file("serve.public-url").into_iter().next();
    let base = link.public_url.clone().or_else(of_file).unwrap_or_default();
    let whose = &account.login;
    output.note(&format!("a link for {whose}; it works once, for {} days", link.days));
    if base.is_empty() {
        let address = serve::USUAL_ADDRESS;
        output.note(&format!(
            "put the address of the service before it, http://{address} unless it is told otherwise"
        ));
    }
    output.line(&format!("{}/invitations/{secret}", base.trim_end_matches('/')))
}

async fn of_login(store: &Store, login: &str) -> Result<Account, Failure> {
    let found = store.account_of_login(&login.trim().to_lowercase()).await?;
    found.ok_or_else(|| {
        let hint = "`seedtest account list` shows the logins".to_owned();
        Failure::new(format!("no account is called {login:?}"), Some(hint))
    })
}

async fn change(
    store: &Store,
    login: &str,
    role: Option<Role>,
    belongings: &Belongings,
    output: &Output,
) -> Result<(), Failure> {
    let account = of_login(store, login).await?;
    let role = role.unwrap_or_else(|| account.role.parse().unwrap_or(Role::Student));
    let account = changed_account(&account, described(login, role, belongings))?;
    for doubt in doubts(store, &account).await? {
        output.note(&doubt);
    }
    let mut tx = store.begin().await?;
    tx.change_account(&account).await?;
    tx.commit().await?;
    output.line(&line(&account, "changed"))
}

async fn set_disabled(
    global: &Global,
    login: &str,
    at: Option<DateTime<Utc>>,
    output: &Output,
) -> Result<(), Failure> {
    let store = session::open(global).await?;
    session::with(store, async |store| {
        let account = of_login(store, login).await?;
        let mut tx = store.begin().await?;
        tx.disable_account(&account.account_id, at).await?;
        tx.commit().await?;
        let what = if at.is_some() { "is disabled" } else { "may sign in" };
        output.line(&format!("{} {what}", account.login))
    })
    .await
}

fn line(account: &Account, state: &str) -> String {
    let whom = account.classes.iter().chain(&account.user_id).chain(&account.students);
    let whom: Vec<&str> = account.school_id.iter().chain(whom).map(String::as_str).collect();
    let Account { login, role, name, .. } = account;
    format!("{login:<28} {role:<9} {state:<11} {name:<20} {}", whom.join(","))
}

async fn list(
    store: &Store,
    as_json: bool,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<(), Failure> {
    let accounts = store.accounts().await?;
    let invited = store.invited(now).await?;
    if accounts.is_empty() && !as_json {
        output.line("no accounts yet")?;
    }
    for account in &accounts {
        let until = invited.iter().find(|(id, _)| *id == account.account_id).map(|(_, at)| *at);
        let state = match (account.disabled_at, until, &account.password_hash, &account.subject) {
            (Some(_), ..) => "disabled",
            (None, Some(_), ..) => "invited",
            (None, None, None, None) => "no-password",
            _ => "active",
        };
        let text = if as_json {
            json!({
                "login": account.login,
                "name": account.name,
                "role": account.role,
                "school_id": account.school_id,
                "user_id": account.user_id,
                "classes": account.classes,
                "students": account.students,
                "state": state,
                "invited_until": until.map(instant),
                "created_at": instant(account.created_at),
                "disabled_at": account.disabled_at.map(instant),
            })
            .to_string()
        } else {
            line(account, state)
        };
        output.line(&text)?;
    }
    Ok(())
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
