//! What the right side of a formula asks for, part by part.

use crate::expression::{Expression, Node};
use crate::formula::Formula;
use crate::function::is_factor;
use crate::terms::Terms;

/// One part of the right side of a formula.
///
/// For models that know only some of what a formula can say: they match on every kind, do it or refuse
/// it, and cannot overlook one. No intercept is no part ([`Formula::has_intercept`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A term that is one column as it stands, or as `factor()` of it: the name of the column.
    Column(String),
    /// Any other fixed term, as it is written: a product, something computed, a basis, `relevel()`.
    Computed(String),
    /// A term that is taken away, as it is written: the `b` of `a - b`.
    TakenAway(String),
    /// `offset(…)`, as it is written.
    Offset(String),
    /// `strata(…)` of one column.
    Strata(String),
    /// `cluster(…)`, as it is written.
    Cluster(String),
    /// Random effects, as lme4 writes their grouping factor.
    Random(String),
    /// The `.` for all other columns ([`Formula::with_columns`] writes it out).
    Dot,
}

impl Formula {
    /// All parts of the right side: fixed terms first, in R's order, then what is special.
    pub fn parts(&self) -> Vec<Part> {
        // Taken apart by name, so that a new kind of term cannot be forgotten here.
        let Self { text: _, response: _, fixed, offsets, random, strata, cluster } = self;
        let Terms { intercept: _, variables: _, products: _, stratified: _, taken_away } = fixed;
        let call = |name: &str, of: &Expression| format!("{name}({of})");
        let mut parts: Vec<Part> = fixed.products.iter().map(|term| of_term(fixed, term)).collect();
        parts.extend(taken_away.iter().cloned().map(Part::TakenAway));
        parts.extend(offsets.iter().map(|of| Part::Offset(call("offset", of))));
        parts.extend(strata.iter().map(|of| Part::Strata(call("strata", of))));
        parts.extend(cluster.iter().map(|of| Part::Cluster(call("cluster", of))));
        parts.extend(random.iter().map(|term| Part::Random(term.group())));
        parts
    }
}

fn of_term(terms: &Terms, term: &[usize]) -> Part {
    let computed = || Part::Computed(terms.label(term));
    let [variable] = term else { return computed() };
    let expression = terms.variables[*variable].inner();
    let column = match &expression.node {
        Node::Call { function, arguments } if is_factor(function) => match arguments.as_slice() {
            [argument] => argument.column(),
            _ => None,
        },
        Node::Name { name, quoted: false } if name == "." => return Part::Dot,
        _ => expression.column(),
    };
    column.map_or_else(computed, |name| Part::Column(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_part_is_said() {
        let parts = |text: &str| Formula::parse(&format!("y ~ {text}")).unwrap().parts();
        let of = |text: &str| text.to_owned();
        assert!(parts("1").is_empty());
        assert_eq!(parts("g"), [Part::Column(of("g"))]);
        assert_eq!(parts("(`the school`)"), [Part::Column(of("the school"))]);
        assert_eq!(parts("factor(g)"), [Part::Column(of("g"))]);
        for computed in ["factor(g > 1)", "I(x)", "log(x)", "a:b", "ns(x, 3)"] {
            let [Part::Computed(_)] = parts(computed)[..] else { panic!("{computed}") };
        }
        assert_eq!(parts("-g"), [Part::TakenAway(of("g"))]);
        assert_eq!(parts("a + b - b"), [Part::Column(of("a")), Part::TakenAway(of("b"))]);
        assert_eq!(parts("a + (b - h:k)")[2], Part::TakenAway(of("h:k")));
        assert_eq!(parts("0 + a - 1"), [Part::Column(of("a"))]);
        assert_eq!(parts("offset(x)"), [Part::Offset(of("offset(x)"))]);
        let strata = [Part::Strata(of("strata(a)")), Part::Strata(of("strata(b)"))];
        assert_eq!(parts("strata(a, b)"), strata);
        assert_eq!(parts("a * strata(b)").len(), 3);
        assert_eq!(parts("cluster(id)"), [Part::Cluster(of("cluster(id)"))]);
        assert_eq!(parts("(1 | g)"), [Part::Random(of("g"))]);
        assert_eq!(parts("."), [Part::Dot]);
    }
}
