"""Records what the clients of a store do, as JSON Lines that `workbench check` reads. One file, no dependencies.

    recorder = Recorder("history.jsonl", initial=None)

    def client():
        log = recorder.process()                       # one for each thread or task
        log.write("x", 1, lambda: store.put("x", 1))
        value = log.read("x", lambda: store.get("x"))
        log.cas("x", 1, 2, lambda: store.swap("x", 1, 2))       # returns whether it swapped

    recorder.close()

With asyncio: `await log.write_async("x", 1, store.put("x", 1))`, and likewise `read_async` and `cas_async`.

An exception means that the outcome is not known: the operation may have happened, or happen yet. It goes on to the
caller. An exception that is raised only where nothing has happened is named beforehand: `Recorder(..., failed=(Refused,))`.

The clock is `time.monotonic_ns()`, which all processes of one machine share on Linux, macOS and Windows: their files can
be put one behind the other, if the processes of each recorder have numbers of their own (`first=1000`). Clocks of several
machines cannot be compared so: record on one machine.
"""

import inspect
import itertools
import json
import threading
import time


class Recorder:
    def __init__(self, path, initial=None, failed=(), first=1):
        self._file = open(path, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._numbers = itertools.count(first)
        self._running = {}
        self._failed = tuple(failed)
        self._print({"initial": initial})

    def process(self):
        """Who does one thing at a time."""
        return Process(self, next(self._numbers))

    def close(self):
        """Writes what has not ended, and closes the file."""
        with self._lock:
            running, self._running = self._running, {}
        for operation in running.values():
            self._print(operation)
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _print(self, operation):
        line = json.dumps(operation, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(line)

    def _begin(self, operation):
        if operation["process"] in self._running:
            raise RuntimeError("this process is within another operation: each thread or task needs a process of its own")
        self._running[operation["process"]] = operation
        operation["start"] = time.monotonic_ns()

    def _end(self, operation, error, completed):
        if self._running.pop(operation["process"], None) is None:
            return  # The recorder has been closed meanwhile.
        operation["end"] = completed
        if error is not None:
            operation["outcome"] = "failed" if isinstance(error, self._failed) else "unknown"
        self._print(operation)


class Process:
    def __init__(self, recorder, number):
        self._recorder = recorder
        self._number = number

    def write(self, register, value, perform):
        return self._perform(self._write(register, value), perform)

    def read(self, register, perform):
        return self._perform(self._read(register), perform, "value")

    def cas(self, register, expected, new, perform):
        return self._perform(self._cas(register, expected, new), perform, "swapped")

    async def write_async(self, register, value, awaitable):
        return await self._await(self._write(register, value), awaitable)

    async def read_async(self, register, awaitable):
        return await self._await(self._read(register), awaitable, "value")

    async def cas_async(self, register, expected, new, awaitable):
        return await self._await(self._cas(register, expected, new), awaitable, "swapped")

    def _write(self, register, value):
        return {"process": self._number, "op": "write", "register": register, "value": value}

    def _read(self, register):
        return {"process": self._number, "op": "read", "register": register}

    def _cas(self, register, expected, new):
        return {"process": self._number, "op": "cas", "register": register, "expected": expected, "new": new}

    def _perform(self, operation, perform, field=None):
        self._recorder._begin(operation)
        error, completed = None, None
        try:
            result = perform()
            completed = time.monotonic_ns()
            if inspect.isawaitable(result):
                if inspect.iscoroutine(result):
                    result.close()
                raise TypeError("this has not been done yet, only been made: use write_async, read_async or cas_async")
            if field is not None:
                operation[field] = bool(result) if field == "swapped" else result
            return result
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._recorder._end(operation, error, completed or time.monotonic_ns())

    async def _await(self, operation, awaitable, field=None):
        self._recorder._begin(operation)
        error, completed = None, None
        try:
            result = await awaitable
            completed = time.monotonic_ns()
            if field is not None:
                operation[field] = bool(result) if field == "swapped" else result
            return result
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._recorder._end(operation, error, completed or time.monotonic_ns())
