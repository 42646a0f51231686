//! `openapi.yaml` as data: which operations there are, and what each says of requests and answers.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");
/// The name of the document among schemas.
const URI: &str = "urn:cardfile:openapi";

/// The contract.
pub struct Spec {
    /// The document.
    pub document: Value,
    /// Every operation, in the order of the document.
    pub operations: Vec<Operation>,
    /// What any operation may answer because the request did not get to it, by status.
    pub transport: BTreeMap<u16, Answer>,
    registry: Registry<'static>,
    compiled: RwLock<HashMap<String, Arc<Validator>>>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// The method, in capitals.
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    /// The right that it needs; `none` for everybody.
    pub right: String,
    /// What it is listed under.
    pub tag: String,
    /// Parameters of the path, the query and the header.
    pub parameters: Vec<Parameter>,
    /// Schemas of the request's body by media type, if it has one.
    pub body: Option<BTreeMap<String, Value>>,
    /// Its answers by status.
    pub answers: BTreeMap<u16, Answer>,
}

impl Operation {
    /// Whether it speaks as Zuora does.
    pub fn is_zuoras(&self) -> bool {
        !["Tokens", "Stripe_Back", "Catalyze", "Webhooks"].contains(&self.tag.as_str())
    }
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it has to be there.
    pub required: bool,
    /// Its schema.
    pub schema: Value,
}

/// An answer of an operation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its headers: name, whether it has to be there, schema.
    pub headers: Vec<(String, bool, Value)>,
    /// Schemas of its body by media type.
    pub content: BTreeMap<String, Value>,
}

