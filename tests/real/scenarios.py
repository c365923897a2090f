"""Scenarios: what is applied, what a kubelet would write of it, and what the binary must find. Form: README.md."""

import concurrent.futures
import copy
import fnmatch
import json
import re
import time

from cluster import BY_WORD, HERE, KINDS, Refused, path_of, rfc3339, wait_for

FOLDER = HERE / "scenarios"
THREADS = 8
NODES = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in ("node1", "node2")]


class Scenario:
    def __init__(self, file):
        self.name = file.stem
        self.says = json.loads(file.read_text())
        unknown = self.says.keys() - {"follows", "world", "namespace", "apply", "status", "events", "logs", "then",
                                      "until", "target", "expected"}
        if unknown:
            raise ValueError(f"{file}: unknown keys {sorted(unknown)}")

    def get(self, key, otherwise):
        return copy.deepcopy(self.says.get(key, otherwise))

    @property
    def target(self):
        return self.says.get("target")


def load(pattern="*"):
    """All scenarios whose name fits; by name."""
    return [Scenario(file) for file in sorted(FOLDER.glob("*.json")) if fnmatch.fnmatch(file.stem, pattern)]


def worlds(chosen):
    """Scenarios with nodes, volumes or classes of their own stand alone; all others share one world."""
    shared = [one for one in chosen if "world" not in one.says]
    return ([shared] if shared else []) + [[one] for one in chosen if "world" in one.says]


def node_status(cluster, node):
    """As a kubelet of a machine with 4 CPUs and 8Gi would report, and what the scenario says otherwise."""
    room = {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    status = {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
              "daemonEndpoints": {"kubeletEndpoint": {"Port": cluster.kubelet_port}},
              "capacity": room, "allocatable": room,
              "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                              "message": "kubelet is posting ready status", "lastHeartbeatTime": "@-10",
                              "lastTransitionTime": "@-3600"}]}
    for key, value in node.pop("status", {}).items():
        status[key] = {**status[key], **value} if isinstance(value, dict) and key in status else value
    status["capacity"] = status["allocatable"]
    return status


def create_world(cluster, objects):
    for body in objects:
        body = copy.deepcopy(body)
        if body["kind"] != "Node":
            cluster.create(body)
            continue
        status = node_status(cluster, body)
        taints = body.get("spec", {}).get("taints")
        cluster.create(body)
        # Admission taints each new node until a controller, which does not run here, has seen it ready.
        cluster.ask("PATCH", f"/api/v1/nodes/{body['metadata']['name']}", {"spec": {"taints": taints}},
                    "application/merge-patch+json")
        cluster.set_status("Node", "", body["metadata"]["name"], status)


def world_of(group):
    objects = group[0].get("world", [])
    return objects if any(one["kind"] == "Node" for one in objects) else NODES + objects


def container_status(pod, status):
    """A kubelet's answer always has these fields."""
    containers = {one["name"]: one for one in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]}
    image = containers[status["name"]].get("image", "")
    return {"ready": False, "restartCount": 0, "image": image, "imageID": "", "state": {}, "lastState": {}, **status}


def write_status(cluster, namespace, pattern, status):
    kind, _ = cluster.named(namespace, pattern)
    placed = kind == "Pod" and "containerStatuses" in status
    count = status.pop("count", 1)

    def ready():
        found = cluster.named(namespace, pattern)[1]
        if len(found) < count or (placed and not all(pod["spec"].get("nodeName") for pod in found)):
            return []
        return found

    for one in wait_for(f"{pattern} in {namespace}", ready):
        body = copy.deepcopy(status)
        for list_name in ("containerStatuses", "initContainerStatuses"):
            if kind == "Pod" and list_name in body:
                body[list_name] = [container_status(one, status) for status in body[list_name]]
        if placed:
            body.setdefault("startTime", "@-600")
            body.setdefault("hostIP", "127.0.0.1")
        if "conditions" in body:
            new = {condition["type"] for condition in body["conditions"]}
            known = one.get("status", {}).get("conditions", [])
            body["conditions"] += [condition for condition in known if condition["type"] not in new]
            for condition in body["conditions"]:
                condition.setdefault("lastTransitionTime", "@-60")
        cluster.set_status(kind, namespace if KINDS[kind][2] else "", one["metadata"]["name"], body)


def write_events(cluster, namespace, pattern, events):
    kind, found = cluster.named(namespace, pattern)
    for one in found:
        for index, event in enumerate(events):
            about = {"apiVersion": one.get("apiVersion", KINDS[kind][0].removeprefix("apis/").removeprefix("api/")),
                     "kind": kind, "name": one["metadata"]["name"], "namespace": namespace,
                     "uid": one["metadata"]["uid"]}
            if "container" in event:
                about["fieldPath"] = "spec.containers{%s}" % event["container"]
            cluster.create({
                "apiVersion": "v1", "kind": "Event",
                "metadata": {"name": f"{one['metadata']['name']}.{index}"}, "involvedObject": about,
                "type": event.get("type", "Warning"), "reason": event["reason"], "message": event["message"],
                "source": {"component": event.get("from", "kubelet")}, "count": event.get("count", 1),
                "firstTimestamp": "@-600", "lastTimestamp": "@-5"}, namespace)


