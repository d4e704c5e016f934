"""A Redis whose replica lags behind, recorded: `python3 redis_lag.py history.jsonl [SECONDS] [LAG_MS]`.

It starts a primary and a replica of its own (`redis-server` has to be installed), with a proxy between them that holds back
what is replicated. One client writes to the primary, and others read from the primary and from the replica. Then

    workbench check history.jsonl --staleness --unit ns

says how stale the replica's answers are. Nothing is left behind: both servers end with this program.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recorder import Recorder


class Redis:
    """A client, as far as it is needed: https://redis.io/docs/latest/develop/reference/protocol-spec"""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._file = self._socket.makefile("rb")

    def __call__(self, *words):
        words = [str(word).encode() for word in words]
        self._socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(it), it) for it in words))
        line = self._file.readline()
        if line[:1] == b"-" or not line:
            raise OSError(line.decode() or "the connection was closed")
        if line[:1] != b"$":
            return line[1:-2].decode()
        length = int(line[1:])
        return None if length < 0 else self._file.read(length + 2)[:-2].decode()

    def put(self, key, value):
        self("SET", key, value)

    def get(self, key):
        value = self("GET", key)
        return None if value is None else int(value)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


@contextlib.contextmanager
def server(folder, *options):
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    running = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                Redis(port)("PING")
                break
            time.sleep(0.05)
        yield port
    finally:
        running.terminate()
        running.wait()


def proxy(to, lag):
    """Passes on what comes to the port that it returns, and holds back the answers."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, sink, lag):
        held, has_more = [], threading.Semaphore(0)

        def deliver():
            while True:
                has_more.acquire()
                due, data = held.pop(0)
                time.sleep(max(0, due - time.monotonic()))
                with contextlib.suppress(OSError):
                    sink.sendall(data)

        threading.Thread(target=deliver, daemon=True).start()
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                held.append((time.monotonic() + lag, data))
                has_more.release()

    def accept():
        while True:
            one, _ = listener.accept()
            other = socket.create_connection(("127.0.0.1", to))
            threading.Thread(target=pump, args=(one, other, 0), daemon=True).start()
            threading.Thread(target=pump, args=(other, one, lag), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def main(path, seconds=3.0, lag_ms=20.0):
    with tempfile.TemporaryDirectory() as folder, server(folder, "--repl-diskless-sync-delay", "0") as primary:
        through = proxy(primary, lag_ms / 1000)
        with server(folder, "--replicaof", f"127.0.0.1 {through}", "--repl-diskless-load", "on-empty-db") as replica:
            first = Redis(primary)
            first.put("x", 0)
            while Redis(replica).get("x") != 0:
                time.sleep(0.05)
            end = time.monotonic() + seconds
            with Recorder(path, initial=0) as recorder:

                def write(log, store):
                    value = 0
                    while time.monotonic() < end:
                        value += 1
                        log.write("x", value, lambda: store.put("x", value))
                        time.sleep(0.001)

                def read(log, store):
                    while time.monotonic() < end:
                        log.read("x", lambda: store.get("x"))
                        time.sleep(0.001)

                work = [(write, primary), (read, primary), (read, replica), (read, replica)]
                clients = [threading.Thread(target=does, args=(recorder.process(), Redis(port))) for does, port in work]
                for client in clients:
                    client.start()
                for client in clients:
                    client.join()


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:]))
