//! Reports published to a bucket that checks signatures, sent by mail, and customised.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use seedtest_testkit::{S3Server, SmtpOptions, SmtpServer};

use crate::playground::{Playground, Run};

const BUCKET: &str = "seedtest-reports";
const SECRET: &str = "only-the-bucket-knows";
const SINGLE: &str = "generate-weekly-report";
const BATCH: &str = "generate-weekly-report-batch";

/// A demo of 40 students over 5 weeks, its last week, and how many have KPIs in it.
struct School {
    place: Playground,
    week: String,
    students: usize,
}

impl School {
    fn new() -> Self {
        let place = Playground::new();
        place.must(&["demo", "--students", "40", "--weeks", "5", "--lang", "en"]);
        let made =
            place.must(&["report", "--all", "--out", "all", "--data-dir", "seedtest-demo"]).stdout;
        let words: Vec<&str> = made.lines().next().unwrap().split(' ').collect();
        let (students, week) = (words[0].parse().unwrap(), words[words.len() - 1].to_owned());
        Self { place, week, students }
    }

    fn job(&self, name: &str, environment: &[(&str, &str)], flags: &[&str]) -> Run {
        let week = ["--week", &self.week];
        let data = ["--data-dir", "seedtest-demo"];
        let arguments = [&["job", "run", name][..], flags, &week, &data].concat();
        self.place.run_with(environment, &arguments)
    }

    fn root(&self) -> PathBuf {
        self.place.path("s3")
    }

    fn server(&self) -> S3Server {
        S3Server::start(&self.root(), BUCKET, "AKTEST", SECRET).unwrap()
    }

    /// The reports in the bucket, by student.
    fn published(&self) -> BTreeMap<String, String> {
        let reports = self.root().join(BUCKET).join("reports");
        let mut found = BTreeMap::new();
        for student in fs::read_dir(reports).into_iter().flatten() {
            let student = student.unwrap();
            let page = student.path().join(&self.week).join("report.html");
            let name = student.file_name().into_string().unwrap();
            found.insert(name, fs::read_to_string(page).unwrap());
        }
        found
    }
}

