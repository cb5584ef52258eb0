"""What a server in Python takes messages for: one in JSON text a line, and what it asks for. By json, or the parser of pydantic."""

import json
import sys

if sys.argv[1] == "pydantic_core":
    from pydantic_core import from_json as read
else:
    read = json.loads


def asked(frame):
    method = frame.get("method", "response")
    if method != "tools/call":
        return {"method": method}
    params = frame["params"]
    return {"tool": params["name"], "arguments": params.get("arguments", {})}


for line in sys.stdin:
    try:
        value = read(json.loads(line).encode("utf-8"))
        frames = value if isinstance(value, list) else [value]
        print(json.dumps([asked(frame) for frame in frames]))
    except Exception as thrown:
        print(json.dumps(str(thrown)))
