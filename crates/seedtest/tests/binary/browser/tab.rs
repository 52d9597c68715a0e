//! A tab, and what somebody does in it: with the mouse, the keyboard and files.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::chromium::Chromium;

/// How long something may take to be there, and how often it is looked for.
const PATIENCE: Duration = Duration::from_secs(45);
const PACE: Duration = Duration::from_millis(40);
/// The element of a selector that has a text, or the first one: `css` or `css :: text`.
const FIND: &str = "((css, text) => [...document.querySelectorAll(css)].find((of) => \
    of.checkVisibility() && (!text || of.textContent.includes(text))))";

/// What a screen is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    /// A wide one, light.
    Desk,
    /// A phone, dark.
    Phone,
}

/// A tab of somebody's browser.
pub(super) struct Tab<'c> {
    chromium: &'c Chromium,
    /// Whose cookies it has.
    context: String,
    session: String,
    /// Where the service is.
    base: String,
}

impl<'c> Tab<'c> {
    /// In a browser of its own.
    pub(super) fn open(chromium: &'c Chromium, base: &str, screen: Screen) -> Self {
        let context = chromium.context();
        Self::within(chromium, context, base, screen)
    }

    /// Another one of the same browser.
    pub(super) fn beside(&self) -> Self {
        Self::within(self.chromium, self.context.clone(), &self.base, Screen::Desk)
    }

