# SPDX-License-Identifier: Apache-2.0
"""`u2net serve` and whom it refuses: wrong, hostile, huge and slow requests, and too many.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/serve_limits_test.py [TEST...]

U2NET_HOSTILE_REQUESTS says how many of the generated ones are sent.
"""

import os
import random
import time
import unittest

import sample_files as sample
from cli_case import PICTURE
from serve_case import LARGE, SMALL, ServeTest, exchange, form_body, together

HOSTILE_REQUESTS = int(os.environ.get("U2NET_HOSTILE_REQUESTS", 320))
FORM = form_body(("file", SMALL, "a.png", "image/png"), ("om", "true"))
FORM_TYPE = b"multipart/form-data; boundary=" + FORM[2:42]


def post(body, kind=b"image/png", path=b"/api/mask", length=None):
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (path, kind, len(body) if length is None else length) + body


def get(path, version=b"HTTP/1.1", more=b""):
    return b"GET %s %s\r\nHost: x\r\nConnection: close\r\n%s\r\n" % (path, version, more)


def damaged_picture(local):
    """With a chunk that is cut off, or whose data are another's."""
    at = local.randrange(50, len(SMALL) - 20)
    return post(SMALL[:at]), {422}


def mutated(local):
    """Anything may come of it but silence without a reason, or a server that is gone."""
    data = bytearray(local.choice([get(b"/api/models"), post(SMALL), post(FORM, FORM_TYPE)]))
    for _ in range(local.randrange(1, 4)):
        at = local.randrange(min(len(data), 400))
        data[at : at + local.randrange(3)] = local.randbytes(local.randrange(4))
    return bytes(data), {None, 200, 400, 404, 405, 408, 413, 415, 417, 422, 429, 431, 505}


# Each makes a request of a random.Random, and says which statuses are right.
HOSTILE = [
    lambda r: (post(SMALL)[: -r.randrange(1, len(SMALL))], {400}),
    lambda r: (post(SMALL, length=len(SMALL) + r.randrange(1, 9999)), {400}),
    lambda r: (post(b"", length=r.randrange(60001, 1 << 62)), {413}),
    lambda r: (post(r.randbytes(70000)), {413}),
    lambda r: (post(b"\0" + r.randbytes(r.randrange(1, 3000))), {415}),
    damaged_picture,
    lambda r: (post(sample.png(r.randrange(301, 400), 300, lambda x, y: (1, 1, 1))), {422}),
    lambda r: (post(SMALL, r.choice([b"text/html", b"application/json", b"video/mp4", b"x"])), {415}),
    lambda r: (post(FORM[: r.randrange(1, len(FORM) - 50)], FORM_TYPE), {400}),
    lambda r: (post(SMALL, path=b"/api/mask?" + r.choice([b"write=x", b"url=http://x", b"crop=%00", b"quality=-1"])), {422}),
    lambda r: (get(r.choice([b"/../etc/passwd", b"/%2e%2e/", b"//etc/passwd", b"/page.js/..", b"/.git/config", b"/~root"])), {404}),
    lambda r: (get(b"/" + b"a" * r.randrange(17000, 60000)), {431}),
    lambda r: (get(b"/", more=b"X-%d: y\r\n" % r.randrange(99) * 3000), {431}),
    lambda r: (get(b"/", b"HTTP/%d.0" % r.randrange(2, 10)), {505}),
    lambda r: (get(b"/api/remove?url=http://127.0.0.1/x.png"), {405}),
    lambda r: (b"\x16" + r.randbytes(r.randrange(20, 200)) + b"\r\n\r\n", {400, 431}),
    mutated,
    mutated,
    mutated,
    mutated,
]


