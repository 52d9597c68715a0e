//! What is said of the routes.

use schemars::JsonSchema;
use seedtest_wire::{
    ChurnRiskRequest, ChurnRiskResponse, GoalAttainmentRequest, GoalAttainmentResponse,
    ImprovementRequest, ImprovementResponse, NextTopicsRequest, NextTopicsResponse,
    ReportGenerated, ReportRequestJson, TopicThetaRequest, TopicThetaResponse,
};

use crate::error::Code;
use crate::openapi::{BODY, Operation, WORKER};

fn question<Q: JsonSchema, A: JsonSchema>(
    id: &str,
    summary: &'static str,
    examples: &'static str,
) -> Operation {
    let answer = "What is known; a number that is null has a `reason`.";
    Operation::new(id, summary).body::<Q>(examples).answer::<A>(200, answer).refusals(&BODY)
}

pub(super) fn topic_theta() -> Operation {
    question::<TopicThetaRequest<'_>, TopicThetaResponse>(
        "topicTheta",
        "Abilities of a student by topic",
        include_str!("../../requests/topic_theta.json"),
    )
}

pub(super) fn improvement() -> Operation {
    question::<ImprovementRequest<'_>, ImprovementResponse>(
        "improvementIndex",
        "Improvement of a student",
        include_str!("../../requests/improvement_index.json"),
    )
}

pub(super) fn attainment() -> Operation {
    question::<GoalAttainmentRequest<'_>, GoalAttainmentResponse>(
        "goalAttainment",
        "Probability of a student to reach a goal by a day",
        include_str!("../../requests/goal_attainment.json"),
    )
}

pub(super) fn next_topics() -> Operation {
    question::<NextTopicsRequest<'_>, NextTopicsResponse>(
        "nextTopics",
        "Topics worth working on next",
        include_str!("../../requests/next_topics.json"),
    )
}

pub(super) fn churn() -> Operation {
    question::<ChurnRiskRequest<'_>, ChurnRiskResponse>(
        "churnRisk",
        "Risk of a student to fall silent",
        include_str!("../../requests/churn_risk.json"),
    )
}

pub(super) fn report() -> Operation {
    question::<ReportRequestJson<'_>, ReportGenerated>(
        "generateReport",
        "Write the weekly report of a student",
        include_str!("../../requests/generate_report.json"),
    )
    .refusals(&WORKER)
    .refusals(&[Code::NotFound, Code::UnusableData])
}