    fn within(chromium: &'c Chromium, context: String, base: &str, screen: Screen) -> Self {
        let session = chromium.tab(&context);
        let tab = Self { chromium, context, session, base: base.to_owned() };
        let (width, height, scheme) = match screen {
            Screen::Desk => (1280, 900, "light"),
            Screen::Phone => (390, 844, "dark"),
        };
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == Screen::Phone});
        tab.must("Emulation.setDeviceMetricsOverride", &metrics);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        tab.must("Emulation.setEmulatedMedia", &json!({"features": features}));
        let agent = json!({"userAgent": "a browser of this test", "acceptLanguage": "en-GB"});
        tab.must("Network.setUserAgentOverride", &agent);
        tab
    }

    #[track_caller]
    fn must(&self, method: &str, params: &Value) -> Value {
        self.chromium.must(&self.session, method, params)
    }

    /// The value of an expression; an error while a page is left for another.
    fn try_eval(&self, expression: &str) -> Result<Value, String> {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.chromium.call(&self.session, "Runtime.evaluate", &asked)?;
        match answer.get("exceptionDetails") {
            None => Ok(answer["result"]["value"].clone()),
            Some(details) => Err(details.to_string()),
        }
    }

    #[track_caller]
    pub(super) fn eval(&self, expression: &str) -> Value {
        self.try_eval(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until an expression holds.
    #[track_caller]
    pub(super) fn wait(&self, expression: &str) {
        let begun = Instant::now();
        loop {
            let found = self.try_eval(expression);
            if found.as_ref().is_ok_and(|value| *value == json!(true)) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let shown = self.try_eval("document.body.innerText");
                panic!("not so: {expression}: {found:?} at {}: {shown:?}", self.path());
            }
            sleep(PACE);
        }
    }

    /// Waits until an element is to be seen.
    #[track_caller]
    pub(super) fn see(&self, selector: &str) {
        self.wait(&format!("!!{}", find(selector)));
    }

    /// Whether an element is to be seen now.
    #[track_caller]
    pub(super) fn sees(&self, selector: &str) -> bool {
        self.eval(&format!("!!{}", find(selector))) == json!(true)
    }

    #[track_caller]
    pub(super) fn text(&self, selector: &str) -> String {
        self.see(selector);
        let text = self.eval(&format!("{}.textContent", find(selector)));
        text.as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(super) fn attribute(&self, selector: &str, name: &str) -> String {
        self.see(selector);
        let value = self.eval(&format!("{}.getAttribute({})", find(selector), json!(name)));
        value.as_str().unwrap_or_else(|| panic!("{selector} has no {name}")).to_owned()
    }

    /// Goes to a path; the status that it answers.
    #[track_caller]
    pub(super) fn go(&self, path: &str) -> u16 {
        let sent = self.must("Page.navigate", &json!({"url": format!("{}{path}", self.base)}));
        assert!(sent.get("errorText").is_none(), "{path}: {sent}");
        self.settled()
    }

    /// Waits for the page that is being loaded; its status.
    #[track_caller]
    fn settled(&self) -> u16 {
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'");
        let status = self.eval("performance.getEntriesByType('navigation')[0].responseStatus");
        status.as_u64().unwrap_or_default() as u16
    }

    /// Path and query of the page.
    pub(super) fn path(&self) -> String {
        let path = self.try_eval("location.pathname + location.search").unwrap_or_default();
        path.as_str().unwrap_or_default().to_owned()
    }

    /// Where the middle of an element is, once it can be seen.
    #[track_caller]
    fn middle(&self, selector: &str) -> Value {
        self.see(selector);
        let found = find(selector);
        self.eval(&format!(
            "((of) => {{ of.scrollIntoView({{block: 'center', behavior: 'instant'}}); const box = of.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})({found})"
        ))
    }

    #[track_caller]
    pub(super) fn click(&self, selector: &str) {
        let at = self.middle(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.must("Input.dispatchMouseEvent", &event);
        }
    }

    /// Clicks what leads to another page, and waits for it; its status.
    #[track_caller]
    pub(super) fn follow(&self, selector: &str) -> u16 {
        self.eval("window.isBefore = true");
        self.click(selector);
        self.wait("window.isBefore === undefined");
        self.settled()
    }

    /// Goes back in the history.
    #[track_caller]
    pub(super) fn back(&self) {
        // A page that the browser kept has everything that was on it.
        let before = self.eval("location.href");
        self.eval("setTimeout(() => history.back(), 0)");
        self.wait(&format!("location.href !== {before}"));
        self.settled();
    }

    /// Types over what stands in a field.
    #[track_caller]
    pub(super) fn fill(&self, selector: &str, text: &str) {
        self.see(selector);
        let is_date = self.eval(&format!("{}.type === 'date'", find(selector))) == json!(true);
        if is_date {
            // What is typed into it depends on the language of the system.
            self.eval(&format!("{}.value = {}", find(selector), json!(text)));
            return;
        }
        self.eval(&format!("((of) => {{ of.focus(); of.select(); }})({})", find(selector)));
        self.must("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key.
    #[track_caller]
    pub(super) fn press(&self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if key == "Enter" && kind == "keyDown" {
                event["text"] = json!("\r");
            }
            self.must("Input.dispatchKeyEvent", &event);
        }
    }

    /// Drops a file onto an element.
    #[track_caller]
    pub(super) fn drop_file(&self, selector: &str, file: &Path) {
        let at = self.middle(selector);
        let data =
            json!({"items": [], "files": [file.display().to_string()], "dragOperationsMask": 1});
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({"type": kind, "x": at[0], "y": at[1], "data": data});
            self.must("Input.dispatchDragEvent", &event);
        }
    }

    /// Files that are downloaded from now on come here.
    #[track_caller]
    pub(super) fn download_to(&self, dir: &Path) {
        let behaviour = json!({"behavior": "allow", "browserContextId": self.context, "downloadPath": dir.display().to_string()});
        self.chromium.must("", "Browser.setDownloadBehavior", &behaviour);
    }

    /// Closes it.
    pub(super) fn close(self) {
        self.must("Page.close", &json!({}));
    }

    /// The page as it is printed: whether an element is on it, and how large the print is.
    #[track_caller]
    pub(super) fn printed(&self, selector: &str) -> (bool, usize) {
        self.must("Emulation.setEmulatedMedia", &json!({"media": "print"}));
        let is_there = self.sees(selector);
        let print = self.must("Page.printToPDF", &json!({}));
        self.must("Emulation.setEmulatedMedia", &json!({"media": "screen"}));
        (is_there, print["data"].as_str().unwrap_or_default().len())
    }

    /// What axe-core finds on the page with every fold open, a line each.
    #[track_caller]
    pub(super) fn violations(&self, axe: &str) -> Vec<String> {
        self.eval(&format!("{axe};0"));
        let found = self.eval(
            "(() => { document.querySelectorAll('details').forEach((of) => { of.open = true; }); \
             return axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}); })()\
             .then((found) => found.violations.map((of) => `${of.id}: ${of.help} at \
             ${of.nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')}`))",
        );
        let lines = found.as_array().unwrap().iter();
        lines.map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the pages of this tab complained of since this was asked last.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.chromium.complaints(&self.session, &self.base)
    }
}

/// The expression that finds `css`, or `css :: text`.
fn find(selector: &str) -> String {
    let (css, text) = selector.split_once(" :: ").unwrap_or((selector, ""));
    format!("{FIND}({}, {})", json!(css), json!(text))
}
