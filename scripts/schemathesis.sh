#!/usr/bin/env bash
# Sends made-up requests, good and bad, to every operation of a running service and looks for
# answers that the description does not know: scripts/schemathesis.sh [cases per operation]
#
# Needs Schemathesis (PyPI: schemathesis) as `st`, or ST with its path. SEEDTEST is the binary.
set -euo pipefail
cd "$(dirname "$0")/.."

cases="${1:-300}"
st="${ST:-st}"
seedtest="${SEEDTEST:-target/release/seedtest}"
port="${PORT:-8791}"
url="http://127.0.0.1:$port"
dir="$(mktemp -d)"
"$seedtest" --quiet demo --students 30 --weeks 6 --dir "$dir/data" >"$dir/demo.log"
openssl genrsa -out "$dir/key.pem" 2048 2>/dev/null
public="$(openssl rsa -in "$dir/key.pem" -pubout 2>/dev/null)"
packed() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
scopes="reports:view reports:generate analysis:run recommend:plan exam:read exam:write"
claims="{\"sub\":\"student-0001\",\"exp\":$(($(date +%s) + 36000)),\"scope\":\"$scopes\"}"
unsigned="$(printf '{"alg":"RS256","typ":"JWT"}' | packed).$(printf '%s' "$claims" | packed)"
jwt="$unsigned.$(printf '%s' "$unsigned" | openssl dgst -sha256 -sign "$dir/key.pem" | packed)"
# The token of internal callers in one header, that of a person in the other: each route takes its own.
INTERNAL_TOKEN=fuzz JWT_PUBLIC_KEY="$public" "$seedtest" --data-dir "$dir/data" --quiet \
  serve --bind "127.0.0.1:$port" 2>"$dir/server.log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 100); do curl -fsS "$url/healthz" >/dev/null 2>&1 && break; sleep 0.1; done

status=0
"$st" run "$url/openapi.json" --header "X-Internal-Token: fuzz" \
  --header "Authorization: Bearer $jwt" --max-examples "$cases" \
  --exclude-path-regex '^/docs|/events$' --phases examples,coverage,fuzzing --mode all \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
  --request-timeout 60 --continue-on-failure --seed 1 --no-color "${@:2}" || status=$?
echo "memory of the service at the end: $(awk '/VmRSS|VmHWM/ {printf "%s %s kB  ", $1, $2}' "/proc/$server/status")"
curl -fsS "$url/metrics" | grep -E '^seedtest_panics_total' || echo "no panics"
exit "$status"
