//! A service of a test's own with a key of each role, and what it answers.

use highmark_engine::Timestamp;
use highmark_journal::Retention;
use highmark_market::Market;
use highmark_play::failure::{Code, Failure};
use highmark_play::scenario;
use highmark_server::api::keys::{Keys, Role};
use highmark_server::service::{FeedPlan, OnLoss, OnStop, Plan, Policy, Service};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// An account that fills at the mark, so that no fill is late; two strategies with a trade each.
const SCENARIO: &str = "\
name = \"desk\"
instrument = [
    { symbol = \"NIFTY\", venue = \"always\", lot = 75 },
    { symbol = \"SBIN\", venue = \"always\" },
]
account = [{ name = \"main\", balance = 1000000 }]
strategy = [
    { name = \"Momentum\", capital = 500000, rule = [{ max_loss = { amount = 15000 } }] },
    { name = \"Carry\" },
]

[[trade]]
name = \"m1\"
strategy = \"Momentum\"
instrument = \"NIFTY\"
side = \"buy\"
lots = 1
rule = [{ trail = { by = 60 } }]

[[trade]]
name = \"c1\"
strategy = \"Carry\"
instrument = \"SBIN\"
side = \"sell\"
quantity = 100
";

pub(crate) struct Desk {
    pub folder: PathBuf,
    service: Option<Service>,
    pub address: SocketAddr,
    keys: Vec<(Role, String)>,
    next: AtomicU32,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Value,
    /// The body as it came.
    pub raw: String,
}

impl Reply {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or("")
    }
}

/// What a service on this folder is to do.
pub(crate) fn plan(state: PathBuf, api: Option<&str>) -> Plan {
    let loaded = scenario::load("desk", SCENARIO, &[]).unwrap();
    Plan {
        state,
        network: true,
        version: "test".into(),
        paper: loaded.scenario.paper,
        scenario: loaded,
        market: Market::embedded().unwrap(),
        feed: FeedPlan::None,
        queue: 1_024,
        group: 256,
        api: api.map(|address| address.parse::<SocketAddr>().unwrap().into()),
        policy: Policy {
            checkpoint_every: Duration::from_secs(60),
            checkpoint_hook: None,
            retention: Retention::Everything,
            on_loss: OnLoss::ExitAll,
            on_stop: OnStop::Leave,
            backups: None,
            // A test machine's disk may be as full as it likes.
            warn_free_pct: 0,
            block_free_pct: 0,
        },
        configuration: Box::new(|| serde_json::json!({ "api.listen": "127.0.0.1:0" })),
        reload: Box::new(|| Err(Failure::new(Code::Refused, "there is no configuration", ""))),
    }
}

/// A new folder for one test. It is short: a socket's path may not be long.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hm-api-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Desk {
    pub(crate) fn open(name: &str) -> Desk {
        Desk::open_with(name, |_| {})
    }

    /// With what a test changes in its plan.
    pub(crate) fn open_with(name: &str, change: impl FnOnce(&mut Plan)) -> Desk {
        let folder = folder(name);
        let made =
            |role: Role| (role, Keys::add(&folder, role.name(), role, Timestamp(1)).unwrap());
        let keys = Role::ALL.map(made).to_vec();
        let mut plan = plan(folder.clone(), Some("127.0.0.1:0"));
        change(&mut plan);
        let (service, card) = Service::start(plan).unwrap();
        let address = card.api.unwrap();
        let service = Some(service);
        Desk { folder, service, address, keys, next: AtomicU32::new(0) }
    }

    pub(crate) fn key(&self, role: &str) -> &str {
        let (_, key) = self.keys.iter().find(|(one, _)| one.name() == role).unwrap();
        key
    }

    /// One request on a connection of its own, as it is written here.
    pub(crate) fn say(&self, raw: &str) -> Reply {
        say(self.address, raw)
    }

    /// A number that was not given before.
    pub(crate) fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A request with the key of a role.
    pub(crate) fn send(&self, role: &str, method: &str, path: &str, body: &str) -> Reply {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.say(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nIdempotency-Key: own-{number}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.key(role),
            body.len(),
        ))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let reply = self.send("viewer", "GET", path, "");
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.body
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let reply = self.send("viewer", "GET", path, "");
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.raw
    }

    /// What a refused request must leave as it was.
    pub(crate) fn standing(&self) -> (Value, Value, Value) {
        let mut status = self.get("/api/v1/status");
        let rows = status["strategies"].take();
        (status["killed"].take(), rows, self.get("/api/v1/trades?all=true"))
    }

    /// Ends the service and starts another on the same folder.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        let plan = plan(self.folder.clone(), Some("127.0.0.1:0"));
        let (service, card) = Service::start(plan).unwrap();
        (self.service, self.address) = (Some(service), card.api.unwrap());
    }

    /// Has done what is asked, or else the test fails.
    pub(crate) fn done(&self, role: &str, path: &str, body: &str) -> Value {
        let reply = self.send(role, "POST", path, body);
        assert_eq!(reply.status, 200, "{path} {body}: {reply:?}");
        reply.body
    }

    /// Has it asked for by one and confirmed by another, since it loosens.
    pub(crate) fn raised(&self, path: &str, body: &str) {
        let asked = self.send("risk", "POST", path, body);
        assert_eq!(
            (asked.status, asked.text("code")),
            (409, "CONFIRM"),
            "{path} {body}: {asked:?}"
        );
        let confirm = format!("/api/v1/raises/{}/confirm", asked.body["raise"]);
        self.done("admin", &confirm, r#"{"confirm":"raise"}"#);
    }

    pub(crate) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    pub(crate) fn stop(&mut self) {
        if let Some(service) = self.service.take() {
            service.stop().unwrap();
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub(crate) fn say(address: SocketAddr, raw: &str) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A request that is refused by its head alone may be answered before it was read.
    let _ = stream.write_all(raw.as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    reply(&String::from_utf8(said).unwrap())
}

pub(crate) fn reply(said: &str) -> Reply {
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or((said, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let raw = body.to_owned();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    Reply { status, head: head.to_ascii_lowercase(), body, raw }
}
