"""What schemathesis asks of a demo, and what every answer must be. Read by `schemathesis.sh`, which says by environment
where the server is and who asks."""
import atexit
import json
import os
import subprocess
import time
from collections import Counter
from datetime import date
from pathlib import Path

import graphql
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

ROOT = Path(__file__).parent.parent.parent
URL = os.environ["SANLIAN_URL"]
VIEWER = os.environ["SANLIAN_VIEWER"]  # ACCOUNT:PASSWORD, or nobody
OFFICE = os.environ["SANLIAN_OFFICE"]  # the same, of whom sees the rows that are asked for
SDL = (ROOT / "schema.graphql").read_text(encoding="utf-8")
SCHEMA = graphql.build_schema(SDL)
MEDIA = "application/graphql-response+json"
CODES = SCHEMA.type_map["ErrorCode"].values.keys()


def ask(query, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(URL, json={"query": query}, headers=headers, timeout=60).json()["data"]


def sign_in(account):
    name, _, password = account.partition(":")
    query = f'mutation {{ signIn(input: {{ account: "{name}", password: "{password}" }}) {{ token }} }}'
    return ask(query)["signIn"]["token"]


def known(token):
    """What the demo has, from every list that can be asked for without more: ids by the name of their kind, and codes."""
    ids, codes = {}, set()
    for name, field in SCHEMA.query_type.fields.items():
        connection = graphql.get_named_type(field.type).name
        row = SCHEMA.type_map.get(connection.removesuffix("Connection"))
        asks_for_more = any(map(graphql.is_required_argument, field.args.values()))
        if connection == row.name or asks_for_more or "id" not in row.fields:
            continue
        wanted = " ".join({"id", "code"} & row.fields.keys())
        rows = (ask(f"{{ {name}(first: 8) {{ nodes {{ {wanted} }} }} }}", token)[name] or {"nodes": []})["nodes"]
        codes |= {row["code"] for row in rows if row.get("code")}
        ids[name] = ids[row.name[0].lower() + row.name[1:]] = [row["id"] for row in rows]
    return {name: of_kind for name, of_kind in ids.items() if of_kind}, sorted(codes)


def scalar(name, node, *strategies):
    schemathesis.graphql.scalar(name, st.one_of(*strategies).map(node))


IDS, KEYS = known(sign_in(OFFICE))
EVERY_ID = sorted({one for of_kind in IDS.values() for one in of_kind})
assert len(EVERY_ID) > 50, "the demo is empty"
text = st.text(max_size=30)
scalar("ID", nodes.String, st.sampled_from(EVERY_ID), st.sampled_from(EVERY_ID), text)
scalar("String", nodes.String, text, st.sampled_from(KEYS), st.sampled_from(EVERY_ID), st.just("张三"))
scalar("Int", nodes.Int, st.integers(1, 12), st.sampled_from([2021, 2022, 2023]), st.integers(-(2**31), 2**31 - 1))
regions = ["510000000000", "510800000000", "510822000000"]
scalar("RegionCode", nodes.String, st.sampled_from(regions), st.from_regex(r"\A[0-9]{12}\Z"), text)
scalar("Date", nodes.String, st.dates(date(2020, 1, 1), date(2024, 12, 31)).map(str), st.dates().map(str))
scalar("PersonalText", nodes.String, st.from_regex(r"\A[0-9]{11,18}\Z"), text)
scalar("Quantity", nodes.Float, st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000), st.floats(0, 1e15))
for whole in ["Money", "BigInt", "LedgerNumber"]:
    scalar(whole, nodes.Int, st.integers(0, 12), st.integers(0, 10**14), st.integers())


class Session:
    """The token of whoever asks: signed in again where it is about to end, or where it was ended by what was asked."""

    def __init__(self):
        self.token, self.until = None, 0

    def header(self):
        if time.monotonic() > self.until:
            self.token, self.until = sign_in(VIEWER), time.monotonic() + 600
        return f"Bearer {self.token}"


session = Session()


