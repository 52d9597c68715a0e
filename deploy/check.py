"""Holds rendered manifests against schemas and against rules that schemas cannot say.

Usage: check.py VERSION FILE...    exit code 1 when a resource is wrong
"""

import json
import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

OWN_SCHEMAS = pathlib.Path(__file__).parent / "schemas"
# Names of somebody's cloud in the old manifests: parameters, never constants.
SOMEBODYS = re.compile(r"univprepai|seedtest-staging|gcpsm-secret-store")


def pod_specs(node):
    """Every pod spec under a node."""
    if isinstance(node, dict):
        if "containers" in node:
            yield node
        for value in node.values():
            yield from pod_specs(value)
    elif isinstance(node, list):
        for value in node:
            yield from pod_specs(value)


def faults_of_pod(pod):
    if not pod.get("securityContext", {}).get("runAsNonRoot"):
        yield "a pod may run as root"
    for container in pod["containers"] + pod.get("initContainers", []):
        name = container["name"]
        context = container.get("securityContext", {})
        if not context.get("readOnlyRootFilesystem"):
            yield f"container {name} may write to its root"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"container {name} may gain privileges"
        if "limits" not in container.get("resources", {}):
            yield f"container {name} has no limits"


def faults(resource, version):
    kind = resource["kind"]
    own = OWN_SCHEMAS / f"{kind}.json"
    try:
        if own.exists():
            jsonschema.validate(resource, json.loads(own.read_text()))
        else:
            kubernetes_validate.validate(resource, version, strict=True)
    except Exception as error:  # every library has its own; each is a fault here
        yield getattr(error, "message", None) or str(error)
    for pod in pod_specs(resource):
        yield from faults_of_pod(pod)
    if kind == "CronJob" and resource["spec"].get("concurrencyPolicy") != "Forbid":
        yield "two runs may overlap"
    named = SOMEBODYS.search(json.dumps(resource))
    if named:
        yield f"names {named.group()}"


def faults_together(resources):
    """What one resource cannot say: whether a job that needs a setting waits for it."""
    settings = {}
    for resource in resources:
        if resource["kind"] == "ConfigMap":
            settings |= resource.get("data", {})
    cron_jobs = [resource for resource in resources if resource["kind"] == "CronJob"]
    all_wait = all(job["spec"].get("suspend") for job in cron_jobs)
    for job in cron_jobs:
        needs = job["metadata"].get("annotations", {}).get("seedtest/needs")
        waits = job["spec"].get("suspend", False)
        if needs and not waits and needs not in settings:
            yield job, f"would fail every time: {needs} is not set"
        if needs and waits and needs in settings and not all_wait:
            yield job, f"is suspended, and {needs} is set"


def main(version, files):
    wrong = seen = 0
    for file in files:
        resources = list(yaml.safe_load_all(pathlib.Path(file).read_text()))
        found = [(one, fault) for one in resources for fault in faults(one, version)]
        found += faults_together(resources)
        seen += len(resources)
        wrong += len(found)
        for resource, fault in found:
            print(f"{file}: {resource['kind']} {resource['metadata']['name']}: {fault}")
    print(f"{seen} resources of {len(files)} files, {wrong} faults")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
