//! `cluster-segments`: which kinds of learners there are, and who belongs to which.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use seedtest_families::clustering::{self, Carried, carried, label_of};
use seedtest_kpi::{FEWEST_SEGMENT_WEEKS, SEGMENT_FEATURES, week_start};
use seedtest_report::segment_description;
use seedtest_store::{SegmentRunRow, Store, UserSegmentRow};
use seedtest_wire::{ClusterCardJson, ClusterFitResponse};
use serde_json::{Value, json};

use crate::calendar::day_at;
use crate::error::Error;
use crate::models::{ClusterTask, Fitted, InProcess, Models};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::Service;
use crate::segments::{LastRun, StudentFeatures};

/// Students a run needs.
const FEWEST_STUDENTS: usize = 10;
/// Label of everybody where there are no segments.
const NO_SEGMENTS: &str = "none";
/// Label of students in no segment.
const NOISE: &str = "noise";

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "cluster-segments",
    aliases: &["cluster-segments-now"],
    summary: "Segments of learners, stable from run to run, or that there are none",
    schedule: Some("0 7 1,15 * *"),
    settings: &[
        Setting::new(
            "lookback-weeks",
            Kind::Count,
            "Weekly rows of this many weeks, the current one included",
        )
        .env(&["CLUSTER_LOOKBACK_WEEKS"])
        .or(Preset::Count(12)),
        Setting::new(
            "n-clusters",
            Kind::Count,
            "Number of segments; 0 = chosen by the data, which may have none",
        )
        .env(&["CLUSTER_N_CLUSTERS"])
        .or(Preset::Count(0)),
        Setting::new(
            "method",
            Kind::Choice(&["kmeans", "gaussian_mixture", "hierarchical", "dbscan", "hdbscan"]),
            "How segments are found",
        )
        .env(&["CLUSTER_METHOD"])
        .or(Preset::Text("kmeans")),
        Setting::new("features", Kind::Text, "Features, comma-separated; all nine where not set")
            .env(&["CLUSTER_FEATURES"]),
        Setting::new("seed", Kind::Count, "Seed of the random numbers")
            .env(&["CLUSTER_SEED"])
            .or(Preset::Count(42)),
        Setting::new(
            "base-url",
            Kind::Address,
            "Cluster at this address instead of in this process",
        )
        .env(&["R_CLUSTER_BASE_URL", "R_FORECAST_BASE_URL"])
        .only_env()
        .accepting(Accepts::Web),
        Setting::new("timeout-secs", Kind::Count, "Seconds to wait for that service")
            .env(&["R_CLUSTER_TIMEOUT_SECS", "R_FORECAST_TIMEOUT_SECS"])
            .only_env()
            .or(Preset::Count(300)),
        Setting::new("token", Kind::Secret, "Token for that service")
            .env(&["R_CLUSTER_INTERNAL_TOKEN", "R_FORECAST_INTERNAL_TOKEN"])
            .only_env(),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["weekly_kpi", "features_topic_daily", "segment_meta"],
    writes: &["segment_meta", "user_segment", "segment_label_meta"],
    rounds: &[Round::Weekly.at(90), Round::Monthly.at(20)],
    check: |settings| SegmentSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(7 * SegmentSettings::read(settings)?.weeks))),
    looks: None,
};

/// What is clustered and how.
struct SegmentSettings {
    weeks: u32,
    spec: clustering::Spec,
    dry_run: bool,
}

impl SegmentSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        let default = clustering::Spec::default();
        Ok(Self {
            weeks: settings.count("lookback-weeks")?.clamp(1, 5_200) as u32,
            spec: clustering::Spec {
                method: clustering::method_of(settings.text("method").unwrap_or_default().trim())?,
                k: Some(settings.size("n-clusters")?).filter(|k| *k > 0),
                features: settings
                    .text("features")
                    .map(|text| features(settings, text))
                    .transpose()?,
                seed: settings.count("seed")?,
                ..default
            },
            dry_run: settings.switch("dry-run"),
        })
    }
}

