// What few rooms tell, in the words of this wire: frames of timers and of data that is not everybody's, and their part of `joined`.
import type { CrowdEvent, CrowdPicture, TimerPicture } from "../../protocol/events.ts";
import type { Words } from "../words.ts";
import { doneMembers, quoted, refMember, seqMember } from "./members.ts";
import { POLL_WORDS, pollMembers } from "./pollWords.ts";

export const CROWD_WORDS: Words<CrowdEvent["kind"]> = {
  ...POLL_WORDS,
  watching({ code, epoch, locked, state, session, crowd, done }, asked) {
    const kept = `${state === null ? "" : `,"state":${state}`}${session === null ? "" : `,"session":${session}`}`;
    const room = `"room":"${code}","audience":true,"locked":${locked}`;
    return `{"type":"joined",${room}${kept}${crowdMembers(crowd)},"epoch":"${epoch}"${doneMembers(done)}${refMember(asked)}}`;
  },
  timer: ({ timer, isStopped }) => `{"type":"timer",${timerMembers(timer)}${isStopped ? ',"stopped":true' : ""}}`,
  timerDone: ({ timer }, _asked, seq) => `{"type":"timer_done","timer":${quoted(timer)}${seqMember(seq)}}`,
  private: ({ clientId, body }) => `{"type":"private","clientId":${quoted(clientId)},"data":${body}}`,
  reset: ({ keep }, _asked, seq) => `{"type":"reset","keep":${JSON.stringify(keep)}${seqMember(seq)}}`,
};

/** What `joined` has of it, each member with a comma before it. */
export function crowdMembers(crowd: CrowdPicture): string {
  const { timers, private: own, privates } = crowd;
  const ofTimers = timers === undefined ? "" : `,"timers":[${timers.map((one) => `{${timerMembers(one)}}`).join()}]`;
  const ofOwn = own === undefined ? "" : `,"private":${own}`;
  const all = privates?.map(({ clientId, body }) => `{"clientId":${quoted(clientId)},"data":${body}}`).join();
  return `${ofTimers}${pollMembers(crowd)}${ofOwn}${all === undefined ? "" : `,"privates":[${all}]`}`;
}

function timerMembers({ timer, label, leftMs, t, endsAt }: TimerPicture): string {
  const labelMember = label === null ? "" : `,"label":${quoted(label)}`;
  return `"timer":${quoted(timer)}${labelMember},"leftMs":${leftMs},"t":${t},"endsAt":${endsAt},"isPaused":${endsAt === null}`;
}
