//! What is said of the likeliest mistakes: each message says what is wrong, where, and what to do next, and none
//! speaks of how this program reads. Values of flags are looked at beside `src/value_faults.rs`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use seedtest_testkit::own_word;

use crate::playground::{Playground, Run, stable};

/// Calls with a mistake; `·` stands for a blank within a word.
const MISTAKES: &[&str] = &[
    // Commands.
    "frobnicate",
    "improt log.csv",
    "fit itr --data log.csv",
    "job run compute-daily-kpi",
    "pipeline yearly",
    "completions csh",
    // Files that are not there, are no files, or hold something else.
    "fit irt --data nowhere.csv",
    "fit irt --data folder",
    "fit irt --data empty.csv",
    "fit irt --data header.csv",
    "fit irt --data words.csv",
    "fit survival --data broken.json",
    "fit growth --data list.json",
    "fit prophet --data words.csv",
    "fit cluster --data words.csv",
    "import nowhere.csv",
    "import list.json",
    "import folder",
    "go nowhere.csv",
    "roster import words.csv",
    "names import words.csv",
    "recipients import words.csv",
    "restore nowhere.db",
    "restore log.csv",
    "--data-dir log.csv doctor",
    "predict growth --model nowhere.json --data rows.csv",
    "predict growth --model folder --data rows.csv",
    "predict survival --model list.json --data rows.csv",
    "predict lmm --model number.json --data rows.csv",
    "predict glmm --model other.json --data rows.csv",
    "predict cluster --model broken.json --data rows.csv",
    "predict prophet --model other.json --data rows.csv",
    "score --params other.json --data log.csv",
    "score --params broken.json --data log.csv",
    "link number.json number.json",
    "link typed.json typed.json",
    "cat simulate --bank number.json",
    "cat simulate --bank broken.json",
    "bank import number.json",
    "bank import other.json",
    "equate scores nowhere.csv nowhere.csv",
    // Columns, formulas and values.
    "fit irt --data log.csv --student nobody",
    "fit irt --data log.csv --model fourpl",
    "fit irt --data log.csv --linking sideways",
    "fit irt --data log.csv --guessing -0.1",
    "fit irt --data log.csv --guessing 2",
    "fit irt --data log.csv --max-iter -3",
    "fit irt --data log.csv --priors {",
    "fit irt --data log.csv --anchors list.json",
    "fit irt --data log.csv --anchors other.json",
    "fit irt --data log.csv --guessing-by-item list.json",
    "fit irt --data log.csv --max-scores list.json --model grm",
    "fit irt --data log.csv --model-by-item number.json",
    "fit irt --data log.csv --start other.json",
    "fit irt --data log.csv --json folder",
    "fit lmm --data rows.csv --formula score",
    "fit lmm --data rows.csv --formula score·~",
    "fit lmm --data rows.csv --formula score·~·nothing",
    "fit lmm --data rows.csv --formula score·~·week·+·(1|",
    "fit lmm --data rows.csv --formula score·~·week·+·(1|nobody)",
    "fit glmm --data rows.csv --formula event·~·week·+·(1|student_id) --family cauchy",
    "fit survival --data rows.csv --formula Surv(time,·nothing)·~·x",
    "fit survival --data rows.csv --formula x·~·time",
    "fit survival --data rows.csv --family weird",
    "fit growth --data rows.csv --priors {\"week\":5}",
    "fit growth --data rows.csv --priors {\"week\":{\"dist\":\"triangle\"}}",
    "fit growth --data rows.csv --chains 0",
    "fit prophet --data rows.csv --options 5",
    "fit prophet --data rows.csv --options {\"growth\":7}",
    "fit prophet --data rows.csv --options {\"grwth\":\"linear\"}",
    "fit prophet --data rows.csv --horizon 0",
    "fit cluster --data rows.csv --k 0",
    "fit cluster --data rows.csv --method magic",
    // Days, ids and settings.
    "report --all --week 1999-01-04",
    "report --all --week 2030-01-07",
    "report --all --week soon",
    "report --all --format docx",
    "report --all --customise nowhere.toml",
    "report --student nobody",
    "export nothing",
    "export kpis --out x.docx",
    "export kpis --from 2025-03-10 --to 2025-03-01",
    "job run compute-daily-kpis --date 2031-01-01",
    "job run compute-daily-kpis --from 2025-03-10 --to 2025-03-01",
    "job run mirt-calibrate --model 9pl",
    "job run update-theta",
    "job run generate-weekly-report --to ftp://x/y",
    "pipeline history",
    "pipeline daily --as-of 2031-01-01",
    "runs show no-such-run",
    "runs verify no-such-run",
    "import undo no-such-import",
    "student export nobody",
    "student merge nobody somebody",
    "token add x --scopes fly",
    "events put --kind dance --user s1",
    "config show no-such-setting",
    "--config nowhere.toml config show",
    "--config broken.toml config show",
    "--database-url mysql://x/y doctor",
    "--timezone Mars/Olympus doctor",
    "timezone Nowhere",
    "serve --bind nowhere",
    "serve --bind 0.0.0.0:0",
    "demo --students 0",
    // What was put in and is put right.
    "answer void --student nobody --item q1",
    "answer void --student s1 --item nothing",
    "answer void --student s1 --item q1 --at noon",
    "answer restore --student s1 --item q1",
    "answer correct --item q1 --at noon",
    "answer correct --student s1 --item nothing --right",
    "roster import nowhere.csv",
    "names import nowhere.csv",
    "recipients import nowhere.csv",
    "recipients opt-out nobody",
    "alert acknowledge nothing",
    "alert list --limit none",
    // Goals, classes, sessions, people.
    "goal set --student s1 --topic t1 --score high",
    "goal set --student s1 --topic t1 --score 80 --by soon",
    "goal remove --student nobody --topic t1",
    "classroom add c1 --name A",
    "session add x1 --student s1 --started yesterday",
    "session add x1 --student s1 --started 2025-03-10T10:00:00Z --ended 2025-03-09T10:00:00Z",
    "student pseudonym nobody --tenant t",
    "token rotate nobody",
    "token revoke nobody",
    "account add someone",
    "account add someone --role king",
    "account change nobody --role teacher",
    "account password nobody",
    "account disable nobody",
    // Banks, equating, adaptive tests, data for models.
    "bank show nothing",
    "bank retire nothing",
    "bank rekey nothing --key 2 --data log.csv",
    "equate scores log.csv rows.csv",
    "equate true-score other.json other.json",
    "cat simulate --bank nowhere.json",
    "cat simulate --bank list.json --n 0",
    "cat simulate --bank list.json --rule best",
    "dataset churn",
    "lake nowhere",
    "lake ftp://bucket/prefix",
    "events put dance --user s1",
    "schedule tomorrow",
    "restore",
    "report preview --lang fr",
    "backup folder",
    "runs list --limit none",
    "fit survival-curves --data rows.csv --formula Surv(time,·event)·~·nothing",
    "fit lmm --data rows.csv --formula score·~·week·+·(1|student_id) --weights nobody",
    "fit glmm --data rows.csv --formula score·~·week·+·(1|student_id)",
    "fit irt --data log.csv --group nobody",
    "fit irt --data header.csv --abilities",
    "fit irt --data log.csv --date-format soonish",
    "fit irt --data log.csv --encoding klingon",
    "score --params nowhere.json --data log.csv",
    // Lists and settings: what they do not know.
    "import list --limit none",
    "migrate now",
    "events drain soon",
    "events status --kind dance",
    "goal list nobody",
    "classroom list nowhere",
    "session list nobody",
    "recipients list nobody",
    "student erase",
    "token list nobody",
    "account list nobody",
    "account invite nobody",
    "account enable nobody",
    "bank export --output x.docx",
    "job list nothing",
    "job next --as-of soon",
    // One calibration in place of answers, and what is no list of items.
    "score --params by-id.json --data log.csv",
    "equate scores typed.json rows.csv",
    "fit growth --data dates.csv",
];

