//! What a browser does: keeps cookies, follows nothing by itself, sends forms with the token of the page.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};

use super::PASSWORD;
use crate::service::Service;

pub(super) struct Browser {
    client: Client,
    base: String,
    pub(super) cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) cookies: Vec<String>,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Shown {
    /// The token of the forms of the page.
    pub(super) fn form_token(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"csrf\" value=\"").expect("a page with a form");
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Browser {
    pub(super) fn at(service: &Service) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { client, base: service.url(""), cookies: BTreeMap::new() }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.cookies.is_empty() {
            return request;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        request.header(COOKIE, pairs.join("; "))
    }

    pub(super) async fn send(&mut self, request: RequestBuilder) -> Shown {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text_of = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let cookies: Vec<String> = headers.get_all(SET_COOKIE).iter().map(text_of).collect();
        for cookie in &cookies {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let location = headers.get(LOCATION).map(text_of);
        Shown { status, location, cookies, headers, text: answer.text().await.unwrap() }
    }

    pub(super) async fn get(&mut self, path: &str) -> Shown {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends a form as it is given.
    pub(super) async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let body = form(fields);
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        self.send(request).await
    }

    /// Opens a page and sends a form with its token.
    pub(super) async fn submit(
        &mut self,
        page: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Shown {
        let token = self.get(page).await.form_token();
        let all: Vec<(&str, &str)> =
            [("csrf", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post_raw(path, &all).await
    }

    pub(super) async fn sign_in(&mut self, login: &str) -> Shown {
        self.submit("/sign-in", "/sign-in", &[("login", login), ("password", PASSWORD)]).await
    }

    /// A browser in which somebody is signed in.
    pub(super) async fn of(service: &Service, login: &str) -> Self {
        let mut browser = Self::at(service);
        let shown = browser.sign_in(login).await;
        assert_eq!(shown.status, 303, "{}", shown.text);
        browser
    }

    /// The token of the forms of whoever is signed in.
    pub(super) async fn form_token(&mut self) -> String {
        self.get("/account").await.form_token()
    }
}

/// Fields as a form sends them.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
