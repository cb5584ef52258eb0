import asyncio
import ssl
import sys

import websockets


async def main(port, ca):
    context = ssl.create_default_context(cafile=ca)
    uri = f"wss://api.example.com:{port}/chat"
    async with websockets.connect(uri, ssl=context, host="127.0.0.1", port=port, server_hostname="api.example.com", max_size=None) as socket:
        large = "pai" * 1_000_000
        for message in ["hello", large]:
            await socket.send(message)
            assert await socket.recv() == message
        print("extensions", socket.extensions)
        print("echoed")


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
