"""What JSON Schema cannot say of metadata, because it is forbidden at every depth: U+0000, and the name __proto__."""

import json

import schemathesis


@schemathesis.hook
def filter_body(context, body):
    text = json.dumps(body, default=str)
    return "\\u0000" not in text and "__proto__" not in text
