// What the recorder tells, newest first: of the whole server with a filter, or of one room.

import { Scroll } from "../shared/scroll.tsx";
import type { Picture, Recorded } from "./answers.ts";
import type { Does } from "./does.ts";
import { hashOf, type State } from "./state.ts";
import { clock, GROUPS, type Group, isIn, told } from "./words.ts";

export function Tail({ picture, state, does }: { picture: Picture; state: State; does: Does }) {
  const { tail, group, filter } = state;
  const found = tail.filter((entry) => isIn(group, entry) && holds(entry, filter.trim().toLowerCase()));
  return (
    <div class="panel tail">
      <div class="bar">
        <h2 id="tail">Recorder</h2>
        <label class="narrow">
          <span class="unseen">Kind of entries</span>
          <select value={group} onChange={({ currentTarget }) => does.group(currentTarget.value as Group)}>
            {Object.entries(GROUPS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label class="narrow">
          <span class="unseen">Filter by words or room</span>
          <input
            type="search"
            placeholder="Filter"
            autocomplete="off"
            spellcheck={false}
            value={filter}
            onInput={({ currentTarget }) => does.filter(currentTarget.value)}
          />
        </label>
      </div>
      <Scroll by="tail">
        <Entries entries={found} hasRooms={true} />
        {found.length === 0 && (
          <p class="muted empty">
            {picture.recording ? "Nothing of that is recorded." : "RECORDER_EVENTS=0: nothing is recorded."}
          </p>
        )}
        {state.isTailTorn && (
          <p class="muted empty">More was recorded at once than is told: some entries are missing here.</p>
        )}
      </Scroll>
    </div>
  );
}

/** Whether each word is found somewhere in it. */
function holds(entry: Recorded, filter: string): boolean {
  const text = `${told(entry).words} ${entry.room ?? ""} ${entry.number ?? ""} ${entry.dialect ?? ""}`.toLowerCase();
  return filter.split(/\s+/).every((word) => text.includes(word));
}

export function Entries({ entries, hasRooms }: { entries: readonly Recorded[]; hasRooms: boolean }) {
  if (entries.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {hasRooms && <th scope="col">Room</th>}
          <th scope="col" class="figure">
            Seat
          </th>
          <th scope="col">What happened</th>
        </tr>
      </thead>
      <tbody>
        {grouped(entries)
          .slice(0, ROWS_MAX)
          .map(({ entry, times }) => (
            <Entry key={entry.id} entry={entry} times={times} hasRooms={hasRooms} />
          ))}
      </tbody>
    </table>
  );
}

interface Row {
  /** The newest of them. */
  readonly entry: Recorded;
  readonly times: number;
}

/** Entries that say the same one after the other are one row: somebody who is refused again and again pushes nothing else out of sight. */
function grouped(entries: readonly Recorded[]): Row[] {
  const rows: Row[] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    const isSame = last !== undefined && FIELDS.every((field) => last.entry[field] === entry[field]);
    // The oldest names the row, so that it stays the same row when one more comes.
    if (isSame) rows[rows.length - 1] = { entry: { ...last.entry, id: entry.id }, times: last.times + 1 };
    else rows.push({ entry, times: 1 });
  }
  return rows;
}
/** As many as anybody reads: the others are found with the filter. */
const ROWS_MAX = 200;
const FIELDS = ["kind", "room", "seat", "what", "code", "dialect"] as const;

function Entry({ entry, times, hasRooms }: Row & { hasRooms: boolean }) {
  const { at, room, dialect, seat } = entry;
  const { words, tone } = told(entry);
  return (
    <tr>
      <td class="time">{clock(at)}</td>
      {hasRooms && (
        <td class="code">
          {room !== null && dialect !== null ? <a href={hashOf({ code: room, dialect })}>{room}</a> : "–"}
        </td>
      )}
      <td class="figure">{seat ?? ""}</td>
      <td class={`did ${tone}`}>
        {words}
        {times > 1 && <span class="times">× {times}</span>}
      </td>
    </tr>
  );
}
