"""GitHub on loopback: issues, comments, labels and runs of one repository, as its published description has them.

Each answer is checked against api.json before it is sent, each request when it comes; what does not fit is kept in
`wrong`, which a test expects to stay empty. Behaviour that the description does not have is told where it is written.
"""

import copy
import json
import pathlib
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import graphql
from schema import Schemas, from_text

API = json.loads((pathlib.Path(__file__).parent / "api.json").read_text("utf-8"))
SCHEMAS = Schemas(API["schemas"])
DOCUMENTATION = "https://docs.github.com/rest"
NOW = "2026-11-21T22:00:00Z"
RIGHTS = frozenset({"issues", "labels", "actions"})


class Refusal(Exception):
    def __init__(self, status: int, message: str, headers: dict | None = None, errors: list | None = None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        if errors:
            self.body["errors"] = errors


def example(name: str):
    value = copy.deepcopy(API["examples"][name])
    # The published example of a job lacks a member that its schema wants.
    return value["jobs"][0] | {"created_at": NOW} if name == "job-paginated" else value


class GitHub:
    """The repository o/r. `tokens`: what each may do. `limit`: "primary", "secondary" or "429"."""

    def __init__(self):
        self.lock = threading.RLock()
        self.issues: list[dict] = []
        self.comments: list[dict] = []
        self.labels: list[dict] = []
        self.run: dict | None = None
        self.jobs: list[dict] = []
        self.logs: dict[int, object] = {}  # bytes; a function that gives them; None: expired
        self.pulls: set[int] = set()
        self.tokens = {"ghp_all": RIGHTS}
        self.limit = ""
        self.has_issues = True
        self.longest = 65536
        self.dies_after: int | None = None  # requests; then connections are cut
        self.wrong: list[str] = []
        self.seen: list[str] = []  # "POST /repos/o/r/issues"
        self.storage_seen: list[str] = []
        self.url = self.storage_url = ""

    # What the server remembers, as its answers have it.

    def user(self, login: str = "bot") -> dict:
        return {**example("issue")["user"], "login": login, "html_url": f"https://github.com/{login}"}

    def label(self, name: str, color: str = "ededed") -> dict:
        for one in self.labels:
            if one["name"].lower() == name.lower():
                return one
        made = {**example("label"), "id": 100 + len(self.labels), "name": name, "color": color, "default": False,
                "description": None}
        self.labels.append(made)
        return made

    def add_issue(self, title: str, body: str, labels: list[str], assignees: list[str], login: str = "bot") -> dict:
        number = len(self.issues) + 1
        made = example("issue")
        made.pop("pull_request", None)
        made |= {"id": 5000 + number, "number": number, "title": title, "body": body, "state": "open",
                 "state_reason": None, "user": self.user(login), "labels": [self.label(one) for one in labels],
                 "assignees": [self.user(one) for one in assignees], "assignee": None, "milestone": None,
                 "comments": 0, "closed_at": None, "created_at": NOW, "updated_at": NOW, "locked": False,
                 "url": f"{self.url}/repos/o/r/issues/{number}",
                 "html_url": f"https://github.com/o/r/issues/{number}"}
        if number in self.pulls:
            made["pull_request"] = {"url": None, "html_url": None, "diff_url": None, "patch_url": None}
        self.issues.append(made)
        return made

    def add_job(self, number: int, name: str, conclusion: str | None, log: object = b"") -> None:
        made = example("job-paginated")
        failed = conclusion not in (None, "success")
        made |= {"id": number, "run_id": self.run["id"], "name": name, "conclusion": conclusion,
                 "status": "completed" if conclusion else "in_progress",
                 "html_url": f"https://github.com/o/r/actions/runs/{self.run['id']}/job/{number}"}
        made["steps"][-1] |= {"name": "Run make test", "conclusion": "failure" if failed else "success"}
        self.jobs.append(made)
        self.logs[number] = log

    def add_run(self, number: int, conclusion: str | None) -> None:
        self.run = example("workflow-run") | {
            "id": number, "name": "CI", "conclusion": conclusion, "status": "completed" if conclusion else "in_progress",
            "html_url": f"https://github.com/o/r/actions/runs/{number}", "head_branch": "main"}
        self.jobs.clear()

    # What is asked, by operation.

    def need(self, right: str, token: str) -> None:
        if right not in self.tokens[token]:
            raise Refusal(403, "Resource not accessible by personal access token")

    def issue(self, number: str) -> dict:
        if not self.has_issues:
            raise Refusal(410, "Issues has been disabled in this repository.")
        for one in self.issues:
            if one["number"] == int(number):
                return one
        raise Refusal(404, "Not Found")

    def check_length(self, field: str, value, most: int) -> None:
        if value is not None and len(value) > most:
            raise Refusal(422, "Validation Failed",
                          errors=[{"resource": "Issue", "code": "custom", "field": field,
                                   "message": f"{field} is too long (maximum is {most} characters)"}])

    def get_user(self, _path, _query, _body, _token):
        return 200, {**example("issue")["user"], "login": "bot", "name": "Bot", "company": None, "blog": "",
                     "location": None, "email": None, "hireable": None, "bio": None, "public_repos": 1,
                     "public_gists": 0, "followers": 0, "following": 0, "created_at": NOW, "updated_at": NOW}

    def list_assignees(self, _path, _query, _body, _token):
        return 200, [self.user()]

    def list_issues(self, _path, query, _body, _token):
        if not self.has_issues:
            return 200, []
        labels = [one.lower() for one in query.get("labels", "").split(",") if one]
        kept = [one for one in self.issues
                if query.get("state", "open") in ("all", one["state"])
                and all(any(has["name"].lower() == label for has in one["labels"]) for label in labels)]
        if query.get("direction", "desc") == "desc":
            kept.reverse()
        return 200, kept

    def create_issue(self, _path, _query, body, token):
        if not self.has_issues:
            raise Refusal(410, "Issues has been disabled in this repository.")
        self.need("issues", token)
        self.check_length("title", body["title"], 256)
        self.check_length("body", body.get("body"), self.longest)
        unknown = [one for one in body.get("assignees", []) if one != "bot"]
        if unknown:
            raise Refusal(422, "Validation Failed", errors=[
                {"resource": "Issue", "code": "invalid", "field": "assignees", "value": unknown[0]}])
        # "Only users with push access can set labels for new issues. Labels are silently dropped otherwise."
        labels = body.get("labels", []) if "labels" in self.tokens[token] else []
        return 201, self.add_issue(body["title"], body.get("body") or "", labels, body.get("assignees", []))

    def get_issue(self, path, _query, _body, _token):
        return 200, self.issue(path["issue_number"])

    def update_issue(self, path, _query, body, token):
        issue = self.issue(path["issue_number"])
        self.need("issues", token)
        self.check_length("body", body.get("body"), self.longest)
        issue |= {key: body[key] for key in ("title", "body", "state", "state_reason") if key in body}
        issue["closed_at"] = NOW if issue["state"] == "closed" else None
        return 200, issue

    def list_comments(self, path, _query, _body, _token):
        number = self.issue(path["issue_number"])["number"]
        return 200, [one for one in self.comments if one["issue_url"].endswith(f"/{number}")]

    def create_comment(self, path, _query, body, token):
        issue = self.issue(path["issue_number"])
        self.need("issues", token)
        self.check_length("body", body["body"], self.longest)
        number = 900 + len(self.comments)
        made = example("issue-comment") | {
            "id": number, "body": body["body"], "user": self.user(), "updated_at": NOW,
            "html_url": f"{issue['html_url']}#issuecomment-{number}", "issue_url": issue["url"]}
        self.comments.append(made)
        issue["comments"] += 1
        return 201, made

    def comment(self, path) -> dict:
        for one in self.comments:
            if one["id"] == int(path["comment_id"]):
                return one
        raise Refusal(404, "Not Found")

    def update_comment(self, path, _query, body, token):
        self.need("issues", token)
        self.comment(path)["body"] = body["body"]
        return 200, self.comment(path)

    def delete_comment(self, path, _query, _body, token):
        self.need("issues", token)
        self.comments.remove(self.comment(path))
        return 204, None

    def list_labels(self, _path, _query, _body, _token):
        return 200, self.labels

    def create_label(self, _path, _query, body, token):
        self.need("labels", token)
        if any(one["name"].lower() == body["name"].lower() for one in self.labels):
            raise Refusal(422, "Validation Failed",
                          errors=[{"resource": "Label", "code": "already_exists", "field": "name"}])
        return 201, self.label(body["name"], body.get("color", "ededed"))

    def get_repository(self, _path, _query, _body, token):
        whole = {"id": 1, "node_id": "R_1", "name": "r", "full_name": "o/r", "owner": self.user("o"), "private": False,
                 "has_issues": self.has_issues,
                 "permissions": {"admin": False, "pull": True, "push": "labels" in self.tokens[token]}}
        return 200, whole

    def get_run(self, path, _query, _body, token):
        self.need("actions", token)
        if self.run is None or self.run["id"] != int(path["run_id"]):
            raise Refusal(404, "Not Found")
        return 200, self.run

    def list_jobs(self, path, query, body, token):
        self.get_run(path, query, body, token)
        return 200, self.jobs

    def get_log(self, path, _query, _body, token):
        self.need("actions", token)
        number = int(path["job_id"])
        job = next((one for one in self.jobs if one["id"] == number), None)
        if job is None or job["status"] != "completed":
            raise Refusal(404, "Not Found")
        if self.logs[number] is None:
            raise Refusal(410, "Server Error")
        return 302, f"{self.storage_url}/actions-results/{number}/job-logs.txt?se=2026&sig=c2lnbmVk"


OPERATIONS = {
    ("get", "/user"): GitHub.get_user,
    ("get", "/repos/{owner}/{repo}"): GitHub.get_repository,
    ("get", "/repos/{owner}/{repo}/assignees"): GitHub.list_assignees,
    ("get", "/repos/{owner}/{repo}/issues"): GitHub.list_issues,
    ("post", "/repos/{owner}/{repo}/issues"): GitHub.create_issue,
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}"): GitHub.get_issue,
    ("patch", "/repos/{owner}/{repo}/issues/{issue_number}"): GitHub.update_issue,
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"): GitHub.list_comments,
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"): GitHub.create_comment,
    ("patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"): GitHub.update_comment,
    ("delete", "/repos/{owner}/{repo}/issues/comments/{comment_id}"): GitHub.delete_comment,
    ("get", "/repos/{owner}/{repo}/labels"): GitHub.list_labels,
    ("post", "/repos/{owner}/{repo}/labels"): GitHub.create_label,
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}"): GitHub.get_run,
    ("get", "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs"): GitHub.list_jobs,
    ("get", "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs"): GitHub.get_log,
}
# Answers of which only what is asked for is made: of a repository, whose description has a hundred members.
PARTIAL = {"/repos/{owner}/{repo}"}


