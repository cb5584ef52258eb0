"""The same with fastmcp."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import SSETransport, StreamableHttpTransport


async def main(url, transport, tool, arguments, denied):
    server = SSETransport(url) if transport == "sse" else StreamableHttpTransport(url)
    async with Client(server) as client:
        print("tools", sorted(one.name for one in await client.list_tools()))
        result = await client.call_tool(tool, json.loads(arguments))
        print("called", [getattr(part, "text", None) for part in result.content])
        try:
            print("denied", await client.call_tool(denied, {}))
        except Exception as thrown:
            print("denied", thrown)


asyncio.run(main(*sys.argv[1:]))
