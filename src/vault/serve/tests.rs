//! The server's interface, request by request, as a client of anyone's would see it.

use reqwest::Method;

use super::*;
use crate::model::Secret;
use crate::vault::laws::tree;

const TOKEN: &str = "full";
const V: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvv";
const W: &str = "wwwwwwwwwwwwwwwwwwwwwwwwww";
const I: &str = "iiiiiiiiiiiiiiiiiiiiiiiiii";

fn content() -> Content {
    let large = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, vec![b'x'; 200 << 10]);
    let root = json!({"plaintext": true, "vaults": [
        {"id": V, "name": "V", "items": [
            {"id": I, "title": "A \"quoted\" title", "category": "LOGIN", "fields": [{"id": "f", "label": "l", "value": "x"}],
             "files": [{"id": "small", "name": "a \"b\".pem", "text": "hi"}, {"id": "large", "name": "l", "content": large}]},
            {"title": "Gone", "state": "ARCHIVED"},
        ]},
        {"id": W, "name": "W", "items": []},
    ]});
    Content::from_tree(&tree(&root), false).map_err(drop).expect("a vault file")
}

async fn serve(fail_to_save: bool) -> String {
    let token = |secret: &str, grants| Token { secret: Secret::new(secret.into()), grants };
    let reader = Some(vec![Grant { vault: "W".into(), write: false }]);
    let options = Options { tokens: vec![token(TOKEN, None), token("reader", reader)], ..Options::default() };
    let save: Save = if fail_to_save { Box::new(|_| Err("the disk is full".into())) } else { Box::new(|_| Ok(())) };
    let outside = Outside { now: Box::new(|| 0), random: Box::new(|bytes| bytes.fill(1)), save };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Server::new(content(), options, outside);
    tokio::spawn(async move { server.run(listener, std::future::pending()).await });
    url
}

/// Sends one request; answers its status and body, JSON where it is any.
async fn ask(url: &str, method: &Method, path: &str, token: &str, body: &str) -> (u16, Value) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let request = client.request(method.clone(), format!("{url}{path}")).bearer_auth(token).body(body.to_string());
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test);
}

/// Sends one request to a fresh server: `METHOD PATH`, with `V` and `I` for the ids. The answer's value at `pointer` is
/// `expect`.
fn check(request: &str, token: &str, body: &Value, status: u16, pointer: &str, expect: &Value) {
    run(async {
        let (method, path) = request.split_once(' ').expect("a method");
        let path = path.replace("/V", &format!("/{V}")).replace("/W", &format!("/{W}")).replace("/I", &format!("/{I}"));
        let method = method.parse().expect("a method");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (got, answer) = ask(&serve(false).await, &method, &path, token, &body).await;
        assert_eq!((got, answer.pointer(pointer)), (status, Some(expect)), "{request}: {answer}");
    });
}

fn get(path: &str, status: u16, pointer: &str, expect: &Value) {
    check(&format!("GET {path}"), TOKEN, &Value::Null, status, pointer, expect);
}

#[test]
fn vaults_and_items_are_listed_and_filtered() {
    get("/v1/vaults", 200, "/1/name", &json!("W"));
    get("/v1/vaults?filter=name%20eq%20%22W%22", 200, "/0/name", &json!("W"));
    get("/v1/vaults?filter=name+eq+%22nope%22", 200, "", &json!([]));
    get("/v1/vaults?filter=name+co+%22V%22", 200, "", &json!([]));
    get("/v1/vaults/V", 200, "/items", &json!(1));
    get("/v1/vaults/V/items", 200, "/1/state", &json!("ARCHIVED"));
    get("/v1/vaults/V/items?filter=title+eq+%22A+%5C%22quoted%5C%22+title%22", 200, "/0/id", &json!(I));
    get("/v1/vaults/V/items/I", 200, "/fields/0/value", &json!("x"));
    get("/v1/vaults/V/items/I", 200, "/vault/id", &json!(V));
}

#[test]
fn summaries_hold_no_fields_and_items_no_contents() {
    run(async {
        let url = serve(false).await;
        let path = format!("/v1/vaults/{V}/items");
        let (_, list) = ask(&url, &Method::GET, &path, TOKEN, "").await;
        assert!(list.pointer("/0/title").is_some() && list.pointer("/0/fields").is_none(), "{list}");
        let (_, item) = ask(&url, &Method::GET, &format!("{path}/{I}"), TOKEN, "").await;
        assert!(item.pointer("/files/0/size").is_some() && item.pointer("/files/0/content").is_none(), "{item}");
    });
}

