#!/bin/sh
# A new release or new settings under compose, and no scan is refused: the image, the schema, one web after the other, the rest.
# Further files are named as for docker compose: docker/restart.sh -f docker/compose.secrets.yaml
set -eu
main="$(dirname "$0")/compose.yaml" more=$*
compose() { docker compose -f "$main" $more "$@"; }

compose build
compose run --rm --no-deps schema
compose up -d --no-deps --force-recreate --wait web
compose up -d --no-deps --force-recreate --wait web2
compose up -d --no-deps --force-recreate folding worker beat
compose up -d