fn features(settings: &Settings, text: &str) -> Result<Vec<String>, Error> {
    let names: Vec<String> = text
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let are_known = names.iter().all(|name| SEGMENT_FEATURES.contains(&name.as_str()));
    if names.is_empty() || !are_known {
        return Err(settings.refused("features", &SEGMENT_FEATURES.join(", ")));
    }
    Ok(names)
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = SegmentSettings::read(settings)?;
    let service = Service::of(settings, "Cluster")?;
    let now = clock.now();
    let run_id = now.format("cluster-%Y%m%d-%H%M%S").to_string();
    log.info(&format!("Clustering user segments (lookback={} weeks)", own.weeks));
    let Some(features) = load(store, &own, now, log).await? else {
        return Ok(Outcome::noop());
    };
    let table = features.table();
    let task = ClusterTask { table: &table, spec: &own.spec, run_id: &run_id };
    let fitted = match &service {
        Some(service) => service.cluster(task, log).await?,
        None => InProcess.cluster(task, log).await?,
    };
    let Fitted { response, record: fit } = match fitted {
        Ok(fitted) => fitted,
        Err(reason) => {
            log.warn(&format!("Clustering noop: {reason}"));
            return Ok(Outcome::noop());
        }
    };
    let last = LastRun::load(store, now).await?;
    let segments = Segments::of(&response, &last);
    segments.report(&response, log);
    let students = segments.students(&features, &response, now);
    let rows = 1 + students.len() as u64;
    let not_converged = !response.converged;
    if own.dry_run {
        log.dry_run("Nothing was written");
        return Ok(Outcome { rows, not_converged, ..Outcome::default() });
    }
    let mut tx = store.begin().await?;
    tx.write_segments(&segments.row(&response, now)?, &students, &segments.descriptions()?).await?;
    tx.commit().await?;
    let n = students.len();
    let message = format!("Clustering completed: run_id={run_id}, {n} users assigned");
    log.info(&message);
    Ok(Outcome { rows, not_converged, fit, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = SegmentSettings::read(settings)?;
    let Some(features) = load(store, &own, clock.now(), log).await? else {
        return Ok(Err("its students are gone".to_string()));
    };
    let table = features.table();
    let task = ClusterTask { table: &table, spec: &own.spec, run_id: "" };
    match InProcess.cluster(task, log).await? {
        Ok(fitted) => Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string())),
        Err(reason) => Ok(Err(reason)),
    }
}

