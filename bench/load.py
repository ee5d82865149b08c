#!/usr/bin/env python3
"""200 callers ask a demo all of examples/ and record visits, for half a minute. Prints statuses, codes, times and memory.

    cargo run -- demo --listen 127.0.0.1:8080 &
    bench/load.py --port 8080 --pid $! --callers 200 --seconds 30

It asks the loopback address only, and ends by itself. Exit code 1: an answer was 5xx and not BUSY."""
import argparse
import asyncio
import collections
import json
import pathlib
import re
import time
import uuid

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"


async def ask(port, query, variables, token=None):
    """One request on a connection of its own; status and body."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    head += "Connection: close\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1]) if head else 0
    try:
        return status, json.loads(body)
    except ValueError:
        return status, {}


def examples():
    """Name, text, variables as text, and the account that asks."""
    for file in sorted(EXAMPLES.rglob("*.graphql")):
        text = file.read_text()
        account = re.search(r"Asked as `(.*?)`", text)
        values = file.with_suffix(".json")
        name = f"{file.parent.name}/{file.stem}"
        yield name, text, values.read_text() if values.exists() else "{}", account and account.group(1)


class Callers:
    def __init__(self, port):
        self.port, self.all = port, {name: rest for name, *rest in examples()}
        self.tokens, self.known = {}, {}
        self.counts, self.times, self.wrong = collections.Counter(), [], []

    async def sign_in(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /explorer.json HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode())
        accounts = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])["accounts"]
        query = "mutation($a: String!, $p: String!) { signIn(input: {account: $a, password: $p}) { token } }"
        for account in accounts:
            values = {"a": account["account"], "p": account["password"]}
            status, answer = await ask(self.port, query, values)
            self.tokens[account["account"]] = answer["data"]["signIn"]["token"]

    async def filled(self, text):
        """Variables, with what another example answers where they say so."""
        while hole := re.search(r'"\{\{(.*?)\}\}"', text):
            words = hole.group(1)
            today = time.gmtime()
            if words == "new":
                value = str(uuid.uuid4())
            elif words == "today":
                value = time.strftime("%Y-%m-%d", today)
            elif words == "quarter":
                value = {"year": today.tm_year, "quarter": (today.tm_mon + 2) // 3}
            else:
                name, pointer = words.split(":", 1)
                if words not in self.known:
                    query, values, account = self.all[name]
                    _, found = await ask(self.port, query, await self.filled(values), self.tokens.get(account))
                    found = found["data"]
                    for step in pointer.strip("/").split("/"):
                        found = found[int(step)] if isinstance(found, list) else found[step]
                    self.known[words] = found
                value = self.known[words]
            text = text.replace(hole.group(0), json.dumps(value), 1)
        return json.loads(text)

    async def call(self, nth, until):
        names = list(self.all)
        while time.monotonic() < until:
            query, values, account = self.all[names[nth % len(names)]]
            nth += 1
            values, since = await self.filled(values), time.monotonic()
            try:
                status, answer = await ask(self.port, query, values, self.tokens.get(account))
            except OSError as error:
                self.counts[f"connection: {type(error).__name__}"] += 1
                continue
            self.times.append(time.monotonic() - since)
            code = next((e.get("extensions", {}).get("code") for e in answer.get("errors", [])), "")
            self.counts[f"{status} {code}".strip()] += 1
            if code == "INTERNAL" or (status >= 500 and code != "BUSY"):
                self.wrong.append((names[(nth - 1) % len(names)], status, code))


def memory(pid):
    """Megabytes that a process has in memory, now and at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return [int(re.search(rf"{key}:\s+(\d+)", status).group(1)) // 1024 for key in ("VmRSS", "VmHWM")]


async def main():
    parser = argparse.ArgumentParser()
    for name, default in [("port", 8080), ("pid", 0), ("callers", 200), ("seconds", 30)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    said = parser.parse_args()
    callers = Callers(said.port)
    await callers.sign_in()
    for query, values, account in list(callers.all.values()):
        await callers.filled(values)
    if said.pid:
        print("memory before: %d MB, %d at most" % tuple(memory(said.pid)))
    until = time.monotonic() + said.seconds
    await asyncio.gather(*(callers.call(nth, until) for nth in range(said.callers)))
    times = sorted(callers.times) or [0]
    print(f"{len(times)} answers; median {times[len(times) // 2]:.2f} s, slowest {times[-1]:.2f} s")
    for what, count in callers.counts.most_common():
        print(f"{count:7} {what}")
    if said.pid:
        print("memory after: %d MB, %d at most" % tuple(memory(said.pid)))
    if callers.wrong:
        print("wrong:", collections.Counter(callers.wrong).most_common(10))
        raise SystemExit(1)


asyncio.run(main())
