#!/bin/sh
# A new release or new settings under compose, and no scan is refused: the image, the schema, one web after the other, the rest.
set -eu
compose() { docker compose -f "$(dirname "$0")/compose.yaml" "$@"; }

compose build
compose run --rm --no-deps schema
compose up -d --no-deps --force-recreate --wait web
compose up -d --no-deps --force-recreate --wait web2
compose up -d --no-deps --force-recreate folding worker beat
compose up -d
