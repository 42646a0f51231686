//! Is a request that was granted one that the contract allows?

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::promised::scalar;
use crate::{
    message::{Reply, Request},
    spec::{Operation, Parameter, Spec},
};

pub(super) fn complaints(spec: &Spec, operation: &Operation, reply: &Reply) -> Vec<String> {
    let request = &reply.request;
    let mut found = Vec::new();
    for parameter in &operation.parameters {
        let value = match parameter.place.as_str() {
            "path" => in_path(operation, request, parameter).map(|text| json!(text)),
            "query" => in_query(spec, request, parameter),
            _ => in_header(spec, request, parameter),
        };
        match value {
            None if parameter.required => found.push(format!("{} is missing", parameter.name)),
            None => {}
            Some(value) => {
                let wrong = spec.complaints(&parameter.schema, &value);
                found.extend(wrong.iter().map(|wrong| format!("{}: {wrong}", parameter.name)));
            }
        }
    }
    found.extend(body(spec, operation, reply));
    found.iter().map(|wrong| format!("granted although {wrong}")).collect()
}

fn in_path(operation: &Operation, request: &Request, parameter: &Parameter) -> Option<String> {
    let path = request.path();
    let path = path.strip_prefix("/rest").unwrap_or(path);
    let versioned = format!("/v2{path}");
    let is_short = operation.path.starts_with("/v2/") && !path.starts_with("/v2/");
    let path = if is_short { &versioned } else { path };
    let wanted = format!("{{{}}}", parameter.name);
    let place = operation.path.split('/').position(|part| part == wanted)?;
    path.split('/').nth(place).map(decoded)
}

fn in_query(spec: &Spec, request: &Request, parameter: &Parameter) -> Option<Value> {
    let named = pairs(request.query()).filter(|(name, _)| *name == parameter.name);
    let mut texts: Vec<String> = named.map(|(_, text)| text).collect();
    if spec.flat(&parameter.schema).get("type") == Some(&json!("array")) {
        return if texts.is_empty() { None } else { Some(json!(texts)) };
    }
    texts.pop().map(|text| scalar(spec, &parameter.schema, &text))
}

fn in_header(spec: &Spec, request: &Request, parameter: &Parameter) -> Option<Value> {
    let text = request.header(&parameter.name).next()?;
    // RFC 9110: names of codings know no case, and x-gzip is an old name of gzip.
    let coding = text.trim().to_ascii_lowercase();
    let text = match parameter.name.as_str() {
        "Content-Encoding" => coding.strip_prefix("x-").unwrap_or(&coding),
        _ => text,
    };
    Some(scalar(spec, &parameter.schema, text))
}

fn body(spec: &Spec, operation: &Operation, reply: &Reply) -> Vec<String> {
    let request = &reply.request;
    let Some(schemas) = &operation.body else { return Vec::new() };
    let first = schemas.keys().next().map(String::as_str).unwrap_or_default();
    let said = request.header("Content-Type").next().unwrap_or(first);
    let media = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(schema) = schemas.get(&media) else {
        return vec![format!("the body is {said}")];
    };
    match media.as_str() {
        "application/x-ndjson" => return lines(spec, schema, reply),
        "text/csv" => return Vec::new(),
        _ => {}
    }
    let value = if media == "application/json" {
        serde_json::from_slice(&request.plain).map_err(|error| error.to_string())
    } else {
        let form = String::from_utf8_lossy(&request.plain);
        let fields: Map<_, _> = pairs(&form).map(|(name, text)| (name, json!(text))).collect();
        Ok(Value::Object(fields))
    };
    match value {
        Ok(value) => {
            let wrong = spec.complaints(schema, &value);
            wrong.iter().map(|wrong| format!("the body has {wrong}")).collect()
        }
        Err(error) => vec![format!("the body is not JSON: {error}")],
    }
}

/// Each line of an upload that was not refused must be one that the contract allows.
fn lines(spec: &Spec, schema: &Value, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    let receipts = reply.lines();
    let lines: Vec<_> = reply.request.plain.split(|byte| *byte == b'\n').collect();
    for receipt in receipts.iter().filter(|receipt| receipt["result"] != json!("refused")) {
        let Some(number) = receipt["line"].as_u64() else { continue };
        let line = usize::try_from(number).ok().and_then(|number| lines.get(number - 1));
        let line = line.map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
        match line.map(serde_json::from_slice) {
            Some(Ok(line)) => found.extend(
                spec.complaints(schema, &line)
                    .iter()
                    .map(|wrong| format!("line {number} has {wrong}")),
            ),
            _ => found.push(format!("line {number} is not there")),
        }
    }
    found
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
