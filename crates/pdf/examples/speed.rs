//! How long reports take, and whether memory stays flat: `cargo run --release -p seedtest-pdf --example
//! speed -- [STUDENTS [DIR]]`. Prints the milliseconds of one student as HTML and as PDF, and the seconds of
//! STUDENTS (1 000) in both forms on every core; with DIR the files are written there.
#![allow(clippy::print_stdout, reason = "what it is for")]

#[path = "../../report/tests/sample/mod.rs"]
mod sample;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, thread};

use seedtest_pdf::Printer;
use seedtest_report::{Lang, Renderer, StudentReport};

const REPEATED: usize = 21;

/// A student unlike the others.
fn student(i: usize) -> StudentReport {
    let mut student = sample::student();
    let mut dice = sample::Dice::new(i as u64);
    student.user_id = format!("s{i:04}");
    student.display_name = Some(format!("학생 {i:04}"));
    for week in &mut student.weekly_accuracy {
        week.right = dice.below(week.n + 1);
    }
    for topic in &mut student.topics {
        topic.right = dice.below(topic.n + 1);
    }
    student
}

/// Median milliseconds of some work.
fn milliseconds(
    mut work: impl FnMut(usize) -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::new();
    for i in 0..REPEATED {
        let start = Instant::now();
        work(i)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[REPEATED / 2])
}

/// Resident memory in MB, where the system tells.
fn resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1e3)
}

fn both(
    i: usize,
    renderer: &Renderer,
    printer: &Printer,
    dir: Option<&Path>,
) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let student = student(i);
    let html = renderer.student(&student)?;
    let pdf = printer.print(&renderer.student_sheet(&student)?)?;
    if let Some(dir) = dir {
        fs::write(dir.join(format!("{i}.html")), &html)?;
        fs::write(dir.join(format!("{i}.pdf")), &pdf)?;
    }
    Ok(html.len() + pdf.len())
}

fn batch(students: usize, dir: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let (renderer, printer) = (Renderer::new(Lang::Ko)?, Printer::new()?);
    let threads = thread::available_parallelism()?.get();
    let quarter = students / 4;
    for part in 0..4 {
        let start = Instant::now();
        let first = part * quarter;
        let of_thread = |t: usize| {
            let own = (first + t..first + quarter).step_by(threads);
            own.map(|i| both(i, &renderer, &printer, dir)).sum::<Result<usize, _>>()
        };
        let bytes = thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|t| scope.spawn(move || of_thread(t))).collect();
            running
                .into_iter()
                .map(|t| t.join().map_err(|_| "a thread panicked")?)
                .sum::<Result<usize, _>>()
        });
        let bytes = bytes.map_err(|fault| fault.to_string())?;
        println!(
            "{quarter} students: {:.2} s, {:.0} kB each, {:.0} MB resident",
            start.elapsed().as_secs_f64(),
            bytes as f64 / 1e3 / quarter as f64,
            resident().unwrap_or(f64::NAN),
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let students = env::args().nth(1).map_or(Ok(1000), |given| given.parse())?;
    let dir = env::args_os().nth(2).map(PathBuf::from);
    if let Some(dir) = &dir {
        fs::create_dir_all(dir)?;
    }
    let start = Instant::now();
    let (renderer, printer) = (Renderer::new(Lang::Ko)?, Printer::new()?);
    let pdf = printer.print(&renderer.student_sheet(&student(0))?)?;
    println!(
        "first PDF, with what is made once: {:.1} ms, {} kB",
        start.elapsed().as_secs_f64() * 1e3,
        pdf.len() / 1000
    );
    let html = milliseconds(|i| {
        renderer.student(&student(i))?;
        Ok(())
    })?;
    let pdf = milliseconds(|i| {
        printer.print(&renderer.student_sheet(&student(i))?)?;
        Ok(())
    })?;
    println!("one student: HTML {html:.2} ms, PDF {pdf:.2} ms");
    batch(students, dir.as_deref())
}
