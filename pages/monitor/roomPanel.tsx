// One room: how it stands, who is in it, what was recorded of it, and what an operator may do to it.
import { count, size, time, whole } from "../shared/amounts.ts";
import { Scroll } from "../shared/scroll.tsx";
import { ENDS, nameOf } from "./actions.ts";
import type { Member, RoomAnswer } from "./answers.ts";
import type { Does } from "./does.ts";
import { Members } from "./members.tsx";
import { SecondClick } from "./secondClick.tsx";
import type { Place, State } from "./state.ts";
import { Entries } from "./tail.tsx";

interface Props {
  readonly place: Place;
  readonly state: State;
  readonly does: Does;
}

export function RoomPanel({ place, state, does }: Props) {
  const { room, isRoomOver, record } = state;
  return (
    <div class="panel room">
      <div class="bar">
        <a class="back" href="#all">
          ‹ All rooms
        </a>
        <h2 id="room">
          Room <span class="code">{place.code}</span>
        </h2>
        <p>
          <span class="tag">{place.dialect}</span>
          {room?.locked && !isRoomOver && <span class="tag">locked</span>}
          {isRoomOver && <span class="tag">over</span>}
        </p>
        {room !== null && !isRoomOver && <Actions room={room} state={state} does={does} />}
      </div>
      <Scroll by="room">
        {isRoomOver && (
          <p class="empty">
            {record.length > 0
              ? "This room is over; this is what was recorded of it."
              : "There is no such room, and nothing is recorded of one."}
          </p>
        )}
        {room === null && !isRoomOver && <p class="muted empty">Asking the server…</p>}
        {room !== null && !isRoomOver && (
          <>
            <Facts room={room} />
            <Members room={room} asking={state.asking} does={does} />
          </>
        )}
        {(record.length > 0 || !isRoomOver) && <h3 id="record">Recorded</h3>}
        <Entries entries={record} hasRooms={false} />
        {record.length === 0 && !isRoomOver && <p class="muted empty">Nothing is recorded of it.</p>}
      </Scroll>
    </div>
  );
}

function Actions({ room, state: { asking }, does }: { room: RoomAnswer; state: State; does: Does }) {
  const onCancel = () => does.ask(null);
  return (
    <div class="actions">
      <SecondClick
        label={room.locked ? "Unlock" : "Lock"}
        isAsked={asking?.what === "lock"}
        onAsk={() => does.ask({ what: "lock" })}
        onCancel={onCancel}
        choices={[{ ends: ENDS.lock(room), run: () => does.lock(room) }]}
      />
      <SecondClick
        label="Close room"
        isAsked={asking?.what === "close"}
        onAsk={() => does.ask({ what: "close" })}
        onCancel={onCancel}
        choices={[{ ends: ENDS.close(room), run: () => does.close(room) }]}
      />
    </div>
  );
}

function Facts({ room }: { room: RoomAnswer }) {
  return (
    <dl class="facts">
      {factsOf(room).map(([what, how]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{how}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(room: RoomAnswer): [string, string][] {
  const { rules, seq, historyEvents, historyBytes, members } = room;
  const host = members.find(({ index }: Member) => index === room.host);
  return [
    ["Members", `${room.here} here, ${room.away} away, of ${room.maxClients}`],
    ["Audience", room.audience === 0 ? "nobody" : whole(room.audience)],
    ["Host", host === undefined ? "nobody" : nameOf(host)],
    ["Open for", time(room.ageMs)],
    ["Told", `${whole(room.busy)}, last ${time(room.quietMs)} ago`],
    ["History", seq === null ? "none" : `${count(historyEvents, "event")}, ${size(historyBytes)}; seq ${whole(seq)}`],
    ["State", room.stateBytes === 0 ? "none" : size(room.stateBytes)],
    ["Keeps in all", size(room.keptBytes)],
    ["Seats wait", rules.awayMs === null ? "as long as the room" : time(rules.awayMs)],
    ["Host gone", { stay: "waits", migrate: "another takes over", close: "closes" }[rules.hostGone]],
    ["Bans", String(room.bans)],
    ["Session", room.session === null ? "none" : String(room.session)],
    ["Opened by", room.origin],
  ];
}
