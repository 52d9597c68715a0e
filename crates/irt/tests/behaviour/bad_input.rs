//! Input that is refused, with what the message names.

use seedtest_irt::{
    Anchor, Error, GuessingPrior, Latent, LogNormal, Model, Normal, Priors, Responses, Rule,
    Silent, Spec, fit,
};

const GOOD: Responses<'static> = Responses {
    student: &[0, 0, 1, 1],
    item: &[0, 1, 0, 1],
    correct: &[1, 0, 0, 1],
    n_students: 2,
    n_items: 2,
};

fn refusal(data: &Responses<'_>, spec: &Spec) -> Error {
    let error = fit(data, spec, &mut Silent).unwrap_err();
    let text = error.to_string();
    assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
    assert!(!error.hint().is_empty());
    error
}

#[test]
fn wrong_columns_are_refused_with_the_row() {
    let spec = Spec::default();
    let empty = Responses { student: &[], item: &[], correct: &[], ..GOOD };
    assert_eq!(refusal(&empty, &spec), Error::NoObservations);
    let short = Responses { item: &[0, 1], ..GOOD };
    assert_eq!(refusal(&short, &spec), Error::Lengths { student: 4, item: 2, correct: 4 });
    let value = Responses { correct: &[1, 0, 2, 1], ..GOOD };
    assert_eq!(refusal(&value, &spec), Error::Correctness { row: 2, value: 2 });
    let unsorted = Responses { student: &[0, 1, 0, 1], ..GOOD };
    assert_eq!(refusal(&unsorted, &spec), Error::Unsorted { row: 2, student: 0, previous: 1 });
    let item = Responses { item: &[0, 1, 0, 7], ..GOOD };
    assert_eq!(refusal(&item, &spec), Error::ItemCode { row: 3, item: 7, n_items: 2 });
    let student = Responses { student: &[0, 0, 1, 9], ..GOOD };
    let expected = Error::StudentCode { row: 3, student: 9, n_students: 2 };
    assert_eq!(refusal(&student, &spec), expected);
    let same = Responses { correct: &[1, 1, 1, 1], ..GOOD };
    assert!(matches!(refusal(&same, &spec), Error::NoUsableItem { n_items: 2, .. }));
}

#[test]
fn wrong_specifications_are_refused_with_the_field() {
    let default = Spec::default();
    let nan = f64::NAN;
    let wrong = [
        Spec { max_iter: 0, ..default.clone() },
        Spec { gradient_tolerance: nan, ..default.clone() },
        Spec { relative_tolerance: 0.0, ..default.clone() },
        Spec { latent: Latent::Fixed { mean: 0.0, sd: 0.0 }, ..default.clone() },
        Spec { latent: Latent::Fixed { mean: nan, sd: 1.0 }, ..default.clone() },
        Spec { quadrature: Rule::GaussHermite { points: 1 }, ..default.clone() },
        with_priors(Priors { a: Some(LogNormal { mean: 0.0, sd: -1.0 }), ..Priors::none() }),
        with_priors(Priors { b: Some(Normal { mean: nan, sd: 1.0 }), ..Priors::none() }),
        with_priors(Priors { d: Some(Normal { mean: 0.0, sd: 0.0 }), ..Priors::none() }),
        with_priors(Priors {
            c: Some(GuessingPrior::Beta { alpha: 0.5, beta: 2.0 }),
            ..Priors::none()
        }),
    ];
    for spec in &wrong {
        assert!(matches!(refusal(&GOOD, spec), Error::Spec { .. } | Error::Quadrature(_)));
    }
}

fn with_priors(priors: Priors) -> Spec {
    Spec { priors, ..Spec::default() }
}

#[test]
fn wrong_anchors_are_refused_with_the_item() {
    let good = Anchor { item: 1, a: 1.0, b: 0.0, c: 0.0, fixed: true };
    let refused =
        |anchors: &[Anchor]| refusal(&GOOD, &Spec { anchors: anchors.to_vec(), ..Spec::default() });
    for (anchor, name) in [
        (Anchor { a: 0.0, ..good }, "a"),
        (Anchor { a: f64::NAN, ..good }, "a"),
        (Anchor { b: f64::INFINITY, ..good }, "b"),
        (Anchor { c: 1.0, ..good }, "c"),
        (Anchor { c: f64::NAN, ..good }, "c"),
    ] {
        assert!(
            matches!(refused(&[anchor]), Error::Anchor { item: 1, field, .. } if field == name)
        );
    }
    let nowhere = Anchor { item: 2, ..good };
    assert_eq!(refused(&[nowhere]), Error::AnchorItem { item: 2, n_items: 2 });
    assert_eq!(refused(&[good, good]), Error::DuplicateAnchor { item: 1 });
}

#[test]
fn model_names_are_read_in_any_case() {
    for (text, model) in [
        ("rasch", Model::Rasch),
        ("1pl", Model::OnePl),
        ("2PL", Model::TwoPl),
        (" 3pl ", Model::ThreePl),
    ] {
        assert_eq!(text.parse::<Model>().unwrap(), model);
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&json).unwrap(), model);
        assert_eq!(json, format!("\"{model}\""));
    }
    assert_eq!("4PL".parse::<Model>().unwrap_err().to_string(), "unknown model `4PL`");
}

#[test]
fn a_specification_survives_json() {
    let spec = Spec { priors: Priors::weak().with_guessing(), ..Spec::new(Model::ThreePl) };
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<Spec>(&json).unwrap(), spec);
    assert_eq!(serde_json::from_str::<Spec>("{}").unwrap(), Spec::default());
}

#[test]
fn priors_are_written_with_their_distributions() {
    let text = r#"{"a":{"dist":"lognormal","mean":0,"sd":0.5},"d":{"dist":"normal","mean":0,"sd":2},
                   "logit_c":{"dist":"normal","mean":-1.1,"sd":0.5}}"#;
    let priors: Priors = serde_json::from_str(text).unwrap();
    let expected = Priors {
        a: Some(LogNormal { mean: 0.0, sd: 0.5 }),
        d: Some(Normal { mean: 0.0, sd: 2.0 }),
        c: Some(GuessingPrior::LogitNormal { mean: -1.1, sd: 0.5 }),
        ..Priors::none()
    };
    assert_eq!(priors, expected);
    for priors in [expected, Priors::none(), Priors::weak().with_guessing()] {
        let json = serde_json::to_string(&priors).unwrap();
        assert_eq!(serde_json::from_str::<Priors>(&json).unwrap(), priors, "{json}");
    }
    let beta = r#"{"c":{"dist":"beta","alpha":5,"beta":17}}"#;
    assert_eq!(serde_json::from_str::<Priors>(beta).unwrap(), Priors::none().with_guessing());
    for wrong in [
        r#"{"a":{"dist":"normal","mean":0,"sd":1}}"#,
        r#"{"b":{"mean":0,"sd":1}}"#,
        r#"{"slope":{"dist":"normal","mean":0,"sd":1}}"#,
        r#"{"c":{"dist":"beta","alpha":5,"beta":17},"logit_c":{"dist":"normal","mean":0,"sd":1}}"#,
    ] {
        assert!(serde_json::from_str::<Priors>(wrong).is_err(), "{wrong}");
    }
}
