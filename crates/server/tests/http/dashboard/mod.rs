//! The pages from outside: who gets in, what each role sees, and what those try who should not.

mod abuse;
mod browser;
mod oidc;
mod people;
mod roles;
mod sign_in;
mod uploads;

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_dashboard::{NewAccount, invite, new_account, with_password};
use seedtest_pipeline::{Clock, Role};
use seedtest_server::Config;
use seedtest_store::{Account, Store};

use crate::service::{Service, config};

/// A Wednesday.
const NOW: &str = "2025-03-12T10:00:00Z";
const PASSWORD: &str = "correct horse battery";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn config_at_now() -> Config {
    Config { clock: Clock::fixed(now()), ..config() }
}

/// A service at [`NOW`], with accounts or without.
async fn service(accounts: &[Account]) -> Service {
    service_with(config_at_now(), accounts).await
}

async fn service_with(config: Config, accounts: &[Account]) -> Service {
    let service = Service::start(config).await;
    for account in accounts {
        add(&service.store, account).await;
    }
    if !accounts.is_empty() {
        known(&service).await;
    }
    service
}

/// Waits until the service knows of the first account: it looks every second.
async fn known(service: &Service) {
    for _ in 0..50 {
        let answer = service.client.get(service.url("/sign-in")).send().await.unwrap();
        if answer.status() == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the pages stay off");
}

async fn add(store: &Store, account: &Account) {
    let mut tx = store.begin().await.unwrap();
    tx.add_account(account).await.unwrap();
    tx.commit().await.unwrap();
}

/// An account without a password.
fn person(login: &str, role: Role, classes: &[&str], students: &[&str]) -> Account {
    let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let new = NewAccount {
        login: login.into(),
        name: None,
        role,
        school_id: None,
        classes: list(classes),
        students: list(students),
    };
    new_account(new, now()).unwrap()
}

/// The same with [`PASSWORD`].
fn with_a_password(account: Account) -> Account {
    with_password(account, PASSWORD).unwrap()
}

fn operator(login: &str) -> Account {
    with_a_password(person(login, Role::Operator, &[], &[]))
}

async fn invitation(store: &Store, account: &Account, lasts: TimeDelta) -> String {
    let secret = invite(store, &account.account_id, now(), lasts).await.unwrap();
    format!("/invitations/{secret}")
}
