//! Categories placed on a line by who chose them, without a model.

use seedtest_numerics::square;

use crate::codes::CodedAnswers;
use crate::screening::UNUSED;

/// Rounds of averaging: the first axis is far ahead of the others where a test measures one ability.
const ROUNDS: usize = 25;

/// A place for every code, of mean 0 and variance 1 over students: each category stands at the mean of the
/// students who chose it, and each student at the mean of the chosen categories (the method of reciprocal
/// averages, Horst 1935). The order of the categories is only the start, and the direction in the end.
pub(super) fn places_of_categories(answers: &CodedAnswers<'_>) -> Vec<f64> {
    let book = &answers.book;
    let ranks: Vec<f64> = (0..book.n_codes() as u32)
        .map(|code| {
            let item = book.item_of(code);
            let last = f64::from(book.categories(item) - 1);
            f64::from(code - book.first(item)) / last.max(1.0) - 0.5
        })
        .collect();
    let mut places = ranks.clone();
    let mut students = Vec::new();
    for _ in 0..ROUNDS {
        place_students(answers, &places, &mut students);
        place_categories(answers, &students, &mut places);
    }
    let along: f64 = places.iter().zip(&ranks).map(|(x, rank)| x * rank).sum();
    if along < 0.0 {
        for x in &mut places {
            *x = -*x;
        }
    }
    places
}

fn used(answers: &CodedAnswers<'_>, rows: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    answers.code[rows].iter().filter(|code| **code != UNUSED).map(|code| *code as usize)
}

/// Standardised means of the chosen categories, in the order of the answers; 0 for who has none.
fn place_students(answers: &CodedAnswers<'_>, places: &[f64], students: &mut Vec<f64>) {
    students.clear();
    let (mut begin, mut n, mut sum, mut squares) = (0, 0.0, 0.0, 0.0);
    let mut known = Vec::new();
    for rows in answers.student.chunk_by(|a, b| a == b) {
        let range = begin..begin + rows.len();
        begin = range.end;
        let (count, total) =
            used(answers, range).fold((0.0, 0.0), |(n, s), code| (n + 1.0, s + places[code]));
        let mean = if count > 0.0 { total / count } else { 0.0 };
        known.push(count > 0.0);
        students.push(mean);
        if count > 0.0 {
            n += 1.0;
            sum += mean;
            squares += mean * mean;
        }
    }
    let mean = sum / f64::max(n, 1.0);
    let sd = (squares / f64::max(n, 1.0) - square(mean)).max(f64::MIN_POSITIVE).sqrt();
    for (x, known) in students.iter_mut().zip(known) {
        *x = if known { (*x - mean) / sd } else { 0.0 };
    }
}

fn place_categories(answers: &CodedAnswers<'_>, students: &[f64], places: &mut [f64]) {
    let mut counts = vec![0.0; places.len()];
    places.fill(0.0);
    let mut begin = 0;
    for (rows, student) in answers.student.chunk_by(|a, b| a == b).zip(students) {
        let range = begin..begin + rows.len();
        begin = range.end;
        for code in used(answers, range) {
            places[code] += student;
            counts[code] += 1.0;
        }
    }
    for (place, n) in places.iter_mut().zip(&counts) {
        *place /= f64::max(*n, 1.0);
    }
}
