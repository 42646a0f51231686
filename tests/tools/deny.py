"""Enforces deny.toml from what cargo itself tells, because compiling cargo-deny takes longer than compiling Cardfile.

It understands the part of cargo-deny's file that ours uses: who may depend on whom, duplicate versions, licences and
sources. Like cargo-deny it leaves test-only dependencies out where versions and licences are concerned.
"""

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CRATES_IO = ("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/")
TREE_LINE = re.compile(r"(?P<depth>\d+)(?P<name>\S+) v(?P<version>\S+)[^|]*\|(?P<licence>[^|]*)\|")


class Package(NamedTuple):
    name: str
    version: str
    licence: str


def read_tree(text):
    """The edges of `cargo tree --prefix depth`, as {package: the names of those that depend on it}."""
    dependents, path = defaultdict(set), []
    for line in filter(None, text.splitlines()):
        found = TREE_LINE.match(line)
        package = Package(found["name"], found["version"], found["licence"])
        depth = int(found["depth"])
        dependents[package] |= {path[depth - 1].name} if depth else set()
        path[depth:] = [package]
    return dependents


def cargo_tree(targets, edges):
    command = ["cargo", "tree", "--locked", "--workspace", "--all-features", "--edges", edges]
    command += ["--prefix", "depth", "--format", "{p}|{l}|"]
    merged = defaultdict(set)
    for target in targets:
        tree = subprocess.run([*command, "--target", target], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True)
        for package, names in read_tree(tree.stdout).items():
            merged[package] |= names
    return merged


def check_arrows(bans, dependents):
    rules = {rule["crate"]: rule for rule in bans["deny"]}
    for package, names in sorted(dependents.items()):
        if rule := rules.get(package.name):
            # A crate that nobody depends on is there by itself, as a member of the workspace.
            for name in sorted(names - set(rule.get("wrappers", ()))):
                yield f"{name} may not depend on {package.name}" + (f": {rule['reason']}" if "reason" in rule else "")


def check_versions(bans, dependents):
    skipped = [rule["crate"].split("@") for rule in bans["skip"]]
    versions = defaultdict(list)
    for package in sorted(dependents):
        if not any(package.name == name and f"{package.version}.".startswith(f"{v}.") for name, v in skipped):
            versions[package.name].append(package.version)
    for name, several in versions.items():
        if len(several) > 1:
            yield f"{name} is there in several versions: {', '.join(several)}"


def check_licences(licences, dependents):
    exceptions = {rule["crate"]: rule["allow"] for rule in licences["exceptions"]}
    for package in sorted(dependents):
        if not accepted(package.licence, [*licences["allow"], *exceptions.get(package.name, ())]):
            yield f"{package.name} {package.version}: licence {package.licence or 'not declared'!r} is not allowed"


def accepted(expression, allowed):
    """Whether an SPDX expression can be met; AND binds tighter than OR, and `/` is an old way to write OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def any_of():
        met = all_of()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            met = all_of() or met
        return met

    def all_of():
        met = one()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        token = tokens.pop(0)
        if token == "(":
            met = any_of()
            tokens.pop(0)
            return met
        if tokens[:1] == ["WITH"]:
            token = " ".join([token, tokens.pop(0), tokens.pop(0)])
        return token in allowed

    return bool(tokens) and any_of() and not tokens


def check_sources(lock):
    for package in lock["package"]:
        source = package.get("source", CRATES_IO[0])
        if not source.startswith(CRATES_IO):
            yield f"{package['name']} comes from {source}; only crates.io is allowed"


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    targets = rules["graph"]["targets"]
    shipped = cargo_tree(targets, "normal,build")
    complaints = [
        *check_arrows(rules["bans"], cargo_tree(targets, "normal,build,dev")),
        *check_versions(rules["bans"], shipped),
        *check_licences(rules["licenses"], shipped),
        *check_sources(tomllib.loads((ROOT / "Cargo.lock").read_text())),
    ]
    for complaint in complaints:
        print(f"deny.toml: {complaint}", file=sys.stderr)
    print(f"{len(shipped)} packages, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
