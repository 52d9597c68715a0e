//! A fit over HTTP can be repeated from the ledger alone.

use seedtest_pipeline::{Verification, verify_run};
use serde_json::json;

use crate::fits::observations;
use crate::service::{Service, config, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_request_gives_the_same_bytes_again() {
    let service = Service::start(config()).await;
    let request = json!({"observations": observations(60, 7), "model": "2pl", "priors": "weak"});
    let (status, body) = json(service.post("/irt/calibrate", request.to_string()).await).await;
    assert_eq!(status, 200, "{body}");
    let run_id = body["fit_meta"]["run_id"].as_str().unwrap();
    let verified = verify_run(&service.store, run_id).await.unwrap();
    assert!(matches!(verified, Verification::Identical { .. }), "{verified}");
}
