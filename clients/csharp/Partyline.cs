// Partyline for C#: a seat in a room, over any number of lines. .NET Standard 2.0 (Unity 2021 and later, no WebGL; mono); copy this one file.
//
//     var room = Party.JoinRoom("ws://localhost:3000", "GXHB", new Options { Name = "Ann" });   // or Party.CreateRoom(url, 8)
//     room.On("message", e => Debug.Log(e.Member.Name + ": " + e.Data));                        // "*" hears all
//     void Update() { room.Poll(); }                      // all is told in here, on the thread that polls; a console awaits room.Run()
//     await room.Send(new Dictionary<string, object> { { "buzz", true } }, room.Host);          // once, also over a lost line
//
// Use a room from the thread that polls it; other threads hand their work over with room.Post(). Events: message (Member, Data, Seq,
// Missed), joined, left (Member, Reason), away (Member, Ms), back, renamed, data (Member, Data), state (Data), host (Member or null), locked
// (Locked), session (Data: the frame), status (Status, Code), latency (Ms), fresh (draw anew), over (Why: left, closed, kicked,
// replaced, gone, refused; Code, Reason). Data is null, bool, long, double, string, List<object> or Dictionary<string, object>; lists,
// arrays and dictionaries of these, int and float may be sent. Keep `room.Seat`, and who brings it (Options.Seat) is the same member. MIT.
using System;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Frame = System.Collections.Generic.Dictionary<string, object>;

namespace Partyline {
  public sealed class Options {
    public string Name, Room, HostGone; // Room: a code to have if it is free
    public int Away = 60, History = 128; // seconds a lost member's seat waits; messages kept for those who come back
    public object State;
    public bool Plays;
    public Frame Seat; // what was kept of room.Seat; without its `since` only the picture comes, not what was missed
    public int AckMs; // how long a request waits for its answer; 0: as long as it takes
  }

  /// <summary>One member: the same object as long as it is one. Here: it has a line now; else its seat waits.</summary>
  public sealed class Member {
    public string Id, Name;
    public bool Here, IsMe, IsHost;
    public object Data;
  }

  public sealed class Event {
    public string Type, Reason, Why, Status;
    public Member Member;
    public object Data;
    public long? Seq, Ms;
    public int Code;
    public bool Missed, Locked;
  }

  /// <summary>What came of a request; null where the answer itself was lost.</summary>
  public sealed class Sent { public long? Seq, Delivered; }

  /// <summary>A no: the server's by its stable name, or timeout, queue_full, over, unknown (whether it happened), unreachable.</summary>
  public sealed class PartylineException : Exception {
    public readonly string Code;
    public long RetryAfterMs;
    public List<object> Missing;
    public PartylineException(string code, string message) : base(message) { Code = code; }
  }

  public static class Party {
    /// <summary>Opens a room; with a kept seat that one is taken up again, if its room is still there.</summary>
    public static Room CreateRoom(string url, int maxClients, Options options = null) {
      var o = options ?? new Options();
      return new Room(url, "", o, new Frame { { "maxClients", maxClients }, { "room", o.Room }, { "away", o.Away },
        { "history", o.History }, { "hostGone", o.HostGone }, { "state", o.State }, { "plays", o.Plays } });
    }

    /// <summary>Takes a seat, or the kept one up again. Where it is not let in, Ready fails and `over` is told.</summary>
    public static Room JoinRoom(string url, string room, Options options = null) {
      return new Room(url, room, options ?? new Options(), null);
    }
  }

  public sealed class Room {
    const int ConnectMs = 5000, FirstRetryMs = 100, RetryMs = 250, RetryMsMax = 5000, QuietMs = 4000, DeadMs = 12000;
    const int FirstAnswerMs = 20000, UnreachableMs = 1800000, LeaveMs = 1000;
    const int QueueRequests = 64, QueueChars = 65536, CastUnsentMax = 16384;
    const int TooLarge = 1009; // how the server closes a line on which a frame was larger than it takes
    static readonly long[] Herds = { 4100, 4101, 4102, 4200 }; // after these the server says how long to stay away
    static readonly string[] Waits = { "draining", "server_full", "too_many_attempts" }; // nos that are over after a while

