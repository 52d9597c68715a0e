//! `seedtest doctor`: whether the installation is as it should be.

use std::path::Path;
use std::process::ExitCode;

use seedtest_fault::escaped_in_json;
use seedtest_pipeline::{Check, Standing, examine, in_its_time_zone};
use seedtest_store::{
    AnswerColumns, AnswerSample, Backend, Store, StoredToken, Target, VERIFICATION_QUERIES,
};
use serde_json::json;

use super::serve;
use crate::cli::{DoctorArgs, Global};
use crate::environment;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::{self, variable};

/// Less free space than this is said.
const SPACE_GIB: f64 = 1.0;

pub(crate) async fn run(
    args: &DoctorArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let target = session::target(global)?;
    if args.sql {
        let backend = match &target {
            Target::Sqlite { .. } => Backend::Sqlite,
            Target::Postgres { .. } => Backend::Postgres,
        };
        if let Target::Postgres { schema: Some(schema), .. } = &target {
            let line = format!("SET search_path TO \"{}\", public;\n\n", schema.as_str());
            output.raw(line.as_bytes())?;
        }
        for query in VERIFICATION_QUERIES {
            let text = format!("-- {}\n{};\n\n", query.question, query.sql(backend));
            output.raw(text.as_bytes())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (checks, tables) = match looked_at(global, &target).await {
        // Who watches reads what is wrong where everything else stands.
        Err(failure) if args.json => (closed(&failure, &target), Tables::new()),
        found => found?,
    };
    if args.json {
        as_json(&checks, &tables, output)?;
    } else {
        as_text(&checks, &tables, output)?;
    }
    let fails = checks.iter().any(|check| check.standing == Standing::Fail);
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn looked_at(global: &Global, target: &Target) -> Result<(Vec<Check>, Tables), Failure> {
    session::must_exist(target)?;
    let store = session::connect(global, target).await?;
    session::with(store, async |store| {
        let (mut checks, tables) = examined(store, target).await?;
        let of_service = of_service(global);
        // What a job cannot use, the service may not be able to use either.
        let is_new = |check: &Check| !checks.iter().any(|known| known.found == check.found);
        checks.extend(of_service.into_iter().filter(is_new).collect::<Vec<_>>());
        Ok((checks, tables))
    })
    .await
}

/// What can be said where the database does not open.
fn closed(failure: &Failure, target: &Target) -> Vec<Check> {
    let (found, hint) = failure.told();
    let mut checks = vec![Check::fail("database", found, hint)];
    if let Target::Sqlite { path } = target {
        checks.extend(space(path));
    }
    checks
}

type Tables = Vec<(&'static str, u64)>;

async fn examined(store: &Store, target: &Target) -> Result<(Vec<Check>, Tables), Failure> {
    let mut checks = vec![Check::ok("database", target.redacted())];
    let pending = store.pending().await?;
    if !pending.is_empty() {
        let found = format!("{} migrations pending", pending.len());
        let hint = format!("run `seedtest migrate{}`", session::in_schema(target));
        checks.push(Check::fail("schema", found, hint));
        return Ok((checks, Tables::new()));
    }
    checks.push(Check::ok("schema", "up to date"));
    let store = &in_its_time_zone(store.clone(), None).await?;
    checks.push(Check::ok("days", format!("counted in {}", store.time_zone())));
    match store.answer_columns().await {
        Ok(None) => {}
        Ok(Some(found)) => {
            let sample = store.answer_sample().await?;
            checks.push(of_answers(described(&found), sample));
        }
        Err(error) => {
            let hint = error.hint().unwrap_or_default();
            checks.push(Check::fail("answers", error.to_string(), hint));
            return Ok((checks, Tables::new()));
        }
    }
    checks.extend(examine(store, session::clock()?, variable).await?);
    checks.push(secrets(store).await?);
    if let Target::Sqlite { path } = target {
        checks.extend(space(path));
    }
    Ok((checks, store.table_counts().await?))
}

/// What a source of answers offers, and what it lacks.
fn described(found: &AnswerColumns) -> String {
    let offered = found.columns.iter().filter_map(|(name, column)| {
        let column = column.as_deref()?;
        Some(if column == *name { (*name).to_owned() } else { format!("{name} = {column}") })
    });
    let offered: Vec<String> = offered.collect();
    let lacking = found.columns.iter().filter(|(_, column)| column.is_none());
    let lacking: Vec<&str> = lacking.map(|(name, _)| *name).collect();
    let without = if lacking.is_empty() {
        String::new()
    } else {
        format!("; without {}", lacking.join(", "))
    };
    format!("from {}: {}{without}", found.from, offered.join(", "))
}

/// Whether the first answers of the platform can be used. An outcome that nobody can read is no error of the
/// database: every student would have no score.
fn of_answers(from: String, sample: Option<AnswerSample>) -> Check {
    let Some(AnswerSample { rows, whole, known }) = sample.filter(|sample| sample.rows > 0) else {
        return Check::warn("answers", from, "it holds no row");
    };
    if whole == 0 {
        let found =
            format!("{from}; none of the first {rows} rows has a student, an item and a time");
        return Check::fail("answers", found, "name others with --query");
    }
    if known == 0 {
        let found = format!("{from}; none of the first {rows} rows is known to be right or wrong");
        let hint = "correct is a boolean, 0 and 1, or a text as true; a query can say \
                    CASE result WHEN 'right' THEN true WHEN 'wrong' THEN false END AS correct";
        return Check::fail("answers", found, hint);
    }
    let without = rows - known;
    let left =
        if without == 0 { String::new() } else { format!("; {without} of {rows} without outcome") };
    Check::ok("answers", format!("{from}{left}"))
}

/// What keeps the service or the scheduler from starting as they are set up; nothing where they would.
fn of_service(global: &Global) -> Vec<Check> {
    let fail = |found: &str, hint: &str| Check::fail("settings", found, hint);
    let faults = settings::service_faults();
    if !faults.is_empty() {
        let hint = "correct it or leave it out; `seedtest config show` lists every setting";
        return faults.iter().map(|found| fail(found, hint)).collect();
    }
    match settings::serve_args().and_then(|args| serve::config(&args, global)) {
        Ok(config) => {
            let faults = config.faults();
            faults.iter().map(|fault| fail(&fault.to_string(), fault.hint())).collect()
        }
        Err(failure) => {
            let (found, hint) = failure.told();
            vec![fail(found, hint)]
        }
    }
}

/// Whether the service would ask callers who they are: tokens of the environment and of the database, the
/// platform's key.
async fn secrets(store: &Store) -> Result<Check, Failure> {
    let now = session::clock()?.now();
    let holds = |token: &StoredToken| {
        token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > now)
    };
    let stored = store.tokens().await?;
    let set = environment::TOKENS.each().count();
    let tokens = set + stored.iter().filter(|token| holds(token)).count();
    let signed = environment::JWT_PUBLIC_KEY.text().or(environment::JWT_JWKS_URL.text()).is_some();
    let found = format!("{tokens} tokens, {} key of the platform", if signed { "a" } else { "no" });
    // A service that ever had a token stays closed.
    if set == 0 && stored.is_empty() && !signed {
        let hint = "`seedtest serve` then listens on this machine only; `seedtest token add NAME \
                    --scopes fit,read` makes a token";
        return Ok(Check::warn("secrets", "none is set", hint));
    }
    Ok(Check::ok("secrets", found))
}

/// Free space beside the embedded database, where the system tells.
fn space(database: &Path) -> Option<Check> {
    let folder = database.parent()?;
    let free = rustix::fs::statvfs(folder).ok()?;
    let gib = (free.f_bavail as f64) * (free.f_frsize as f64) / f64::from(1 << 30);
    let found = format!("{gib:.1} GiB free");
    Some(if gib < SPACE_GIB {
        Check::warn("disk", found, format!("free some space for {}", folder.display()))
    } else {
        Check::ok("disk", found)
    })
}

fn as_text(checks: &[Check], tables: &Tables, output: &Output) -> Result<(), Failure> {
    for check in checks {
        let word = match check.standing {
            Standing::Ok => "ok",
            Standing::Warn => "look",
            Standing::Fail => "FAILS",
        };
        output.line(&format!("{:<28} {word:<6} {}", check.name, check.found))?;
        if let Some(hint) = &check.hint {
            output.line(&format!("{:<28} {:<6} hint: {hint}", "", ""))?;
        }
    }
    for (table, rows) in tables {
        output.line(&format!("{table}: {rows}"))?;
    }
    Ok(())
}

fn as_json(checks: &[Check], tables: &Tables, output: &Output) -> Result<(), Failure> {
    let tables: serde_json::Map<_, _> =
        tables.iter().map(|&(table, rows)| (table.to_owned(), rows.into())).collect();
    let worst = checks.iter().map(|check| check.standing).max_by_key(|standing| *standing as u8);
    let all = json!({"status": worst, "checks": checks, "tables": tables});
    let text = format!("{all:#}\n");
    output.raw(escaped_in_json(&text).as_bytes())
}
