# Partyline for Godot 4: a seat in a room, over any number of lines. Copy this one file and make it an autoload named Partyline.
#
#	Partyline.message.connect(func(value, from, meta): print(from.name, ": ", value))
#	Partyline.fresh.connect(draw)  # and over.connect(func(why, reason, code): ...): the last there is
#	Partyline.join_room("ws://localhost:3000", "GXHB", {"name": "Ann"})  # or create_room(url, 8, {"name": "TV"}); Partyline.code
#	var sent = await Partyline.send({"buzz": true}, Partyline.host_id).settled  # once, also over a lost line; sent.error: "" or why not
#
# CI does not run this file in Godot 4, which Debian has not: it runs it translated to Godot 3, line by line (test/clients/godot3.ts).
# A second room at the same time is a second node with this script. What JSON has no whole numbers for arrives as float. Keep
# `seat`, and who brings it (options.seat) is the same member; without its `since` only the picture comes, not what was missed. MIT.
extends Node

signal message(value, from, meta)  # meta: seq (or null), missed
signal joined(member)
signal left(member, reason)
signal away(member, ms)
signal back(member)
signal member_renamed(member)  # a Node has a signal `renamed` of its own
signal data(member, value)
signal state(value)
signal host(member)  # or null
signal locked(is_it)
signal session(frame)
signal status(now, code)  # joining, here, away, over
signal latency(ms)
signal fresh  # draw anew
signal over(why, reason, code)  # why: left, closed, kicked, replaced, gone, refused

const CONNECT_MS = 5000
const FIRST_RETRY_MS = 100
const RETRY_MS = 250
const RETRY_MS_MAX = 5000
const QUIET_MS = 4000  # of silence: the server is asked for a sign of life
const DEAD_MS = 12000  # and then there is none
const FIRST_ANSWER_MS = 20000
const UNREACHABLE_MS = 1800000
const LEAVE_MS = 1000
const QUEUE_REQUESTS = 64
const QUEUE_CHARS = 65536
const CAST_UNSENT_MAX = 16384
const BUFFER_BYTES = 2097152  # a frame that does not fit vanishes without a word
const TEXT_MAX = 500000  # characters of a request: as UTF-8 it must fit the buffer
const HERDS = [4100, 4101, 4102, 4200]  # after these the server says how long to stay away
const WAITS = ["draining", "server_full", "too_many_attempts"]  # nos that are over after a while
const TOO_LARGE = 1009  # how the server closes a line on which a frame was larger than it takes
const WHY = {4000: "replaced", 4001: "closed", 4002: "kicked"}

# One member: the same object as long as it is one. here: it has a line now; else its seat waits.
class Member extends RefCounted:
	var id = ""
	var name = ""
	var here = true
	var data = null
	var is_me = false
	var is_host = false

# What was asked. error: "" when it has happened, else the server's no by its stable name, or timeout (it may still happen), queue_full,
# over, unknown (nobody knows whether it happened). seq and delivered are null where the answer itself was lost.
class Request extends RefCounted:
	signal settled(request)
	var id = ""
	var type = ""
	var text = ""
	var fields = {}
	var is_sent = false
	var is_done = false
	var late_at = 0
	var error = ""
	var error_message = ""
	var seq = null
	var delivered = null

var code = ""
var seat = {}  # what to keep: room, clientId, secret, name, since, epoch
var members = {}  # by id, in the order they came
var host_id = null
var is_locked = false
var room_state = null
var room_session = null  # the picture of the last time I came in
var now_status = "over"
var latency_ms = null
var last_no = ""  # the last no to joining, by its stable name; unreachable where there was no answer

var _url = ""
var _create = null
var _ack_ms = 0
var _socket = null
var _has_asked = false
var _has_seat = true
var _is_too_large = false
var _pending = []
var _failed = []
var _tag = ""
var _asked = 0
var _asks = 0
var _tries = 0
var _dial_at = 0
var _lost_at = 0
var _deadline = 0
var _heard_at = 0
var _pinged_at = 0
var _pause_ms = 0
var _leave_at = 0

