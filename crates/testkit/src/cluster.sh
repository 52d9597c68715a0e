# Runs a throw-away PostgreSQL server until standard input ends, which it does with the test
# process, however that ends. Arguments: folder of the programs, port.
set -e
programs=$1
port=$2
folder=$(mktemp -d "${TMPDIR:-/tmp}/seedtest-postgres.XXXXXX")
server=
stop() {
  if [ -n "$server" ]; then
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap '' INT TERM

"$programs/initdb" --pgdata="$folder/data" --username=seedtest --auth=trust --encoding=UTF8 \
  --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" -h 127.0.0.1 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 \
  </dev/null >>"$folder/log" 2>&1 &
server=$!
waits=0
until "$programs/pg_isready" --quiet --host="$folder" --port="$port"; do
  waits=$((waits + 1))
  if [ "$waits" -gt 1200 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$folder/log" >&2
    exit 1
  fi
  sleep 0.05
done
echo ready
cat >/dev/null
