//! Locks of jobs.

use std::time::Duration;

use seedtest_store::Store;

use crate::backends::on_both;

#[tokio::test]
async fn a_job_runs_once_at_a_time() {
    on_both(async |database| {
        let other = Store::open(&database.target).await.unwrap();
        let held = database.store.try_job_lock("mirt_calibrate").await.unwrap();
        assert!(held.is_some());
        assert!(other.try_job_lock("mirt_calibrate").await.unwrap().is_none());
        assert!(other.try_job_lock("compute_daily_kpis").await.unwrap().is_some());
        drop(held);
        // The server learns of a closed connection in its own time.
        for _ in 0..200 {
            if other.try_job_lock("mirt_calibrate").await.unwrap().is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the lock was never released on {}", database.store.backend());
    })
    .await;
}

#[tokio::test]
async fn a_lock_given_back_is_free_at_once() {
    on_both(async |database| {
        let other = Store::open(&database.target).await.unwrap();
        for _ in 0..5 {
            let held = database.store.try_job_lock("mirt_calibrate").await.unwrap().unwrap();
            held.release().await;
            let next = other.try_job_lock("mirt_calibrate").await.unwrap();
            next.unwrap().release().await;
        }
    })
    .await;
}
