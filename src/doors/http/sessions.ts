// Sessions by HTTP: a call is parsed, the sessions do it and tell it, and what they answer is shown. Decides nothing about a session.
import { z } from "zod";
import { WIRE } from "../../limits/table.ts";
import { isRefusal, type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Room } from "../../rooms/room.ts";
import { EVENTS } from "../../sessions/events.ts";
import {
  GAME_FIELDS,
  gameOf,
  notes,
  optional,
  playersFit,
  SESSION_TAKES,
  username,
  vote,
} from "../../sessions/fields.ts";
import { findSession } from "../../sessions/find.ts";
import { PLATFORMS } from "../../sessions/store/rows.ts";
import { json, refused } from "./answer.ts";
import {
  type ApiDeps,
  type CallContext,
  call,
  PAGE_ROWS,
  pageOf,
  pageOfSession,
  refusalResponse,
  respond,
  seesCodes,
  starterOf,
} from "./call.ts";
import { GameView, gameView, SessionView, sessionView, VotesView, votesView } from "./views.ts";
import { whereOf } from "./where.ts";

const roomCode = z.string().max(64).nullish().describe("The code of a live room, in any case.");
const platform = optional(z.enum(PLATFORMS)).describe(
  "Whose room the code is of; unless said a live room of this server, or else, where Jackbox rooms are watched, one of theirs.",
);
const sessionId = optional(
  z.union([
    z.int().min(1),
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/)
      .transform(Number),
  ]),
).describe("Which session; unless said the one that `GET /api/sessions/active` shows.");

/** Parameters of queries, in words. */
const BEGUN_BY = "`token` (unless said) or `host`: by whom the session was begun.";
const AFTER = "Only rows with a greater id.";
const LIMIT = "Rows at most: up to 50, with a token up to 500.";

const EARLIEST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");

const NewSession = z.object({ notes, room_code: roomCode });
const NewGameBody = z
  .object({ ...GAME_FIELDS, room_code: roomCode, platform })
  .refine(playersFit, { error: "bad_field", path: ["max_players"] });
const PlayerCheck = z.object({ room_code: roomCode, platform });
const CheckView = EVENTS["game.status"].shape.data.extend({ platform: z.enum(PLATFORMS) });
const PlayerCount = z.object({
  player_count: z.int().min(0).max(WIRE.playersMax),
  status: z
    .string()
    .regex(/^[\w .-]{0,32}$/)
    .nullish()
    .describe("A word on it; `completed` unless said."),
});
const LiveVote = z.object({
  username,
  vote,
  timestamp: optional(z.iso.datetime({ offset: true }).refine(isTellable)).describe(
    "When it was cast; now unless said.",
  ),
  sessionId,
});

/** Whether its year has four digits also in UTC: an offset may push a time at either end of the years out of what an event can tell [S1]. */
function isTellable(timestamp: string): boolean {
  const ms = Date.parse(timestamp);
  return ms >= EARLIEST_MS && ms <= LATEST_MS;
}

const NoSession = z.strictObject({ session: z.null(), message: z.literal("No active session") });
const VoteView = EVENTS["vote.received"].shape.data.extend({ success: z.literal(true) });

const TAKES: Readonly<Record<string, string>> = {
  ...SESSION_TAKES,
  room_code: "the code of a room",
  platform: PLATFORMS.join(" or "),
  player_count: `a whole number, 0 to ${WIRE.playersMax}`,
  status: "1 to 32 letters, digits, spaces, dots and dashes",
  timestamp: "a time like 2026-01-31T20:15:00.000Z",
  sessionId: "the id of a session",
};

