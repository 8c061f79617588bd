//! Canaries: secrets of every kind that a service is given, looked for in all that it says and keeps.

use crate::desk::{Desk, configure};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a broker, a command and a person gave, as they write it where it has to stand or where it should not.
const COMMAND: &str = "canary-of-a-command";
const BROKER: &str = "canary-of-a-broker";
const VARIABLE: &str = "canary-of-a-variable";
const PASSWORD: &str = "canary of a person";

const CONFIGURATION: &str = "\
config_version = 1
[log]
level = \"debug\"
[journal]
checkpoint_every = \"1s\"
checkpoint_hook = \"cat > /dev/null; false --token=canary-of-a-command\"
";

/// A secret, its forms, and the one file that has to have it.
struct Canary {
    what: &'static str,
    forms: Vec<String>,
    kept: Option<PathBuf>,
}

impl Canary {
    fn new(what: &'static str, text: &str) -> Canary {
        Canary { what, forms: vec![text.to_owned(), hex(text.as_bytes())], kept: None }
    }

    fn kept_in(self, path: PathBuf) -> Canary {
        Canary { kept: Some(path), ..self }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let holds = |form: &String| bytes.windows(form.len()).any(|part| part == form.as_bytes());
        self.forms.iter().any(holds)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says nothing of what it finds but where it is.
fn search(canaries: &[Canary], bytes: &[u8], place: &str) {
    for canary in canaries {
        assert!(!canary.is_in(bytes), "{place} has the {}", canary.what);
    }
}

/// Who asks, and what they were given.
struct Secrets {
    key: String,
    session: String,
    totp: String,
    /// What follows `/hooks/` in the address that signals are sent to, and in the one that it had before.
    hook: String,
    old_hook: String,
}

fn address(desk: &Desk) -> String {
    fs::read_to_string(desk.state().join("api.address")).unwrap().trim().to_owned()
}

/// One request; `lines` go into its head.
fn ask(desk: &Desk, what: &str, lines: &str, body: &str) -> String {
    let address = address(desk);
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{lines}\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    String::from_utf8(said).unwrap()
}

fn with_password(desk: &Desk) {
    let mut command = desk.command(&["user", "add", "asha", "--role", "risk", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
}

/// Everybody gets what they need, and uses it.
fn secrets(desk: &Desk) -> Secrets {
    let key = desk.run(&["key", "add", "desk", "--role", "admin"]).out.trim().to_owned();
    with_password(desk);
    let login = format!(r#"{{"name":"asha","password":"{PASSWORD}"}}"#);
    let said = ask(desk, "POST /api/v1/login", "", &login);
    let session = said.split("highmark=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let enrolled = desk.run(&["user", "totp", "asha"]).out;
    let totp = enrolled.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    desk.prices("26000", "800");
    let bearer = format!("Authorization: Bearer {key}\r\nIdempotency-Key: first\r\n");
    let killed = ask(desk, "POST /api/v1/kill", &bearer, r#"{"reason":"drill"}"#);
    assert!(killed.starts_with("HTTP/1.1 200"), "{killed}");
    let hook = ["hook", "add", "scan", "--source", "tradingview", "--strategy", "Carry"];
    let old_hook =
        address_of_hook(desk, &[&hook[..], &["--account", "main", "--most", "10"]].concat());
    let hook = address_of_hook(desk, &["hook", "rotate", "scan"]);
    let signal = r#"{"action":"exit","ticker":"SBIN"}"#;
    let heard = ask(desk, &format!("POST /hooks/{hook}"), "", signal);
    assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
    Secrets { key, session, totp, hook, old_hook }
}

fn address_of_hook(desk: &Desk, command: &[&str]) -> String {
    let made = desk.run(command);
    assert_eq!(made.code, 0, "{}", made.err);
    made.out.trim().strip_prefix("/hooks/").unwrap().to_owned()
}

/// Secrets where they do not belong; what is answered may not say them again.
fn misplaced(desk: &Desk, given: &Secrets) -> Vec<(String, String)> {
    let Secrets { key, session, totp, hook, old_hook } = given;
    let bearer = format!("Authorization: Bearer {key}\r\nIdempotency-Key: wrong\r\n");
    let cookie = format!("Cookie: highmark={session}x\r\n");
    let heads = [
        (format!("GET /api/v1/status?key={key}"), String::new()),
        (format!("GET /api/v1/trades?limit={key}"), bearer.clone()),
        (format!("GET /api/v1/trades/{key}"), bearer.clone()),
        (format!("GET /api/v1/explain/{key}"), bearer.clone()),
        (format!("GET /{key}/{session}"), String::new()),
        ("GET /api/v1/me".to_owned(), format!("Authorization: Basic {key}\r\n")),
        ("GET /api/v1/me".to_owned(), format!("Authorization: Bearer {key}x\r\n")),
        ("GET /api/v1/me".to_owned(), cookie.clone()),
        ("POST /api/v1/kill".to_owned(), cookie),
        ("GET /api/v1/me".to_owned(), format!("Host: {key}\r\n")),
        (format!("GET /hooks/{hook}"), String::new()),
        (format!("POST /hooks/{old_hook}"), String::new()),
        (format!("POST /hooks/{hook}x"), String::new()),
        (format!("POST /hooks/{hook}/more?of={hook}"), String::new()),
        (format!("GET /api/v1/hooks/{hook}"), bearer.clone()),
        (format!("GET /api/v1/trades/{hook}"), bearer.clone()),
        (format!("GET /api/v1/status?hook={hook}"), String::new()),
        ("GET /api/v1/me".to_owned(), format!("Authorization: Bearer {hook}\r\n")),
    ];
    let bodies = [
        ("/api/v1/login", format!(r#"{{"name":"asha","password":"{PASSWORD}!"}}"#)),
        ("/api/v1/login", format!(r#"{{"name":"nobody","password":"{PASSWORD}"}}"#)),
        ("/api/v1/login", format!(r#"{{"name":"asha","password":["{PASSWORD}"]}}"#)),
        ("/api/v1/login", format!(r#"{{"name":{{"a":1}},"password":"{PASSWORD}"}}"#)),
        ("/api/v1/login", format!(r#"{{"name":"asha","code":["{totp}"],"password":"x"}}"#)),
        ("/api/v1/login", format!(r#"["{PASSWORD}"]"#)),
        ("/api/v1/login", PASSWORD.to_owned()),
        ("/api/v1/release", format!(r#"{{"reason":"over","confirm":"release","code":"{totp}"}}"#)),
        ("/api/v1/release", format!(r#"{{"reason":"over","confirm":"{totp}"}}"#)),
        ("/api/v1/trades", format!(r#"{{"strategy":"{key}"}}"#)),
        ("/api/v1/trades", format!(r#"{{"strategy":"{hook}"}}"#)),
        ("/api/v1/hooks", format!(r#"{{"name":"/hooks/{hook}","terms":{{}}}}"#)),
    ];
    let signals = [
        (hook, format!("nothing that is known, such as /hooks/{hook}")),
        (hook, format!(r#"{{"action":"buy","ticker":"{hook}"}}"#)),
        (old_hook, r#"{"action":"exit","ticker":"SBIN"}"#.to_owned()),
    ];
    let mut said = Vec::new();
    for (what, lines) in heads {
        said.push((what.clone(), ask(desk, &what, &lines, "")));
    }
    for (number, (path, body)) in bodies.iter().enumerate() {
        let lines = bearer.replace("wrong", &format!("wrong-{number}"));
        said.push((body.clone(), ask(desk, &format!("POST {path}"), &lines, body)));
    }
    for (address, signal) in signals {
        said.push((signal.clone(), ask(desk, &format!("POST /hooks/{address}"), "", &signal)));
    }
    for (what, answer) in &said {
        let is_refused = ["400", "401", "403", "404", "405", "409", "422", "429"]
            .iter()
            .any(|status| answer.starts_with(&format!("HTTP/1.1 {status}")));
        assert!(is_refused, "{what} {answer}");
    }
    said
}

/// What every route that only looks says to whoever may see all.
fn looked_at(desk: &Desk, key: &str) -> Vec<(String, String)> {
    let bearer = format!("Authorization: Bearer {key}\r\n");
    let described = ask(desk, "GET /api/v1/openapi.json", "", "");
    let (_, described) = described.split_once("\r\n\r\n").unwrap();
    let described: serde_json::Value = serde_json::from_str(described).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let looks = paths.filter(|(_, item)| item.get("get").is_some());
    let path = |path: &String| {
        let path = path.replace("{id}", "0").replace("{about}", "system");
        path.replace("{seq}", "1").replace("{day}", "today")
    };
    looks
        .map(|(route, _)| path(route))
        .chain(["/api/v1/events?limit=500".to_owned(), "/api/v1/audit?limit=500".to_owned()])
        .map(|path| (path.clone(), ask(desk, &format!("GET {path}"), &bearer, "")))
        .collect()
}

/// Commands that tell of configuration, people and the past.
const COMMANDS: [&[&str]; 12] = [
    &["config", "show", "--origin"],
    &["config", "check", "--json"],
    &["config", "reload"],
    &["key", "list"],
    &["user", "list"],
    &["hook", "list"],
    &["doctor"],
    &["status", "--json"],
    &["explain", "system"],
    &["report", "day"],
    &["journal", "verify"],
    &["kill", "status"],
];

fn said_by_commands(desk: &Desk, variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let run = |words: &&[&str]| {
        let told = desk.command(words).envs(variables.iter().copied()).output().unwrap();
        let said = [told.stdout, told.stderr].concat();
        (words.join(" "), String::from_utf8(said).unwrap())
    };
    COMMANDS.iter().map(run).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

#[test]
fn secrets_are_in_no_log_no_journal_no_answer_no_figure_and_no_error() {
    let options = ["--option", "api.listen=127.0.0.1:0"];
    let mut desk = Desk::open_configured("canary", CONFIGURATION, &options);
    let configuration = desk.folder.join("config/highmark/highmark.toml");
    let given = secrets(&desk);
    let people = desk.state().join("api-people.json");
    let kept = fs::read_to_string(&people).unwrap();
    let second = kept.split("\"second\"").nth(1).unwrap().split('"').nth(1).unwrap().to_owned();
    let canaries = [
        Canary::new("key", &given.key),
        Canary::new("session", &given.session),
        Canary::new("password", PASSWORD),
        Canary::new("second factor as it is shown", &given.totp),
        Canary::new("second factor as it is kept", &second).kept_in(people),
        Canary::new("command's token", COMMAND).kept_in(configuration.clone()),
        Canary::new("broker's token", BROKER).kept_in(configuration.clone()),
        Canary::new("variable's token", VARIABLE),
        Canary::new("hook's address", &given.hook),
        Canary::new("hook's address before", &given.old_hook),
    ];
    // All of them are to be found where they have to be: the search is no blind one.
    for canary in &canaries[4..6] {
        let path = canary.kept.as_ref().unwrap();
        assert!(canary.is_in(&fs::read(path).unwrap()), "{}", canary.what);
    }
    for (place, said) in misplaced(&desk, &given) {
        let place = format!("the answer to {place}");
        search(&canaries, said.as_bytes(), &place);
    }
    for (place, said) in looked_at(&desk, &given.key) {
        assert!(!said.is_empty(), "{place}");
        search(&canaries, said.as_bytes(), &place);
    }
    for (place, said) in said_by_commands(&desk, &[]) {
        search(&canaries, said.as_bytes(), &place);
    }
    // A broker's token where nothing takes it yet: it is refused and not told again.
    let wrong = format!("{CONFIGURATION}[brokers.upstox]\naccess_token = \"{BROKER}\"\n");
    configure(&desk.folder, &wrong);
    let variable = [("HIGHMARK__BROKERS__UPSTOX__ACCESS_TOKEN", VARIABLE)];
    for (place, said) in said_by_commands(&desk, &variable) {
        search(&canaries, said.as_bytes(), &format!("{place} with a wrong configuration"));
    }
    let copy = desk.folder.join("copy");
    configure(&desk.folder, CONFIGURATION);
    let copied = desk.run(&["journal", "backup", copy.to_str().unwrap()]);
    assert_eq!(copied.code, 0, "{}", copied.err);
    // The command fails, and is told of without its words.
    for wanted in ["journal.checkpoint_hook", "\"level\":\"DEBUG\""] {
        while !desk.log().contains(wanted) {
            desk.prices("26001", "801");
        }
    }
    desk.stop();
    for path in files(&desk.folder) {
        let bytes = fs::read(&path).unwrap_or_default();
        for canary in &canaries {
            let may = canary.kept.as_ref() == Some(&path);
            assert!(may || !canary.is_in(&bytes), "{} has the {}", path.display(), canary.what);
        }
    }
}
