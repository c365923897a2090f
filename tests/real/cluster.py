"""The real control plane as Python sees it: its life, and its objects as dictionaries."""

import base64
import datetime
import fnmatch
import http.client
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PARTS = pathlib.Path(os.environ.get("AGENT_TEST_CACHE") or pathlib.Path.home() / ".cache/agent-tests") / "kube"
NEEDED = ("etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "kwok")

# kind: (path of its group and version, resource, has a namespace)
KINDS = {
    "Pod": ("api/v1", "pods", True),
    "Event": ("api/v1", "events", True),
    "Node": ("api/v1", "nodes", False),
    "Namespace": ("api/v1", "namespaces", False),
    "ConfigMap": ("api/v1", "configmaps", True),
    "Secret": ("api/v1", "secrets", True),
    "Service": ("api/v1", "services", True),
    "ServiceAccount": ("api/v1", "serviceaccounts", True),
    "PersistentVolumeClaim": ("api/v1", "persistentvolumeclaims", True),
    "PersistentVolume": ("api/v1", "persistentvolumes", False),
    "ResourceQuota": ("api/v1", "resourcequotas", True),
    "LimitRange": ("api/v1", "limitranges", True),
    "Deployment": ("apis/apps/v1", "deployments", True),
    "ReplicaSet": ("apis/apps/v1", "replicasets", True),
    "StatefulSet": ("apis/apps/v1", "statefulsets", True),
    "DaemonSet": ("apis/apps/v1", "daemonsets", True),
    "Job": ("apis/batch/v1", "jobs", True),
    "CronJob": ("apis/batch/v1", "cronjobs", True),
    "StorageClass": ("apis/storage.k8s.io/v1", "storageclasses", False),
    "EndpointSlice": ("apis/discovery.k8s.io/v1", "endpointslices", True),
    "Ingress": ("apis/networking.k8s.io/v1", "ingresses", True),
    "IngressClass": ("apis/networking.k8s.io/v1", "ingressclasses", False),
    "NetworkPolicy": ("apis/networking.k8s.io/v1", "networkpolicies", True),
    "HorizontalPodAutoscaler": ("apis/autoscaling/v2", "horizontalpodautoscalers", True),
    "PodDisruptionBudget": ("apis/policy/v1", "poddisruptionbudgets", True),
    "ValidatingWebhookConfiguration": (
        "apis/admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", False),
    "MutatingWebhookConfiguration": (
        "apis/admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", False),
    "ValidatingAdmissionPolicy": ("apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies", False),
    "ValidatingAdmissionPolicyBinding": (
        "apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", False),
    "PriorityClass": ("apis/scheduling.k8s.io/v1", "priorityclasses", False),
    "Role": ("apis/rbac.authorization.k8s.io/v1", "roles", True),
    "RoleBinding": ("apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "ClusterRole": ("apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "ClusterRoleBinding": ("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", False),
    "TaskRun": ("apis/tekton.dev/v1", "taskruns", True),
    "PipelineRun": ("apis/tekton.dev/v1", "pipelineruns", True),
    "Task": ("apis/tekton.dev/v1", "tasks", True),
    "Pipeline": ("apis/tekton.dev/v1", "pipelines", True),
    "Logs": ("apis/kwok.x-k8s.io/v1alpha1", "logs", True),
    "ClusterLogs": ("apis/kwok.x-k8s.io/v1alpha1", "clusterlogs", False),
}
BY_WORD = {kind.lower(): kind for kind in KINDS}


def missing_parts():
    """The parts of the control plane that are not in the cache."""
    return [part for part in NEEDED if not os.access(PARTS / part, os.X_OK)]


class Refused(Exception):
    """The API server's refusal."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def rfc3339(seconds_ago=0):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def with_times(value):
    """Replaces "@-600" by the time 600 seconds ago, at any depth."""
    if isinstance(value, dict):
        return {key: with_times(one) for key, one in value.items()}
    if isinstance(value, list):
        return [with_times(one) for one in value]
    if isinstance(value, str) and (found := re.fullmatch(r"@-(\d+)", value)):
        return rfc3339(int(found[1]))
    return value


def path_of(kind, namespace="", name="", part=""):
    group, resource, namespaced = KINDS[kind]
    words = [group] + (["namespaces", namespace] if namespaced and namespace else []) + [resource, name, part]
    return "/" + "/".join(word for word in words if word)


class Cluster:
    """A control plane in a folder; use it with `with`, so that it always ends."""

    def __init__(self, work=None):
        self.temporary = work is None
        self.work = pathlib.Path(work or tempfile.mkdtemp(prefix="agent-real-"))
        self.local = threading.local()

    def __enter__(self):
        # The servers keep what they inherit: no pipe of ours, or its reader would wait for them.
        with open(os.devnull, "rb") as nothing:
            subprocess.run([HERE / "cluster-up", self.work], check=True, stdin=nothing)
            # Nothing is left running when we are killed.
            watch = f'while kill -0 {os.getpid()} 2>/dev/null; do sleep 1; done; exec "$@"'
            subprocess.Popen(["sh", "-c", watch, "sh", HERE / "cluster-down", self.work], stdin=nothing,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return self.attach()

    def __exit__(self, *_):
        subprocess.run([HERE / "cluster-down", self.work], check=True)
        if self.temporary:
            shutil.rmtree(self.work, ignore_errors=True)

    def attach(self):
        """To a control plane that already runs in the folder."""
        text = (self.work / "kubeconfig").read_text()
        host, port = re.search(r'server: "https://([^:"]+):(\d+)"', text).groups()
        self.address = (host, int(port))
        self.kubelet_port = int((self.work / "kubelet.port").read_text())
        self.tls = ssl.create_default_context(cafile=self.work / "pki/ca.crt")
        self.tls.load_cert_chain(self.work / "pki/admin.crt", self.work / "pki/admin.key")
        return self

    def ask(self, method, path, body=None, content_type="application/json"):
        for attempt in (1, 2):
            if not hasattr(self.local, "connection"):
                self.local.connection = http.client.HTTPSConnection(*self.address, context=self.tls, timeout=60)
            try:
                data = None if body is None else json.dumps(body)
                self.local.connection.request(method, path, data, {"Content-Type": content_type})
                answer = self.local.connection.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, OSError):
                del self.local.connection
                if attempt == 2:
                    raise
        if answer.status >= 400:
            try:
                message = json.loads(text).get("message", "")
            except ValueError:
                message = text.decode(errors="replace")
            raise Refused(answer.status, message)
        return json.loads(text) if text[:1] in (b"{", b"[") else text.decode(errors="replace")

    def create(self, body, namespace=""):
        body = with_times(body)
        if KINDS[body["kind"]][2]:
            body.setdefault("metadata", {}).setdefault("namespace", namespace)
            namespace = body["metadata"]["namespace"]
        made = self.ask("POST", path_of(body["kind"], namespace), body)
        if "status" in body and body["kind"] in ("Node", "PersistentVolume"):
            self.set_status(body["kind"], "", body["metadata"]["name"], body["status"])
        return made

    def set_status(self, kind, namespace, name, status):
        return self.ask("PATCH", path_of(kind, namespace, name, "status"), {"status": with_times(status)},
                        "application/merge-patch+json")

    def list(self, kind, namespace=""):
        return self.ask("GET", path_of(kind, namespace)).get("items", [])

    def named(self, namespace, pattern):
        """Objects by "pod/web-*", and their kind."""
        word, _, name = pattern.partition("/")
        kind = BY_WORD[word]
        space = namespace if KINDS[kind][2] else ""
        return kind, [one for one in self.list(kind, space) if fnmatch.fnmatch(one["metadata"]["name"], name)]

    def delete(self, kind, namespace, name):
        try:
            self.ask("DELETE", path_of(kind, namespace, name) + "?gracePeriodSeconds=0")
        except Refused as refused:
            if refused.code != 404:
                raise

    def token(self, namespace, account):
        """A token of a service account, as its pods get."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return self.ask("POST", path_of("ServiceAccount", namespace, account, "token"), body)["status"]["token"]

    def kubeconfig_for(self, namespace, account, file):
        """A kubeconfig of a service account."""
        authority = base64.b64encode((self.work / "pki/ca.crt").read_bytes()).decode()
        server = f"https://{self.address[0]}:{self.address[1]}"
        file = self.work / file
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": server, "certificate-authority-data": authority}}],
            "users": [{"name": account, "user": {"token": self.token(namespace, account)}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": account, "namespace": namespace}}]}))
        return file

    def audit(self, user=None):
        """What was asked of the API server, oldest first."""
        lines = (self.work / "audit.log").read_text().splitlines()
        asked = [json.loads(line) for line in lines]
        return [one for one in asked if user is None or one["user"]["username"] == user]


def wait_for(what, check, seconds=60):
    """The first true result of `check`."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
