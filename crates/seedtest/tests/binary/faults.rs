//! What fails around a night: the server, its connections, the disk, the process itself, the clock, a second
//! scheduler. Afterwards one more run gives the tables of an undisturbed one, and every failure is in the
//! ledger and in the metrics. `scripts/faults.sh` disturbs more often.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use seedtest_pipeline::JOBS;
use seedtest_testkit::{S3Server, Server};
use sqlx::{Connection as _, PgConnection};

use crate::contents::{Contents, assert_same, contents};
use crate::kills::{Moments, NOW, Served, TOKEN, complete, kills, ledger, school_log, spawn};
use crate::kpi_jobs::Place;
use crate::playground::Run;
use crate::serving::answer;

/// A Friday night after [`NOW`], which is a Thursday noon.
const NIGHT: (&str, &str) = ("SEEDTEST_NOW", "2025-03-21T03:02:00Z");

/// Where published reports are found, whatever directory they are in.
const REPORTS: &str = "https://reports.example.org";

/// How a job is called where its defaults would find nothing to do, or take long.
fn flags(job: &str) -> &'static [&'static str] {
    match job {
        "features-backfill" => &["--from", "2025-03-01", "--to", "2025-03-19"],
        "compute-daily-kpis" => &["--from", "2025-02-10"],
        "tag-anchor-items" => &["--min-responses", "20", "--max-candidates", "5"],
        "irt-update-theta" => &["--user", "s03"],
        "fit-bayesian-growth" => &["--n-samples", "300", "--n-chains", "2"],
        "mirt-calibrate" => &["--lookback-days", "0"],
        "generate-weekly-report" => &["--to", "reports", "--public-url", REPORTS],
        "generate-weekly-report-batch" => {
            &["--to", "reports", "--public-url", REPORTS, "--format", "html"]
        }
        "mail-weekly-report" => &["--smtp-host", "127.0.0.1", "--from", "school@example.org"],
        _ => &[],
    }
}

/// A school of six weeks in a database of its own.
fn school(url: Option<String>) -> Place {
    let place = Place::on(url);
    place.place.write("log.csv", school_log());
    place.run(&[NOW], &["import", "log.csv"]);
    place
}

/// Waits until a process has ended; never for good.
fn ended(child: &mut Child) -> Option<i32> {
    let patience = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < patience, "the process goes on for ever");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What Prometheus reads of the job runs in the ledger, by how they ended.