    sealed class Asked {
      public string Id, Type, Text;
      public bool IsSent, IsLate;
      public long LateAt;
      public Action Then;
      public readonly TaskCompletionSource<Sent> Answer = new TaskCompletionSource<Sent>();
    }

    readonly Uri url;
    readonly Frame create;
    readonly Options options;
    readonly List<Member> members = new List<Member>(); // in the order they came
    readonly List<Asked> pending = new List<Asked>();
    readonly Dictionary<string, Action<Event>> hears = new Dictionary<string, Action<Event>>();
    readonly ConcurrentQueue<Action> posted = new ConcurrentQueue<Action>();
    readonly TaskCompletionSource<Room> ready = new TaskCompletionSource<Room>();
    readonly string tag = RandomId(3) + ".";
    readonly Random random = new Random();
    bool hasSeat, hasAsked, isTooLarge;
    int asked, asks, tries;
    long dialAt, lostAt, deadline, heardAt, pingedAt, pauseMs, leaveAt;
    Link link;
    PartylineException error;

    internal Room(string address, string code, Options o, Frame creates) {
      var at = new Uri(address.StartsWith("http") ? "ws" + address.Substring(4) : address);
      url = at.AbsolutePath == "/" ? new Uri(at, "/v1") : at;
      create = creates;
      options = o;
      Seat = o.Seat != null ? new Frame(o.Seat) : new Frame { { "clientId", RandomId(16) }, { "secret", RandomId(16) } };
      hasSeat = o.Seat != null || create == null;
      if (create == null || o.Seat == null) Seat["room"] = code;
      if (o.Name != null || !Seat.ContainsKey("name")) Seat["name"] = o.Name;
      lostAt = Now;
    }

    static long Now { get { return Stopwatch.GetTimestamp() * 1000 / Stopwatch.Frequency; } }
    public string Status { get; private set; } = "joining"; // joining, here, away, over
    public IReadOnlyList<Member> Members { get { return members; } }
    public Member Me { get { return Find(Text(Seat, "clientId")); } }
    public Member Host { get; private set; }
    public bool IsHost { get { return Host != null && Host.IsMe; } }
    public bool Locked { get; private set; }
    public object State { get; private set; }
    public object Session { get; private set; } // the picture of the last time I came in
    public long? LatencyMs { get; private set; }
    public string Code { get { return Text(Seat, "room"); } }
    public Frame Seat { get; } // what to keep: room, clientId, secret, name, since, epoch
    public Task<Room> Ready { get { return ready.Task; } }

    // ---- What a game asks. Each happens once, or its task fails.
    /// <summary>To everyone else, to a Member (or its id), or to a list of these; waits while away.</summary>
    public Task<Sent> Send(object data, object to = null, int ackMs = 0) {
      return Ask("send", new Frame { { "data", data }, { "to", Ids(to) } }, ackMs);
    }
    /// <summary>Now or never: false, and nothing is sent, while away or while much waits.</summary>
    public bool Cast(object data, object to = null) {
      var text = Json.Write(new Frame { { "type", "send" }, { "data", data }, { "to", Ids(to) } });
      return Status == "here" && link.Unsent <= CastUnsentMax && text.Length <= QueueChars && Say(text);
    }
    public Task<Sent> SetState(object data) { return Ask("set_state", new Frame { { "data", data } }, 0, () => State = data); }
    public Task<Sent> SetData(object data) { return Ask("set_player", new Frame { { "data", data } }, 0, () => Me.Data = data); }
    public Task<Sent> Lock(bool locked = true) { return Ask("lock", new Frame { { "locked", locked } }); }
    public Task<Sent> Kick(object member, string reason = null, bool ban = true) {
      return Ask("kick", new Frame { { "clientId", Ids(member) }, { "reason", reason }, { "ban", ban } });
    }
    public Task<Sent> MakeHost(object member) { return Ask("make_host", new Frame { { "clientId", Ids(member) } }); }
    public Task<Sent> Vote(string vote) { return Ask("vote", new Frame { { "vote", vote } }); }
    /// <summary>Ends the room for everyone; that it is over before its answer can come is no error.</summary>
    public async Task Close(string reason = null) {
      try { await Ask("close_room", new Frame { { "reason", reason } }); } catch (PartylineException no) { if (no.Code != "over") throw; }
    }
    /// <summary>Gives the seat up; `over` says when. While away the server cannot be told: it gives the seat up in its time.</summary>
    public void Leave() {
      if (Status == "here" && Say(new Frame { { "type", "leave" } })) leaveAt = Now + LeaveMs;
      else End("left", "left");
    }

