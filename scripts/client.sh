#!/bin/sh
# Runs every call of the Python client against a service with the demo's data.
#
#     cargo build --release
#     scripts/client.sh              # PYTHON=… for another one; it needs httpx
#
# SEEDTEST is the binary, PORT the port.
set -eu
cd "$(dirname "$0")/.."
binary=${SEEDTEST:-target/release/seedtest}
port=${PORT:-8797}
dir=$(mktemp -d)
service=
trap 'test -z "$service" || kill "$service"; wait; rm -rf "$dir"' EXIT

"$binary" --quiet demo --students 60 --weeks 8 --dir "$dir/data" > "$dir/demo.log"
openssl genrsa -out "$dir/key.pem" 2048 2> "$dir/openssl.log"
openssl rsa -in "$dir/key.pem" -pubout -out "$dir/public.pem" 2>> "$dir/openssl.log"
# The demo's school ends in April 2025; so does the clock of the service.
SEEDTEST_NOW=2025-04-28T03:00:00Z INTERNAL_TOKEN=secret JWT_PUBLIC_KEY=$(cat "$dir/public.pem") \
  "$binary" --data-dir "$dir/data" serve --bind "127.0.0.1:$port" > "$dir/serve.log" 2>&1 &
service=$!
until grep -q listening "$dir/serve.log"; do
  kill -0 "$service" || { cat "$dir/serve.log"; exit 1; }
  sleep 0.1
done
SEEDTEST_URL=http://127.0.0.1:$port SEEDTEST_TOKEN=secret SEEDTEST_JWT_KEY=$dir/key.pem SEEDTEST_EXAM=exam-1-student-0001 \
  "${PYTHON:-python3}" examples/python/every_call.py
