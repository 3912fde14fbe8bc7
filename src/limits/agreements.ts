// What must hold between limits that are each fine alone, so that no setting makes another worthless or a line larger than Bun keeps it.
import { joinedBytesMax, MEMBER_BYTES_MAX, otherFrameBytesMax } from "./frameSizes.ts";
import { BURST_SECONDS, type Limits, UNLOOKED_BYTES_MAX, UNSENT_BYTES_HARD_MAX } from "./table.ts";

const MiB = 1024 * 1024;

/** What must hold between limits that are each fine alone; the operator is told the text as it stands. */
const AGREEMENTS: readonly (readonly [holds: (limits: Limits) => boolean, text: string])[] = [
  [({ deadSeconds, pingSeconds }) => deadSeconds > pingSeconds, "DEAD_SECONDS must be greater than PING_SECONDS"],
  [
    ({ bytesPerSecond, frameBytesMax }) => bytesPerSecond * BURST_SECONDS >= frameBytesMax,
    "MAX_FRAME_BYTES must be at most twice BYTES_PER_SECOND, or the largest frame could never pass",
  ],
  [
    ({ hostMessagesPerSecond, messagesPerSecond }) => hostMessagesPerSecond >= messagesPerSecond,
    "HOST_MESSAGES_PER_SECOND must be at least MESSAGES_PER_SECOND",
  ],
  [
    ({ unsentBytesMax, frameBytesMax }) => unsentBytesMax >= frameBytesMax,
    "MAX_UNSENT_BYTES must be at least MAX_FRAME_BYTES",
  ],
  [
    (limits) => unreadBytesMost(limits) <= UNSENT_BYTES_HARD_MAX,
    `MAX_UNSENT_BYTES, MAX_FRAME_BYTES and MAX_CLIENTS (${MEMBER_BYTES_MAX} bytes each) are too large together: with a \`joined\` of a full room a line could leave more than ${UNSENT_BYTES_HARD_MAX / MiB} MiB unread`,
  ],
];

/** What a line that was answered with the largest `joined` can leave unread before it is looked at, in bytes [L37]. */
function unreadBytesMost({ unsentBytesMax, frameBytesMax, clientsPerRoomMax }: Limits): number {
  const told = UNLOOKED_BYTES_MAX + otherFrameBytesMax(frameBytesMax, clientsPerRoomMax);
  return unsentBytesMax + told + joinedBytesMax(clientsPerRoomMax, "with missed");
}

/**
 * What is wrong between limits that are each fine alone; empty when they fit together.
 * @param codeSpace how many room codes there are
 */
export function conflicts(limits: Limits, codeSpace: number): string[] {
  const found = AGREEMENTS.filter(([holds]) => !holds(limits)).map(([, text]) => text);
  const roomsMost = codeSpace / 2;
  // Drawing a code that is free takes longer the fuller the space is.
  if (limits.roomsMax > roomsMost)
    found.push(`MAX_ROOMS must be at most ${roomsMost}, half of the codes that ROOM_CODE_LENGTH gives`);
  return found;
}