impl Spec {
    /// The contract of this checkout.
    pub fn get() -> &'static Self {
        static SPEC: LazyLock<Spec> = LazyLock::new(|| {
            let text = fs::read_to_string(FILE).expect("openapi.yaml can be read");
            Spec::parse(&text)
        });
        &SPEC
    }

    /// Reads a contract.
    pub fn parse(text: &str) -> Self {
        let document: Value = yaml_serde::from_str(text).expect("openapi.yaml is YAML");
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(URI, document.clone())
            .and_then(jsonschema::RegistryBuilder::prepare)
            .expect("the document's schemas can be found");
        let reader = Reader(&document);
        let operations = reader.operations();
        let transport = reader.answers(&document["x-cardfile-transport"]);
        Self { operations, transport, registry, compiled: RwLock::default(), document }
    }

    /// The operation of this id.
    pub fn operation(&self, id: &str) -> &Operation {
        let found = self.operations.iter().find(|operation| operation.id == id);
        found.unwrap_or_else(|| panic!("openapi.yaml has no operation {id}"))
    }

    /// The template that a path is of; every path may have `/rest` in front.
    pub fn template(&self, path: &str) -> Option<&str> {
        let path = path.strip_prefix("/rest").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let versioned = format!("/v2{path}");
        let is_known = |operation: &&Operation| {
            fits(&operation.path, path) || fits(&operation.path, &versioned)
        };
        let fits = self.operations.iter().filter(is_known);
        // What is written out beats what is a parameter.
        fits.map(|operation| operation.path.as_str())
            .min_by_key(|template| template.matches('{').count())
    }

    /// The operation of a template and a method.
    pub fn find(&self, template: &str, method: &str) -> Option<&Operation> {
        let mut all = self.operations.iter();
        all.find(|operation| operation.path == template && operation.method == method)
    }

    /// What is wrong with a value by a schema, each with its place.
    pub fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        let validator = self.validator(schema);
        let complain = |error: jsonschema::ValidationError<'_>| {
            let place = error.instance_path().to_string();
            let mut text = error.masked().to_string();
            text.truncate(text.floor_char_boundary(300));
            format!("{}: {text}", if place.is_empty() { "/" } else { &place })
        };
        validator.iter_errors(value).map(complain).collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let name = schema.to_string();
        let known =
            self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        known.unwrap_or_else(|| {
            let compiled = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .with_registry(&self.registry)
                .build(&absolute(schema))
                .unwrap_or_else(|error| panic!("a schema cannot be compiled: {error}: {name}"));
            let compiled = Arc::new(compiled);
            let mut all = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(name, Arc::clone(&compiled));
            compiled
        })
    }

    /// A named schema with everything that it refers to at its top put in.
    pub fn schema(&self, name: &str) -> Map<String, Value> {
        self.flat(&json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// A schema with everything that it refers to at its top put in; what it says itself counts.
    pub fn flat(&self, schema: &Value) -> Map<String, Value> {
        let mut flat = object(schema).clone();
        while let Some(Value::String(target)) = flat.remove("$ref") {
            let pointer = target.trim_start_matches('#');
            let found = self.document.pointer(pointer);
            let mut below =
                object(found.unwrap_or_else(|| panic!("{target} is not there"))).clone();
            below.append(&mut flat);
            flat = below;
        }
        flat
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part == segment => {}
            (Some(part), Some(segment)) if part.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

/// The schema with its references made to point into the document from anywhere.
fn absolute(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let point = |(name, value): (&String, &Value)| match value {
                Value::String(target) if name == "$ref" => {
                    (name.clone(), json!(format!("{URI}{target}")))
                }
                other => (name.clone(), absolute(other)),
            };
            Value::Object(map.iter().map(point).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(absolute).collect()),
        other => other.clone(),
    }
}

struct Reader<'d>(&'d Value);

impl<'d> Reader<'d> {
    fn follow(&self, mut node: &'d Value) -> &'d Value
    where
        Self: 'd,
    {
        while let Some(target) = node["$ref"].as_str() {
            let pointer = target.trim_start_matches('#');
            node = self.0.pointer(pointer).unwrap_or_else(|| panic!("{target} is not there"));
        }
        node
    }

    fn operations(&self) -> Vec<Operation> {
        const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "options"];
        let mut all = Vec::new();
        for (path, item) in object(&self.0["paths"]) {
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                all.push(self.operation(path, method, item));
            }
        }
        all
    }

    fn operation(&self, path: &str, method: &str, item: &'d Value) -> Operation {
        let node = &item[method];
        let text = |name: &str| node[name].as_str().unwrap_or_default().to_owned();
        let listed = [&item["parameters"], &node["parameters"]];
        let listed = listed.into_iter().filter_map(Value::as_array).flatten();
        let content = self.follow(&node["requestBody"])["content"].as_object();
        let schema =
            |(media, content): (&String, &Value)| (media.clone(), content["schema"].clone());
        Operation {
            id: text("operationId"),
            method: method.to_uppercase(),
            path: path.to_owned(),
            right: text("x-cardfile-right"),
            tag: node["tags"][0].as_str().unwrap_or_default().to_owned(),
            parameters: listed.map(|parameter| self.parameter(parameter)).collect(),
            body: content.map(|content| content.iter().map(schema).collect()),
            answers: self.answers(&node["responses"]),
        }
    }

    fn parameter(&self, node: &'d Value) -> Parameter {
        let node = self.follow(node);
        Parameter {
            name: node["name"].as_str().unwrap_or_default().to_owned(),
            place: node["in"].as_str().unwrap_or_default().to_owned(),
            required: node["required"] == json!(true),
            schema: node["schema"].clone(),
        }
    }

    fn answers(&self, node: &'d Value) -> BTreeMap<u16, Answer> {
        let read = |(status, answer): (&String, &'d Value)| {
            let status = status.parse().expect("a status is a number");
            (status, self.answer(self.follow(answer)))
        };
        object(node).iter().map(read).collect()
    }

    fn answer(&self, node: &'d Value) -> Answer {
        let header = |(name, header): (&String, &'d Value)| {
            let header = self.follow(header);
            (name.clone(), header["required"] == json!(true), header["schema"].clone())
        };
        let content =
            |(media, content): (&String, &Value)| (media.clone(), content["schema"].clone());
        Answer {
            headers: node["headers"].as_object().into_iter().flatten().map(header).collect(),
            content: node["content"].as_object().into_iter().flatten().map(content).collect(),
        }
    }
}

fn object(node: &Value) -> &Map<String, Value> {
    node.as_object().expect("this part of openapi.yaml is an object")
}
