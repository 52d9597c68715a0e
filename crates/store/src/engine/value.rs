//! Values bound to statements.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::value::RawValue;
use uuid::Uuid;

/// A value bound to a statement. Nulls are typed, because PostgreSQL needs the type of every
/// parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    /// A column of PostgreSQL's type `integer`.
    Int4(Option<i32>),
    Real(Option<f64>),
    /// Thousandths, for a column of PostgreSQL's type `numeric(6,3)`.
    Thousandths(Option<i32>),
    Text(Option<&'a str>),
    Bool(Option<bool>),
    Time(Option<DateTime<Utc>>),
    Date(Option<NaiveDate>),
    Json(Option<&'a serde_json::Value>),
    /// JSON that is a text already.
    RawJson(Option<&'a RawValue>),
    Uuid(Option<Uuid>),
}

impl<'a> Value<'a> {
    pub(crate) fn text(value: &'a str) -> Self {
        Self::Text(Some(value))
    }

    pub(crate) fn int(value: i64) -> Self {
        Self::Int(Some(value))
    }

    pub(crate) fn time(value: DateTime<Utc>) -> Self {
        Self::Time(Some(value))
    }

    pub(crate) fn date(value: NaiveDate) -> Self {
        Self::Date(Some(value))
    }

    pub(crate) fn json(value: &'a serde_json::Value) -> Self {
        Self::Json(Some(value))
    }

    /// Thousandths as the number they stand for.
    pub(crate) fn from_thousandths(thousandths: i32) -> f64 {
        f64::from(thousandths) / 1000.0
    }

    /// The PostgreSQL type that holds every value of this kind.
    pub(crate) fn postgres_type(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint",
            Self::Int4(_) => "integer",
            Self::Thousandths(_) => "numeric(6,3)",
            Self::Real(_) => "double precision",
            Self::Text(_) => "text",
            Self::Bool(_) => "boolean",
            Self::Time(_) => "timestamptz",
            Self::Date(_) => "date",
            Self::Json(_) | Self::RawJson(_) => "jsonb",
            Self::Uuid(_) => "uuid",
        }
    }
}
