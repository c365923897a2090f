"""Whether stored messages are signed as another implementation of Standard Webhooks signs and verifies them.

Run with the library that tests/mcp_peers/install fetches; argument: the file of messages. Standard input: a message
that was received just now, {"secret", "headers", "body"}. Exit: 0 all are, 1 not all.
"""

import datetime
import hashlib
import hmac
import json
import sys
import time

from standardwebhooks import Webhook, WebhookVerificationError


def sign(message, seconds):
    """The library's own signature."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return Webhook(message["secret"]).sign(message["id"], moment, message["body"])


def wrong_with(message):
    """What is wrong with one message; empty when nothing is."""
    if sign(message, message["seconds"]) != message["signature"]:
        return "the library signs it otherwise"
    hub = hmac.new(message["secret"].encode(), message["body"].encode(), hashlib.sha256).hexdigest()
    if message["hub"] != f"sha256={hub}":
        return "GitHub's form of the signature is another"
    now = int(time.time())
    headers = {"webhook-id": message["id"], "webhook-timestamp": str(now), "webhook-signature": sign(message, now)}
    try:
        Webhook(message["secret"]).verify(message["body"], headers)
        Webhook(message["secret"]).verify(message["body"] + " ", headers)
    except WebhookVerificationError as error:
        return "" if "No matching signature" in str(error) else str(error)
    return "a changed body passes"


def received():
    """Whether the message of standard input passes as a receiver would let it pass, and no other body with it does."""
    message = json.load(sys.stdin)
    for body, wanted in ((message["body"], True), (message["body"].replace("a", "b", 1), False)):
        try:
            Webhook(message["secret"]).verify(body, message["headers"])
            passes = True
        except WebhookVerificationError:
            passes = False
        if passes != wanted:
            print(f"FAIL: the received message {'passes changed' if passes else 'does not pass'}")
            return False
    print("ok: the received message")
    return True


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        messages = json.load(file)
    failed = 0
    for message in messages:
        what = wrong_with(message)
        print(f"{'FAIL' if what else 'ok'}: {message['id']} {what}")
        failed += bool(what)
        if not wrong_with({**message, "signature": "v1," + message["signature"][3:][::-1]}):
            print(f"FAIL: {message['id']}: a wrong signature passes")
            failed += 1
    return 0 if received() and messages and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
