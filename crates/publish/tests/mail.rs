//! Letters through a real mail server on this machine.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use mail_parser::{MessageParser, MimeHeaders};
use seedtest_publish::{Attachment, Letter, MailError, Postbox, Secret, Security, SmtpPlace};
use seedtest_testkit::{SmtpOptions, SmtpServer};

const FROM: &str = "한빛중학교 <reports@school.kr>";

fn place(server: &SmtpServer, security: Security) -> SmtpPlace {
    SmtpPlace {
        host: "localhost".into(),
        port: server.port,
        security,
        roots: None,
        login: None,
        from: FROM.into(),
        patience: Duration::from_secs(10),
    }
}

fn letter<'a>(to: &'a str, attachments: &'a [Attachment]) -> Letter<'a> {
    Letter {
        to,
        lang: "ko",
        subject: "김서연 학생의 주간 보고서\r\nBcc: all@school.kr",
        text: "이번 주 보고서입니다.\n",
        html: "<p>이번 주 <a href=\"https://x\">보고서</a>입니다.</p>",
        attachments,
        message_id: "d1gest@school.kr",
        unsubscribe: "<mailto:reports@school.kr?subject=unsubscribe%20t1>",
        one_click: false,
        date: SystemTime::UNIX_EPOCH + Duration::from_hours(482_136),
    }
}

#[tokio::test]
async fn a_letter_says_the_same_in_both_forms_and_brings_its_files() {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let postbox = Postbox::new(&place(&server, Security::None)).unwrap();
    let page = Attachment {
        name: "보고서.html".into(),
        content_type: "text/html; charset=utf-8".into(),
        content: Bytes::from_static("<p>쪽</p>".as_bytes()),
    };
    postbox.open().await.unwrap();
    postbox.send(&letter("parent@home.kr", &[page])).await.unwrap();
    let taken = server.next_letter().unwrap();
    assert_eq!((&*taken.from, &*taken.to), ("reports@school.kr", &["parent@home.kr".into()][..]));
    let message = MessageParser::default().parse(&taken.content).unwrap();
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("한빛중학교"), Some("reports@school.kr")));
    // What looks like a header is part of the subject.
    assert_eq!(message.subject(), Some("김서연 학생의 주간 보고서 Bcc: all@school.kr"));
    assert!(message.bcc().is_none());
    assert_eq!(message.message_id(), Some("d1gest@school.kr"));
    assert_eq!(message.body_text(0).unwrap().trim(), "이번 주 보고서입니다.");
    assert!(message.body_html(0).unwrap().contains("<a href=\"https://x\">보고서</a>"));
    let file = message.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("보고서.html"));
    assert_eq!(file.text_contents(), Some("<p>쪽</p>"));
    let raw = String::from_utf8_lossy(&taken.content);
    for header in
        ["Auto-Submitted: auto-generated", "Content-Language: ko", "List-Unsubscribe: <mailto:"]
    {
        assert!(raw.contains(header), "{header} in {raw}");
    }
    assert!(!raw.contains("List-Unsubscribe-Post"), "{raw}");
}

/// RFC 8058, 3.1: the header has this one value, beside an https address to send it to.
#[tokio::test]
async fn a_letter_can_be_left_with_one_click() {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let postbox = Postbox::new(&place(&server, Security::None)).unwrap();
    let unsubscribe = "<https://school.kr/unsubscribe?token=t1>, <mailto:reports@school.kr>";
    let letter = Letter { unsubscribe, one_click: true, ..letter("parent@home.kr", &[]) };
    postbox.send(&letter).await.unwrap();
    let taken = server.next_letter().unwrap();
    let message = MessageParser::default().parse(&taken.content).unwrap();
    let post = message.header_raw("List-Unsubscribe-Post").unwrap();
    assert_eq!(post.trim(), "List-Unsubscribe=One-Click");
    let raw = String::from_utf8_lossy(&taken.content);
    assert!(raw.contains("List-Unsubscribe: <https://school.kr/unsubscribe?token=t1>"), "{raw}");
}

/// A certificate of `localhost`, made for this test, and its key.
fn certificate(dir: &Path) -> (String, String) {
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args([Path::new("-keyout"), &key, Path::new("-out"), &cert])
        .output()
        .unwrap();
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    (cert.display().to_string(), key.display().to_string())
}