def write_log(file, lines):
    """As containerd writes it, which is what kwok reads: TIMESTAMP STREAM F LINE."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w", encoding="utf-8") as out:
        for line in lines:
            out.write(f"{rfc3339(120)[:-1]}.000000000Z stderr F {line}\n")
    return str(file)


def write_logs(cluster, namespace, logs):
    pods = {}
    for place, lines in logs.items():
        pattern, container, *previous = place.split("/")
        for pod in cluster.named(namespace, f"pod/{pattern}")[1]:
            name = pod["metadata"]["name"]
            part = ".previous" if previous else ""
            file = write_log(cluster.work / "podlogs" / namespace / f"{name}.{container}{part}.log", lines)
            entry = pods.setdefault(name, {}).setdefault(container, {"containers": [container]})
            entry["previousLogsFile" if previous else "logsFile"] = file
    for name, containers in pods.items():
        for container, entry in containers.items():
            if "logsFile" not in entry:
                entry["logsFile"] = write_log(cluster.work / "podlogs" / namespace / f"{name}.{container}.log", [])
        cluster.create({"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Logs", "metadata": {"name": name},
                        "spec": {"logs": list(containers.values())}}, namespace)


def change(cluster, namespace, step):
    """What happens then: {"create": …}, {"await": {"pod/x": words}}, {"pause": seconds}, {"delete": "pod/x"} or
    {"patch": "node/x", "with": …}."""
    if "pause" in step:
        return time.sleep(step["pause"])
    if "create" in step:
        return cluster.create(step["create"], namespace)
    if "await" in step:
        return await_words(cluster, namespace, step["await"])
    kind, found = cluster.named(namespace, step.get("delete") or step["patch"])
    for one in found:
        name, space = one["metadata"]["name"], one["metadata"].get("namespace", "")
        if "delete" in step:
            cluster.delete(kind, space, name)
        else:
            path = f"/{KINDS[kind][0]}/" + (f"namespaces/{space}/" if space else "") + f"{KINDS[kind][1]}/{name}"
            cluster.ask("PATCH", path, step["with"], "application/merge-patch+json")
    return None


def speaks(cluster, namespace, pattern, words):
    """True when an object that fits, or an event about one, holds the words, a regular expression."""
    word, _, name = pattern.partition("/")
    kind = BY_WORD[word]
    spoken = [json.dumps(one, ensure_ascii=False) for one in cluster.named(namespace, pattern)[1]]
    spoken += [event.get("reason", "") + ": " + event.get("message", "") for event in cluster.list("Event", namespace)
               if event["involvedObject"]["kind"] == kind and fnmatch.fnmatch(event["involvedObject"]["name"], name)]
    return any(re.search(words, one) for one in spoken)


def await_words(cluster, namespace, until):
    for pattern, words in until.items():
        try:
            wait_for(f"{pattern}: {words}", lambda: speaks(cluster, namespace, pattern, words))
        except TimeoutError as late:
            raise TimeoutError(f"the control plane never said of {late}") from None


def stage(cluster, scenario, namespace=None):
    """Brings a scenario to where the binary may look at it."""
    namespace = namespace or scenario.name
    labels = scenario.get("namespace", {}).get("labels", {})
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
    wait_for(f"account of {namespace}", lambda: cluster.list("ServiceAccount", namespace))
    for body in scenario.get("apply", []):
        for owner in body["metadata"].get("ownerReferences", []):
            path = path_of(owner["kind"], namespace, owner["name"])
            owner["uid"] = cluster.ask("GET", path)["metadata"]["uid"]
        cluster.create(body, namespace)
        if body["kind"] == "ResourceQuota":  # admission counts from where the controller has counted to
            quota = f"resourcequota/{body['metadata']['name']}"
            await_words(cluster, namespace, {quota: '"status": .*"used"'})
    for pattern, status in scenario.get("status", {}).items():
        write_status(cluster, namespace, pattern, status)
    for pattern, events in scenario.get("events", {}).items():
        write_events(cluster, namespace, pattern, events)
    write_logs(cluster, namespace, scenario.get("logs", {}))
    for step in scenario.get("then", []):
        change(cluster, namespace, step)
    await_words(cluster, namespace, scenario.get("until", {}))


def attempt(function, *arguments):
    """The result and the error of a call; one of them is None."""
    try:
        return function(*arguments), None
    except (Refused, TimeoutError, OSError, KeyError) as error:
        return None, f"{type(error).__name__}: {error}"


def each(function, group):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda one: attempt(function, one), group))


def tear_down(cluster, group):
    """Pods and claims go at once, so that they take nothing of the next world; the rest follows with its namespace."""
    def remove(scenario):
        cluster.ask("DELETE", f"/api/v1/namespaces/{scenario.name}/pods?gracePeriodSeconds=0")
        for claim in cluster.list("PersistentVolumeClaim", scenario.name):  # or it would take the next world's volume
            path = path_of("PersistentVolumeClaim", scenario.name, claim["metadata"]["name"])
            cluster.ask("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
            cluster.delete("PersistentVolumeClaim", scenario.name, claim["metadata"]["name"])
        cluster.delete("Namespace", "", scenario.name)

    each(remove, group)
    for body in world_of(group):
        cluster.delete(body["kind"], "", body["metadata"]["name"])
        if body["kind"] == "PersistentVolume":  # it would wait for its claim
            release = {"patch": f"persistentvolume/{body['metadata']['name']}", "with": {"metadata": {"finalizers": None}}}
            attempt(change, cluster, "", release)
    if any("world" in one.says for one in group):
        wait_for("the end of a world", lambda: not cluster.list("Node"))
        time.sleep(0.3)  # until the scheduler has seen it, too


def play(cluster, chosen, look):
    """Stages all scenarios, world by world; yields each with what `look` says of it, and the error if there was one."""
    for group in worlds(chosen):
        create_world(cluster, world_of(group))
        staged = each(lambda one: stage(cluster, one), group)
        fit = [one for one, (_, error) in zip(group, staged) if error is None]
        looked = dict(zip((one.name for one in fit), each(look, fit)))
        for scenario, (_, error) in zip(group, staged):
            result, look_error = looked.get(scenario.name, (None, None))
            yield scenario, result, error or look_error
        tear_down(cluster, group)