@schemathesis.hook
def flatmap_body(_context, body):
    """Seven documents of eight are about rows that are there: chance alone would have all of them refused."""
    return st.integers(0, 7).map(lambda chance: body if chance == 7 else sensible(body, chance))


def sensible(document, chance):
    types = graphql.TypeInfo(SCHEMA)
    return graphql.visit(document, graphql.TypeInfoVisitor(types, Sense(types, chance)))


class Sense(graphql.Visitor):
    def __init__(self, types, chance):
        super().__init__()
        self.types, self.chance, self.field = types, chance, None

    def enter_field(self, node, *_):
        self.field = node.name.value

    def enter_argument(self, node, *_):
        # A cursor that nobody issued is refused, and so are two sizes.
        return graphql.REMOVE if node.name.value in {"after", "before", "last"} else None

    def leave_argument(self, node, *_):
        return self.meant(node)

    def leave_object_field(self, node, *_):
        return self.meant(node)

    def leave_object_value(self, node, *_):
        given = [field for field in node.fields if not isinstance(field.value, graphql.NullValueNode)]
        if given and getattr(graphql.get_named_type(self.types.get_input_type()), "is_one_of", False):
            return graphql.ObjectValueNode(fields=(given[self.chance % len(given)],))
        return None

    def meant(self, node):
        name = node.name.value
        ids = IDS.get(self.field if name in {"id", "ids"} else name)
        if not ids:
            return None
        one = graphql.StringValueNode(value=ids[self.chance % len(ids)])
        given = node.value
        if isinstance(given, graphql.StringValueNode):
            return type(node)(name=node.name, value=one)
        if isinstance(given, graphql.ListValueNode) and given.values[:1] and isinstance(given.values[0], type(one)):
            return type(node)(name=node.name, value=graphql.ListValueNode(values=(one,)))
        return None


@schemathesis.hook
def before_call(_context, case, _kwargs):
    case.headers["Accept"] = MEDIA
    if VIEWER:
        case.headers["Authorization"] = session.header()


@schemathesis.hook
def after_call(_context, case, response):
    if "UNAUTHENTICATED" in response.text or "signOut" in response.text:
        session.until = 0


class Oracle:
    """graphql-js, which says whether it would have given the same answer: `tests/oracle`."""

    def __init__(self):
        command = ["node", ROOT / "tests/oracle/oracle.mjs"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def objection(self, query, answer):
        self.process.stdin.write(json.dumps({"sdl": SDL, "query": query, "answer": answer}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline()).get("why")


def known_difference(objection, answer):
    """What async-graphql does otherwise where an argument cannot be read; to be taken away as soon as it does not."""
    # It carries out documents with an `Int` of more than 32 bits.
    if "non 32-bit signed integer" in objection:
        return True
    # It finds in a resolver what no scalar or no input object can be, and leaves out the object around the field.
    unread = ("Failed to parse", "Expected input type")
    return any(error["message"].startswith(unread) for error in answer.get("errors", []))


oracle = Oracle()
told = Counter()


@schemathesis.check
def conforms(_context, response, case):
    """No fault of ours, and an answer as the schema and GraphQL over HTTP want it."""
    assert response.status_code < 500, f"status {response.status_code}"
    assert response.headers.get("x-request-id"), "no x-request-id"
    assert response.headers["content-type"][0].startswith(MEDIA), response.headers["content-type"]
    answer = response.json()
    assert isinstance(answer, dict) and {"data", "errors"} & answer.keys(), "neither data nor errors"
    assert (response.status_code == 200) == ("data" in answer), f"status {response.status_code}"
    for error in answer.get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code in CODES, f"an error without a code of the schema: {error}"
        assert code != "INTERNAL", f"a fault of ours: {error}"
    # What is refused for its values graphql-js, which knows no values of our scalars, would carry out.
    objection = oracle.objection(case.body, answer) if "data" in answer else None
    assert objection is None or known_difference(objection, answer), f"graphql-js: {objection}"
    told.update({error["extensions"]["code"] for error in answer.get("errors", [])} or ["answered in full"])


@atexit.register
def summary():
    print("answers:", ", ".join(f"{what} {count}" for what, count in told.most_common()))