/// The words of a call.
fn words(call: &str) -> Vec<String> {
    call.split(' ').map(|word| word.replace('·', " ")).collect()
}

/// The commands that have none below them, each with the words that lead to it; the jobs are one, with their settings
/// looked at elsewhere.
fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    let is_leaf = !command.has_subcommands() || path == "job run";
    if is_leaf {
        found.push(path.to_owned());
        return;
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let path = format!("{path} {}", below.get_name());
        leaves(below, path.trim_start(), found);
    }
}

fn job_names() -> BTreeSet<String> {
    let command = seedtest::command();
    let run = command.find_subcommand("job").and_then(|job| job.find_subcommand("run")).unwrap();
    let names = run.get_subcommands().map(|job| job.get_name().to_owned());
    names.filter(|name| name != "help").collect()
}

#[test]
fn every_command_has_its_mistakes() {
    let mut all = Vec::new();
    leaves(&seedtest::command(), "", &mut all);
    assert!(all.len() > 80, "{all:?}");
    // `job NAME` and `prune` are `job run NAME`.
    let jobs = job_names();
    all.retain(|path| !jobs.contains(path.rsplit(' ').next().unwrap_or_default()));
    let calls: Vec<String> = MISTAKES.iter().map(|call| behind_settings(call)).collect();
    let has_row = |path: &String| {
        calls.iter().any(|call| call == path || call.starts_with(&format!("{path} ")))
    };
    let without: Vec<&String> = all.iter().filter(|path| !has_row(path)).collect();
    assert!(without.is_empty(), "no mistake is tried of: {without:?}");
}