func _ready():
	process_mode = Node.PROCESS_MODE_ALWAYS

# Opens a room. options: name, room, away, history, hostGone, state, plays; seat; ack_ms.
func create_room(url, max_clients, options = {}):
	var create = {"maxClients": max_clients, "away": options.get("away", 60), "history": options.get("history", 128)}
	for field in ["room", "hostGone", "state", "plays"]:
		create[field] = options.get(field)
	_open(url, "", options, create)

# Takes a seat, or the kept one up again: options: name, seat, ack_ms. `over` is told where it is not let in.
func join_room(url, room, options = {}):
	_open(url, room, options, null)

func me():
	return members.get(seat.get("clientId"))

func is_host():
	return host_id != null and host_id == seat.get("clientId")

# To everyone else, to a Member (or its id), or to an array of these; waits while away.
func send(value, to = null, ack_ms = 0):
	return ask("send", {"data": value, "to": _ids(to)}, ack_ms)

# Now or never: false, and nothing is sent, while away or while much waits.
func cast(value, to = null):
	if now_status != "here" or _socket.get_current_outbound_buffered_amount() > CAST_UNSENT_MAX:
		return false
	var text = JSON.stringify({"type": "send", "data": value, "to": _ids(to)})
	return text.length() <= QUEUE_CHARS and _say(text)

func set_state(value):
	return ask("set_state", {"data": value})

func set_data(value):
	return ask("set_player", {"data": value})

func lock(is_it = true):
	return ask("lock", {"locked": is_it})

func kick(member, reason = null, ban = true):
	return ask("kick", {"clientId": _ids(member), "reason": reason, "ban": ban})

func make_host(member):
	return ask("make_host", {"clientId": _ids(member)})

func vote(up_or_down):
	return ask("vote", {"vote": up_or_down})

# Ends the room for everyone.
func close(reason = null):
	return ask("close_room", {"reason": reason})

# Gives the seat up. While away the server cannot be told: it gives the seat up when its time is over.
func leave():
	if now_status == "here" and _say(JSON.stringify({"type": "leave"})):
		_leave_at = _now() + LEAVE_MS
	else:
		_end("left", "left", 0)

# Any request of the wire: ask("game.add", {"title": "Quiz"}).
func ask(type, fields = {}, ack_ms = 0):
	var one = Request.new()
	_asked += 1
	one.id = _tag + str(_asked)
	one.type = type
	one.fields = fields
	var frame = fields.duplicate()
	frame["type"] = type
	frame["id"] = one.id
	one.text = JSON.stringify(frame)
	var patience = ack_ms if ack_ms > 0 else _ack_ms
	one.late_at = _now() + patience if patience > 0 else 0
	var waiting = 0
	var chars = one.text.length()
	for other in _pending:
		if not other.is_sent:
			waiting += 1
			chars += other.text.length()
	if now_status == "over":
		_fail_soon(one, "over", "the room is over")
	elif now_status != "here" and (waiting >= QUEUE_REQUESTS or chars > QUEUE_CHARS):
		_fail_soon(one, "queue_full", "too much waits for the line")
	elif one.text.length() > TEXT_MAX:
		_fail_soon(one, "too_large", "larger than a server takes")
	else:
		_pending.append(one)
		_say_waiting()
	return one

func _process(_delta):
	for one in _failed.duplicate():
		_failed.erase(one)
		one.settled.emit(one)
	if now_status == "over":
		return
	for one in _pending.duplicate():
		if one.late_at > 0 and _now() > one.late_at and not one.is_done:
			_done(one, "timeout", "no answer")
	if _leave_at > 0 and _now() > _leave_at:
		_end("left", "left", 0)
	elif _socket == null:
		if _now() >= _dial_at:
			_dial()
	else:
		_hear()

func _now():
	return Time.get_ticks_msec()

