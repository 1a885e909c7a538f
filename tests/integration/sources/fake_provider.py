"""A server on loopback that answers as CelesTrak and Space-Track do, or as badly as it is told.

Usage: ``fake_provider.py FOLDER [CERTIFICATE KEY]``. It prints its port. In FOLDER it finds
``sets.csv`` and ``sets.json``, what it knows, and ``manners.json``, how to answer instead: query or
path -> a mapping with ``status``, ``text``, ``headers`` and ``manner``. It appends each request to
``requests.jsonl``, and to ``given`` the queries to which CelesTrak has given data.
"""

import asyncio
import csv
import gzip
import io
import json
import ssl
import sys
from pathlib import Path

from aiohttp import web

IDENTITY, PASSWORD, COOKIE = "me@example.test", "right", "let-me-in"
SLOW_S = 30.0
BOMB_BYTES = 100_000_000


class Provider:
    """What it knows, what it was told, and what it was asked."""

    def __init__(self, folder):
        """Take the folder that the tests write to and read from."""
        self.folder = folder

    async def answer(self, request):
        """Write down a request, and answer it."""
        query = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "FORMAT")
        form = dict(await request.post())
        with (self.folder / "requests.jsonl").open("a") as file:
            facts = {
                "method": request.method,
                "path": request.path,
                "query": query,
                "format": request.query.get("FORMAT"),
                "form": form,
                "headers": dict(request.headers),
            }
            file.write(json.dumps(facts) + "\n")
        manners = json.loads((self.folder / "manners.json").read_text())
        manner = manners.get(query) or manners.get(request.path) or manners.get("*")
        if manner is not None:
            return await misbehave(request, **manner)
        if request.path == "/NORAD/elements/gp.php":
            return self.celestrak(request, query)
        if request.path == "/ajaxauth/login":
            return login(form)
        if request.path.startswith("/basicspacedata/query/class/gp/"):
            return self.space_track(request)
        return web.Response(status=404, text="<html><title>404 Not Found</title></html>")

    def celestrak(self, request, query):
        """Answer once with data, and after that that nothing has changed."""
        if request.query.get("FORMAT") != "CSV":
            return web.Response(status=400, text="Invalid query: no FORMAT")
        given = self.folder / "given"
        if query in given.read_text().splitlines():
            return web.Response(
                status=403,
                text="GP data has not updated since your last successful\n"
                f"download of {query} at 2026-10-10 08:00:00 UTC.\n"
                "Data is updated once every 2 hours.\n",
            )
        rows = list(csv.DictReader(io.StringIO((self.folder / "sets.csv").read_text())))
        key, _, value = query.partition("=")
        found = {
            "CATNR": lambda row: row["NORAD_CAT_ID"] == value,
            "GROUP": lambda _row: value == "stations",
            "NAME": lambda row: value.upper() in row["OBJECT_NAME"],
        }[key]
        wanted = [row for row in rows if found(row)]
        if not wanted:
            return web.Response(text="No GP data found")
        with given.open("a") as file:
            file.write(query + "\n")
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(wanted)
        answer = web.Response(text=text.getvalue(), content_type="text/csv")
        answer.enable_compression()
        return answer

    def space_track(self, request):
        """Answer those who have logged in."""
        if request.cookies.get("chocolatechip") != COOKIE:
            text = '{"error":"You must be logged in to complete this action"}'
            return web.Response(status=401, text=text)
        numbers = request.path.split("/NORAD_CAT_ID/")[1].split("/")[0].split(",")
        sets = json.loads((self.folder / "sets.json").read_text())
        wanted = [
            {key: str(value) for key, value in each.items()}
            for each in sets
            if str(each["NORAD_CAT_ID"]) in numbers
        ]
        return web.json_response(wanted)


def login(form):
    """Let the right one in."""
    if form != {"identity": IDENTITY, "password": PASSWORD}:
        return web.Response(text='{"Login":"Failed"}')
    answer = web.Response(text='""')
    answer.set_cookie("chocolatechip", COOKIE)
    return answer


async def misbehave(request, *, status=200, text="", headers=None, manner="whole"):
    """Answer in one of the ways of servers that are ill, or wicked."""
    if manner == "whole":
        return web.Response(status=status, text=text, headers=headers)
    if manner == "silent":
        await asyncio.sleep(SLOW_S)
    if manner == "gone":
        request.transport.close()
        return web.Response()
    head, body = wrong_pack(text.encode(), manner)
    answer = web.StreamResponse(status=status, headers={"Content-Type": "text/csv", **head})
    await answer.prepare(request)
    await answer.write(body)
    while manner in {"endless", "endless after pack"}:
        await answer.write(b"x" * 100_000)
    if manner == "slow":
        await asyncio.sleep(SLOW_S)
    if manner == "cut":
        request.transport.close()
    return answer


def wrong_pack(body, manner):
    """Return the headers and the body of an answer that is not what they say."""
    packed = gzip.compress(bytes(BOMB_BYTES), compresslevel=1) if manner == "bomb" else body
    return {
        "cut": ({"Content-Length": str(len(body) + 1000)}, body),
        "bomb": ({"Content-Encoding": "gzip"}, packed),
        "cut pack": ({"Content-Encoding": "gzip"}, gzip.compress(body)[:-20]),
        "packed": ({"Content-Encoding": "gzip"}, gzip.compress(body)),
        "two packs": ({"Content-Encoding": "gzip"}, gzip.compress(body) * 2),
        "endless after pack": ({"Content-Encoding": "gzip"}, gzip.compress(body)),
        "bad pack": ({"Content-Encoding": "gzip"}, body),
        "other pack": ({"Content-Encoding": "br"}, body),
    }.get(manner, ({}, body))


async def main():
    """Serve until killed."""
    folder, *certificate = sys.argv[1:]
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", Provider(Path(folder)).answer)
    runner = web.AppRunner(application)
    await runner.setup()
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main())
