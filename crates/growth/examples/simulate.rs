//! Simulated schools on several scales: coverage of every parameter's interval, and whether P is what
//! happens. Prints Markdown for `docs/validation.md`; seeds are fixed.

#![allow(clippy::print_stdout, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods)] // what is compared with results, not a result

#[path = "../tests/schools/mod.rs"]
mod schools;

use schools::{SCALES, Tally, tally};

/// Schools of each row.
const SCHOOLS: u64 = 40;

/// All calendars of all scales with the argument `full`, else of every scale the weeks from 40.
fn is_part(place: usize) -> bool {
    place == 1 || std::env::args().any(|argument| argument == "full")
}

fn main() {
    println!("## Growth\n");
    println!(
        "{SCHOOLS} simulated schools a row (8 to 79 students, 5 to 15 weeks, up to half of the scores \
         missing), the same schools on every scale, default priors, 4 × (1 000 + 1 000) draws. \
         Coverage: of how many schools the 95 % interval holds the truth.\n"
    );
    let rows: Vec<(String, Tally)> = SCALES
        .iter()
        .flat_map(|scale| scale.calendars().into_iter().enumerate())
        .filter_map(|(place, calendar)| is_part(place).then_some(calendar))
        .map(|calendar| (calendar.name(), tally(&calendar, 0..SCHOOLS)))
        .collect();
    coverage(&rows);
    probabilities(&rows);
}

fn coverage(rows: &[(String, Tally)]) {
    let names: Vec<&str> = rows[0].1.coverage.iter().map(|(name, _)| *name).collect();
    println!("| scores, weeks | {} |", names.join(" | "));
    println!("|---|{}", "--:|".repeat(names.len()));
    for (name, tally) in rows {
        let cells: Vec<String> = tally.coverage.iter().map(|(_, n)| n.to_string()).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
    println!();
}

fn probabilities(rows: &[(String, Tally)]) {
    println!(
        "P three weeks after the last score, for students who were seen and for a new one. Brier score \
         of P beside that of whoever knows the population (and predicts the student from it and the \
         scores) and of whoever knows the student's line; mean P beside the share who reach the \
         target; `inside`: share of students whose true probability lies in the 95 % interval of P.\n"
    );
    println!(
        "| scores, weeks | Brier | population known | line known | mean P | reached | inside | Brier, \
         new | population known | not converged | divergence advice |"
    );
    println!("|---|{}", "--:|".repeat(10));
    for (name, t) in rows {
        println!(
            "| {name} | {:.4} | {:.4} | {:.4} | {:.3} | {:.3} | {:.1} % | {:.4} | {:.4} | {} | {} |",
            t.brier.ours,
            t.brier.population_known,
            t.brier.line_known,
            t.mean_p,
            t.mean_truth,
            100.0 * t.inside,
            t.new_brier.ours,
            t.new_brier.population_known,
            t.not_converged,
            t.divergence_advice
        );
    }
    println!();
}
