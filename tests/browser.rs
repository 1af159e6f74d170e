//! The HTML report in a real browser, from a file, with no network: what is filtered, searched, printed,
//! and read without scripts. Skipped, and said so, where no Chromium is on PATH.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};
use stanch::advice::Stage;
use stanch::catalogue::embedded;
use stanch::finding::{CommitMark, Finding, Trace};
use stanch::report::html::Html;
use stanch::source::Place;

mod report_common;
use report_common::{findings, secret, write_apart};

/// Chromium, spoken to through a pipe (the Chrome DevTools Protocol, messages ended by NUL).
struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: Option<String>,
    sent: u64,
    /// Errors of scripts and violations of the page's policy.
    complaints: Vec<String>,
    /// Addresses that were asked for.
    requests: Vec<String>,
}

impl Browser {
    fn start(program: &str, folder: &Path) -> Browser {
        assert!(Command::new("mkfifo").args(["in", "out"]).current_dir(folder).status().unwrap().success());
        let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
                     --disable-background-networking --disable-component-update --disable-sync \
                     --disable-dev-shm-usage --force-color-profile=srgb --window-size=1100,1400";
        let line = format!(
            "exec {program} {flags} --user-data-dir=profile --remote-debugging-pipe about:blank 3<in 4>out"
        );
        // Open for both, so that neither side waits for the other.
        let to = OpenOptions::new().read(true).write(true).open(folder.join("in")).unwrap();
        let child = Command::new("sh")
            .args(["-c", &line])
            .current_dir(folder)
            .env("HOME", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let from = BufReader::new(File::open(folder.join("out")).unwrap());
        let mut browser =
            Browser { child, to, from, session: None, sent: 0, complaints: Vec::new(), requests: Vec::new() };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = Vec::new();
            self.from.read_until(0, &mut answer).unwrap();
            assert_eq!(answer.pop(), Some(0), "the browser is gone");
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            if answer["id"] == json!(self.sent) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            match answer["method"].as_str().unwrap_or_default() {
                "Runtime.exceptionThrown" | "Log.entryAdded" => self.complaints.push(answer.to_string()),
                "Network.requestWillBeSent" => {
                    let url = answer["params"]["request"]["url"].as_str().unwrap_or_default();
                    self.requests.push(url.to_owned());
                }
                _ => {}
            }
        }
    }

    fn eval(&mut self, script: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": script, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(answer["exceptionDetails"].is_null(), "{script}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.call("Page.navigate", json!({ "url": url }));
        self.eval(
            "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))",
        );
    }

