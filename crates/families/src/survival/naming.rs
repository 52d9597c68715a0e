//! Columns that name something.

use seedtest_formula::Formula;
use seedtest_wire::survival_columns;

/// Columns of a table whose cells name something and stay texts, so that `01` and `1` are two students: those with a
/// usual name of students and clusters, the strata of the formula and `named`, unless the formula predicts by them.
pub fn naming_columns(formula: Option<&str>, named: &[&str]) -> Vec<String> {
    let read = formula.and_then(|text| Formula::parse(text).ok());
    let used = read.as_ref().map(Formula::predictor_columns).unwrap_or_default();
    let strata = read.as_ref().map(Formula::strata_columns).unwrap_or_default();
    let usual = survival_columns::STUDENT.iter().chain(survival_columns::CLUSTER);
    let naming = usual.chain(named).map(|name| (*name).to_owned()).chain(strata);
    naming.filter(|name| !used.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predictor_names_nothing() {
        let of = |formula| naming_columns(formula, &["school"]);
        let named = |formula, name: &str| of(formula).iter().any(|known| known == name);
        assert!(named(None, "school") && named(None, "student_id") && named(None, "cluster"));
        let formula = Some("Surv(time, event) ~ school + strata(class)");
        assert!(!named(formula, "school"));
        assert!(named(formula, "class"));
    }
}
