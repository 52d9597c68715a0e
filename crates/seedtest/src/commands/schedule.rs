//! `seedtest schedule`: what runs by itself.

use std::process::ExitCode;
use std::thread::JoinHandle;
use std::time::Duration;

use seedtest_pipeline::{JobLog, Plan, PlanError, Retries, RoundTimes, run_schedule};
use seedtest_store::Store;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::cli::{Global, PlanArgs, ScheduleArgs};
use crate::environment::DEBUG;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

/// Time for a scheduler that works on nothing to end in good order.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) async fn run(args: &ScheduleArgs, global: &Global) -> Result<ExitCode, Failure> {
    let clock = session::clock()?;
    let store = session::open(global).await?;
    let retries = Retries { tries: args.tries, jitter: args.jitter };
    session::end_on_signal(&store, GRACE, 0)?;
    session::with(store, async |store| {
        let plan = plan(store, &args.plan)?;
        let mut stdout = std::io::stdout();
        let mut log = JobLog::new(&mut stdout, global.log.format(), clock, DEBUG.is_true());
        let work = run_schedule(store, clock, &plan, retries, variable, &mut log, args.once);
        tokio::select! {
            ended = work => Ok(if ended?.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
            () = session::stop_signal() => {
                store.close_own_runs(clock.now()).await?;
                Ok(ExitCode::SUCCESS)
            }
        }
    })
    .await
}

/// A scheduler on a thread of its own, beside a service. Its jobs stay on one thread.
pub(crate) struct Beside {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Beside {
    /// Tells it to stop and waits until it has; a job in the middle is given up, nothing of it stays.
    pub(crate) fn end(self) -> Result<(), Failure> {
        // It is gone where it failed: then that is the answer.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Starts the plan of the environment beside a service.
pub(crate) fn beside(store: &Store, global: &Global) -> Result<Beside, Failure> {
    let clock = session::clock()?;
    let plan = plan(store, &from_environment())?;
    let retries = retries_of_file();
    let (store, format) = (store.clone(), global.log.format());
    let (stop, stopped) = oneshot::channel();
    let runtime = Handle::current();
    let work = move || {
        runtime.block_on(async {
            let mut stdout = std::io::stdout();
            let mut log = JobLog::new(&mut stdout, format, clock, DEBUG.is_true());
            let work = run_schedule(&store, clock, &plan, retries, variable, &mut log, false);
            tokio::select! {
                ended = work => ended.map(|_| ()).map_err(Failure::from),
                _ = stopped => Ok(()),
            }
        })
    };
    let named = std::thread::Builder::new().name("scheduler".into());
    let thread = named
        .spawn(work)
        .map_err(|error| Failure::new(format!("cannot start the scheduler: {error}"), None))?;
    Ok(Beside { stop, thread })
}

fn from_environment() -> PlanArgs {
    let pattern = |name: &str, address: &str| variable(name).or_else(|| variable(address));
    PlanArgs {
        daily: pattern("SEEDTEST_DAILY", "schedule.daily"),
        weekly: pattern("SEEDTEST_WEEKLY", "schedule.weekly"),
        monthly: pattern("SEEDTEST_MONTHLY", "schedule.monthly"),
    }
}

/// How hard the configuration file says that points are tried; its values were looked at when the process began.
fn retries_of_file() -> Retries {
    let said = |address: &str| variable(address)?.trim().parse().ok();
    let usual = Retries::default();
    Retries {
        tries: said("schedule.tries").unwrap_or(usual.tries),
        jitter: said("schedule.jitter").unwrap_or(usual.jitter),
    }
}

/// `seedtest job next`: what comes next.
pub(crate) async fn next(global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let clock = session::clock()?;
    let store = session::open(global).await?;
    session::with(store, async |store| {
        let zone = store.time_zone();
        output.line(&format!(
            "{:<28} {:<17} {:<16} last",
            "what",
            format!("next ({zone})"),
            "schedule"
        ))?;
        for next in plan(store, &from_environment())?.upcoming(clock.now()) {
            let at = next.wall.map_or("never".into(), |at| at.format("%Y-%m-%d %H:%M").to_string());
            let last = store.schedule_state(next.name).await?;
            // What a scheduler has seen for the first time stands as done, so that what lies before is not missed.
            let last = last.filter(|state| state.tried > 0);
            let last = last.map_or("not yet", |state| state.status.name());
            output.line(&format!("{:<28} {at:<17} {:<16} {last}", next.name, next.pattern))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn plan(store: &Store, args: &PlanArgs) -> Result<Plan, Failure> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (daily, weekly) = (given(&args.daily), given(&args.weekly));
    let monthly = given(&args.monthly);
    let times = RoundTimes {
        daily: daily.as_deref(),
        weekly: weekly.as_deref(),
        monthly: monthly.as_deref(),
    };
    Ok(Plan::new(store.time_zone(), times)?)
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::usage(error.to_string(), "correct it, or leave it out")
    }
}
