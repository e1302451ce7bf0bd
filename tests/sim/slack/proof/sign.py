"""Signatures by Slack's own library.

sign.py make: reads [[secret, timestamp, body], …], and writes the signatures.
sign.py check: reads [[secret, timestamp, body, signature], …], and writes whether each is good.
"""

import json
import sys

from slack_sdk.signature import Clock, SignatureVerifier


class Then(Clock):
    """A clock that stands at the request's time."""

    def __init__(self, timestamp):
        self.timestamp = int(timestamp)

    def now(self):
        return self.timestamp


def make(secret, timestamp, body):
    return SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)


def check(secret, timestamp, body, signature):
    return SignatureVerifier(secret, Then(timestamp)).is_valid(body, timestamp, signature)


act = {"make": make, "check": check}[sys.argv[1]]
json.dump([act(*case) for case in json.load(sys.stdin)], sys.stdout)
