//! Who is told of what, how and when.

use std::collections::BTreeSet;
use std::time::Duration;

use seedtest_irt::Severity;
use seedtest_publish::{Postbox, Secret, SmtpPlace, Webhook, valid_address};
use seedtest_report::Lang;
use seedtest_store::AlertKind;

use super::hours::{Digest, QuietHours, time};
use crate::churn::ALERT;
use crate::error::Error;
use crate::pseudonyms::{PSEUDONYM_KEY, Pseudonyms};
use crate::registry::{AS_OF, Accepts, DRY_RUN, Kind, Preset, Setting, Settings, joined};
use crate::rights::RiskReaders;
use crate::smtp::{SMTP, is_web, smtp};

/// How long a server or a receiver may take: both together less than an event is held.
const PATIENCE: Duration = Duration::from_secs(25);

const KINDS: Setting =
    Setting::new("kinds", Kind::Text, "What is told: risk, job, drift, with commas between them")
        .env(&["ALERT_KINDS"])
        .of_operator();
const SEVERITY: Setting = Setting::new(
    "drift-severity",
    Kind::Choice(&["minor", "moderate", "severe"]),
    "From which severity on an item that drifted is told",
)
.env(&["ALERT_DRIFT_SEVERITY"])
.of_operator();
const STUDENTS: Setting = Setting::new(
    "students",
    Kind::Choice(&["pseudonym", "id", "name"]),
    "What students are called: a pseudonym (with SEEDTEST_PSEUDONYM_KEY), the id, or the name",
)
.env(&["ALERT_STUDENTS"])
.of_operator();
const DIGEST: Setting = Setting::new(
    "digest",
    Kind::Choice(&["run", "day", "single"]),
    "What comes in one message: all that a run found, all of a day, or one alert",
)
.env(&["ALERT_DIGEST"])
.of_operator();
const LANG: Setting = Setting::new(
    "lang",
    Kind::Choice(&["ko", "en"]),
    "Language of letters to whoever has chosen none in an account",
)
.env(&["ALERT_LANG", "REPORT_LANG"])
.of_operator();

/// The settings of the job.
pub(crate) const SETTINGS: [Setting; 25] = joined(&WHAT, &HOW);

const WHAT: [Setting; 13] = [
    KINDS.or(Preset::Text("risk,job,drift")),
    ALERT.of_operator(),
    SEVERITY.or(Preset::Text("severe")),
    Setting::new("mail-to", Kind::Text, "Addresses that get letters, with commas between them")
        .env(&["ALERT_MAIL_TO"])
        .of_operator(),
    STUDENTS.or(Preset::Text("pseudonym")),
    Setting::new("tenant", Kind::Text, "Whose pseudonyms they are, as in `seedtest export --tenant`")
        .env(&["ALERT_TENANT"])
        .of_operator()
        .or(Preset::Text("alerts")),
    Setting::new(
        "risk-readers",
        Kind::Text,
        "Roles that may see S, as those of `seedtest serve --risk-readers` [default: teacher,school,operator]",
    )
    .env(&["SEEDTEST_RISK_READERS"])
    .of_operator(),
    DIGEST.or(Preset::Text("run")),
    Setting::new("digest-at", Kind::Text, "When the message of a day goes out, as HH:MM")
        .env(&["ALERT_DIGEST_AT"])
        .of_operator()
        .or(Preset::Text("07:30")),
    Setting::new(
        "quiet-hours",
        Kind::Text,
        "When nobody is told anything, as HH:MM-HH:MM by the clock of the database's time zone, or none",
    )
    .env(&["ALERT_QUIET_HOURS"])
    .of_operator()
    .or(Preset::Text("20:00-07:00")),
    Setting::new(
        "remind-days",
        Kind::Count,
        "Tell again of what nobody has acknowledged after so many days, 0 = never",
    )
    .env(&["ALERT_REMIND_DAYS"])
    .of_operator()
    .or(Preset::Count(0)),
    LANG.or(Preset::Text("ko")),
    Setting::new(
        "service-url",
        Kind::Text,
        "Where recipients reach the pages, as https://seedtest.school.kr",
    )
    .env(&["MAIL_SERVICE_URL"])
    .of_operator(),
];

