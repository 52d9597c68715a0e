//! `/metrics/topic-ability`, `/metrics/topic-abilities`, `/metrics/weak-topics`: abilities by topic.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use seedtest_irt::{ItemParameters, Normal, ScoreMethod, ScoreSpec, score_answers};
use seedtest_pipeline::{Gap, newest_topic_thetas, weak_topics};
use seedtest_wire::questions::{
    AbilityRequest, Answer, StoredAbility, TopicAbilities, TopicAbility, WeakTopicJson, WeakTopics,
};
use serde_json::json;

use super::request::{Params, body, id, instant, invalid};
use crate::error::{ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter};
use crate::routing::{Access, Object, Routes};
use crate::state::{App, Shared};

const USER: Access = Access::signed_in().about(Object::Own);

pub(super) fn routes() -> Routes {
    let one = Operation::new("topicAbility", "Ability in a topic from answers")
        .description("The mode of the posterior; without answers the prior.")
        .body::<AbilityRequest>(include_str!("../../requests/topic_ability.json"))
        .answer::<TopicAbility>(200, "The ability; null where no answer can be used.")
        .refusals(&BODY);
    let all = Operation::new("topicAbilities", "Stored abilities of the caller by topic")
        .parameter(
            Parameter::query(
                "topic_ids",
                "Topics that are wanted; also as `topic_ids[]`. Default: all.",
            )
            .schema(json!({"type": "array", "items": {"type": "string"}}))
            .example(json!(["t1", "t2"])),
        )
        .answer::<TopicAbilities>(200, "The newest ability of each topic.")
        .refusals(&[Code::InvalidParameter, Code::Malformed]);
    let weak = Operation::new("weakTopics", "Topics the caller is weak in")
        .parameter(
            Parameter::query("threshold", "Abilities below it are weak. Default −0.5.")
                .schema(json!({"type": "number"}))
                .example(json!(0.0)),
        )
        .parameter(
            Parameter::query("min_responses", "Fewest answers in a topic. Default 5.")
                .schema(json!({"type": "integer", "minimum": 0}))
                .example(json!(1)),
        )
        .answer::<WeakTopics>(200, "Weakest first.")
        .refusals(&[Code::InvalidParameter, Code::Malformed]);
    Routes::new("Metrics")
        .post("/metrics/topic-ability", USER, topic_ability, one)
        .get("/metrics/topic-abilities", USER, topic_abilities, all)
        .get("/metrics/weak-topics", USER, self::weak, weak)
}

/// `None` for an answer that no model can use.
fn usable(answer: &Answer) -> Option<(ItemParameters, bool)> {
    let a = answer.a.filter(|&a| a > 0.0)?;
    let c = Some(answer.c.unwrap_or(0.0)).filter(|c| (0.0..1.0).contains(c))?;
    Some((ItemParameters { a, b: answer.b?, c }, answer.correct?))
}

/// The mode of the posterior; without answers the prior.
async fn topic_ability(
    State(app): State<Shared>,
    request: Request,
) -> ApiResult<Json<TopicAbility>> {
    let request: AbilityRequest = body(&app, request).await?;
    let topic_id = id(request.topic_id.as_deref(), "topic_id")?;
    let prior =
        Normal { mean: request.prior_mean.unwrap_or(0.0), sd: request.prior_sd.unwrap_or(1.0) };
    if prior.sd <= 0.0 {
        return Err(invalid("prior_sd", "a number above 0"));
    }
    let answers: Vec<_> = request.responses.iter().filter_map(usable).collect();
    let (theta, se, method) = if request.responses.is_empty() {
        (Some(prior.mean), Some(prior.sd), "prior_only")
    } else if answers.is_empty() {
        (None, None, "no_valid_items")
    } else {
        let spec = ScoreSpec { method: ScoreMethod::Map, ..ScoreSpec::default() };
        let score = score_answers(&answers, prior, &spec);
        (score.theta, score.se, "map_estimation")
    };
    Ok(Json(TopicAbility {
        topic_id: topic_id.to_string(),
        theta,
        standard_error: se,
        method,
        skipped: request.responses.len() - answers.len(),
    }))
}

async fn topic_abilities(
    State(app): State<Shared>,
    Extension(user): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<TopicAbilities>> {
    let wanted = [params.all("topic_ids"), params.all("topic_ids[]")].concat();
    let topics = topic_abilities_of(&app, &user.user_id, &wanted).await?;
    Ok(Json(TopicAbilities {
        user_id: user.user_id.clone(),
        total_topics: topics.len(),
        topic_abilities: topics,
    }))
}

/// The newest ability of every topic, or of those that are wanted.
pub(super) async fn topic_abilities_of(
    app: &App,
    user_id: &str,
    wanted: &[&str],
) -> ApiResult<BTreeMap<String, StoredAbility>> {
    let user_id = id(Some(user_id), "user_id")?;
    let newest = newest_topic_thetas(&app.store, app.config.clock, user_id).await;
    let newest = newest?;
    let is_wanted = |topic: &str| wanted.is_empty() || wanted.contains(&topic);
    let rows = newest.into_iter().filter(|(topic, _)| is_wanted(topic)).map(|(topic, row)| {
        let at = instant(row.fitted_at);
        (topic, StoredAbility { theta: row.theta, se: row.se, updated_at: at })
    });
    Ok(rows.collect())
}

async fn weak(
    State(app): State<Shared>,
    Extension(user): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<WeakTopics>> {
    let user_id = id(Some(&user.user_id), "user_id")?;
    let asked: Option<f64> = params.parsed("threshold", "a number")?;
    let threshold = asked.unwrap_or(app.questions.gap_theta);
    if !threshold.is_finite() {
        return Err(invalid("threshold", "a number"));
    }
    let least = params.parsed("min_responses", "a whole number of 0 or more")?.unwrap_or(5);
    let gap = Gap { below: threshold, most_error: app.questions.gap_sd };
    let weak = weak_topics(&app.store, app.config.clock, user_id, gap, least).await;
    let weak = weak?;
    let topics: Vec<WeakTopicJson> = weak
        .into_iter()
        .map(|topic| WeakTopicJson {
            topic_id: topic.topic_id,
            theta: topic.theta,
            se: topic.se,
            response_count: topic.responses,
        })
        .collect();
    Ok(Json(WeakTopics {
        user_id: user_id.to_string(),
        total_weak_topics: topics.len(),
        weak_topics: topics,
        threshold,
    }))
}
