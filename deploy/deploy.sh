#!/usr/bin/env bash
# Brings a cluster to what an overlay says: secrets checked, schema migrated, everything applied, health
# looked at. Stops at the first step that fails. Or starts one job by hand.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
OVERLAY=prod
DRY=no
MIGRATE=yes
NOW=

usage() {
  cat <<TEXT
deploy.sh [--overlay NAME] [--dry-run] [--skip-migration | --now JOB]

  --overlay NAME     a folder of k8s/overlays [default: prod]
  --dry-run          show every command, change nothing
  --skip-migration   leave the database's schema as it is
  --now JOB          nothing but one job of k8s/jobs, as calibrate-irt-now

Rollback: kubectl -n NAMESPACE rollout undo deployment/seedtest-engine; migrations only go forward.
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --overlay) OVERLAY=${2:?--overlay needs a name}; shift ;;
    --dry-run) DRY=yes ;;
    --skip-migration) MIGRATE=no ;;
    --now) NOW=${2:?--now needs a name}; shift ;;
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
# A job as the overlay makes it, with its image, namespace, settings and sidecars: old ones of that name go first.
job() {
  local folder=$WORK/k8s/overlays/$OVERLAY
  cp -r "$HERE/k8s" "$WORK/"
  cp "$HERE/k8s/jobs/$1.yaml" "$folder/"
  sed -i "s|^resources:|&\n  - $1.yaml|" "$folder/kustomization.yaml"
  kubectl kustomize "$folder" > /dev/null
  run kubectl -n "$NAMESPACE" delete job "$1" --ignore-not-found
  run kubectl apply -k "$folder" --selector "app.kubernetes.io/name=$1"
}

WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT
if [ -n "$NOW" ]; then
  [ -f "$HERE/k8s/jobs/$NOW.yaml" ] || { echo "no job $NOW; there are: $(cd "$HERE/k8s/jobs" && ls | sed 's/.yaml//' | tr '\n' ' ')" >&2; exit 2; }
  step "$NOW"
  job "$NOW"
  exit
fi
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
  job migrate-now
  run kubectl -n "$NAMESPACE" wait --for=condition=complete --timeout=300s job/migrate-now
fi
step "apply"
run kubectl apply -k "$FOLDER"
step "health"
run kubectl -n "$NAMESPACE" rollout status deployment/seedtest-engine --timeout=300s
run kubectl -n "$NAMESPACE" get cronjobs
run kubectl -n "$NAMESPACE" exec deployment/seedtest-engine -- seedtest doctor
