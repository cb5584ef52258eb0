import io
import json
import os
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

method, arguments = sys.argv[1], json.loads(sys.argv[2])
if method == "webhook":
    response = WebhookClient(os.environ["SLACK_WEBHOOK_URL"]).send(**arguments)
    print(response.status_code, response.body)
    sys.exit()
client = WebClient(token=os.environ["SLACK_BOT_TOKEN"])
try:
    if method == "upload":
        print(client.files_upload_v2(content="a file", filename="a.txt", channel=arguments["channel_id"]))
    elif method == "photo":
        print(client.users_setPhoto(image=io.BytesIO(b"a picture")))
    elif method.startswith("json:"):
        print(client.api_call(method[5:], json=arguments))
    else:
        print(client.api_call(method, params=arguments))
except SlackApiError as error:
    print(type(error).__name__, error, error.response["error"])