/// What a job is told of a server.
fn told(server: &S3Server) -> [(&'static str, String); 4] {
    [
        ("S3_BUCKET", BUCKET.into()),
        ("S3_ENDPOINT_URL", server.endpoint()),
        ("AWS_ACCESS_KEY_ID", "AKTEST".into()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
    ]
}

fn as_variables<'a>(told: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    told.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn every_student_gets_a_report_and_a_rerun_puts_nothing() {
    let school = School::new();
    let server = school.server();
    let told = told(&server);
    let environment = as_variables(&told);
    let n = school.students;
    let run = school.job(SINGLE, &environment, &["--lang", "en"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let week = &school.week;
    for line in [
        format!("[INFO] Generating reports for {n} users; week={week}, format=html, dry_run=false"),
        format!("[INFO] Summary: processed={n}, failed=0, week={week}"),
    ] {
        assert!(run.stdout.contains(&line), "{line} in {}", run.stdout);
    }
    assert!(!run.transcript().contains(SECRET));
    assert_eq!(server.puts(), n);
    let published = school.published();
    assert_eq!(published.len(), n);
    assert!(published["student-0001"].contains("student-0001"));

    let again = school.job(SINGLE, &environment, &["--lang", "en"]);
    assert_eq!(again.code, Some(0), "{}", again.transcript());
    assert!(again.stdout.contains(&format!("processed={n}, failed=0")), "{}", again.stdout);
    assert_eq!(server.puts(), n, "what is there is not put again");
    // Another language is another content; force puts in any case.
    let one = ["--user", "student-0001"];
    let korean = school.job(SINGLE, &environment, &one);
    let url = format!("{}/{BUCKET}/reports/student-0001/{week}/report.html", server.endpoint());
    assert!(
        korean.stdout.contains(&format!("[SUCCESS] Report generated: {url}")),
        "{}",
        korean.stdout
    );
    assert_eq!(server.puts(), n + 1);
    school.job(SINGLE, &environment, &[&one[..], &["--force"]].concat());
    assert_eq!(server.puts(), n + 2);
    let dry = school.job(SINGLE, &[], &["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}", dry.transcript());
    assert!(dry.stdout.contains(&format!("[DRY_RUN] Would publish the reports of {n} users")));
    assert_eq!(server.puts(), n + 2);
}

#[test]
fn a_bucket_that_dies_in_the_middle_of_a_batch_costs_no_report() {
    let school = School::new();
    let mut server = school.server();
    let told = told(&server);
    let environment = as_variables(&told);
    let flags = ["--format", "html", "--parallel", "3"];
    let half = school.students / 2;
    server.live_for(half).unwrap();
    let dead = school.job(BATCH, &environment, &flags);
    assert_eq!(dead.code, Some(1), "{}", dead.transcript());
    assert_eq!(server.puts(), half);
    assert!(
        dead.stdout.contains("S3 upload failed: s3://seedtest-reports did not take"),
        "{}",
        dead.stdout
    );
    assert!(dead.stdout.contains("given up:"), "{}", dead.stdout);
    assert!(dead.stdout.contains("[PROGRESS] 10/"), "{}", dead.stdout);
    assert!(!dead.transcript().contains(SECRET));
    // What was put and answered is entered; the last one was put and not answered.
    let entered = processed(&dead.stdout);
    assert!((half - 3..half).contains(&entered), "{entered} of {half}");

    server.live_for(usize::MAX).unwrap();
    let again = school.job(BATCH, &environment, &flags);
    assert_eq!(again.code, Some(0), "{}", again.transcript());
    let n = school.students;
    let rest = n - entered;
    let line = format!("Batch complete: processed={rest}, failed=0, skipped={entered}, total={n}");
    assert!(again.stdout.contains(&line), "{line} in {}", again.stdout);
    assert_eq!(server.puts(), half + rest, "only what was not entered is put");
    assert_eq!(school.published().len(), n);
    // Nothing is left, and that is well.
    let third = school.job(BATCH, &environment, &flags);
    assert_eq!((third.code, server.puts()), (Some(0), half + rest), "{}", third.transcript());
    assert!(third.stdout.contains(&format!("processed=0, failed=0, skipped={n}, total={n}")));
}

/// `processed=N` of a batch.
fn processed(text: &str) -> usize {
    let (_, rest) = text.split_once("Batch complete: processed=").unwrap();
    rest.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn a_wrong_secret_ends_a_batch_at_once() {
    let school = School::new();
    let server = school.server();
    let mut told = told(&server);
    told[3].1 = "a-wrong-secret".into();
    let run = school.job(BATCH, &as_variables(&told), &["--format", "html", "--parallel", "1"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stdout.contains("SignatureDoesNotMatch"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("Report generation failed").count(), 1, "{}", run.stdout);
    assert!(!run.transcript().contains("a-wrong-secret"));
    assert_eq!(server.puts(), 0);
}

#[test]
fn a_cohort_a_limit_and_students_without_kpis_are_counted() {
    let school = School::new();
    let server = school.server();
    let told = told(&server);
    let environment = as_variables(&told);
    let class = ["--format", "html", "--cohort", "classroom_id = 'class-01'"];
    let run = school.job(BATCH, &environment, &class);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let in_class = server.puts();
    assert!(in_class > 0 && in_class < school.students, "{in_class}");
    let bad = school.job(BATCH, &environment, &["--cohort", "1=1 OR org_id=1"]);
    assert_eq!(bad.code, Some(2), "{}", bad.transcript());
    let nobody = school.job(BATCH, &environment, &["--format", "html", "--cohort", "org_id=999"]);
    assert_eq!(nobody.code, Some(1), "{}", nobody.transcript());
    let few = school.job(SINGLE, &environment, &["--max-users", "3"]);
    assert!(few.stdout.contains("raise --max-users"), "{}", few.stdout);
    assert!(few.stdout.contains("processed=3, failed=0"), "{}", few.stdout);
    let unknown = school.job(SINGLE, &environment, &["--user", "nobody"]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.transcript());
    let line = format!("[WARN] No KPIs found for user=nobody week={}", school.week);
    assert!(unknown.stdout.contains(&line), "{}", unknown.stdout);
}

#[test]
fn without_a_place_it_says_what_to_set() {
    let school = School::new();
    let run = school.job(SINGLE, &[], &[]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(
        run.stdout.contains("[ERROR] S3_BUCKET environment variable required"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("--to s3://BUCKET"), "{}", run.stderr);
    let key = [("S3_BUCKET", BUCKET), ("AWS_ACCESS_KEY_ID", "AK")];
    let half = school.job(SINGLE, &key, &[]);
    assert_eq!(half.code, Some(2), "{}", half.transcript());
    assert!(half.stderr.contains("AWS_SECRET_ACCESS_KEY is not"), "{}", half.stderr);
}

#[test]
fn months_and_directories() {
    let school = School::new();
    let to = ["--to", "out", "--period", "monthly", "--lang", "en"];
    let run = school.job(SINGLE, &[], &to);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let month: Vec<_> = fs::read_dir(school.place.path("out/student-0001")).unwrap().collect();
    assert_eq!(month.len(), 1);
    let month = month.into_iter().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert_eq!(month.len(), 7, "{month}");
    let page = school.place.read(&format!("out/student-0001/{month}/report.html"));
    assert!(page.contains("Monthly report") && page.contains("(weeks from "), "{page:.2000}");
    let report = ["report", "--all", "--period", "monthly", "--out", "m", "--lang", "en"];
    school.place.must(&[&report[..], &["--data-dir", "seedtest-demo"]].concat());
    assert!(
        school.place.exists("m/student-student-0001.html") && !school.place.exists("m/index.html")
    );
}

const RECIPIENTS: &str = "student_id,address,lang,opted_in_at\n\
    student-0001,parent@home.kr,ko,2025-01-01\n\
    student-0001,other@home.kr,en,2025-01-01\n\
    student-0002,lost@home.kr,ko,2025-01-01\n\
    student-0003,nobody@home.kr,ko,2025-01-01\n\
    student-0004,silent@home.kr,ko,\n";

fn recipients(school: &School, arguments: &[&str]) -> Run {
    let data = ["--data-dir", "seedtest-demo"];
    school.place.run(&[&["recipients"][..], arguments, &data].concat())
}

fn letter(content: &[u8]) -> mail_parser::Message<'_> {
    mail_parser::MessageParser::default().parse(content).unwrap()
}

#[test]
fn who_agreed_gets_each_letter_once() {
    let school = School::new();
    let s3 = school.server();
    let told = told(&s3);
    let mut environment = as_variables(&told);
    school.job(SINGLE, &environment, &["--lang", "ko"]);
    school.place.write("recipients.csv", RECIPIENTS);
    let imported = recipients(&school, &["import", "recipients.csv"]);
    assert!(
        imported.stdout.contains("5 recipients, 4 agreed; 5 new or changed"),
        "{}",
        imported.transcript()
    );
    let server = SmtpServer::start(&SmtpOptions {
        refused: vec!["nobody@home.kr".into()],
        breaks_on: vec!["lost@home.kr".into()],
        ..SmtpOptions::default()
    })
    .unwrap();
    let port = server.port.to_string();
    environment.extend([
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", &port),
        ("SMTP_SECURITY", "none"),
        ("MAIL_FROM", "한빛중학교 <reports@school.kr>"),
    ]);
    let mail = |flags: &[&str]| school.job("mail-weekly-report", &environment, flags);
    let first = mail(&[]);
    assert_eq!(first.code, Some(1), "{}", first.transcript());
    let line = "Summary: sent=2, sent_before=0, without_report=0, unknown=1, failed=1";
    assert!(first.stdout.contains(line), "{}", first.stdout);
    let mut letters = server.letters();
    letters.sort_by(|a, b| a.to.cmp(&b.to));
    let to: Vec<&str> = letters.iter().map(|letter| letter.to[0].as_str()).collect();
    assert_eq!(to, ["lost@home.kr", "other@home.kr", "parent@home.kr"]);
    let (english, korean) = (letter(&letters[1].content), letter(&letters[2].content));
    let link =
        format!("{}/{BUCKET}/reports/student-0001/{}/report.html", s3.endpoint(), school.week);
    for message in [&english, &korean] {
        assert!(message.body_text(0).unwrap().contains(&link));
        let page = message.body_html(0).unwrap();
        assert!(page.contains(&link.replace('/', "&#x2f;")), "{page}");
    }
    // The roster of the demo has names.
    assert!(
        english.subject().unwrap().ends_with(')')
            || english.subject().unwrap().contains("weekly report")
    );
    assert!(
        korean.subject().unwrap().starts_with("Amy Adams 학생 주간 학습 리포트"),
        "{:?}",
        korean.subject()
    );
    assert_ne!(english.message_id(), korean.message_id());

    // Nothing goes out twice; what was refused is tried again, what may have been taken is not.
    let again = mail(&[]);
    assert_eq!(again.code, Some(1), "{}", again.transcript());
    let line = "Summary: sent=0, sent_before=2, without_report=0, unknown=1, failed=1";
    assert!(again.stdout.contains(line), "{}", again.stdout);
    assert!(again.stdout.contains("--resend-unknown sends it again"), "{}", again.stdout);
    assert!(server.letters().is_empty());
    let resent = mail(&["--resend-unknown", "--user", "student-0002"]);
    assert!(resent.stdout.contains("unknown=1"), "{}", resent.stdout);
    assert_eq!(server.letters().len(), 1);

    // Who left gets nothing, by address or by the token of the letter.
    let listed = recipients(&school, &["list"]).stdout;
    assert!(
        listed.lines().any(|line| line.contains("silent@home.kr") && line.ends_with("no")),
        "{listed}"
    );
    assert_eq!(recipients(&school, &["opt-out", "PARENT@home.kr"]).code, Some(0));
    let raw = String::from_utf8_lossy(&letters[1].content).into_owned();
    let token = raw.split("unsubscribe%20").nth(1).unwrap()[..32].to_owned();
    assert_eq!(recipients(&school, &["opt-out", "--token", &token]).code, Some(0));
    assert_eq!(recipients(&school, &["opt-out", "--token", "none"]).code, Some(1));
    let listed = recipients(&school, &["list"]).stdout;
    assert_eq!(listed.lines().filter(|line| line.ends_with("yes")).count(), 2, "{listed}");
}

#[test]
fn letters_name_the_page_of_the_service_for_one_click() {
    let school = School::new();
    school.place.write("recipients.csv", RECIPIENTS);
    recipients(&school, &["import", "recipients.csv"]);
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let port = server.port.to_string();
    let environment = [
        ("REPORT_OUTPUT_DIR", "out"),
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", &port),
        ("SMTP_SECURITY", "none"),
        ("MAIL_FROM", "reports@school.kr"),
        ("MAIL_SERVICE_URL", "https://seedtest.school.kr"),
    ];
    school.job(SINGLE, &environment, &["--lang", "ko"]);
    let only = ["--user", "student-0003", "--content", "attachment"];
    let sent = school.job("mail-weekly-report", &environment, &only);
    assert_eq!(sent.code, Some(0), "{}", sent.transcript());
    let taken = server.next_letter().unwrap();
    let message = letter(&taken.content);
    let header = |name: &str| {
        let raw = message.header_raw(name).unwrap();
        raw.split_whitespace().collect::<Vec<_>>().concat()
    };
    let address = header("List-Unsubscribe");
    let start = "<https://seedtest.school.kr/unsubscribe?token=";
    let token = address.strip_prefix(start).unwrap()[..32].to_owned();
    assert!(address.contains("&lang=ko>,<mailto:reports@school.kr?subject="), "{address}");
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(message.body_text(0).unwrap().contains(&token));
    assert_eq!(recipients(&school, &["opt-out", "--token", &token]).code, Some(0));
}

#[test]
fn a_letter_can_bring_the_report_itself() {
    let school = School::new();
    school.place.write("recipients.csv", RECIPIENTS);
    recipients(&school, &["import", "recipients.csv"]);
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let port = server.port.to_string();
    let environment = [
        ("REPORT_OUTPUT_DIR", "out"),
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", &port),
        ("SMTP_SECURITY", "none"),
        ("MAIL_FROM", "reports@school.kr"),
    ];
    let mail = |flags: &[&str]| school.job("mail-weekly-report", &environment, flags);
    let early = mail(&[]);
    assert!(early.stdout.contains("without_report=4"), "{}", early.transcript());
    school.job(SINGLE, &environment, &["--lang", "ko"]);
    let link = mail(&["--user", "student-0001"]);
    assert_eq!(link.code, Some(1), "{}", link.transcript());
    assert!(link.stdout.contains("opens on this machine only"), "{}", link.stdout);
    let sent = mail(&["--user", "student-0001", "--content", "attachment"]);
    assert_eq!(sent.code, Some(0), "{}", sent.transcript());
    let letters = server.letters();
    assert_eq!(letters.len(), 2);
    let message = letter(&letters[0].content);
    let file = message.attachment(0).unwrap();
    let page = school.place.read(&format!("out/student-0001/{}/report.html", school.week));
    assert_eq!(
        file.text_contents().unwrap().trim(),
        page.replace('\n', "\r\n").trim().replace("\r\n", "\n")
    );
    // A file that is not the one that was published is not sent.
    school.place.write(&format!("out/student-0002/{}/report.html", school.week), "changed");
    let changed = mail(&["--user", "student-0002", "--content", "attachment"]);
    assert_eq!(changed.code, Some(1), "{}", changed.transcript());
    assert!(changed.stdout.contains("has another student-0002/"), "{}", changed.stdout);
    assert!(server.letters().is_empty());
}

#[test]
fn an_erasure_reaches_the_bucket() {
    let school = School::new();
    let server = school.server();
    let told = told(&server);
    let environment = as_variables(&told);
    school.job(SINGLE, &environment, &["--user", "student-0001"]);
    school.job(SINGLE, &environment, &["--user", "student-0002"]);
    assert_eq!(school.published().len(), 2);
    let erase = |environment: &[(&str, &str)], id: &str| {
        let data = ["--data-dir", "seedtest-demo"];
        school.place.run_with(environment, &[&["student", "erase", id][..], &data].concat())
    };
    let gone = erase(&environment, "student-0001");
    assert_eq!(gone.code, Some(0), "{}", gone.transcript());
    assert!(gone.stdout.contains("\"removed\": 1"), "{}", gone.stdout);
    assert!(
        !Path::new(&school.root())
            .join(BUCKET)
            .join("reports/student-0001")
            .join(&school.week)
            .join("report.html")
            .exists()
    );
    // Without the bucket at hand the receipt says what is left.
    let left = erase(&[], "student-0002");
    assert_eq!(left.code, Some(0), "{}", left.transcript());
    assert!(
        left.stdout.contains("objects_left") && left.stdout.contains("reports/student-0002/"),
        "{}",
        left.stdout
    );
}

#[test]
fn a_school_puts_its_own_in() {
    let school = School::new();
    let logo = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='3'/></svg>";
    school.place.write("logo.svg", logo);
    school.place.write(
        "school.toml",
        "school = '한빛중학교'\nlogo = 'logo.svg'\n[colours]\naccent = '#7a1fa2'\n\
         [sections]\nhidden = ['churn']\norder = ['goals']\n[texts.en]\n'section.well' = 'Bravo'\n",
    );
    let report = ["report", "--student", "student-0001", "--lang", "en", "--out", "own"];
    let with =
        [&report[..], &["--customise", "school.toml", "--data-dir", "seedtest-demo"]].concat();
    school.place.must(&with);
    let page = school.place.read("own/student-student-0001.html");
    for part in ["한빛중학교", "data:image/svg+xml;base64,", "#7a1fa2", "<h2>Bravo</h2>"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("id=\"churn\""));
    let place_of = |id: &str| page.find(&format!("id=\"{id}\"")).unwrap();
    assert!(place_of("goals") < place_of("bytopic"), "the order is the school's");
    school.place.write("school.toml", "[colours]\naccent = '#dddddd'\n");
    let refused = school.place.run(&with);
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    assert!(refused.stderr.contains("1.3") && refused.stderr.contains("4.5"), "{}", refused.stderr);
    school.place.write("school.toml", "[colors]\naccent = '#7a1fa2'\n");
    let refused = school.place.run(&with);
    assert!(refused.stderr.contains("did you mean \"colours\"?"), "{}", refused.stderr);
}
