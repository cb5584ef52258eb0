"""Does the steps that the first argument has, one after the other, and prints an array of what became of each."""
import json
import os
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

options = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
client = boto3.client("s3", config=Config(**options))


class Zeros:
    """Of a length that nobody is told."""

    def __init__(self, size):
        self.left = size

    def read(self, count=-1):
        count = self.left if count < 0 else min(count, self.left)
        self.left -= count
        return bytes(count)


def at(step):
    return {"Bucket": step["bucket"], "Key": step["key"]}


def listed(step):
    return [o["Key"] for o in client.list_objects_v2(Bucket=step["bucket"], Prefix=step["prefix"]).get("Contents", [])]


def fetch(url, method="GET", data=None):
    request = urllib.request.Request(url, method=method, data=data)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def multipart(step):
    config = TransferConfig(multipart_chunksize=step["part"], max_concurrency=2)
    client.upload_fileobj(Zeros(step["size"]), **at(step), Config=config)


def many(step):
    for number in range(step["count"]):
        client.put_object(Bucket=step["bucket"], Key=f"{step['key']}{number}", Body=b"x")


doers = {
    "buckets": lambda step: [b["Name"] for b in client.list_buckets()["Buckets"]],
    "put": lambda step: client.put_object(**at(step), Body=step["text"].encode())["ETag"],
    "get": lambda step: client.get_object(**at(step))["Body"].read().decode(),
    "head": lambda step: client.head_object(**at(step))["ContentLength"],
    "list": listed,
    "delete": lambda step: client.delete_object(**at(step)) and None,
    "stream": lambda step: client.upload_fileobj(Zeros(step["size"]), **at(step)),
    "multipart": multipart,
    "many": many,
    "presigned-get": lambda step: fetch(client.generate_presigned_url("get_object", Params=at(step))),
    "presigned-put": lambda step: fetch(
        client.generate_presigned_url("put_object", Params=at(step)), "PUT", step["text"].encode()
    ),
}
results = []
for step in json.loads(sys.argv[1]):
    try:
        results.append({"ok": True, "value": doers[step["op"]](step)})
    except Exception as error:
        status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode")
        results.append({"ok": False, "error": type(error).__name__, "status": status, "message": str(error)})
sys.stdout.write(json.dumps(results) + "\n")
sys.stdout.flush()
os._exit(0)
