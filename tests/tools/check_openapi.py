"""Checks openapi.yaml for what a reader would trip over.

The specification must be valid OpenAPI 3.1, every example must fit its schema, every operation
must say who may call it, and nothing may be defined that nothing uses.

Usage: check_openapi.py [openapi.yaml]
Needs: openapi-spec-validator, PyYAML.
"""

import json
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

METHODS = {"get", "put", "post", "delete", "patch"}
RIGHTS = {"none", "read", "write", "scrub", "bulk", "admin"}
ROOT = "urn:cardfile:openapi"
LINES = "application/x-ndjson"
# Those that speak as others do have neither Zuora's trace id in their answers nor idempotency keys.
DIALECTS = {"Tokens", "Stripe_Back", "Catalyze", "Webhooks"}
# What is shown by whoever is no client of ours: the page of a shop, an application.
NO_CLIENT = {"publishableKey", "applicationKey"}


class UniqueKeyLoader(yaml.CSafeLoader):
    """Refuses a mapping that has a key twice, of which plain YAML keeps the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def pointer(path):
    return "#/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)


def walk(node, path=()):
    """Yields every mapping of the document with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from walk(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*path, index))


class Checker:
    def __init__(self, document):
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self.registry = Registry().with_resource(ROOT, resource)
        self.problems = []
        self.checked = 0

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def check_example(self, where, schema_path, value):
        if LINES in schema_path:
            # The schema is that of a line, and the example several.
            for number, line in enumerate(value.splitlines(), 1):
                self.check_value(f"{where}, line {number}", schema_path, json.loads(line))
        else:
            self.check_value(where, schema_path, value)

    def check_value(self, where, schema_path, value):
        schema = {"$ref": ROOT + pointer(schema_path)}
        validator = Draft202012Validator(
            schema,
            registry=self.registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        self.checked += 1
        for error in validator.iter_errors(value):
            deepest = error
            while deepest.context:
                deepest = max(deepest.context, key=lambda inner: len(inner.absolute_path))
            self.problems.append(f"{where}: {deepest.json_path}: {deepest.message[:200]}")

    def check_examples(self):
        for path, node in walk(self.document):
            if "schema" not in node or "properties" in path:
                continue
            schema_path = (*path, "schema")
            if "example" in node:
                self.check_example(pointer(path), schema_path, node["example"])
            for name, example in node.get("examples", {}).items():
                where = f"{pointer(path)} example {name}"
                self.check_example(where, schema_path, self.resolve(example)["value"])

    def check_schemas(self):
        for name, schema in self.document["components"]["schemas"].items():
            try:
                Draft202012Validator.check_schema(schema)
            except Exception as error:  # The kind differs between releases of the library.
                self.problems.append(f"schema {name}: {error}")

    def check_operations(self):
        seen = set()
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method not in METHODS:
                    continue
                where = f"{method.upper()} {path}"
                name = operation.get("operationId")
                if name in seen or not name:
                    self.problems.append(f"{where}: operationId is missing or taken")
                seen.add(name)
                self.check_operation(where, path, method, item, operation)
        return len(seen)

    def check_operation(self, where, path, method, item, operation):
        for key in ("tags", "summary", "x-cardfile-right", "responses"):
            if key not in operation:
                self.problems.append(f"{where}: no {key}")
        right = operation.get("x-cardfile-right")
        if right not in RIGHTS:
            self.problems.append(f"{where}: {right} is no right")
        is_zuoras = not DIALECTS & set(operation.get("tags", []))
        asked = operation.get("security", self.document.get("security", []))
        open_to_all = all(set(shown) <= NO_CLIENT for shown in asked)
        if open_to_all != (right == "none"):
            self.problems.append(f"{where}: right and security do not agree")
        parameters = [
            self.resolve(parameter)
            for parameter in item.get("parameters", []) + operation.get("parameters", [])
        ]
        names = [(parameter["in"], parameter["name"]) for parameter in parameters]
        if len(names) != len(set(names)):
            self.problems.append(f"{where}: a parameter twice")
        in_path = {name for place, name in names if place == "path"}
        if in_path != {part[1:-1] for part in path.split("/") if part.startswith("{")}:
            self.problems.append(f"{where}: path parameters do not fit the path")
        if is_zuoras and right in {"write", "scrub"} and ("header", "Idempotency-Key") not in names:
            self.problems.append(f"{where}: a write without Idempotency-Key")
        if right != "none" and "401" not in operation["responses"]:
            self.problems.append(f"{where}: no 401")
        has_body = "requestBody" in operation
        if has_body != ("415" in operation["responses"]):
            self.problems.append(f"{where}: 415 and a body go together")
        if has_body and ("header", "Content-Encoding") not in names:
            self.problems.append(f"{where}: a body without Content-Encoding")
        for status, response in operation["responses"].items():
            headers = self.resolve(response).get("headers", {})
            wanted = {"Zuora-Request-Id"}
            if right != "none" and is_zuoras:
                wanted.add("Zuora-Track-Id")
            if status == "429":
                wanted.add("Retry-After")
            if status == "401":
                wanted.add("WWW-Authenticate")
            for header in wanted - headers.keys():
                self.problems.append(f"{where} {status}: no header {header}")

    def check_references(self):
        used = {
            node["$ref"] for _, node in walk(self.document) if isinstance(node.get("$ref"), str)
        }
        for reference in used:
            try:
                self.resolve({"$ref": reference})
            except KeyError:
                self.problems.append(f"{reference} does not exist")
        for kind, members in self.document["components"].items():
            if kind == "securitySchemes":
                continue
            for name in members:
                reference = f"#/components/{kind}/{name}"
                if reference not in used:
                    self.problems.append(f"{reference} is not used")


def report(checker, operations):
    for problem in checker.problems:
        print(problem, file=sys.stderr)
    print(f"{operations} operations, {checker.checked} examples, {len(checker.problems)} problems")
    return 1 if checker.problems else 0


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "openapi.yaml"
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)
    checker = Checker(document)
    checker.check_references()
    if checker.problems:
        return report(checker, 0)
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        checker.problems.append(f"{pointer(error.absolute_path)}: {error.message[:200]}")
    checker.check_schemas()
    operations = checker.check_operations()
    checker.check_examples()
    return report(checker, operations)


if __name__ == "__main__":
    sys.exit(main())