const HOW: [Setting; 12] = joined(&SMTP, &BESIDE);

const BESIDE: [Setting; 5] = [
    // Of some systems the path is all that has to be known to write to them.
    Setting::new("webhook-url", Kind::Secret, "Address of another system that is told")
        .env(&["ALERT_WEBHOOK_URL"])
        .only_env()
        .accepting(Accepts::Web),
    Setting::new("webhook-secret", Kind::Secret, "Secret that signs what it is told")
        .env(&["ALERT_WEBHOOK_SECRET"])
        .only_env(),
    Setting::new("pseudonym-key", Kind::Secret, "Key of the pseudonyms of students")
        .env(&[PSEUDONYM_KEY])
        .only_env(),
    AS_OF,
    DRY_RUN,
];

/// What students are called.
#[derive(Debug, Clone)]
pub(crate) enum Called {
    /// What only the holder of a key can lead back.
    Pseudonym(Pseudonyms),
    /// As in the database.
    Id,
    /// As in the roster.
    Name,
}

/// Who gets letters, and from which server.
#[derive(Debug, Clone)]
pub(crate) struct MailSettings {
    /// Addresses, in small letters.
    pub(crate) addresses: BTreeSet<String>,
    pub(crate) smtp: SmtpPlace,
}

/// Who is told of what, how and when.
#[derive(Debug, Clone)]
pub(crate) struct AlertSettings {
    pub(crate) kinds: Vec<AlertKind>,
    pub(crate) threshold: f64,
    pub(crate) severity: Severity,
    pub(crate) mail: Option<MailSettings>,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) called: Called,
    pub(crate) risk_readers: RiskReaders,
    pub(crate) digest: Digest,
    pub(crate) quiet: Option<QuietHours>,
    pub(crate) remind_days: u32,
    pub(crate) lang: Lang,
    pub(crate) url: Option<String>,
    pub(crate) dry_run: bool,
}

impl AlertSettings {
    /// Reads the settings of the job.
    ///
    /// # Errors
    /// Settings that cannot be used, or that lack others.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Error> {
        let severities = [Severity::Minor, Severity::Moderate, Severity::Severe];
        let words = ["minor", "moderate", "severe"];
        let severities: Vec<(&str, Severity)> = words.into_iter().zip(severities).collect();
        let mail = mail(settings)?;
        let webhook = webhook(settings)?;
        let kinds = kinds(settings)?;
        let tells_students =
            kinds.contains(&AlertKind::Risk) && (mail.is_some() || webhook.is_some());
        let readers = settings.text("risk-readers").map(str::parse).transpose();
        Ok(Self {
            threshold: settings.number(ALERT.key)?,
            severity: settings.word(SEVERITY.key, &severities)?,
            called: called(settings, tells_students)?,
            risk_readers: readers
                .map_err(|_| settings.refused("risk-readers", "roles with commas, or none"))?
                .unwrap_or_default(),
            digest: digest(settings)?,
            quiet: quiet(settings)?,
            remind_days: settings.days("remind-days")?,
            lang: settings.word(LANG.key, &[("ko", Lang::Ko), ("en", Lang::En)])?,
            url: url(settings)?,
            dry_run: settings.switch("dry-run"),
            kinds,
            mail,
            webhook,
        })
    }

    /// Whether anybody is told.
    pub(crate) fn tells_somebody(&self) -> bool {
        self.mail.is_some() || self.webhook.is_some()
    }

    /// Says what is wrong with the mail server before there is anything to tell.
    ///
    /// # Errors
    /// A server that cannot be used as it is set up.
    pub(crate) fn try_mail(&self) -> Result<(), Error> {
        if let Some(mail) = &self.mail {
            Postbox::new(&mail.smtp)?;
        }
        Ok(())
    }

    /// Whether settings that are not read yet tell anybody; those that cannot be used do not.
    pub(crate) fn tell_somebody(settings: &Settings) -> bool {
        Self::read(settings).is_ok_and(|own| own.tells_somebody())
    }
}

