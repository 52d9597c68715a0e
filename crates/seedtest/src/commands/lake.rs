//! `seedtest lake`: what Spark wrote, into the database.

use std::process::ExitCode;

use seedtest_pipeline::load_lake;

use crate::cli::{Global, LakeArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

pub(crate) async fn run(
    args: &LakeArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let asked = (session::clock()?, "command line");
    let store = session::open_migrated(global).await?;
    let read = async |store: &_| Ok(load_lake(store, &args.from, &variable, asked).await?);
    let found = session::with(store, read).await?;
    if found.calibrations > 0 {
        output.line(&format!(
            "{} calibrations: {} items, {} abilities, {} students without one",
            found.calibrations, found.items, found.abilities, found.without_ability
        ))?;
    }
    let kpis = found.kpis_changed + found.kpis_unchanged;
    if kpis > 0 {
        output
            .line(&format!("{kpis} rows of KPIs, {} of them new or changed", found.kpis_changed))?;
    }
    Ok(ExitCode::SUCCESS)
}
