//! Priors as callers write them: `{"a":{"dist":"lognormal","mean":0,"sd":0.5}, …}`.

use seedtest_irt::{GuessingPrior, LogNormal, Normal, Priors};
use serde::Deserialize;

/// Priors of the item parameters; what is absent has none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriorsJson {
    a: Option<PriorJson>,
    b: Option<PriorJson>,
    d: Option<PriorJson>,
    c: Option<PriorJson>,
    logit_c: Option<PriorJson>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "dist", rename_all = "lowercase")]
enum PriorJson {
    #[serde(alias = "lnorm", alias = "log_normal")]
    Lognormal { mean: f64, sd: f64 },
    #[serde(alias = "norm")]
    Normal { mean: f64, sd: f64 },
    Beta {
        #[serde(alias = "shape1")]
        alpha: f64,
        #[serde(alias = "shape2")]
        beta: f64,
    },
}

/// Reads priors on `a` (lognormal), `b` or the intercept `d` (normal), `c` (beta) or `logit_c`
/// (normal).
///
/// # Errors
/// In words, when the text is no such JSON, names an unknown parameter or puts a distribution on a
/// parameter that does not take it. Ranges are checked by the model.
pub fn priors_from_json(text: &str) -> Result<Priors, String> {
    let json: PriorsJson = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if json.c.is_some() && json.logit_c.is_some() {
        return Err("c and logit_c are two names of one prior; give one".into());
    }
    let guessing = match (json.c, json.logit_c) {
        (Some(PriorJson::Beta { alpha, beta }), _) => Some(GuessingPrior::Beta { alpha, beta }),
        (_, Some(PriorJson::Normal { mean, sd })) => Some(GuessingPrior::LogitNormal { mean, sd }),
        (None, None) => None,
        (Some(_), _) => return Err("c takes a beta prior".into()),
        (_, Some(_)) => return Err("logit_c takes a normal prior".into()),
    };
    let slope = match json.a {
        Some(PriorJson::Lognormal { mean, sd }) => Some(LogNormal { mean, sd }),
        None => None,
        Some(_) => return Err("a takes a lognormal prior".into()),
    };
    Ok(Priors { a: slope, b: normal("b", json.b)?, d: normal("d", json.d)?, c: guessing })
}

fn normal(name: &str, prior: Option<PriorJson>) -> Result<Option<Normal>, String> {
    match prior {
        Some(PriorJson::Normal { mean, sd }) => Ok(Some(Normal { mean, sd })),
        None => Ok(None),
        Some(_) => Err(format!("{name} takes a normal prior")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priors_read_as_written() {
        let text = r#"{"a":{"dist":"lognormal","mean":0,"sd":0.5},"d":{"dist":"normal","mean":0,"sd":2},"logit_c":{"dist":"normal","mean":-1.1,"sd":0.5}}"#;
        let priors = priors_from_json(text).unwrap();
        assert_eq!(priors.a, Some(LogNormal { mean: 0.0, sd: 0.5 }));
        assert_eq!(priors.d, Some(Normal { mean: 0.0, sd: 2.0 }));
        assert_eq!(priors.b, None);
        assert_eq!(priors.c, Some(GuessingPrior::LogitNormal { mean: -1.1, sd: 0.5 }));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        for (text, part) in [
            (r#"{"a":{"dist":"normal","mean":0,"sd":1}}"#, "a takes a lognormal"),
            (r#"{"slope":{"dist":"normal","mean":0,"sd":1}}"#, "slope"),
            (
                r#"{"c":{"dist":"beta","alpha":5,"beta":17},"logit_c":{"dist":"normal","mean":0,"sd":1}}"#,
                "one prior",
            ),
            ("weak", "expected"),
        ] {
            let error = priors_from_json(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
