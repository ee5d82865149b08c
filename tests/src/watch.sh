stop() {
  kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
  for _ in $(seq 100); do [ -e "$1/data/postmaster.pid" ] || break; sleep .1; done
  # Out of the way at once: one who comes now makes a new folder.
  mv "$1" "$1.gone" && rm -rf "$1.gone"
}
watch() {
  while sleep 3 && [ -d "$1" ]; do
    (flock -n 8 && flock -n 9 && stop "$1") 8>>"$1/starting.lock" 9>>"$1/using.lock"
  done
}
watch "$1" >/dev/null 2>&1 &
