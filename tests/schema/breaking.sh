#!/usr/bin/env bash
# What the last release answered, schema.graphql still does. A release is kept by `just release-schema`, as a file: a
# checkout has no tags. What was taken back with `@deprecated` in that release may go.
set -euo pipefail
cd "$(dirname "$0")/../.."
released=docs/releases/schema.graphql

if [ -f "$released" ]; then
  tests/schema/node_modules/.bin/graphql-inspector diff "$released" schema.graphql --rule suppressRemovalOfDeprecatedField
elif grep -qE '^## +[^U ]' CHANGELOG.md; then
  echo "CHANGELOG.md tells of a release, and $released is not there: keep its schema, \`just release-schema\`" >&2
  exit 1
else
  echo "no release yet: nothing that schema.graphql could break"
fi
