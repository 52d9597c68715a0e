use chrono::DateTime;
use seedtest_store::{AttemptRow, LogFilter, Written};

use crate::backends::on_both;

#[tokio::test]
async fn an_answer_goes_in_once_and_comes_out() {
    on_both(async |database| {
        let row = AttemptRow {
            user_id: "민지",
            item_id: "q-1",
            topic_id: Some("algebra"),
            session_id: None,
            subject_id: None,
            completed_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            correct: Some(true),
            response_time_ms: Some(0),
            used_hints: None,
            source: Some("log.csv"),
        };
        let mut tx = database.store.begin().await.unwrap();
        let written = tx.write_attempts(&[row, row]).await.unwrap();
        assert_eq!(written, Written { inserted: 1, duplicates: 1 });
        tx.commit().await.unwrap();
        let loaded = database.store.load_log(&LogFilter::default()).await.unwrap();
        assert_eq!(loaded.log.len(), 1);
        assert_eq!(&*loaded.log.students()[0], "민지");
        assert_eq!(loaded.log.at()[0], 1_700_000_000_123_456);
        assert_eq!(loaded.log.response_time_ms()[0], 0);
    })
    .await;
}