    /// A click of the mouse, at the middle of an element.
    fn click(&mut self, selector: &str) {
        let at = self.eval(&format!(
            "(() => {{ const one = document.querySelector({selector:?}); one.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// The findings that can be seen, by name of the file.
    fn shown(&mut self) -> Vec<String> {
        let shown = self.eval(
            "[...document.querySelectorAll('article.finding')].filter((one) => one.offsetHeight > 0)\
             .map((one) => one.querySelector('.place').textContent)",
        );
        shown.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    }

    fn picture(&mut self, name: &str) {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        let bytes = BASE64.decode(shot["data"].as_str().unwrap().as_bytes()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{name}: {} bytes", bytes.len());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn chromium() -> Option<&'static str> {
    let programs = ["chromium", "chromium-browser", "google-chrome"];
    programs.into_iter().find(|program| {
        let found =
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    })
}

/// A day in seconds.
const DAY: i64 = 86_400;

/// Two years of a made-up repository: files, rules, and when each secret came and went.
fn history() -> Vec<Finding> {
    let now = 1_800_000_000;
    let rules = [
        "twilio-auth-token",
        "clockwork-api-key",
        "github-classic-personal-access-token",
        "aws-access-key-pair",
        "twilio-auth-token",
    ];
    let files: [&[u8]; 5] = [
        b"src/send_sms.py",
        b"config/sms.php",
        b"<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>.sh",
        "deploy/a/very/long/way/down/to/a/файл/日本語の名前/settings.production.yaml".as_bytes(),
        b"README.md",
    ];
    let mark = |days: i64| CommitMark {
        id: format!("{days:040x}"),
        author: "Ann Example <ann@acme.example>".to_owned(),
        time: now - days * DAY,
    };
    let mut all = Vec::new();
    for (at, (rule, file)) in rules.into_iter().zip(files).enumerate() {
        let (number, _) = embedded()
            .rules()
            .find(|(_, known)| known.id == rule)
            .or_else(|| embedded().rules().find(|(_, known)| rule.starts_with(known.vendor.key)))
            .unwrap();
        let text = format!("token = '{}'  # {at}", secret());
        let place = Place::Commit { id: mark(600).id };
        let mut found = findings(&text, file, &place, &[number.0], &["forty hex digits", "a telling name"]);
        let days = i64::try_from(at).unwrap() * 120 + 10;
        let gone = at % 2 == 1;
        found[0].fingerprint = format!("{at}{}", &found[0].fingerprint[1..]);
        found[0].trace = Some(Trace {
            first: Some(mark(days)),
            removed: gone.then(|| mark(days / 2)),
            in_head: !gone,
            live: Vec::new(),
            branches: vec!["main".to_owned(), "feature/sms".to_owned()],
            tags: Vec::new(),
            remotes: if at < 3 { vec!["origin".to_owned()] } else { Vec::new() },
            elsewhere: Vec::new(),
            joint: Default::default(),
        });
        all.extend(found);
    }
    all
}

#[test]
fn the_report_filters_searches_and_prints_in_a_browser() {
    let Some(program) = chromium() else {
        eprintln!("skipped: no Chromium on PATH");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = write_apart(&Html, &history(), &Stage::Found);
    let file = folder.path().join("report.html");
    std::fs::write(&file, &page).unwrap();
    let url = format!("file://{}", file.display());
    let mut browser = Browser::start(program, folder.path());
    browser.open(&url);
    assert_eq!(browser.shown().len(), 5);
    browser.picture("light.png");

    search(&mut browser);
    filter(&mut browser, &url);
    dark_and_print(&mut browser, &url);
    assert_eq!(browser.eval("window.ran === undefined"), json!(true), "a file name ran as a script");
    assert_eq!(browser.complaints, [""; 0], "scripts fail, or the policy is violated");
    let strange: Vec<_> =
        browser.requests.iter().filter(|url| !url.starts_with("file://") && *url != "about:blank").collect();
    assert!(strange.is_empty(), "the page asked for {strange:?}");
    without_scripts(&mut browser, &url);
}

fn search(browser: &mut Browser) {
    let slash = json!({ "type": "keyDown", "key": "/", "text": "/", "code": "Slash" });
    browser.call("Input.dispatchKeyEvent", slash);
    browser.type_text("readme twilio");
    assert_eq!(browser.shown(), ["README.md:1 in 000000000000"]);
    assert_eq!(browser.eval("document.querySelector('output').value"), json!("1 of 5 shown"));
    assert_eq!(browser.eval("location.hash"), json!("#q=readme+twilio"));
    browser.click("button[type=reset]");
    browser.eval("new Promise((done) => setTimeout(done, 50))");
    assert_eq!(browser.shown().len(), 5);
    assert_eq!(browser.eval("document.querySelector('output').value"), json!("All 5 shown"));
}

fn filter(browser: &mut Browser, url: &str) {
    let critical = browser.eval("document.querySelectorAll('[data-severity=critical].finding').length");
    let critical = usize::try_from(critical.as_u64().unwrap()).unwrap();
    assert!((1..5).contains(&critical), "the made-up findings differ in severity");
    browser.click("input[value=critical]");
    assert_eq!(browser.shown().len(), 5 - critical);
    // A link leads to the same choice, with the keyboard's and the mouse's controls in agreement.
    browser.open(&format!("{url}#severity=critical&state=pushed&vendor=twilio"));
    assert_eq!(browser.shown(), ["src/send_sms.py:1 in 000000000000"]);
    assert_eq!(browser.eval("document.querySelector('input[value=high]').checked"), json!(false));
    browser.open(url);
    browser.click("article.finding summary");
    let open = browser.eval("document.querySelector('article.finding details').open");
    assert_eq!(open, json!(true), "a click opens a finding");
    browser.picture("card.png");
    let bar = browser.eval("document.querySelector('#timeline ~ .chart a').getAttribute('href')");
    browser.open(&format!("{url}{}", bar.as_str().unwrap()));
    let open = browser.eval("document.querySelector(location.hash).querySelector('details').open");
    assert_eq!(open, json!(true), "a bar of the timeline leads to its finding");
}

fn dark_and_print(browser: &mut Browser, url: &str) {
    browser.open(url);
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.call("Emulation.setEmulatedMedia", dark);
    browser.picture("dark.png");
    let color = browser.eval("getComputedStyle(document.body).backgroundColor");
    assert_eq!(color, json!("rgb(21, 23, 27)"));
    browser.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    assert_eq!(browser.eval("document.querySelector('form.filter').offsetHeight"), json!(0));
    let pdf = browser.call("Page.printToPDF", json!({}));
    let pdf = BASE64.decode(pdf["data"].as_str().unwrap().as_bytes()).unwrap();
    assert!(pdf.starts_with(b"%PDF"));
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("report/print.pdf"), pdf).unwrap();
    browser.call("Emulation.setEmulatedMedia", json!({ "media": "", "features": [] }));
}

/// Every finding, its fix card too, can be read; nothing that needs a script is offered.
fn without_scripts(browser: &mut Browser, url: &str) {
    browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.call("Page.navigate", json!({ "url": url }));
    std::thread::sleep(std::time::Duration::from_millis(500));
    let document = browser.call("DOM.getDocument", json!({}));
    let mut all = |selector: &str| -> Vec<Value> {
        let root = &document["root"]["nodeId"];
        let found = browser.call("DOM.querySelectorAll", json!({ "nodeId": root, "selector": selector }));
        found["nodeIds"].as_array().unwrap().clone()
    };
    let (cards, forms) = (all("article .body ol"), all("form.filter"));
    assert_eq!((cards.len(), forms.len()), (5, 1));
    for card in cards {
        let layout = browser.call("DOM.getBoxModel", json!({ "nodeId": card }));
        assert!(layout["model"]["height"].as_f64().unwrap() > 10.0, "a fix card is closed");
    }
    browser.picture("no-scripts.png");
}
