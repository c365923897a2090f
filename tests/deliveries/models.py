"""Payloads that Slack's own models do not take: run with the slack_sdk that tests/mcp_peers/install fetches.

Standard input: {name: payload}; standard output: {name: [what is wrong]}. A block is wrong when its model refuses it
(lengths, counts) or gives it back changed: what it does not know is lost there.
"""

import json
import sys

from slack_sdk.models.blocks import Block

MOST_BLOCKS = 50
MOST_TEXT = 40_000
FIELDS = {"text", "blocks", "unfurl_links", "unfurl_media", "channel"}


def wrong_with_block(block):
    """What is wrong with one block; empty when nothing is."""
    try:
        model = Block.parse(block)
        if model is None:
            return f"no block is of the type '{block.get('type')}'"
        back = json.loads(json.dumps(model.to_dict()))
    except Exception as error:  # pylint: disable=broad-exception-caught  # whatever the models raise is a refusal
        return f"{type(error).__name__}: {error}"
    return "" if back == block else f"the model gives back {json.dumps(back)[:300]}"


def wrong_with(payload):
    """All that is wrong with a payload."""
    found = [f"no field is called '{name}'" for name in sorted(set(payload) - FIELDS)]
    if not payload.get("text") or len(payload["text"]) > MOST_TEXT:
        found.append("the text for notifications is missing or too long")
    blocks = payload.get("blocks", [])
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        found.append(f"{len(blocks)} blocks")
    found += [f"block {i}: {what}" for i, block in enumerate(blocks) if (what := wrong_with_block(block))]
    return found


if __name__ == "__main__":
    json.dump({name: wrong_with(payload) for name, payload in json.load(sys.stdin).items()}, sys.stdout)