    /// <summary>Any request of the wire: room.Ask("game.add", new Dictionary&lt;string, object&gt; { { "title", "Quiz" } }).</summary>
    public Task<Sent> Ask(string type, Frame fields = null, int ackMs = 0, Action then = null) {
      var one = new Asked { Id = tag + ++asked, Type = type, Then = then };
      one.Text = Json.Write(new Frame(fields ?? new Frame()) { ["type"] = type, ["id"] = one.Id });
      var waiting = pending.Where(other => !other.IsSent).ToList();
      var ms = ackMs > 0 ? ackMs : options.AckMs;
      one.LateAt = ms > 0 ? Now + ms : long.MaxValue;
      if (Status == "over") one.Answer.SetException(new PartylineException("over", "the room is over"));
      else if (Status != "here" && (waiting.Count >= QueueRequests || waiting.Sum(w => w.Text.Length) + one.Text.Length > QueueChars))
        one.Answer.SetException(new PartylineException("queue_full", "too much waits for the line"));
      else {
        pending.Add(one);
        if (Status == "here") one.IsSent = Say(one.Text);
      }
      return one.Answer.Task;
    }

    // ---- What a game hears.
    public void On(string type, Action<Event> hear) { hears[type] = hears.ContainsKey(type) ? hears[type] + hear : hear; }
    public void Off(string type, Action<Event> hear) { if (hears.ContainsKey(type)) hears[type] -= hear; }
    /// <summary>Does it at the next Poll: for other threads.</summary>
    public void Post(Action work) { posted.Enqueue(work); }
    /// <summary>Where a listener's exception goes; Unity: Debug.LogException.</summary>
    public Action<Exception> Report = failure => Console.Error.WriteLine(failure);

    /// <summary>Polls until it is over: for programs without a loop of their own.</summary>
    public async Task Run() {
      for (; Status != "over"; await Task.Delay(10)) Poll();
    }

    /// <summary>Does all there is to do now: hears, tells, dials. Each frame of the game.</summary>
    public void Poll() {
      Action work;
      while (posted.TryDequeue(out work)) Guarded(work);
      if (Status == "over") return;
      foreach (var one in pending.Where(p => !p.IsLate && Now > p.LateAt).ToList()) {
        one.IsLate = true; // The request is not taken back: it may still happen.
        one.Answer.TrySetException(new PartylineException("timeout", "no answer"));
      }
      if (leaveAt > 0 && Now > leaveAt) End("left", "left");
      else if (link == null && Now >= dialAt) Dial();
      else if (link != null) Hear();
    }

    // ---- The line: dialled again until it is over.
    void Dial() {
      deadline = Now + ConnectMs;
      hasAsked = false;
      link = new Link(url);
    }

