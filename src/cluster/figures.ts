// What a node of a cluster shows in its metrics besides what every server shows. Read off when somebody scrapes; the engine is not asked.
import type { Figure } from "../metrics.ts";
import type { Links } from "./links.ts";
import type { Membership } from "./membership.ts";
import type { Nodes } from "./nodes.ts";

/** What has happened to a node since its start. */
export interface NodeCounts {
  /** Whole time for which it was frozen, in ms. */
  frozenMs(): number;
  roomsAdopted: number;
  roomsMoved: number;
  roomsLetGo: number;
}

interface Watched {
  readonly membership: Pick<Membership, "engine" | "life">;
  readonly counts: NodeCounts;
  /** Null before the doors are joined. */
  links(): Pick<Links, "figures"> | null;
  nodes(): Pick<Nodes, "gateway" | "owner"> | null;
}

const NO_LINKS = { links: 0, bytes: 0, oldestMs: 0, packetsIn: 0, packetsOut: 0, packetsAgain: 0, packetsTwice: 0 };

export function nodeFigures({ membership, counts, links, nodes }: Watched): Figure[] {
  const { engine, life } = membership;
  const ofLinks = () => links()?.figures() ?? NO_LINKS;
  const figure = (name: string, help: string, read: () => number): Figure => ({
    name: `partyline_cluster_${name}`,
    help,
    read,
  });
  return [
    figure("engine_up", "Whether the engine answers: 1 or 0", () => Number(engine.isUp)),
    figure(
      "lease_age_seconds",
      "Since the last renewal of this node's lease was asked for",
      () => life.leaseAgeMs / 1_000,
    ),
    figure("frozen", "Whether this node may serve nobody for now: 1 or 0", () => Number(life.isFrozen)),
    figure("frozen_seconds_total", "For how long it was frozen", () => counts.frozenMs() / 1_000),
    figure("links", "Links to other nodes", () => ofLinks().links),
    figure("packets_in_total", "Packets taken from other nodes", () => ofLinks().packetsIn),
    figure("packets_out_total", "Packets said to other nodes", () => ofLinks().packetsOut),
    figure(
      "packets_again_total",
      "Packets said again, since nobody had acknowledged them",
      () => ofLinks().packetsAgain,
    ),
    figure("packets_twice_total", "Packets that came once more and were dropped", () => ofLinks().packetsTwice),
    figure("unacknowledged_bytes", "Bytes said to other nodes and not acknowledged", () => ofLinks().bytes),
    figure("unacknowledged_seconds", "Age of the oldest packet not acknowledged", () => ofLinks().oldestMs / 1_000),
    figure("far_lines", "Lines here whose room is on another node", () => nodes()?.gateway.size ?? 0),
    figure("guests", "Members of rooms here whose line is on another node", () => nodes()?.owner.size ?? 0),
    figure("rooms_adopted_total", "Rooms taken up that were another process's", () => counts.roomsAdopted),
    figure("rooms_moved_total", "Rooms that this node has moved to others", () => counts.roomsMoved),
    figure("rooms_let_go_total", "Rooms let go of that were another node's", () => counts.roomsLetGo),
  ];
}
