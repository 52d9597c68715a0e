"""Takes the steps of the Dockerfile without Docker, and says what is wrong with the image that they make.

Usage: image.py ROOT [--binary FILE]    exit code 1 when something is wrong
ROOT gets the files of the last stage. With --binary nothing is built: FILE stands for what the first stage makes.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# What the image may have, and what its base has of it.
MOST_BYTES = 80_000_000
BASE_BYTES = 2_500_000
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "EXPOSE", "VOLUME", "ENTRYPOINT", "CMD"}


class Wrong(Exception):
    """Something that would fail in Docker, too."""


def stages(text):
    """Instructions (name, rest) of every stage, the first of each its FROM."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, rest = line.split(maxsplit=1)
        if name not in KNOWN:
            raise Wrong(f"{name} is no step that this script knows")
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def only(steps, name):
    """The one instruction of this name."""
    rest = [text for step, text in steps if step == name]
    if len(rest) != 1:
        raise Wrong(f"{len(rest)} times {name} where once is meant")
    return rest[0]


def build(steps, out, binary):
    """Runs what the first stage runs, with OUT in the place of /out."""
    for step, rest in steps:
        if step != "RUN":
            continue
        words = [word.replace("/out", str(out), 1) if word.startswith("/out") else word for word in shlex.split(rest)]
        if binary and words[0].startswith("deploy/"):
            if not os.access(HERE.parent / words[0], os.X_OK):
                raise Wrong(f"{words[0]} is not there or not executable")
            shutil.copy(binary, out / "seedtest")
        else:
            subprocess.run(words, cwd=HERE.parent, check=True)


def lay_out(steps, out, root):
    """Copies what the last stage copies; the user and group of every path that names them."""
    owners = {}
    for step, rest in steps:
        if step != "COPY":
            continue
        *flags, source, target = rest.split()
        flags = dict(flag.removeprefix("--").split("=", 1) for flag in flags)
        if "from" not in flags or not source.startswith("/out/"):
            raise Wrong(f"COPY {rest}: the image holds nothing but what was built")
        source, place = out / source.removeprefix("/out/"), root / target.lstrip("/")
        if not source.exists():
            raise Wrong(f"COPY {rest}: no step makes it")
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, place)
        if "chown" in flags:
            owners[target] = flags["chown"]
    return owners


def faults(steps, root, owners):
    """What is wrong with the image."""
    user = only(steps, "USER")
    if not all(part.isdigit() and int(part) > 0 for part in user.split(":")):
        yield f"USER {user}: Kubernetes knows only numbers, and not 0, not to be root"
    volume = only(steps, "VOLUME")
    if owners.get(volume) != user:
        yield f"VOLUME {volume} is not of user {user}, who then cannot write there"
    entry = json.loads(only(steps, "ENTRYPOINT"))
    json.loads(only(steps, "CMD"))
    program = root / entry[0].lstrip("/")
    if len(entry) != 1:
        yield "ENTRYPOINT has arguments, which manifests give themselves"
    if not os.access(program, os.X_OK):
        yield f"{entry[0]} is not there or not executable"
        return
    headers = subprocess.run(["readelf", "--program-headers", program], check=True, capture_output=True, text=True)
    if "INTERP" in headers.stdout:
        yield f"{entry[0]} is not linked statically, and the base has no libc"
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) + BASE_BYTES
    print(f"{size / 1e6:.1f} MB with a base of {BASE_BYTES / 1e6} MB, {MOST_BYTES // 1_000_000} MB at most")
    if size > MOST_BYTES:
        yield f"{size / 1e6:.1f} MB are too much"
    version = subprocess.run([program, "--version"], capture_output=True, text=True, env={})
    print(version.stdout.strip())
    if version.returncode != 0:
        yield f"{entry[0]} --version ends with {version.returncode}: {version.stderr.strip()}"


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("root", type=pathlib.Path)
    asked.add_argument("--binary", type=pathlib.Path)
    asked = asked.parse_args()
    if asked.root.exists() and any(asked.root.iterdir()):
        sys.exit(f"{asked.root} is not empty")
    with tempfile.TemporaryDirectory() as out:
        out = pathlib.Path(out)
        try:
            first, last = stages((HERE / "Dockerfile").read_text())
            build(first, out, asked.binary)
            asked.root.mkdir(parents=True, exist_ok=True)
            owners = lay_out(last, out, asked.root)
            wrong = list(faults(last, asked.root, owners))
        except Wrong as error:
            wrong = [error]
    for fault in wrong:
        print(f"Dockerfile: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
