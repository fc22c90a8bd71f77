"""What schemathesis has to know of newline-delimited JSON: how a document is sent as a line, and an answer is read.

The first line of an answer stands for all of them; an answer without lines has nothing to check.
"""

import json

import schemathesis

MEDIA = "application/x-ndjson"


@schemathesis.serializer(MEDIA)
def one_line(ctx, value):
    if isinstance(value, (bytes, str)):
        return value
    return json.dumps(value).encode() + b"\n"


@schemathesis.deserializer(MEDIA)
def first_line(ctx, response):
    lines = response.text.splitlines()
    return json.loads(lines[0]) if lines else None
