//! Item statistics of LSAT 7 against reference figures.

use seedtest_irt::{
    DiagnoseSpec, Diagnosis, ItemParameters, Model, Responses, diagnose, score_distribution,
    test_information,
};

use crate::lsat7_data::{Lsat7, Optimum, RASCH, THREEPL_PRIOR, TWOPL};

fn diagnosis(model: Model, optimum: &Optimum) -> Diagnosis {
    let items: Vec<Option<ItemParameters>> = (0..5)
        .map(|j| Some(ItemParameters { a: optimum.a[j], b: optimum.b[j], c: optimum.c[j] }))
        .collect();
    let data = Lsat7::new();
    let spec = DiagnoseSpec { model, sd: optimum.sd, ..DiagnoseSpec::default() };
    diagnose(&data.responses(), &items, &spec).unwrap()
}

#[test]
fn item_fit_by_score_groups() {
    // R 4.2.2, mirt 1.45.1: `itemfit(fit, "S_X2")`, first statistics, then degrees of freedom. For
    // the Rasch model mirt counts two parameters an item; we count the one that is estimated.
    let two =
        [4.750_540_087_0, 14.453_452_673_6, 1.272_659_694_6, 5.236_482_449_6, 0.940_941_967_2];
    let three =
        [4.892_386_093_0, 11.837_569_190_7, 1.598_448_987_0, 4.888_113_140_5, 1.718_179_263_3];
    let rasch =
        [5.592_713_105_2, 12.188_550_348_6, 8.588_079_385_1, 8.987_253_787_3, 4.877_295_623_1];
    let cases = [
        (Model::TwoPl, &TWOPL, two, 2),
        (Model::ThreePl, &THREEPL_PRIOR, three, 1),
        (Model::Rasch, &RASCH, rasch, 3),
    ];
    for (model, optimum, expected, df) in cases {
        for (item, expected) in diagnosis(model, optimum).items.iter().zip(expected) {
            let found = item.s_x2.unwrap();
            // mirt's parameters differ by 1e-5 (5e-6 of the Rasch deviation is enough for this).
            assert!((found.statistic - expected).abs() < 1e-3, "{model}: {found:?} {expected}");
            assert_eq!(found.df, df);
            assert!(found.p_adjusted.unwrap() >= found.p.unwrap());
        }
    }
    // pchisq(14.45345, 2, lower = FALSE) for item 2 of the 2PL, and Benjamini–Hochberg over five.
    let second = diagnosis(Model::TwoPl, &TWOPL).items[1].s_x2.unwrap();
    assert!((second.p.unwrap() - 7.268_965_870e-4).abs() < 1e-6);
    assert!((second.p_adjusted.unwrap() - 5.0 * second.p.unwrap()).abs() < 1e-12);
}

#[test]
fn reliabilities() {
    // `fscores(fit, returnER = TRUE)`: 0.4523 and 0.4622; KR-20 from the variances in Python 3.11.
    let two = diagnosis(Model::TwoPl, &TWOPL);
    assert!((two.reliability.empirical.unwrap() - 0.452_304_974_2).abs() < 1e-4);
    let three = diagnosis(Model::ThreePl, &THREEPL_PRIOR);
    assert!((three.reliability.empirical.unwrap() - 0.462_247_483_7).abs() < 1e-4);
    assert!((two.reliability.alpha.unwrap() - KR20).abs() < 1e-9);
    assert_eq!(two.n_complete, 1000);
    // ω counts what unequal loadings do to α, which is a lower bound.
    assert!(two.reliability.omega > two.reliability.alpha.unwrap());
}

/// k/(k − 1)·(1 − Σ var(item)/var(score)) of the LSAT 7 patterns, `statistics.variance`.
const KR20: f64 = 0.453_408_735_387_426_1;

#[test]
fn information_and_score_distribution_are_those_of_the_parameters() {
    let items: Vec<ItemParameters> =
        TWOPL.a.iter().zip(TWOPL.b).map(|(&a, b)| ItemParameters { a, b, c: 0.0 }).collect();
    // For a 2PL: Σ a²PQ.
    let by_hand: f64 = items
        .iter()
        .map(|i| {
            let p = 1.0 / (1.0 + (i.a * (0.4 + i.b)).exp());
            i.a * i.a * p * (1.0 - p)
        })
        .sum();
    assert!((test_information(&items, -0.4) - by_hand).abs() < 1e-12);
    assert!((score_distribution(&items, -0.4).iter().sum::<f64>() - 1.0).abs() < 1e-14);
    let mean: f64 =
        score_distribution(&items, -0.4).iter().zip(0u8..).map(|(p, s)| p * f64::from(s)).sum();
    assert!((mean - items.iter().map(|i| i.probability(-0.4)).sum::<f64>()).abs() < 1e-13);
}

#[test]
fn item_rest_correlations_of_complete_answers() {
    // Five students, three items, by hand: rest of item 0 = (2, 1, 0, 1, 2)/2 against 1 1 0 0 1.
    let outcomes = [[1u8, 1, 1], [1, 1, 0], [0, 0, 0], [0, 0, 1], [1, 1, 1]];
    let correct: Vec<u8> = outcomes.iter().flatten().copied().collect();
    let student: Vec<u32> = (0..5).flat_map(|s| [s; 3]).collect();
    let item: Vec<u32> = [0, 1, 2].repeat(5);
    let data =
        Responses { student: &student, item: &item, correct: &correct, n_students: 5, n_items: 3 };
    let some = Some(ItemParameters { a: 1.0, b: 0.0, c: 0.0 });
    let found = diagnose(&data, &[some; 3], &DiagnoseSpec::default()).unwrap();
    // cov = Σxy/n − x̄ȳ = 5/5 − 0.6·1.2 = 0.28, var = 0.24 and 0.56.
    let expected = 0.28 / (0.24f64 * 0.56).sqrt();
    assert!((found.items[0].classical.item_rest.unwrap() - expected).abs() < 1e-12);
    assert_eq!(found.items[0].classical.p, Some(0.6));
}
