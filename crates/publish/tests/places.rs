//! Objects in a real service that speaks like S3 and checks signatures, in a directory, and as other
//! services are asked for them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod services;

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use seedtest_publish::{
    DirectoryPlace, Error, Object, Patience, Place, Publisher, S3Credentials, S3Place, Secret,
};
use seedtest_testkit::S3Server;

const BUCKET: &str = "seedtest-reports";
const SECRET: &str = "only-the-bucket-knows";

/// Tries that end within a second.
pub(crate) fn brief(retries: usize) -> Patience {
    Patience {
        retries,
        first_wait: Duration::from_millis(50),
        longest_wait: Duration::from_millis(200),
        altogether: Duration::from_secs(5),
        one_try: Duration::from_secs(5),
    }
}

fn place(server: &S3Server, secret: &str) -> S3Place {
    S3Place {
        bucket: BUCKET.into(),
        prefix: String::new(),
        region: "ap-northeast-2".into(),
        endpoint: Some(server.endpoint()),
        path_style: true,
        allow_http: false,
        credentials: S3Credentials::Keys {
            id: "AKTEST".into(),
            secret: Secret::new(secret),
            token: None,
        },
    }
}

fn publisher(server: &S3Server, secret: &str, retries: usize) -> Publisher {
    Publisher::new(&Place::S3(place(server, secret)), None, brief(retries)).unwrap()
}

