// Requests about what few rooms have beside seats → Command; what is checked has been checked by the schemas.
import type { Asked, Command, CrowdCommand } from "../../protocol/commands.ts";
import type { CrowdRequest } from "./crowdSchema.ts";

/** @param body the text of `data` */
export function crowdCommandOf(request: CrowdRequest, body: string, asked: Asked): Command {
  return { ...readAs(request, body), asked };
}

function readAs(request: CrowdRequest, body: string): CrowdCommand {
  switch (request.type) {
    case "set_private":
      return { kind: "setPrivate", clientId: request.clientId, body };
    case "room.reset":
      return { kind: "reset", keep: [...new Set(request.keep || [])] };
    case "timer.set": {
      const { timer, seconds, label, pauses } = request;
      return { kind: "timerSet", timer, ms: Math.round(seconds * 1000), label: label || null, pauses: pauses === true };
    }
    case "timer.pause":
      return { kind: "timerPause", timer: request.timer };
    case "timer.go":
      return { kind: "timerGo", timer: request.timer };
    case "timer.stop":
      return { kind: "timerStop", timer: request.timer };
    default:
      return request satisfies never;
  }
}
