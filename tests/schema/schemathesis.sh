#!/usr/bin/env bash
# A demo of its own is asked whatever schema.graphql lets one ask, as a county's office, as the province and as nobody:
# no fault of ours, and every answer as schema and protocol want it (`hooks.py`). Ids are of the demo and made anew with
# it, so that a seed alone does not bring an answer back; what fails is printed as a request.
#   SANLIAN_BIN   the program (target/debug/sanlian)     SANLIAN_DEMO  a data folder to copy (a new one is loaded)
#   EXAMPLES      documents for each field at the root, as each of them (5)      SEED  what chance begins with (1)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${SANLIAN_BIN:-$root/target/debug/sanlian}
examples=${EXAMPLES:-5} seed=${SEED:-1}

temp=$(mktemp -d)
server=
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$temp"
}
trap stop EXIT

if [ -n "${SANLIAN_DEMO:-}" ]; then cp -R "$SANLIAN_DEMO" "$temp/data"; else mkdir "$temp/data"; fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Whose database the environment names is not for this; and what guesses passwords here is chance.
env -u SANLIAN_DATABASE_URL SANLIAN_GUESSES_PER_ADDRESS=100000 NO_COLOR=1 \
  "$program" demo --listen "127.0.0.1:$port" --data "$temp/data" >/dev/null 2>"$temp/log" &
server=$!

# While the demo loads.
[ -d "$root/tests/oracle/node_modules" ] || (cd "$root/tests/oracle" && npm ci --no-audit --no-fund)
python3 -m venv "$temp/venv"
"$temp/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

for (( began = SECONDS; ; )); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  if ! kill -0 "$server" 2>/dev/null || [ $((SECONDS - began)) -gt 600 ]; then
    cat "$temp/log" >&2
    echo "the server does not come up" >&2
    exit 1
  fi
  sleep 1
done

export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=hooks
export SANLIAN_URL=http://127.0.0.1:$port/graphql SANLIAN_OFFICE=qingchuan:demo-county-2022
cd "$temp"
failed=
for viewer in "$SANLIAN_OFFICE" sichuan:demo-province-2022 ""; do
  name=${viewer%%:*}
  echo "-- as ${name:-nobody}: $examples documents a field, seed $seed"
  SANLIAN_VIEWER=$viewer "$temp/venv/bin/st" run --no-color "$root/schema.graphql" --url "$SANLIAN_URL" --phases fuzzing \
    --checks conforms --max-examples "$examples" --seed "$seed" --generation-database none \
    --suppress-health-check all --request-timeout 60 --warnings off || failed+=" ${name:-nobody}"
done

grep -E ' (WARN|ERROR) ' "$temp/log" | tail -20 || true
if [ -n "$failed" ]; then
  echo "not as it should be for:$failed" >&2
  exit 1
fi
