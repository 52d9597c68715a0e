//! Whether one model is a part of another.

use seedtest_formula::ModelMatrix;

use crate::data::{Data, Group};
use crate::orthonormal::Orthonormal;

/// Share of a column that may be left once another model's columns are taken out: rounding.
const NOTHING_LEFT: f64 = 1e-7;

/// Whether a model of these rows is one of another's with parameters left out: its fixed columns are combinations
/// of the other's, and so are the effects of each of its random terms of those of one term of the same levels.
pub(crate) fn is_nested(part: &Data, whole: &Data) -> bool {
    same_offset(part, whole)
        && spans(&whole.fixed, &part.fixed)
        && part.groups.iter().all(|group| terms(group).all(|term| has_term(whole, group, &term)))
}

fn same_offset(one: &Data, other: &Data) -> bool {
    let at = |data: &Data, row: usize| data.offset.as_ref().map_or(0.0, |offset| offset[row]);
    (0..one.n()).all(|row| at(one, row) == at(other, row))
}

/// Whether a model has a term of the same levels whose effects make up those of this one.
fn has_term(whole: &Data, group: &Group, term: &ModelMatrix) -> bool {
    whole
        .groups
        .iter()
        .filter(|other| same_levels(group, other))
        .any(|other| terms(other).any(|wider| spans(&wider, term)))
}

/// The columns of each term of a grouping factor.
fn terms(group: &Group) -> impl Iterator<Item = ModelMatrix> {
    let k = group.n_effects();
    group.term_ranges().map(move |term| ModelMatrix {
        names: group.effects[term.clone()].to_vec(),
        assign: vec![1; term.len()],
        terms: Vec::new(),
        n_rows: group.codes.len(),
        values: term.flat_map(|a| group.values.iter().skip(a).step_by(k).copied()).collect(),
    })
}

/// Whether two factors group the rows alike, whatever their levels are called.
fn same_levels(one: &Group, other: &Group) -> bool {
    if one.levels.len() != other.levels.len() {
        return false;
    }
    let mut level = vec![None; one.levels.len()];
    let mut pairs = one.codes.iter().zip(&other.codes);
    pairs.all(|(&code, &theirs)| *level[code as usize].get_or_insert(theirs) == theirs)
}

/// Whether every column of `part` is a combination of those of `whole`.
fn spans(whole: &ModelMatrix, part: &ModelMatrix) -> bool {
    let basis = Orthonormal::new(whole, None);
    (0..part.n_columns()).all(|j| {
        let mut left = part.column(j).to_vec();
        let before = length(&left);
        for _ in 0..2 {
            for column in &basis.columns {
                let share: f64 = column.iter().zip(&left).map(|(q, x)| q * x).sum();
                for (x, q) in left.iter_mut().zip(column) {
                    *x -= share * q;
                }
            }
        }
        length(&left) <= NOTHING_LEFT * before
    })
}

fn length(column: &[f64]) -> f64 {
    column.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use seedtest_formula::{Formula, Frame};

    use super::is_nested;
    use crate::Data;

    fn data(formula: &str) -> Data {
        let n = 48;
        let mut frame = Frame::new();
        let number = |f: &dyn Fn(usize) -> usize| (0..n).map(|row| f(row) as f64).collect();
        frame.push_numeric("y", number(&|row| row * 7 % 11)).unwrap();
        frame.push_numeric("x", number(&|row| row % 6)).unwrap();
        frame.push_numeric("z", number(&|row| row * row % 5)).unwrap();
        for (name, every) in [("a", 6), ("b", 12), ("f", 1)] {
            let texts: Vec<String> = (0..n)
                .map(|row| format!("{name}{}", row / every % 8 % if every == 1 { 3 } else { 8 }))
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            frame.push_text(name, &texts).unwrap();
        }
        Data::new(&Formula::parse(formula).unwrap(), &frame, None).unwrap()
    }

    #[test]
    fn a_part_has_terms_that_the_whole_can_make() {
        for (part, whole, expected) in [
            ("y ~ x + (1|a)", "y ~ x + z + (1|a)", true),
            ("y ~ x + (1|a)", "y ~ poly(x, 2) + (x|a)", true),
            ("y ~ I(2*x - 3) + (1|a)", "y ~ x + (1|a)", true),
            ("y ~ x + (x||a)", "y ~ x + (x|a)", true),
            ("y ~ x + (1|a)", "y ~ x + (0 + f|a)", true),
            ("y ~ x + (1|a)", "y ~ x + (1|a) + (1|b)", true),
            ("y ~ z + (1|a)", "y ~ x + f + (1|a)", false),
            ("y ~ x + (x|a)", "y ~ x + (x||a) + (1|b)", false),
            ("y ~ x + (1|b)", "y ~ x + z + (x|a)", false),
            ("y ~ x + offset(z) + (1|a)", "y ~ x + f + (1|a)", false),
        ] {
            assert_eq!(is_nested(&data(part), &data(whole)), expected, "{part} in {whole}");
        }
    }
}
