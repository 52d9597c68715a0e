#!/bin/sh
# Runs the suite of the package for Spark: results against the command line, on Sail or on Spark.
#
#     scripts/spark.sh                                   # on Sail, which needs no Java
#     scripts/spark.sh 'local-cluster[2,1,1024]'         # on Spark with two executors of their own (JDK 17)
#
# SEEDTEST is the binary that results are compared with; without it one is built. WHEEL is the wheel of crates/python
# (scripts/wheel.sh leaves it in target/wheels); without it one is built. VENV is a virtual environment to use instead of
# a new one, PYTHON the interpreter (python3).
set -eu
cd "$(dirname "$0")/.."
backend=${1:-sail}
PYTHON=${PYTHON:-python3}
if [ -z "${SEEDTEST:-}" ]; then
  cargo build --release
  SEEDTEST=target/release/seedtest
fi
SEEDTEST=$(realpath "$(command -v "$SEEDTEST")")
export SEEDTEST
if [ -z "${VENV:-}" ]; then
  VENV=$(mktemp -d)
  trap 'rm -rf "$VENV"' EXIT
fi
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
VENV=$(realpath "$VENV")
python=$VENV/bin/python
pip() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }

case $backend in
  sail) pip pysail pyspark-client 'pandas<3' pyarrow pytest mypy ;;
  *)
    command -v java >/dev/null || { echo "java is missing: apt-get install openjdk-17-jre-headless" >&2; exit 2; }
    pip pyspark 'pandas<3' pyarrow pytest
    PYSPARK_PYTHON=$python
    SPARK_LOCAL_IP=127.0.0.1
    SPARK_HOME=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
    export PYSPARK_PYTHON SPARK_LOCAL_IP SPARK_HOME
    ;;
esac
if [ -z "${WHEEL:-}" ]; then
  pip 'maturin>=1.9,<2'
  mkdir -p target/wheels
  rm -f target/wheels/seedtest-*.whl
  (cd crates/python && PATH=$VENV/bin:$PATH "$VENV/bin/maturin" build --quiet --locked --release \
    --interpreter "$python" --out ../../target/wheels)
  WHEEL=$(ls target/wheels/seedtest-*.whl)
fi
# Where it is built, files are left.
rm -rf "$VENV/source"
cp -r spark "$VENV/source"
pip --force-reinstall --no-deps "$WHEEL" "$VENV/source"
[ "$backend" != sail ] || (cd spark && "$VENV/bin/mypy")
SEEDTEST_SPARK_BACKEND=$backend "$python" -m pytest --quiet spark/tests
