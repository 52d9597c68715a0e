//! Google's and Azure's services as far as they can be seen from here: what is asked of them, and how links
//! to them are signed. No service stands behind.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use seedtest_publish::{
    AzureCredentials, AzurePlace, GcsCredentials, GcsPlace, Place, Publisher, Secret,
};

use super::{brief, page};

/// Says 201 to one request after the other and hands on what was asked.
fn listener() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !request.ends_with(b"<p>page</p>") {
                match socket.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&part[..n]),
                }
            }
            let answer = "HTTP/1.1 201 Created\r\nETag: \"1\"\r\nLast-Modified: Mon, 03 Mar 2025 00:00:00 GMT\r\n\
                          Content-Length: 0\r\nConnection: close\r\n\r\n";
            socket.write_all(answer.as_bytes()).unwrap();
            if asked.send(String::from_utf8_lossy(&request).into_owned()).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

/// The head of a request: first line, and headers by lower-case names.
fn head(request: &str) -> (String, String) {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let (first, headers) = head.split_once("\r\n").unwrap();
    (first.to_owned(), headers.to_lowercase())
}

#[tokio::test]
async fn azure_is_asked_with_the_key_of_the_account() {
    let (address, requests) = listener();
    let place = |endpoint: Option<String>| {
        Place::Azure(AzurePlace {
            account: "school7".into(),
            container: "reports".into(),
            prefix: String::new(),
            endpoint,
            // 32 bytes in Base64.
            credentials: AzureCredentials::Key(Secret::new(
                "a2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMgaW4gYWxsISE=",
            )),
        })
    };
    let publisher = Publisher::new(&place(Some(address)), None, brief(0)).unwrap();
    publisher.put(&page("reports/amy/w/report.html", "<p>page</p>")).await.unwrap();
    let (first, headers) = head(&requests.recv_timeout(Duration::from_secs(5)).unwrap());
    assert_eq!(first, "PUT /reports/reports/amy/w/report.html HTTP/1.1");
    for header in [
        "authorization: sharedkey school7:",
        "x-ms-blob-type: blockblob",
        "content-type: text/html; charset=utf-8",
        "x-ms-blob-cache-control: private, no-cache",
    ] {
        assert!(headers.contains(header), "{header} in {headers}");
    }
    let there = Publisher::new(&place(None), None, brief(0)).unwrap();
    let plain = "https://school7.blob.core.windows.net/reports/k.html";
    assert_eq!(there.url("k.html"), plain);
    let signed = there.signed_url("k.html", Duration::from_mins(1)).await.unwrap();
    assert!(signed.starts_with(&format!("{plain}?")) && signed.contains("sig="), "{signed}");
}

#[tokio::test]
async fn google_is_asked_for_the_object_and_signs_with_the_service_account() {
    let (address, requests) = listener();
    let place = |endpoint: Option<String>, account: String| {
        Place::Gcs(GcsPlace {
            bucket: "school7".into(),
            prefix: String::new(),
            endpoint,
            credentials: GcsCredentials::ServiceAccount(Secret::new(account)),
        })
    };
    // An account that needs no token, as emulators take it.
    let open =
        r#"{"private_key":"none","private_key_id":"1","client_email":"a@b","disable_oauth":true}"#;
    let publisher = Publisher::new(&place(Some(address), open.into()), None, brief(0)).unwrap();
    publisher.put(&page("reports/amy/w/report.html", "<p>page</p>")).await.unwrap();
    let (first, headers) = head(&requests.recv_timeout(Duration::from_secs(5)).unwrap());
    let plain = first.replace("%2F", "/").replace("%2E", ".");
    assert_eq!(plain, "PUT /school7/reports/amy/w/report.html HTTP/1.1");
    assert!(headers.contains("content-type: text/html; charset=utf-8"), "{headers}");
    assert!(headers.contains("cache-control: private, no-cache"), "{headers}");

    let key = private_key();
    let account = format!(
        r#"{{"private_key":{key:?},"private_key_id":"1","client_email":"reports@school7.example"}}"#
    );
    let there = Publisher::new(&place(None, account), None, brief(0)).unwrap();
    let plain = "https://storage.googleapis.com/school7/k.html";
    assert_eq!(there.url("k.html"), plain);
    let signed = there.signed_url("k.html", Duration::from_mins(1)).await.unwrap();
    assert!(signed.starts_with(&format!("{plain}?")), "{signed}");
    assert!(signed.contains("X-Goog-Signature=") && !signed.contains("PRIVATE"), "{signed}");
}

/// A key made for this test.
fn private_key() -> String {
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .unwrap();
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}
