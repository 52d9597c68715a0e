#![doc = include_str!("../README.md")]

mod churn;
mod efficiency;
mod engagement;
mod goal;
mod history;
mod improvement;
mod median;
mod missing;
mod recovery;
mod segment;
mod series;
mod sittings;
mod student_week;
mod theta;
mod topic_day;
mod weekly;
mod window;

pub use churn::{
    CHURN_HORIZON_DAYS, CHURN_WINDOW_DAYS, ChurnActivity, churn_activity, churn_heuristic,
};
pub use efficiency::{Efficiency, efficiency};
pub use engagement::{
    Activity, Engagement, EngagementComponents, EngagementWeights, activity, engagement,
    engagement_components,
};
pub use goal::{
    GoalScale, GoalTarget, TargetScale, goal_probability_normal, goal_shortfall_normal,
    target_theta,
};
pub use history::{History, Visit};
pub use improvement::{Improvement, Method, Trend, WindowScore, improvement};
pub use missing::{Kpi, Missing};
pub use recovery::{Recovery, recovery};
pub use segment::{
    FEWEST_SEGMENT_WEEKS, SEGMENT_FEATURES, SegmentActivity, SegmentWeek, segment_features,
    segment_week, whole_ms,
};
pub use series::{
    DayActivity, TopicWeek, daily_activity, topic_accuracy, weekly_accuracy, weekly_topic_accuracy,
};
pub use sittings::SESSION_GAP_MINUTES;
pub use student_week::{
    LOOKBACK_DAYS, Options, StudentWeek, ThetaPair, improvement_as_of, rows_in, student_week,
};
pub use theta::{Theta, combine};
pub use topic_day::{TopicDay, n_topic_days, topic_days};
pub use weekly::{
    Basis, ChurnKpi, FIELDS, Field, FittedAt, FittedGroup, ForecastKpi, GoalKpi, KeyGroup,
    NotFinite, Number, REASONS, SlopeKpi, SlopeUnit, Source, WeeklyKpis, keys_of,
    reasons_with_churn, reasons_with_goal,
};
pub use window::{Window, Windows, as_of, week_end, week_start};
