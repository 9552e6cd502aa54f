# SPDX-License-Identifier: Apache-2.0
"""`u2net serve`: what it answers, and how it ends.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/serve_test.py [TEST...]

serve_limits_test.py has what it refuses, serve_page_test.py the page.
"""

import re
import signal
import socket
import threading
import time
import unittest
from urllib.parse import urlencode

import sample_files as sample
from cli_case import PICTURE, SOURCE
from serve_case import LARGE, SMALL, Answer, Server, ServeTest, exchange, together


class ResultTest(ServeTest):
    def command(self, *words, data=SMALL):
        done = self.piped("run", "-", "-o", "-", *words, data=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def assert_same(self, query, *words, data=SMALL, kind="image/png"):
        answer = self.server.post("/api/remove" + query, data)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], kind)
        self.assertEqual(answer.body, self.command(*words, data=data))
        return answer

    def test_is_the_command_s_byte_for_byte(self):
        answer = self.assert_same("", "--write", "cutout", data=PICTURE.read_bytes())
        self.assertEqual(answer.headers["X-U2net-Model"], "u2netp")
        self.assertEqual(answer.headers["X-U2net-Flat"], "false")
        self.assertRegex(answer.headers["Server-Timing"], r"queue;dur=[\d.]+, decode;.*infer;dur=[\d.]+")
        self.assertEqual(answer.headers["Content-Disposition"], 'inline; filename="cutout.png"')

    def test_takes_the_options_of_run(self):
        self.assert_same("?write=panel&crop=10%25", "--write", "panel", "--crop=10%")
        self.assert_same("?refine=true&decontaminate=1", "--write", "cutout", "--refine", "--decontaminate")
        self.assert_same("?background=%23102030", "--write", "result", "--background", "#102030")
        self.assert_same("?post-process=true&keep_hidden=on", "--write", "cutout", "--post-process", "--keep-hidden")

    def test_writes_other_formats(self):
        formats = self.u2net("--version").out
        if "webp" in formats:
            self.assert_same("?format=webp", "--write", "cutout", "--format", "webp", kind="image/webp")
        if "jpeg" in formats:
            words = ("--write", "result", "--format", "jpeg", "--quality", "70")
            self.assert_same("?format=jpeg&quality=70", *words, kind="image/jpeg")
            self.assert_status(self.server.post("/api/mask?format=jpeg", SMALL), 422, "spoiled")

    def test_a_form_says_the_same(self):
        (self.dir / "ground.png").write_bytes(LARGE)
        answer = self.server.form("/api/remove", ("file", SMALL, "a.png", "image/png"), ("write", "mask"))
        self.assertEqual(answer.body, self.command("--write", "mask"))
        ground = ("background", LARGE, "../../etc/passwd", "image/png")
        answer = self.server.form("/api/remove", ground, ("file", SMALL, "a.png", "image/png"))
        self.assertEqual(answer.body, self.command("--write", "result", "--background", "ground.png"))

    def test_masks(self):
        for query in ("", "?write=mask"):
            answer = self.server.post("/api/mask" + query, SMALL, "image/png")
            self.assertEqual(answer.body, self.command("--write", "mask"))
        self.assert_status(self.server.post("/api/mask?write=cutout", SMALL), 422, "write asks for a cutout")

    def test_tells_that_there_is_no_subject(self):
        grey = sample.png(16, 16, lambda x, y: (128, 128, 128))
        self.assertEqual(self.server.post("/api/remove", grey).headers["X-U2net-Flat"], "true")


