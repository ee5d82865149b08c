# What one does here; `just` lists it.

[private]
default:
  @just --list

# Lay the code out
fmt:
  cargo fmt --all

# House rules and good habits
lint:
  cargo clippy --workspace --all-targets -- -D warnings
  .ci/lints

# Every test, on SQLite and on PostgreSQL where its server programs are installed
test *arguments:
  cargo test --workspace {{arguments}}

# A server with a county's data to try queries on
demo:
  cargo run -p cli -- demo

# The page at /, which the server reads from web/dist
page:
  cd web && npm ci && npm run build

# Write the API down after a change to it
schema:
  cargo run -q -p cli -- schema > schema.graphql

# How schema.graphql is written, and that it answers what the last release did (needs `npm ci` in tests/schema)
schema-rules:
  cd tests/schema && npm run lint && npm run breaking

# Ask a demo whatever the schema lets one ask, some minutes long
schemathesis:
  cargo build -q -p cli
  tests/schema/schemathesis.sh

# Keep the schema of a release: what comes later may not break it
release-schema:
  mkdir -p docs/releases
  cp schema.graphql docs/releases/schema.graphql

# Licenses and sources of dependencies (needs cargo-deny)
deny:
  cargo deny check bans licenses sources

# All that a change must pass
ci:
  .ci/run
