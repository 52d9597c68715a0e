//! Item and person statistics on simulated answers.

use seedtest_irt::{
    DiagnoseSpec, Diagnosis, Flag, ItemParameters, NoSX2, Silent, Spec, diagnose, fit,
};
use seedtest_numerics::Stream;

use crate::simulation::{Simulated, abilities, items};

fn calibrated(data: &Simulated) -> (Vec<Option<ItemParameters>>, Diagnosis) {
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    let mut parameters = vec![None; data.items.len()];
    for item in &found.items {
        parameters[item.item as usize] = Some(ItemParameters::from(item));
    }
    let diagnosis = diagnose(&data.responses(), &parameters, &DiagnoseSpec::default()).unwrap();
    (parameters, diagnosis)
}

fn mean_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[test]
fn data_from_the_model_fit_the_model() {
    let data = Simulated::new(111, abilities(112, 3_000, 0.0, 1.0), items(113, 30), 30);
    let (_, found) = calibrated(&data);
    // Statistics over degrees of freedom: mean 1, standard error √(2/df)/√30 ≈ 0.05.
    let ratios: Vec<f64> = found
        .items
        .iter()
        .map(|i| i.s_x2.unwrap())
        .map(|s| s.statistic / f64::from(s.df))
        .collect();
    assert!((mean_sd(&ratios).0 - 1.0).abs() < 0.2, "{:?}", mean_sd(&ratios));
    assert!(found.items.iter().all(|i| i.s_x2.unwrap().p_adjusted.unwrap() > 0.01));
    // Infit of 3 000 answers has a standard error of about 0.02.
    for item in &found.items {
        assert!((item.mean_squares.unwrap().infit - 1.0).abs() < 0.1);
        assert!(
            item.flags.iter().all(|f| matches!(f, Flag::TooEasy { .. } | Flag::TooHard { .. }))
        );
    }
    let lz: Vec<f64> = found.persons.iter().map(|p| p.lz_star).collect();
    let (mean, sd) = mean_sd(&lz);
    // Standard normal up to the skewness of 30 items (Snijders 2001 finds sd 0.95 to 1.05).
    assert!(mean.abs() < 0.1 && (sd - 1.0).abs() < 0.1, "{mean} {sd}");
    assert!((found.mean_q3.unwrap() + 1.0 / 29.0).abs() < 0.01, "{:?}", found.mean_q3);
    let reliability = found.reliability;
    assert!(
        (reliability.empirical.unwrap() - reliability.marginal).abs() < 0.03,
        "{reliability:?}"
    );
    assert!((reliability.alpha.unwrap() - reliability.omega).abs() < 0.03, "{reliability:?}");
}

#[test]
fn planted_faults_are_found() {
    let mut data = Simulated::new(121, abilities(122, 2_000, 0.0, 1.0), items(123, 25), 25);
    let row = |data: &Simulated, student: u32, item: u32| {
        let rows = (student * 25) as usize..(student as usize + 1) * 25;
        rows.into_iter().find(|&r| data.item[r] == item).unwrap()
    };
    for student in 0..2_000 {
        // Item 3 has the wrong key, item 7 repeats item 6, item 9 is a coin.
        let third = row(&data, student, 3);
        data.correct[third] = 1 - data.correct[third];
        let (sixth, seventh) = (row(&data, student, 6), row(&data, student, 7));
        if Stream::new(124, u64::from(student)).bernoulli(0.7) {
            data.correct[seventh] = data.correct[sixth];
        }
        let ninth = row(&data, student, 9);
        data.correct[ninth] = u8::from(Stream::new(125, u64::from(student)).bernoulli(0.5));
    }
    // Student 0 solves the hard half and fails the easy half.
    let mut order: Vec<usize> = (0..25).collect();
    order.sort_by(|&x, &y| data.items[x].1.total_cmp(&data.items[y].1));
    for (rank, &item) in order.iter().enumerate() {
        let row = row(&data, 0, item as u32);
        data.correct[row] = u8::from(rank >= 12);
    }
    let (parameters, found) = calibrated(&data);
    let has = |item: usize, wanted: fn(&Flag) -> bool| found.items[item].flags.iter().any(wanted);
    assert!(has(3, |f| matches!(f, Flag::NegativeItemRest { .. })));
    assert_eq!(found.items[3].flags.len(), 1);
    assert!(has(9, |f| {
        matches!(f, Flag::LowDiscrimination { .. } | Flag::NegativeDiscrimination { .. })
    }));
    assert!(found.items.iter().flat_map(|i| &i.flags).all(|f| !f.text().is_empty()));
    let pair = found.pairs[0];
    assert_eq!((pair.first, pair.second), (6, 7));
    assert!(pair.q3 > 0.3);
    assert!(found.persons[0].lz_star < -3.0, "{:?}", found.persons[0]);
    assert!(parameters[3].unwrap().a < 0.0);
}

#[test]
fn incomplete_answers_have_no_score_groups() {
    let data = Simulated::new(131, abilities(132, 400, 0.0, 1.0), items(133, 12), 6);
    let (_, found) = calibrated(&data);
    assert_eq!(found.n_complete, 0);
    assert!(found.items.iter().all(|i| i.s_x2_missing == Some(NoSX2::IncompleteAnswers)));
    assert!(found.items.iter().all(|i| i.s_x2.is_none() && i.mean_squares.is_some()));
    assert_eq!(found.reliability.alpha, None);
    assert!(found.mean_q3.is_some());
}
