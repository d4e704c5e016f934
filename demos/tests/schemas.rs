//! What `--json` prints has the shape that `docs/schemas` describes, command by command.
//!
//! The schemas are in the language of JSON Schema (draft 2020-12), of which they need few words: types, properties, those
//! that are required, and items. `UPDATE_SCHEMAS=1 cargo test -p demos --test schemas` widens them to what is printed now;
//! what is required is what every document had so far.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

/// For each schema, commands that print such documents.
const DOCUMENTS: &[(&str, &[&str])] = &[
    ("first", &[""]),
    (
        "timeline",
        &[
            "timeline --runs 50 --seed 7",
            "timeline demos/pictures/two-writers.txt",
            "timeline demos/pictures/two-writers.txt --runs 0",
        ],
    ),
    ("show", &["show torn-read", "show new-old-inversion"]),
    ("show-over-a-network", &["show partition", "show failover"]),
    (
        "stress",
        &[
            "stress word-by-word --seconds 0.2",
            "stress sequence-lock --seconds 0.05",
        ],
    ),
    (
        "replay",
        &[
            "replay word-by-word torn-read",
            "replay two-copies new-old-inversion",
        ],
    ),
    ("registers", &["registers"]),
    ("explain", &["explain two-copies", "explain versioned-ring"]),
    ("choose", &["choose", "choose --max-memory 1"]),
    (
        "prove",
        &[
            "prove two-copies --scenario w.r --memory weak",
            "prove word-by-word --scenario w.r",
        ],
    ),
    (
        "classify",
        &[
            "classify one-word --max-states 2000 --seconds 0.05",
            "classify flag-checked-once --max-states 2000 --seconds 0.05",
        ],
    ),
    ("table", &["table"]),
    (
        "check",
        &[
            "check demos/histories/stale-store.edn",
            "check demos/pictures/two-writers.txt",
        ],
    ),
    ("lattice", &["lattice"]),
    ("museum", &["museum"]),
    ("museum-exhibit", &["museum cpython-end-read"]),
    ("chain", &["chain"]),
    ("harvest", &["harvest --seed 7"]),
    ("failover", &["failover --seed 7"]),
    (
        "error",
        &[
            "stress locked --words 5",
            "stress nobody",
            "check no-such-file",
        ],
    ),
];