class RembgTest(ServeTest):
    """Requests as clients of rembg's server send them."""

    def form(self, *fields, query=""):
        return self.server.form("/api/remove" + query, ("file", SMALL, "input.png", "image/png"), *fields)

    def test_takes_its_documented_calls(self):
        plain = self.form()
        self.assertEqual((plain.status, plain.headers["Content-Type"]), (200, "image/png"))
        self.assertEqual(sample.png_header(plain.body), (40, 30, 8, 6))
        fields = [("model", "u2net"), ("a", "false"), ("af", "240"), ("ab", "10"), ("ae", "10"), ("om", "false")]
        fields += [("ppm", "false"), ("dc", "false"), ("vm", "false")]
        self.assertEqual(self.form(*fields).body, plain.body)
        self.assertEqual(self.form(query="?model=u2netp&extras=%7B%7D").body, plain.body)

    def test_its_switches_do_what_they_did(self):
        ask = self.server.post
        self.assertEqual(self.form(("om", "true")).body, ask("/api/mask", SMALL).body)
        self.assertEqual(self.form(("ppm", "True")).body, ask("/api/remove?post_process=1", SMALL).body)
        self.assertEqual(self.form(("dc", "1")).body, ask("/api/remove?decontaminate=1", SMALL).body)
        finer = ask("/api/remove?refine=1&decontaminate=1", SMALL).body
        self.assertEqual(self.form(("a", "true"), ("ae", "15")).body, finer)
        self.assertEqual(self.form(("vm", "true")).body, finer)
        teal = ask("/api/remove?background=0,128,128", SMALL).body
        self.assertEqual(self.form(query="?bgc=0,128,128,255").body, teal)
        self.assertEqual(self.form(("bgc", "0,128,128")).body, teal)
        cutout, clear, half = (sample.png_pixels(a.body) for a in (self.form(), self.form(("bgc", "9,9,9,0")), self.form(("bgc", "9,9,9,100"))))
        self.assertEqual(clear, cutout)  # nothing shows of such a ground
        for row, other in zip(cutout, half):
            for (*colour, alpha), (*mixed, sum_alpha) in zip(row, other):
                sum_of = 255 * alpha + 100 * (255 - alpha)
                self.assertEqual(sum_alpha, (sum_of + 127) // 255)
                if alpha in (0, 255):
                    self.assertEqual(mixed, colour if alpha else [9, 9, 9])
        hidden = ask("/api/remove?keep_hidden=1", SMALL).body
        self.assertEqual(self.form(query="?extras=%7B%22putalpha%22:true%7D").body, hidden)

    def test_fetches_nothing(self):
        for method in ("GET", "DELETE", "PUT"):
            answer = self.server.ask(method, "/api/remove?url=http://127.0.0.1/input.png")
            error = self.assert_status(answer, 405, method)
            self.assertIn("fetches nothing", error["hint"])
            self.assertEqual(answer.headers["Allow"], "POST, OPTIONS")
        error = self.assert_status(self.server.post("/api/remove?url=http://x/", SMALL), 422, "'url'")
        self.assertIn("makes no requests", error["hint"])

    def test_refuses_what_it_would_do_wrong(self):
        for field in (("model", "u2net_cloth_seg"), ("model", "../../etc/passwd"), ("af", "256"), ("ab", "-1")):
            self.assert_status(self.form(field), 422, f"'{field[0]}'", field[1])
        for value in ("1,2,3,256", "1,2", "#123", "white", "1,2,3,4,5"):
            self.assert_status(self.form(("bgc", value)), 422, "'bgc'")
        self.assert_status(self.server.form("/api/remove", ("om", "true")), 422, "no field 'file'")


class RouteTest(ServeTest):
    def test_models(self):
        report = self.server.get("/api/models").json()
        self.assertEqual(report["schema"], "u2net.serve/1")
        model = report["models"][0]
        self.assertEqual((model["name"], model["preset"], model["height"], model["width"]), ("u2netp", "u2net", 320, 320))
        self.assertNotIn("/", model["name"])

    def test_head_and_options(self):
        page = self.server.get("/")
        head = self.server.ask("HEAD", "/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(page.body)))
        options = self.server.ask("OPTIONS", "/api/remove")
        self.assertEqual((options.status, options.headers["Allow"]), (204, "POST, OPTIONS"))

    def test_every_response_is_locked(self):
        answers = [self.server.get(p) for p in ("/", "/page.js", "/api/models", "/nowhere", "/metrics")]
        for answer in [*answers, self.server.post("/api/remove", SMALL), self.server.post("/api/remove", b"x")]:
            headers = answer.headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertTrue(headers["Content-Security-Policy"].startswith("default-src 'none';"), answer)
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_openapi_is_true(self):
        document = self.server.get("/openapi.json").json()
        self.assertEqual(document["openapi"], "3.0.3")
        for path, operations in document["paths"].items():
            for method in operations:
                answer = self.server.ask(method.upper(), path, SMALL if method == "post" else None)
                kinds = operations[method]["responses"]["200"]["content"]
                self.assertEqual(answer.status, 200, (path, answer))
                self.assertIn(answer.headers["Content-Type"].split(";")[0], kinds)
        remove = document["paths"]["/api/remove"]["post"]
        fields = remove["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
        self.assertEqual(set(fields) - {"file"}, {p["name"] for p in remove["parameters"]})
        wrong = {"boolean": "maybe", "integer": "x", "string": "!"}
        right = {"background": "red", "crop": "5%", "model": "u2netp", "bgc": "1,2,3", "extras": "{}"}
        query = []
        for parameter in remove["parameters"]:
            name, schema = parameter["name"], parameter["schema"]
            query.append((name, schema.get("minimum", schema.get("enum", [right.get(name, "true")])[0])))
            if name != "extras":
                answer = self.server.post(f"/api/remove?{name}=%00{wrong[schema['type']]}", SMALL)
                self.assert_status(answer, 422)
        answer = self.server.post("/api/remove?" + urlencode(query), SMALL)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/png"), answer)

    def test_the_operators_page_is_complete(self):
        page = (SOURCE / "docs" / "serving.md").read_text(encoding="utf-8")
        names = re.findall(r"^  (?:-\w,)?(--[\w-]+)", self.u2net("serve", "--help").out, re.M)
        document = self.server.get("/openapi.json").json()
        names += [p["name"] for p in document["paths"]["/api/remove"]["post"]["parameters"]]
        names += re.findall(r"^# TYPE (\w+) ", self.server.get("/metrics").body.decode(), re.M)
        for name in [*names, *document["paths"]]:
            if name != "--help":
                self.assertRegex(page, rf"`(GET |POST )?{re.escape(name)}`", name)

    def test_metrics_count(self):
        label = 'u2net_requests_total{route="/api/mask",status="200"}'
        self.server.post("/api/mask", SMALL)
        before = self.server.metric(label)
        pictures = self.server.metric("u2net_pictures_total")
        self.server.post("/api/mask", SMALL)
        self.assertEqual(self.server.metric(label), before + 1)
        self.assertEqual(self.server.metric("u2net_pictures_total"), pictures + 1)
        text = self.server.get("/metrics").body.decode()
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.\de]+)$')
        self.assertEqual(len(re.findall(r"^# TYPE (\w+) ", text, re.M)), len(set(re.findall(r"^# TYPE (\w+) ", text, re.M))))
        infinite = re.search(r'^u2net_stage_seconds_bucket{stage="infer",le="\+Inf"} (\d+)$', text, re.M)[1]
        self.assertIn(f'u2net_stage_seconds_count{{stage="infer"}} {infinite}\n', text)
        self.assertGreater(self.server.metric("process_resident_memory_bytes"), 1e6)

    def test_logs_a_line_a_request(self):
        self.server.get("/api/models")
        self.server.raw(b"GET /no\x1b[31mpe HTTP/1.1\r\nHost: x\r\n\r\n")
        log = self.server.log()
        self.assertRegex(log, r"(?m)^u2net: 127\.0\.0\.1 GET /api/models 200, 0 bytes in, \d+ out, [\d.]+ ms$")
        self.assertNotIn("\x1b", log)

    def test_keeps_a_connection(self):
        with self.server.connect() as connection:
            for _ in range(3):
                answer = exchange(connection, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(answer.status, 200)
            pipelined = b"POST /api/mask HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(SMALL), SMALL)
            self.assertEqual(exchange(connection, pipelined + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status, 200)

    def test_says_continue(self):
        with self.server.connect() as connection:
            head = b"POST /api/mask HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
            connection.sendall(head % len(SMALL))
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertEqual(exchange(connection, SMALL).status, 200)

    def test_takes_chunks(self):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(SMALL[i : i + 50]), SMALL[i : i + 50]) for i in range(0, len(SMALL), 50))
        head = b"POST /api/mask HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(self.server.raw(head + chunks + b"0\r\n\r\n").body, self.server.post("/api/mask", SMALL).body)


class EndTest(ServeTest):
    def test_nothing_that_was_accepted_is_lost(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = Server("-t", "2")
            self.addCleanup(server.close)
            expected = self.server.post("/api/mask", SMALL).body
            counts = {"whole": 0, "refused": 0, "lost": []}
            lock = threading.Lock()

            def client(_):
                while True:
                    try:
                        connection = server.connect()
                    except ConnectionRefusedError:
                        with lock:
                            counts["refused"] += 1
                        return
                    with connection:
                        try:
                            answer = exchange(connection, b"POST /api/mask HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                              b"Content-Length: %d\r\n\r\n%s" % (len(SMALL), SMALL))
                        except OSError as error:
                            answer = error
                    with lock:
                        if isinstance(answer, Answer) and answer.status == 200 and answer.body == expected:
                            counts["whole"] += 1
                        else:
                            counts["lost"].append(answer)

            timer = threading.Timer(0.7, lambda: server.process.send_signal(number))
            timer.start()
            together(8, client)
            self.assertEqual(server.process.wait(20), -number)
            self.assertEqual(counts["lost"], [])
            self.assertEqual(counts["refused"], 8)
            self.assertGreaterEqual(counts["whole"], 8)
            self.assertIn("what was accepted is done", server.log())

    def test_a_second_signal_does_not_wait(self):
        server = Server("--timeout", "60")
        self.addCleanup(server.close)
        with server.connect() as connection:
            connection.sendall(b"POST /api/mask HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            self.assertEqual(server.get("/healthz").status, 200)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll())
            self.assertEqual(server.end(signal.SIGTERM), 143)

    def test_refuses_to_begin(self):
        taken = str(self.server.port)
        self.assert_error(self.u2net("serve", "--port", taken), 2, "E-USAGE", "127.0.0.1 port " + taken)
        self.assert_error(self.u2net("serve", "--port", "0", "--host", "nowhere.example"), 2, "E-USAGE", "no address")
        self.assert_error(self.u2net("serve", "--port", "0", "-m", "nothing"), 3, "E-MODEL-NOT-FOUND", "nothing")

    def test_listens_to_ipv6(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        try:
            server = Server("--host", "::1")
        except RuntimeError as error:
            self.skipTest(str(error))
        self.addCleanup(server.close)
        self.assertRegex(server.url, r"^http://\[::1\]:\d+$")


if __name__ == "__main__":
    unittest.main()
