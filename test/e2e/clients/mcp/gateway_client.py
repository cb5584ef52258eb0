"""Lists the tools of a server at a gateway, calls two of them, and prints what came of it: the Python SDK, with the key in PAI_ACCESS_KEY."""

import asyncio
import json
import os
import sys

from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


def told(thrown):
    """What an error, or a group of them, says."""
    inner = getattr(thrown, "exceptions", None)
    return " ".join(map(told, inner)) if inner else str(thrown)


async def main(url, transport, tool, arguments, denied):
    headers = {"Authorization": f"Bearer {os.environ['PAI_ACCESS_KEY']}"}
    async with create_mcp_http_client(headers=headers) as http:
        newer = streamable_http_client(url, http_client=http)
        server = sse_client(url, headers=headers) if transport == "sse" else newer
        async with Client(server) as client:
            listed = await client.list_tools()
            print("tools", sorted(one.name for one in listed.tools))
            result = await client.call_tool(tool, json.loads(arguments))
            print("called", [getattr(part, "text", None) for part in result.content])
            try:
                print("denied", await client.call_tool(denied, {}))
            except Exception as thrown:
                print("denied", told(thrown))


asyncio.run(main(*sys.argv[1:]))
