# SPDX-License-Identifier: Apache-2.0
"""What the tests of `u2net serve` share: a server of its own, and requests down to their bytes."""

import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

import sample_files as sample
from cli_case import BINARY, TIME_LIMIT, CliTest

PICTURE_TYPE = "application/octet-stream"
SMALL = sample.png(40, 30, lambda x, y: (6 * x, 8 * y, 90) if 8 < x < 30 else (240, 240, 235))
LARGE = sample.png(320, 300, lambda x, y: ((x * y) & 255, x & 255, y & 255))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.json()["error"]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:300]}"


class Server:
    """`u2net serve` on a port of its own, with its log in a file."""

    def __init__(self, *words):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="u2net-serve-"))
        self.log_file = open(self.folder / "log", "wb")
        words = [BINARY, "serve", "--port", "0", *map(str, words)]
        self.process = subprocess.Popen(words, cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log_file)
        line = self.process.stdout.readline().decode()
        if not line.startswith("http://"):
            self.close()
            raise RuntimeError("no server: " + self.log())
        self.url = line.strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log_file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def end(self, number=signal.SIGTERM):
        """Its exit code as a shell says it: 128 + the signal's number."""
        self.process.send_signal(number)
        return 128 - self.process.wait(TIME_LIMIT)

    def connect(self, timeout=TIME_LIMIT):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIME_LIMIT)
        try:
            connection.request(method, path, body, headers or {})
            return read_answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, None, headers)

    def post(self, path, body, content_type=PICTURE_TYPE, **headers):
        return self.ask("POST", path, body, {"Content-Type": content_type, **headers})

    def form(self, path, *fields):
        return self.post(path, form_body(*fields), "multipart/form-data; boundary=" + BOUNDARY)

    def raw(self, data, close=False, timeout=TIME_LIMIT):
        """Bytes as they are. The answer, or None where there is none."""
        with self.connect(timeout) as connection:
            return exchange(connection, data, close)

    def metric(self, name):
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise LookupError(name)


def exchange(connection, data, close=False):
    try:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it answers before it has all
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        return read_answer(response)
    except (http.client.HTTPException, OSError):
        return None


def read_answer(response):
    return Answer(response.status, response.headers, response.read())


BOUNDARY = "----------------------------4ec9b7e4f1c0"


def form_body(*fields):
    """`fields`: (name, value) or (name, value, file name, content type); as curl writes them."""
    out = b""
    for name, value, *file in fields:
        out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file:
            out += f'; filename="{file[0]}"\r\nContent-Type: {file[1]}'.encode()
        out += b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


def together(count, job):
    """job(i) for each i, at once; their results."""
    results = [None] * count

    def run(i):
        results[i] = job(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class ServeTest(CliTest):
    """One server a class, which has to be well after all of it."""

    options = ()

    @classmethod
    def setUpClass(cls):
        help_text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=TIME_LIMIT).stdout
        if "\n  serve " not in help_text:
            raise unittest.SkipTest("this build has no `u2net serve` (it needs libboost-dev)")
        cls.server = Server(*cls.options)

    @classmethod
    def tearDownClass(cls):
        try:
            health = cls.server.get("/healthz")
            code = cls.server.end()
            log = cls.server.log()
        finally:
            cls.server.close()
        assert health.status == 200 and code == 143, (health, code, log[-2000:])

    def assert_status(self, answer, status, *parts):
        """An error, as JSON, whose message has `parts`."""
        self.assertIsNotNone(answer)
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        report = answer.json()
        self.assertEqual(report["schema"], "u2net.serve/1")
        self.assertEqual(report["error"]["status"], status)
        self.assertRegex(report["error"]["name"], "^E-[A-Z-]+$")
        for part in parts:
            self.assertIn(part, report["error"]["message"])
        return report["error"]
