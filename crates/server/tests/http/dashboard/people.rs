//! The page of accounts: made, invited, disabled, by operators and nobody else.

use seedtest_pipeline::Role;

use super::browser::Browser;
use super::{PASSWORD, operator, person, service, with_a_password};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_makes_an_account_whose_owner_gets_in_by_the_link() {
    let service = service(&[operator("anna")]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let fields =
        [("login", "Tom@School.example"), ("role", "teacher"), ("classes", "7a, 7b"), ("name", "")];
    let shown = anna.submit("/accounts", "/accounts", &fields).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let (_, rest) = shown.text.split_once("invitations").expect("the link");
    let secret: String = rest.chars().filter(char::is_ascii_hexdigit).take(70).collect();
    // The slash may be written as a character reference, whose digits come first.
    let secret = secret.strip_prefix("2f").unwrap_or(&secret)[..64].to_owned();
    let account = service.store.account_of_login("tom@school.example").await.unwrap().unwrap();
    assert_eq!((account.role.as_str(), account.classes.join(" ")), ("teacher", "7a 7b".into()));
    let link = format!("/invitations/{secret}");
    let mut tom = Browser::at(&service);
    let fields = [("new_password", PASSWORD), ("repeated_password", PASSWORD)];
    assert_eq!(tom.submit(&link, &link, &fields).await.status, 303);
    // What is wrong keeps what was typed.
    for (login, role, classes) in
        [("tom@school.example", "teacher", "7a"), ("x y", "school", ""), ("z", "teacher", "")]
    {
        let fields = [("login", login), ("role", role), ("classes", classes)];
        let shown = anna.submit("/accounts", "/accounts", &fields).await;
        assert_eq!(shown.status, 422, "{login}");
        assert!(shown.text.contains(&format!("value=\"{login}\"")), "{}", shown.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_does_not_lock_everybody_out() {
    let tom = with_a_password(person("tom", Role::Teacher, &["7a"], &[]));
    let anna_account = operator("anna");
    let service = service(&[anna_account.clone(), tom.clone()]).await;
    let mut anna = Browser::of(&service, "anna").await;
    let mut tom_there = Browser::of(&service, "tom").await;
    let own = format!("/accounts/{}/disable", anna_account.account_id);
    assert_eq!(anna.submit("/accounts", &own, &[]).await.status, 422);
    let other = format!("/accounts/{}", tom.account_id);
    assert_eq!(anna.submit("/accounts", &format!("{other}/disable"), &[]).await.status, 303);
    assert_eq!(tom_there.get("/account").await.status, 303);
    assert_eq!(anna.submit("/accounts", &format!("{other}/invite"), &[]).await.status, 422);
    assert_eq!(anna.submit("/accounts", &format!("{other}/enable"), &[]).await.status, 303);
    assert_eq!(anna.submit("/accounts", &format!("{other}/invite"), &[]).await.status, 200);
    assert_eq!(anna.submit("/accounts", "/accounts/nobody/disable", &[]).await.status, 404);
}
