// A player that does what stdin says, for the tests: a JSON object a line, {"n", "call", ...}; it prints answers and events the same way.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Partyline;
using Frame = System.Collections.Generic.Dictionary<string, object>;

static class Player {
  static Room room;

  static void Show(Frame line) {
    Console.WriteLine(Json.Write(line));
    Console.Out.Flush();
  }

  static void Hear(Event e) {
    var line = new Frame { { "event", e.Type }, { "data", e.Data }, { "missed", e.Missed }, { "why", e.Why }, { "reason", e.Reason },
      { "code", e.Code }, { "status", e.Status }, { "locked", e.Locked } };
    if (e.Member != null) line["member"] = e.Member.Id;
    Show(line);
  }

  static object Arg(Frame args, string key) {
    object value;
    return args.TryGetValue(key, out value) ? value : null;
  }

  static async Task<object> Call(string call, Frame args) {
    Task<Sent> asked = null;
    if (call == "create" || call == "join") {
      var o = new Options { Name = (string)Arg(args, "name"), State = Arg(args, "state"), Seat = (Frame)Arg(args, "seat") };
      var url = (string)args["url"];
      room = call == "create" ? Party.CreateRoom(url, Convert.ToInt32(args["max_clients"]), o) : Party.JoinRoom(url, (string)args["room"], o);
      room.On("*", Hear);
      await room.Ready;
      return new Frame { { "code", room.Code }, { "me", room.Me.Id } };
    }
    var data = Arg(args, "data");
    if (call == "seat") return room.Seat;
    if (call == "cast") return room.Cast(data, Arg(args, "to"));
    if (call == "picture") {
      var members = room.Members.Select(m => new List<object> { m.Id, m.Name, m.Here, m.Data, m.IsHost }).ToList();
      return new Frame { { "members", members }, { "state", room.State }, { "locked", room.Locked }, { "isHost", room.IsHost } };
    }
    if (call == "leave") { room.Leave(); return null; }
    if (call == "close") { await room.Close((string)Arg(args, "reason")); return null; }
    if (call == "send") asked = room.Send(data, Arg(args, "to"), Convert.ToInt32(Arg(args, "ack_ms") ?? 0));
    if (call == "set_state") asked = room.SetState(data);
    if (call == "set_data") asked = room.SetData(data);
    if (call == "lock") asked = room.Lock();
    if (call == "vote") asked = room.Vote((string)args["vote"]);
    if (call == "make_host") asked = room.MakeHost(args["member"]);
    if (call == "ask") {
      var type = (string)args["type"];
      args.Remove("type");
      asked = room.Ask(type, args);
    }
    var sent = await asked;
    return new Frame { { "seq", sent.Seq }, { "delivered", sent.Delivered } };
  }

  static async void Answer(Frame line) {
    try {
      Show(new Frame { { "n", line["n"] }, { "value", await Call((string)line["call"], (Frame)line["args"]) } });
    } catch (PartylineException no) {
      Show(new Frame { { "n", line["n"] }, { "error", no.Code } });
    }
  }

  static void Main() {
    Console.InputEncoding = Console.OutputEncoding = new System.Text.UTF8Encoding(false); // Whatever the machine's locale is.
    var lines = new ConcurrentQueue<string>();
    new Thread(() => {
      for (var line = Console.ReadLine(); line != null; line = Console.ReadLine()) lines.Enqueue(line);
      Environment.Exit(0);
    }).Start();
    for (;; Thread.Sleep(2)) {
      string line;
      while (lines.TryDequeue(out line)) Answer((Frame)Json.Read(line));
      if (room != null) room.Poll();
    }
  }
}