    void Hear() {
      var isClosed = link.IsClosed; // Asked before its frames are read: none comes after it.
      if (link.IsOpen && !hasAsked) AskIn();
      string text;
      while (link != null && link.Heard.TryDequeue(out text)) {
        heardAt = Now;
        Told(Json.Read(text) as Frame ?? new Frame { { "type", "" } });
      }
      if (link == null) return;
      var silentMs = Now - heardAt;
      if (isClosed) Lose(link.Code, link.Reason);
      else if (Status != "here" ? Now > deadline : silentMs > DeadMs) Lose(0, "");
      else if (Status == "here" && silentMs > QuietMs && Now - pingedAt > QuietMs) Ping();
    }

    void Lose(int code, string reason) {
      if (link != null) link.LetGo();
      link = null;
      isTooLarge = code == TooLarge;
      if (code >= 4000 && code < 4100) {
        End(code == 4000 ? "replaced" : code == 4001 ? "closed" : code == 4002 ? "kicked" : "refused", reason, code);
        return;
      }
      if (Status == "here") lostAt = Now;
      if (leaveAt > 0) End("left", "left");
      else if (Status != "joining") SetStatus("away", code);
      if (Status == "over") return;
      var backOff = tries == 0 ? FirstRetryMs * random.NextDouble()
        : Math.Min(RetryMsMax, RetryMs * Math.Pow(2, tries - 1)) * (0.5 + random.NextDouble());
      tries++;
      dialAt = Now + Math.Max((long)backOff, pauseMs);
      pauseMs = 0;
      if (dialAt <= lostAt + (Status == "joining" ? FirstAnswerMs : UnreachableMs)) return;
      error = error ?? new PartylineException("unreachable", "no answer from " + url);
      End("gone", "unreachable");
    }

    bool Say(object request) {
      if (link == null || !link.IsOpen) return false;
      link.Send(request as string ?? Json.Write(request));
      return true;
    }

    void Ping() {
      pingedAt = Now;
      Say(new Frame { { "type", "ping" } });
    }

    void AskIn() {
      hasAsked = true;
      var ask = new Frame(Seat) { ["type"] = hasSeat ? "join" : "create", ["tick"] = "answer", ["id"] = "join." + ++asks };
      if (!hasSeat) foreach (var field in create) ask[field.Key] = field.Value;
      Say(ask);
    }

    void Told(Frame frame) {
      string type = Text(frame, "type"), id = Text(frame, "id");
      if (type == "bye") {
        var code = Number(frame, "code") ?? 0;
        pauseMs = Herds.Contains(code) ? Number(frame, "retryAfterMs") ?? 0 : 0;
        Lose((int)code, Text(frame, "reason"));
      } else if (type == "tick") Ping();
      else if (type == "pong") {
        LatencyMs = Now - pingedAt;
        Emit(new Event { Type = "latency", Ms = LatencyMs });
      } else if (id != null && id == "join." + asks) {
        if (type == "error") NotIn(frame);
        else In(frame, type == "created");
      } else if (type == "left") End("left", "left");
      else if (type == "ack") Settle(id, null, new Sent { Seq = Number(frame, "seq"), Delivered = Number(frame, "delivered") });
      else if (type == "error") Settle(id, Refused(frame), null);
      else Follow(frame, false);
    }

    void NotIn(Frame frame) {
      error = Refused(frame);
      if (Waits.Contains(error.Code)) {
        pauseMs = error.RetryAfterMs;
        Lose(0, "");
      } else if (Status == "joining" && create != null && hasSeat) { // The room of the kept seat is over: a new one.
        hasSeat = false;
        Seat.Remove("since");
        Seat.Remove("epoch");
        AskIn();
      } else End(error.Code == "room_not_found" ? "gone" : "refused", error.Message);
    }

