//! The mail server that takes letters, as it is set up.

use std::fs;
use std::time::Duration;

use seedtest_publish::{Secret, Security, SmtpPlace};

use crate::error::Error;
use crate::registry::{Accepts, Kind, Preset, Setting, Settings};

const SECURITY: Setting = Setting::new(
    "smtp-security",
    Kind::Choice(&["starttls", "tls", "none"]),
    "How the session is guarded; none only to a server on this machine",
)
.env(&["SMTP_SECURITY"])
.of_operator();

/// What every job that sends letters is told.
pub(crate) const SMTP: [Setting; 7] = [
    Setting::new("smtp-host", Kind::Text, "Server that takes the letters")
        .env(&["SMTP_HOST"])
        .of_operator(),
    Setting::new(
        "smtp-port",
        Kind::Count,
        "Its port [default: 587 for starttls, 465 for tls, 25 for none]",
    )
    .env(&["SMTP_PORT"])
    .of_operator()
    .accepting(Accepts::Within(1.0, 65_535.0)),
    SECURITY.or(Preset::Text("starttls")),
    Setting::new("smtp-user", Kind::Text, "User there, where it asks for one")
        .env(&["SMTP_USER"])
        .of_operator(),
    Setting::new("smtp-password", Kind::Secret, "Password of the user")
        .env(&["SMTP_PASSWORD"])
        .only_env(),
    Setting::new(
        "smtp-roots",
        Kind::Text,
        "Certificates in PEM that are trusted beside those of the system, as a file",
    )
    .env(&["SMTP_CA_CERTIFICATES"])
    .of_operator(),
    Setting::new("from", Kind::Text, "Whom letters are from: ADDRESS, or NAME <ADDRESS>")
        .env(&["MAIL_FROM"])
        .of_operator(),
];

/// The server of the settings.
///
/// # Errors
/// Settings that are missing or that contradict each other.
pub(crate) fn smtp(settings: &Settings) -> Result<SmtpPlace, Error> {
    let securities =
        [("starttls", Security::StartTls), ("tls", Security::Tls), ("none", Security::None)];
    let security = settings.word(SECURITY.key, &securities)?;
    let port = match settings.text("smtp-port") {
        None => security.port(),
        Some(_) => u16::try_from(settings.count("smtp-port")?)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| settings.refused("smtp-port", "a port, 1 to 65535"))?,
    };
    let roots = match settings.text("smtp-roots") {
        Some(file) => Some(fs::read(file).map_err(|error| {
            settings.contradiction(format!("SMTP_CA_CERTIFICATES: {file}: {error}"))
        })?),
        None => None,
    };
    let password = settings.text("smtp-password");
    let login = match (settings.owned("smtp-user"), password) {
        (Some(user), Some(password)) => Some((user, Secret::new(password))),
        (None, None) => None,
        (Some(_), None) => {
            return Err(settings.contradiction("SMTP_USER is set and SMTP_PASSWORD is not"));
        }
        (None, Some(_)) => {
            return Err(settings.contradiction("SMTP_PASSWORD is set and SMTP_USER is not"));
        }
    };
    Ok(SmtpPlace {
        host: settings.owned("smtp-host").ok_or_else(|| settings.required("smtp-host"))?,
        port,
        security,
        roots,
        login,
        from: settings.owned("from").ok_or_else(|| settings.required("from"))?,
        patience: Duration::from_mins(2),
    })
}

/// Whether a text is an address of the web that can stand in a letter.
pub(crate) fn is_web(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && !url.contains(['<', '>', ' ', ','])
}
