//! The description as a page that asks nobody but the service.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::service::{Service, config};

/// What the page loads.
fn files(page: &str) -> Vec<&str> {
    let quoted = page.split("src=\"").chain(page.split("href=\"")).skip(1);
    let files = quoted.filter_map(|rest| rest.split('"').next());
    files.filter(|file| file.starts_with("docs/") || file.contains("//")).collect()
}

#[tokio::test]
async fn everything_the_page_loads_comes_from_the_service() {
    let service = Service::start(config()).await;
    let answer = service.client.get(service.url("/docs")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let page = answer.text().await.unwrap();
    let files = files(&page);
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let get = || service.client.get(service.url(&format!("/{file}")));
        let plain = get().send().await.unwrap();
        assert_eq!(plain.status(), 200, "{file}");
        let plain = plain.bytes().await.unwrap();
        let packed = get().header("accept-encoding", "gzip, br").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip", "{file}");
        let packed = packed.bytes().await.unwrap();
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain, "{file}");
    }
}
