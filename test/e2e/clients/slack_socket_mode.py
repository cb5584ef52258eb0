import os
import threading

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

done = threading.Event()
web = WebClient(token=os.environ["SLACK_BOT_TOKEN"])
client = SocketModeClient(app_token=os.environ["SLACK_APP_TOKEN"], web_client=web)


def answer(client, request):
    client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
    print("got", request.payload["event"]["text"], flush=True)
    done.set()


client.socket_mode_request_listeners.append(answer)
client.connect()
done.wait(30)
client.close()
os._exit(0)
