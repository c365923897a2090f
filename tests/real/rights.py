"""With the shipped Role and nothing else: the binary still explains, and no Secret's data is ever answered."""

import subprocess

import cluster as real
import scenarios
from binary import analyse

ROLES = real.HERE.parent.parent / "tekton/role.yaml"
# Of what each asks: logs; a pull secret that is missing; a TLS Secret that is missing.
ASKING = ("crash-1", "pull-secret-missing", "ingress-missing-parts", "secret-missing", "missing-service-account")
SECRET = "aHVudGVyMg=="


def grant(cluster, namespace):
    """The shipped Role, by the command that its file names."""
    subprocess.run([real.PARTS / "kubectl", "--kubeconfig", cluster.work / "kubeconfig", "-n", namespace, "apply", "-f",
                    ROLES], check=True, stdout=subprocess.DEVNULL)
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "held"}, "data": {"key": SECRET}}, namespace)
    return cluster.kubeconfig_for(namespace, "agent", f"{namespace}.agent.kubeconfig")


def secret_answers(cluster, user):
    return [one for one in cluster.audit(user) if one["objectRef"].get("resource") == "secrets"
            and one["responseStatus"]["code"] < 300]


def faults_of_audit(cluster, user):
    """What the audit log holds that a reader without Secrets' data would not have asked."""
    faults = []
    for one in cluster.audit(user):
        verb, what = one["verb"], one.get("objectRef", {}).get("resource", one["requestURI"])
        if verb not in ("get", "list") and what != "selfsubjectrulesreviews":
            faults.append(f"it asked to {verb} {what}")
    for one in secret_answers(cluster, user):
        kind = one["responseObject"]["kind"]
        if kind not in ("PartialObjectMetadata", "PartialObjectMetadataList") or SECRET in str(one):
            faults.append(f"a {kind} of Secrets was answered to {one['requestURI']}")
    return faults


def check(binary, cluster):
    """Yields the name of each case, and what is wrong with it."""
    scenarios.create_world(cluster, scenarios.NODES)
    asked_for_secrets = 0
    for name in ASKING:
        scenario = scenarios.load(name)[0]
        scenarios.stage(cluster, scenario)
        kubeconfig = grant(cluster, name)
        user = f"system:serviceaccount:{name}:agent"
        yield from case(f"rights: {name} with the shipped Role", binary, cluster, scenario, kubeconfig, user)
        asked_for_secrets += len(secret_answers(cluster, user))
        cluster.delete("Role", name, "agent-secret-names")
        cluster.delete("RoleBinding", name, "agent-secret-names")
        yield from case(f"rights: {name} without names of Secrets", binary, cluster, scenario, kubeconfig, user)
    yield "rights: Secrets were asked for", [] if asked_for_secrets else ["no request for a Secret is in the audit log"]
    scenarios.tear_down(cluster, [scenarios.load(name)[0] for name in ASKING])


def case(name, binary, cluster, scenario, kubeconfig, user):
    report = analyse(binary, cluster, scenario, kubeconfig=kubeconfig).report()
    wanted = [one["rule"] for one in scenario.says["expected"]]
    found = [one["rule"] for one in report["findings"]]
    wrong = faults_of_audit(cluster, user)
    # What stands in no namespace, and Secrets without their part of the Role, are not checked: that is told, and no more.
    if not found or [rule for rule in wanted if rule in found] != found:
        wrong.append(f"{wanted} was expected, {found} came; not checked: {report['not_checked']}")
    if len(found) < len(wanted) and not report["not_checked"]:
        wrong.append(f"nothing says why {wanted} became {found}")
    yield name, wrong
