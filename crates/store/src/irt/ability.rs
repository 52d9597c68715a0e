//! Table `mirt_ability`: abilities of students by time and version.

use chrono::{DateTime, Utc};

use super::calibration::Calibration;
use super::history::OfStudent;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::schema::{Default, Table, View, double, index, integer, newest_by, ours, stamped, text};
use crate::settings::DAYS_OF_A_PLACE;
use crate::store::Store;

pub(crate) const MIRT_ABILITY: Table = Table::analytics(
    "mirt_ability",
    &[
        text("user_id").required(),
        double("theta").required(),
        double("se"),
        text("model"),
        text("version").required().default(Default::Literal("'v1'")),
        text("run_id"),
        stamped("fitted_at"),
        integer("n_answers").since(DAYS_OF_A_PLACE),
    ],
)
.key(&["user_id", "version", "fitted_at"])
.indexes(&[index("ix_mirt_ability_user_fitted", "user_id, fitted_at DESC")]);

/// The newest ability of a student in each version, and the same under the names of the contract.
pub(crate) fn views() -> [View; 2] {
    let latest = newest_by("mirt_ability_latest", &MIRT_ABILITY, &["user_id", "version"]);
    let columns =
        &["user_id", "mean", "sd", "theta", "se", "fitted_at", "updated_at", "created_at"];
    let estimates = include_str!("../../sql/both/ability_estimates.sql");
    [latest, ours("ability_estimates", columns, estimates)]
}

/// The newest ability of a student.
#[derive(Debug, Clone, PartialEq)]
pub struct Ability {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// Name of the model.
    pub model: Option<String>,
    /// `v1` for batch runs, `online` for updates between them.
    pub version: String,
    /// Run that estimated it.
    pub run_id: Option<String>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
    /// Answers it was estimated from; `None` = not known.
    pub n_answers: Option<u32>,
}

/// One point in the history of a student's ability.
#[derive(Debug, Clone, PartialEq)]
pub struct AbilityPoint {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
    /// Answers it was estimated from; `None` = not known.
    pub n_answers: Option<u32>,
}

/// Ability of one student.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAbility {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// Answers it was estimated from; `None` = not known.
    pub n_answers: Option<u32>,
}

/// An ability estimated between two calibrations.
#[derive(Debug, Clone, PartialEq)]
pub struct AbilityUpdate {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Ability on the θ scale; finite.
    pub theta: f64,
    /// Standard error; finite.
    pub se: f64,
    /// Name of the model of the item parameters.
    pub model: String,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
    /// Answers it was estimated from; `None` = not known.
    pub n_answers: Option<u32>,
}

type Values<'a> = [Value<'a>; MIRT_ABILITY.width()];

pub(super) fn calibrated<'a>(run: &'a Calibration, ability: &'a UserAbility) -> Values<'a> {
    [
        Value::text(&ability.user_id),
        Value::Real(Some(ability.theta)),
        Value::Real(ability.se),
        Value::text(&run.model),
        Value::text(&run.version),
        Value::text(&run.run_id),
        Value::time(run.fitted_at),
        Value::Int(ability.n_answers.map(i64::from)),
    ]
}

fn updated(update: &AbilityUpdate) -> Values<'_> {
    [
        Value::text(&update.user_id),
        Value::Real(Some(update.theta)),
        Value::Real(Some(update.se)),
        Value::text(&update.model),
        Value::text("online"),
        Value::Text(None),
        Value::time(update.fitted_at),
        Value::Int(update.n_answers.map(i64::from)),
    ]
}

fn ability(row: &Record<'_>) -> Result<Ability, Error> {
    Ok(Ability {
        user_id: row.get("user_id")?,
        theta: row.get("theta")?,
        se: row.get_or_null("se")?,
        model: row.get_or_null("model")?,
        version: row.get("version")?,
        run_id: row.get_or_null("run_id")?,
        fitted_at: row.get("fitted_at")?,
        n_answers: row.get_or_null("n_answers")?,
    })
}

const POINT: &[&str] = &["user_id", "theta", "se", "fitted_at", "n_answers"];

fn point(row: &Record<'_>) -> Result<AbilityPoint, Error> {
    Ok(AbilityPoint {
        user_id: row.get("user_id")?,
        theta: row.get("theta")?,
        se: row.get_or_null("se")?,
        fitted_at: row.get("fitted_at")?,
        n_answers: row.get_or_null("n_answers")?,
    })
}

/// Refuses a θ or standard error that is not a finite number.
pub(super) fn check(row: usize, of: &str, theta: f64, se: Option<f64>) -> Result<(), Error> {
    for (column, number) in [("theta", Some(theta)), ("se", se)] {
        let Some(found) = number.filter(|number| !number.is_finite()) else { continue };
        let fault = ValueFault::Range { of: of.to_owned(), found, range: "that is finite" };
        return Err(Error::BadValue { table: MIRT_ABILITY.name, row, column, fault });
    }
    Ok(())
}

impl Tx {
    /// Adds an ability of version `online`. Rows of calibrations are never touched.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a θ or standard error that is not a finite number.
    pub async fn write_ability_update(&mut self, update: &AbilityUpdate) -> Result<(), Error> {
        check(0, &update.user_id, update.theta, Some(update.se))?;
        MIRT_ABILITY.upsert().run_one(&mut self.session(), &updated(update)).await?;
        Ok(())
    }
}

impl Store {
    /// The newest ability of every student, of whichever version, by student id.
    pub async fn latest_abilities(&self) -> Result<Vec<Ability>, Error> {
        let columns = MIRT_ABILITY.select();
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT a.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_ability a) ranked \
             WHERE age = 1 ORDER BY user_id"
        );
        self.connection().await?.session().fetch_records(&columns, &sql, &[], ability).await
    }

    /// As [`Store::latest_abilities`], of those estimated before `before`.
    pub async fn abilities_known(&self, before: DateTime<Utc>) -> Result<Vec<Ability>, Error> {
        let columns = MIRT_ABILITY.select();
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT a.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_ability a WHERE fitted_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id"
        );
        let values = [Value::time(before)];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, ability).await
    }

    /// Every ability estimated in `[from, to)`, by student id, oldest first.
    pub async fn ability_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<AbilityPoint>, Error> {
        let columns = MIRT_ABILITY.select_of(POINT);
        let sql = format!(
            "SELECT {columns} FROM mirt_ability WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY user_id, fitted_at, version"
        );
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch_records(&columns, &sql, &window, point).await
    }

    /// The newest ability of every student estimated before `before`, of whichever version, by
    /// student id.
    pub async fn abilities_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<AbilityPoint>, Error> {
        let columns = MIRT_ABILITY.select_of(POINT);
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT a.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_ability a WHERE fitted_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id"
        );
        let values = [Value::time(before)];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, point).await
    }

    /// Abilities estimated in `[from, to)`, newest first, `most` at most.
    pub async fn student_abilities(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<Ability>, Error> {
        let wanted = OfStudent { user_id, from, to, most };
        wanted.fetch(self, &MIRT_ABILITY, "version", ability).await
    }
}
