// The other nodes as this one's links know them: which process is behind a name, and which links with it are over.
import type { Link } from "./link.ts";

/** Nodes that are remembered, those without a link included: names of nodes may be new at each deploy. */
const PEERS_MAX = 1_024;
/** For which a boot that is over is not listened to: nothing of it is under way any longer. Were it for ever, a name taken wrongly would stay so. */
const PAST_MS = 10_000;
/** Boots of a name that may be over within that time. */
const PAST_MAX = 8;

export interface Peer {
  readonly node: string;
  /** The process behind the name; null: not known, and nothing can be said to it. */
  boot: string | null;
  /** Those that were behind it before, youngest last, and when they were over, in ms of the clock. */
  readonly past: Map<string, number>;
  /** The highest number of its sides of links that are over: what comes from one up to it is refused. */
  ended: number;
  link: Link | null;
  /** Nothing of it is taken for the time being. */
  isHeld: boolean;
  /** It was said to be dead, and has not been heard or heard of since. */
  isGone: boolean;
  /** When a packet of its was refused last, in ms of the clock. */
  refusedAt: number;
}

export class Peers {
  readonly #peers = new Map<string, Peer>();

  get(node: string): Peer | null {
    return this.#peers.get(node) ?? null;
  }

  /** The one with that name, who may be new. */
  of(node: string): Peer {
    const known = this.#peers.get(node);
    if (known !== undefined) return known;
    if (this.#peers.size >= PEERS_MAX) this.#forgetOne();
    const over = { past: new Map<string, number>(), ended: 0, refusedAt: Number.NEGATIVE_INFINITY };
    const peer: Peer = { node, boot: null, ...over, link: null, isHeld: false, isGone: false };
    this.#peers.set(node, peer);
    return peer;
  }

  all(): Peer[] {
    return [...this.#peers.values()];
  }

  links(): Link[] {
    return this.all().flatMap(({ link }) => link ?? []);
  }

  /** The one that has been known longest of those without a link. */
  #forgetOne(): void {
    for (const { node, link, isHeld } of this.#peers.values()) {
      if (link === null && !isHeld) return void this.#peers.delete(node);
    }
  }
}

/** Ends the link with it: what still comes of it is refused from now on. */
export function endLink(peer: Peer): void {
  if (peer.link === null) return;
  peer.link.stop();
  peer.ended = Math.max(peer.ended, peer.link.peerEnd);
  peer.link = null;
}

/** Another process is behind the name, and the link with the one before is over. @param now in ms of the clock */
export function becomes(peer: Peer, boot: string, now: number): void {
  endLink(peer);
  if (peer.boot !== null) peer.past.set(peer.boot, now);
  for (const oldest of peer.past.keys()) if (peer.past.size > PAST_MAX) peer.past.delete(oldest);
  peer.boot = boot;
  peer.ended = 0;
}

/** Whether a process has made way for another behind the name. @param now in ms of the clock */
export function isPast(peer: Peer, boot: string, now: number): boolean {
  const overAt = peer.past.get(boot);
  return overAt !== undefined && now - overAt < PAST_MS;
}
