// A buzzer quiz. mcs Buzzer.cs ../../clients/csharp/Partyline.cs, then the screen: mono Buzzer.exe ws://localhost:3000
// and a phone: mono Buzzer.exe ws://localhost:3000 GXHB Ann. The screen asks what is typed; the first to buzz (Enter) has the point.
using System;
using System.Collections.Generic;
using System.Threading;
using Partyline;
using Data = System.Collections.Generic.Dictionary<string, object>;

static class Buzzer {
  static void Main(string[] args) {
    if (args.Length == 1) Screen(args[0]);
    else Phone(args[0], args[1], args[2]);
  }

  static void Screen(string url) {
    var room = Party.CreateRoom(url, 9, new Options { Name = "Quiz" });
    var points = new Data();
    var isOpen = false;
    room.On("fresh", e => Console.WriteLine("Join with " + room.Code));
    room.On("joined", e => Console.WriteLine(e.Member.Name + " is here"));
    room.On("message", e => {
      if (!isOpen) return;
      isOpen = false;
      object before;
      points[e.Member.Id] = points.TryGetValue(e.Member.Id, out before) ? (int)before + 1 : 1;
      Console.WriteLine(e.Member.Name + " was first and has " + points[e.Member.Id]);
      room.SetState(new Data { { "open", false }, { "winner", e.Member.Name }, { "points", points } });
    });
    Typed(room, question => {
      isOpen = true;
      room.SetState(new Data { { "open", true }, { "question", question } });
    }, () => room.Close("the quiz is over"));
    room.Run().Wait();
  }

  static void Phone(string url, string code, string name) {
    var room = Party.JoinRoom(url, code, new Options { Name = name });
    room.On("state", e => {
      var now = (Data)e.Data;
      Console.WriteLine(now.ContainsKey("question") ? now["question"] : now["winner"] + " was first");
    });
    room.On("over", e => Console.WriteLine("Over: " + e.Reason));
    Typed(room, line => room.Send("buzz", room.Host), () => { });
    room.Run().Wait();
  }

  // The keyboard has a thread of its own; what is typed is done where the room is polled.
  static void Typed(Room room, Action<string> line, Action end) {
    new Thread(() => {
      for (var text = Console.ReadLine(); text != null; text = Console.ReadLine()) {
        var now = text;
        room.Post(() => line(now));
      }
      room.Post(end);
    }) { IsBackground = true }.Start();
  }
}
