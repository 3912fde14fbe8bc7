// A bot that announces sessions: `ADMIN_KEY=… node bot.mjs http://localhost:3000` (Node 20 or later, `npm install ws`).
// Change `announce` to post to your chat. It misses nothing: what happened while it was away is told when it is back.
import WebSocket from "ws";

const server = process.argv[2] ?? "http://localhost:3000";
const PING_MS = 30_000;

/** Session → the id of its last event that was announced; 0 before the first. */
const seen = new Map();
/** The newest session the bot has heard of; null before it first looked. */
let newest = null;
let tries = 0;

function announce(text) {
  console.log(text);
}

function announceEvent({ type, data }) {
  switch (type) {
    case "session.started":
      return announce(`Game night ${data.session.id} begins: ${data.session.notes ?? "come and play"}`);
    case "game.added":
      return announce(`Next game: ${data.game.title}, room ${data.game.room_code ?? "to be told"}`);
    case "lobby.player-joined":
      return announce(`${data.playerName} is here, ${data.playerCount} of ${data.maxPlayers ?? "any"}`);
    case "game.started":
      return announce(`The game begins with ${data.playerCount} players`);
    case "game.ended":
      return announce("The game is over");
    case "vote.received":
      return announce(
        `${data.vote.username} votes ${data.vote.type}, ${data.game.title} is at ${data.totals.popularity_score}`,
      );
    case "session.ended":
      return announce(`Good night! Games played: ${data.session.games_played}`);
  }
}

async function call(path, options) {
  const response = await fetch(server + path, options);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Announces an event once: those of a session come in the order of their ids, so a smaller id has been announced already. */
function hear(event) {
  const sessionId = Number(event.data.sessionId ?? event.data.session.id);
  if (event.id <= (seen.get(sessionId) ?? 0)) return;
  seen.set(sessionId, event.id);
  newest = Math.max(newest ?? 0, sessionId);
  announceEvent(event);
  // A session that has ended tells nothing more, so it is not asked for again.
  if (event.type === "session.ended") seen.delete(sessionId);
}

/** The sessions that began after the one that is known, newest first; on a first visit the newest page of them is enough. */
async function sessionsAfter(known) {
  const sessions = [];
  for (let page = await call("/api/sessions"); page.length > 0; ) {
    sessions.push(...page.filter(({ id }) => id > (known ?? 0)));
    const oldest = page.at(-1).id;
    page = known === null || oldest <= known ? [] : await call(`/api/sessions?before=${oldest}`);
  }
  return sessions;
}

/** Hears the sessions that are known already from the last event on, and those that began meanwhile from their beginning. */
async function catchUp(say) {
  const follow = (sessionId) => say({ type: "subscribe", sessionId, since: seen.get(sessionId) });
  const known = newest;
  for (const sessionId of seen.keys()) follow(sessionId);
  const sessions = await sessionsAfter(known);
  for (const { id, is_active } of sessions) {
    if (seen.has(id) || (known === null && !is_active)) continue;
    seen.set(id, 0); // known before its first event, so that it is asked for again if the line is lost first
    follow(id);
  }
  newest = Math.max(newest ?? 0, ...sessions.map(({ id }) => id));
}

async function connect() {
  const body = JSON.stringify({ key: process.env.ADMIN_KEY ?? "" });
  const { token } = await call("/api/auth/login", { method: "POST", body });
  const ws = new WebSocket(`${server.replace(/^http/, "ws")}/api/sessions/live`);
  const say = (message) => ws.send(JSON.stringify(message));
  const ping = setInterval(() => ws.readyState === WebSocket.OPEN && say({ type: "ping" }), PING_MS);

  ws.on("open", () => say({ type: "auth", token }));
  ws.on("message", (bytes) => {
    const message = JSON.parse(bytes);
    if (message.type === "auth_success") {
      tries = 0;
      catchUp(say).catch(() => ws.close());
    }
    if (message.type === "error") console.error(message.message);
    if (message.id !== undefined) hear(message);
    if (message.type === "session.started")
      say({ type: "subscribe", sessionId: message.data.session.id, since: message.id });
    if (message.type === "session.ended") say({ type: "unsubscribe", sessionId: message.data.session.id });
  });
  await new Promise((resolve) => {
    ws.on("error", () => {}); // `close` comes next, and says all that matters
    ws.on("close", resolve);
  });
  clearInterval(ping);
}

for (;;) {
  await connect().catch((error) => console.error(error.message));
  // The pause doubles each time and has a random part, so that not all bots come back in one moment.
  const backOffMs = Math.min(30_000, 500 * 2 ** tries++) * (0.5 + Math.random());
  await new Promise((resolve) => setTimeout(resolve, backOffMs));
}