async fn load(
    store: &Store,
    own: &SegmentSettings,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Option<StudentFeatures>, Error> {
    let last = week_start(day_at(store.time_zone(), now));
    let features = StudentFeatures::load(store, last, own.weeks).await?;
    let n = features.students.len();
    log.info(&format!("Loaded {n} user feature vectors"));
    if n < FEWEST_STUDENTS {
        log.warn(&format!("Insufficient users for clustering (need >= {FEWEST_STUDENTS})"));
        if features.seen >= FEWEST_STUDENTS {
            log.info(super::WEEKS_BEFORE);
            log.warn(&too_few_weeks((features.seen, n), own.weeks));
        }
        return Ok(None);
    }
    Ok(Some(features))
}

/// What to say where there are students enough, but not weeks: `seen` of them have any, `enough` have four.
fn too_few_weeks((seen, enough): (usize, usize), weeks: u32) -> String {
    if (weeks as usize) < FEWEST_SEGMENT_WEEKS {
        return format!(
            "{seen} students have weekly scores; kinds of learners take {FEWEST_SEGMENT_WEEKS} weeks of them, and {weeks} are \
             looked back on"
        );
    }
    format!(
        "{seen} students have weekly scores, {enough} of them in at least {FEWEST_SEGMENT_WEEKS} of the last {weeks} weeks \
         ({FEWEST_STUDENTS} are needed)"
    )
}

/// The segments under the numbers and names that stay theirs.
struct Segments {
    carried: Carried,
    /// By cluster of the response.
    labels: Vec<String>,
    is_split: bool,
    free: u32,
    /// Whether there is a run to go on from.
    goes_on: bool,
}

impl Segments {
    fn of(response: &ClusterFitResponse, last: &LastRun) -> Self {
        let is_split = response.has_clusters;
        let carried = if is_split {
            carried(&last.assignments, &response.clusters, response.k, last.free)
        } else {
            Carried::default()
        };
        let described = response.centers.iter().zip(&response.cards);
        let labels = described
            .zip(&carried.numbers)
            .map(|((centre, card), number)| label_of(centre, &card.differences, *number))
            .collect();
        let largest = carried.numbers.iter().copied().max().unwrap_or(0);
        let goes_on = last.free > 0;
        Self { carried, labels, is_split, free: last.free.max(largest + 1), goes_on }
    }

    /// Number of a cluster of the response; 0 is noise.
    fn number(&self, cluster: u32) -> u32 {
        let place = (cluster as usize).checked_sub(1);
        place.and_then(|at| self.carried.numbers.get(at).copied()).unwrap_or(0)
    }

    fn label(&self, cluster: u32) -> &str {
        if !self.is_split {
            return NO_SEGMENTS;
        }
        let place = (cluster as usize).checked_sub(1);
        place.and_then(|at| self.labels.get(at)).map_or(NOISE, String::as_str)
    }

    fn report(&self, response: &ClusterFitResponse, log: &mut JobLog<'_>) {
        let k = if self.is_split { response.k } else { 0 };
        log.info(&format!("Clustered into {k} segments"));
        log.info(&response.headline);
        let metrics = &response.metrics;
        let number = |value: Option<f64>| value.map_or("unknown".into(), |x| format!("{x:.4}"));
        log.info(&format!(
            "Metrics: silhouette={}, gap={}, bic={}, stability={}",
            number(metrics.silhouette),
            number(metrics.gap),
            number(metrics.bic),
            number(metrics.stability)
        ));
        let Carried { born, died, moved, stayed, .. } = &self.carried;
        let (new, gone, moved) = (born.len(), died.len(), moved.len());
        if self.goes_on {
            log.info(&format!(
                "Against the last run: {new} segments are new, {gone} are gone, {moved} users moved, \
                 {stayed} stayed"
            ));
        } else {
            log.info("Against the last run: there is none of an earlier day to go on from");
        }
        for warning in &response.warnings {
            log.warn(warning);
        }
    }

    fn students(
        &self,
        features: &StudentFeatures,
        response: &ClusterFitResponse,
        now: DateTime<Utc>,
    ) -> Vec<UserSegmentRow> {
        let outliers: BTreeSet<&Arc<str>> = response.outliers.iter().collect();
        let row = |(at, user_id): (usize, &String)| {
            let id: Arc<str> = user_id.as_str().into();
            let cluster = *response.clusters.get(&id)?;
            let shares = response.memberships.get(&id);
            let share = shares.and_then(|s| s.get((cluster as usize).checked_sub(1)?));
            let mut snapshot = features.snapshot(at);
            snapshot.insert("membership".into(), json!(share));
            snapshot.insert("is_outlier".into(), json!(outliers.contains(&id)));
            snapshot.insert("moved_from".into(), json!(self.carried.moved.get(&id)));
            Some(UserSegmentRow {
                user_id: user_id.clone(),
                segment_label: self.label(cluster).to_owned(),
                cluster_id: self.is_split.then(|| i64::from(self.number(cluster))),
                run_id: response.run_id.clone(),
                features_snapshot: Value::Object(snapshot),
                assigned_at: now,
            })
        };
        features.students.iter().enumerate().filter_map(row).collect()
    }

    fn row(
        &self,
        response: &ClusterFitResponse,
        now: DateTime<Utc>,
    ) -> Result<SegmentRunRow, Error> {
        let last = LastRun {
            assignments: response
                .clusters
                .iter()
                .filter(|_| self.is_split)
                .map(|(id, &cluster)| (id.clone(), self.number(cluster)))
                .collect(),
            free: self.free,
        };
        let Carried { born, died, moved, stayed, .. } = &self.carried;
        Ok(SegmentRunRow {
            run_id: response.run_id.clone(),
            method: response.method.clone(),
            n_clusters: response.k as i64,
            centers: serde_json::to_value(&response.centers)?,
            metrics: json!({
                "headline": response.headline,
                "why": response.why,
                "has_clusters": response.has_clusters,
                "p_value": response.p_value,
                "n_users": response.n_obs,
                "silhouette": response.metrics.silhouette,
                "gap": response.metrics.gap,
                "bic": response.metrics.bic,
                "icl": response.metrics.icl,
                "stability": response.metrics.stability,
                "tot_withinss": response.tot_withinss,
                "betweenss": response.betweenss,
                "sizes": response.sizes,
                "selection": response.selection,
                "scaling": response.scaling,
                "dropped": response.dropped,
                "outliers": response.outliers.len(),
                "converged": response.converged,
                "verdict": response.verdict,
                "warnings": response.warnings,
                "model": response.stored_model,
            }),
            labels: json!({
                "segments": self.cards(response),
                "born": born,
                "died": died,
                "moved": moved,
                "stayed": stayed,
                "carry": last,
            }),
            fitted_at: now,
        })
    }

    /// The cards under the numbers and names of the segments, with who came from where.
    fn cards(&self, response: &ClusterFitResponse) -> Vec<Value> {
        if !self.is_split {
            return Vec::new();
        }
        let card = |card: &ClusterCardJson| {
            let number = self.number(card.cluster);
            let moved = self.carried.moved.keys();
            let came = moved.filter(|id| response.clusters.get(*id) == Some(&card.cluster));
            let came = came.count();
            json!({
                "number": number,
                "label": self.label(card.cluster),
                "is_new": self.carried.born.contains(&number),
                "size": card.size,
                "share": card.share,
                "stability": card.stability,
                "differences": card.differences,
                "came": came,
            })
        };
        response.cards.iter().map(card).collect()
    }

    /// What every label says, for people.
    fn descriptions(&self) -> Result<Vec<(String, String)>, Error> {
        let mut labels: BTreeSet<&str> = self.labels.iter().map(String::as_str).collect();
        labels.extend((!self.is_split).then_some(NO_SEGMENTS));
        labels.insert(NOISE);
        let of = |label: &str| Ok((label.to_owned(), segment_description(label)?));
        labels.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::too_few_weeks;

    #[test]
    fn weeks_are_told_from_students() {
        let said = too_few_weeks((30, 0), 12);
        assert!(said.starts_with(
            "30 students have weekly scores, 0 of them in at least 4 of the last 12 weeks"
        ));
        // A term that is a week old.
        let said = too_few_weeks((30, 0), 1);
        assert!(said.contains("take 4 weeks of them, and 1 are looked back on"), "{said}");
    }
}
