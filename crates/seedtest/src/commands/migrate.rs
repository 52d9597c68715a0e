//! `seedtest migrate`: the schema brought up to date, or what is pending.

use std::process::ExitCode;

use seedtest_store::Store;

use crate::cli::{Global, MigrateArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(
    args: &MigrateArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let target = session::target(global)?;
    let store = Store::open(&target).await?;
    if args.check {
        return session::with(store, async |store| check(store, output).await).await;
    }
    let report = session::with(store, async |store| Ok(store.migrate().await?)).await?;
    for name in &report.applied {
        output.line(&format!("applied  {} {}", name.version, name.name))?;
    }
    for name in &report.added {
        output.line(&format!("added    {name}"))?;
    }
    for name in &report.adopted {
        output.line(&format!("adopted  {name}"))?;
    }
    output.line(&format!("{} is up to date", target.redacted()))?;
    Ok(ExitCode::SUCCESS)
}

async fn check(store: &Store, output: &Output) -> Result<ExitCode, Failure> {
    let pending = store.pending().await?;
    for name in &pending {
        output.line(&format!("pending  {} {}", name.version, name.name))?;
    }
    if pending.is_empty() {
        output.line("the schema is up to date")?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
