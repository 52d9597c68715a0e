//! How questions about students are answered: read from the environment once, when the service
//! starts. Settings of jobs play no part.

use crate::churn::ALERT;
use crate::error::Error;
use crate::kpis::kpi_settings::{SESSION_GAP, USE_IRT_THETA, session_gap};
use crate::registry::{Accepts, Kind, Preset, QUESTIONS, Setting, Settings};
use crate::scores::targets::{SCORE_INTERCEPT, SCORE_SLOPE, TARGET, TARGET_SCALE};
use crate::scores::{ScoreScale, Targets};

/// The score scale of forecasts, which have none of their own: abilities, unless it is set.
const FORECAST_SLOPE: Setting =
    Setting::new("forecast-slope", Kind::Number, "Score per unit of ability in forecasts")
        .env(SCORE_SLOPE.env);
const FORECAST_INTERCEPT: Setting =
    Setting::new("forecast-intercept", Kind::Number, "Score at ability 0 in forecasts")
        .env(SCORE_INTERCEPT.env);

/// Ability under which a topic is a gap, where a question names no other.
const GAP_THETA: Setting =
    Setting::new("gap-theta-threshold", Kind::Number, "Ability under which a topic counts as weak")
        .env(&["DECISION_GAP_THETA_THRESHOLD", "GAP_THETA_THRESHOLD"])
        .or(Preset::Number(-0.5));
/// How sure an ability has to be before its topic is called weak.
const GAP_SD: Setting = Setting::new(
    "gap-sd-threshold",
    Kind::Number,
    "Largest standard error of an ability from which a topic counts as weak; unless set, any",
)
.env(&["DECISION_GAP_SD_THRESHOLD"])
.accepting(Accepts::Above(0.0));

/// Everything a question about a student depends on beside stored rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Configuration {
    /// The goal of everybody, and how goals are read.
    pub targets: Targets,
    /// Whether I_t may come from abilities.
    pub use_theta: bool,
    /// Minutes without an answer that end a session, where none is recorded.
    pub session_gap_minutes: u32,
    /// Churn risk in 0..1 from which somebody should look.
    pub alert_threshold: f64,
    /// How forecasts report abilities.
    pub forecast: ScoreScale,
    /// Ability under which a topic counts as weak, where a question names no other.
    pub gap_theta: f64,
    /// Largest standard error of such an ability; `None` = any.
    pub gap_sd: Option<f64>,
}

impl Configuration {
    /// The settings it is read from.
    pub const SETTINGS: &'static [Setting] = &[
        TARGET,
        TARGET_SCALE,
        SCORE_SLOPE,
        SCORE_INTERCEPT,
        USE_IRT_THETA,
        SESSION_GAP,
        ALERT,
        FORECAST_SLOPE,
        FORECAST_INTERCEPT,
        GAP_THETA,
        GAP_SD,
    ];

    /// The settings as they are in force; `environment` looks a variable up, or a value of the configuration
    /// file by its address.
    ///
    /// # Errors
    /// [`Error::BadEnvironment`] for a variable that does not read as what it must be.
    pub fn settings(environment: impl Fn(&str) -> Option<String>) -> Result<Settings, Error> {
        Settings::look_up(QUESTIONS, Self::SETTINGS, |_| None, environment)
    }

    /// Every value of them that does not read as what it must be.
    pub fn faults(environment: impl Fn(&str) -> Option<String>) -> Vec<Error> {
        Settings::unreadable(QUESTIONS, Self::SETTINGS, |_| None, environment)
    }

    /// Reads [`Self::settings`].
    ///
    /// # Errors
    /// The same.
    pub fn read(environment: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let settings = Self::settings(environment)?;
        Ok(Self {
            targets: Targets::read(&settings)?,
            use_theta: settings.switch(USE_IRT_THETA.key),
            session_gap_minutes: session_gap(&settings)?,
            alert_threshold: settings.number(ALERT.key)?,
            forecast: ScoreScale {
                slope: given(&settings, &FORECAST_SLOPE).filter(|&a| a != 0.0).unwrap_or(1.0),
                intercept: given(&settings, &FORECAST_INTERCEPT).unwrap_or(0.0),
            },
            gap_theta: settings.number(GAP_THETA.key)?,
            gap_sd: given(&settings, &GAP_SD),
        })
    }
}

/// A number that nobody has to give.
fn given(settings: &Settings, setting: &Setting) -> Option<f64> {
    settings.text(setting.key)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &str) -> Result<Configuration, Error> {
        Configuration::read(|asked| (asked == name).then(|| value.to_string()))
    }

    #[test]
    fn nothing_set_is_the_defaults_of_the_jobs() {
        let found = read("", "").unwrap();
        assert_eq!((found.targets.target(), found.targets.score().slope), (0.0, 50.0));
        assert_eq!((found.alert_threshold, found.use_theta), (0.7, false));
        assert_eq!(found.forecast, ScoreScale { slope: 1.0, intercept: 0.0 });
    }

    #[test]
    fn a_bad_variable_is_named_with_its_value() {
        for (name, value) in [
            ("METRICS_DEFAULT_TARGET", "high"),
            ("METRICS_TARGET_SCALE", "percent"),
            ("ABILITY_TO_SCORE_A", "x"),
            ("CHURN_ALERT_THRESHOLD", "7"),
            ("DECISION_CHURN_ALERT_THRESHOLD", "much"),
            ("GAP_THETA_THRESHOLD", "low"),
            ("DECISION_GAP_SD_THRESHOLD", "-0.5"),
        ] {
            let error = read(name, value).unwrap_err();
            assert!(matches!(error, Error::BadEnvironment { name: n, .. } if n == name), "{error}");
            assert!(error.to_string().contains(value) && error.hint().is_some(), "{error}");
        }
    }

    #[test]
    fn a_gap_goes_by_either_name_of_its_threshold() {
        let of = |name| read(name, "-1.25").unwrap().gap_theta;
        assert_eq!((of("DECISION_GAP_THETA_THRESHOLD"), of("GAP_THETA_THRESHOLD")), (-1.25, -1.25));
        let found = read("DECISION_GAP_SD_THRESHOLD", "0.5").unwrap();
        assert_eq!((found.gap_theta, found.gap_sd), (-0.5, Some(0.5)));
    }

    #[test]
    fn settings_of_jobs_are_not_read() {
        assert!(read("BRMS_N_CHAINS", "many").is_ok());
    }
}