    void In(Frame frame, bool isCreated) {
      if (isCreated) {
        frame["peers"] = new List<object> { new Frame { { "clientId", Seat["clientId"] }, { "name", Seat["name"] } } };
        frame["state"] = create["state"];
      }
      bool isFirst = Status == "joining", resumed = Is(frame, "resumed");
      var isKnown = isFirst || (frame.ContainsKey("done") && Text(frame, "epoch") == Text(Seat, "epoch"));
      tries = 0;
      error = null;
      hasSeat = true;
      if (isFirst) Redraw(frame, false);
      foreach (Frame missed in List(frame, "missed")) // Before the first picture all else than messages stands in it.
        if (!isFirst || Text(missed, "type") == "message") Follow(missed, true);
      foreach (var key in new[] { "room", "epoch" }) Seat[key] = frame[key];
      Seat["since"] = frame["seq"];
      Redraw(frame, !isFirst);
      if (!resumed) Emit(new Event { Type = "fresh" });
      if (Status == "over" || link == null) return; // A listener has left.
      SetStatus("here", 0);
      ready.TrySetResult(this);
      long done = NumberOf(Text(frame, "done"));
      var undone = List(frame, "undone");
      foreach (var one in pending.Where(p => p.IsSent).ToList()) {
        if (!isKnown) Settle(one.Id, new PartylineException("unknown", "nobody knows whether it happened"), null);
        else if (NumberOf(one.Id) <= done && !undone.Contains(one.Id)) Settle(one.Id, null, new Sent());
      }
      var largest = pending.Where(p => p.IsSent).OrderByDescending(p => p.Text.Length).FirstOrDefault();
      if (isTooLarge && largest != null) // Said again it would end this line, too.
        Settle(largest.Id, new PartylineException("too_large", "larger than the server takes"), null);
      foreach (var one in pending.ToList()) if (Say(one.Text)) one.IsSent = true; // In the order they were asked.
    }

    long NumberOf(string id) { return id != null && id.StartsWith(tag, StringComparison.Ordinal) ? long.Parse(id.Substring(tag.Length)) : 0; }

    void Settle(string id, PartylineException no, Sent sent) {
      var one = pending.Find(p => p.Id == id);
      if (one == null) return;
      pending.Remove(one);
      if (no == null && one.Then != null) one.Then();
      if (no != null) one.Answer.TrySetException(no);
      else one.Answer.TrySetResult(sent);
    }

    void SetStatus(string status, int code) {
      Status = status;
      Emit(new Event { Type = "status", Status = status, Code = code });
    }

    /// Once: it is over, and nothing of it is left.
    void End(string why, string reason, int code = 0) {
      if (Status == "over") return;
      if (link != null) link.LetGo();
      link = null;
      SetStatus("over", code);
      ready.TrySetException(error ?? new PartylineException("over", reason));
      foreach (var one in pending.ToList()) Settle(one.Id, new PartylineException("over", reason), null);
      Emit(new Event { Type = "over", Why = why, Reason = reason, Code = code });
    }

    void Emit(Event e) {
      foreach (var type in new[] { e.Type, "*" }) {
        Action<Event> all;
        if (!hears.TryGetValue(type, out all) || all == null) continue;
        foreach (Action<Event> hear in all.GetInvocationList()) Guarded(() => hear(e)); // One that throws keeps none from hearing.
      }
    }

    void Guarded(Action work) {
      try { work(); } catch (Exception failure) { Report(failure); }
    }

    // ---- Who is here, and how the room stands.
    public Member Find(string id) { return members.Find(m => m.Id == id); }

    void Follow(Frame frame, bool missed) {
      string type = Text(frame, "type"), id = Text(frame, "clientId");
      var seq = Number(frame, "seq");
      if (seq != null) { // Each numbered thing once.
        if (seq <= (Number(Seat, "since") ?? 0)) return;
        Seat["since"] = seq.Value;
      }
      var member = Find(id);
      object data;
      frame.TryGetValue("data", out data);
      if (type == "message") {
        var from = Text(frame, "from");
        Emit(new Event { Type = type, Member = Find(from) ?? new Member { Id = from }, Data = data, Seq = seq, Missed = missed });
      } else if (type == "peer_joined") { if (member == null) Add(frame, true); }
      else if (type == "state") SetRoomState(data, true);
      else if (type == "room_locked") SetLocked(Is(frame, "locked"), true);
      else if (type == "host_changed") SetHost(id, true);
      else if (type.Contains(".")) Emit(new Event { Type = "session", Data = frame });
      else if (member == null) return;
      else if (type == "peer_left") Drop(member, Text(frame, "reason"));
      else if (type == "peer_away" || type == "peer_back") SetHere(member, type == "peer_back", Number(frame, "until"));
      else if (type == "peer_renamed") Rename(member, Text(frame, "name"));
      else if (type == "player") SetMemberData(member, data);
    }

