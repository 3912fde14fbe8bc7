# Godot 3: a phone in a room, in the raw wire. A node with this script takes a seat, comes back when its line is lost, and gets what it missed.
extends Node

const STOPS = [4000, 4001, 4002, 4003, 4004]  # replaced, kicked, room closed: over for good
var url = "ws://localhost:3000/v1"
var seat = {"type": "join", "room": "GXHB", "clientId": random_id(), "secret": random_id(), "name": "Ann", "tick": true}
var socket
var tries = 0  # since the room last answered
var close_code = 0

signal told(frame)  # each frame; each numbered one once

func _ready():
	dial()

func random_id():
	return Crypto.new().generate_random_bytes(16).hex_encode()

func dial():
	socket = WebSocketClient.new()
	socket.set_buffers(1100, 2048, 128, 2048)  # KiB and packets: a frame that does not fit vanishes without a word
	socket.connect("connection_established", self, "_opened")
	socket.connect("data_received", self, "_heard")
	socket.connect("server_close_request", self, "_closing")
	for end in ["connection_closed", "connection_error"]:
		socket.connect(end, self, "_lost", [], CONNECT_DEFERRED)
	if socket.connect_to_url(url) != OK:
		_lost()

func _process(_delta):
	socket.poll()

func say(request):
	socket.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	socket.get_peer(1).put_packet(to_json(request).to_utf8())
