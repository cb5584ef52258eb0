"""Lists the tools of a server, calls two of them, and prints what came of it: the Python SDK, with its default options."""

import asyncio
import json
import sys

from mcp import Client
from mcp.client.sse import sse_client


def told(thrown):
    """What an error, or a group of them, says."""
    inner = getattr(thrown, "exceptions", None)
    return " ".join(map(told, inner)) if inner else str(thrown)


async def main(url, transport, tool, arguments, denied):
    server = sse_client(url) if transport == "sse" else url
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