#[tokio::test]
async fn sessions_are_encrypted_and_logged_in() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = certificate(dir.path());
    let roots = Some(std::fs::read(&certificate.0).unwrap());
    for (security, is_wrapped) in [(Security::StartTls, false), (Security::Tls, true)] {
        let options = SmtpOptions {
            certificate: Some(certificate.clone()),
            is_wrapped,
            login: Some(("school".into(), "open-sesame".into())),
            ..SmtpOptions::default()
        };
        let server = SmtpServer::start(&options).unwrap();
        let login = |password: &str| Some(("school".to_owned(), Secret::new(password)));
        let trusted = SmtpPlace { roots: roots.clone(), ..place(&server, security) };
        let right = SmtpPlace { login: login("open-sesame"), ..trusted.clone() };
        let postbox = Postbox::new(&right).unwrap();
        postbox.send(&letter("parent@home.kr", &[])).await.unwrap();
        let taken = server.next_letter().unwrap();
        assert!(taken.encrypted && taken.authenticated, "{security:?}");

        let wrong = SmtpPlace { login: login("a-wrong-password"), ..trusted.clone() };
        let postbox = Postbox::new(&wrong).unwrap();
        let error = postbox.open().await.unwrap_err();
        assert!(matches!(error, MailError::Refused { for_good: true, .. }), "{error:?}");
        let told = format!("{error} {error:?} {} {postbox:?}", error.hint());
        assert!(!told.contains("a-wrong-password"), "{told}");

        // A certificate nobody vouches for ends the session before anything is said.
        let unknown = SmtpPlace { roots: None, login: login("open-sesame"), ..trusted };
        let error = Postbox::new(&unknown).unwrap().open().await.unwrap_err();
        assert!(matches!(error, MailError::Away { .. }), "{error:?}");
        assert!(server.letters().is_empty());
    }
}

#[tokio::test]
async fn a_server_without_encryption_gets_nothing_where_it_was_asked_for() {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let error =
        Postbox::new(&place(&server, Security::StartTls)).unwrap().open().await.unwrap_err();
    assert!(error.is_surely_unsent(), "{error:?}");
    let elsewhere = SmtpPlace { host: "mail.school.kr".into(), ..place(&server, Security::None) };
    let error = Postbox::new(&elsewhere).unwrap_err();
    assert!(matches!(error, MailError::SetUp { .. }), "{error:?}");
    let nobody = SmtpPlace { from: "the school".into(), ..place(&server, Security::None) };
    assert!(matches!(Postbox::new(&nobody).unwrap_err(), MailError::SetUp { .. }));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = SmtpPlace {
        host: "localhost".into(),
        port: silent.local_addr().unwrap().port(),
        security: Security::None,
        roots: None,
        login: None,
        from: FROM.into(),
        patience: Duration::from_millis(300),
    };
    let error = Postbox::new(&place).unwrap().open().await.unwrap_err();
    assert!(matches!(error, MailError::Away { .. }), "{error:?}");
    assert!(error.to_string().contains("no answer within 0.3 s"), "{error}");
    let error = Postbox::new(&place).unwrap().send(&letter("parent@home.kr", &[])).await;
    assert!(matches!(error, Err(MailError::Unknown { .. })), "{error:?}");
}

#[tokio::test]
async fn it_is_known_whether_a_letter_is_still_here() {
    let to = |name: &str| vec![format!("{name}@home.kr")];
    let options = SmtpOptions {
        refused: to("nobody"),
        later: to("busy"),
        breaks_on: to("lost"),
        ..SmtpOptions::default()
    };
    let server = SmtpServer::start(&options).unwrap();
    let postbox = Postbox::new(&place(&server, Security::None)).unwrap();
    let send = async |to: &str| postbox.send(&letter(to, &[])).await;
    let error = send("nobody@home.kr").await.unwrap_err();
    assert!(matches!(error, MailError::Refused { for_good: true, .. }), "{error:?}");
    assert!(error.to_string().contains("no such mailbox"), "{error}");
    let error = send("busy@home.kr").await.unwrap_err();
    assert!(matches!(error, MailError::Refused { for_good: false, .. }), "{error:?}");
    let error = send("not an address").await.unwrap_err();
    assert!(matches!(error, MailError::BadAddress { .. }), "{error:?}");
    assert!(server.letters().is_empty());
    // The server has it, and broke off before it said so.
    let error = send("lost@home.kr").await.unwrap_err();
    assert!(matches!(error, MailError::Unknown { .. }), "{error:?}");
    assert!(!error.is_surely_unsent());
    assert_eq!(server.next_letter().unwrap().to, ["lost@home.kr"]);
    // The next letter gets a session of its own.
    send("parent@home.kr").await.unwrap();
    assert_eq!(server.next_letter().unwrap().to, ["parent@home.kr"]);
    drop(server);
    let error = send("parent@home.kr").await.unwrap_err();
    assert!(matches!(error, MailError::Away { .. }), "{error:?}");
    assert!(error.is_surely_unsent());
}
