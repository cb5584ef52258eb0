import json
import sys

import gcsfs

files = gcsfs.GCSFileSystem()


def path(step, key="key"):
    return f"{step['bucket']}/{step[key]}"


def found(step):
    listed = files.find(step["bucket"], prefix=step["prefix"])
    return sorted(name.removeprefix(f"{step['bucket']}/") for name in listed)


operations = {
    "put": lambda step: files.pipe_file(path(step), step["text"].encode()),
    "resumable": lambda step: files.pipe_file(path(step), bytes(step["size"]), chunksize=1 << 20),
    "get": lambda step: files.cat_file(path(step)).decode(),
    "range": lambda step: files.cat_file(path(step), start=step["start"], end=step["end"] + 1).decode(),
    "size": lambda step: files.info(path(step))["size"],
    "list": found,
    "copy": lambda step: files.cp_file(path(step), path(step, "toKey")),
    "compose": lambda step: files.merge(path(step), [f"{step['bucket']}/{key}" for key in step["keys"]]),
    "delete": lambda step: files.rm_file(path(step)),
    "delete-many": lambda step: files.rm([f"{step['bucket']}/{key}" for key in step["keys"]]),
}

results = []
for step in json.loads(sys.argv[1]):
    try:
        value = operations[step["op"]](step)
        results.append({"ok": True, "value": value if step["op"] in ("get", "range", "size", "list") else None})
    except Exception as error:
        results.append({"ok": False, "error": type(error).__name__, "message": str(error)})
print(json.dumps(results))