    /// The picture as it is now: what differs from the one before is told.
    void Redraw(Frame picture, bool isTold) {
      var gone = members.ToList();
      foreach (Frame peer in List(picture, "peers")) {
        var member = Find(Text(peer, "clientId"));
        object data;
        peer.TryGetValue("player", out data);
        gone.Remove(member);
        if (member == null) { Add(peer, isTold); continue; }
        Rename(member, Text(peer, "name"));
        SetHere(member, !Is(peer, "away"), null);
        SetMemberData(member, data);
      }
      foreach (var member in gone) Drop(member, "timeout");
      object state, session;
      picture.TryGetValue("state", out state);
      picture.TryGetValue("session", out session);
      Session = session;
      SetHost(Text(picture, "host"), isTold);
      SetLocked(Is(picture, "locked"), isTold && Locked != Is(picture, "locked"));
      SetRoomState(state, isTold && Json.Write(State) != Json.Write(state));
    }

    void Add(Frame peer, bool isTold) {
      object data;
      peer.TryGetValue("player", out data);
      var id = Text(peer, "clientId");
      var member = new Member { Id = id, Name = Text(peer, "name"), Here = !Is(peer, "away"), Data = data, IsMe = id == Text(Seat, "clientId") };
      members.Add(member);
      if (!isTold) return;
      Emit(new Event { Type = "joined", Member = member });
      if (!member.Here) Emit(new Event { Type = "away", Member = member });
    }

    void Drop(Member member, string reason) {
      if (member.IsMe) return;
      members.Remove(member);
      member.Here = false;
      Emit(new Event { Type = "left", Member = member, Reason = reason });
    }

    void SetHere(Member member, bool here, long? ms) {
      if (member.Here == here) return;
      member.Here = here;
      Emit(new Event { Type = here ? "back" : "away", Member = member, Ms = ms });
    }

    void Rename(Member member, string name) {
      if (member.Name == name) return;
      member.Name = name;
      Emit(new Event { Type = "renamed", Member = member });
    }

    void SetMemberData(Member member, object data) {
      if (Json.Write(member.Data) == Json.Write(data)) return;
      member.Data = data;
      if (!member.IsMe) Emit(new Event { Type = "data", Member = member, Data = data });
    }

    void SetRoomState(object state, bool isTold) {
      State = state;
      if (isTold) Emit(new Event { Type = "state", Data = state });
    }

    void SetLocked(bool locked, bool isTold) {
      Locked = locked;
      if (isTold) Emit(new Event { Type = "locked", Locked = locked });
    }

    void SetHost(string id, bool isTold) {
      var before = Host;
      Host = Find(id);
      foreach (var member in members) member.IsHost = member == Host;
      if (isTold && before != Host) Emit(new Event { Type = "host", Member = Host });
    }

