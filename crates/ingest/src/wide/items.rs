//! The items among the columns of a table.

use super::Item;
use super::look::Look;
use super::shape::Shape;
use super::stated::Stated;
use crate::key::Key;
use crate::scoring::{self, Scoring, ScoringContext, ScoringVerdict, Tally};

impl Look<'_> {
    /// Numbers in the candidates that stand for "no answer".
    pub(super) fn codes(&self, candidates: &[usize]) -> Vec<f64> {
        let mut tally = Tally::default();
        for &index in candidates {
            self.cells(index).for_each(|cell| tally.see(cell));
        }
        let context = ScoringContext::default();
        match tally.verdict(context) {
            ScoringVerdict::Known { codes, .. } => codes,
            _ => tally.repeated_codes(),
        }
    }

    /// The items among the candidates; `None` where none is one.
    pub(super) fn items(
        &self,
        shapes: &[(usize, Shape)],
        keys: &[Option<Key>],
        stated: &Stated<'_>,
        others: &mut Vec<(String, &'static str)>,
    ) -> Option<Vec<Item>> {
        let of_rows: Vec<&Key> = keys.iter().flatten().collect();
        let keys = if of_rows.is_empty() { self.key.into_iter().collect() } else { of_rows };
        let name = |index: usize| self.headers[index].clone();
        let mut items = Vec::new();
        if !keys.is_empty() {
            for &(column, _) in shapes {
                if keys.iter().any(|key| key.has(&self.headers[column])) {
                    items.push(Item {
                        column,
                        name: name(column),
                        scoring: Scoring::Options,
                        key_column: None,
                    });
                } else {
                    others.push((name(column), "not in the key"));
                }
            }
            return Some(items).filter(|items| !items.is_empty());
        }
        let outcomes = shapes.iter().filter(|(_, s)| matches!(s, Shape::Outcomes { .. })).count();
        let points = shapes.iter().filter(|(_, s)| matches!(s, Shape::Points(_))).count();
        let takes_points = self.options.takes_points || self.options.right_at.is_some();
        let of_cells = shapes.iter().filter(|(_, shape)| *shape == Shape::PointsOf).count();
        if of_cells > 1 {
            return Some(self.scored_cells(shapes, others));
        }
        let has_maxima = shapes.iter().any(|(column, _)| self.maximum(*column, stated).is_some());
        // A gradebook of 0, 0.5 and 1: each question has one point, of which an answer may have a part.
        let has_parts = !has_maxima && shapes.iter().any(|(_, s)| *s == Shape::Points(1.0));
        let has_points = takes_points && points > 0;
        if outcomes == 0 && !(has_maxima || has_parts || has_points) {
            return None;
        }
        // Zeros and ones are points where other cells of the table are.
        let are_points = shapes.iter().any(|(column, _)| {
            let is_more = |cell| scoring::number(cell).is_some_and(|number| number > 1.0);
            self.maximum(*column, stated).is_some() && self.cells(*column).any(is_more)
        });
        let ox = shapes.iter().any(|(_, shape)| *shape == Shape::Outcomes { ox: true });
        let is_numbered = |index: usize| self.headers[index].contains(|c: char| c.is_ascii_digit());
        for &(column, shape) in shapes {
            let scoring = match shape {
                _ if self.is_total(column, shapes) => {
                    others.push((name(column), "the sum of the others"));
                    continue;
                }
                Shape::Outcomes { .. }
                    if are_points && self.maximum(column, stated).is_some_and(|max| max != 1.0) =>
                {
                    Scoring::Points { max: self.maximum(column, stated) }
                }
                // One of zeros and ones may have a part of its point further below.
                Shape::Outcomes { .. } | Shape::Empty if has_parts && self.are_numbers(column) => {
                    Scoring::Points { max: Some(1.0) }
                }
                Shape::Outcomes { .. } | Shape::Empty => Scoring::RightWrong { ox },
                _ if self.maximum(column, stated).is_some() => {
                    Scoring::Points { max: self.maximum(column, stated) }
                }
                Shape::Points(max) if has_parts && max <= 1.0 => Scoring::Points { max: Some(1.0) },
                Shape::Points(max) if takes_points || is_numbered(column) => {
                    Scoring::Points { max: Some(max) }
                }
                Shape::Points(_)
                | Shape::PointsOf
                | Shape::Options
                | Shape::PartMarks
                | Shape::Other => {
                    others.push((name(column), "neither right nor wrong"));
                    continue;
                }
            };
            items.push(Item { column, name: name(column), scoring, key_column: None });
        }
        Some(items).filter(|items| !items.is_empty())
    }

    /// The items of a form that has the points of each question in a column behind its answer.
    fn scored_cells(
        &self,
        shapes: &[(usize, Shape)],
        others: &mut Vec<(String, &'static str)>,
    ) -> Vec<Item> {
        // Where names say which columns are the points of a question, others of that kind are sums.
        let is_marked =
            |column: usize| without_score(&self.headers[column]) != self.headers[column];
        let has_marks =
            shapes.iter().any(|(column, shape)| *shape == Shape::PointsOf && is_marked(*column));
        // Where no column is that of an answer, questions of one point stand beside those of several as right and wrong.
        let is_numbered =
            |column: usize| self.headers[column].contains(|c: char| c.is_ascii_digit());
        let are_numbered =
            shapes.iter().all(|(at, shape)| *shape != Shape::PointsOf || is_numbered(*at));
        let mut items = Vec::new();
        for &(column, shape) in shapes {
            let header = &self.headers[column];
            let scoring = match shape {
                Shape::PointsOf if !has_marks || is_marked(column) => Scoring::Points { max: None },
                Shape::Outcomes { ox } if !has_marks && are_numbered && is_numbered(column) => {
                    Scoring::RightWrong { ox }
                }
                _ => {
                    others.push((header.clone(), "not the points of a question"));
                    continue;
                }
            };
            let name = without_score(header).to_owned();
            items.push(Item { column, name, scoring, key_column: None });
        }
        items
    }

    /// The most points that can be had for an item, where a row or the name of its column says so and its cells are
    /// numbers up to those of their sheet.
    pub(super) fn maximum(&self, column: usize, stated: &Stated<'_>) -> Option<f64> {
        let of_name = points_in_name(&self.headers[column]);
        let most = stated.most_points(column).or(of_name)?;
        let (mut cells, mut fitting) = (0, 0);
        for row in 0..self.sample.n_rows() {
            let cell = self.sample.column(column).cell(row);
            if self.options.missing.is_value(cell) {
                continue;
            }
            let max = stated.points(self.sample.sheet(row), column).or(of_name).unwrap_or(most);
            cells += 1;
            fitting += usize::from(scoring::number(cell).is_some_and(|n| (0.0..=max).contains(&n)));
        }
        (most > 0.0 && cells > 0 && fitting * 20 >= cells * 19).then_some(most)
    }

    /// Whether every cell of a column is a number.
    fn are_numbers(&self, column: usize) -> bool {
        self.cells(column).all(|cell| scoring::number(cell).is_some())
    }

    /// Whether a column is the sum of the outcomes beside it, in nearly every row.
    fn is_total(&self, column: usize, shapes: &[(usize, Shape)]) -> bool {
        const ROWS: usize = 200;
        let summands: Vec<usize> = shapes
            .iter()
            .filter(|(other, _)| *other != column)
            .filter(|(_, shape)| match shape {
                Shape::Outcomes { .. } => true,
                Shape::Points(max) => *max <= 1.0,
                _ => false,
            })
            .map(|(other, _)| *other)
            .collect();
        if summands.len() < 2 {
            return false;
        }
        let mut sums = vec![0.0; self.sample.n_rows().min(ROWS)];
        for index in summands {
            for (sum, cell) in sums.iter_mut().zip(self.sample.column(index).cells()) {
                // A number beside those of a point stands for no answer.
                let part = scoring::number(cell).filter(|number| (0.0..=1.0).contains(number));
                let right = || f64::from(u8::from(scoring::says_number(cell) == Some(true)));
                *sum += part.unwrap_or_else(right);
            }
        }
        let same = |(sum, cell): &(&f64, &str)| scoring::number(cell) == Some(**sum);
        let matching = sums.iter().zip(self.sample.column(column).cells()).filter(same).count();
        let has_large = sums.iter().any(|sum| *sum > 1.0);
        has_large && sums.len() > 2 && matching * 20 >= sums.len() * 19
    }
}

/// The question of a column that a form calls `QUESTION [Score]`.
fn without_score(name: &str) -> &str {
    const ENDS: &[&str] = &["[Score]", "[score]", "[점수]", "[Punkte]", "[Punktzahl]"];
    let end = ENDS.iter().find_map(|end| name.trim_end().strip_suffix(end));
    end.map_or(name, str::trim_end)
}

/// The points that the name of a column says can be had: `Q1 (5점)`, `Q. 1 /2.00`, `Aufgabe 3 [4 P.]`.
pub(super) fn points_in_name(name: &str) -> Option<f64> {
    let at = name.rfind(['(', '[', '/', '（'])?;
    let mark = name[at..].chars().next()?;
    let inside = name[at + mark.len_utf8()..].trim_end_matches([')', ']', '）']).trim();
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let (number, unit) = inside.split_at(end.unwrap_or(inside.len()));
    let counts = scoring::is_unit(unit) || (mark == '/' && unit.is_empty());
    counts.then(|| scoring::number(number)).flatten()
}

#[cfg(test)]
mod tests {
    use super::points_in_name;

    #[test]
    fn points_stand_behind_the_name_of_an_item() {
        for (name, points) in [
            ("Q1 (5점)", Some(5.0)),
            ("Q. 1 /2.00", Some(2.0)),
            ("Aufgabe 3 [4 P.]", Some(4.0)),
            ("1번(2.5점)", Some(2.5)),
            ("Essay (10 points)", Some(10.0)),
            ("Q1", None),
            ("Q1 (2)", None),
            ("3/4", Some(4.0)),
            ("unit 3 (algebra)", None),
            ("", None),
        ] {
            assert_eq!(points_in_name(name), points, "{name}");
        }
    }
}
