//! Locks of jobs.

use std::time::Duration;

use seedtest_store::{Backend, Store};

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

#[tokio::test]
async fn many_jobs_are_locked_by_one_connection_all_or_none() {
    on_both(async |database| {
        let other = Store::open(&database.target).await.unwrap();
        let names: Vec<String> = (0..40).map(|job| format!("job-{job}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let held = database.store.try_job_locks(&names).await.unwrap().unwrap();
        if database.store.backend() == Backend::Postgres {
            // That of the locks, and those that each store keeps for its next reader.
            let sql = "SELECT count(*)::text FROM pg_stat_activity \
                 WHERE application_name = 'seedtest' AND datname = current_database()";
            let connections = database.rows(sql).await[0][0].clone().unwrap();
            assert!(connections.parse::<u32>().unwrap() <= 4, "{connections} connections");
        }
        assert!(other.try_job_lock("job-39").await.unwrap().is_none());
        held.release().await;
        // One that runs keeps all others free.
        let running = other.try_job_lock("job-7").await.unwrap().unwrap();
        assert_eq!(database.store.try_job_locks(&names).await.unwrap().err(), Some(7));
        let first = other.try_job_lock("job-0").await.unwrap();
        assert!(first.is_some(), "a lock is left behind");
        running.release().await;
    })
    .await;
}
