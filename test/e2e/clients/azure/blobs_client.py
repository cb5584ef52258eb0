import json
import sys

from azure.identity import EnvironmentCredential
from azure.storage.blob import BlobServiceClient

credential = EnvironmentCredential()


def service(step):
    account = step.get("account", "paidata")
    return BlobServiceClient(f"https://{account}.blob.core.windows.net", credential=credential, retry_total=0)


def blob(step):
    return service(step).get_blob_client(step["container"], step["key"])


def container(step):
    return service(step).get_container_client(step["container"])


def nothing(_):
    return None


operations = {
    "container": lambda step: nothing(container(step).create_container()),
    "put": lambda step: nothing(blob(step).upload_blob(step["text"].encode(), overwrite=True)),
    "stream": lambda step: nothing(
        blob(step).upload_blob((bytes(1 << 16) for _ in range(step["size"] >> 16)), overwrite=True)
    ),
    "get": lambda step: blob(step).download_blob().readall().decode(),
    "size": lambda step: blob(step).get_blob_properties().size,
    "list": lambda step: sorted(item.name for item in container(step).list_blobs(name_starts_with=step["prefix"])),
    "delete": lambda step: nothing(blob(step).delete_blob()),
}

results = []
for step in json.loads(sys.argv[1]):
    try:
        results.append({"ok": True, "value": operations[step["op"]](step)})
    except Exception as error:
        code = f"{type(error).__name__} {getattr(error, 'error_code', '')} {getattr(error, 'status_code', '')}"
        # What follows is the body once more, as it came.
        message = str(error).split("\nContent: ")[0]
        results.append({"ok": False, "error": code, "message": message})
print(json.dumps(results))
