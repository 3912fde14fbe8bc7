"""A bot that announces sessions: ADMIN_KEY=... python3 bot.py http://localhost:3000

Needs Python 3.9 and the package `websockets` (Debian: python3-websockets). Change `announce` to post to your chat. It misses nothing:
what happened while it was away is told when it is back.
"""

import asyncio
import json
import os
import random
import sys
import urllib.error
import urllib.request

import websockets

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000"
PING_SECONDS = 30

seen = {}  # session -> the id of its last event that was announced; 0 before the first
newest = None  # the newest session the bot has heard of; None before it first looked


def announce(text):
    print(text, flush=True)


def announce_event(kind, data):
    if kind == "session.started":
        announce(f"Game night {data['session']['id']} begins: {data['session']['notes'] or 'come and play'}")
    elif kind == "game.added":
        announce(f"Next game: {data['game']['title']}, room {data['game']['room_code'] or 'to be told'}")
    elif kind == "lobby.player-joined":
        announce(f"{data['playerName']} is here, {data['playerCount']} of {data['maxPlayers'] or 'any'}")
    elif kind == "game.started":
        announce(f"The game begins with {data['playerCount']} players")
    elif kind == "game.ended":
        announce("The game is over")
    elif kind == "vote.received":
        vote, totals = data["vote"], data["totals"]
        announce(f"{vote['username']} votes {vote['type']}, {data['game']['title']} is at {totals['popularity_score']}")
    elif kind == "session.ended":
        announce(f"Good night! Games played: {data['session']['games_played']}")


def call(path, body=None):
    """One HTTP call; a POST when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(SERVER + path, data), timeout=10) as answer:
        return json.load(answer)


def hear(event):
    """Announces an event once: those of a session come in the order of their ids, so a smaller id has been announced already."""
    global newest
    data = event["data"]
    session = int(data["sessionId"] if "sessionId" in data else data["session"]["id"])
    if event["id"] <= seen.get(session, 0):
        return
    seen[session] = event["id"]
    newest = max(newest or 0, session)
    announce_event(event["type"], data)
    if event["type"] == "session.ended":
        del seen[session]  # it tells nothing more, so it is not asked for again


async def sessions_after(known):
    """The sessions that began after the one that is known, newest first; on a first visit the newest page of them is enough."""
    sessions = []
    page = await asyncio.to_thread(call, "/api/sessions")
    while page:
        sessions += [session for session in page if session["id"] > (known or 0)]
        oldest = page[-1]["id"]
        is_last = known is None or oldest <= known
        page = [] if is_last else await asyncio.to_thread(call, f"/api/sessions?before={oldest}")
    return sessions


async def catch_up(say):
    """Hears the sessions that are known already from the last event on, and those that began meanwhile from their beginning."""
    global newest
    known = newest
    for session_id, last in list(seen.items()):
        await say({"type": "subscribe", "sessionId": session_id, "since": last})
    sessions = await sessions_after(known)
    for session in sessions:
        if session["id"] not in seen and (known is not None or session["is_active"]):
            seen[session["id"]] = 0  # known before its first event, so that it is asked for again if the line is lost first
            await say({"type": "subscribe", "sessionId": session["id"], "since": 0})
    newest = max([newest or 0, *(session["id"] for session in sessions)])


async def keep_pinging(say):
    while True:
        await asyncio.sleep(PING_SECONDS)
        await say({"type": "ping"})


async def listen(on_welcome):
    """One connection, from its token to its end."""
    login = await asyncio.to_thread(call, "/api/auth/login", {"key": os.environ.get("ADMIN_KEY", "")})
    url = SERVER.replace("http", "ws", 1) + "/api/sessions/live"
    async with websockets.connect(url) as ws:

        async def say(message):
            await ws.send(json.dumps(message))

        await say({"type": "auth", "token": login["token"]})
        pinging = asyncio.create_task(keep_pinging(say))
        try:
            async for text in ws:
                message = json.loads(text)
                if message["type"] == "auth_success":
                    on_welcome()
                    await catch_up(say)
                if message["type"] == "error":
                    print(message["message"], file=sys.stderr, flush=True)
                if "id" in message:
                    hear(message)
                if message["type"] == "session.started":
                    session = message["data"]["session"]["id"]
                    await say({"type": "subscribe", "sessionId": session, "since": message["id"]})
                if message["type"] == "session.ended":
                    await say({"type": "unsubscribe", "sessionId": message["data"]["session"]["id"]})
        finally:
            pinging.cancel()


async def main():
    tries = 0

    def welcome():
        nonlocal tries
        tries = 0

    while True:
        try:
            await listen(welcome)
        except (OSError, urllib.error.URLError, websockets.WebSocketException, asyncio.TimeoutError) as error:
            print(error, file=sys.stderr, flush=True)
        # The pause doubles each time and has a random part, so that not all bots come back in one moment.
        await asyncio.sleep(min(30, 0.5 * 2**tries) * (0.5 + random.random()))
        tries += 1


asyncio.run(main())