def template_of(path: str, method: str) -> tuple[str, dict] | None:
    for (known, template) in OPERATIONS:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        found = re.fullmatch(pattern, path)
        if found and known == method:
            return template, {name: unquote(value) for name, value in found.groupdict().items()}
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    github: GitHub

    def log_message(self, *_):
        pass

    def do_any(self):
        github = self.github
        if github.dies_after is not None:
            github.dies_after -= 1
            if github.dies_after < 0:
                self.close_connection = True
                return
        with github.lock:
            try:
                status, answer, headers = self.answer_of()
            except Refusal as refusal:
                status, answer, headers = refusal.status, refusal.body, refusal.headers
        self.send(status, answer, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_any

    def answer_of(self):
        github, url = self.github, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        path = url.path.removeprefix("/api/v3")  # as Enterprise servers have it
        github.seen.append(f"{self.command} {path}")
        token = self.token()
        self.hold_limits()
        if path == "/api/graphql":
            return 200, graphql.answer(github, json.loads(raw)), {}
        found = template_of(path, self.command.lower())
        if found is None:
            github.wrong.append(f"{self.command} {path}: no such operation")
            raise Refusal(404, "Not Found")
        template, names = found
        if "owner" in names and (names["owner"], names["repo"]) != ("o", "r"):
            raise Refusal(404, "Not Found")
        operation = API["paths"][template][self.command.lower()]
        query, body = self.checked(operation, dict(parse_qsl(url.query)), raw)
        status, answer = OPERATIONS[self.command.lower(), template](github, names, query, body, token)
        if status == 302:
            return 302, None, {"Location": answer}
        answer, headers = self.page_of(template, answer, query)
        if template not in PARTIAL and status != 204:
            faults = SCHEMAS.faults(answer, operation["responses"][str(status)], "answer")
            github.wrong.extend(f"our {self.command} {template}: {fault}" for fault in faults)
        return status, answer, headers

    def token(self) -> str:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind and (kind != "Bearer" or token not in self.github.tokens):
            raise Refusal(401, "Bad credentials")
        if not kind:
            raise Refusal(401, "Requires authentication")
        return token

    def hold_limits(self) -> None:
        reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3600)}
        if self.github.limit == "primary":
            raise Refusal(403, "API rate limit exceeded for user ID 1.", reset)
        if self.github.limit == "429":
            raise Refusal(429, "API rate limit exceeded", reset)
        if self.github.limit == "secondary":
            raise Refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes.",
                          {"retry-after": "120"})

    def checked(self, operation: dict, query: dict, raw: bytes):
        wrong, where = self.github.wrong, f"{self.command} {self.path}"
        agent = "github-mcp-server" not in self.headers.get("User-Agent", "")
        if not self.headers.get("User-Agent"):
            wrong.append(f"{where}: no User-Agent")
        if agent and self.headers.get("Accept") != "application/vnd.github+json":
            wrong.append(f"{where}: Accept is {self.headers.get('Accept')}")
        if agent and self.headers.get("X-GitHub-Api-Version") != "2022-11-28":
            wrong.append(f"{where}: no version of the API")
        for name, value in query.items():
            if name not in operation["query"]:
                wrong.append(f"{where}: query '{name}' is not known")
                continue
            schema = operation["query"][name]
            wrong.extend(f"{where}: {fault}" for fault in SCHEMAS.faults(from_text(value, schema), schema, name))
        body = json.loads(raw) if raw else None
        if "body" in operation:
            wrong.extend(f"{where}: {fault}" for fault in SCHEMAS.faults(body, operation["body"], "body", strict=True))
        elif body is not None:
            wrong.append(f"{where}: has a body")
        return query, body

    def page_of(self, template: str, answer, query: dict):
        """A page of a list, with the addresses of the others in `Link`."""
        if not isinstance(answer, list):
            return answer, {}
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        kept = answer[(page - 1) * size:page * size]
        headers = {}
        if page * size < len(answer):
            others = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
            headers["Link"] = f'<{self.github.url}{urlsplit(self.path).path}?{others}&page={page + 1}>; rel="next"'
        return ({"total_count": len(answer), "jobs": kept} if template.endswith("/jobs") else kept), headers

    def send(self, status: int, answer, headers: dict) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Storage(BaseHTTPRequestHandler):
    """Where logs are: a signed address is all that is needed, and a token must not come here."""

    protocol_version = "HTTP/1.1"
    github: GitHub

    def log_message(self, *_):
        pass

    def do_GET(self):
        github, url = self.github, urlsplit(self.path)
        github.storage_seen.append(url.path)
        if self.headers.get("Authorization"):
            github.wrong.append("the storage got a token")
        signed = dict(parse_qsl(url.query)).get("sig") == "c2lnbmVk"
        log = github.logs.get(int(url.path.split("/")[2])) if signed else None
        if log is None:
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        pieces = [log] if isinstance(log, bytes) else log()
        if isinstance(log, bytes):
            self.send_header("Content-Length", str(len(log)))
        else:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)


def serve(github: GitHub, address: str = "127.0.0.1", port: int = 0) -> list[ThreadingHTTPServer]:
    """Starts both servers; `github` knows where they are."""
    made = []
    for handler, at in ((Handler, (address, port)), (Storage, ("127.0.0.1", 0))):
        server = ThreadingHTTPServer(at, type(handler.__name__, (handler,), {"github": github}))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        made.append(server)
    github.url = f"http://{address}:{made[0].server_address[1]}"
    github.storage_url = f"http://127.0.0.1:{made[1].server_address[1]}"
    return made


def check_examples() -> list[str]:
    """What does not fit of the published examples that answers are made of: it would be our reading of the schemas."""
    found = []
    for name in ("issue", "issue-comment", "label", "workflow-run"):
        found += SCHEMAS.faults(example(name), {"$ref": name}, name)
    return found + SCHEMAS.faults(example("job-paginated"), {"$ref": "job"}, "job")