export const SESSION_CALLS = [
  call("POST", "/api/sessions", {
    summary: "Begins a session, in a live room or in none.",
    status: 201,
    gives: SessionView,
    needsToken: true,
    body: NewSession,
    takes: TAKES,
    answer({ body }, deps) {
      const room = roomOf(body.room_code, deps);
      if (isRefusal(room)) return refusalResponse(room);
      return respond(deps.sessions.start(body.notes || null, room), (row) => sessionView(row, true), 201);
    },
  }),
  call("GET", "/api/sessions", {
    summary: "Sessions begun with a token, newest first; those of rooms' hosts with `?begun_by=host`.",
    gives: z.array(SessionView),
    query: { begun_by: BEGUN_BY, before: "Only sessions with a smaller id.", limit: LIMIT },
    answer({ query, isTrusted, pass }, { store }) {
      const page = pageOf({ query, isTrusted }, "before", PAGE_ROWS);
      if (page instanceof Response) return page;
      const starter = starterOf(query);
      if (starter instanceof Response) return starter;
      return json(
        store.sessions(page.from, page.limit, starter).map((row) => sessionView(row, seesCodes(pass, row.id))),
      );
    },
  }),
  call("GET", "/api/sessions/active", {
    summary: "The newest session begun with a token that goes on; of rooms' hosts' with `?begun_by=host`.",
    gives: z.union([SessionView, NoSession]),
    query: { begun_by: BEGUN_BY },
    answer({ query, pass }, { store }) {
      const starter = starterOf(query);
      if (starter instanceof Response) return starter;
      const row = store.newestActive(starter);
      if (row === null) return json({ session: null, message: "No active session" });
      return json(sessionView(row, seesCodes(pass, row.id)));
    },
  }),
  call("GET", "/api/sessions/:id", {
    summary: "One session.",
    gives: SessionView,
    answer: ({ sessionId, pass }, { store }) =>
      respond(findSession(store, sessionId), (row) => sessionView(row, seesCodes(pass, row.id))),
  }),
  call("POST", "/api/sessions/:id/close", {
    summary: "Ends a session.",
    gives: SessionView,
    needsToken: true,
    answer: ({ sessionId }, { sessions }) => respond(sessions.end(sessionId), (row) => sessionView(row, true)),
  }),
  call("GET", "/api/sessions/:id/games", {
    summary: "The games of a session, in their order.",
    gives: z.array(GameView),
    query: { after: AFTER, limit: LIMIT },
    answer(context, { store }) {
      const page = pageOfSession(context, store);
      if (page instanceof Response) return page;
      return json(store.games(context.sessionId, page.from, page.limit).map((row) => gameView(row, page.codes)));
    },
  }),
  call("POST", "/api/sessions/:id/games", {
    summary: "Adds the next game; with a room it is watched.",
    status: 201,
    gives: GameView,
    needsToken: true,
    body: NewGameBody,
    takes: TAKES,
    answer({ sessionId, body }, deps) {
      const where = whereOf(body.room_code || null, body.platform || null, deps);
      if (where instanceof Response) return where;
      if (isRefusal(where)) return refusalResponse(where);
      return respond(deps.sessions.addGame(sessionId, gameOf(body), where), (row) => gameView(row, true), 201);
    },
  }),
  call("POST", "/api/sessions/:id/games/:gameId/start", {
    summary: "The game is played.",
    gives: GameView,
    needsToken: true,
    answer: ({ sessionId, gameId }, { sessions }) =>
      respond(sessions.startGame(sessionId, gameId), (row) => gameView(row, true)),
  }),
  call("POST", "/api/sessions/:id/games/:gameId/end", {
    summary: "The game is over.",
    gives: GameView,
    needsToken: true,
    answer: ({ sessionId, gameId }, { sessions }) =>
      respond(sessions.endGame(sessionId, gameId), (row) => gameView(row, true)),
  }),
  call("POST", "/api/sessions/:id/games/:gameId/start-player-check", {
    summary: "Watches a live room for the game.",
    gives: CheckView,
    needsToken: true,
    body: PlayerCheck,
    takes: TAKES,
    answer: startPlayerCheck,
  }),
  call("POST", "/api/sessions/:id/games/:gameId/stop-player-check", {
    summary: "Stops watching a room for the game.",
    gives: GameView,
    needsToken: true,
    answer: ({ sessionId, gameId }, { sessions }) =>
      respond(sessions.unwatch(sessionId, gameId), (row) => gameView(row, true)),
  }),
  call("GET", "/api/sessions/:id/games/:gameId/status-live", {
    summary: "How the game stands now.",
    gives: EVENTS["game.status"].shape.data,
    answer: ({ sessionId, gameId, pass }, { sessions }) =>
      respond(
        sessions.status(sessionId, gameId, seesCodes(pass, sessionId) ? "bots" : "strangers"),
        (status) => status,
      ),
  }),
  call("PATCH", "/api/sessions/:id/games/:gameId/player-count", {
    summary: "Sets the number of players by hand.",
    gives: GameView,
    needsToken: true,
    body: PlayerCount,
    takes: TAKES,
    answer({ sessionId, gameId, body }, { sessions }) {
      const status = body.status || "completed";
      const game = sessions.setPlayerCount(sessionId, gameId, body.player_count, status);
      return respond(game, (row) => gameView(row, true));
    },
  }),
  call("POST", "/api/votes/live", {
    summary: "A vote from outside, for the current game of a session.",
    gives: VoteView,
    needsToken: true,
    body: LiveVote,
    takes: TAKES,
    answer: castVote,
  }),
  call("GET", "/api/sessions/:id/votes", {
    summary: "The totals of each game.",
    gives: VotesView,
    query: { after: AFTER, limit: LIMIT },
    answer(context, { store }) {
      const { sessionId } = context;
      const page = pageOfSession(context, store);
      if (page instanceof Response) return page;
      return json(votesView(sessionId, store.games(sessionId, page.from, page.limit)));
    },
  }),
];

