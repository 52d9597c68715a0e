#!/usr/bin/env bash
# Brings a cluster to what an overlay says: secrets checked, schema migrated, everything applied, health
# looked at. Stops at the first step that fails.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
OVERLAY=prod
DRY=no
MIGRATE=yes

usage() {
  cat <<TEXT
deploy.sh [--overlay NAME] [--dry-run] [--skip-migration]

  --overlay NAME     a folder of k8s/overlays [default: prod]
  --dry-run          show every command, change nothing
  --skip-migration   leave the database's schema as it is

Rollback: kubectl -n NAMESPACE rollout undo deployment/seedtest-engine; migrations only go forward.
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --overlay) OVERLAY=${2:?--overlay needs a name}; shift ;;
    --dry-run) DRY=yes ;;
    --skip-migration) MIGRATE=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
FOLDER=$HERE/k8s/overlays/$OVERLAY
[ -d "$FOLDER" ] || { echo "no overlay $OVERLAY; there are: $(ls "$HERE/k8s/overlays" | tr '\n' ' ')" >&2; exit 2; }
NAMESPACE=$(sed -n 's/^namespace: *//p' "$FOLDER/kustomization.yaml")

step() { printf '\n== %s\n' "$*"; }
run() {
  if [ "$DRY" = yes ]; then printf '[DRY-RUN] %s\n' "$*"; else "$@"; fi
}
# The one-off job with the image and the namespace of the overlay.
migration() {
  local image
  image=$(kubectl kustomize "$FOLDER" | sed -n 's/^ *image: //p' | grep -v cloud-sql-proxy | head -n 1)
  sed -e "s|image: seedtest$|image: $image|" -e "s|namespace: seedtest$|namespace: $NAMESPACE|" \
    "$HERE/k8s/jobs/migrate-now.yaml" > "$WORK/migrate-now.yaml"
}

WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT
step "render"
kubectl kustomize "$FOLDER" > /dev/null
step "namespace, settings, account, secrets"
run kubectl apply -k "$FOLDER" --selector seedtest/first=true
step "secrets"
if grep -q external-secrets "$FOLDER/kustomization.yaml"; then
  echo "from the secret store of the overlay"
else
  run kubectl -n "$NAMESPACE" get secret seedtest-db-credentials r-irt-credentials
fi
if [ "$MIGRATE" = yes ]; then
  step "schema"
  run kubectl -n "$NAMESPACE" delete job migrate-now --ignore-not-found
  migration
  run kubectl apply -f "$WORK/migrate-now.yaml"
  run kubectl -n "$NAMESPACE" wait --for=condition=complete --timeout=300s job/migrate-now
fi
step "apply"
run kubectl apply -k "$FOLDER"
step "health"
run kubectl -n "$NAMESPACE" rollout status deployment/seedtest-engine --timeout=300s
run kubectl -n "$NAMESPACE" get cronjobs
run kubectl -n "$NAMESPACE" exec deployment/seedtest-engine -- seedtest doctor
