// Who is here: a row for each member, changed in place, so that a row moves no focus and no screen reader; with how long somebody is away, how
// long the way to each phone is, points, and the button that puts somebody out.
import type { Member, Room } from "../../clients/js/src/index.ts";
import { at, el, onSecondClick, write } from "../shared/dom.ts";
import { colourOf, type Game, initialOf, nameOf, pointsOf, pointsText } from "../shared/game.ts";

/** More rows than that no TV shows in one column. */
const ROWS_MANY = 8;

interface Row {
  readonly item: HTMLLIElement;
  readonly face: HTMLElement;
  readonly name: HTMLElement;
  readonly dot: HTMLElement;
  readonly how: HTMLElement;
  readonly points: HTMLElement;
}

export interface Roster {
  draw(game: Game): void;
  /** The way there and back to a phone took so long. */
  timed(member: Member, ms: number): void;
}

/** @param kick somebody shall be put out */
export function showRoster(room: Room, kick: (member: Member) => void): Roster {
  const list = at("roster");
  const rows = new Map<string, Row>();
  const awaySince = new Map<string, number>();
  const latency = new Map<string, number>();
  list.replaceChildren();

  const phones = () => [...room.members.values()].filter((member) => !member.isMe);

  const makeRow = (member: Member): Row => {
    const item = el("li");
    const row = {
      item,
      face: el("span", "face"),
      name: el("bdi", "name"),
      dot: el("span", "dot"),
      how: el("span"),
      points: el("b", "points"),
    };
    const state = el("p", "muted");
    state.append(row.dot, " ", row.how);
    const text = el("div", "text");
    text.append(row.name, state);
    const button = el("button", "kick", "Kick");
    button.type = "button";
    button.setAttribute("aria-label", `Kick ${nameOf(member)}`);
    onSecondClick(button, "Sure?", () => kick(member));
    item.append(row.face, text, row.points, button);
    rows.set(member.id, row);
    list.append(item);
    return row;
  };

  const drawHow = () => {
    const now = Date.now();
    for (const member of phones()) {
      const row = rows.get(member.id);
      if (row === undefined) continue;
      const since = awaySince.get(member.id);
      const ms = latency.get(member.id);
      row.dot.className = `dot ${member.here ? "good" : "warn"}`;
      const away = since === undefined ? "away" : `away ${lasting(now - since)}`;
      write(row.how, member.here ? `here${ms === undefined ? "" : `, ${ms} ms`}` : away);
    }
  };

  const draw = (game: Game) => {
    const { winner } = game;
    const members = phones();
    const here = members.filter((member) => member.here).length;
    const who = members.length === 0 ? "Nobody yet" : here === 1 ? "1 phone here" : `${here} phones here`;
    const watching = room.audience?.count ?? 0;
    write("who", watching > 0 ? `${who}, ${watching} watching` : who);
    list.dataset.many = `${members.length > ROWS_MANY}`;
    for (const [id, row] of rows)
      if (!room.members.has(id)) {
        row.item.remove();
        rows.delete(id);
        latency.delete(id);
        awaySince.delete(id);
      }
    for (const member of members) {
      const row = rows.get(member.id) ?? makeRow(member);
      const mine = pointsOf(game, member.id);
      row.item.className = `c${colourOf(member)}${member.here ? "" : " gone"}${winner?.id === member.id ? " first" : ""}`;
      write(row.face, initialOf(member));
      write(row.name, nameOf(member));
      write(row.points, `${mine}`);
      row.points.setAttribute("aria-label", pointsText(mine));
    }
    drawHow();
  };

  room.on("away", (member) => awaySince.set(member.id, Date.now()));
  room.on("back", (member) => awaySince.delete(member.id));
  const timer = setInterval(drawHow, 1_000);
  room.on("over", () => clearInterval(timer));
  return { draw, timed: (member, ms) => latency.set(member.id, ms) };
}

/** A time as people say it. */
function lasting(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
