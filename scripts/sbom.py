"""Writes a CycloneDX 1.5 list of what a binary is made of, from `cargo metadata` on standard input.

Usage: cargo metadata --format-version 1 | sbom.py VERSION
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


def component(package):
    purl = f"pkg:cargo/{package['name']}@{package['version']}"
    entry = {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "purl": purl,
    }
    if package["license"]:
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return entry


def main(version):
    metadata = json.load(sys.stdin)
    ids = linked(metadata, "seedtest")
    packages = sorted((p for p in metadata["packages"] if p["id"] in ids), key=lambda p: (p["name"], p["version"]))
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "seedtest", "version": version}},
        "components": [component(p) for p in packages if p["name"] != "seedtest"],
    }
    json.dump(bom, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
