// Polls and the audience in the words of this wire, and their part of `joined`.
import type { AudienceEvent, CrowdPicture } from "../../protocol/events.ts";
import type { Counts, OpenPoll, Question } from "../../protocol/polls.ts";
import type { Words } from "../words.ts";
import { quoted, seqMember } from "./members.ts";

export const POLL_WORDS: Words<Exclude<AudienceEvent["kind"], "watching">> = {
  poll: ({ question, endsAt }, _asked, seq) => `{"type":"poll",${questionMembers(question, endsAt)}${seqMember(seq)}}`,
  tally: ({ poll, counts }) => `{"type":"tally","poll":${quoted(poll)}${countsMembers(counts)}}`,
  pollClosed: ({ poll, counts }, _asked, seq) =>
    `{"type":"poll_closed","poll":${quoted(poll)}${countsMembers(counts)}${seqMember(seq)}}`,
  answered: ({ poll, clientId, text }) =>
    `{"type":"answer","poll":${quoted(poll)},"from":${quoted(clientId)},"text":${quoted(text)}}`,
  audience: ({ count }) => `{"type":"audience","count":${count}}`,
};

/** What `joined` has of it, each member with a comma before it. */
export function pollMembers({ polls, audience }: CrowdPicture): string {
  const ofPolls = polls === undefined ? "" : `,"polls":[${polls.map(openPoll).join()}]`;
  const ofAudience = audience === undefined ? "" : `,"audience":{"count":${audience.count},"max":${audience.max}}`;
  return `${ofPolls}${ofAudience}`;
}

function openPoll({ question, endsAt, answered, counts, texts }: OpenPoll): string {
  const own = answered === null ? "" : `,"answered":${JSON.stringify(answered)}`;
  const all = texts === null ? "" : `,"answers":${JSON.stringify(texts)}`;
  return `{${questionMembers(question, endsAt)}${own}${countsMembers(counts)}${all}}`;
}

function questionMembers({ poll, ask, options, who, changes, show }: Question, endsAt: number | null): string {
  const ofOptions = options.length === 0 ? "" : `,"options":${JSON.stringify(options)}`;
  const end = endsAt === null ? "" : `,"endsAt":${endsAt}`;
  return `"poll":${quoted(poll)},"ask":"${ask}"${ofOptions},"who":"${who}","changes":${changes},"show":"${show}"${end}`;
}

/** Of nobody's counts nothing. */
function countsMembers(told: Counts | null): string {
  if (told === null) return "";
  const { counts, total, sum, first } = told;
  const ofNumber = sum === undefined ? "" : `,"sum":${sum},"mean":${total === 0 ? null : sum / total}`;
  return `,"counts":[${counts}],"total":${total}${ofNumber}${first === undefined ? "" : `,"first":${quoted(first)}`}`;
}