class RefusalTest(ServeTest):
    options = ("--max-body", "60000", "--max-pixels", "90000", "--timeout", "1", "--allow-origin", "https://friend.example")

    def test_paths(self):
        tricks = ["/..", "/../../etc/passwd", "/%2e%2e/etc/passwd", "//", "/./", "/page.js/", "/page.js%00", "/API/REMOVE"]
        tricks += ["/api/remove/", "/file:///etc/passwd", "/page/page.js", "/index.html", "/api/models/../remove", "/\\..\\x"]
        for path in tricks:
            self.assert_status(self.server.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()), 404, "nothing at")
        self.assertEqual(self.server.raw(b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n").status, 200)
        for target in (b"etc/passwd", b"file:///etc/passwd", b"https://x/"):
            self.assert_status(self.server.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 400)

    def test_files_of_the_host_are_no_backgrounds(self):
        for path in (str(PICTURE), "file://" + str(PICTURE), "/etc/passwd"):
            self.assert_status(self.server.post("/api/remove?background=" + path, SMALL), 422, "not a colour")
            self.assert_status(self.server.form("/api/remove", ("file", SMALL, "a", "image/png"), ("background", path)), 422)

    def test_methods_and_versions(self):
        for method in ("POST", "DELETE", "FROB"):
            answer = self.server.ask(method, "/healthz")
            self.assert_status(answer, 405)
            self.assertEqual(answer.headers["Allow"], "GET, HEAD, OPTIONS")
        ask = lambda text: self.server.raw(text.encode())
        self.assert_status(ask("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505)
        self.assert_status(ask("GET / HTTP/1.1\r\n\r\n"), 400, "Host")
        self.assert_status(ask("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400, "2 Host")
        self.assertEqual(ask("GET / HTTP/1.0\r\n\r\n").status, 200)
        for text in ("\x16\x03\x01\x02 TLS\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n", "{}\r\n\r\n"):
            self.assert_status(ask(text), 400)
        self.assert_status(ask("GET / HTTP/1.1\r\nHost: x\r\nX: " + "y" * 20000 + "\r\n\r\n"), 431, "16384")
        self.assert_status(ask("POST /api/mask HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n"), 417, "tea")
        double = "POST /api/mask HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assert_status(ask(double), 400)

    def test_types(self):
        for kind in ("text/html", "application/json", "multipart/mixed; boundary=x", "video/mp4"):
            self.assert_status(self.server.post("/api/remove", SMALL, kind), 415, kind.split(";")[0])
        answer = self.server.post("/api/remove", SMALL, **{"Content-Encoding": "gzip"})
        self.assert_status(answer, 415, "gzip")
        for data in (b"%PDF-1.7 ...", b"<html>", b"hello, I am no picture", b"\0" * 100):
            error = self.assert_status(self.server.post("/api/remove", data), 415)
            self.assertEqual(error["name"], "E-INPUT-FORMAT")
        self.assertEqual(self.server.post("/api/remove", SMALL, "application/x-www-form-urlencoded").status, 200)

    def test_damaged_pictures(self):
        self.assert_status(self.server.post("/api/remove", b""), 400, "empty")
        for data in (SMALL[:60], SMALL[:-30], SMALL.replace(b"IDAT", b"IDAX")):
            error = self.assert_status(self.server.post("/api/remove", data), 422, "'picture'")
            self.assertEqual(error["name"], "E-INPUT-FORMAT")

    def test_parameters(self):
        for query in ("write=all", "format=gif", "quality=0", "quality=101", "crop=x", "refine=maybe", "nope=1"):
            self.assert_status(self.server.post("/api/remove?" + query, SMALL), 422, query.split("=")[0])
        self.assert_status(self.server.post("/api/remove?om=1&om=0", SMALL), 422, "twice")
        self.assert_status(self.server.post("/api/remove?om=%zz", SMALL), 400, "escape")

    def test_forms(self):
        whole = form_body(("file", SMALL, "a.png", "image/png"))
        boundary = "multipart/form-data; boundary=" + whole[2:42].decode()
        self.assertEqual(self.server.post("/api/mask", whole, boundary).status, 200)
        self.assertEqual(self.server.post("/api/mask", b"preamble\r\n" + whole + b"epilogue", boundary).status, 200)
        wrong = [whole[: len(whole) // 2], whole[:50], b"", b"--", whole.replace(b"form-data", b"attachment")]
        wrong += [whole.replace(b"\r\nContent-Disposition", b"\r\nContent-Nonsense"), whole.replace(b"\r\n\r\n", b"\r\n" * 1)]
        wrong += [form_body(*[("x", "y")] * 65), form_body(("x", "y" * 5000)), whole + whole[:-50]]
        wrong += [form_body(("file", SMALL, "a", "b"), ("file", SMALL, "a", "b"))]
        for i, body in enumerate(wrong[:-3] + wrong[-1:]):
            self.assert_status(self.server.post("/api/mask", body, boundary), 400, "")
        for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 71):
            self.assert_status(self.server.post("/api/mask", whole, kind), 400, "boundary")
        empty = form_body(("file", b"", "", "application/octet-stream"))
        self.assert_status(self.server.post("/api/mask", empty, boundary), 400, "empty")

    def test_limits(self):
        self.assert_status(self.server.post("/api/remove", b"x" * 60001), 413, "60000")
        self.assert_status(self.server.post("/api/remove", b"x" * 20_000_000), 413)
        head = b"POST /api/remove HTTP/1.1\r\nHost: x\r\n"
        for length in (b"99999999999999999", b"18446744073709551615"):
            self.assert_status(self.server.raw(head + b"Content-Length: " + length + b"\r\n\r\n"), 413)
        for length in (b"-1", b"1e3", b"99999999999999999999999", b"0x10", b""):
            self.assert_status(self.server.raw(head + b"Content-Length: " + length + b"\r\n\r\n"), 400)
        chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
        self.assert_status(self.server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20), 413)
        self.assert_status(self.server.raw(head + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nx"), 413)
        self.assert_status(self.server.raw(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx"), 400)
        huge = sample.png(301, 300, lambda x, y: (0, 0, 0))
        error = self.assert_status(self.server.post("/api/remove", huge), 422, "301x300", "0.09 Mpx")
        self.assertEqual(error["name"], "E-INPUT-LIMIT")

    def test_slow_clients_run_out_of_time(self):
        head = b"POST /api/remove HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"

        def drip(i):
            with self.server.connect() as connection:
                data = (b"GET /healthz HTTP/1.1\r\nX-Slow: " if i % 2 else head) + b"x" * 100
                connection.sendall(data[: -100 if i % 2 else -1])
                start = time.monotonic()
                try:
                    while time.monotonic() - start < 8:
                        connection.sendall(b"x")
                        connection.settimeout(0.2)
                        try:
                            return connection.recv(100), time.monotonic() - start
                        except TimeoutError:
                            pass
                except OSError as error:
                    return repr(error).encode(), 0
            return b"", 9

        for i, (answer, seconds) in enumerate(together(20, drip)):
            self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), (i, answer))
            self.assertLess(seconds, 8)
        with self.server.connect() as connection:  # who says nothing is told nothing
            self.assertEqual(connection.recv(100), b"")

    def test_other_sites(self):
        post = self.server.post
        self.assert_status(post("/api/remove", SMALL, Origin="https://x.example", **{"Sec-Fetch-Site": "cross-site"}), 403)
        answer = post("/api/remove", SMALL, Origin="https://friend.example", **{"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://friend.example")
        self.assertIsNone(post("/api/remove", SMALL, Origin="https://x.example").headers["Access-Control-Allow-Origin"])
        asked = self.server.ask("OPTIONS", "/api/remove", None, {"Origin": "https://friend.example"})
        self.assertEqual(asked.headers["Access-Control-Allow-Methods"], "POST, OPTIONS")

    def test_hundreds_of_hostile_requests(self):
        def hostile(i):
            local = random.Random(i)
            data, wanted = HOSTILE[i % len(HOSTILE)](local)
            answer = self.server.raw(data, close=True)
            return i % len(HOSTILE), answer.status if answer else None, wanted

        for first in range(0, HOSTILE_REQUESTS, 20):
            for kind, status, wanted in together(20, lambda i: hostile(first + i)):
                self.assertIn(status, wanted, kind)
        self.assertEqual(self.server.get("/healthz").status, 200)
        self.assertLess(self.server.metric("u2net_held_bytes"), 1e5)


class BusyTest(ServeTest):
    options = ("--workers", "1", "--queue", "1", "--connections", "8", "-q")

    def test_a_full_queue(self):
        answers = together(7, lambda i: self.server.post("/api/mask", LARGE))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(set(statuses), {200, 429}, statuses)
        self.assertGreaterEqual(statuses.count(200), 2)
        for answer in answers:
            if answer.status == 429:
                self.assert_status(answer, 429, "1 pictures wait")
                self.assertRegex(answer.headers["Retry-After"], r"^[1-9]\d?$")

    def test_many_connections_make_room(self):
        held = [self.server.connect() for _ in range(30)]
        self.assertEqual(self.server.get("/healthz").status, 200)
        self.assertLessEqual(self.server.metric("u2net_connections"), 8)
        for connection in held:
            connection.close()

    def test_no_connection_can_make_room(self):
        held = [self.server.connect() for _ in range(8)]
        for connection in held:  # in the middle of a body, so that none is idle
            connection.sendall(b"POST /api/mask HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\n\x89PNG")
        time.sleep(0.2)
        answer = self.server.get("/healthz")
        for connection in held:
            connection.close()
        self.assert_status(answer, 503, "the limit is 8")
        self.assertRegex(answer.headers["Retry-After"], r"^[1-9]\d?$")

    def test_quiet_says_nothing(self):
        self.server.get("/")
        self.assertEqual(self.server.log(), "")


if __name__ == "__main__":
    unittest.main()
