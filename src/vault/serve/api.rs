//! Connect's interface, request by request: who may, what is there, what is answered.

use base64::Engine as _;
use serde_json::{Value, json};

use super::filter::equals;
use super::item::{Json, file_shown, shown, summary};
use super::patch::apply;
use super::state::{State, Write};
use super::token;
use crate::vault::file::VaultContent;

/// Files up to this size come inline, as Connect has it by default.
const INLINE: usize = 100 << 10;

/// A request.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    /// The path's parts.
    pub(super) path: Vec<&'a str>,
    pub(super) query: &'a [(String, String)],
    pub(super) authorization: Option<&'a str>,
    pub(super) agent: &'a str,
    pub(super) body: &'a [u8],
}

/// What is answered.
pub(super) enum Reply {
    Json(Value),
    /// JSON with a `Content-Range`.
    Part(Value, String),
    Text(String),
    File {
        name: String,
        content: Vec<u8>,
    },
    Nothing,
}

/// A status and what Connect's own message would be.
pub(super) struct Refused(pub(super) u16, pub(super) String);

/// The methods that a path takes, as the header of a 405 lists them.
pub(super) fn allowed(path: &[&str]) -> &'static str {
    match path {
        ["v1", "vaults", _, "items"] => "GET, POST",
        ["v1", "vaults", _, "items", _] => "GET, PUT, PATCH, DELETE",
        _ => "GET",
    }
}

type Answer = Result<Reply, Refused>;

/// Answers a request.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Answer {
    // What needs no token stands beside `/v1`; a client that puts `/v1` before everything gets it too.
    let path = call.path.strip_prefix(&["v1"]).unwrap_or(&call.path);
    match (call.method, path) {
        ("GET", ["heartbeat"]) => return Ok(Reply::Text(".".into())),
        ("GET", ["health"]) => return Ok(Reply::Json(health())),
        ("GET", ["metrics"]) => return Ok(Reply::Text(metrics(state))),
        (_, ["heartbeat" | "health" | "metrics"]) => return Err(not_allowed()),
        (_, _) if call.path.first() != Some(&"v1") => return Err(not_found("the path")),
        (_, _) => {}
    }
    if token::find(&state.tokens, call.authorization).is_none() {
        return Err(Refused(401, "Invalid token signature".into()));
    }
    match (call.method, path) {
        ("GET", ["activity"]) => Ok(activity(state, call)),
        ("GET", ["vaults"]) => Ok(vaults(state, call)),
        (_, ["activity" | "vaults"]) => Err(not_allowed()),
        (_, ["vaults", vault, rest @ ..]) => {
            let answer = in_vault(state, call, vault, rest);
            if state.vault(vault).is_some() {
                state.remember(action(call.method), answer.is_ok(), resource(vault, rest), call.agent);
            }
            answer
        }
        _ => Err(not_found("the path")),
    }
}

fn in_vault(state: &mut State, call: &Call<'_>, vault: &str, rest: &[&str]) -> Answer {
    let Some(found) = state.vault(vault) else { return Err(not_found(&format!("vault {vault}"))) };
    let token = token::find(&state.tokens, call.authorization);
    let writes = call.method != "GET";
    if !token
        .is_some_and(|token| if writes { token.writes(vault, &found.name) } else { token.reads(vault, &found.name) })
    {
        return Err(Refused(403, format!("vault {vault} is not in scope")));
    }
    match (call.method, rest) {
        ("GET", []) => Ok(Reply::Json(vault_shown(found))),
        ("GET", ["items"]) => Ok(items(found, call)),
        ("POST", ["items"]) => create(state, vault, call),
        ("GET", ["items", id]) => {
            state.read(vault, id).map(|item| Reply::Json(shown(&item))).ok_or_else(|| not_found(&format!("item {id}")))
        }
        ("PUT", ["items", id]) => replace(state, vault, id, call),
        ("PATCH", ["items", id]) => patch(state, vault, id, call),
        ("DELETE", ["items", id]) => {
            item(state, vault, id)?;
            save(state, vault, id, Write::Delete)?;
            Ok(Reply::Nothing)
        }
        ("GET", ["items", id, "files"]) => files(&item(state, vault, id)?, vault, id, call),
        ("GET", ["items", id, "files", file]) => {
            let file = file_of(&item(state, vault, id)?, file)?;
            inline(&file, call).map(|inline| Reply::Json(file_shown(&file, vault, id, inline)))
        }
        ("GET", ["items", id, "files", file, "content"]) => content(&file_of(&item(state, vault, id)?, file)?),
        (_, [] | ["items"] | ["items", _] | ["items", _, "files", ..]) => Err(not_allowed()),
        _ => Err(not_found("the path")),
    }
}

