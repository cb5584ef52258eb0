import io
import json
import sys

from google.cloud import storage

client = storage.Client()


def blob(step):
    return client.bucket(step["bucket"]).blob(step["key"])


def resumable(step):
    target = blob(step)
    target.chunk_size = 1 << 20
    target.upload_from_file(io.BytesIO(bytes(step["size"])), retry=None)


def size(step):
    target = blob(step)
    target.reload(retry=None)
    return target.size


def copy(step):
    bucket = client.bucket(step["bucket"])
    return bucket.copy_blob(blob(step), client.bucket(step.get("to", step["bucket"])), step["toKey"], retry=None).name


def compose(step):
    bucket = client.bucket(step["bucket"])
    blob(step).compose([bucket.blob(key) for key in step["keys"]], retry=None)


def delete_many(step):
    with client.batch():
        for key in step["keys"]:
            client.bucket(step["bucket"]).blob(key).delete()


operations = {
    "put": lambda step: blob(step).upload_from_string(step["text"], retry=None),
    "resumable": resumable,
    "get": lambda step: blob(step).download_as_bytes(retry=None).decode(),
    "range": lambda step: blob(step).download_as_bytes(start=step["start"], end=step["end"], retry=None).decode(),
    "size": size,
    "list": lambda step: sorted(item.name for item in client.list_blobs(step["bucket"], prefix=step["prefix"], retry=None)),
    "copy": copy,
    "compose": compose,
    "delete": lambda step: blob(step).delete(retry=None),
    "delete-many": delete_many,
}

results = []
for step in json.loads(sys.argv[1]):
    try:
        results.append({"ok": True, "value": operations[step["op"]](step)})
    except Exception as error:
        results.append({"ok": False, "error": f"{type(error).__name__} {getattr(error, 'code', '')}", "message": str(error)})
print(json.dumps(results))
