"""Partyline for Python: a seat in a room, over any number of lines. Needs Python 3.9 and `websockets` 10 or later; copy this one file.

    room = await partyline.join_room("ws://localhost:3000", "GXHB", name="Ann")  # or create_room(url, max_clients=8); room.code
    await room.send({"buzz": True}, to=room.host)  # exactly once, also over a lost line; room.cast(data): now or never
    async for event in room:  # or room.on("message", hear); the last one is `over`
        if event.type == "message": print(event.member.name, event.data, event.missed)

Events: message (member, data, seq, missed), joined, left (member, reason), away (member, ms), back, renamed, data (member, data),
state (data), host (member or None), locked (locked), session (data: the frame), status (status, tries, code), latency (ms),
fresh (draw anew), over (why: left, closed, kicked, replaced, gone, refused; code, reason). Keep `room.seat`, and a new process that
brings it (`seat=`) is the same member; without its `since` it gets the picture alone. MIT.
"""

import asyncio
import json
import random
import secrets
import time
from types import SimpleNamespace

import websockets

CONNECT_SECONDS = 5  # for one attempt, until the room has answered
FIRST_RETRY_SECONDS, RETRY_SECONDS, RETRY_SECONDS_MAX = 0.1, 0.25, 5
QUIET_SECONDS, DEAD_SECONDS = 4, 12  # of silence: then the server is asked for a sign of life; then there is none
FIRST_ANSWER_SECONDS, UNREACHABLE_SECONDS = 20, 1800  # for how long an unreachable server is tried, before and after the first answer
LEAVE_SECONDS = 1
QUEUE_REQUESTS, QUEUE_BYTES = 64, 65536  # what may wait while away
CAST_UNSENT_BYTES_MAX = 16384
UNREAD_EVENTS_MAX = 10_000  # of one `async for`
HERDS = (4100, 4101, 4102, 4200)  # after these the server says how long to stay away; after others one comes back alone
WAITS = ("draining", "server_full", "too_many_attempts")  # nos that are over after a while
TOO_LARGE = 1009  # how the server closes a line on which a frame was larger than it takes
WHY = {4000: "replaced", 4001: "closed", 4002: "kicked"}


class PartylineError(Exception):
    """A no: the server's by its stable name, or `timeout`, `queue_full`, `over`, `unknown` (whether it happened), `unreachable`."""

    def __init__(self, code, message, request=None, retry_after_ms=None, missing=None):
        super().__init__(f"{code}: {message}")
        self.code, self.request, self.retry_after_ms, self.missing = code, request, retry_after_ms, missing


class Member:
    """One member: the same object as long as it is one. `here`: it has a line now; else its seat waits."""

    def __init__(self, id, name=None, here=True, data=None, is_me=False, is_host=False):
        self.id, self.name, self.here, self.data, self.is_me, self.is_host = id, name, here, data, is_me, is_host


async def create_room(url, max_clients, *, name=None, room=None, away=60, history=128, host_gone=None, state=None, plays=None, seat=None, ack_seconds=None):
    """Opens a room; with a kept `seat` it takes that one up again, if its room is still there."""
    create = {"maxClients": max_clients, "room": room, "away": away, "history": history, "hostGone": host_gone, "state": state, "plays": plays}
    kept = seat or {"room": ""}
    return await Room(url, {**kept, "name": name or kept.get("name")}, create, seat is not None, ack_seconds)._opened()


async def join_room(url, room, *, name=None, seat=None, ack_seconds=None):
    """Takes a seat, or the kept `seat` up again. Raises the server's no, or `unreachable`."""
    kept = seat or {}
    return await Room(url, {**kept, "room": room, "name": name or kept.get("name")}, None, True, ack_seconds)._opened()


