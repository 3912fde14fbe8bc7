// One of each event of a session: what it is of, and the text that stands for it on every wire.
import type { EventData, EventType } from "../../src/sessions/events.ts";

export const TIME = "2026-11-21T20:15:00.000Z";

const room = { sessionId: 3, gameId: 7, roomCode: "GXHB" };
const players = { playerCount: 2, players: ["Ann", "Bob"] };
const setup = { appTag: "quiz", maxPlayers: 8, ...players };

/** One of each event, its data and what the frame has of it. */
export const EXAMPLES: { readonly [T in EventType]: readonly [data: EventData<T>, text: string] } = {
  "session.started": [
    { session: { id: 3, is_active: 1, created_at: TIME, notes: null } },
    '{"session":{"id":3,"is_active":1,"created_at":"2026-11-21T20:15:00.000Z","notes":null}}',
  ],
  "game.added": [
    {
      session: { id: 3, is_active: true, games_played: 1 },
      game: {
        id: 7,
        title: 'A "quiz"',
        pack_name: "Pack 1",
        min_players: 2,
        max_players: 8,
        manually_added: false,
        room_code: "GXHB",
      },
    },
    '{"session":{"id":3,"is_active":true,"games_played":1},"game":{"id":7,"title":"A \\"quiz\\"","pack_name":"Pack 1","min_players":2,"max_players":8,"manually_added":false,"room_code":"GXHB"}}',
  ],
  "room.connected": [
    { ...room, ...setup, lobbyState: "CanStart", gameState: "Lobby" },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","appTag":"quiz","maxPlayers":8,"playerCount":2,"players":["Ann","Bob"],"lobbyState":"CanStart","gameState":"Lobby"}',
  ],
  "lobby.player-joined": [
    { ...room, playerName: "Bob", ...players, maxPlayers: null },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","playerName":"Bob","playerCount":2,"players":["Ann","Bob"],"maxPlayers":null}',
  ],
  "lobby.updated": [
    { ...room, lobbyState: "Countdown", gameCanStart: true, gameIsStarting: true, playerCount: 2 },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","lobbyState":"Countdown","gameCanStart":true,"gameIsStarting":true,"playerCount":2}',
  ],
  "game.started": [
    { ...room, ...players, maxPlayers: 8 },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","playerCount":2,"players":["Ann","Bob"],"maxPlayers":8}',
  ],
  "game.ended": [
    { ...room, roomCode: null, ...players },
    '{"sessionId":3,"gameId":7,"roomCode":null,"playerCount":2,"players":["Ann","Bob"]}',
  ],
  "room.disconnected": [
    { ...room, reason: "room_closed", finalPlayerCount: 2 },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","reason":"room_closed","finalPlayerCount":2}',
  ],
  "game.status": [
    {
      ...room,
      ...setup,
      lobbyState: "Full",
      gameState: "Gameplay",
      gameStarted: true,
      gameFinished: false,
      monitoring: true,
    },
    '{"sessionId":3,"gameId":7,"roomCode":"GXHB","appTag":"quiz","maxPlayers":8,"playerCount":2,"players":["Ann","Bob"],"lobbyState":"Full","gameState":"Gameplay","gameStarted":true,"gameFinished":false,"monitoring":true}',
  ],
  "player-count.updated": [
    { sessionId: "3", gameId: "7", playerCount: 5, status: "completed" },
    '{"sessionId":"3","gameId":"7","playerCount":5,"status":"completed"}',
  ],
  "vote.received": [
    {
      sessionId: 3,
      game: { id: 7, title: "Quiz", pack_name: null },
      vote: { username: "ann", type: "up", timestamp: TIME },
      totals: { upvotes: 1, downvotes: 2, popularity_score: -1 },
    },
    '{"sessionId":3,"game":{"id":7,"title":"Quiz","pack_name":null},"vote":{"username":"ann","type":"up","timestamp":"2026-11-21T20:15:00.000Z"},"totals":{"upvotes":1,"downvotes":2,"popularity_score":-1}}',
  ],
  "session.ended": [
    { session: { id: 3, is_active: 0, games_played: 1 } },
    '{"session":{"id":3,"is_active":0,"games_played":1}}',
  ],
};
