//! Published reports by mail: each letter once.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use chrono::NaiveDate;
use seedtest_digest::{Digest, sha256_hex};
use seedtest_publish::{Attachment, Letter as Post, MailError, Postbox, Publisher, SmtpPlace};
use seedtest_report::{Custom, Lang, Letter, Month, Renderer};
use seedtest_store::{ReportArtifact, ReportMail, ReportPeriod, ReportRecipient, Store};

use super::destination::Destination;
use super::span::Span;
use super::write::ReportFormat;
use crate::calendar::day_at;
use crate::clock::Clock;
use crate::error::Error;
use crate::registry::JobLog;

const SECONDS_OF_DAY: u64 = 86_400;

/// What a letter brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A link to the published report.
    Link,
    /// The published report itself.
    Attachment,
}

/// How a recipient gets no more letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leave {
    /// By an answer.
    Answer,
    /// On a page of the school's, with `{token}` in its address.
    Page(String),
    /// On the page of this service, which stands at this address.
    Service(String),
}

impl Leave {
    /// The page for a token.
    fn url(&self, token: &str, lang: Lang) -> Option<String> {
        match self {
            Self::Answer => None,
            Self::Page(url) => Some(url.replace("{token}", token)),
            Self::Service(url) => {
                let url = url.trim_end_matches('/');
                Some(format!("{url}{UNSUBSCRIBE}?token={token}&lang={lang}"))
            }
        }
    }

    /// Whether a POST to that page is enough: it is to this service's, where nobody reads along.
    fn is_one_click(&self) -> bool {
        matches!(self, Self::Service(url) if url.starts_with("https://"))
    }
}

/// Path of the page of this service.
pub const UNSUBSCRIBE: &str = "/unsubscribe";

/// Which letters to send, and how.
pub(crate) struct Mailing {
    pub(crate) period: ReportPeriod,
    /// Any day of the week or month; `None` = the one that ended last.
    pub(crate) day: Option<NaiveDate>,
    /// Only about this student.
    pub(crate) user: Option<String>,
    pub(crate) content: Content,
    /// Forms to attach; the first that is published is what a link opens.
    pub(crate) formats: Vec<ReportFormat>,
    pub(crate) custom: Custom,
    /// Where the reports were published.
    pub(crate) destination: Option<Destination>,
    pub(crate) smtp: SmtpPlace,
    pub(crate) leave: Leave,
    /// Send also what may have been sent.
    pub(crate) resend_unknown: bool,
    pub(crate) dry_run: bool,
}

/// How a mailing ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mailed {
    pub(crate) sent: usize,
    /// Sent before.
    pub(crate) before: usize,
    /// Of whose student no report is published.
    pub(crate) without: usize,
    /// Nobody knows whether they were sent.
    pub(crate) unknown: usize,
    pub(crate) failed: usize,
}

/// What letters are written with.
struct Desk<'a> {
    mailing: &'a Mailing,
    span: Span,
    names: HashMap<String, String>,
    renderers: BTreeMap<Lang, Renderer>,
    postbox: Postbox,
    publisher: Option<Publisher>,
    clock: Clock,
}

/// A letter that is ready.
struct Ready {
    recipient: ReportRecipient,
    reports: Vec<ReportArtifact>,
}

impl Mailing {
    /// Sends the letters of a week or month that were not sent yet; `None` where nobody is to get one.
    ///
    /// # Errors
    /// [`Error::Mail`] where no session with the server begins, [`Error::Publish`], or when the database
    /// refuses. What fails for one recipient is logged and counted.
    pub(crate) async fn run(
        &self,
        store: &Store,
        clock: Clock,
        log: &mut JobLog<'_>,
    ) -> Result<Option<Mailed>, Error> {
        let span = match self.day {
            Some(day) => Span::of(self.period, day),
            None => Span::before(self.period, day_at(store.time_zone(), clock.now())),
        };
        let (start, dry_run) = (span.start(), self.dry_run);
        // What is wrong with the settings is said also where nobody is to get a letter yet.
        Postbox::new(&self.smtp)?;
        let mut mailed = Mailed::default();
        let ready = self.ready(store, span, &mut mailed, log).await?;
        let n = ready.len();
        log.info(&format!("Sending {n} letters; week={start}, dry_run={dry_run}"));
        if dry_run || ready.is_empty() {
            mailed.sent = if dry_run { n } else { 0 };
            let is_anybody = mailed != Mailed::default();
            return Ok(is_anybody.then_some(mailed));
        }
        let desk = self.desk(store, span, clock).await?;
        desk.postbox.open().await?;
        for (done, letter) in ready.into_iter().enumerate() {
            let user = letter.recipient.user_id.clone();
            match desk.send(store, letter).await {
                Ok(true) => mailed.sent += 1,
                // Another process was quicker.
                Ok(false) => mailed.before += 1,
                Err(error) => {
                    let is_unknown =
                        matches!(&error, Error::Mail(failure) if !failure.is_surely_unsent());
                    if is_unknown {
                        mailed.unknown += 1;
                    } else {
                        mailed.failed += 1;
                    }
                    let line = format!("Letter failed for user={user}, week={start}: {error}");
                    log.line_with("ERROR", &line);
                }
            }
            log.progress(done as u64 + 1, n as u64);
        }
        Ok(Some(mailed))
    }