    // ---- Small help.
    static object Ids(object to) {
      if (to is Member) return ((Member)to).Id;
      return to is string || !(to is IEnumerable) ? to : ((IEnumerable)to).Cast<object>().Select(Ids).ToList();
    }
    static string Text(Frame frame, string key) { object value; return frame.TryGetValue(key, out value) ? value as string : null; }
    static long? Number(Frame frame, string key) { object value; return frame.TryGetValue(key, out value) ? value as long? : null; }
    static bool Is(Frame frame, string key) { object value; return frame.TryGetValue(key, out value) && true.Equals(value); }
    static List<object> List(Frame frame, string key) {
      object value;
      return frame.TryGetValue(key, out value) && value is List<object> ? (List<object>)value : new List<object>();
    }
    static PartylineException Refused(Frame frame) {
      return new PartylineException(Text(frame, "code"), Text(frame, "message")) {
        RetryAfterMs = Number(frame, "retryAfterMs") ?? 0, Missing = List(frame, "missing") };
    }
    static string RandomId(int bytes) {
      var id = new byte[bytes];
      using (var source = RandomNumberGenerator.Create()) source.GetBytes(id);
      return BitConverter.ToString(id).Replace("-", "").ToLowerInvariant();
    }
  }

  /// One socket. Its own threads read and write; the room takes from it when it polls, and lets it go at once when it is dead.
  sealed class Link {
    const int FrameBytesMax = 16 * 1024 * 1024;
    readonly ClientWebSocket socket = new ClientWebSocket();
    readonly CancellationTokenSource end = new CancellationTokenSource();
    Task sending = Task.FromResult(0);
    int unsent;
    public readonly ConcurrentQueue<string> Heard = new ConcurrentQueue<string>();
    public volatile bool IsOpen, IsClosed;
    public int Code;
    public string Reason = "";
    public int Unsent { get { return Volatile.Read(ref unsent); } }

    public Link(Uri url) {
      socket.Options.KeepAliveInterval = TimeSpan.Zero;
      Task.Run(() => Read(url));
    }

