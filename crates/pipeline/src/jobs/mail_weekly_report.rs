//! `mail-weekly-report`: published reports to those who agreed to get them, each once.

use seedtest_store::ReportPeriod;

use super::generate_weekly_report::{CUSTOMISE, FORMAT, PERIOD, WEEK};
use crate::error::Error;
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Settings, Work, joined,
};
use crate::reports::{Content, DESTINATION, Destination, Leave, Mailing, customised};
use crate::smtp::{SMTP, is_web, smtp};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "mail-weekly-report",
    aliases: &[],
    summary: "Send the published reports by mail to those who agreed, each letter once",
    schedule: Some("0 7 * * 1"),
    settings: &SETTINGS,
    reads: &[
        "report_artifacts",
        "monthly_report_artifacts",
        "report_recipients",
        "report_mails",
        "roster_student",
    ],
    writes: &["report_mails"],
    rounds: &[],
    check: |settings| mailing(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

const CONTENT: Setting = Setting::new(
    "content",
    Kind::Choice(&["link", "attachment"]),
    "What a letter brings: a link to the published report, or the report itself",
)
.env(&["MAIL_CONTENT"])
.of_operator();
const SETTINGS: [Setting; 45] = joined(&LETTERS, &DESTINATION);
const LETTERS: [Setting; 18] = joined(&WHICH, &HOW);
const WHICH: [Setting; 5] = [
    Setting::new("user", Kind::Text, "Only letters about this student").env(&["USER_ID"]),
    WEEK,
    PERIOD,
    CONTENT.or(Preset::Text("link")),
    FORMAT.or(Preset::Text("html")),
];
const HOW: [Setting; 13] = joined(
    &SMTP,
    &[
        Setting::new(
            "unsubscribe-url",
            Kind::Text,
            "Where one gets no more letters, with {token} in it [default: by answering]",
        )
        .env(&["MAIL_UNSUBSCRIBE_URL"])
        .of_operator(),
        Setting::new(
            "service-url",
            Kind::Text,
            "Where recipients reach this service, as https://seedtest.school.kr: one click there ends the letters",
        )
        .env(&["MAIL_SERVICE_URL"])
        .of_operator(),
        Setting::new(
            "resend-unknown",
            Kind::Switch,
            "Send again what may have been sent by a run that was cut off",
        )
        .of_operator()
        .or(Preset::Switch(false)),
        CUSTOMISE,
        AS_OF,
        DRY_RUN,
    ],
);

fn mailing(settings: &Settings) -> Result<Mailing, Error> {
    let contents = [("link", Content::Link), ("attachment", Content::Attachment)];
    let formats = crate::reports::ReportFormat::list(settings.text("format").unwrap_or_default());
    let customise = settings.owned("customise");
    Ok(Mailing {
        period: settings
            .word(PERIOD.key, &ReportPeriod::ALL.map(|period| (period.code(), period)))?,
        day: settings.date("week"),
        user: settings.owned("user"),
        content: settings.word(CONTENT.key, &contents)?,
        formats: formats.ok_or_else(|| settings.refused("format", "html, pdf, or html,pdf"))?,
        custom: customised(customise.as_deref().map(std::path::Path::new))?,
        destination: Destination::read(settings)?,
        smtp: smtp(settings)?,
        leave: leave(settings)?,
        resend_unknown: settings.switch("resend-unknown"),
        dry_run: settings.switch("dry-run"),
    })
}

fn leave(settings: &Settings) -> Result<Leave, Error> {
    match (settings.owned("unsubscribe-url"), settings.owned("service-url")) {
        (None, None) => Ok(Leave::Answer),
        (Some(url), None) if is_web(&url) && url.contains("{token}") => Ok(Leave::Page(url)),
        (None, Some(url)) if is_web(&url) && !url.contains(['?', '#']) => Ok(Leave::Service(url)),
        (Some(_), None) => {
            let expected = "an address as https://school.kr/leave?token={token}";
            Err(settings.refused("unsubscribe-url", expected))
        }
        (None, Some(_)) => {
            Err(settings.refused("service-url", "an address as https://seedtest.school.kr"))
        }
        (Some(_), Some(_)) => Err(settings.contradiction(
            "MAIL_UNSUBSCRIBE_URL and MAIL_SERVICE_URL are both set: one of them takes the leavers",
        )),
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    if settings.text("smtp-host").is_none() {
        log.info("No mail server is set (SMTP_HOST): nobody gets a letter");
        return Ok(Outcome::noop());
    }
    let Some(done) = Box::pin(mailing(settings)?.run(store, clock, log)).await? else {
        log.info("Nobody is to get a letter");
        return Ok(Outcome::noop());
    };
    log.info(&format!(
        "Summary: sent={}, sent_before={}, without_report={}, unknown={}, failed={}",
        done.sent, done.before, done.without, done.unknown, done.failed
    ));
    let failed = done.failed + done.unknown > 0;
    let noop = done.sent == 0 && !failed;
    Ok(Outcome { rows: done.sent as u64, failed, noop, ..Outcome::default() })
}

#[cfg(test)]
mod tests {
    use seedtest_publish::Security;

    use super::*;

    fn read(env: &[(&str, &str)]) -> Result<Mailing, Error> {
        let look = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        mailing(&Settings::resolve(&ENTRY, |_| None, look)?)
    }

    #[test]
    fn a_server_is_what_the_variables_say() {
        let needed = [("SMTP_HOST", "mail.school.kr"), ("MAIL_FROM", "a@school.kr")];
        let found = read(&needed).unwrap();
        assert_eq!((found.smtp.port, found.smtp.security), (587, Security::StartTls));
        let tls =
            [&needed[..], &[("SMTP_SECURITY", "TLS"), ("MAIL_CONTENT", "attachment")]].concat();
        let found = read(&tls).unwrap();
        assert_eq!((found.smtp.port, found.content), (465, Content::Attachment));
        assert!(matches!(read(&needed[..1]), Err(Error::MissingSetting { key: "from", .. })));
        for (name, text) in [
            ("SMTP_PORT", "0"),
            ("SMTP_PORT", "70000"),
            ("SMTP_USER", "school"),
            ("SMTP_PASSWORD", "hidden"),
            ("MAIL_UNSUBSCRIBE_URL", "https://school.kr/leave"),
            ("MAIL_UNSUBSCRIBE_URL", "javascript:{token}"),
            ("MAIL_SERVICE_URL", "seedtest.school.kr"),
            ("MAIL_SERVICE_URL", "https://school.kr/?token={token}"),
            ("SMTP_CA_CERTIFICATES", "/none"),
        ] {
            let error = read(&[&needed[..], &[(name, text)]].concat()).err().map(|e| e.to_string());
            assert!(error.as_ref().is_some_and(|e| !e.contains("hidden")), "{name}: {error:?}");
        }
    }
    #[test]
    fn leavers_go_to_one_place() {
        let needed = [("SMTP_HOST", "mail.school.kr"), ("MAIL_FROM", "a@school.kr")];
        let with = |more: &[(&str, &str)]| read(&[&needed[..], more].concat());
        let page = ("MAIL_UNSUBSCRIBE_URL", "https://school.kr/leave?token={token}");
        let service = ("MAIL_SERVICE_URL", "https://seedtest.school.kr/");
        assert_eq!(with(&[]).unwrap().leave, Leave::Answer);
        assert_eq!(with(&[page]).unwrap().leave, Leave::Page(page.1.into()));
        assert_eq!(with(&[service]).unwrap().leave, Leave::Service(service.1.into()));
        let told = with(&[page, service]).err().unwrap().to_string();
        assert!(told.contains("MAIL_SERVICE_URL"), "{told}");
    }
}
