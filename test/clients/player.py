"""A player that does what stdin says, for the tests: a JSON object a line, {"n", "call", ...}; it prints answers and events the same way."""

import asyncio
import json
import sys

sys.path.insert(0, f"{sys.path[0]}/../../clients/python")
import partyline  # noqa: E402

room = None


def show(**line):
    print(json.dumps(line), flush=True)


def hear(event):
    line = {key: value.id if isinstance(value, partyline.Member) else value for key, value in vars(event).items() if key != "type"}
    show(event=event.type, **line)


async def call(n, call, args):
    global room
    try:
        if call in ("create", "join"):
            room = await (partyline.create_room if call == "create" else partyline.join_room)(**args)
            room.on("*", hear)
            show(n=n, value={"code": room.code, "me": room.me.id})
        elif call == "seat":
            show(n=n, value=room.seat)
        elif call == "picture":
            members = [[member.id, member.name, member.here, member.data, member.is_host] for member in room.members.values()]
            show(n=n, value={"members": members, "state": room.state, "locked": room.locked, "isHost": room.is_host})
        elif call == "cast":
            show(n=n, value=room.cast(**args))
        else:
            value = await getattr(room, call)(**args)
            show(n=n, value=vars(value) if value else None)
    except partyline.PartylineError as error:
        show(n=n, error=error.code)


async def main():
    calls = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        calls.add(asyncio.create_task(call(**json.loads(line))))


asyncio.run(main())
