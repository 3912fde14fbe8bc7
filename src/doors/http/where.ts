// Whose room a call means by a code: one of this server's, or one of a platform that is watched [E3]. Finds it, and watches nothing.
import { isRefusal, type Refusal, refuse } from "../../protocol/refusals.ts";
import type { PlatformName } from "../../sessions/store/rows.ts";
import type { Where } from "../../sessions/watching.ts";
import { refused } from "./answer.ts";
import type { ApiDeps } from "./call.ts";

/**
 * The room that a body names, null when it names none; or why there is none: a 400 where what stands there can be no code.
 * @param code null: it names none
 * @param platform whose room it is; null: it does not say
 */
export function whereOf(
  code: string | null,
  platform: PlatformName | null,
  { roomsOpen, sessions }: Pick<ApiDeps, "roomsOpen" | "sessions">,
): Where | Refusal | Response | null {
  if (platform === "jackbox") {
    const read = sessions.codeAbroad(platform, code ?? "");
    if (isRefusal(read)) return read;
    if (read === null) return refused(400, "room_code must be the code of a Jackbox room, 4 or 5 letters");
    return { platform, code: read };
  }
  if (code === null) return null;
  const room = roomsOpen.at(code);
  if (room !== null) return room;
  const read = platform === null ? sessions.codeAbroad("jackbox", code) : null;
  return read === null || isRefusal(read) ? refuse("room_not_found") : { platform: "jackbox", code: read };
}
