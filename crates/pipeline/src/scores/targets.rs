//! Goals and the scales they are stated on, read once from the settings.

use seedtest_kpi::{
    GoalScale as StatedScale, GoalTarget, Kpi, TargetScale, Theta, goal_probability_normal,
    goal_shortfall_normal, target_theta,
};

use crate::error::Error;
use crate::registry::{Kind, Preset, Setting, Settings};

/// Score per unit of ability on the platform.
const SLOPE: u32 = 50;
/// Score at ability 0 on the platform.
const INTERCEPT: u32 = 100;

pub(crate) const TARGET: Setting =
    Setting::new("target", Kind::Number, "Goal, on the ability or the score scale")
        .env(&["METRICS_DEFAULT_TARGET"])
        .or(Preset::Number(0.0));

/// The scales a goal of weekly scores can have.
pub(crate) const TARGET_SCALE: Setting = scale_among(
    &["theta", "score", "accuracy", "auto"],
    "Scale of the goal; auto: a score when beyond ±6, else an ability",
);

/// The setting of the goal's scale where these scales are possible.
pub(crate) const fn scale_among(scales: &'static [&'static str], help: &'static str) -> Setting {
    Setting::new("target-scale", Kind::Choice(scales), help)
        .env(&["METRICS_TARGET_SCALE"])
        .or(Preset::Text("auto"))
}

pub(crate) const SCORE_SLOPE: Setting =
    Setting::new("score-slope", Kind::Number, "Score per unit of ability")
        .env(&["ABILITY_TO_SCORE_A"])
        .only_env()
        .or(Preset::Count(SLOPE));

pub(crate) const SCORE_INTERCEPT: Setting =
    Setting::new("score-intercept", Kind::Number, "Score at ability 0")
        .env(&["ABILITY_TO_SCORE_B"])
        .only_env()
        .or(Preset::Count(INTERCEPT));

/// How abilities are reported: score = slope · θ + intercept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreScale {
    /// Score per unit of ability, not 0.
    pub slope: f64,
    /// Score at ability 0.
    pub intercept: f64,
}

impl ScoreScale {
    /// The scale of the settings; a slope of 0 maps nothing and counts as not set.
    fn read(settings: &Settings) -> Result<Self, Error> {
        let slope = settings.number(SCORE_SLOPE.key)?;
        let slope = if slope == 0.0 { f64::from(SLOPE) } else { slope };
        Ok(Self { slope, intercept: settings.number(SCORE_INTERCEPT.key)? })
    }

    /// The score of an ability.
    pub(crate) fn score(self, theta: f64) -> f64 {
        self.slope * theta + self.intercept
    }
}

/// On which scale a goal is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoalScale {
    Of(TargetScale),
    /// A share of right answers.
    Accuracy,
}

/// The goal of everybody, and how goals are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targets {
    target: f64,
    scale: GoalScale,
    score: ScoreScale,
}

impl Targets {
    /// Reads goal and scales; settings without a scale of goals take the one that looks.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Error> {
        let scales = [
            ("theta", GoalScale::Of(TargetScale::Theta)),
            ("score", GoalScale::Of(TargetScale::Score)),
            ("accuracy", GoalScale::Accuracy),
            ("auto", GoalScale::Of(TargetScale::Auto)),
        ];
        Ok(Self {
            target: settings.number(TARGET.key)?,
            scale: settings.word(TARGET_SCALE.key, &scales)?,
            score: ScoreScale::read(settings)?,
        })
    }

    /// The goal of everybody as it is stated.
    pub(crate) fn target(&self) -> f64 {
        self.target
    }

    /// The same with its scale.
    pub(crate) fn stated(&self) -> GoalTarget {
        match self.scale {
            GoalScale::Of(scale) => GoalTarget { value: self.target, scale: scale.of(self.target) },
            GoalScale::Accuracy => GoalTarget { value: self.target, scale: StatedScale::Accuracy },
        }
    }

    /// The goal of everybody.
    pub(crate) fn goal(&self) -> Goal {
        self.goal_of(self.target)
    }

    /// A goal stated on the same scale; a share of right answers is no ability, and is looked at like
    /// a goal whose scale nobody chose.
    pub(crate) fn goal_of(&self, target: f64) -> Goal {
        match self.scale {
            GoalScale::Of(scale) => self.on(target, scale),
            GoalScale::Accuracy => self.on(target, TargetScale::Auto),
        }
    }

    /// A goal that is a score.
    pub(crate) fn of_score(&self, score: f64) -> Goal {
        self.on(score, TargetScale::Score)
    }

    /// Whether goals are shares of right answers.
    pub(crate) fn are_accuracies(&self) -> bool {
        self.scale == GoalScale::Accuracy
    }

    /// How abilities are reported.
    pub(crate) fn score(&self) -> ScoreScale {
        self.score
    }

    fn on(&self, target: f64, scale: TargetScale) -> Goal {
        let ScoreScale { slope, intercept } = self.score;
        let stated = GoalTarget { value: target, scale: scale.of(target) };
        Goal { theta: target_theta(target, scale, slope, intercept), stated }
    }
}

/// A goal on the ability scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    theta: f64,
    stated: GoalTarget,
}

impl Goal {
    /// A goal on the ability scale.
    pub(crate) fn of_theta(theta: f64) -> Self {
        Self { theta, stated: GoalTarget { value: theta, scale: StatedScale::Theta } }
    }

    /// The goal as it is stated.
    pub(crate) fn stated(self) -> GoalTarget {
        self.stated
    }

    /// The goal on the ability scale.
    pub(crate) fn theta(self) -> f64 {
        self.theta
    }

    /// Probability that the ability is at or above the goal, by the Normal approximation.
    pub(crate) fn probability(self, theta: Theta) -> Kpi {
        goal_probability_normal(theta, self.theta)
    }

    /// How far the ability is expected to lie below the goal, by the Normal approximation.
    pub(crate) fn shortfall(self, theta: Theta) -> Kpi {
        goal_shortfall_normal(theta, self.theta)
    }
}