fn vaults(state: &State, call: &Call<'_>) -> Reply {
    let token = token::find(&state.tokens, call.authorization);
    let filter = filter(call);
    let granted = state.vaults().iter().filter(|vault| token.is_some_and(|token| token.reads(&vault.id, &vault.name)));
    Reply::Json(granted.filter(|vault| matches(&filter, &vault.name)).map(vault_shown).collect())
}

fn vault_shown(vault: &VaultContent) -> Value {
    let versions = vault.items.iter().filter_map(|item| item.get("version")?.as_u64());
    json!({
        "id": vault.id, "name": vault.name, "attributeVersion": 1, "contentVersion": versions.sum::<u64>(),
        "items": vault.items.iter().filter(|item| !item.contains_key("state")).count(), "type": "USER_CREATED",
    })
}

fn items(vault: &VaultContent, call: &Call<'_>) -> Reply {
    let filter = filter(call);
    let titled = |item: &&Json| matches(&filter, item.get("title").and_then(Value::as_str).unwrap_or_default());
    Reply::Json(vault.items.iter().filter(titled).map(summary).collect())
}

fn create(state: &mut State, vault: &str, call: &Call<'_>) -> Answer {
    let item = state.accept(vault, &sent(call)?, None).map_err(bad)?;
    let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_string();
    put(state, vault, &id, item)
}

fn replace(state: &mut State, vault: &str, id: &str, call: &Call<'_>) -> Answer {
    let old = item(state, vault, id)?;
    let item = state.accept(vault, &sent(call)?, Some(&old)).map_err(bad)?;
    put(state, vault, id, item)
}

/// The interface has no 400 for a patch: one that cannot be applied leads to nothing that is there.
fn patch(state: &mut State, vault: &str, id: &str, call: &Call<'_>) -> Answer {
    let old = item(state, vault, id)?;
    let nothing = |message| Refused(404, message);
    let operations: Value = serde_json::from_slice(call.body).map_err(|_| nothing("Invalid request body".into()))?;
    if operations.as_array().is_some_and(Vec::is_empty) {
        return Ok(Reply::Json(shown(&old)));
    }
    let mut patched = old.clone();
    apply(&mut patched, &operations).map_err(nothing)?;
    let item = state.accept(vault, &patched, Some(&old)).map_err(nothing)?;
    put(state, vault, id, item)
}

fn put(state: &mut State, vault: &str, id: &str, item: Json) -> Answer {
    let reply = shown(&item);
    save(state, vault, id, Write::Put(item))?;
    Ok(Reply::Json(reply))
}

fn save(state: &mut State, vault: &str, id: &str, write: Write) -> Result<(), Refused> {
    state.write(vault, id, write).map_err(|error| Refused(500, error))
}

/// The item that a client sent. It must name a vault; which one is the path's to say.
fn sent(call: &Call<'_>) -> Result<Json, Refused> {
    let sent: Json = serde_json::from_slice(call.body).map_err(|_| bad("Invalid request body".into()))?;
    match sent.get("vault").and_then(|sent| sent.get("id")?.as_str()) {
        Some(_) => Ok(sent),
        None => Err(bad("Invalid item vault".into())),
    }
}

fn item(state: &State, vault: &str, id: &str) -> Result<Json, Refused> {
    state.item(vault, id).cloned().ok_or_else(|| not_found(&format!("item {id}")))
}