fn measured(place: &Place) -> BTreeMap<String, u64> {
    let served = Served::start(place);
    let mut stream = TcpStream::connect(&served.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let head = format!(
        "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        TOKEN.1
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (status, text) = answer(&mut stream);
    assert_eq!(status, 200, "{text}");
    let mut ends = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("seedtest_ledger_job_runs{")) {
        let status = line.split("status=\"").nth(1).and_then(|rest| rest.split('"').next());
        let count = line.rsplit(' ').next().and_then(|count| count.parse::<f64>().ok());
        *ends.entry(status.unwrap().to_owned()).or_default() += count.unwrap() as u64;
    }
    ends
}

/// The ledger and the metrics tell the same story, and it has no open end.
#[track_caller]
fn told(place: &Place) -> BTreeMap<String, u32> {
    let of_jobs = |place: &Place| {
        let listed = place.run(&[NOW], &["runs", "list", "--limit", "100000", "--json"]).stdout;
        let mut ends: BTreeMap<String, u64> = BTreeMap::new();
        for line in listed.lines().filter(|line| line.contains("\"kind\":\"job\"")) {
            let run: serde_json::Value = serde_json::from_str(line).unwrap();
            *ends.entry(run["status"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        ends
    };
    let all = ledger(place);
    assert_eq!(measured(place), of_jobs(place));
    all
}

#[test]
fn a_server_that_dies_in_the_middle_of_any_job_costs_one_more_run() {
    let mut server = Server::start(&[]).unwrap();
    let whole = school(Some(server.database("whole").unwrap()));
    let broken = school(Some(server.database("broken").unwrap()));
    let mut moments = Moments::new(0xbad);
    let mut hit = 0;
    for job in JOBS {
        let call = [&["job", "run", job.name][..], flags(job.name)].concat();
        let began = Instant::now();
        let undisturbed = whole.attempt(&[NOW], &call);
        undisturbed.ended_somehow();
        let takes = began.elapsed();
        let mut child = spawn(&broken, &call, &[NOW]);
        std::thread::sleep(moments.before(takes));
        server.kill().unwrap();
        let code = ended(&mut child);
        server.revive().unwrap();
        hit += u32::from(code == Some(1) && undisturbed.code != code);
        assert!(matches!(code, Some(0 | 1 | 3)), "{}: {code:?}", job.name);
        let again = broken.attempt(&[NOW], &call);
        assert_eq!(again.code, undisturbed.code, "{}: {}", job.name, again.transcript());
        assert!(!again.stdout.contains("already running"), "{}", again.transcript());
    }
    assert!(hit >= 4, "the server died after {hit} jobs only");
    assert_same(&contents(&broken), &contents(&whole), "after deaths of the server");
    told(&broken);
}

#[test]
fn a_scheduler_waits_for_a_server_that_died_and_goes_on() {
    let mut server = Server::start(&[]).unwrap();
    let whole = school(Some(server.database("whole").unwrap()));
    let place = school(Some(server.database("broken").unwrap()));
    for place in [&whole, &place] {
        place.run(&[NOW], &["schedule", "--once"]);
    }
    let began = Instant::now();
    whole.attempt(&[NIGHT], &["schedule", "--once"]);
    let takes = began.elapsed();
    let mut scheduler = spawn(&place, &["schedule", "--jitter", "0"], &[NIGHT]);
    std::thread::sleep(takes.mul_f64(0.4));
    server.kill().unwrap();
    // A server that is back sooner has the night written down as failed, and tried again after a minute that a
    // clock which stands still never reaches.
    let mut lines = BufReader::new(scheduler.stdout.take().unwrap()).lines();
    let waits = lines.find(|line| line.as_ref().unwrap().contains("looking again in a moment"));
    assert!(waits.is_some(), "the scheduler gave up");
    server.revive().unwrap();
    let patience = Instant::now() + Duration::from_mins(2);
    loop {
        let next = place.run(&[NIGHT], &["job", "next"]).stdout;
        let daily = next.lines().find(|line| line.starts_with("daily")).unwrap();
        if daily.ends_with("done") && place.place_rows("weekly_kpi") > 0 {
            break;
        }
        assert!(Instant::now() < patience, "{next}");
        assert_eq!(scheduler.try_wait().unwrap(), None, "the scheduler gave up");
        std::thread::sleep(Duration::from_millis(500));
    }
    terminate(&scheduler);
    assert_eq!(ended(&mut scheduler), Some(0));
    assert_same(&contents(&place), &contents(&whole), "after a death under the scheduler");
    told(&place);
}

#[test]
fn without_a_connection_a_night_fails_soon_and_says_so() {
    let server =
        Server::start(&["-c", "max_connections=10", "-c", "superuser_reserved_connections=0"])
            .unwrap();
    let url = server.database("school").unwrap();
    let place = school(Some(url.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut taken = Vec::new();
    runtime.block_on(async {
        // Those of the process before are gone in a moment.
        for _ in 0..200 {
            match PgConnection::connect(&url).await {
                Ok(connection) => taken.push(connection),
                Err(_) if taken.len() >= 10 => break,
                Err(_) => tokio::time::sleep(Duration::from_millis(25)).await,
            }
        }
    });
    assert_eq!(taken.len(), 10);
    let began = Instant::now();
    let night = place.attempt(&[NOW], &["pipeline", "daily"]);
    assert_eq!(night.code, Some(1), "{}", night.transcript());
    assert!(night.stderr.contains("no connection left"), "{}", night.transcript());
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    // With three of them a night is slow, not wrong.
    taken.truncate(7);
    let scarce = place.attempt(&[NOW], &["pipeline", "daily"]);
    assert!(matches!(scarce.code, Some(0 | 1 | 3)), "{}", scarce.transcript());
    drop(taken);
    let whole = school(Some(server.database("whole").unwrap()));
    complete(&place, &["pipeline", "daily"]);
    complete(&whole, &["pipeline", "daily"]);
    assert_same(&contents(&place), &contents(&whole), "after a lack of connections");
}

/// A small disk, where the system lets one be made.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(at: &Path, mib: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={mib}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at);
        let is_there = mount.output().is_ok_and(|output| output.status.success());
        is_there.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_fails_the_night_and_hurts_nothing() {
    let whole = school(None);
    let place = Place::on(None);
    std::fs::remove_dir_all(place.place.path("seedtest-data")).unwrap();
    let disk = SmallDisk::new(&place.place.path("seedtest-data"), 8);
    place.place.write("log.csv", school_log());
    place.run(&[NOW], &["import", "log.csv"]);
    let before = contents(&place);
    let night = match &disk {
        Some(disk) => fill(&disk.0, || place.attempt(&[NOW], &["pipeline", "daily"])),
        // Without the right to mount, files that may not grow.
        None => limited(&place, &["pipeline", "daily"]),
    };
    assert_eq!(night.code, Some(1), "{}", night.transcript());
    let told_of = format!("{}{}", night.stdout, night.stderr);
    assert!(told_of.contains("full") || told_of.contains("I/O"), "{}", night.transcript());
    let intact = |found: &Contents| found["attempt_log"] == before["attempt_log"];
    assert!(intact(&contents(&place)));
    complete(&place, &["pipeline", "daily"]);
    complete(&whole, &["pipeline", "daily"]);
    assert_same(&contents(&place), &contents(&whole), "after a full disk");
    told(&place);
    drop(disk);
}

/// Does something while the disk has next to nothing left.
fn fill(disk: &Path, work: impl FnOnce() -> Run) -> Run {
    let path = disk.join("filler");
    let mut filler = std::fs::File::create(&path).unwrap();
    let mut written = 0;
    for size in [1 << 16, 1 << 12] {
        while filler.write_all(&vec![0; size]).is_ok() {
            written += size;
        }
    }
    // Room for the lines of the ledger, not for the results.
    filler.set_len((written as u64).saturating_sub(120 << 10)).unwrap();
    let done = work();
    std::fs::remove_file(path).unwrap();
    done
}

fn limited(place: &Place, arguments: &[&str]) -> Run {
    let database = place.place.path("seedtest-data/seedtest.db");
    let blocks = std::fs::metadata(database).unwrap().len() / 512 + 8;
    let mut command = Command::new("sh");
    let binary = place.place.command(arguments);
    command
        .args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"])
        .arg(binary.get_program())
        .args(binary.get_args())
        .current_dir(binary.get_current_dir().unwrap())
        .env_clear()
        .env(NOW.0, NOW.1);
    place.place.finish(command.output().unwrap())
}

#[test]
fn two_schedulers_at_once_run_each_thing_once() {
    for place in Place::both() {
        place.place.write("log.csv", school_log());
        place.run(&[NOW], &["import", "log.csv"]);
        place.run(&[NOW], &["schedule", "--once"]);
        let mut both = [0, 1].map(|_| spawn(&place, &["schedule", "--once"], &[NIGHT]));
        for scheduler in &mut both {
            assert!(matches!(ended(scheduler), Some(0 | 1)));
        }
        let listed = place.run(&[NIGHT], &["runs", "list", "--limit", "1000", "--json"]).stdout;
        let nightly: Vec<&str> =
            listed.lines().filter(|line| line.contains("\"actor\":\"daily round\"")).collect();
        assert_eq!(nightly.len(), 8, "{listed}");
    }
}

#[test]
fn a_clock_that_steps_back_an_hour_changes_nothing() {
    for place in Place::both() {
        place.place.write("log.csv", school_log());
        place.run(&[NOW], &["import", "log.csv"]);
        complete(&place, &["pipeline", "daily"]);
        let before = contents(&place);
        let back = ("SEEDTEST_NOW", "2025-03-20T11:00:00Z");
        place.attempt(&[back], &["pipeline", "daily"]).ended();
        complete(&place, &["pipeline", "daily"]);
        let after = contents(&place);
        for table in ["weekly_kpi", "features_topic_daily", "attempt_log", "survival_risk"] {
            assert_eq!(after[table], before[table], "{table}");
        }
        told(&place);
    }
}

/// The pages of a bucket by student.
fn pages(bucket: &Path) -> BTreeMap<String, String> {
    let students = std::fs::read_dir(bucket.join("reports")).unwrap();
    let page = |student: std::io::Result<std::fs::DirEntry>| {
        let student = student.unwrap();
        let page = student.path().join("2025-03-17/report.html");
        let page = std::fs::read_to_string(page).unwrap();
        // A page says when it was made.
        let parts = page.split("2025-03-24 06:").enumerate();
        let page = parts.map(|(at, part)| if at == 0 { part } else { &part["00".len()..] });
        (student.file_name().into_string().unwrap(), page.collect())
    };
    students.map(page).collect()
}

/// A scheduler that looks at the clock once, with somewhere to publish to.
fn look(place: &Place, now: &str, store: &S3Server) -> Run {
    let endpoint = store.endpoint();
    let environment = [
        ("SEEDTEST_NOW", now),
        ("S3_BUCKET", BUCKET),
        ("S3_ENDPOINT_URL", endpoint.as_str()),
        ("REPORT_BASE_URL", REPORTS),
        ("AWS_ACCESS_KEY_ID", "AKTEST"),
        ("AWS_SECRET_ACCESS_KEY", "only-the-bucket-knows"),
        ("REPORT_FORMAT", "html"),
    ];
    place.attempt(&environment, &["schedule", "--once"])
}

const BUCKET: &str = "seedtest-reports";

#[test]
fn an_object_store_that_is_down_for_minutes_costs_no_report() {
    let [whole, place] = [(), ()].map(|()| school(None));
    let stores = [&whole, &place].map(|place| {
        let root = place.place.path("s3");
        S3Server::start(&root, BUCKET, "AKTEST", "only-the-bucket-knows").unwrap()
    });
    let [undisturbed, mut store] = stores;
    for (place, store) in [(&whole, &undisturbed), (&place, &store)] {
        // First looks only write down what lies behind; the night of Monday makes the KPIs.
        look(place, NOW.1, store);
        let night = look(place, "2025-03-24T03:02:00Z", store);
        assert!(night.stdout.contains("Schedule: weekly"), "{}", night.transcript());
    }
    let reported = look(&whole, "2025-03-24T06:02:00Z", &undisturbed);
    assert_eq!(reported.code, Some(0), "{}", reported.transcript());
    let expected = pages(&whole.place.path("s3").join(BUCKET));
    assert!(expected.len() > 10, "{}", expected.len());

    store.live_for(expected.len() / 2).unwrap();
    let died = look(&place, "2025-03-24T06:02:00Z", &store);
    assert_eq!(died.code, Some(1), "{}", died.transcript());
    assert!(died.stdout.contains("generate-weekly-report is tried again at"), "{}", died.stdout);
    // Before its time nothing is tried; then it is, in vain, and the next wait is longer.
    let early = look(&place, "2025-03-24T06:02:30Z", &store);
    assert!(!early.stdout.contains("Schedule: generate"), "{}", early.transcript());
    let down = look(&place, "2025-03-24T06:03:10Z", &store);
    assert_eq!(down.code, Some(1), "{}", down.transcript());
    assert!(down.stdout.contains("try 2"), "{}", down.transcript());
    let early = look(&place, "2025-03-24T06:07:00Z", &store);
    assert!(!early.stdout.contains("Schedule: generate"), "{}", early.transcript());
    let failures = told(&place)["failed"];
    assert!(failures >= 2, "each failure is in the ledger and in the metrics: {failures}");

    store.live_for(usize::MAX).unwrap();
    let back = look(&place, "2025-03-24T06:12:00Z", &store);
    assert_eq!(back.code, Some(0), "{}", back.transcript());
    assert!(back.stdout.contains("try 3"), "{}", back.transcript());
    let found = pages(&place.place.path("s3").join(BUCKET));
    assert!(found.keys().eq(expected.keys()), "nothing is lost: {:?}", found.keys());
    for (student, page) in found {
        assert!(page == expected[&student], "the page of {student} is another one");
    }
    // The put that was stored and not answered is done again; no other is.
    assert!(store.puts() <= undisturbed.puts() + 2, "{} {}", store.puts(), undisturbed.puts());
    assert_eq!(
        contents(&place)["report_artifacts"].len(),
        contents(&whole)["report_artifacts"].len(),
        "nothing is doubled"
    );
    assert_eq!(told(&place)["failed"], failures);
}

fn terminate(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
}

/// Ends a night at many moments, in turn as an orchestrator does and as a power cut does, each time from the
/// same state.
fn ends_of_a_night(whole: &Place, fresh: impl Fn(u32) -> Place, seed: u64) {
    let began = Instant::now();
    complete(whole, &["pipeline", "daily"]);
    let takes = began.elapsed();
    let expected = contents(whole);
    let mut moments = Moments::new(seed);
    for n in 0..kills().div_ceil(2) {
        let place = fresh(n);
        let mut child = spawn(&place, &["pipeline", "daily"], &[NOW]);
        std::thread::sleep(moments.before(takes));
        let is_gentle = n % 2 == 0;
        if is_gentle {
            terminate(&child);
        } else {
            child.kill().unwrap();
        }
        let code = ended(&mut child);
        complete(&place, &["pipeline", "daily"]);
        let what = format!("end {n} ({})", if is_gentle { "SIGTERM" } else { "SIGKILL" });
        assert_same(&contents(&place), &expected, &what);
        let ends = ledger(&place);
        assert!(!ends.contains_key("failed"), "{what}: {ends:?}");
        if n < 2 {
            told(&place);
        }
        if is_gentle {
            // It had not begun to listen, was told to stop, or had ended.
            assert!(matches!(code, None | Some(0 | 1 | 3)), "{what}: {code:?}");
        }
    }
}

#[test]
fn a_night_that_is_ended_at_any_moment_needs_one_more_run_on_a_server() {
    let server = Server::start(&[]).unwrap();
    school(Some(server.database("before").unwrap()));
    let copy = |name: &str| Place::on(Some(server.copy_of(name, "before").unwrap()));
    ends_of_a_night(&copy("whole"), |n| copy(&format!("broken_{n}")), 0x5e44);
}

#[test]
fn a_night_that_is_ended_at_any_moment_needs_one_more_run_on_a_file() {
    let before = school(None);
    let copy = || {
        let place = Place::on(None);
        let file = "seedtest-data/seedtest.db";
        std::fs::copy(before.place.path(file), place.place.path(file)).unwrap();
        place
    };
    ends_of_a_night(&copy(), |_| copy(), 0xf11e);
}
