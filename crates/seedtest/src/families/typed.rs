//! Errors of models in the words of the command line: what requests call fields are flags there.

use seedtest_families::Error;

use crate::failure::Failure;

/// Fields of requests, each with the flag that means the same.
pub(super) type Flags = &'static [(&'static str, &'static str)];

/// Of `fit growth` and `predict growth`.
pub(super) const GROWTH: Flags = &[
    ("chains", "--chains"),
    ("n_chains", "--chains"),
    ("warmup", "--warmup"),
    ("n_warmup", "--warmup"),
    ("draws", "--samples"),
    ("n_samples", "--samples"),
    ("target_accept", "--target-accept"),
    ("target", "--target"),
    ("target_score", "--target"),
    ("horizon_weeks", "--horizon-weeks"),
    ("level", "--credible-interval"),
    ("credible_interval", "--credible-interval"),
    ("max_seconds", "--max-seconds"),
    ("family", "--family"),
    ("formula", "--formula"),
    ("priors", "--priors"),
    ("strict", "--strict"),
    ("mean", "--mean"),
    ("sd", "--sd"),
    ("user_features.current_score", "--current-score"),
    ("user_features.se", "--se"),
    ("user_features.weeks_remaining", "--weeks-remaining"),
];

/// Of the commands of mixed models.
pub(super) const MIXED: Flags = &[
    ("formula", "--formula"),
    ("family", "--family"),
    ("link", "--link"),
    ("reml", "--ml"),
    ("quadrature", "--agq"),
    ("weights", "--weights"),
    ("factors", "--factors"),
    ("strict", "--strict"),
    ("intervals", "--intervals"),
    ("confidence", "--confidence"),
    ("replicates", "--replicates"),
    ("seed", "--seed"),
    ("against", "--against"),
    ("max_iter", "--max-iter"),
    ("type", "--type"),
    ("model", "--model"),
];

/// Of the commands of survival models.
pub(super) const SURVIVAL: Flags = &[
    ("formula", "--formula"),
    ("family", "--family"),
    ("ties", "--ties"),
    ("strata", "--strata"),
    ("cluster", "--cluster"),
    ("weights", "--weights"),
    ("offset", "--offset"),
    ("ridge", "--ridge"),
    ("alpha", "--alpha"),
    ("lambda", "--lambda"),
    ("regularization", "--ridge"),
    ("period_days", "--period"),
    ("horizon_days", "--horizon"),
    ("tau", "--tau"),
    ("confidence", "--confidence"),
    ("time", "--times"),
    ("times", "--times"),
];

/// What is said of an error to somebody who typed flags.
pub(super) fn typed(error: Error, flags: Flags) -> Failure {
    match error {
        Error::NothingToPredict => Failure::usage(
            "nothing says what to predict",
            "give --mean and --sd, or --current-score, or --model FILE with --data FILE",
        ),
        Error::NoTarget => Failure::usage(
            "there is no score to reach",
            "give it as --target X, or a fit as --model that has one",
        ),
        Error::NoTrend => Failure::usage(
            "nothing says how the score changes in a week",
            "give --trend X, or --weeks-remaining 0 for the score now",
        ),
        Error::NoStoredModel { .. } => Failure::new(
            "there is no fit to predict from",
            Some(
                "give --model FILE, the JSON of `seedtest fit growth --keep-model --json FILE`, or --mean \
                 and --sd"
                    .into(),
            ),
        ),
        other => other.with_names(flags).into(),
    }
}