fn files(item: &Json, vault: &str, id: &str, call: &Call<'_>) -> Answer {
    let files = item.get("files").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let shown = files.iter().map(|file| inline(file, call).map(|inline| file_shown(file, vault, id, inline)));
    Ok(Reply::Json(shown.collect::<Result<_, _>>()?))
}

fn file_of(item: &Json, id: &str) -> Result<Value, Refused> {
    let files = item.get("files").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let found = files.iter().find(|file| file.get("id").and_then(Value::as_str) == Some(id));
    found.cloned().ok_or_else(|| not_found(&format!("file {id}")))
}

/// Whether a file's content is wanted in the answer.
fn inline(file: &Value, call: &Call<'_>) -> Result<bool, Refused> {
    let wanted = parameter(call, "inline_files") == Some("true");
    let size = file.get("size").and_then(Value::as_u64).unwrap_or(0);
    if wanted && size > INLINE as u64 {
        return Err(Refused(413, "File is too large to inline in request".into()));
    }
    Ok(wanted)
}

fn content(file: &Value) -> Answer {
    let base64 = file.get("content").and_then(Value::as_str).unwrap_or_default();
    let content = base64::engine::general_purpose::STANDARD.decode(base64).unwrap_or_default();
    let name = file.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
    Ok(Reply::File { name, content })
}

fn activity(state: &State, call: &Call<'_>) -> Reply {
    let number = |key, default| parameter(call, key).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default);
    let (limit, offset) = (number("limit", 50), number("offset", 0));
    let part: Vec<Value> = state.activity.iter().skip(offset).take(limit).cloned().collect();
    let range = format!("{}-{}/{}", offset.saturating_add(1), offset.saturating_add(part.len()), state.activity.len());
    Reply::Part(part.into(), range)
}

fn health() -> Value {
    let service = |name: &str| json!({"service": name, "status": "ACTIVE"});
    json!({
        "name": "rpconf vault serve", "version": env!("CARGO_PKG_VERSION"),
        "dependencies": [service("sync"), service("file")],
    })
}

/// Numbers in the format of Prometheus; this request is counted too.
fn metrics(state: &State) -> String {
    let counters = &state.counters;
    [
        ("requests_total", "counter", counters.requests),
        ("requests_at_once_max", "gauge", counters.most),
        ("connections_total", "counter", counters.connections),
    ]
    .map(|(name, kind, value)| format!("# TYPE rpconf_vault_{name} {kind}\nrpconf_vault_{name} {value}\n"))
    .concat()
}

/// The name that is filtered for. The interface has no answer to a filter that cannot be read: nothing matches it.
fn filter(call: &Call<'_>) -> Option<Option<String>> {
    parameter(call, "filter").filter(|filter| !filter.is_empty()).map(equals)
}

fn matches(filter: &Option<Option<String>>, name: &str) -> bool {
    filter.as_ref().is_none_or(|wanted| wanted.as_deref() == Some(name))
}

fn parameter<'a>(call: &'a Call<'_>, key: &str) -> Option<&'a str> {
    call.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

fn action(method: &str) -> &'static str {
    match method {
        "POST" => "CREATE",
        "PUT" | "PATCH" => "UPDATE",
        "DELETE" => "DELETE",
        _ => "READ",
    }
}

fn resource(vault: &str, rest: &[&str]) -> Value {
    let is_id = |id: &str| id.len() == 26 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    match rest {
        ["items", item, ..] if is_id(item) => json!({"type": "ITEM", "vault": {"id": vault}, "item": {"id": item}}),
        ["items", ..] => json!({"type": "ITEM", "vault": {"id": vault}}),
        _ => json!({"type": "VAULT", "vault": {"id": vault}}),
    }
}

fn not_allowed() -> Refused {
    Refused(405, "Method not allowed".into())
}

fn not_found(what: &str) -> Refused {
    Refused(404, format!("{what} not found"))
}

fn bad(message: String) -> Refused {
    Refused(400, message)
}
