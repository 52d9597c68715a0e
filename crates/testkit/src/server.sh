# Runs a throw-away PostgreSQL server that can be killed and started again, until standard input ends.
# Arguments: folder of the programs, port, the first user, how others over TCP are let in, options of the server.
# Commands, one a line: kill, start.
set -e
programs=$1
port=$2
user=$3
host_auth=$4
shift 4
folder=$(mktemp -d "${TMPDIR:-/tmp}/seedtest-postgres.XXXXXX")
server=
kill_server() {
  if [ -n "$server" ]; then
    kill -QUIT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  server=
}
stop() {
  kill_server
  rm -rf "$folder"
}
trap stop EXIT
trap '' INT TERM

# What was committed has to outlive the processes, not the machine: it is written, not waited for on the disk.
start_server() {
  "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" -h 127.0.0.1 -c fsync=off "$@" \
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
  echo "ready $folder"
}

"$programs/initdb" --pgdata="$folder/data" --username="$user" --auth-local=trust \
  --auth-host="$host_auth" --encoding=UTF8 \
  --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
start_server "$@"
while read -r command; do
  case $command in
    kill) kill_server; echo killed ;;
    start) start_server "$@" ;;
  esac
done
