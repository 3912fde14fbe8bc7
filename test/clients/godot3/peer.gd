# Godot 4's WebSocketPeer as far as the client uses it, made of Godot 3's WebSocketClient.
extends Reference

var inbound_buffer_size = 0
var outbound_buffer_size = 0
var client = WebSocketClient.new()
var state = 0
var packets = []
var close_code = -1
var close_reason = ""

func connect_to_url(url):
	client.set_buffers(inbound_buffer_size / 1024, 2048, outbound_buffer_size / 1024, 2048)
	client.connect("connection_established", self, "_opened")
	client.connect("data_received", self, "_received")
	client.connect("server_close_request", self, "_closing")
	client.connect("connection_closed", self, "_closed")
	client.connect("connection_error", self, "_closed")
	return client.connect_to_url(url)

func poll():
	client.poll()

func get_ready_state():
	return state

func get_available_packet_count():
	return packets.size()

func get_packet():
	return packets.pop_front()

func send_text(text):
	client.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	return client.get_peer(1).put_packet(text.to_utf8())

func get_current_outbound_buffered_amount():
	return 0

func get_close_code():
	return close_code

func get_close_reason():
	return close_reason

func _opened(_protocol):
	state = 1

func _received():
	packets.append(client.get_peer(1).get_packet())

func _closing(code, reason):
	state = 2
	close_code = code
	close_reason = reason

func _closed(_was_clean = false):
	state = 3