#[test]
fn files_come_apart_or_inline() {
    get("/v1/vaults/V/items/I/files", 200, "/0/name", &json!("a \"b\".pem"));
    get("/v1/vaults/V/items/I/files/small?inline_files=true", 200, "/content", &json!("aGk="));
    get("/v1/vaults/V/items/I/files?inline_files=true", 413, "/status", &json!(413));
    get("/v1/vaults/V/items/I/files/small/content", 200, "", &json!("hi"));
    get("/v1/vaults/V/items/I/files/nope", 404, "/message", &json!("file nope not found"));
}

#[test]
fn whoever_may_not_is_told_so_as_connect_does() {
    let nothing = Value::Null;
    check("GET /v1/vaults", "wrong", &nothing, 401, "/message", &json!("Invalid token signature"));
    check("GET /v1/activity", "wrong", &nothing, 401, "/status", &json!(401));
    check("GET /v1/vaults", "reader", &nothing, 200, "/0/name", &json!("W"));
    check("GET /v1/vaults/V", "reader", &nothing, 403, "/message", &json!(format!("vault {V} is not in scope")));
    check("GET /v1/vaults/V/items/I", "reader", &nothing, 403, "/status", &json!(403));
    let item = json!({"vault": {"id": W}, "category": "LOGIN"});
    check("POST /v1/vaults/W/items", "reader", &item, 403, "/status", &json!(403));
    get("/v1/vaults/nope", 404, "/message", &json!("vault nope not found"));
    get("/v1/vaults/V/items/nope", 404, "/message", &json!("item nope not found"));
    get("/v1/nope", 404, "/status", &json!(404));
    get("/nope", 404, "/status", &json!(404));
    for request in ["PUT /v1/vaults/V/items", "TRACE /v1/vaults", "POST /health", "POST /v1/activity"] {
        check(request, TOKEN, &json!({}), 405, "/status", &json!(405));
    }
}

#[test]
fn what_is_no_item_is_not_written() {
    let item = |more: Value| json!({"vault": {"id": V}, "category": "LOGIN", "title": "T", "fields": more});
    check("POST /v1/vaults/V/items", TOKEN, &item(json!([])), 200, "/version", &json!(1));
    check(
        "POST /v1/vaults/V/items",
        TOKEN,
        &json!({"category": "LOGIN"}),
        400,
        "/message",
        &json!("Invalid item vault"),
    );
    check(
        "POST /v1/vaults/V/items",
        TOKEN,
        &json!({"vault": {"id": V}}),
        400,
        "/message",
        &json!("Invalid item category"),
    );
    check("POST /v1/vaults/V/items", TOKEN, &json!("x"), 400, "/message", &json!("Invalid request body"));
    check("PUT /v1/vaults/V/items/I", TOKEN, &item(json!([])), 200, "/version", &json!(2));
    check("PATCH /v1/vaults/V/items/I", TOKEN, &json!([]), 200, "/version", &json!(1));
    let patch = json!([{"op": "replace", "path": "/fields/f/value", "value": "y"}]);
    check("PATCH /v1/vaults/V/items/I", TOKEN, &patch, 200, "/fields/0/value", &json!("y"));
    check("PATCH /v1/vaults/V/items/I", TOKEN, &json!({}), 404, "/status", &json!(404));
    check("DELETE /v1/vaults/V/items/I", TOKEN, &Value::Null, 204, "", &json!(""));
}

#[test]
fn what_cannot_be_saved_is_not_done() {
    run(async {
        let url = serve(true).await;
        let path = format!("/v1/vaults/{V}/items/{I}");
        let (status, answer) = ask(&url, &Method::DELETE, &path, TOKEN, "").await;
        assert_eq!((status, &answer["message"]), (500, &json!("the disk is full")));
        assert_eq!(ask(&url, &Method::GET, &path, TOKEN, "").await.0, 200);
    });
}

#[test]
fn the_activity_tells_who_asked_for_what() {
    run(async {
        let url = serve(false).await;
        ask(&url, &Method::GET, &format!("/v1/vaults/{V}/items/{I}"), TOKEN, "").await;
        ask(&url, &Method::GET, &format!("/v1/vaults/{V}"), "reader", "").await;
        let (_, all) = ask(&url, &Method::GET, "/v1/activity", TOKEN, "").await;
        assert_eq!((&all[0]["result"], &all[0]["resource"]["type"]), (&json!("DENY"), &json!("VAULT")));
        assert_eq!((&all[1]["result"], &all[1]["resource"]["item"]["id"]), (&json!("SUCCESS"), &json!(I)));
        let (_, part) = ask(&url, &Method::GET, "/v1/activity?limit=1&offset=1", TOKEN, "").await;
        assert_eq!(part.as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn health_needs_no_token() {
    let nothing = Value::Null;
    check("GET /heartbeat", "wrong", &nothing, 200, "", &json!("."));
    check("GET /health", "wrong", &nothing, 200, "/name", &json!("rpconf vault serve"));
}
