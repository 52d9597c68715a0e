//! `update-question-meta-from-calibration`: calibrated parameters into the item bank.

use chrono::Duration;

use crate::error::Error;
use crate::items::irt_of;
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Work};

const DAYS: i64 = 7;
const MOST_BATCHES: u64 = 10;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "update-question-meta-from-calibration",
    aliases: &["update-question-meta"],
    summary: "Copy calibrated parameters into the item bank, anchors excepted",
    schedule: None,
    settings: &[
        Setting::new(
            "batch-size",
            Kind::Count,
            "Items between two progress lines; 10 batches at most",
        )
        .env(&["BATCH_SIZE"])
        .or(Preset::Count(100)),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["mirt_item_params", "question"],
    writes: &["question"],
    rounds: &[],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let batch = settings.count("batch-size")?.max(1);
    let dry_run = settings.switch("dry-run");
    log.info(&format!("Starting question.meta.irt update; batch_size={batch}"));
    let known = clock.now() + Duration::microseconds(1);
    let params = store.item_params_before(known).await?;
    let newest = params.iter().map(|row| row.fitted_at).max();
    let rows: Vec<_> = params
        .iter()
        .filter(|row| newest.is_some_and(|at| row.fitted_at >= at - Duration::days(DAYS)))
        .take((batch * MOST_BATCHES) as usize)
        .collect();
    let n = rows.len();
    let bank = store.question_ids().await?;
    let anchors = store.question_items().await?;
    let is_anchor = |id: &str| anchors.iter().any(|item| item.anchor && item.item_id == id);
    let (mut updated, mut skipped) = (0u64, 0u64);
    let mut tx = store.begin().await?;
    for (position, row) in rows.iter().enumerate() {
        if !bank.contains(&row.item_id) || is_anchor(&row.item_id) {
            skipped += 1;
        } else {
            // An item that already holds these parameters counts as updated: it is as it should be.
            let irt = irt_of(&row.params, row.model.as_deref(), &row.version);
            tx.write_question_irt(&row.item_id, &irt).await?;
            updated += 1;
        }
        let done = position as u64 + 1;
        if done.is_multiple_of(batch) {
            let message = format!("{done}/{n} processed; updated={updated}, skipped={skipped}");
            log.line_with("PROGRESS", &message);
        }
    }
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    let message =
        format!("Update complete: processed={n}, updated={updated}, skipped={skipped}, failed=0");
    log.info(&message);
    let failed = n > 0 && updated == 0;
    Ok(Outcome { rows: updated, noop: n == 0, failed, ..Outcome::default() })
}
