//! `generate-weekly-report-batch`: the reports of a cohort, published (docs/contract/jobs.md J13).

use seedtest_store::Cohort;

use super::generate_weekly_report::{
    CUSTOMISE, FORCE, FORMAT, LANG, MAX_USERS, PARALLEL, PERIOD, READS, WEEK, WRITES, publication,
};
use crate::error::Error;
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Settings, Work, joined,
};
use crate::reports::DESTINATION;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "generate-weekly-report-batch",
    aliases: &[],
    summary: "Publish the reports of all students of the week, or of a cohort; goes on where it stopped",
    schedule: None,
    settings: &SETTINGS,
    reads: READS,
    writes: WRITES,
    rounds: &[],
    check: |settings| publication(settings).and(cohort(settings)).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

const SETTINGS: [Setting; 38] = joined(
    &[
        Setting::new(
            "cohort",
            Kind::Text,
            "Only students of whom this holds: user_id, org_id, classroom_id or segment_label = VALUE",
        )
        .env(&["COHORT_FILTER"]),
        FORMAT.or(Preset::Text("pdf")),
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

/// `COLUMN = VALUE`, the value in quotes or not. Anything else is no cohort: the text never becomes a part of
/// a query.
fn cohort(settings: &Settings) -> Result<Option<(Cohort, String)>, Error> {
    let Some(text) = settings.text("cohort") else { return Ok(None) };
    let refused = || {
        let columns = Cohort::ALL.map(Cohort::column).join(", ");
        settings.refused("cohort", &format!("COLUMN=VALUE with a column of {columns}"))
    };
    let (column, value) = text.split_once('=').ok_or_else(refused)?;
    let cohort = Cohort::of_column(column.trim()).ok_or_else(refused)?;
    let value = value.trim();
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let value = quoted('\'').or_else(|| quoted('"')).unwrap_or(value);
    if value.is_empty() || value.contains(['\'', '"', ';']) {
        return Err(refused());
    }
    Ok(Some((cohort, value.to_owned())))
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let mut asked = publication(settings)?;
    asked.cohort = cohort(settings)?;
    let Some(done) = Box::pin(asked.run(store, clock, log)).await? else {
        // Nobody to report of is a failure of a batch: the KPIs of the week are missing.
        return Ok(Outcome { failed: true, ..Outcome::noop() });
    };
    let (processed, failed, total) = (done.made, done.failed, done.total);
    let skipped = done.unchanged + done.without;
    log.info(&format!(
        "Batch complete: processed={processed}, failed={failed}, skipped={skipped}, total={total}"
    ));
    let rows = done.entered as u64;
    // One that finds everything published has nothing left to do, and that is well.
    let failed = failed > 0 || (processed == 0 && done.unchanged == 0);
    Ok(Outcome { rows, failed, noop: rows == 0 && !failed, ..Outcome::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<(Cohort, String)>, Error> {
        let flag = |key: &str| (key == "cohort").then(|| text.to_owned());
        cohort(&Settings::resolve(&ENTRY, flag, |_| None)?)
    }

    #[test]
    fn a_cohort_is_a_column_and_a_value() {
        for text in ["org_id=7", " org_id = 7 ", "org_id = '7'", "org_id=\"7\""] {
            assert_eq!(read(text).unwrap(), Some((Cohort::Organisation, "7".into())), "{text}");
        }
        let segment = read("segment_label=hint_heavy").unwrap();
        assert_eq!(segment, Some((Cohort::Segment, "hint_heavy".into())));
    }

    #[test]
    fn no_query_gets_through() {
        for text in [
            "org_id",
            "org_id=",
            "=7",
            "1=1",
            "org_id = 7 OR '1'='1'",
            "org_id='7'; DROP TABLE weekly_kpi",
            "org_id IN (7)",
            "password=7",
            "ORG_ID=7",
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.to_string().contains("user_id, org_id, classroom_id, segment_label"),
                "{text}"
            );
        }
    }
}
