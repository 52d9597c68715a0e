//! Files that are sent: too large, half, slow, and by whom none is taken.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use seedtest_dashboard::Config as Pages;
use seedtest_pipeline::Role;
use seedtest_server::Config;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::browser::Browser;
use super::{config_at_now, operator, person, service_with, with_a_password};
use crate::service::Service;

/// A service whose files come here.
async fn service(dir: &TempDir) -> Service {
    let dashboard = Pages { uploads: dir.path().to_owned(), ..Pages::default() };
    let config = Config { dashboard, ..config_at_now() };
    let tom = with_a_password(person("tom", Role::Teacher, &["7a"], &[]));
    service_with(config, &[operator("anna"), tom]).await
}

fn left(dir: &Path) -> usize {
    std::fs::read_dir(dir).map_or(0, Iterator::count)
}

/// Waits until nothing is left of a file.
async fn nothing_is_left(dir: &Path) {
    for _ in 0..200 {
        if left(dir) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("half a file is left");
}

/// The head of an upload, and a connection on which it was sent.
async fn begin(service: &Service, browser: &mut Browser, length: u64) -> TcpStream {
    let token = browser.form_token().await;
    let cookies: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let head = format!(
        "POST /imports/files?name=a.csv HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\nx-csrf-token: {token}\r\n\
         content-length: {length}\r\n\r\nstudent,item\n",
        service.addr,
        cookies.join("; ")
    );
    let mut stream = TcpStream::connect(service.addr).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_two_gigabytes_are_refused_before_they_come() {
    let dir = tempfile::tempdir().unwrap();
    let service = service(&dir).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut stream = begin(&service, &mut anna, (2 << 30) + 1).await;
    let mut answer = [0; 512];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(left(dir.path()), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_half_a_file_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let service = service(&dir).await;
    let mut anna = Browser::of(&service, "anna").await;
    let stream = begin(&service, &mut anna, 1 << 20).await;
    for _ in 0..200 {
        if left(dir.path()) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(left(dir.path()), 1, "it has begun to come");
    drop(stream);
    nothing_is_left(dir.path()).await;
    assert_eq!(anna.get("/imports").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_taken_of_operators_with_the_token_of_their_page_and_of_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let service = service(&dir).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut tom = Browser::of(&service, "tom").await;
    let mut guest = Browser::at(&service);
    let (of_anna, of_tom) = (anna.form_token().await, tom.form_token().await);
    let post = |browser: &Browser, token: &str| {
        let request = browser.request(Method::POST, "/imports/files?name=a.csv");
        request.header("x-csrf-token", token).body("student,item\n")
    };
    let (foreign, without) = (post(&anna, &of_tom), post(&anna, ""));
    assert_eq!(anna.send(foreign).await.status, 403);
    assert_eq!(anna.send(without).await.status, 403);
    let elsewhere = post(&anna, &of_anna).header("sec-fetch-site", "cross-site");
    assert_eq!(anna.send(elsewhere).await.status, 403);
    let request = post(&tom, &of_tom);
    assert_eq!(tom.send(request).await.status, 403);
    let request = post(&guest, &of_anna);
    assert_eq!(guest.send(request).await.status, 401);
    assert_eq!(left(dir.path()), 0);
    let request = post(&anna, &of_anna);
    let taken = anna.send(request).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!(left(dir.path()), 1);
    let (_, rest) = taken.text.split_once("/imports/files/").unwrap();
    let path = format!("/imports/files/{}", &rest[..64]);
    assert_eq!(anna.get(&path).await.status, 200);
    assert_eq!(tom.get(&path).await.status, 403);
    assert_eq!(tom.post_raw(&path, &[("csrf", &of_tom), ("do", "discard")]).await.status, 403);
    assert_eq!(anna.post_raw(&path, &[("csrf", &of_anna), ("do", "discard")]).await.status, 303);
    assert_eq!(left(dir.path()), 0);
}
