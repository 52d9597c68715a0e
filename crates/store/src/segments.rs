//! Behaviour clusters and their labels (docs/contract/schema.md S19).

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, integer, json, object, stamped, text};
use crate::store::Store;

pub(crate) const USER_SEGMENT: Table = Table::analytics(
    "user_segment",
    &[
        text("user_id").required(),
        text("segment_label").required(),
        integer("cluster_id"),
        text("run_id"),
        object("features_snapshot"),
        stamped("assigned_at"),
    ],
)
.key(&["user_id"]);

pub(crate) const SEGMENT_META: Table = Table::analytics(
    "segment_meta",
    &[
        text("run_id").required(),
        text("method"),
        integer("n_clusters"),
        json("centers"),
        json("metrics"),
        json("labels"),
        stamped("fitted_at"),
    ],
)
.key(&["run_id"]);

pub(crate) const SEGMENT_LABEL_META: Table = Table::analytics(
    "segment_label_meta",
    &[text("segment_label").required(), text("segment_description")],
)
.key(&["segment_label"]);

/// A row of `user_segment`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserSegmentRow {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Key of the segment's name.
    pub segment_label: String,
    /// Its number, the same from run to run; `None` where there are no segments, 0 for noise.
    pub cluster_id: Option<i64>,
    /// The run.
    pub run_id: String,
    /// Features in their own units, and how sure the assignment is.
    pub features_snapshot: Json,
    /// When the run was made.
    pub assigned_at: DateTime<Utc>,
}

/// A row of `segment_meta`.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRunRow {
    /// Id of the run.
    pub run_id: String,
    /// The method.
    pub method: String,
    /// Number of segments; 1 = there are none.
    pub n_clusters: i64,
    /// Centres in the units of the features.
    pub centers: Json,
    /// How good the segments are, why so many, and what is needed to assign new students.
    pub metrics: Json,
    /// Name, number and card of every segment, what became of the last ones, and who is where.
    pub labels: Json,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

fn values(segment: &UserSegmentRow) -> [Value<'_>; USER_SEGMENT.width()] {
    [
        Value::text(&segment.user_id),
        Value::text(&segment.segment_label),
        Value::Int(segment.cluster_id),
        Value::text(&segment.run_id),
        Value::json(&segment.features_snapshot),
        Value::time(segment.assigned_at),
    ]
}

fn read(row: &Record<'_>) -> Result<UserSegmentRow, Error> {
    Ok(UserSegmentRow {
        user_id: row.get("user_id")?,
        segment_label: row.get("segment_label")?,
        cluster_id: row.get_or_null("cluster_id")?,
        run_id: row.get_or_null("run_id")?.unwrap_or_default(),
        features_snapshot: row.get_or_null("features_snapshot")?.unwrap_or_default(),
        assigned_at: row.get("assigned_at")?,
    })
}

fn run_values(run: &SegmentRunRow) -> [Value<'_>; SEGMENT_META.width()] {
    [
        Value::text(&run.run_id),
        Value::text(&run.method),
        Value::int(run.n_clusters),
        Value::json(&run.centers),
        Value::json(&run.metrics),
        Value::json(&run.labels),
        Value::time(run.fitted_at),
    ]
}

fn read_run(row: &Record<'_>) -> Result<SegmentRunRow, Error> {
    Ok(SegmentRunRow {
        run_id: row.get("run_id")?,
        method: row.get_or_null("method")?.unwrap_or_default(),
        n_clusters: row.get_or_null("n_clusters")?.unwrap_or_default(),
        centers: row.get_or_null("centers")?.unwrap_or_default(),
        metrics: row.get_or_null("metrics")?.unwrap_or_default(),
        labels: row.get_or_null("labels")?.unwrap_or_default(),
        fitted_at: row.get("fitted_at")?,
    })
}

impl Tx {
    /// Writes a run, the segment of each of its students, and what the labels mean. Students of
    /// earlier runs keep theirs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_segments(
        &mut self,
        run: &SegmentRunRow,
        students: &[UserSegmentRow],
        descriptions: &[(String, String)],
    ) -> Result<(), Error> {
        SEGMENT_META.upsert().run_one(&mut self.session(), &run_values(run)).await?;
        let rows: Vec<Value<'_>> = students.iter().flat_map(values).collect();
        USER_SEGMENT.upsert().run(&mut self.session(), &rows).await?;
        let rows: Vec<Value<'_>> = descriptions
            .iter()
            .flat_map(|(label, description)| [Value::text(label), Value::text(description)])
            .collect();
        SEGMENT_LABEL_META.upsert().run(&mut self.session(), &rows).await?;
        Ok(())
    }
}

impl Store {
    /// The newest run up to an instant that converged; `None` before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn latest_segment_run(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<SegmentRunRow>, Error> {
        let columns = SEGMENT_META.select();
        let sql = format!(
            "SELECT {columns} FROM segment_meta WHERE fitted_at <= $1 \
               AND COALESCE(metrics -> 'verdict' ->> 'status', 'converged') = 'converged' \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::time(until)], read_run).await
    }

    /// The run of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn segment_run(&self, run_id: &str) -> Result<Option<SegmentRunRow>, Error> {
        let columns = SEGMENT_META.select();
        let sql = format!("SELECT {columns} FROM segment_meta WHERE run_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(run_id)], read_run).await
    }

    /// The segment of every student, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn user_segments(&self) -> Result<Vec<UserSegmentRow>, Error> {
        let columns = USER_SEGMENT.select();
        let sql = format!("SELECT {columns} FROM user_segment ORDER BY user_id");
        self.connection().await?.session().fetch_records(&columns, &sql, &[], read).await
    }
}
