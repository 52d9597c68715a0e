//! Scores of LSAT 7 against reference figures.

use seedtest_irt::{
    ItemParameters, Normal, Prior, ScoreMethod, ScoreSpec, Unbounded, score, score_answers,
    sum_score_table,
};

use crate::large::{Answers, Case, reference};
use crate::lsat7_data::{EAP_TWOPL, ML_TWOPL, PATTERNS, TWOPL};

fn lsat7_items() -> Vec<ItemParameters> {
    TWOPL.a.iter().zip(TWOPL.b).map(|(&a, b)| ItemParameters { a, b, c: 0.0 }).collect()
}

fn pattern_answers(pattern: usize) -> Vec<(ItemParameters, bool)> {
    lsat7_items().into_iter().zip(PATTERNS[pattern].0.map(|y| y == 1)).collect()
}

const STANDARD: Normal = Normal { mean: 0.0, sd: 1.0 };

#[test]
fn expected_a_posteriori() {
    for (pattern, (theta, se)) in EAP_TWOPL.iter().enumerate() {
        let found = score_answers(&pattern_answers(pattern), STANDARD, &ScoreSpec::default());
        // mirt integrates with 121 nodes at parameters 5e-8 away.
        assert!((found.theta.unwrap() - theta).abs() < 1e-6);
        assert!((found.se.unwrap() - se).abs() < 1e-6);
    }
}

#[test]
fn maximum_likelihood() {
    let spec = ScoreSpec { method: ScoreMethod::Ml, ..ScoreSpec::default() };
    for (pattern, theta) in ML_TWOPL.iter().enumerate() {
        let found = score_answers(&pattern_answers(pattern), STANDARD, &spec);
        match pattern {
            0 => assert_eq!(found.unbounded, Some(Unbounded::Below)),
            31 => assert_eq!(found.unbounded, Some(Unbounded::Above)),
            // girth minimises with a tolerance of 1e-5 in the ability.
            _ => assert!((found.theta.unwrap() - theta).abs() < 5e-5, "{pattern}"),
        }
        assert_eq!(found.theta.is_none(), theta.is_nan());
        assert_eq!(found.se.is_none(), theta.is_nan());
    }
}

#[test]
fn maximum_a_posteriori() {
    let check = |case: &Case, data: &Answers| {
        let optimum = &case.optimum;
        let prior = Prior::Same(Normal { mean: optimum.mean, sd: optimum.sd });
        let spec = ScoreSpec { method: ScoreMethod::Map, ..ScoreSpec::default() };
        let found = score(&data.responses(), &optimum.items(), prior, &spec).unwrap();
        let expected = case.map.as_ref().unwrap();
        for (i, (theta, se)) in expected.theta.iter().zip(&expected.se).enumerate() {
            // `fscores(method = "MAP")` with nlm, at parameters up to 3e-3 from the optimum.
            assert!((found.scores[i].theta.unwrap() - theta).abs() < 5e-4, "student {i}");
            assert!((found.scores[i].se.unwrap() - se).abs() < 5e-4, "student {i}");
        }
    };
    let reference = reference();
    check(&reference.dense_3pl_normal, &Answers::dense());
    check(&reference.sparse_2pl, &Answers::sparse());
    check(&reference.link_fixed, &Answers::link());
}

#[test]
fn sum_scores_of_a_rasch_model_say_all_there_is() {
    // Under equal discriminations the score is sufficient: the table is the EAP of any pattern.
    let items: Vec<ItemParameters> =
        TWOPL.b.iter().map(|&b| ItemParameters { a: 1.0, b, c: 0.0 }).collect();
    let table = sum_score_table(&items, STANDARD);
    for (outcomes, _) in PATTERNS {
        let answers: Vec<_> = items.iter().copied().zip(outcomes.map(|y| y == 1)).collect();
        let found = score_answers(&answers, STANDARD, &ScoreSpec::default());
        let line = table[outcomes.iter().sum::<u8>() as usize];
        assert!((line.theta - found.theta.unwrap()).abs() < 1e-12);
        assert!((line.se - found.se.unwrap()).abs() < 1e-12);
    }
    assert!((table.iter().map(|line| line.probability).sum::<f64>() - 1.0).abs() < 1e-12);
}