func _open(url, room, options, create):
	if now_status != "over":
		_end("left", "another room is opened", 0)
	var address = "ws" + url.substr(4) if url.begins_with("http") else url
	_url = address + "/v1" if address.count("/") == 2 else address
	_create = create
	_ack_ms = options.get("ack_ms", 0)
	seat = options.get("seat", {"room": "", "clientId": _random_id(16), "secret": _random_id(16), "name": null}).duplicate()
	_has_seat = create == null or options.has("seat")
	if create == null:
		seat["room"] = room
	if options.has("name"):
		seat["name"] = options["name"]
	members = {}
	host_id = null
	is_locked = false
	room_state = null
	_tag = _random_id(3) + "."
	_tries = 0
	_dial_at = 0
	_leave_at = 0
	_pause_ms = 0
	_lost_at = _now()
	last_no = ""
	now_status = "joining"

func _random_id(bytes):
	return Crypto.new().generate_random_bytes(bytes).hex_encode()

# ---- The line: dialled again until it is over.
func _dial():
	_deadline = _now() + CONNECT_MS
	_has_asked = false
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = BUFFER_BYTES
	_socket.outbound_buffer_size = BUFFER_BYTES
	if _socket.connect_to_url(_url) != OK:
		_lose(0, "")

func _hear():
	_socket.poll()
	var ready_state = _socket.get_ready_state()
	if ready_state == WebSocketPeer.STATE_OPEN and not _has_asked:
		_ask_in()
	var line = _socket
	while _socket == line and line != null and line.get_available_packet_count() > 0:
		_heard_at = _now()
		var frame = JSON.parse_string(line.get_packet().get_string_from_utf8())
		if typeof(frame) == TYPE_DICTIONARY and frame.has("type"):
			_told(frame)
	if _socket != line or line == null:
		return
	var silent_ms = _now() - _heard_at
	if ready_state == WebSocketPeer.STATE_CLOSED:
		_lose(line.get_close_code(), line.get_close_reason())
	elif now_status != "here":
		if _now() > _deadline:
			_lose(0, "")
	elif silent_ms > DEAD_MS:
		_lose(0, "")
	else:
		_say_waiting()
		if silent_ms > QUIET_MS and _now() - _pinged_at > QUIET_MS:
			_ping()

func _lose(close_code, reason):
	_socket = null
	_is_too_large = close_code == TOO_LARGE
	if close_code >= 4000 and close_code < 4100:
		_end(WHY.get(close_code, "refused"), reason, close_code)
		return
	if now_status == "here":
		_lost_at = _now()
	if _leave_at > 0:
		_end("left", "left", 0)
	elif now_status != "joining":
		_set_status("away", close_code)
	if now_status == "over":
		return
	var back_off = FIRST_RETRY_MS * randf()
	if _tries > 0:
		back_off = min(RETRY_MS_MAX, RETRY_MS * pow(2, _tries - 1)) * (0.5 + randf())
	_tries += 1
	_dial_at = _now() + max(back_off, _pause_ms)
	_pause_ms = 0
	if _dial_at > _lost_at + (FIRST_ANSWER_MS if now_status == "joining" else UNREACHABLE_MS):
		last_no = "unreachable" if last_no == "" else last_no
		_end("gone", "unreachable", 0)

func _say(text):
	if _socket == null or _socket.get_ready_state() != WebSocketPeer.STATE_OPEN:
		return false
	return _socket.send_text(text) == OK

# In the order they were asked; what the socket's buffer cannot take yet is said in a later frame.
func _say_waiting():
	if now_status != "here":
		return
	for one in _pending:
		if not one.is_sent:
			one.is_sent = _say(one.text)
			if not one.is_sent:
				return

func _ping():
	_pinged_at = _now()
	_say(JSON.stringify({"type": "ping"}))

