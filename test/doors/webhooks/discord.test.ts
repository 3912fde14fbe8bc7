// What Discord is sent: a sentence, no code of a room, and nothing that players typed as anything but text.
import { describe, expect, test } from "bun:test";
import { DISCORD_EVENTS, discordBody } from "../../../src/doors/webhooks/discord.ts";
import { EVENTS, type EventType } from "../../../src/sessions/events.ts";

const room = { sessionId: 1, gameId: 2, roomCode: "GXHB" };
const DATA: Readonly<Record<EventType, object>> = {
  "session.started": { session: { id: 1, is_active: 1, created_at: "", notes: "Friday" } },
  "game.added": { session: {}, game: { id: 2, title: "Quiz", pack_name: "Pack 3", room_code: "GXHB" } },
  "room.connected": { ...room, playerCount: 1, players: ["ann"] },
  "lobby.player-joined": { ...room, playerName: "ann", playerCount: 2 },
  "lobby.updated": { ...room, lobbyState: "CanStart", playerCount: 2 },
  "game.started": { ...room, playerCount: 3 },
  "game.ended": { ...room, playerCount: 3 },
  "room.disconnected": { ...room, reason: "room_closed", finalPlayerCount: 0 },
  "game.status": { ...room, gameState: "Lobby" },
  "player-count.updated": { sessionId: "1", gameId: "2", playerCount: 4, status: "completed" },
  "vote.received": {
    game: { title: "Quiz" },
    vote: { username: "ann", type: "up" },
    totals: { upvotes: 3, downvotes: 1 },
  },
  "session.ended": { session: { id: 1, is_active: 0, games_played: 1 } },
};

const TEXT: Readonly<Partial<Record<EventType, string>>> = {
  "session.started": "A session has begun: Friday",
  "game.added": "Next game: **Quiz** (Pack 3)",
  "game.started": "**Quiz** has begun with 3 players",
  "game.ended": "**Quiz** is over, after 3 players played",
  "vote.received": "ann votes up for **Quiz** (3 up, 1 down)",
  "session.ended": "The session is over, after 1 game",
};

const told = (type: EventType, data: object = DATA[type], title: string | null = "Quiz") =>
  JSON.parse(discordBody(type, JSON.stringify(data), (id) => (id === 2 ? title : null)));

describe("Discord", () => {
  test.each(Object.keys(EVENTS) as EventType[])(
    "[W12] is told %s as a sentence, without the code of a room",
    (type) => {
      const { content, ...more } = told(type);
      expect(more).toEqual({ allowed_mentions: { parse: [] } });
      expect(content).not.toMatch(/GXHB|undefined|null|\[object/);
      expect(content.length).toBeGreaterThan(10);
      if (TEXT[type] !== undefined) expect(content).toBe(TEXT[type]);
    },
  );

  test("[W12] is told of a channel's events alone, unless somebody chose", () => {
    expect(DISCORD_EVENTS.length).toBe(5);
    expect(DISCORD_EVENTS).not.toContain("vote.received");
  });

  test("[W12] what somebody typed sets no type, mentions nobody and leads nowhere", () => {
    const typed = "**b** @everyone <@1> `c` https://x.example [a](b) ~~s~~ > # - ||x||\nnext discord.gg/x + 1. one";
    for (const { content } of [
      told("session.started", { session: { notes: typed } }),
      told("game.started", DATA["game.started"], typed),
      told("vote.received", { ...DATA["vote.received"], vote: { username: typed, type: "up" } }),
    ]) {
      // Every character that could mean something has a backslash before it.
      const bare = content.replace(/\\[^\w\s]/g, "");
      expect(bare.replace(/\*\*/g, "")).not.toMatch(/[\\`*_~|<>@#[\].+]|\n|https:/);
    }
  });

  test("[W12] a game that is gone, and a text that is too long", () => {
    expect(told("game.started", DATA["game.started"], null).content).toBe("The game has begun with 3 players");
    const { content } = told("session.started", { session: { notes: "x".repeat(5_000) } });
    expect(content.length).toBe(2_000);
  });
});
