// Links know a node by its process, and learn which that is from whoever names it: the directory, the lease of each node, and who keeps the sessions.
// Asked through here, all of them introduce whom they name.
import type { SessionsPlace } from "../doors/elsewhere.ts";
import type { Life } from "./life.ts";
import type { Links } from "./links.ts";
import type { Carrier, Directory } from "./ports.ts";

type Seen = Pick<Life, "seen" | "sessions">;

/** A directory whose owners can be spoken to. */
export function introducing(directory: Directory, links: Pick<Links, "know">): Directory {
  return {
    claim: (code, address) => directory.claim(code, address),
    release: (code) => directory.release(code),
    async find(code) {
      const owner = await directory.find(code);
      if (owner?.isAlive === true) links.know(owner.node, owner.boot);
      return owner;
    },
  };
}

/** The links as a carrier that names every other node that lives. @param own this node's name */
export function carrierOf(
  links: Pick<Links, "know" | "say" | "isFull" | "isJammed">,
  life: Seen,
  own: string,
): Carrier {
  return {
    say: (node, frame) => links.say(node, frame),
    isFull: (node) => links.isFull(node),
    isJammed: (node) => links.isJammed(node),
    nodes() {
      const others: string[] = [];
      for (const { node, boot } of life.seen) {
        if (node === own || boot === null) continue;
        links.know(node, boot);
        others.push(node);
      }
      return others;
    },
  };
}

/** Who keeps the sessions; null: nobody who lives [N11]. */
export function sessionsPlace(links: Pick<Links, "know">, { sessions }: Seen, own: string): SessionsPlace {
  if (sessions === null || sessions.boot === null) return null;
  if (sessions.node === own) return "here";
  links.know(sessions.node, sessions.boot);
  return sessions;
}