func _ask_in():
	_has_asked = true
	_asks += 1
	var frame = seat.duplicate()
	frame["type"] = "join" if _has_seat else "create"
	frame["tick"] = "answer"
	frame["id"] = "join." + str(_asks)
	if not _has_seat:
		for field in _create:
			frame[field] = _create[field]
	_say(JSON.stringify(frame))

func _told(frame):
	var type = frame["type"]
	var id = frame.get("id")
	if type == "bye":
		var close_code = int(frame["code"])
		_pause_ms = frame["retryAfterMs"] if close_code in HERDS else 0
		_lose(close_code, frame["reason"])
	elif type == "tick":
		_ping()
	elif type == "pong":
		latency_ms = _now() - _pinged_at
		latency.emit(latency_ms)
	elif id != null and id == "join." + str(_asks):
		if type == "error":
			_not_in(frame)
		else:
			_in(frame)
	elif type == "left":
		_end("left", "left", 0)
	elif type == "ack" or type == "error":
		for one in _pending.duplicate():
			if one.id == id:
				one.seq = frame.get("seq")
				one.delivered = frame.get("delivered")
				_settle(one, frame.get("code", ""), frame.get("message", ""))
	else:
		_follow(frame, false)

func _not_in(frame):
	last_no = frame["code"]
	if frame["code"] in WAITS:
		_pause_ms = frame.get("retryAfterMs", 0)
		_lose(0, "")
	elif now_status == "joining" and _create != null and _has_seat:  # The room of the kept seat is over: a new one.
		_has_seat = false
		seat.erase("since")
		seat.erase("epoch")
		_ask_in()
	else:
		_end("gone" if frame["code"] == "room_not_found" else "refused", frame["message"], 0)

func _in(frame):
	if frame["type"] == "created":
		frame["peers"] = [{"clientId": seat["clientId"], "name": seat.get("name")}]
		frame["state"] = _create["state"]
		frame["locked"] = false
	var is_first = now_status == "joining"
	var is_known = is_first or (frame.has("done") and frame["epoch"] == seat.get("epoch"))
	var line = _socket
	_tries = 0
	_has_seat = true
	code = frame["room"]
	if is_first:
		_redraw(frame, false)
	for missed in frame.get("missed", []):
		if not is_first or missed["type"] == "message":  # All else stands in the first picture.
			_follow(missed, true)
	seat["room"] = code
	seat["epoch"] = frame["epoch"]
	seat["since"] = int(frame["seq"])
	_redraw(frame, not is_first)
	if _socket != line:
		return  # A listener has left.
	_set_status("here", 0)
	if not frame.get("resumed", false):
		fresh.emit()
	var done = _number_of(frame.get("done"))
	var undone = frame.get("undone", [])
	var largest = null
	for one in _pending.duplicate():
		if one.is_sent and not is_known:
			_settle(one, "unknown", "nobody knows whether it happened")
		elif one.is_sent and _number_of(one.id) <= done and not (one.id in undone):
			_settle(one, "", "")
		elif one.is_sent and (largest == null or one.text.length() > largest.text.length()):
			largest = one
	if _is_too_large and largest != null:  # Said again it would end this line, too.
		_settle(largest, "too_large", "larger than the server takes")
	for one in _pending:
		one.is_sent = false
	_say_waiting()

func _number_of(id):
	return id.trim_prefix(_tag).to_int() if typeof(id) == TYPE_STRING and id.begins_with(_tag) else 0

func _settle(one, error, error_message):
	_pending.erase(one)
	if error == "" and one.type == "set_state":
		room_state = one.fields["data"]
	elif error == "" and one.type == "set_player":
		me().data = one.fields["data"]
	if one.type == "close_room" and error == "over":
		error = ""  # The room is closed before its answer can come.
	if not one.is_done:
		_done(one, error, error_message)

func _done(one, error, error_message):
	one.is_done = true
	one.error = error
	one.error_message = error_message
	one.settled.emit(one)

# In the next frame: whoever asked can wait for it by then.
func _fail_soon(one, error, error_message):
	one.is_done = true
	one.error = error
	one.error_message = error_message
	_failed.append(one)

