// An event as a sentence that Discord shows: without codes of rooms, and so that what players typed stays text [W12].
import type { EventData, EventType } from "../../sessions/events.ts";

/** What Discord takes for a message. */
const CHARS_MAX = 2_000;

/** Told unless somebody chose: a channel is no log. */
export const DISCORD_EVENTS: readonly EventType[] = [
  "session.started",
  "game.added",
  "game.started",
  "game.ended",
  "session.ended",
];

/** The game's title for those events that name a game by its id. */
type Sentences = { readonly [T in EventType]: (data: EventData<T>, title: string) => string };

const players = (count: number) => (count === 1 ? "1 player" : `${count} players`);
const games = (count: number) => (count === 1 ? "1 game" : `${count} games`);

const SENTENCES: Sentences = {
  "session.started": ({ session: { notes } }) => `A session has begun${notes ? `: ${plain(notes)}` : ""}`,
  "game.added": ({ game: { title, pack_name: pack } }) =>
    `Next game: **${plain(title)}**${pack ? ` (${plain(pack)})` : ""}`,
  "room.connected": ({ playerCount }, title) => `${title} has a room, with ${players(playerCount)}`,
  "lobby.player-joined": ({ playerName, playerCount }, title) =>
    `${plain(playerName)} joins ${title}: ${players(playerCount)}`,
  "lobby.updated": ({ lobbyState, playerCount }, title) => `${title}: ${lobbyState}, ${players(playerCount)}`,
  "game.started": ({ playerCount }, title) => `${title} has begun with ${players(playerCount)}`,
  "game.ended": ({ playerCount }, title) => `${title} is over, after ${players(playerCount)} played`,
  "room.disconnected": ({ finalPlayerCount }, title) =>
    `${title} has no room any more; ${players(finalPlayerCount)} were there`,
  "game.status": ({ gameState }, title) => `${title}: ${gameState}`,
  "player-count.updated": ({ playerCount }, title) => `${title} has ${players(playerCount)}`,
  "vote.received": ({ game, vote, totals: { upvotes, downvotes } }) =>
    `${plain(vote.username)} votes ${vote.type} for **${plain(game.title)}** (${upvotes} up, ${downvotes} down)`,
  "session.ended": ({ session: { games_played: count } }) => `The session is over, after ${games(count)}`,
};

/** The body of a call. @param body the event's `data`; @param titleOf the title of a game; null: there is no such game */
export function discordBody(type: string, body: string, titleOf: (gameId: number) => string | null): string {
  const data: { readonly gameId?: number | string } = JSON.parse(body);
  const title = data.gameId === undefined ? null : titleOf(Number(data.gameId));
  const tell = SENTENCES[type as EventType] as (data: unknown, title: string) => string;
  return message(tell(data, title === null ? "The game" : `**${plain(title)}**`));
}

/** What Discord takes. Nobody is mentioned, whatever the text says. */
export function message(content: string): string {
  return JSON.stringify({ content: content.slice(0, CHARS_MAX), allowed_mentions: { parse: [] } });
}

/** What somebody typed, so that none of it is taken for type, a list, a link (an invitation is one without `https:`) or a name that is called. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_~|<>@#:.+[\]()-]/g, "\\$&");
}
