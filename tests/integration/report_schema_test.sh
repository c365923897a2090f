#!/usr/bin/env bash
# What the schema says is what reports are: a validator of others checks stored reports, which unit tests hold equal to
# what is written, against `agent schema`; and a YAML parser of others reads their YAML as the same data.
# Environment: AGENT_BINARY, AGENT_SOURCE_DIR. Exit code 77: skipped, with the reason.
set -euo pipefail
reports=${AGENT_SOURCE_DIR:?}/tests/data/reports
for module in jsonschema yaml; do
  if ! python3 -c "import $module" 2>/dev/null; then
    echo "SKIPPED: python3 has no module '$module' (pip install jsonschema pyyaml); unit_sinks holds a smaller check"
    exit 77
  fi
done
"${AGENT_BINARY:?}" schema | python3 -c '
import glob, json, sys
import jsonschema, yaml

schema = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
paths = sorted(glob.glob(sys.argv[1] + "/*.json"))
assert paths, "no stored reports"
for path in paths:
    with open(path) as file:
        report = json.load(file)
    validator.validate(report)
    with open(path.removesuffix("json") + "yaml") as file:
        assert yaml.safe_load(file) == report, path + ": its YAML says something else"
    del report["verdict"]
    assert not validator.is_valid(report), path + ": a report without a verdict passes"
print("ok:", len(paths), "reports")
' "$reports"
