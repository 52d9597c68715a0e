"""Writes a CycloneDX 1.5 list of what a binary is made of, from `cargo metadata` on standard input.

Usage: cargo metadata --format-version 1 --features seedtest/pdf | sbom.py VERSION
Only what the binary is linked from: development dependencies are left out.
"""

import json
import sys


def linked(metadata, name):
    """Ids of every package that `name` is linked from."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    start = next(p["id"] for p in metadata["packages"] if p["name"] == name)
    seen, left = set(), [start]
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        for dep in nodes[node]["deps"]:
            if any(kind["kind"] != "dev" for kind in dep["dep_kinds"]):
                left.append(dep["pkg"])
    return seen


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package):
    entry = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package["license"]:
        # Older crates write MIT/Apache-2.0, some blanks between.
        expression = " ".join(package["license"].replace("/", " OR ").split())
        entry["licenses"] = [{"expression": expression}]
    return entry


def dependencies(metadata, packages):
    """What each package is linked from, in the order of the names."""
    by_id = {package["id"]: package for package in packages}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    for package in packages:
        linked_from = {
            reference(by_id[dep["pkg"]])
            for dep in nodes[package["id"]]["deps"]
            if dep["pkg"] in by_id and any(kind["kind"] != "dev" for kind in dep["dep_kinds"])
        }
        yield {"ref": reference(package), "dependsOn": sorted(linked_from)}


def main(version):
    metadata = json.load(sys.stdin)
    ids = linked(metadata, "seedtest")
    packages = sorted((p for p in metadata["packages"] if p["id"] in ids), key=lambda p: (p["name"], p["version"]))
    itself = next(p for p in packages if p["name"] == "seedtest")
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {**component(itself), "type": "application", "version": version}},
        "components": [component(p) for p in packages if p is not itself],
        "dependencies": list(dependencies(metadata, packages)),
    }
    json.dump(bom, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