    /// The letters that are to go out; what is not is counted.
    async fn ready(
        &self,
        store: &Store,
        span: Span,
        mailed: &mut Mailed,
        log: &mut JobLog<'_>,
    ) -> Result<Vec<Ready>, Error> {
        let (period, start) = (span.period(), span.start());
        let mut published: HashMap<String, Vec<ReportArtifact>> = HashMap::new();
        for report in store.report_artifacts_of(period, start).await? {
            published.entry(report.user_id.clone()).or_default().push(report);
        }
        let claimed: HashMap<(String, String), bool> = store
            .report_mails(period, start)
            .await?
            .into_iter()
            .map(|mail| ((mail.user_id, mail.address), mail.sent_at.is_some()))
            .collect();
        let mut ready = Vec::new();
        for recipient in store.report_recipients().await? {
            let is_asked = self.user.as_ref().is_none_or(|user| *user == recipient.user_id);
            if !is_asked || !recipient.is_open() {
                continue;
            }
            let reports = self.forms(published.get(&recipient.user_id));
            let key = (recipient.user_id.clone(), recipient.address.clone());
            match claimed.get(&key) {
                Some(true) => mailed.before += 1,
                Some(false) if !self.resend_unknown => {
                    mailed.unknown += 1;
                    let user = &recipient.user_id;
                    log.warn(&format!(
                        "a letter for user={user} may have been sent: the run that sent it was cut off; \
                         --resend-unknown sends it again"
                    ));
                }
                _ if reports.is_empty() => {
                    mailed.without += 1;
                    let user = &recipient.user_id;
                    log.warn(&format!("No published report for user={user} week={start}"));
                }
                _ => ready.push(Ready { recipient, reports }),
            }
        }
        Ok(ready)
    }

    /// The published forms that a letter brings: all that are asked for, or the first for a link.
    fn forms(&self, published: Option<&Vec<ReportArtifact>>) -> Vec<ReportArtifact> {
        let published = published.map_or(&[][..], Vec::as_slice);
        let of = |format: &ReportFormat| published.iter().find(|r| r.format == format.code());
        let found = self.formats.iter().filter_map(of).cloned();
        match self.content {
            Content::Link => found.take(1).collect(),
            Content::Attachment => found.collect(),
        }
    }

    async fn desk(&self, store: &Store, span: Span, clock: Clock) -> Result<Desk<'_>, Error> {
        let mut renderers = BTreeMap::new();
        for lang in Lang::ALL {
            renderers.insert(lang, Renderer::with(lang, self.custom.clone())?);
        }
        let students = store.roster().await?.students.into_iter();
        Ok(Desk {
            mailing: self,
            span,
            names: students.filter_map(|s| Some((s.user_id, s.name?))).collect(),
            renderers,
            postbox: Postbox::new(&self.smtp)?,
            publisher: self.destination.as_ref().map(Destination::open).transpose()?,
            clock,
        })
    }
}