class Room:
    """Made by create_room and join_room. `session` is the picture of the last `joined`; `members` are in the order they came."""

    def __init__(self, url, seat, create, has_seat, ack_seconds):
        self.status, self.members, self.host, self.locked, self.state, self.session = "joining", {}, None, False, None, None
        self.latency_ms = None
        address = url.replace("http", "ws", 1).rstrip("/")
        self._url = address + ("/v1" if address.count("/") == 2 else "")
        self._seat = {"clientId": secrets.token_hex(16), "secret": secrets.token_hex(16), **seat}
        self._create, self._has_seat, self._ack_seconds = create, has_seat, ack_seconds
        self._loop = asyncio.get_running_loop()
        self._ready, self._gone = self._loop.create_future(), self._loop.create_future()
        self._hear, self._held, self._error = {}, [], None
        self._tag, self._asked, self._asks, self._pending = secrets.token_hex(3) + ".", 0, 0, {}
        self._is_too_large = False
        self._out, self._unsent, self._tries, self._pause, self._pinged = None, 0, 0, 0, 0
        self._task = self._loop.create_task(self._stay())

    code = property(lambda self: self._seat["room"])
    me = property(lambda self: self._member(self._seat["clientId"]))
    is_host = property(lambda self: self.host is not None and self.host.is_me)
    seat = property(lambda self: dict(self._seat), doc="What to keep: room, clientId, secret, name, since, epoch.")

    async def _opened(self):
        try:
            return await self._ready
        except asyncio.CancelledError:
            self._end("left", "cancelled")
            raise

    # What a game asks. Each gives a future: awaited or not, it happens once or fails.
    def send(self, data, to=None, ack_seconds=None):
        """To everyone else, to a member (or its id), or to several; waits while away. Gives `seq` and `delivered`, where they are known."""
        return self.ask("send", ack_seconds, data=data, to=_ids(to))

    def cast(self, data, to=None):
        """Now or never: False, and nothing is sent, while away or while much waits."""
        text = json.dumps({"type": "send", "data": data, "to": _ids(to)}, allow_nan=False)
        return self.status == "here" and self._unsent <= CAST_UNSENT_BYTES_MAX and len(text) <= QUEUE_BYTES and self._say(text)

    def set_state(self, data):
        return self.ask("set_state", None, lambda: setattr(self, "state", data), data=data)

    def set_data(self, data):
        return self.ask("set_player", None, lambda: setattr(self.me, "data", data), data=data)

    def lock(self, locked=True):
        return self.ask("lock", locked=locked)

    def kick(self, member, reason=None, ban=None):
        return self.ask("kick", clientId=_ids(member), reason=reason, ban=ban)

    def make_host(self, member):
        return self.ask("make_host", clientId=_ids(member))

    def vote(self, vote):
        return self.ask("vote", vote=vote)

    async def close(self, reason=None):
        """Ends the room for everyone; that it is over before its answer can come is no error."""
        try:
            await self.ask("close_room", reason=reason)
        except PartylineError as error:
            if error.code != "over":
                raise

    async def leave(self):
        """Gives the seat up. While away the server cannot be told: it gives the seat up when its time is over."""
        if self.status == "here" and self._say({"type": "leave"}):
            await asyncio.wait([self._gone], timeout=LEAVE_SECONDS)
        self._end("left", "left")

    def ask(self, type, ack_seconds=None, then=None, **fields):
        """Any request of the wire: room.ask("game.add", title="Quiz")."""
        answer = self._loop.create_future()
        self._asked += 1
        id = f"{self._tag}{self._asked}"
        text = json.dumps({"type": type, **fields, "id": id}, allow_nan=False)
        waiting = [one.size for one in self._pending.values() if not one.is_sent]
        if self.status == "over":
            answer.set_exception(PartylineError("over", "the room is over", type))
        elif self.status != "here" and (len(waiting) >= QUEUE_REQUESTS or sum(waiting) + len(text) > QUEUE_BYTES):
            answer.set_exception(PartylineError("queue_full", "too much waits for the line", type))
        else:
            one = SimpleNamespace(type=type, text=text, size=len(text), is_sent=False, answer=answer, then=then)
            self._pending[id] = one
            if self.status == "here":
                one.is_sent = self._say(text)
            seconds = ack_seconds or self._ack_seconds
            if seconds:  # The request is not taken back: it may still happen.
                late = PartylineError("timeout", "no answer", type)
                self._loop.call_later(seconds, lambda: answer.done() or answer.set_exception(late))
        return answer

    # What a game hears.
    def on(self, type, hear):
        """Calls hear(event) at each event of that type, "*" at all; gives a function that stops it."""
        self._hear.setdefault(type, []).append(hear)
        self._loop.call_soon(self._release)
        return lambda: self._hear[type].remove(hear)

    async def __aiter__(self):
        queue = asyncio.Queue()
        stop = self.on("*", queue.put_nowait)
        try:
            while self.status != "over" or queue.qsize() or self._held:
                if queue.qsize() > UNREAD_EVENTS_MAX:
                    raise PartylineError("queue_full", "events are not read as fast as they come")
                event = await queue.get()
                yield event
                if event.type == "over":
                    return
        finally:
            stop()

    def _emit(self, type, **more):
        event = SimpleNamespace(type=type, **more)
        if self._held is not None:  # Until somebody listens: nothing between joining and that is lost.
            self._held.append(event)
            return
        for hear in [*self._hear.get(type, []), *self._hear.get("*", [])]:
            try:
                hear(event)
            except Exception as error:  # The others hear all the same.
                self._loop.call_exception_handler({"message": f"a listener of {type} failed", "exception": error})

    def _release(self):
        held, self._held = self._held or [], None
        for event in held:
            self._emit(**vars(event))

    # The line: dialled again until it is over.
    async def _stay(self):
        lost_at = time.monotonic()
        try:
            while self.status != "over":
                code, reason = await self._line()
                self._is_too_large = code == TOO_LARGE
                if self.status == "here":
                    lost_at = time.monotonic()
                if self.status == "over" or 4000 <= (code or 0) < 4100:
                    return self._end(WHY.get(code, "refused"), reason, code)
                if self.status != "joining":
                    self._set_status("away", code)
                wait = min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2 ** min(self._tries - 1, 9)) * (0.5 + random.random())
                wait = max(self._pause, wait if self._tries else FIRST_RETRY_SECONDS * random.random())
                self._tries, self._pause = self._tries + 1, 0
                if time.monotonic() + wait > lost_at + (FIRST_ANSWER_SECONDS if self.status == "joining" else UNREACHABLE_SECONDS):
                    self._error = self._error or PartylineError("unreachable", f"no answer from {self._url}")
                    return self._end("gone", "unreachable")
                await asyncio.sleep(wait)
        finally:
            self._end("gone", "the client has failed")

    async def _line(self):
        """One line, from dialling to its loss; how the server closed it, where it did."""
        deadline, ws, writer, bye = time.monotonic() + CONNECT_SECONDS, None, None, None
        try:
            dial = websockets.connect(self._url, max_size=None, ping_interval=None, compression=None)
            ws = await asyncio.wait_for(dial, CONNECT_SECONDS)
            self._out, self._unsent = asyncio.Queue(), 0
            writer = self._loop.create_task(self._write(ws, self._out))
            self._ask_in()
            heard = time.monotonic()
            while bye is None and self.status != "over":
                is_here = self.status == "here"
                try:
                    patience = QUIET_SECONDS if is_here else deadline - time.monotonic()
                    text = await asyncio.wait_for(ws.recv(), patience)
                except asyncio.TimeoutError:
                    if not is_here or time.monotonic() - heard >= DEAD_SECONDS:
                        break
                    self._ping()
                    continue
                heard = time.monotonic()
                bye = self._told(json.loads(text))
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException, ValueError):
            pass
        finally:
            self._out = None
            if writer:
                writer.cancel()
            if ws:
                ws.transport.abort()  # A dead socket is let go at once: it could tell of its end a minute later.
        return bye or (ws.close_code if ws else None, (ws.close_reason if ws else None) or "")

    async def _write(self, ws, out):
        while True:
            text = await out.get()
            try:
                await ws.send(text)
            except (OSError, websockets.WebSocketException):
                return
            self._unsent -= len(text)

    def _say(self, request):
        if self._out is None:
            return False
        text = request if isinstance(request, str) else json.dumps(request)
        self._unsent += len(text)
        self._out.put_nowait(text)
        return True

    def _ping(self):
        self._pinged = time.monotonic()
        self._say({"type": "ping"})

    def _ask_in(self):
        self._asks += 1
        type, create = ("join", {}) if self._has_seat else ("create", self._create)
        self._say({**self._seat, **create, "type": type, "tick": "answer", "id": f"join.{self._asks}"})

    def _told(self, frame):
        """Follows one frame; a way to end the line, where it is its last."""
        type, id = frame.get("type"), frame.get("id")
        if type == "bye":
            self._pause = frame["retryAfterMs"] / 1000 if frame["code"] in HERDS else 0
            return frame["code"], frame["reason"]
        if type == "tick":
            self._ping()
        elif type == "pong":
            self.latency_ms = round((time.monotonic() - self._pinged) * 1000)
            self._emit("latency", ms=self.latency_ms)
        elif id is not None and id == f"join.{self._asks}":
            if type == "error":
                return self._not_in(frame)
            me = {"clientId": self._seat["clientId"], "name": self._seat["name"]}
            created = {"peers": [me], "locked": False, "state": (self._create or {}).get("state")}
            self._in(frame if type == "joined" else {**created, **frame})
        elif type == "left":
            self._end("left", "left")
        elif type == "ack":
            self._settle(id, SimpleNamespace(seq=frame.get("seq"), delivered=frame["delivered"]))
        elif type == "error":
            self._settle(id, _refused(frame))
        else:
            self._follow(frame, False)
        return None

    def _not_in(self, frame):
        self._error = _refused(frame)
        if frame["code"] in WAITS:
            self._pause = frame.get("retryAfterMs", 0) / 1000
            return None, ""
        if self.status == "joining" and self._create and self._has_seat:  # The room of the kept seat is over: a new one.
            self._has_seat = False
            for key in ("since", "epoch"):
                self._seat.pop(key, None)
            return self._ask_in()
        return self._end("gone" if frame["code"] == "room_not_found" else "refused", frame["message"])

    def _in(self, frame):
        is_first, resumed = self.status == "joining", frame.get("resumed", False)
        is_known = is_first or (frame["epoch"] == self._seat.get("epoch") and "done" in frame)
        self._has_seat, self._tries, self._error = True, 0, None
        if is_first:
            self._redraw(frame, False)
        for missed in frame.get("missed", []):
            if not is_first or missed["type"] == "message":  # All else stands in the first picture.
                self._follow(missed, True)
        self._seat.update(room=frame["room"], epoch=frame["epoch"], since=frame["seq"])
        self._redraw(frame, not is_first)
        if not resumed:
            self._emit("fresh")
        self._set_status("here")
        done, undone = self._number(frame.get("done")), frame.get("undone", [])
        for id, one in list(self._pending.items()):
            if one.is_sent and not is_known:
                self._settle(id, PartylineError("unknown", "nobody knows whether it happened", one.type))
            elif one.is_sent and self._number(id) <= done and id not in undone:
                self._settle(id, SimpleNamespace(seq=None, delivered=None))
        sent = [id for id, one in self._pending.items() if one.is_sent]
        if self._is_too_large and sent:  # Said again it would end this line, too.
            id = max(sent, key=lambda id: self._pending[id].size)
            self._settle(id, PartylineError("too_large", "larger than the server takes", self._pending[id].type))
        for one in self._pending.values():  # In the order they were asked.
            one.is_sent = self._say(one.text) or one.is_sent
        if not self._ready.done():
            self._ready.set_result(self)
            self._loop.call_later(1, self._release)

    def _number(self, id):
        return int(id[len(self._tag) :]) if isinstance(id, str) and id.startswith(self._tag) else 0

    def _settle(self, id, answer):
        one = self._pending.pop(id, None)
        if one is None or one.answer.done():
            return
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
            return
        if one.then:
            one.then()
        one.answer.set_result(answer)

    def _set_status(self, status, code=None):
        self.status = status
        self._emit("status", status=status, tries=self._tries, code=code)

    def _end(self, why, reason, code=None):
        """Once: it is over, and nothing of it is left."""
        if self.status == "over":
            return
        self._set_status("over", code)
        if not self._ready.done():
            self._ready.set_exception(self._error or PartylineError("over", reason))
        for id, one in list(self._pending.items()):
            self._settle(id, PartylineError("over", reason, one.type))
        self._emit("over", why=why, code=code, reason=reason)
        self._gone.set_result(None)
        if asyncio.current_task() is not self._task:
            self._task.cancel()

    # Who is here, and how the room stands.
    def _member(self, id):
        return self.members.get(id) or Member(id, here=False, is_me=id == self._seat["clientId"])

    def _follow(self, frame, missed):
        type, seq, id = frame["type"], frame.get("seq"), frame.get("clientId")
        if seq is not None:  # Each numbered thing once.
            if seq <= self._seat.get("since", 0):
                return
            self._seat["since"] = seq
        member = self.members.get(id)
        if type == "message":
            self._emit("message", member=self._member(frame["from"]), data=frame["data"], seq=seq, missed=missed)
        elif type == "peer_joined" and member is None:
            self._add(frame, True)
        elif type == "peer_left" and member:
            self._drop(member, frame["reason"])
        elif type in ("peer_away", "peer_back") and member:
            self._set_here(member, type == "peer_back", frame.get("until"))
        elif type == "peer_renamed" and member:
            self._rename(member, frame["name"])
        elif type == "player" and member:
            self._set_data(member, frame["data"])
        elif type == "state":
            self._set("state", frame["data"], True)
        elif type == "room_locked":
            self._set("locked", frame["locked"], True)
        elif type == "host_changed":
            self._set_host(id, True)
        elif "." in type:
            self._emit("session", data=frame)

    def _redraw(self, picture, is_told):
        """The picture as it is now: what differs from the one before is told."""
        gone = dict(self.members)
        for peer in picture["peers"]:
            member = gone.pop(peer["clientId"], None)
            if member is None:
                self._add(peer, is_told)
            else:
                self._rename(member, peer.get("name"))
                self._set_here(member, not peer.get("away"), None)
                self._set_data(member, peer.get("player"))
        for member in gone.values():
            self._drop(member, "timeout")
        self._set_host(picture["host"], is_told)
        self._set("locked", picture["locked"], is_told and self.locked != picture["locked"])
        self._set("state", picture.get("state"), is_told and self.state != picture.get("state"))
        self.session = picture.get("session")

    def _add(self, peer, is_told):
        id, is_me = peer["clientId"], peer["clientId"] == self._seat["clientId"]
        member = self.members[id] = Member(id, peer.get("name"), not peer.get("away"), peer.get("player"), is_me)
        if is_told:
            self._emit("joined", member=member)
            if not member.here:
                self._emit("away", member=member, ms=None)

    def _drop(self, member, reason):
        if not member.is_me:
            del self.members[member.id]
            member.here = False
            self._emit("left", member=member, reason=reason)

    def _set_here(self, member, here, ms):
        if member.here != here:
            member.here = here
            self._emit("back", member=member) if here else self._emit("away", member=member, ms=ms)

    def _rename(self, member, name):
        if member.name != name:
            member.name = name
            self._emit("renamed", member=member)

    def _set_data(self, member, data):
        if member.data != data:
            member.data = data
            if not member.is_me:
                self._emit("data", member=member, data=data)

    def _set(self, what, value, is_told):
        setattr(self, what, value)
        if is_told:
            self._emit(what, **{"data" if what == "state" else what: value})

    def _set_host(self, id, is_told):
        before, self.host = self.host, self.members.get(id)
        for member in self.members.values():
            member.is_host = member is self.host
        if is_told and before is not self.host:
            self._emit("host", member=self.host)


def _ids(to):
    if isinstance(to, (list, tuple)):
        return [_ids(one) for one in to]
    return to.id if isinstance(to, Member) else to


def _refused(frame):
    return PartylineError(frame["code"], frame["message"], frame.get("request"), frame.get("retryAfterMs"), frame.get("missing"))