pub(crate) fn page<'a>(key: &'a str, text: &str) -> Object<'a> {
    Object {
        key,
        content_type: "text/html; charset=utf-8",
        content: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn server(root: &Path) -> S3Server {
    S3Server::start(root, BUCKET, "AKTEST", SECRET).unwrap()
}

#[tokio::test]
async fn an_object_is_put_and_replaced_under_its_key() {
    let root = tempfile::tempdir().unwrap();
    let server = server(root.path());
    let publisher = publisher(&server, SECRET, 0);
    let key = "reports/amy=2f가@x/2025-03-03/report.html";
    publisher.put(&page(key, "first")).await.unwrap();
    publisher.put(&page(key, "안녕하세요")).await.unwrap();
    assert_eq!(server.puts(), 2);
    let stored = fs::read_to_string(root.path().join(BUCKET).join(key)).unwrap();
    assert_eq!(stored, "안녕하세요");
    assert_eq!(publisher.get(key).await.unwrap(), "안녕하세요".as_bytes());
    let url = publisher.url(key);
    let spelled = "reports/amy%3D2f%EA%B0%80%40x/2025-03-03/report.html";
    assert_eq!(url, format!("{}/{BUCKET}/{spelled}", server.endpoint()));

    assert!(publisher.remove(key).await.unwrap());
    assert!(!publisher.remove(key).await.unwrap());
    let gone = publisher.get(key).await.unwrap_err();
    assert!(matches!(gone, Error::NotThere { .. }), "{gone}");
}

#[tokio::test]
async fn a_signed_link_opens_the_object_as_a_page_and_nothing_else_does() {
    let root = tempfile::tempdir().unwrap();
    let server = server(root.path());
    let publisher = publisher(&server, SECRET, 0);
    let key = "reports/amy/2025-03-03/report.html";
    publisher.put(&page(key, "<p>page</p>")).await.unwrap();
    let url = publisher.signed_url(key, Duration::from_mins(1)).await.unwrap();
    assert!(!url.contains(SECRET));
    let opened = reqwest::get(&url).await.unwrap();
    assert_eq!(opened.status(), 200);
    let header = |name: &str| opened.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "private, no-cache");
    assert_eq!(opened.text().await.unwrap(), "<p>page</p>");
    // Neither without the signature nor with one of another object.
    assert_eq!(reqwest::get(publisher.url(key)).await.unwrap().status(), 403);
    let other = url.replace("/amy/", "/ben/");
    assert_eq!(reqwest::get(&other).await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_at_once_and_shown_nowhere() {
    let root = tempfile::tempdir().unwrap();
    let server = server(root.path());
    let publisher = publisher(&server, "a-wrong-secret", 3);
    let key = "reports/amy/2025-03-03/report.html";
    let error = publisher.put(&page(key, "x")).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert!(error.stops_everything());
    let told = format!("{error} {} {error:?} {publisher:?}", error.hint());
    for part in ["s3://seedtest-reports", key, "SignatureDoesNotMatch", "check the access key"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains("a-wrong-secret"), "{told}");
    assert_eq!(server.puts(), 0);
    assert!(!root.path().join(BUCKET).join(key).exists());
    let unknown = S3Place {
        credentials: S3Credentials::Keys {
            id: "AKOTHER".into(),
            secret: Secret::new(SECRET),
            token: None,
        },
        ..place(&server, SECRET)
    };
    let publisher = Publisher::new(&Place::S3(unknown), None, brief(0)).unwrap();
    let error = publisher.put(&page(key, "x")).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let root = tempfile::tempdir().unwrap();
    let server = server(root.path());
    let missing = S3Place { bucket: "nobody-made-it".into(), ..place(&server, SECRET) };
    let publisher = Publisher::new(&Place::S3(missing), None, brief(0)).unwrap();
    let error = publisher.get("a/b.html").await.unwrap_err();
    assert!(matches!(error, Error::NotThere { .. }), "{error:?}");
    assert!(error.to_string().contains("s3://nobody-made-it"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_comes_back_gets_the_object_after_all() {
    let root = tempfile::tempdir().unwrap();
    let mut server = server(root.path());
    let publisher = publisher(&server, SECRET, 20);
    server.stop();
    let put = tokio::spawn({
        let publisher = publisher.clone();
        async move { publisher.put(&page("reports/amy/w/report.html", "x")).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.live_for(usize::MAX).unwrap();
    put.await.unwrap().unwrap();
    assert_eq!(server.puts(), 1);

    server.stop();
    let publisher = self::publisher(&server, SECRET, 1);
    let error = publisher.put(&page("reports/ben/w/report.html", "x")).await.unwrap_err();
    assert!(matches!(error, Error::Failed { .. }), "{error:?}");
    assert!(!error.stops_everything());
    assert!(error.to_string().contains("s3://seedtest-reports did not take"), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_prefix_stands_before_every_key() {
    let root = tempfile::tempdir().unwrap();
    let server = server(root.path());
    let place = S3Place { prefix: "school-7".into(), ..place(&server, SECRET) };
    let publisher = Publisher::new(&Place::S3(place.clone()), None, brief(0)).unwrap();
    publisher.put(&page("reports/amy/w/report.html", "x")).await.unwrap();
    assert!(root.path().join(BUCKET).join("school-7/reports/amy/w/report.html").exists());
    assert!(publisher.url("k.html").ends_with("/seedtest-reports/school-7/k.html"));
    let base = Some("https://reports.school.kr/");
    let reached = Publisher::new(&Place::S3(place), base, brief(0)).unwrap();
    assert_eq!(reached.url("k.html"), "https://reports.school.kr/school-7/k.html");
}

#[tokio::test]
async fn a_directory_is_made_and_filled() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("out dir");
    let place = Place::Directory(DirectoryPlace { dir: dir.clone() });
    let publisher = Publisher::new(&place, None, brief(0)).unwrap();
    publisher.put(&page("amy/2025-03-03/report.html", "first")).await.unwrap();
    publisher.put(&page("amy/2025-03-03/report.html", "second")).await.unwrap();
    let file = dir.join("amy/2025-03-03/report.html");
    assert_eq!(fs::read_to_string(&file).unwrap(), "second");
    let url = publisher.url("amy/2025-03-03/report.html");
    assert!(
        url.starts_with("file:///") && url.ends_with("/out%20dir/amy/2025-03-03/report.html"),
        "{url}"
    );
    let error = publisher.signed_url("amy/2025-03-03/report.html", Duration::from_secs(1)).await;
    assert!(matches!(error, Err(Error::Unsigned { .. })));
    assert!(publisher.remove("amy/2025-03-03/report.html").await.unwrap());
    assert!(!publisher.remove("amy/2025-03-03/report.html").await.unwrap());
    for key in ["../out.html", "a/../../b", "a//b"] {
        let error = publisher.put(&page(key, "x")).await.unwrap_err();
        assert!(matches!(error, Error::BadKey { .. }), "{key}: {error:?}");
    }
}

#[test]
fn a_directory_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let place = Place::Directory(DirectoryPlace { dir: file.path().to_owned() });
    let error = Publisher::new(&place, None, brief(0)).unwrap_err();
    assert!(matches!(error, Error::SetUp { .. }), "{error:?}");
}

#[test]
fn what_would_travel_in_the_open_is_refused() {
    let open = |endpoint: &str, allow_http| {
        let place = S3Place {
            bucket: BUCKET.into(),
            prefix: String::new(),
            region: "x".into(),
            endpoint: Some(endpoint.into()),
            path_style: true,
            allow_http,
            credentials: S3Credentials::Machine,
        };
        Publisher::new(&Place::S3(place), None, brief(0)).map(|_| ())
    };
    assert!(
        open("http://minio.school:9000", false).unwrap_err().to_string().contains("S3_ALLOW_HTTP")
    );
    assert!(open("http://minio.school:9000", true).is_ok());
    assert!(open("http://[::1]:9000", false).is_ok());
    assert!(open("https://minio.school", false).is_ok());
    assert!(open("minio.school", false).is_err());
    let told = open("https://AK:hidden@minio.school", false).unwrap_err().to_string();
    assert!(!told.contains("hidden"), "{told}");
}
