#!/bin/sh
# Builds the Python wheel, looks at its size and the time of its import, checks its types, and runs its tests.
#
#     scripts/wheel.sh          # SEEDTEST is the binary that results are compared with; without it one is built
#
# PYTHON is the interpreter (python3), PROFILE the profile of cargo (release), VENV a virtual environment to use instead
# of a new one. The wheel is left in target/wheels.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
export PROFILE=${PROFILE:-release}
if [ -z "${SEEDTEST:-}" ]; then
  cargo build --release
  SEEDTEST=target/release/seedtest
fi
SEEDTEST=$(command -v "$SEEDTEST")
SEEDTEST=$(realpath "$SEEDTEST")
export SEEDTEST
target=$PWD/target/wheels
if [ -z "${VENV:-}" ]; then
  VENV=$(mktemp -d)
  trap 'rm -rf "$VENV"' EXIT
fi
if [ ! -x "$VENV/bin/python" ]; then
  "$PYTHON" -m venv "$VENV"
fi
VENV=$(realpath "$VENV")
python=$VENV/bin/python
cd crates/python
"$python" -m pip install --quiet --disable-pip-version-check 'maturin>=1.9,<2' \
  matplotlib mypy numpy 'pandas<3' pandas-stubs polars pyarrow pytest scikit-learn
mkdir -p "$target"
rm -f "$target"/seedtest-*.whl
PATH=$VENV/bin:$PATH "$VENV/bin/maturin" build --quiet --locked --profile "$PROFILE" --interpreter "$python" --out "$target"
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$target"/seedtest-*.whl

size=$(wc -c < "$(ls "$target"/seedtest-*.whl)")
echo "wheel: $((size / 1048576)) MiB"
if [ "$PROFILE" = release ] && [ "$size" -gt 26214400 ]; then
  echo "the wheel is larger than 25 MiB" >&2
  exit 1
fi
"$python" - << 'PY'
import os, subprocess, sys, time

def seconds(code):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began

took = min(seconds("import seedtest") for _ in range(5)) - min(seconds("pass") for _ in range(5))
print(f"import seedtest: {1000 * took:.0f} ms")
sys.exit(took > 0.150 and os.environ["PROFILE"] == "release")
PY
"$VENV/bin/mypy"
"$python" -m pytest --quiet
