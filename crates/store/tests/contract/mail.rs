//! Who gets reports by mail, and which letters went out.

use seedtest_store::{OptedOut, ReportArtifact, ReportMail, ReportPeriod, ReportRecipient};

use crate::attempts::at;
use crate::backends::on_both;

fn recipient(user_id: &str, address: &str, token: &str) -> ReportRecipient {
    ReportRecipient {
        user_id: user_id.into(),
        address: address.into(),
        lang: "ko".into(),
        opted_in_at: Some(at(10)),
        opted_out_at: None,
        unsubscribe_token: token.into(),
    }
}

#[tokio::test]
async fn who_left_stays_away_until_they_agree_again() {
    on_both(async |database| {
        let store = &database.store;
        let write = async |recipients: &[ReportRecipient]| {
            let mut tx = store.begin().await.unwrap();
            let changed = tx.write_report_recipients(recipients).await.unwrap();
            tx.commit().await.unwrap();
            changed
        };
        let both = [recipient("amy", "a@x.kr", "t1"), recipient("ben", "A@x.kr", "t2")];
        assert_eq!((write(&both).await, write(&both).await), (2, 0));
        assert_eq!(store.report_recipients().await.unwrap(), both);

        let mut tx = store.begin().await.unwrap();
        let left = |students, before| OptedOut { students, before };
        assert_eq!(tx.opt_out_token("t9", at(20)).await.unwrap(), left(0, 0));
        assert_eq!(tx.opt_out_token("t1", at(20)).await.unwrap(), left(1, 0));
        tx.commit().await.unwrap();
        // The same list again is no new agreement.
        assert_eq!(write(&both).await, 0);
        let open = async || {
            let all = store.report_recipients().await.unwrap();
            all.into_iter().filter(ReportRecipient::is_open).map(|r| r.user_id).collect::<Vec<_>>()
        };
        assert_eq!(open().await, ["ben"]);
        // A later one is; the token of letters that are out stays good.
        let again =
            ReportRecipient { opted_in_at: Some(at(30)), ..recipient("amy", "a@x.kr", "t3") };
        assert_eq!(write(&[again]).await, 1);
        assert_eq!(open().await, ["amy", "ben"]);
        assert_eq!(store.report_recipients().await.unwrap()[0].unsubscribe_token, "t1");

        // Capitals in an address are one person's spelling.
        let mut tx = store.begin().await.unwrap();
        let amy = tx.opt_out_address("a@X.kr", Some("amy"), at(40)).await.unwrap();
        assert_eq!(amy, left(1, 0));
        assert_eq!(tx.opt_out_address("a@X.kr", None, at(40)).await.unwrap(), left(2, 1));
        assert_eq!(tx.opt_out_token("t2", at(50)).await.unwrap(), left(1, 1));
        tx.commit().await.unwrap();
        assert!(open().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_claimed_once() {
    on_both(async |database| {
        let store = &database.store;
        let week = "2024-01-01".parse().unwrap();
        let mail = ReportMail {
            user_id: "amy".into(),
            address: "a@x.kr".into(),
            period: ReportPeriod::Weekly,
            period_start: week,
            claimed_at: at(1),
            sent_at: None,
        };
        let claim = async |mail: &ReportMail| {
            let mut tx = store.begin().await.unwrap();
            let is_mine = tx.claim_report_mail(mail).await.unwrap();
            tx.commit().await.unwrap();
            is_mine
        };
        assert!(claim(&mail).await);
        assert!(!claim(&mail).await);
        let month = ReportMail { period: ReportPeriod::Monthly, ..mail.clone() };
        assert!(claim(&month).await, "a month that begins on a Monday is another letter");

        let mut tx = store.begin().await.unwrap();
        tx.report_mail_sent(&mail, at(2)).await.unwrap();
        // What was sent cannot be let go of, what was not can.
        tx.release_report_mail(&mail).await.unwrap();
        tx.release_report_mail(&month).await.unwrap();
        tx.commit().await.unwrap();
        let sent = ReportMail { sent_at: Some(at(2)), ..mail.clone() };
        assert_eq!(store.report_mails(ReportPeriod::Weekly, week).await.unwrap(), [sent]);
        assert!(store.report_mails(ReportPeriod::Monthly, week).await.unwrap().is_empty());
        assert!(!claim(&mail).await);
        assert!(claim(&month).await);
    })
    .await;
}

#[tokio::test]
async fn months_and_weeks_do_not_take_each_others_place() {
    on_both(async |database| {
        let store = &database.store;
        let report = |period, format: &str| ReportArtifact {
            user_id: "amy".into(),
            period,
            start: "2025-09-01".parse().unwrap(),
            format: format.into(),
            url: "https://x".into(),
            generated_at: at(1),
            sha256: None,
            bytes: None,
            key: None,
            content_digest: None,
        };
        let all = [
            report(ReportPeriod::Weekly, "html"),
            report(ReportPeriod::Weekly, "pdf"),
            report(ReportPeriod::Monthly, "html"),
        ];
        let mut tx = store.begin().await.unwrap();
        for report in &all {
            tx.put_report_artifact(report).await.unwrap();
            tx.put_report_artifact(report).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(store.report_artifacts("amy").await.unwrap(), all);
        let start = "2025-09-01".parse().unwrap();
        let weekly = store.report_artifacts_of(ReportPeriod::Weekly, start).await.unwrap();
        assert_eq!(weekly, all[..2]);
        let monthly = store.report_artifacts_of(ReportPeriod::Monthly, start).await.unwrap();
        assert_eq!(monthly, all[2..]);
        // The erasure of a student takes recipients and letters along.
        let mut tx = store.begin().await.unwrap();
        tx.write_report_recipients(&[recipient("amy", "a@x.kr", "t1")]).await.unwrap();
        let erased = tx.erase_student("amy", "erased").await.unwrap();
        tx.commit().await.unwrap();
        for table in ["report_artifacts", "monthly_report_artifacts", "report_recipients"] {
            assert!(erased.rows.contains_key(table), "{table}");
        }
    })
    .await;
}
