//! The chance to reach a score.

use seedtest_server::Config;
use serde_json::json;

use super::theta::store_overall;
use super::{BACKENDS, Platform};
use crate::service::json as read;

#[tokio::test]
async fn a_goal_is_put_on_the_ability_scale() {
    for backend in BACKENDS {
        let scale = [("ABILITY_TO_SCORE_A", "50"), ("ABILITY_TO_SCORE_B", "100")];
        let scale = scale.map(|(name, value)| (name.to_string(), value.to_string()));
        let scaled = |config: Config| Config { environment: scale.into_iter().collect(), ..config };
        let platform = Platform::with(backend, scaled).await;
        let store = &platform.service.store;
        store_overall(store, "amy", 9.0, "2025-03-01T00:00:00Z").await;
        store_overall(store, "amy", 0.25, "2025-03-06T00:00:00Z").await;
        let path = "/forecast/student?user_id=amy&target=125";
        let (status, body) = read(platform.service.get(path).await).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!((&body["theta"], &body["se"]), (&json!(0.25), &json!(0.25)));
        assert_eq!((&body["target_theta"], &body["horizon"]), (&json!(0.5), &json!(5)));
        // 1 − Φ(1), R: pnorm(1, lower.tail = FALSE).
        let probability = body["forecast"]["probability"].as_f64().unwrap();
        assert!((probability - 0.158_655_253_931_457).abs() < 1e-9, "{probability}");
    }
}

#[tokio::test]
async fn an_unknown_student_and_bad_parameters() {
    let platform = Platform::start(BACKENDS[0]).await;
    let path = "/forecast/student?user_id=zoe";
    for (query, status) in [
        ("&target=0.5", 404),
        ("", 400),
        ("&target=much", 400),
        ("&target=inf", 400),
        ("&target=1&horizon=0", 400),
        ("&target=1&horizon=100000", 400),
    ] {
        assert_eq!(
            platform.service.get(&format!("{path}{query}")).await.status(),
            status,
            "{query}"
        );
    }
    let url = platform.service.url(&format!("{path}&target=1"));
    assert_eq!(platform.service.client.get(url).send().await.unwrap().status(), 401);
}