#[test]
fn every_document_has_the_shape_of_its_schema() {
    let update = std::env::var_os("UPDATE_SCHEMAS").is_some();
    let mut wrong = Vec::new();
    for (name, commands) in DOCUMENTS {
        let path = path(name);
        let stored = fs::read_to_string(&path).ok();
        let mut schema = stored.map(|text| serde_json::from_str(&text).expect("a schema is JSON"));
        for command in *commands {
            let document = printed(command);
            if update {
                let seen = described(&document);
                schema = Some(match schema.take() {
                    Some(known) => widened(known, seen),
                    None => seen,
                });
            } else {
                let schema = schema
                    .as_ref()
                    .unwrap_or_else(|| panic!("no {}", path.display()));
                let mut at = vec!["$".to_owned()];
                if let Err(why) = checked(schema, &document, &mut at) {
                    wrong.push(format!("{command}: {}: {why}", at.join(".")));
                }
            }
        }
        if update {
            let mut schema = schema.expect("each has a command");
            schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
            schema["title"] = json!(format!("What workbench prints with --json: {name}"));
            fs::create_dir_all(path.parent().expect("it lies in a folder")).unwrap();
            fs::write(&path, format!("{schema:#}\n")).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_schema_refuses_what_it_does_not_describe() {
    let schema = described(&json!({"a": 1, "b": ["x"], "c": null}));
    let refused = |document: Value| checked(&schema, &document, &mut Vec::new()).is_err();
    assert!(!refused(json!({"a": 2, "b": [], "c": null})));
    assert!(refused(json!({"a": "2", "b": [], "c": null})), "a type");
    assert!(refused(json!({"a": 2, "b": [1], "c": null})), "an item");
    assert!(refused(json!({"a": 2, "b": []})), "a field that lacks");
    assert!(
        refused(json!({"a": 2, "b": [], "c": null, "d": 1})),
        "a field more"
    );
    let wider = widened(schema, described(&json!({"a": "2", "b": []})));
    let document = json!({"a": "2", "b": ["x"]});
    assert_eq!(checked(&wider, &document, &mut Vec::new()), Ok(()));
}

/// The folder of the workspace.
fn root() -> &'static Path {
    let demos = Path::new(env!("CARGO_MANIFEST_DIR"));
    demos.parent().expect("the crate lies in the workspace")
}

fn path(name: &str) -> PathBuf {
    root().join(format!("docs/schemas/{name}.json"))
}

fn printed(command: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_workbench"))
        .current_dir(root())
        .args(command.split_whitespace())
        .arg("--json")
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{command}: {error}\n{told}"))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The narrowest schema of a document.
fn described(value: &Value) -> Value {
    let mut schema = json!({ "type": [type_of(value)] });
    match value {
        Value::Array(items) => {
            if let Some(item) = items.iter().map(described).reduce(widened) {
                schema["items"] = item;
            }
        }
        Value::Object(fields) if is_map(fields) => {
            if let Some(field) = fields.values().map(described).reduce(widened) {
                schema["additionalProperties"] = field;
            }
        }
        Value::Object(fields) => {
            let properties: Map<String, Value> = fields
                .iter()
                .map(|(name, value)| (name.clone(), described(value)))
                .collect();
            schema["required"] = fields.keys().cloned().collect();
            schema["properties"] = properties.into();
            schema["additionalProperties"] = false.into();
        }
        _ => {}
    }
    schema
}

/// Whether the fields of an object are names of models, of which one document has some and another one others.
fn is_map(fields: &Map<String, Value>) -> bool {
    let is_model = |name: &String| name.parse::<histories::Model>().is_ok();
    !fields.is_empty() && fields.keys().all(is_model)
}

/// A schema of all documents that have one or the other.
fn widened(one: Value, other: Value) -> Value {
    let list = |schema: &Value, word: &str| -> Vec<String> {
        let list = schema[word].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let mut types = [list(&one, "type"), list(&other, "type")].concat();
    types.sort();
    types.dedup();
    let mut schema = json!({ "type": types });
    let is_described = |schema: &Value| schema.get("properties").is_some();
    match (is_described(&one), is_described(&other)) {
        (true, true) => {
            let (first, second) = (list(&one, "required"), list(&other, "required"));
            let both: Vec<&String> = first.iter().filter(|name| second.contains(name)).collect();
            schema["required"] = json!(both);
        }
        (true, false) => schema["required"] = one["required"].clone(),
        (false, true) => schema["required"] = other["required"].clone(),
        (false, false) => {}
    }
    let mut properties: BTreeMap<String, Value> = BTreeMap::new();
    for side in [&one, &other] {
        for (name, field) in side["properties"].as_object().into_iter().flatten() {
            let wider = match properties.remove(name) {
                Some(known) => widened(known, field.clone()),
                None => field.clone(),
            };
            properties.insert(name.clone(), wider);
        }
    }
    if is_described(&one) || is_described(&other) {
        schema["properties"] = json!(properties);
    }
    for word in ["items", "additionalProperties"] {
        match (one.get(word), other.get(word)) {
            (Some(one), Some(other)) if one.is_object() && other.is_object() => {
                schema[word] = widened(one.clone(), other.clone());
            }
            // An object without fields says nothing about those that it may have.
            (Some(only), other) if only.is_object() || other.is_none() => {
                schema[word] = only.clone()
            }
            (_, Some(only)) => schema[word] = only.clone(),
            (_, None) => {}
        }
    }
    schema
}

/// Whether a document has the shape of a schema; `at` is where it has not.
fn checked(schema: &Value, value: &Value, at: &mut Vec<String>) -> Result<(), String> {
    let types = schema["type"].as_array().expect("a schema names types");
    let is = type_of(value);
    let fits = |name: &Value| name == is || (name == "number" && is == "integer");
    if !types.iter().any(fits) {
        return Err(format!("this is of type {is}, and not {types:?}"));
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                // Of what was never printed nothing is said, which is what JSON Schema means by it.
                let Some(schema) = schema.get("items") else {
                    break;
                };
                at.push(index.to_string());
                checked(schema, item, at)?;
                at.pop();
            }
        }
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let mut required = required.filter_map(Value::as_str);
            if let Some(lacks) = required.find(|name| !fields.contains_key(*name)) {
                return Err(format!("{lacks} is required"));
            }
            for (name, field) in fields {
                at.push(name.clone());
                let described = schema["properties"].get(name);
                let described = described.or_else(|| schema.get("additionalProperties"));
                match described {
                    Some(schema) if schema.is_object() => checked(schema, field, at)?,
                    _ => return Err("no such field is described".to_owned()),
                }
                at.pop();
            }
        }
        _ => {}
    }
    Ok(())
}
