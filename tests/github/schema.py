"""Checks values against the JSON schemas of api.json: the few keywords that are left there."""

import re

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_kind(value, kind) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


class Schemas:
    def __init__(self, named: dict):
        self.named = named

    def faults(self, value, schema: dict, at: str = "", strict: bool = False) -> list[str]:
        """What is wrong with `value`, each as "place: why"; `strict`: also members that the schema does not name."""
        if "$ref" in schema:
            return self.faults(value, self.named[schema["$ref"]], at, strict)
        found = self.of_choices(value, schema, at, strict)
        kinds = schema.get("type", [])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if kinds and not any(is_kind(value, kind) for kind in kinds):
            return [*found, f"{at}: is no {' or '.join(kinds)}: {value!r:.80}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{at}: {value!r:.80} is none of {schema['enum']}")
        if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
            found.append(f"{at}: is longer than {schema['maxLength']}")
        if isinstance(value, dict):
            found += self.of_members(value, schema, at, strict)
        if isinstance(value, list):
            for number, one in enumerate(value):
                found += self.faults(one, schema.get("items", {}), f"{at}[{number}]", strict)
        return found

    def of_choices(self, value, schema: dict, at: str, strict: bool) -> list[str]:
        for key in ("anyOf", "oneOf"):
            tries = [self.faults(value, one, at, strict) for one in schema.get(key, [])]
            if tries and all(tries):
                return [f"{at}: fits none of {key}: {min(tries, key=len)}"]
        return [fault for one in schema.get("allOf", []) for fault in self.faults(value, one, at)]

    def of_members(self, value: dict, schema: dict, at: str, strict: bool) -> list[str]:
        found = [f"{at}.{name}: is missing" for name in schema.get("required", []) if name not in value]
        more = schema.get("additionalProperties", not strict or "properties" not in schema)
        for name, one in value.items():
            if name in schema.get("properties", {}):
                found += self.faults(one, schema["properties"][name], f"{at}.{name}", strict)
            elif isinstance(more, dict):
                found += self.faults(one, more, f"{at}.{name}", strict)
            elif not more:
                found.append(f"{at}.{name}: is not known")
        return found


def from_text(text: str, schema: dict):
    """A value of a query, which are all texts, as its schema has it."""
    if schema.get("type") == "integer" and re.fullmatch(r"\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if schema.get("type") == "boolean" else text
