# A player that does what it is told, for the tests: a JSON object a line, over TCP since Godot has no stdin, {"n", "call", ...}; it prints answers and events the same way.
extends Node

const EVENTS = {
	"message": ["member_data", "member", "meta"], "joined": ["member"], "left": ["member", "reason"], "away": ["member", "ms"],
	"back": ["member"], "member_renamed": ["member"], "data": ["member", "data"], "state": ["data"], "host": ["member"],
	"locked": ["locked"], "session": ["data"], "status": ["status", "code"], "latency": ["ms"], "fresh": [], "over": ["why", "reason", "code"],
}
var room = load("res://partyline.gd").new()
var orders = StreamPeerTCP.new()
var order = ""
var joining = null

func _ready():
	add_child(room)
	for event in EVENTS:
		room.connect(event, self, "_hear" + str(EVENTS[event].size()), [event])
	orders.connect_to_host("127.0.0.1", int(OS.get_environment("ORDERS_PORT")))

func _hear0(event):
	_show_event(event, [])

func _hear1(one, event):
	_show_event(event, [one])

func _hear2(one, two, event):
	_show_event(event, [one, two])

func _hear3(one, two, three, event):
	_show_event(event, [one, two, three])

func _show_event(event, values):
	var line = {"event": "renamed" if event == "member_renamed" else event}
	for n in values.size():
		var field = EVENTS[event][n]
		if field == "meta":
			line["missed"] = values[n]["missed"]
		elif field == "member":
			line["member"] = null if values[n] == null else values[n].id
		else:
			line["data" if field == "member_data" else field] = values[n]
	print(to_json(line))
	if event == "status" and joining != null and line["status"] != "joining":
		if line["status"] == "here":
			_answer(joining, {"code": room.code, "me": room.me().id})
			joining = null
	if event == "over" and joining != null:
		print(to_json({"n": joining, "error": room.last_no}))
		joining = null

func _answer(n, value):
	print(to_json({"n": n, "value": value}))

func _process(_delta):
	if orders.get_status() == StreamPeerTCP.STATUS_CONNECTED and orders.get_available_bytes() > 0:
		order += orders.get_utf8_string(orders.get_available_bytes())
	var lines = order.split("\n")
	order = lines[lines.size() - 1]
	for n in lines.size() - 1:
		var asked = parse_json(lines[n])
		_call(asked["n"], asked["call"], asked["args"])

func _call(n, call, args):
	var asked = null
	if call == "create":
		joining = n
		room.create_room(args["url"], args["max_clients"], args)
	elif call == "join":
		joining = n
		room.join_room(args["url"], args["room"], args)
	elif call == "seat":
		_answer(n, room.seat)
	elif call == "cast":
		_answer(n, room.cast(args["data"], args.get("to")))
	elif call == "picture":
		var members = []
		for member in room.members.values():
			members.append([member.id, member.name, member.here, member.data, member.is_host])
		_answer(n, {"members": members, "state": room.room_state, "locked": room.is_locked, "isHost": room.is_host()})
	elif call == "leave":
		room.leave()
		_answer(n, null)
	elif call == "send":
		asked = room.send(args["data"], args.get("to"), args.get("ack_ms", 0))
	elif call == "set_state":
		asked = room.set_state(args["data"])
	elif call == "set_data":
		asked = room.set_data(args["data"])
	elif call == "lock":
		asked = room.lock()
	elif call == "vote":
		asked = room.vote(args["vote"])
	elif call == "make_host":
		asked = room.make_host(args["member"])
	elif call == "close":
		asked = room.close(args.get("reason"))
	elif call == "ask":
		asked = room.ask(args["type"], args)
	if asked != null:
		asked.connect("settled", self, "_settled", [n])

func _settled(request, n):
	if request.error != "":
		print(to_json({"n": n, "error": request.error}))
	else:
		_answer(n, {"seq": request.seq, "delivered": request.delivered})
