#!/usr/bin/env bash
# Renders every overlay with kustomize and holds each resource against its schema, offline: those of
# Kubernetes as PyPI's kubernetes-validate ships them, those of the operators from deploy/schemas.
set -euo pipefail
cd "$(dirname "$0")"
# The oldest version the manifests are for: sidecars (1.29), podFailurePolicy (stable since 1.31).
VERSION=1.31.0
WORK=${TMPDIR:-/tmp}/seedtest-manifests
mkdir -p "$WORK"

command -v kubectl >/dev/null || { echo "kubectl (1.27 or newer) is needed to render the manifests" >&2; exit 1; }
if [ ! -x "$WORK/venv/bin/python" ]; then
  python3 -m venv "$WORK/venv"
  "$WORK/venv/bin/pip" install --quiet kubernetes-validate pyyaml jsonschema
fi
for overlay in k8s/overlays/*/; do
  kubectl kustomize "$overlay" > "$WORK/$(basename "$overlay").yaml"
done
# What a deployment would do, the job that brings the schema up to date with the overlay's sidecars among it.
for overlay in k8s/overlays/*/; do
  ./deploy.sh --dry-run --overlay "$(basename "$overlay")" > /dev/null
done
if command -v systemd-analyze >/dev/null; then
  # The binary need not be on this machine.
  said=$(systemd-analyze verify systemd/*.service systemd/*.timer 2>&1 \
    | grep -v 'Command /usr/bin/seedtest is not executable' || true)
  [ -z "$said" ] || { echo "$said" >&2; exit 1; }
fi
"$WORK/venv/bin/python" check.py "$VERSION" "$WORK"/*.yaml k8s/jobs/*.yaml