/// A call without the settings of all commands before it.
fn behind_settings(call: &str) -> String {
    let mut words = call.split(' ').peekable();
    while words.next_if(|word| word.starts_with("--")).is_some() {
        words.next();
    }
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_job_says_what_is_wrong_with_its_day() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,completed_at\ns1,q1,1,2025-03-01T10:00:00Z\n");
    place.must(&["import", "log.csv"]);
    let jobs = job_names();
    assert!(jobs.len() > 20, "{jobs:?}");
    for job in &jobs {
        let run = place.run(&["job", "run", job, "--as-of", "soon"]);
        assert_eq!(fault(&run), None, "{job}: {}", run.stderr);
    }
}

fn school() -> Playground {
    let place = Playground::new();
    let mut log = String::from("student,item,correct,completed_at\n");
    let mut rows = String::from("student_id,week,score,time,event,x\n");
    for i in 0..120_u32 {
        let (student, item, right, day) = (i % 9, i % 7, i * 3 % 2, 1 + i % 15);
        let _ = writeln!(log, "s{student},q{item},{right},2025-03-{day:02}T10:00:00Z");
        let (week, score, time) = (i / 9, f64::from(i * 7 % 11) / 10.0, 1 + i % 13);
        let _ = writeln!(rows, "s{student},{week},{score},{time},{},{}", i % 2, i * 37 % 101);
    }
    for (name, text) in [
        ("log.csv", &*log),
        ("rows.csv", &rows),
        ("empty.csv", ""),
        ("header.csv", "student,item,correct\n"),
        ("words.csv", "a,b\nx,y\n"),
        ("list.json", "[1,2]"),
        ("number.json", "5"),
        ("broken.json", "{\"item_params\":[{"),
        ("other.json", "{\"status\":\"success\"}"),
        ("by-id.json", "{\"item_params\":{\"q1\":3}}"),
        (
            "dates.csv",
            "student_id,week,score\na,1/2/2025,1\na,2/3/2025,2\nb,1/2/2025,1\nb,2/3/2025,2\n",
        ),
        ("typed.json", "{\"item_params\":[{\"item_id\":5,\"params\":{\"a\":\"x\"}}]}"),
        ("broken.toml", "[serve\nbind = 1\n"),
    ] {
        place.write(name, text);
    }
    std::fs::create_dir(place.path("folder")).unwrap();
    place.must(&["import", "log.csv"]);
    place.must(&["job", "run", "compute-daily-kpis"]);
    place
}

/// What is wrong with what is said.
fn fault(run: &Run) -> Option<String> {
    let said = &run.stderr;
    if !matches!(run.code, Some(1 | 2)) {
        return Some(format!("ends with {:?}", run.code));
    }
    if !said.lines().any(|line| line.starts_with("error: ")) {
        return Some("names no error".into());
    }
    if !["hint: ", "--help", "tip: ", "possible values"].iter().any(|next| said.contains(next)) {
        return Some("does not say what to do".into());
    }
    own_word(said).map(|own| format!("says `{own}`"))
}

#[test]
fn every_message_says_what_where_and_what_next() {
    let place = school();
    let (mut told, mut faults) = (String::new(), Vec::new());
    for call in MISTAKES {
        let run = place.run(&words(call).iter().map(String::as_str).collect::<Vec<_>>());
        faults.extend(fault(&run).map(|fault| format!("{call}: {fault}\n{}", run.stderr)));
        // Which column is what, and usage, belong to other tests.
        let errors = run.stderr.lines().skip_while(|line| !line.starts_with("error: "));
        let errors = errors.take_while(|line| !line.starts_with("Usage:"));
        let errors: Vec<&str> = errors.filter(|line| !line.is_empty()).collect();
        let _ = writeln!(told, "$ seedtest {}\n{}\n", call.replace('·', " "), errors.join("\n"));
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), MISTAKES.len(), faults.join("\n"));
    stable().bind(|| insta::assert_snapshot!(told));
}
