"""A buzzer quiz. The screen:  python3 python-buzzer.py ws://localhost:3000      A phone:  python3 python-buzzer.py ws://localhost:3000 GXHB Ann

The screen asks what is typed, and the first to buzz (Enter) after that has the point. Needs ../clients/python/partyline.py.
"""

import asyncio
import sys

sys.path.insert(0, f"{sys.path[0]}/../clients/python")
import partyline  # noqa: E402


async def typed():
    """The lines of the keyboard, one at a time, until there are none."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()


async def screen(url):
    room = await partyline.create_room(url, 9, name="Quiz", state={"open": False})
    print("Join with", room.code, flush=True)
    points = {}

    def hear(event):
        if room.state["open"]:
            room.state = {"open": False}  # At once: the next one is too late.
            points[event.member.id] = points.get(event.member.id, 0) + 1
            print(f"{event.member.name} was first and has {points[event.member.id]}", flush=True)
            room.set_state({"open": False, "winner": event.member.name, "points": points})

    room.on("joined", lambda event: print(event.member.name, "is here", flush=True))
    room.on("message", hear)
    async for question in typed():
        await room.set_state({"open": True, "question": question})
    await room.close("the quiz is over")


async def phone(url, code, name):
    room = await partyline.join_room(url, code, name=name)

    async def buzz():
        async for _ in typed():
            await room.send("buzz", to=room.host)

    buzzing = asyncio.create_task(buzz())
    async for event in room:
        if event.type == "state":
            print(event.data.get("question") or f"{event.data['winner']} was first", flush=True)
        elif event.type == "over":
            print("Over:", event.reason, flush=True)
    buzzing.cancel()


try:
    asyncio.run(screen(*sys.argv[1:]) if len(sys.argv) == 2 else phone(*sys.argv[1:]))
except partyline.PartylineError as no:
    sys.exit(str(no))
