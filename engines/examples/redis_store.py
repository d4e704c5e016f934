"""A store of one's own: clients of Redis that write to a primary and read at the replica that is nearest.

    cargo store --command 'python3 engines/examples/redis_store.py 6379 6380 6381'

The first port is the primary's; with one alone, all is done there. No library is needed.
"""

import json, socket, sys


def connect(port):
    return socket.create_connection(("127.0.0.1", port)).makefile("rwb", buffering=0)


def ask(connection, *words):
    """One command of Redis; its answer as text, or None if there is no value."""
    command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    connection.write(command.encode())
    answer = connection.readline().decode().rstrip()
    if answer.startswith("-"):
        raise RuntimeError(answer)
    if answer.startswith("$"):
        return None if answer == "$-1" else connection.readline().decode().rstrip()
    return answer


ports = [int(port) for port in sys.argv[1:]]
primary = connect(ports[0])
for line in sys.stdin:
    message = json.loads(line)
    request = message["body"]
    answer = {"type": request["type"] + "_ok", "in_reply_to": request["msg_id"]}
    try:
        if request["type"] == "init":
            number = int(request["node_id"][1:]) - 1  # n1, n2, ...
            nearest = connect(ports[number % len(ports)])
        elif request["type"] == "read":
            value = ask(nearest, "GET", request["key"])
            answer["value"] = None if value is None else int(value)
        elif request["type"] == "write":
            ask(primary, "SET", request["key"], str(request["value"]))
    except RuntimeError as error:  # what Redis refuses has not happened: 11 is "temporarily unavailable"
        answer |= {"type": "error", "code": 11, "text": str(error)}
    print(json.dumps({"src": message["dest"], "dest": message["src"], "body": answer}), flush=True)
