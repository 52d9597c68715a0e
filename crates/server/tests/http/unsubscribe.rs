//! The page where recipients of reports get no more letters.

use chrono::{DateTime, Utc};
use reqwest::header::CONTENT_TYPE;
use seedtest_server::Config;
use seedtest_store::ReportRecipient;

use crate::service::{Service, config};

const TOKEN: &str = "0f8fad5bd9cb469fa16570867728950e";
const FORM: &str = "application/x-www-form-urlencoded";

async fn with_a_recipient(config: Config) -> Service {
    let service = Service::start(config).await;
    let agreed: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().unwrap();
    let recipient = |user: &str, token: &str| ReportRecipient {
        user_id: user.into(),
        address: "parent@home.kr".into(),
        lang: "ko".into(),
        opted_in_at: Some(agreed),
        opted_out_at: None,
        unsubscribe_token: token.into(),
    };
    let mut tx = service.store.begin().await.unwrap();
    let all = [recipient("amy", TOKEN), recipient("bob", "b0b")];
    tx.write_report_recipients(&all).await.unwrap();
    tx.commit().await.unwrap();
    service
}

/// Who still gets letters.
async fn open(service: &Service) -> Vec<String> {
    let all = service.store.report_recipients().await.unwrap();
    all.into_iter().filter(ReportRecipient::is_open).map(|one| one.user_id).collect()
}

/// Status and page; as a mail program asks, without credentials.
async fn ask(service: &Service, method: &str, query: &str) -> (u16, String) {
    let url = service.url(&format!("/unsubscribe{query}"));
    let request = match method {
        "post" => {
            service.client.post(url).header(CONTENT_TYPE, FORM).body("List-Unsubscribe=One-Click")
        }
        _ => service.client.get(url),
    };
    let answer = request.send().await.unwrap();
    assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_link_asks_and_one_click_leaves() {
    // With a token for its other routes, and without one.
    for set_up in [config(), Config { tokens: Vec::new(), ..config() }] {
        let service = Box::pin(with_a_recipient(set_up)).await;
        let query = format!("?token={TOKEN}&lang=ko");
        let (status, page) = ask(&service, "get", &query).await;
        assert_eq!(status, 200);
        assert!(page.contains("<form method=\"post\">") && page.contains("그만 받으시겠어요?"));
        assert_eq!(
            open(&service).await,
            ["amy", "bob"],
            "a program that opens links changes nothing"
        );

        let (status, page) = ask(&service, "post", &query).await;
        assert_eq!(status, 200);
        assert!(page.contains("보내지 않아요") && !page.contains("<form"), "{page}");
        assert!(
            !page.contains("amy") && !page.contains("parent@home.kr"),
            "it tells nothing of them"
        );
        assert_eq!(open(&service).await, ["bob"]);
        // Twice is as good as once.
        assert_eq!(ask(&service, "post", &query).await.0, 200);
        let (_, english) = ask(&service, "get", &format!("?token={TOKEN}&lang=en")).await;
        assert!(english.contains("lang=\"en\"") && english.contains("no more letters"));
    }
}

#[tokio::test]
async fn what_is_no_token_lets_nobody_go() {
    let service = Box::pin(with_a_recipient(config())).await;
    let long = format!("?token={}", "a".repeat(5000));
    for query in ["", "?token=", "?token=%27%20OR%201=1", "?token=a&token=b", "?token=%FF", &long] {
        for method in ["get", "post"] {
            let (status, page) = ask(&service, method, query).await;
            assert_eq!(status, 400, "{method} {query}");
            assert!(!page.contains("<form"), "{method} {query}");
        }
    }
    let (status, page) = ask(&service, "post", "?token=nobody&lang=ko").await;
    assert_eq!(status, 404);
    assert!(page.contains("올바르지 않은 주소"), "{page}");
    assert_eq!(open(&service).await, ["amy", "bob"]);
}