impl Desk<'_> {
    /// Claims a letter, sends it and marks it; false where somebody else has it. A letter that is certainly not
    /// sent is let go of, so that it may be sent later; of one that may have been, the claim stays.
    async fn send(&self, store: &Store, letter: Ready) -> Result<bool, Error> {
        let url = self.url(&letter).await?;
        let files = self.files(&letter).await?;
        let recipient = &letter.recipient;
        let mail = ReportMail {
            user_id: recipient.user_id.clone(),
            address: recipient.address.clone(),
            period: self.span.period(),
            period_start: self.span.start(),
            claimed_at: self.clock.now(),
            sent_at: None,
        };
        let parts = store.for_part();
        let mut tx = parts.begin().await?;
        if self.mailing.resend_unknown {
            tx.release_report_mail(&mail).await?;
        }
        let is_mine = tx.claim_report_mail(&mail).await?;
        tx.commit().await?;
        if !is_mine {
            return Ok(false);
        }
        let sent = self.post(recipient, url.as_deref(), &files).await;
        let mut tx = parts.begin().await?;
        match &sent {
            Ok(()) => tx.report_mail_sent(&mail, self.clock.now()).await?,
            Err(Error::Mail(MailError::Unknown { .. })) => {}
            Err(_) => tx.release_report_mail(&mail).await?,
        }
        tx.commit().await?;
        sent.map(|()| true)
    }

    /// What a letter links to.
    async fn url(&self, letter: &Ready) -> Result<Option<String>, Error> {
        let Some(report) = letter.reports.first().filter(|_| self.mailing.content == Content::Link)
        else {
            return Ok(None);
        };
        let signed = self.mailing.destination.as_ref().and_then(|destination| destination.signed);
        if let (Some(opens_for), Some(publisher), Some(key)) =
            (signed, &self.publisher, &report.key)
        {
            return Ok(Some(publisher.signed_url(key, opens_for).await?));
        }
        if report.url.starts_with("file:") {
            return Err(Error::Unlinked { url: report.url.clone() });
        }
        Ok(Some(report.url.clone()))
    }

    /// What comes along: the published objects, as they were entered.
    async fn files(&self, letter: &Ready) -> Result<Vec<Attachment>, Error> {
        if self.mailing.content == Content::Link {
            return Ok(Vec::new());
        }
        let publisher = self.publisher.as_ref().ok_or(Error::NoDestination)?;
        let mut files = Vec::new();
        for report in &letter.reports {
            let Some(key) = &report.key else { continue };
            let content = publisher.get(key).await?;
            if report.sha256.as_deref() != Some(&sha256_hex(&[&content])) {
                return Err(Error::OtherObject {
                    place: publisher.shown().into(),
                    key: key.clone(),
                });
            }
            let format = ReportFormat::ALL.into_iter().find(|f| f.code() == report.format);
            files.push(Attachment {
                name: format!("report-{}.{}", report.start, report.format),
                content_type: format.unwrap_or(ReportFormat::Html).content_type().into(),
                content,
            });
        }
        Ok(files)
    }

    async fn post(
        &self,
        recipient: &ReportRecipient,
        url: Option<&str>,
        files: &[Attachment],
    ) -> Result<(), Error> {
        let from = self.postbox.from_address();
        let token = &recipient.unsubscribe_token;
        let lang: Lang = recipient.lang.parse().unwrap_or_default();
        let leave = self.mailing.leave.url(token, lang);
        let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        let signed = self.mailing.destination.as_ref().and_then(|destination| destination.signed);
        let letter = Letter {
            student: self.names.get(&recipient.user_id).unwrap_or(&recipient.user_id),
            week_start: self.span.last_monday(),
            month: match self.span {
                Span::Month(first_day) => {
                    Some(Month { first_day, first_week: self.span.first_monday() })
                }
                Span::Week(_) => None,
            },
            url,
            opens_days: signed.map(|opens| (opens.as_secs() / SECONDS_OF_DAY).max(1) as u32),
            files: &names,
            from: &from,
            unsubscribe_url: leave.as_deref(),
        };
        let renderer = &self.renderers[&lang];
        let text = renderer.letter(&letter)?;
        let answer = format!("<mailto:{from}?subject=unsubscribe%20{token}>");
        let unsubscribe = match &leave {
            Some(url) => format!("<{url}>, {answer}"),
            None => answer,
        };
        let message_id = self.message_id(recipient, &from);
        let post = Post {
            to: &recipient.address,
            lang: lang.tag(),
            subject: &text.subject,
            text: &text.text,
            html: &text.html,
            attachments: files,
            message_id: &message_id,
            unsubscribe: &unsubscribe,
            one_click: self.mailing.leave.is_one_click(),
            date: SystemTime::from(self.clock.now()),
        };
        Ok(self.postbox.send(&post).await?)
    }

    /// The same for the same letter, so that a mailbox that gets it twice can tell.
    fn message_id(&self, recipient: &ReportRecipient, from: &str) -> String {
        let mut digest = Digest::new();
        digest.text(&recipient.user_id).text(&recipient.address.to_lowercase());
        digest.text(self.span.period().code()).text(&self.span.start().to_string());
        let host = from.rsplit('@').next().unwrap_or("seedtest");
        format!("{}@{host}", &digest.finish()[..32])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_click_is_for_the_page_of_this_service_over_https() {
        let of = |leave: Leave| (leave.url("t1", Lang::Ko), leave.is_one_click());
        assert_eq!(of(Leave::Answer), (None, false));
        let page = Leave::Page("https://school.kr/leave?t={token}".into());
        assert_eq!(of(page), (Some("https://school.kr/leave?t=t1".into()), false));
        for (address, is_one_click) in [("https://s.kr/analytics/", true), ("http://s.kr", false)] {
            let (url, found) = of(Leave::Service(address.into()));
            let base = address.trim_end_matches('/');
            assert_eq!(url.unwrap(), format!("{base}/unsubscribe?token=t1&lang=ko"));
            assert_eq!(found, is_one_click, "RFC 8058 asks for https");
        }
    }
}