    async Task Read(Uri url) {
      try {
        await socket.ConnectAsync(url, end.Token).ConfigureAwait(false);
        IsOpen = true;
        var buffer = new byte[16384];
        var frame = new MemoryStream();
        while (frame.Length < FrameBytesMax) {
          var got = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), end.Token).ConfigureAwait(false);
          if (got.MessageType == WebSocketMessageType.Close) {
            Code = (int)(got.CloseStatus ?? 0);
            Reason = got.CloseStatusDescription ?? "";
            break;
          }
          frame.Write(buffer, 0, got.Count);
          if (!got.EndOfMessage) continue;
          Heard.Enqueue(Encoding.UTF8.GetString(frame.ToArray()));
          frame.SetLength(0);
        }
      } catch (Exception) { /* Whatever it is, the line is lost, and the next one is dialled. */ }
      IsClosed = true;
    }

    public void Send(string text) {
      var bytes = new ArraySegment<byte>(Encoding.UTF8.GetBytes(text));
      Interlocked.Add(ref unsent, bytes.Count);
      sending = sending.ContinueWith(async before => {
        try { await socket.SendAsync(bytes, WebSocketMessageType.Text, true, end.Token).ConfigureAwait(false); }
        catch (Exception) { /* The reader notices. */ }
        Interlocked.Add(ref unsent, -bytes.Count);
      }, TaskScheduler.Default).Unwrap();
    }

    public void LetGo() {
      Task.Run(() => {
        try {
          end.Cancel();
          socket.Abort();
          socket.Dispose();
        } catch (Exception) { /* It was gone already. */ }
      });
    }
  }

  /// <summary>Strict JSON, both ways.</summary>
  public static class Json {
    const int DepthMax = 128;
    static readonly Regex Number = new Regex(@"\G-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", RegexOptions.CultureInvariant);

    public static string Write(object value) {
      var text = new StringBuilder();
      Write(value, text, 0);
      return text.ToString();
    }

    static void Write(object value, StringBuilder text, int depth) {
      if (depth > DepthMax) throw new FormatException("too deep for JSON");
      if (value == null) text.Append("null");
      else if (value is bool) text.Append((bool)value ? "true" : "false");
      else if (value is string) WriteText((string)value, text);
      else if (value is IDictionary) {
        var separator = "{";
        foreach (DictionaryEntry field in (IDictionary)value) {
          text.Append(separator);
          WriteText((string)field.Key, text);
          text.Append(':');
          Write(field.Value, text, depth + 1);
          separator = ",";
        }
        text.Append(separator == "{" ? "{}" : "}");
      } else if (value is IEnumerable) {
        var separator = "[";
        foreach (var item in (IEnumerable)value) {
          text.Append(separator);
          Write(item, text, depth + 1);
          separator = ",";
        }
        text.Append(separator == "[" ? "[]" : "]");
      } else if (value is double || value is float) {
        var number = Convert.ToDouble(value);
        if (double.IsNaN(number) || double.IsInfinity(number)) throw new FormatException("JSON has no " + number);
        text.Append(((IFormattable)value).ToString("R", CultureInfo.InvariantCulture));
      } else if (value is int || value is long || value is uint || value is short || value is byte || value is decimal)
        text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
      else throw new FormatException("JSON has no " + value.GetType());
    }

    static void WriteText(string value, StringBuilder text) {
      text.Append('"');
      foreach (var c in value) {
        if (c == '"' || c == '\\') text.Append('\\').Append(c);
        else if (c < ' ' || char.IsSurrogate(c)) text.Append("\\u").Append(((int)c).ToString("x4")); // Half a pair is no UTF-8.
        else text.Append(c);
      }
      text.Append('"');
    }

    /// <summary>null where it is no JSON.</summary>
    public static object Read(string text) {
      try {
        var at = 0;
        var value = Value(text, ref at, 0);
        Blanks(text, ref at);
        return at == text.Length ? value : null;
      } catch (FormatException) { return null; } catch (IndexOutOfRangeException) { return null; } catch (ArgumentException) { return null; }
    }

    static object Value(string text, ref int at, int depth) {
      if (depth > DepthMax) throw new FormatException();
      Blanks(text, ref at);
      var c = text[at];
      if (c == '"') return TextAt(text, ref at);
      if (c == '{') {
        var fields = new Frame();
        for (var isLast = Opens(text, ref at, '}'); !isLast; isLast = Ends(text, ref at, '}')) {
          Blanks(text, ref at);
          var key = TextAt(text, ref at);
          Blanks(text, ref at);
          Expect(text, ref at, ":");
          fields[key] = Value(text, ref at, depth + 1);
        }
        return fields;
      }
      if (c == '[') {
        var items = new List<object>();
        for (var isLast = Opens(text, ref at, ']'); !isLast; isLast = Ends(text, ref at, ']')) items.Add(Value(text, ref at, depth + 1));
        return items;
      }
      if (c == 't') { Expect(text, ref at, "true"); return true; }
      if (c == 'f') { Expect(text, ref at, "false"); return false; }
      if (c == 'n') { Expect(text, ref at, "null"); return null; }
      var number = Number.Match(text, at).Value;
      at += number.Length;
      long whole;
      if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return whole;
      return double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    static bool Opens(string text, ref int at, char close) {
      at++;
      Blanks(text, ref at);
      if (text[at] != close) return false;
      at++;
      return true;
    }

    static bool Ends(string text, ref int at, char close) {
      Blanks(text, ref at);
      var c = text[at++];
      if (c != ',' && c != close) throw new FormatException();
      return c == close;
    }

    static string TextAt(string text, ref int at) {
      Expect(text, ref at, "\"");
      var value = new StringBuilder();
      for (;;) {
        var c = text[at++];
        if (c == '"') return value.ToString();
        if (c < ' ') throw new FormatException();
        if (c != '\\') { value.Append(c); continue; }
        c = text[at++];
        var escape = "\"\\/bfnrt".IndexOf(c);
        if (escape >= 0) value.Append("\"\\/\b\f\n\r\t"[escape]);
        else if (c == 'u') {
          value.Append((char)ushort.Parse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
          at += 4;
        } else throw new FormatException();
      }
    }

    static void Blanks(string text, ref int at) {
      while (at < text.Length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) at++;
    }

    static void Expect(string text, ref int at, string word) {
      if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw new FormatException();
      at += word.Length;
    }
  }
}
