//! Flags of `seedtest lake`.

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedtest lake out/2026-03-02
  seedtest lake s3://lake/seedtest --database-url postgresql://seedtest@db/school

What is read again changes nothing. Credentials come from the variables that reports are published with.")]
pub(crate) struct LakeArgs {
    /// A directory, s3://BUCKET, gs://BUCKET or az://CONTAINER, each with /PREFIX if wanted, with the folders
    /// mirt_fit_meta, mirt_ability or weekly_kpi in it: Parquet, or Delta tables
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
}
