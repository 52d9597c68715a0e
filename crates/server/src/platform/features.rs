//! `/features/daily`: what students did in a topic on a day.

use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, SubsecRound as _};
use seedtest_store::{FeatureFilter, TopicDayFeatures};
use seedtest_wire::questions::{DailyFeatures, DailyFeaturesRequest};
use serde_json::json;

use super::asker::Asker;
use super::page::{PageSize, after, after_parameter, page};
use crate::error::{ApiResult, Code};
use crate::json;
use crate::openapi::{BODY, Operation, Parameter};
use crate::parts::{Params, invalid};
use crate::questions::request::{date, id, id_of, instant, text};
use crate::routing::{Access, Object, Routes};

const READ: Access = Access::any_of(&["exam:read", "reports:view"]).about(Object::Student);
const WRITE: Access = Access::any_of(&["exam:write"]).about(Object::Student).writing();
const SIZE: PageSize = PageSize { usual: 100, most: 1000 };

pub(super) fn routes() -> Routes {
    let day = |name, description| {
        Parameter::query(name, description).schema(json!({"type": "string", "format": "date"}))
    };
    let list =
        Operation::new("listDailyFeatures", "What a student did, day by day and topic by topic")
            .parameter(
                Parameter::query("user_id", "Student; the caller by default.")
                    .example(json!("amy")),
            )
            .parameter(Parameter::query("topic_id", "Only this topic."))
            .parameter(day("start", "First day."))
            .parameter(day("end", "Last day."))
            .parameter(SIZE.parameter())
            .parameter(after_parameter())
            .answer::<Vec<DailyFeatures>>(200, "By day and topic; `Link` leads to the next page.")
            .refusals(&[Code::InvalidParameter]);
    let put = Operation::new("putDailyFeatures", "Write what a student did in a topic on a day")
        .description(
            "A row of the same student, topic and day is replaced. The nightly job computes the rows of days with \
             answers and replaces them, too.",
        )
        .body::<DailyFeaturesRequest<'_>>(include_str!("../../requests/put_daily_features.json"))
        .answer::<DailyFeatures>(201, "The row as it is stored.")
        .refusals(&BODY);
    Routes::new("Platform").get("/features/daily", READ, self::list, list).post(
        "/features/daily",
        WRITE,
        self::put,
        put,
    )
}

async fn list(asker: Asker, params: Params, uri: Uri) -> ApiResult<Response> {
    let user_id = asker.student(params.text("user_id")).await?;
    let day = |name| params.text(name).map(|text| date(text, name)).transpose();
    let limit = SIZE.read(&params)?;
    let filter = FeatureFilter {
        user_id: &user_id,
        topic_id: params.text("topic_id").map(|text| id(Some(text), "topic_id")).transpose()?,
        first: day("start")?,
        last: day("end")?,
        after: after(&params)?.map(day_and_topic).transpose()?,
        limit: limit + 1,
    };
    let rows = asker.app.store.student_features(filter).await?.into_iter().map(shown).collect();
    Ok(page(&uri, limit, rows, |row: &DailyFeatures| format!("{} {}", row.date, row.topic_id)))
}

/// Where a page begins: a day and a topic.
fn day_and_topic(after: &str) -> ApiResult<(NaiveDate, &str)> {
    let refused = || invalid("after", "what the header Link of the page before says");
    let (day, topic) = after.split_once(' ').ok_or_else(refused)?;
    Ok((day.parse().map_err(|_| refused())?, topic))
}

async fn put(asker: Asker, request: Request) -> ApiResult<Response> {
    let app = &asker.app;
    let text = text(app, request).await?;
    let request: DailyFeaturesRequest<'_> = json::read(&text)?;
    let user_id = asker.student_of_body(request.user_id.as_ref()).await?;
    if request.correct > request.attempts {
        return Err(invalid("correct", "no more than attempts"));
    }
    let now = app.config.clock.now();
    let row = TopicDayFeatures {
        user_id,
        topic_id: id_of(&request.topic_id, "topic_id")?.to_owned(),
        date: date(&request.date.to_string(), "date")?,
        attempts: request.attempts,
        correct: request.correct,
        avg_time_ms: request.avg_time_ms,
        rt_median: request.rt_median,
        hints: request.hints,
        theta_estimate: request.theta_estimate,
        theta_sd: request.theta_sd,
        improvement: request.improvement,
        // As databases keep it.
        last_seen_at: request.last_seen_at.unwrap_or(now).trunc_subsecs(6),
    };
    let mut tx = app.store.begin().await?;
    tx.write_features(std::slice::from_ref(&row), now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown(row))).into_response())
}

fn shown(row: TopicDayFeatures) -> DailyFeatures {
    DailyFeatures {
        user_id: row.user_id,
        topic_id: row.topic_id,
        date: row.date,
        attempts: row.attempts,
        correct: row.correct,
        avg_time_ms: row.avg_time_ms,
        rt_median: row.rt_median,
        hints: row.hints,
        theta_estimate: row.theta_estimate,
        theta_sd: row.theta_sd,
        improvement: row.improvement,
        last_seen_at: instant(row.last_seen_at),
    }
}
