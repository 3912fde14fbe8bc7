// Who is in a room, and how their lines do.
import { ago, size, time } from "../shared/amounts.ts";
import { Mark } from "../shared/mark.tsx";
import { ENDS, nameOf } from "./actions.ts";
import type { Member, RoomAnswer } from "./answers.ts";
import type { Does } from "./does.ts";
import { SecondClick } from "./secondClick.tsx";
import type { Asking } from "./state.ts";

interface Props {
  readonly room: RoomAnswer;
  readonly asking: Asking | null;
  readonly does: Does;
}

export function Members({ room, asking, does }: Props) {
  return (
    <table class="members">
      <caption>Members</caption>
      <thead>
        <tr>
          <th scope="col" class="figure">
            Seat
          </th>
          <th scope="col">Name</th>
          <th scope="col">Line</th>
          <th scope="col" class="figure less">
            Unread
          </th>
          <th scope="col" class="figure">
            Silent
          </th>
          <th scope="col">
            <span class="unseen">Put out</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {room.members.map((member) => (
          <Row key={member.index} member={member} room={room} asking={asking} does={does} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ member, room, asking, does }: Props & { member: Member }) {
  const { index, name, host, here, unreadBytes, silentMs } = member;
  const choices = [{ ends: ENDS.kick(member, room), run: () => does.kick(room, member, true) }];
  // A member of a numbered room is its line, which no ban outlives.
  if (room.number === null) choices.push({ ends: ENDS.kickOnce(member), run: () => does.kick(room, member, false) });
  return (
    <tr>
      <td class="figure">{index}</td>
      <th scope="row">
        {name ?? <span class="muted">no name</span>}
        {host && <span class="tag">host</span>}
      </th>
      <td>
        <Mark tone={here ? "good" : "none"} word={standing(member)} />
      </td>
      <td class="figure less">{unreadBytes === null ? "" : size(unreadBytes)}</td>
      <td class="figure">{silentMs === null || !here ? "" : ago(silentMs)}</td>
      <td class="end">
        <SecondClick
          label="Kick"
          name={`Kick ${nameOf(member)}`}
          isAsked={asking?.what === "kick" && asking.index === index}
          onAsk={() => does.ask({ what: "kick", index })}
          onCancel={() => does.ask(null)}
          choices={choices}
        />
      </td>
    </tr>
  );
}

function standing({ here, leftMs, paused }: Member): string {
  if (here) return paused ? "here, paused" : "here";
  return leftMs === null ? "away" : `away, ${time(leftMs)} left`;
}
