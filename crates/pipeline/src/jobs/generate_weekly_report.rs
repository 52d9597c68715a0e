//! `generate-weekly-report`: the reports of a week or month, published (docs/contract/jobs.md J13).

use seedtest_report::Lang;
use seedtest_store::ReportPeriod;

use crate::error::Error;
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Settings, Work, joined,
};
use crate::reports::{DESTINATION, Destination, Publication, ReportFormat};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "generate-weekly-report",
    aliases: &[],
    summary: "Publish the report of one student, or of all who have KPIs in the week",
    schedule: Some("0 6 * * 1"),
    settings: &SETTINGS,
    reads: READS,
    writes: WRITES,
    rounds: &[],
    check: |settings| publication(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

const SETTINGS: [Setting; 38] = joined(
    &[
        Setting::new("user", Kind::Text, "Only this student").env(&["USER_ID"]),
        FORMAT.or(Preset::Text("html")),
        WEEK,
        PERIOD,
        LANG,
        CUSTOMISE,
        MAX_USERS,
        PARALLEL,
        FORCE,
        AS_OF,
        DRY_RUN,
    ],
    &DESTINATION,
);

/// What reports are made from.
pub(super) const READS: &[&str] = &[
    "weekly_kpi",
    "attempt_ext",
    "mirt_ability",
    "mirt_item_params",
    "mirt_fit_meta",
    "growth_brms_meta",
    "growth_glmm_meta",
    "survival_fit_meta",
    "survival_risk",
    "prophet_fit_meta",
    "user_segment",
    "segment_meta",
    "interest_goal",
    "roster_student",
    "roster_class",
    "roster_enrolment",
    "content_name",
];

/// Where published reports are entered.
pub(super) const WRITES: &[&str] = &["report_artifacts", "monthly_report_artifacts"];

pub(super) const WEEK: Setting = Setting::new(
    "week",
    Kind::Date,
    "Any day of the week, or of the month of a monthly report [default: the one that ended last]",
)
.env(&["REPORT_WEEK_START", "WEEK_START"]);
pub(super) const FORMAT: Setting =
    Setting::new("format", Kind::Text, "html, pdf, or html,pdf").env(&["REPORT_FORMAT"]);
pub(super) const PERIOD: Setting =
    Setting::new("period", Kind::Choice(&["weekly", "monthly"]), "What a report is about")
        .env(&["REPORT_PERIOD"])
        .or(Preset::Text("weekly"));
pub(super) const LANG: Setting =
    Setting::new("lang", Kind::Choice(&["ko", "en"]), "Language of the reports")
        .env(&["REPORT_LANG"])
        .or(Preset::Text("ko"));
pub(super) const CUSTOMISE: Setting = Setting::new(
    "customise",
    Kind::Text,
    "TOML file with name, logo, colours, sections, texts and templates of the school",
)
.env(&["REPORT_CUSTOMISE"])
.of_operator();
pub(super) const MAX_USERS: Setting =
    Setting::new("max-users", Kind::Count, "Most students, the first by id")
        .env(&["MAX_USERS"])
        .or(Preset::Count(1000));
pub(super) const PARALLEL: Setting =
    Setting::new("parallel", Kind::Count, "Reports under way at once")
        .env(&["PARALLEL"])
        .or(Preset::Count(4));
pub(super) const FORCE: Setting =
    Setting::new("force", Kind::Switch, "Publish also what was published with the same content")
        .or(Preset::Switch(false));

/// What both jobs are asked for.
pub(super) fn publication(settings: &Settings) -> Result<Publication, Error> {
    let formats = ReportFormat::list(settings.text("format").unwrap_or_default());
    Ok(Publication {
        period: settings
            .word(PERIOD.key, &ReportPeriod::ALL.map(|period| (period.code(), period)))?,
        day: settings.date("week"),
        lang: settings.word(LANG.key, &Lang::ALL.map(|lang| (lang.tag(), lang)))?,
        formats: formats.ok_or_else(|| settings.refused("format", "html, pdf, or html,pdf"))?,
        customise: settings.owned("customise").map(Into::into),
        destination: Destination::read(settings)?,
        user: settings.owned("user"),
        cohort: None,
        max_users: settings.size("max-users")?.max(1),
        parallel: settings.size("parallel")?.clamp(1, 64),
        force: settings.switch("force"),
        dry_run: settings.switch("dry-run"),
    })
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let asked = publication(settings)?;
    let Some(done) = Box::pin(asked.run(store, clock, log)).await? else {
        return Ok(Outcome::noop());
    };
    let (processed, failed) = (done.made + done.unchanged, done.failed + done.without);
    let week = done.start;
    log.info(&format!("Summary: processed={processed}, failed={failed}, week={week}"));
    if let (Some(url), 0) = (done.only_url, failed) {
        log.line_with("SUCCESS", &format!("Report generated: {url}"));
    }
    let rows = done.entered as u64;
    Ok(Outcome { rows, failed: failed > 0, noop: rows == 0, ..Outcome::default() })
}
