//! The row per student and week that everything reads (docs/contract/schema.md S12).

pub(crate) mod kpi;
pub(crate) mod merge;
