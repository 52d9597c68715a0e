//! Who is told of which alert. Students are told of only to whom they may be shown, and the churn risk only to roles that
//! may see it: an address that no account signs in with gets what is about the installation, and no students.

use std::collections::HashMap;

use seedtest_report::Lang;
use seedtest_store::{Account, Alert, AlertChannel, AlertKind, Store, StudentPlaces};

use super::settings::AlertSettings;
use crate::error::Error;
use crate::rights::{Person, RiskReaders, Role};

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// How.
    pub(crate) channel: AlertChannel,
    /// Address of mail, or the name of the channel.
    pub(crate) name: String,
    /// Who it is; `None` = nobody who signs in here.
    person: Option<Person>,
    /// The language of letters to them.
    pub(crate) lang: Lang,
}

/// Everybody who is told, and what decides of what.
#[derive(Debug)]
pub(crate) struct Recipients {
    pub(crate) all: Vec<Recipient>,
    risk_readers: RiskReaders,
    /// Where the students of the alerts learn.
    places: HashMap<String, StudentPlaces>,
}

impl Recipients {
    /// Those of the settings, to be told of these alerts.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn read(
        store: &Store,
        settings: &AlertSettings,
        alerts: &[Alert],
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        if settings.webhook.is_some() {
            all.push(Recipient {
                channel: AlertChannel::Webhook,
                name: AlertChannel::Webhook.code().to_owned(),
                person: Some(Person::of_role(Role::Operator)),
                lang: settings.lang,
            });
        }
        if let Some(mail) = &settings.mail {
            let accounts = store.accounts().await?;
            let mut of_login: HashMap<&str, &Account> = HashMap::new();
            let open = accounts.iter().filter(|account| account.disabled_at.is_none());
            of_login.extend(open.map(|account| (&*account.login, account)));
            for address in &mail.addresses {
                all.push(by_mail(address, of_login.get(&**address).copied(), settings.lang));
            }
        }
        let mut places = HashMap::new();
        let students = alerts.iter().filter_map(|alert| alert.user_id.as_ref());
        for user_id in students.filter(|_| !all.is_empty()) {
            if !places.contains_key(user_id) {
                places.insert(user_id.clone(), store.student_places(user_id).await?);
            }
        }
        Ok(Self { all, risk_readers: settings.risk_readers.clone(), places })
    }

    /// Whether somebody may be told of an alert.
    pub(crate) fn may_be_told(&self, recipient: &Recipient, alert: &Alert) -> bool {
        let Some(user_id) = &alert.user_id else {
            let is_operators = |person: &Person| person.role == Role::Operator;
            return recipient.person.as_ref().is_none_or(is_operators);
        };
        let Some(person) = &recipient.person else { return false };
        let sees_risk = alert.kind != AlertKind::Risk || self.risk_readers.include(person.role);
        let nowhere = StudentPlaces::default();
        let places = self.places.get(user_id).unwrap_or(&nowhere);
        person.role.is_staff() && sees_risk && person.may_see(user_id, places).is_ok()
    }
}

fn by_mail(address: &str, account: Option<&Account>, otherwise: Lang) -> Recipient {
    let chosen = account.and_then(|account| account.lang.as_deref()?.parse().ok());
    Recipient {
        channel: AlertChannel::Mail,
        name: address.to_owned(),
        person: account.map(Person::of_account),
        lang: chosen.unwrap_or(otherwise),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::Value;

    use super::*;
    use crate::rights::Organisation;

    fn alert(kind: AlertKind, user_id: Option<&str>) -> Alert {
        Alert {
            alert_key: "a".into(),
            kind,
            user_id: user_id.map(str::to_owned),
            subject: None,
            detail: Value::Null,
            found_at: DateTime::UNIX_EPOCH,
            acknowledged: None,
            resolved_at: None,
        }
    }

    fn recipient(person: Option<Person>) -> Recipient {
        let name = "a@school.kr".into();
        Recipient { channel: AlertChannel::Mail, name, person, lang: Lang::Ko }
    }

    #[test]
    fn a_student_is_told_of_only_to_whom_the_risk_and_the_student_may_be_shown() {
        let places = StudentPlaces {
            organisations: ["north".to_owned()].into(),
            classrooms: ["7a".to_owned()].into(),
        };
        let of = |readers: &str| Recipients {
            all: Vec::new(),
            risk_readers: readers.parse().unwrap(),
            places: [("amy".to_owned(), places.clone())].into(),
        };
        let teacher = |class: &str| Person {
            organisation: Organisation::Only,
            classes: Some(vec![class.into()]),
            ..Person::of_role(Role::Teacher)
        };
        let student = Person { own_student: Some("amy".into()), ..Person::of_role(Role::Student) };
        let (amy, bob) = (alert(AlertKind::Risk, Some("amy")), alert(AlertKind::Risk, Some("bob")));
        let job = alert(AlertKind::Job, None);
        let staff = "teacher,school,operator";
        for (person, readers, about, expected) in [
            (Some(teacher("7a")), staff, &amy, true),
            (Some(teacher("7b")), staff, &amy, false),
            (Some(teacher("7a")), "operator", &amy, false),
            (Some(teacher("7a")), staff, &bob, false),
            (Some(teacher("7a")), staff, &job, false),
            (Some(Person::of_role(Role::Operator)), staff, &bob, true),
            (Some(Person::of_role(Role::Operator)), "teacher", &bob, false),
            (Some(Person::of_role(Role::Operator)), "none", &job, true),
            (Some(student), "student", &amy, false),
            (None, staff, &amy, false),
            (None, "none", &job, true),
        ] {
            let found = of(readers).may_be_told(&recipient(person.clone()), about);
            assert_eq!(found, expected, "{person:?} {readers} {about:?}");
        }
    }
}
