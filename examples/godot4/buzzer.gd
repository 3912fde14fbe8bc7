# A buzzer quiz for Godot 4: an empty scene whose root, a Control, has this script, and clients/godot/partyline.gd as the autoload Partyline.
# With a code it is a phone with one big button; without one it is the screen, and its button opens the next round. Not run by CI.
extends Control

@export var url = "ws://localhost:3000"
@export var room_code = ""  # empty: the screen
@export var player_name = "Ann"
var label = Label.new()
var button = Button.new()
var points = {}
var is_open = false

func _ready():
	var column = VBoxContainer.new()
	column.set_anchors_preset(Control.PRESET_FULL_RECT)
	button.size_flags_vertical = Control.SIZE_EXPAND_FILL
	button.text = "Next round" if room_code == "" else "Buzz!"
	column.add_child(label)
	column.add_child(button)
	add_child(column)
	button.pressed.connect(_pressed)
	Partyline.state.connect(_show)
	Partyline.message.connect(_buzzed)
	Partyline.fresh.connect(func(): _show(Partyline.room_state))
	Partyline.over.connect(func(_why, reason, _code): label.text = "Over: " + reason)
	if room_code == "":
		Partyline.create_room(url, 9, {"name": "Quiz"})
	else:
		Partyline.join_room(url, room_code, {"name": player_name})

func _pressed():
	if room_code != "":
		Partyline.send("buzz", Partyline.host_id)
	elif Partyline.now_status != "over":
		is_open = true
		_tell({"open": true})

func _buzzed(_value, from, _meta):
	if room_code != "" or not is_open:
		return
	is_open = false
	points[from.name] = points.get(from.name, 0) + 1
	_tell({"open": false, "winner": from.name, "points": points})

func _tell(now):
	Partyline.set_state(now)
	_show(now)

func _show(now):
	if now == null:
		label.text = "Join with " + Partyline.code
	elif now["open"]:
		label.text = "Buzz!"
	else:
		label.text = "%s was first: %s" % [now["winner"], now["points"]]