func _set_status(now, close_code):
	now_status = now
	status.emit(now, close_code)

# Once: it is over, and nothing of it is left.
func _end(why, reason, close_code):
	if now_status == "over":
		return
	_socket = null
	_set_status("over", close_code)
	for one in _pending.duplicate():
		_settle(one, "over", reason)
	over.emit(why, reason, close_code)

# ---- Who is here, and how the room stands.
func _follow(frame, missed):
	var type = frame["type"]
	var id = frame.get("clientId")
	var seq = frame.get("seq")
	if seq != null:  # Each numbered thing once.
		if seq <= seat.get("since", 0):
			return
		seat["since"] = int(seq)
	var member = members.get(id)
	if type == "message":
		message.emit(frame["data"], _member(frame["from"]), {"seq": seq, "missed": missed})
	elif type == "state":
		room_state = frame["data"]
		state.emit(room_state)
	elif type == "room_locked":
		is_locked = frame["locked"]
		locked.emit(is_locked)
	elif type == "host_changed":
		_set_host(id, true)
	elif "." in type:
		session.emit(frame)
	elif type == "peer_joined":
		if member == null:
			_add(frame, true)
	elif member == null:
		return
	elif type == "peer_left":
		_drop(member, frame["reason"])
	elif type == "peer_away" or type == "peer_back":
		_set_here(member, type == "peer_back", frame.get("until"))
	elif type == "peer_renamed":
		_rename(member, frame["name"])
	elif type == "player":
		_set_data(member, frame["data"])

# The picture as it is now: what differs from the one before is told.
func _redraw(picture, is_told):
	var gone = members.duplicate()
	for peer in picture["peers"]:
		var member = members.get(peer["clientId"])
		gone.erase(peer["clientId"])
		if member == null:
			_add(peer, is_told)
		else:
			_rename(member, peer.get("name"))
			_set_here(member, not peer.get("away", false), null)
			_set_data(member, peer.get("player"))
	for member in gone.values():
		_drop(member, "timeout")
	_set_host(picture["host"], is_told)
	room_session = picture.get("session")
	if is_locked != picture["locked"]:
		is_locked = picture["locked"]
		if is_told:
			locked.emit(is_locked)
	if not _is_same(room_state, picture.get("state")):
		room_state = picture.get("state")
		if is_told:
			state.emit(room_state)

func _is_same(one, other):
	return JSON.stringify(one) == JSON.stringify(other)

# A member, or somebody who has been one: what it sent may still come.
func _member(id):
	if members.has(id):
		return members[id]
	var gone = Member.new()
	gone.id = id
	gone.here = false
	return gone

func _add(peer, is_told):
	var member = Member.new()
	member.id = peer["clientId"]
	member.name = peer.get("name")
	member.here = not peer.get("away", false)
	member.data = peer.get("player")
	member.is_me = member.id == seat["clientId"]
	members[member.id] = member
	if is_told:
		joined.emit(member)
		if not member.here:
			away.emit(member, null)

func _drop(member, reason):
	if not member.is_me:
		members.erase(member.id)
		member.here = false
		left.emit(member, reason)

func _set_here(member, here, ms):
	if member.here == here:
		return
	member.here = here
	if here:
		back.emit(member)
	else:
		away.emit(member, ms)

func _rename(member, name_now):
	if member.name != name_now:
		member.name = name_now
		member_renamed.emit(member)

func _set_data(member, value):
	if _is_same(member.data, value):
		return
	member.data = value
	if not member.is_me:
		data.emit(member, value)

func _set_host(id, is_told):
	var was = host_id
	host_id = id
	for member in members.values():
		member.is_host = member.id == id
	if is_told and was != id:
		host.emit(members.get(id))

func _ids(to):
	if typeof(to) == TYPE_ARRAY:
		var ids = []
		for one in to:
			ids.append(_ids(one))
		return ids
	return to.id if to is Member else to
