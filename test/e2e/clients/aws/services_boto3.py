"""Does the steps that the first argument has: each a service, an operation of its client and the input."""
import json
import os
import sys

import boto3


def call(step):
    client = boto3.client(step["service"])
    output = getattr(client, step["operation"])(**step["input"])
    output.pop("ResponseMetadata", None)
    return json.loads(json.dumps(output, default=str))


results = []
for step in json.loads(sys.argv[1]):
    try:
        results.append({"ok": True, "value": call(step)})
    except Exception as error:
        status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode")
        results.append({"ok": False, "error": type(error).__name__, "status": status, "message": str(error)})
sys.stdout.write(json.dumps(results) + "\n")
sys.stdout.flush()
os._exit(0)
