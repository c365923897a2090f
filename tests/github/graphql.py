"""The one question of GraphQL that github-mcp-server 0.12.1 asks: the issues of a repository, by pages."""

import re


def issue_of(issue: dict) -> dict:
    return {"number": issue["number"], "title": issue["title"], "body": issue["body"],
            "state": issue["state"].upper(), "databaseId": issue["id"], "author": {"login": issue["user"]["login"]},
            "createdAt": issue["created_at"], "updatedAt": issue["updated_at"],
            "labels": {"nodes": [{"name": one["name"], "id": "LA_1", "description": ""} for one in issue["labels"]]},
            "comments": {"totalCount": issue["comments"]}}


def answer(github, request: dict) -> dict:
    asked = request["variables"]
    if not re.search(r"repository\(owner: \$owner, name: \$repo\)\{issues\(", request["query"]):
        github.wrong.append(f"GraphQL: not known: {request['query'][:200]}")
        return {"errors": [{"message": "unknown query"}]}
    if (asked["owner"], asked["repo"]) != ("o", "r"):
        where = f"{asked['owner']}/{asked['repo']}"
        return {"data": {"repository": None}, "errors": [
            {"type": "NOT_FOUND", "message": f"Could not resolve to a Repository with the name '{where}'."}]}
    labels = asked.get("labels")
    kept = [one for one in reversed(github.issues)
            if one["state"].upper() in asked["states"] and "pull_request" not in one
            and (not labels or any(has["name"] in labels for has in one["labels"]))]
    begin = int(asked.get("after") or 0)
    end = min(begin + asked["first"], len(kept))
    page = {"hasNextPage": end < len(kept), "hasPreviousPage": begin > 0, "startCursor": str(begin),
            "endCursor": str(end)}
    return {"data": {"repository": {"issues": {"nodes": [issue_of(one) for one in kept[begin:end]], "pageInfo": page,
                                               "totalCount": len(kept)}}}}
