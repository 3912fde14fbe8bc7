# Godot 3: a phone in a room, in the raw wire. A node with this script takes a seat, takes it up again when its line is lost, and hears what
# it missed. Call say() with any request of docs/wire.md, and put your game where told() prints. CI runs it with godot3-server.
extends Node

var url = "ws://localhost:3000/v1"
var seat = {"type": "join", "room": "GXHB", "clientId": random_id(), "secret": random_id(), "name": "Ann", "tick": "answer"}
var line  # a WebSocketClient, or null between two lines
var heard_at = 0
var tries = 0
var pause = 0  # seconds; what the server asked for

func told(frame):  # each numbered frame once and in order; `joined` is how the room is now
	print(to_json(frame))

func _ready():
	randomize()
	dial()

func random_id():
	return Crypto.new().generate_random_bytes(16).hex_encode()

func dial():
	line = WebSocketClient.new()
	line.set_buffers(1100, 2048, 128, 2048)  # KiB and packets; a frame that does not fit vanishes without a word
	line.connect("connection_established", self, "opened")
	line.connect("data_received", self, "heard")
	line.connect("server_close_request", self, "closing")
	for end in ["connection_closed", "connection_error"]:
		line.connect(end, self, "lost")
	heard_at = OS.get_ticks_msec()
	line.connect_to_url(url)

func opened(_protocol):
	say(seat)

func say(request):
	line.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	line.get_peer(1).put_packet(to_json(request).to_utf8())

func heard():
	var frame = parse_json(line.get_peer(1).get_packet().get_string_from_utf8())
	heard_at = OS.get_ticks_msec()
	if frame.type == "tick":
		say({"type": "ping"})
	elif frame.type == "bye" and not int(frame.code) in [4103, 4104]:  # after these two one comes back alone, at once
		pause = frame.retryAfterMs / 1000
	elif frame.type == "error" and frame.get("request") == "join":
		if frame.code in ["draining", "server_full", "too_many_attempts"]:
			pause = frame.get("retryAfterMs", 0) / 1000
			lost()
		else:
			over(frame.message)  # no such room, locked, banned
	elif frame.type == "joined":
		tries = 0
		for missed in frame.get("missed", []):
			hear(missed)
		seat["epoch"] = frame.epoch
		seat["since"] = int(frame.seq)
		told(frame)
	elif frame.type != "pong":
		hear(frame)

func hear(frame):
	if frame.has("seq"):
		if frame.seq <= seat.get("since", 0):
			return
		seat["since"] = int(frame.seq)
	told(frame)

func closing(code, reason):
	if code >= 4000 and code < 4100:  # replaced, kicked, room closed
		over(reason)

func over(reason):
	line = null
	print("over: ", reason)

func lost(_was_clean = false):
	if line == null:
		return
	line = null  # a dead line is let go at once
	var back_off = min(5, 0.25 * pow(2, tries)) * (0.5 + randf())
	tries += 1
	yield(get_tree().create_timer(max(pause, back_off)), "timeout")
	pause = 0
	dial()

func _process(_delta):
	if line == null:
		return
	var now_line = line  # what it hears may let it go
	now_line.poll()
	if line == now_line and OS.get_ticks_msec() - heard_at > 30000:
		lost()