function startPlayerCheck(
  { sessionId, gameId, body }: CallContext<z.infer<typeof PlayerCheck>>,
  deps: ApiDeps,
): Response {
  const { sessions, store } = deps;
  const game = store.game(sessionId, gameId);
  const named = body.platform || null;
  // Its own code is a room's of the platform that it was given with.
  const isOwn = !body.room_code && game !== null && (named === null || named === game.platform);
  const code = isOwn ? game.roomCode : body.room_code || null;
  if (code === null && game !== null) {
    return refused(400, "room_code must be the code of a room: the game has none yet");
  }
  const where = code === null ? null : whereOf(code, isOwn ? game.platform : named, deps);
  if (where instanceof Response) return where;
  // That a room is not there is told, whoever else may not know what for.
  const isMissing = isRefusal(where) && where.name === "room_not_found";
  if (isRefusal(where) && !isMissing) return refusalResponse(where);
  const watched = sessions.watch(sessionId, gameId, isRefusal(where) ? null : where, code ?? "");
  if (isRefusal(watched)) return refusalResponse(watched);
  return respond(sessions.status(sessionId, gameId), (status) => ({ ...status, platform: watched.platform }));
}

async function castVote({ body }: CallContext<z.infer<typeof LiveVote>>, deps: ApiDeps): Promise<Response> {
  const { sessions, store, clock } = deps;
  const session = body.sessionId || store.newestActive()?.id;
  if (session === undefined) return refusalResponse(refuse("no_session", { text: "No active session" }));
  const { username, vote } = body;
  const votedAt = body.timestamp ? Date.parse(body.timestamp) : clock.wall();
  const told = await sessions.voteSoon(session, { voter: `chat:${username}`, username, vote, votedAt });
  return respond(told, (data) => ({ success: true, ...data }));
}

/** The room of ours that a body names: null when it names none. */
function roomOf(code: string | null | undefined, { roomsOpen }: ApiDeps): Room | Refusal | null {
  return code ? (roomsOpen.at(code) ?? refuse("room_not_found")) : null;
}
