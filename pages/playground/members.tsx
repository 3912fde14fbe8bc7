// The members side by side: how each stands, and what may be done to it.
import { Mark } from "../shared/mark.tsx";
import { NONSENSE } from "./nonsense.ts";
import type { Parts } from "./parts.ts";
import { isOn, type Member, type Standing } from "./state.ts";

const STANDINGS: Readonly<Record<Standing, readonly [tone: string, words: string]>> = {
  out: ["", "No line"],
  opening: ["", "Opening…"],
  open: ["good", "Open"],
  asleep: ["warn", "Asleep"],
  slow: ["warn", "Slow reader"],
  dropped: ["bad", "Dropped"],
  closed: ["bad", "Closed"],
};

export function Members({ state, store, party }: Parts) {
  return (
    <section class="members" aria-label="Members">
      {state.members.map((member) => (
        <Card
          key={member.n}
          member={member}
          isSpeaker={member.n === state.speaker}
          speak={() => store.set({ speaker: member.n, raw: null })}
          party={party}
        />
      ))}
    </section>
  );
}

interface CardProps {
  readonly member: Member;
  readonly isSpeaker: boolean;
  readonly speak: () => void;
  readonly party: Parts["party"];
}

function Card({ member, isSpeaker, speak, party }: CardProps) {
  const { n, name, standing, ended, room, isHost, heard, said } = member;
  const [tone, words] = STANDINGS[standing];
  return (
    <article class={`panel member m${n % 8} ${isSpeaker ? "speaker" : ""}`} aria-label={name}>
      <div class="who">
        <button type="button" class="name" aria-pressed={isSpeaker} title={`Speak as ${name}`} onClick={speak}>
          {name}
        </button>
        <Mark tone={tone} word={ended === "" ? words : `${words}: ${ended}`} />
        <span class="muted figure">
          {room === "" ? "no room" : room}
          {isHost ? ", host" : ""} · {said} out, {heard} in
        </span>
      </div>
      <div class="acts">
        {isOn(member) ? <On member={member} party={party} /> : <Off member={member} party={party} />}
      </div>
    </article>
  );
}

function Off({ member: { n, name, standing, room }, party }: Pick<CardProps, "member" | "party">) {
  return (
    <>
      <button type="button" class="quiet" disabled={standing === "opening"} onClick={() => party.connect(n)}>
        {room === "" ? "Connect" : `Come back to ${room}`}
      </button>
      <button type="button" class="quiet" aria-label={`Remove ${name}`} onClick={() => party.remove(n)}>
        Remove
      </button>
    </>
  );
}

function On({ member: { n, name, standing, room }, party }: Pick<CardProps, "member" | "party">) {
  const isAwake = standing !== "asleep";
  const act = (words: string, about: string, run: () => void, isOff = false, isPressed?: boolean) => (
    <button
      type="button"
      class="quiet"
      aria-label={`${words}: ${name}`}
      aria-pressed={isPressed}
      title={about}
      disabled={isOff}
      onClick={run}
    >
      {words}
    </button>
  );
  return (
    <>
      {act("Drop", "Ends its Worker: the line is gone without a word", () => party.drop(n))}
      {act(
        "Sleep 10 s",
        "Blocks its Worker: the line is open, and nothing is read",
        () => party.sleep(n, 10_000),
        !isAwake,
      )}
      {act(
        "Sleep 60 s",
        "The same, for longer than a line without a sign of life is kept",
        () => party.sleep(n, 60_000),
        !isAwake,
      )}
      {act("Slow", "Reads a tenth of each second", () => party.slow(n), !isAwake, standing === "slow")}
      {act(
        "Take the seat",
        "Joins as the same member on another line: this one is closed with 4000",
        () => party.take(n),
        room === "",
      )}
      {act("Close", "Says goodbye to the server, and keeps its seat", () => party.close(n), !isAwake)}
      <select
        aria-label={`Nonsense from ${name}`}
        value=""
        disabled={!isAwake}
        onChange={({ currentTarget }) => {
          const made = NONSENSE[currentTarget.value];
          currentTarget.value = "";
          if (made !== undefined) party.say(n, made());
        }}
      >
        <option value="">Nonsense…</option>
        {Object.keys(NONSENSE).map((what) => (
          <option key={what}>{what}</option>
        ))}
      </select>
    </>
  );
}
