//! `refresh-dashboard`: what the pages of the dashboard show of a week.

use crate::error::Error;
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Round, Setting, Work};
use crate::reports::Overviews;

/// Students whose documents are made at a time: a document has some ten thousand bytes.
const BATCH: usize = 500;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "refresh-dashboard",
    aliases: &[],
    summary: "What the pages of the dashboard show of students, classes, schools and models",
    schedule: Some("45 5 * * *"),
    settings: &[
        Setting::new(
            "week",
            Kind::Date,
            "Any day of the week [default: the newest with answers and KPIs]",
        ),
        AS_OF,
        DRY_RUN,
    ],
    reads: super::generate_weekly_report::READS,
    writes: &["dashboard_student", "dashboard_silent", "dashboard_overview"],
    rounds: &[Round::Daily.at(92), Round::Weekly.at(92), Round::Monthly.at(30)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let now = clock.now();
    let read = Box::pin(Overviews::read(store, settings.date("week"), now)).await;
    let overviews = match read {
        Ok(overviews) => overviews,
        Err(Error::NothingToReport(reason)) => {
            log.info(&reason);
            return Ok(Outcome::noop());
        }
        Err(error) => return Err(error),
    };
    let (week, users) = (overviews.week(), overviews.users());
    if users.is_empty() {
        log.info(&format!("no KPIs found for week={week}"));
        return Ok(Outcome::noop());
    }
    let mut tx = store.begin().await?;
    let mut rows = 0;
    for batch in users.chunks(BATCH) {
        let views = overviews.students(batch)?;
        rows += views.len();
        tx.write_student_views(&views).await?;
        log.progress(rows as u64, users.len() as u64);
    }
    tx.forget_old_student_views(week, now).await?;
    let groups = overviews.groups()?;
    tx.write_overviews(&groups.overviews).await?;
    tx.forget_old_overviews(week, now).await?;
    tx.write_silent_students(&groups.silent).await?;
    tx.forget_old_silent_students(week, now).await?;
    rows += groups.overviews.len() + groups.silent.len();
    if settings.switch("dry-run") {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    log.info(&format!(
        "week={week}: {} students, {} of whom there are no figures, {} overviews",
        users.len(),
        groups.silent.len(),
        groups.overviews.len()
    ));
    Ok(Outcome::of_rows(rows))
}
