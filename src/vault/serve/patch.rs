//! RFC 6902 as Connect has it: `add`, `remove` and `replace`, with a field's id in place of its index.

use serde_json::{Map, Value};

/// Applies a patch to an item, all of it or, with an error, an unknown part: apply it to a copy.
pub(in crate::vault) fn apply(item: &mut Map<String, Value>, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().ok_or("a patch is a list of operations")?;
    operations.iter().try_for_each(|operation| one(item, operation))
}

fn one(item: &mut Map<String, Value>, operation: &Value) -> Result<(), String> {
    let text = |key| operation.get(key).and_then(Value::as_str).ok_or(format!("an operation has a `{key}`"));
    let (op, path) = (text("op")?, text("path")?);
    let value = operation.get("value");
    if !["add", "remove", "replace"].contains(&op) {
        return Err("an operation is add, remove or replace".into());
    }
    if op != "remove" && value.is_none() {
        return Err("an operation has a `value`".into());
    }
    let value = value.cloned().unwrap_or_default();
    let steps = path.strip_prefix('/').ok_or("a path begins with a slash")?;
    let steps: Vec<String> = steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let (last, parents) = match steps.split_last() {
        // The whole item.
        Some((last, [])) if last.is_empty() => return whole(item, op, value),
        Some((last, parents)) => (last, parents),
        None => return Err("a path begins with a slash".into()),
    };
    let missing = || "a path leads to nothing in this item".to_string();
    match parents.split_first() {
        None => in_map(item, op, last, value),
        Some((first, rest)) => {
            let mut parent = item.get_mut(first).ok_or_else(missing)?;
            for step in rest {
                parent = child(parent, step).ok_or_else(missing)?;
            }
            match parent {
                Value::Object(map) => in_map(map, op, last, value),
                Value::Array(list) => in_list(list, op, last, value).ok_or_else(missing),
                _ => Err(missing()),
            }
        }
    }
}

fn whole(item: &mut Map<String, Value>, op: &str, value: Value) -> Result<(), String> {
    match (op, value) {
        ("replace" | "add", Value::Object(map)) => {
            *item = map;
            Ok(())
        }
        _ => Err("a whole item can only be replaced by another".into()),
    }
}

fn in_map(map: &mut Map<String, Value>, op: &str, key: &str, value: Value) -> Result<(), String> {
    match (op, map.get_mut(key)) {
        ("remove", _) => drop(map.shift_remove(key)),
        // `add` on `/fields` appends a field; Connect's clients do not write `/fields/-`.
        ("add", Some(Value::Array(list))) if !value.is_array() => list.push(value),
        // Connect leaves empty members out, so that `replace` may find none.
        (_, _) => drop(map.insert(key.to_string(), value)),
    }
    Ok(())
}

fn in_list(list: &mut Vec<Value>, op: &str, step: &str, mut value: Value) -> Option<()> {
    if op == "add" && step == "-" {
        list.push(value);
        return Some(());
    }
    let by_id = by_id(list, step);
    let at = by_id.or_else(|| step.parse().ok())?;
    match op {
        "add" if by_id.is_none() && at <= list.len() => list.insert(at, value),
        "remove" if at < list.len() => drop(list.remove(at)),
        "add" | "replace" => {
            let old = list.get_mut(at)?;
            if let (Some(id), Value::Object(new)) = (old.get("id"), &mut value) {
                new.insert("id".into(), id.clone());
            }
            *old = value;
        }
        _ => return None,
    }
    Some(())
}

fn child<'a>(value: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(step),
        Value::Array(list) => {
            let at = by_id(list, step).or_else(|| step.parse().ok())?;
            list.get_mut(at)
        }
        _ => None,
    }
}

fn by_id(list: &[Value], id: &str) -> Option<usize> {
    list.iter().position(|value| value.get("id").and_then(Value::as_str) == Some(id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(patch: Value, expect: Result<Value, &str>) {
        let item = json!({"title": "T", "tags": ["a", "b"], "fields": [{"id": "f1", "value": "x"}, {"id": "0"}]});
        let Value::Object(mut item) = item else { return };
        let done = apply(&mut item, &patch).map(|()| Value::Object(item));
        assert_eq!(done, expect.map_err(str::to_string), "{patch}");
    }

    fn fields(fields: Value) -> Result<Value, &'static str> {
        Ok(json!({"title": "T", "tags": ["a", "b"], "fields": fields}))
    }

    #[test]
    fn fields_are_named_by_their_ids() {
        let old = json!({"id": "0"});
        check(json!([]), fields(json!([{"id": "f1", "value": "x"}, old])));
        check(
            json!([{"op": "replace", "path": "/fields/f1/value", "value": "y"}]),
            fields(json!([{"id": "f1", "value": "y"}, old])),
        );
        check(
            json!([{"op": "add", "path": "/fields/0/value", "value": "y"}]),
            fields(json!([{"id": "f1", "value": "x"}, {"id": "0", "value": "y"}])),
        );
        check(json!([{"op": "remove", "path": "/fields/f1/value"}]), fields(json!([{"id": "f1"}, old])));
        check(json!([{"op": "remove", "path": "/fields/f1"}]), fields(json!([old])));
        check(
            json!([{"op": "replace", "path": "/fields/f1", "value": {"label": "l"}}]),
            fields(json!([{"label": "l", "id": "f1"}, old])),
        );
        let add = json!([{"op": "add", "path": "/fields", "value": {"label": "new"}}]);
        check(add, fields(json!([{"id": "f1", "value": "x"}, old, {"label": "new"}])));
    }

    #[test]
    fn other_members_follow_the_rfc() {
        let tags =
            |tags: Value| Ok(json!({"title": "T", "tags": tags, "fields": [{"id": "f1", "value": "x"}, {"id": "0"}]}));
        check(json!([{"op": "remove", "path": "/tags/1"}]), tags(json!(["a"])));
        check(json!([{"op": "add", "path": "/tags/0", "value": "c"}]), tags(json!(["c", "a", "b"])));
        check(json!([{"op": "add", "path": "/tags/-", "value": "c"}]), tags(json!(["a", "b", "c"])));
        check(json!([{"op": "replace", "path": "/tags", "value": []}]), tags(json!([])));
        check(json!([{"op": "replace", "path": "/", "value": {"title": "U"}}]), Ok(json!({"title": "U"})));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        check(json!({}), Err("a patch is a list of operations"));
        check(json!([{"op": "move", "path": "/title", "value": 1}]), Err("an operation is add, remove or replace"));
        check(json!([{"op": "add", "path": "/title"}]), Err("an operation has a `value`"));
        check(json!([{"path": "/title"}]), Err("an operation has a `op`"));
        check(json!([{"op": "add", "path": "title", "value": 1}]), Err("a path begins with a slash"));
        for path in ["/fields/nope/value", "/fields/9", "/title/x", "/nope/x"] {
            check(json!([{"op": "replace", "path": path, "value": "x"}]), Err("a path leads to nothing in this item"));
        }
        check(json!([{"op": "remove", "path": "/"}]), Err("a whole item can only be replaced by another"));
    }
}
