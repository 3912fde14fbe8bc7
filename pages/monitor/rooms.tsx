// The list of rooms: the first hundred of an order, or of those that a search finds.
import { ago, short, time, whole } from "../shared/amounts.ts";
import { Scroll } from "../shared/scroll.tsx";
import type { Picture, RoomRow } from "./answers.ts";
import type { Does } from "./does.ts";
import { keyOf } from "./rates.ts";
import { hashOf, type Sort, type State } from "./state.ts";

interface Column {
  readonly label: string;
  readonly sort?: Sort;
  readonly is: "words" | "figure" | "less";
}

const COLUMNS: readonly Column[] = [
  { label: "Room", is: "words" },
  { label: "Wire", is: "less" },
  { label: "Members", sort: "members", is: "figure" },
  { label: "Told", sort: "busy", is: "figure" },
  { label: "Now", is: "figure" },
  { label: "Age", sort: "age", is: "figure" },
  { label: "Quiet", sort: "quiet", is: "figure" },
];

interface Props {
  readonly picture: Picture;
  readonly state: State;
  readonly does: Does;
}

export function Rooms({ picture, state, does }: Props) {
  const { rooms } = picture;
  return (
    <div class="panel rooms">
      <div class="bar">
        <h2 id="rooms">Rooms</h2>
        <p class="muted figure">{shown(picture)}</p>
        <label>
          <span class="unseen">Search by code or number</span>
          <input
            type="search"
            placeholder="Code or number"
            autocomplete="off"
            spellcheck={false}
            value={state.q}
            onInput={({ currentTarget }) => does.search(currentTarget.value)}
          />
        </label>
      </div>
      <Scroll by="rooms">
        <table>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <Head key={column.label} column={column} state={state} does={does} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rooms.map((room) => (
              <Row key={keyOf(room)} room={room} rate={state.roomRates.get(keyOf(room))} />
            ))}
          </tbody>
        </table>
        {rooms.length === 0 && (
          <p class="muted empty">{picture.total === 0 ? "No room is open." : "No room's code or number begins so."}</p>
        )}
      </Scroll>
    </div>
  );
}

function shown({ rooms, total, matched }: Picture): string {
  const of = matched === total ? whole(total) : `${whole(matched)} found of ${whole(total)}`;
  return rooms.length < matched ? `first ${rooms.length} of ${of}` : of;
}

function Head({ column: { label, sort, is }, state, does }: { column: Column; state: State; does: Does }) {
  if (sort === undefined) {
    return (
      <th scope="col" class={is}>
        {label}
      </th>
    );
  }
  const isSorted = state.sort === sort;
  return (
    <th scope="col" class={is} aria-sort={isSorted ? "descending" : "none"}>
      <button type="button" class="sort" onClick={() => does.sort(sort)}>
        {label}
        <span aria-hidden="true">{isSorted ? " ↓" : ""}</span>
      </button>
    </th>
  );
}

function Row({ room, rate }: { room: RoomRow; rate: number | undefined }) {
  const { code, number, dialect, here, away, maxClients, audience, locked, session, busy, ageMs, quietMs } = room;
  return (
    <tr>
      <th scope="row" class="code">
        <a href={hashOf(room)}>{code}</a>
        {number !== null && <span class="tag">{number}</span>}
        {locked && <span class="tag">locked</span>}
        {session !== null && <span class="tag">session {session}</span>}
      </th>
      <td class="less">{dialect}</td>
      <td class="figure">
        {here}
        {away > 0 && <span class="muted"> + {away} away</span>} <span class="muted">of {maxClients}</span>
        {audience > 0 && <span class="muted"> + {short(audience)} watching</span>}
      </td>
      <td class="figure">{short(busy)}</td>
      <td class="figure">{rate === undefined ? "–" : `${short(rate)}/s`}</td>
      <td class="figure">{time(ageMs)}</td>
      <td class="figure">{ago(quietMs)}</td>
    </tr>
  );
}