fn kinds(settings: &Settings) -> Result<Vec<AlertKind>, Error> {
    let words = settings.text(KINDS.key).unwrap_or_default().split(',').map(str::trim);
    let read: Option<Vec<AlertKind>> = words.map(AlertKind::read).collect();
    read.ok_or_else(|| settings.refused(KINDS.key, "risk, job, drift, or some of them"))
}

fn mail(settings: &Settings) -> Result<Option<MailSettings>, Error> {
    let given = settings.text("mail-to").unwrap_or_default().split(',').map(str::trim);
    let addresses: BTreeSet<String> =
        given.filter(|address| !address.is_empty()).map(str::to_lowercase).collect();
    if addresses.is_empty() {
        return Ok(None);
    }
    if !addresses.iter().all(|address| valid_address(address)) {
        return Err(settings.refused("mail-to", "addresses as kim@school.kr, with commas"));
    }
    let smtp = SmtpPlace { patience: PATIENCE, ..smtp(settings)? };
    Ok(Some(MailSettings { addresses, smtp }))
}

fn webhook(settings: &Settings) -> Result<Option<Webhook>, Error> {
    match (settings.text("webhook-url"), settings.text("webhook-secret")) {
        (None, None) => Ok(None),
        (Some(url), Some(secret)) => Ok(Some(Webhook::new(url, Secret::new(secret), PATIENCE)?)),
        (Some(_), None) => Err(settings.contradiction(
            "ALERT_WEBHOOK_URL is set and ALERT_WEBHOOK_SECRET is not: nothing is sent unsigned",
        )),
        (None, Some(_)) => {
            Err(settings.contradiction("ALERT_WEBHOOK_SECRET is set and ALERT_WEBHOOK_URL is not"))
        }
    }
}

fn called(settings: &Settings, tells_students: bool) -> Result<Called, Error> {
    let words = [("pseudonym", None), ("id", Some(false)), ("name", Some(true))];
    match settings.word(STUDENTS.key, &words)? {
        Some(true) => Ok(Called::Name),
        Some(false) => Ok(Called::Id),
        None if !tells_students => Ok(Called::Id),
        None => {
            let tenant = settings.text("tenant").unwrap_or_default();
            let key = |_: &str| settings.owned("pseudonym-key");
            let of = Pseudonyms::of_tenant(tenant, key).map_err(|_| {
                settings.contradiction(format!(
                    "students are told by pseudonyms, which need {PSEUDONYM_KEY} with 32 bytes or more; \
                     ALERT_STUDENTS chooses ids or names"
                ))
            })?;
            Ok(Called::Pseudonym(of))
        }
    }
}

fn digest(settings: &Settings) -> Result<Digest, Error> {
    let at = time(settings.text("digest-at").unwrap_or_default())
        .ok_or_else(|| settings.refused("digest-at", "a time of the clock as 07:30"))?;
    settings.word(
        DIGEST.key,
        &[("run", Digest::Run), ("day", Digest::Day(at)), ("single", Digest::Single)],
    )
}

fn quiet(settings: &Settings) -> Result<Option<QuietHours>, Error> {
    let text = settings.text("quiet-hours").unwrap_or_default().trim();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let read = QuietHours::read(text);
    read.map(Some).ok_or_else(|| settings.refused("quiet-hours", "hours as 20:00-07:00, or none"))
}

fn url(settings: &Settings) -> Result<Option<String>, Error> {
    let Some(url) = settings.text("service-url") else { return Ok(None) };
    if !is_web(url) || url.contains(['?', '#']) {
        return Err(settings.refused("service-url", "an address as https://seedtest.school.kr"));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}
