// Requests about polls → Command; what is checked has been checked by the schemas.
import type { PollCommand } from "../../protocol/commands.ts";
import type { PollRequest } from "./pollSchema.ts";

export function pollCommandOf(request: PollRequest): PollCommand {
  switch (request.type) {
    case "poll.open": {
      const { poll, ask, options, who, seconds, changes, show } = request;
      const question = { poll, ask, options: options || [], who: who || "members", changes: changes !== false };
      return {
        kind: "pollOpen",
        question: { ...question, show: show || "end" },
        ms: seconds ? Math.round(seconds * 1000) : null,
      };
    }
    case "poll.close":
      return { kind: "pollClose", poll: request.poll };
    case "answer": {
      const { poll, choice, choices, number, text } = request;
      return {
        kind: "answer",
        poll,
        value: {
          ...(typeof choice === "number" && { choice }),
          ...(choices && { choices }),
          ...(typeof number === "number" && { number }),
          ...(text && { text }),
        },
      };
    }
    default:
      return request satisfies never;
  }
}
