//! One column of a table: its type on each engine, its constraints, and who fills and reads it.

use super::migration::Migration;
use crate::engine::backend::Backend;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    BigInt,
    Integer,
    SmallInt,
    /// A number the database hands out.
    Serial,
    Double,
    Numeric,
    /// `NUMERIC(6,3)`, kept where the platform reads the column.
    Numeric63,
    Text,
    Bool,
    Time,
    Date,
    Json,
    Uuid,
}

/// The value of a column nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    Now,
    EmptyObject,
    EmptyArray,
    RandomUuid,
    /// The same literal on both engines.
    Literal(&'static str),
}

/// A condition on a value, in the SQL of each engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: &'static str,
}

/// Who gives a column its values and who reads them here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Every row written here brings a value, and a row that is read gives it back.
    Both,
    /// Written, but not read back with the rest of the row.
    WriteOnly,
    /// Filled by the database or by a statement of its own, and read.
    ReadOnly,
    /// Filled by the database or the platform, and not read with the rest of the row.
    Neither,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// A platform table may lack it: nothing of ours depends on the column.
    pub(crate) optional: bool,
    pub(crate) default: Option<Default>,
    /// The expression a read-only alias column repeats.
    pub(crate) generated: Option<&'static str>,
    pub(crate) check: Option<Check>,
    pub(crate) used: Use,
    /// The migration that brings the column; `None` = the one that brings its table.
    pub(crate) since: Option<Migration>,
}

impl Column {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            optional: false,
            default: None,
            generated: None,
            check: None,
            used: Use::Both,
            since: None,
        }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub(crate) const fn default(mut self, default: Default) -> Self {
        self.default = Some(default);
        self
    }

    pub(crate) const fn alias_of(mut self, expression: &'static str) -> Self {
        self.generated = Some(expression);
        self.used = Use::Neither;
        self
    }

    pub(crate) const fn write_only(mut self) -> Self {
        self.used = Use::WriteOnly;
        self
    }

    pub(crate) const fn read_only(mut self) -> Self {
        self.used = Use::ReadOnly;
        self
    }

    /// Neither written nor read with the rows of the table.
    pub(crate) const fn unused(mut self) -> Self {
        self.used = Use::Neither;
        self
    }

    /// For a column that joins a table after its first release.
    pub(crate) const fn since(mut self, migration: Migration) -> Self {
        self.since = Some(migration);
        self
    }

    pub(crate) const fn is_written(&self) -> bool {
        matches!(self.used, Use::Both | Use::WriteOnly)
    }

    pub(crate) const fn is_read(&self) -> bool {
        matches!(self.used, Use::Both | Use::ReadOnly)
    }

    /// The column as a query selects it: whole numbers as 64 bits and others as doubles, whatever
    /// the width in a table that was adopted.
    pub(crate) fn selected(&self) -> String {
        let name = self.name;
        match self.kind {
            Kind::BigInt | Kind::Integer | Kind::SmallInt | Kind::Serial => {
                format!("CAST({name} AS BIGINT) AS {name}")
            }
            Kind::Double | Kind::Numeric | Kind::Numeric63 => {
                format!("CAST({name} AS DOUBLE PRECISION) AS {name}")
            }
            _ => name.to_owned(),
        }
    }

    pub(crate) const fn check(mut self, condition: &'static str) -> Self {
        self.check = Some(Check { postgres: condition, sqlite: condition });
        self
    }

    pub(crate) const fn check_each(mut self, postgres: &'static str, sqlite: &'static str) -> Self {
        self.check = Some(Check { postgres, sqlite });
        self
    }
}

/// `name TEXT`
pub(crate) const fn text(name: &'static str) -> Column {
    Column::new(name, Kind::Text)
}

/// `name DOUBLE PRECISION`
pub(crate) const fn double(name: &'static str) -> Column {
    Column::new(name, Kind::Double)
}

/// `name INTEGER`
pub(crate) const fn integer(name: &'static str) -> Column {
    Column::new(name, Kind::Integer)
}

/// `name TIMESTAMPTZ`
pub(crate) const fn time(name: &'static str) -> Column {
    Column::new(name, Kind::Time)
}

/// `name TIMESTAMPTZ NOT NULL DEFAULT now()`
pub(crate) const fn stamped(name: &'static str) -> Column {
    time(name).required().default(Default::Now)
}

/// `name JSONB`
pub(crate) const fn json(name: &'static str) -> Column {
    Column::new(name, Kind::Json)
}

/// `name JSONB NOT NULL DEFAULT '{}'`
pub(crate) const fn object(name: &'static str) -> Column {
    json(name).required().default(Default::EmptyObject)
}

/// `name JSONB NOT NULL DEFAULT '[]'`
pub(crate) const fn array(name: &'static str) -> Column {
    json(name).required().default(Default::EmptyArray)
}

impl Kind {
    pub(crate) fn type_name(self, backend: Backend) -> &'static str {
        match backend {
            Backend::Postgres => self.postgres_name(),
            Backend::Sqlite => self.sqlite_name(),
        }
    }

    fn postgres_name(self) -> &'static str {
        match self {
            Self::BigInt => "bigint",
            Self::Integer => "integer",
            Self::SmallInt => "smallint",
            Self::Serial => "bigserial",
            Self::Double => "double precision",
            Self::Numeric => "numeric",
            Self::Numeric63 => "numeric(6,3)",
            Self::Text => "text",
            Self::Bool => "boolean",
            Self::Time => "timestamptz",
            Self::Date => "date",
            Self::Json => "jsonb",
            Self::Uuid => "uuid",
        }
    }

    fn sqlite_name(self) -> &'static str {
        match self {
            // As a key, INTEGER would name SQLite's row number and so scatter rows over the file in
            // the order of their hash; INT keeps rows in the order of arrival, with an index beside.
            Self::BigInt => "INT",
            Self::Integer | Self::SmallInt | Self::Serial | Self::Bool => "INTEGER",
            Self::Double | Self::Numeric | Self::Numeric63 => "REAL",
            Self::Text | Self::Time | Self::Date | Self::Json | Self::Uuid => "TEXT",
        }
    }

    /// Whether an existing column of this type (PostgreSQL's internal name) holds what this kind
    /// needs. Width may differ: an INTEGER id works where the schema says BIGINT.
    pub(crate) fn accepts_postgres(self, found: &str) -> bool {
        let accepted: &[&str] = match self {
            Self::BigInt | Self::Integer | Self::SmallInt | Self::Serial => {
                &["int8", "int4", "int2"]
            }
            // The platform's whole numbers (a percentile) are numbers too.
            Self::Numeric => &["float8", "float4", "numeric", "int8", "int4", "int2"],
            Self::Double | Self::Numeric63 => &["float8", "float4", "numeric"],
            Self::Text => &["text", "varchar", "bpchar"],
            Self::Bool => &["bool"],
            Self::Time => &["timestamptz"],
            Self::Date => &["date"],
            Self::Json => &["jsonb"],
            Self::Uuid => &["uuid"],
        };
        accepted.contains(&found)
    }
}
