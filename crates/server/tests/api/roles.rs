//! Every route that the description names, asked with a key of every role and with none.

use crate::service::Desk;
use serde_json::Value;

const ROLES: [&str; 4] = ["viewer", "trader", "risk", "admin"];

/// Method, address, and the role that it needs, as described.
fn routes(desk: &Desk) -> Vec<(String, String, Option<String>)> {
    let description = desk.send("viewer", "GET", "/api/v1/openapi.json", "").body;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{description}");
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs = operation["security"].as_array().unwrap();
            let role = needs.first().map(|need| need["key"][0].as_str().unwrap().to_owned());
            let path = path.replace("{id}", "99").replace("{about}", "system");
            let path = path.replace("{seq}", "1").replace("{day}", "today");
            let path = path.replace("{name}", "99").replace("{address}", "99");
            routes.push((method.to_uppercase(), path, role));
        }
    }
    routes
}

#[test]
fn each_route_lets_in_whom_it_names_and_nobody_else() {
    let desk = Desk::open("roles");
    let stood = desk.standing();
    let routes = routes(&desk);
    assert!(routes.len() > 20, "{routes:?}");
    for (method, path, needs) in &routes {
        let level = needs.as_ref().map(|role| ROLES.iter().position(|one| one == role).unwrap());
        let bare = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            desk.address
        );
        // What is open to anybody is looked at, or wants JSON.
        let expected = match (needs, &**method) {
            (Some(_), _) => 401,
            // A hook lets in whoever knows its address, and this is none.
            (None, _) if path.starts_with("/hooks/") => 404,
            (None, "GET") => 200,
            (None, _) => 415,
        };
        assert_eq!(desk.say(&bare).status, expected, "{method} {path} without a key");
        for (at, role) in ROLES.iter().enumerate() {
            // A body that no route takes: whoever is let in is told so, and nothing is done.
            let reply = desk.send(role, method, path, "[0]");
            let may = level.is_none_or(|level| at >= level);
            let refused = reply.status == 403 && reply.text("code") == "FORBIDDEN";
            assert_eq!(refused, !may, "{method} {path} as {role}: {reply:?}");
            let changes = method != "GET";
            let is_looked_at = reply.status == 422
                || path == "/api/v1/logout"
                || path.starts_with("/hooks/") && reply.status == 404;
            assert!(!may || !changes || is_looked_at, "{method} {path}: {reply:?}");
        }
    }
    assert_eq!(stood, desk.standing());
}

#[test]
fn every_change_is_described_with_its_key_and_its_refusals() {
    let desk = Desk::open("described");
    let description = desk.send("viewer", "GET", "/api/v1/openapi.json", "").body;
    let described = |value: &Value, pointer: &str| value.pointer(pointer).is_some();
    for schema in ["Problem", "Status", "Trade", "Done", "Entering"] {
        let pointer = format!("/components/schemas/{schema}");
        assert!(described(&description, &pointer), "{schema}");
    }
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let refusal = "/responses/default/content/application~1problem+json/schema/$ref";
            assert!(described(operation, refusal), "{method} {path}: {operation}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let text = answer["description"].as_str().unwrap_or("");
                assert!(!text.is_empty(), "{method} {path}: {status} without a description");
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let key = parameters.iter().find(|one| one["name"] == "Idempotency-Key");
            let names = key.is_some();
            // Without it whoever makes requests from the description sends an empty one.
            let is_bounded = |key: &Value| {
                let schema = &key["schema"];
                schema["minLength"] == 1
                    && schema["maxLength"] == 128
                    && schema["pattern"].is_string()
            };
            assert!(key.is_none_or(is_bounded), "{method} {path}: {key:?}");
            let open = ["/api/v1/login", "/api/v1/logout", "/api/v1/open", "/hooks/{address}"];
            assert_eq!(names, method != "get" && !open.contains(&path.as_str()), "{method} {path}");
        }
    }
}

#[test]
fn no_parameter_is_described_as_null() {
    let desk = Desk::open("null");
    let description = desk.send("viewer", "GET", "/api/v1/openapi.json", "").body;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for one in operation["parameters"].as_array().into_iter().flatten() {
                assert!(!one["schema"]["type"].is_array(), "{method} {path}: {one}");
            }
        }
    }
}

#[test]
fn the_terms_of_a_strategy_are_not_described_as_those_of_a_hook() {
    let desk = Desk::open("terms");
    let description = desk.send("viewer", "GET", "/api/v1/openapi.json", "").body;
    let fields = |schema: &str| {
        let pointer = format!("/components/schemas/{schema}/properties");
        let fields = description.pointer(&pointer).and_then(Value::as_object).unwrap();
        fields.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(fields("StrategyTerms"), ["capital", "id", "name"]);
    assert!(fields("Terms").contains(&"source".to_owned()));
}
