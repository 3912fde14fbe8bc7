// The links of this node, one to each other node it has to do with: whose packet is for which link, which link is no more, and what a turn has
// said goes out at its end. It knows no frame's meaning.
//
// A link has two sides, and each side a number that its process never gives again. So a packet that was long on its way is known for what it
// is, and a side whose other one has gone is told so by the refusal of its next packet.
import type { Clock } from "../clock.ts";
import { Link, type LinkCounts, type Wire } from "./link.ts";
import { LINK } from "./linkBounds.ts";
import { type End, frameText, headOf, type Packet, packetText, readPacket, VERSION } from "./packet.ts";
import { becomes, endLink, isPast, type Peer, Peers } from "./peer.ts";
import type { Broken, Carried, Carrier, Engine, Frame } from "./ports.ts";

/** Between two refusals to one node: one is enough for all packets of a link that are said again together. */
const REFUSAL_MS = 50;

interface LinksDeps {
  /** This node's name, and this process. */
  readonly node: string;
  readonly boot: string;
  /** What the cluster is called: {@link channelOf}. */
  readonly cluster: string;
  readonly engine: Pick<Engine, "isUp" | "publish">;
  readonly carried: Carried;
  readonly clock: Clock;
  /** Called before a packet is taken, and calls hold() where it has to: a process that was stopped may find packets before it knows [N9]. */
  readonly look?: () => void;
  /** Hears what `carried` throws: a bug, which must not take the frames behind it along. */
  readonly onFault: (error: unknown) => void;
}

/** What metrics show of the links. */
export interface LinkFigures extends LinkCounts {
  readonly links: number;
  /** Unacknowledged, on all links. */
  readonly bytes: number;
  /** Age of the oldest packet that is not acknowledged, in ms; 0: all are. */
  readonly oldestMs: number;
}

/** Where a node listens for packets. */
export function channelOf(cluster: string, node: string): string {
  return `pl:${cluster}:${node}`;
}

export class Links implements Pick<Carrier, "say" | "isFull" | "isJammed"> {
  readonly #peers = new Peers();
  readonly #counts: LinkCounts = { packetsIn: 0, packetsOut: 0, packetsAgain: 0, packetsTwice: 0 };
  readonly #wire: Wire;
  /** Those that have said something in this turn. */
  #speaking: Link[] = [];
  #ends = 0;
  #isHeld = false;
  #cancelBeat: (() => void) | null = null;

  constructor(private readonly deps: LinksDeps) {
    this.#wire = {
      clock: deps.clock,
      counts: this.#counts,
      isUp: () => deps.engine.isUp,
      put: (link, seq, ack, body) =>
        deps.engine.publish(channelOf(deps.cluster, link.node), packetText(link.head, seq, ack, body)),
      heard: (link, frame) => {
        // No closure: it is once a frame.
        try {
          deps.carried.heard(link.node, frame);
        } catch (error) {
          deps.onFault(error);
        }
      },
      filled: (link, isFull) => this.#guarded(() => deps.carried.filled(link.node, isFull)),
      failed: (link, why) => this.#break(link, why),
    };
  }

  say(node: string, frame: Frame): boolean {
    const peer = this.#peers.get(node);
    if (peer === null || peer.boot === null || peer.isGone) return false;
    const link = peer.link ?? this.#begin(peer, peer.boot);
    if (link.say(frameText(frame)) && this.#speaking.push(link) === 1) this.deps.clock.soon(this.#flush);
    return true;
  }

  isFull(node: string): boolean {
    return this.#peers.get(node)?.link?.isFull ?? false;
  }

  isJammed(node: string): boolean {
    return this.#peers.get(node)?.link?.isJammed ?? false;
  }

  /** The directory has said which process is behind a name, and that it lives: from now on something can be said to it. */
  know(node: string, boot: string): void {
    if (node === this.deps.node) return;
    const peer = this.#peers.of(node);
    // An answer that was long on its way.
    if (this.#isPast(peer, boot)) return;
    peer.isGone = false;
    if (peer.boot !== boot) this.#renew(peer, boot, "anotherBoot");
  }

  /** The node is dead: its link is broken, and nothing can be said to it until it is heard or heard of again. */
  died(node: string): void {
    const peer = this.#peers.get(node);
    if (peer === null) return;
    peer.isGone = true;
    if (peer.link !== null) this.#break(peer.link, "dead");
  }

  /**
   * Takes nothing from that node, and acknowledges nothing, until release(); without a name, from none [N8].
   * What comes meanwhile waits here, or there.
   */
  hold(node?: string): void {
    if (node === undefined) this.#isHeld = true;
    else this.#peers.of(node).isHeld = true;
    this.#holdOrRelease();
  }

  /** Undoes the hold() of the same name, or of none. */
  release(node?: string): void {
    if (node === undefined) this.#isHeld = false;
    else this.#peers.of(node).isHeld = false;
    this.#holdOrRelease();
  }

  /** The engine is back, with nothing of what was under way. */
  engineBack(): void {
    for (const link of this.#peers.links()) link.engineBack();
  }

  /** A text from this node's channel. What is no packet is dropped. */
  received(text: string): void {
    const packet = readPacket(text);
    if (packet === null || packet.node === this.deps.node) return;
    this.deps.look?.();
    const peer = this.#peers.of(packet.node);
    if (packet.version !== VERSION) this.#foreign(peer, packet);
    else if (packet.from.number === 0) this.#refused(peer, packet);
    else this.#linkOf(peer, packet)?.received(packet, text);
  }

  figures(): LinkFigures {
    const links = this.#peers.links();
    const now = this.deps.clock.now();
    const oldest = links.map((link) => now - (link.oldestAt ?? now));
    const bytes = links.reduce((sum, link) => sum + link.bytes, 0);
    return { ...this.#counts, links: links.length, bytes, oldestMs: Math.max(0, ...oldest) };
  }

  /** Ends all links without a word; the other sides find out as they would of a process that was killed. */
  stop(): void {
    this.#cancelBeat?.();
    this.#cancelBeat = null;
    for (const peer of this.#peers.all()) {
      endLink(peer);
      peer.isGone = true;
    }
  }

  /** The link that a packet of our version is for; null: none, and the sender was told if it has to know. */
  #linkOf(peer: Peer, packet: Packet): Link | null {
    const { from, to } = packet;
    if (this.#isPast(peer, from.boot) || to.boot !== this.deps.boot) return this.#refuse(peer, from);
    if (peer.boot !== from.boot) this.#renew(peer, from.boot, "anotherBoot");
    if (from.number <= peer.ended) return this.#refuse(peer, from);
    // A younger side than the one we know: it has ended that one.
    const known = peer.link;
    if (known !== null && known.peerEnd !== 0 && known.peerEnd < from.number) this.#break(known, "forgotten");
    // Asked anew, since whoever was told of a broken link may have said something.
    const link = peer.link;
    const isOfOurs = to.number === 0 || link?.end === to.number;
    const isOfIts = link === null || link.peerEnd === 0 || link.peerEnd === from.number;
    if (!isOfOurs || !isOfIts) return this.#refuse(peer, from);
    const its = link ?? this.#begin(peer, from.boot);
    peer.isGone = false;
    if (its.peerEnd === 0) this.#meet(its, from);
    return its;
  }

  #begin(peer: Peer, boot: string): Link {
    this.#ends += 1;
    const link = new Link(peer.node, this.#ends, this.#wire);
    this.#meet(link, { boot, number: 0 });
    if (peer.isHeld || this.#isHeld) link.hold();
    peer.link = link;
    this.#cancelBeat ??= this.deps.clock.after(LINK.quietMs, this.#beat);
    return link;
  }

  #meet(link: Link, other: End): void {
    link.peerEnd = other.number;
    link.head = headOf(this.deps.node, { boot: this.deps.boot, number: link.end }, other);
  }

  /** Another process is behind the name. */
  #renew(peer: Peer, boot: string, why: Broken): void {
    const hadLink = peer.link !== null;
    becomes(peer, boot, this.deps.clock.now());
    if (hadLink) this.#tellBroken(peer, why);
  }

  #isPast(peer: Peer, boot: string): boolean {
    return peer.past.size > 0 && isPast(peer, boot, this.deps.clock.now());
  }

  #break(link: Link, why: Broken): void {
    const peer = this.#peers.get(link.node);
    if (peer?.link !== link) return;
    endLink(peer);
    if (peer.boot !== null && link.peerEnd !== 0) this.#putRefusal(peer, { boot: peer.boot, number: link.peerEnd });
    this.#tellBroken(peer, why);
  }

  #tellBroken(peer: Peer, why: Broken): void {
    this.#guarded(() => this.deps.carried.broken(peer.node, why));
  }

  /** A packet of no link that is: its sender must not wait for an acknowledgement. */
  #refuse(peer: Peer, to: End): null {
    const now = this.deps.clock.now();
    if (now - peer.refusedAt < REFUSAL_MS) return null;
    peer.refusedAt = now;
    this.#putRefusal(peer, to);
    return null;
  }

  /** Never answered by the other side, so that two nodes do not refuse each other for ever. */
  #putRefusal(peer: Peer, to: End): void {
    const head = headOf(this.deps.node, { boot: this.deps.boot, number: 0 }, to);
    this.deps.engine.publish(channelOf(this.deps.cluster, peer.node), packetText(head, 0, 0, ""));
  }

  /** The other side knows nothing of a link of ours. */
  #refused(peer: Peer, { from, to }: Packet): void {
    if (to.boot !== this.deps.boot || peer.link?.end !== to.number || this.#isPast(peer, from.boot)) return;
    if (from.boot === peer.boot) this.#break(peer.link, "forgotten");
    else this.#renew(peer, from.boot, "anotherBoot");
  }

  /** A version that is not ours: nothing of it is carried, and both sides get to know. */
  #foreign(peer: Peer, { from }: Packet): void {
    if (this.#isPast(peer, from.boot)) return;
    if (peer.boot !== from.boot) this.#renew(peer, from.boot, "version");
    else if (peer.link !== null) this.#break(peer.link, "version");
    if (from.number !== 0) this.#refuse(peer, from);
  }

  #holdOrRelease(): void {
    for (const peer of this.#peers.all()) {
      if (peer.isHeld || this.#isHeld) peer.link?.hold();
      else peer.link?.release();
    }
  }

  readonly #flush = (): void => {
    const speaking = this.#speaking;
    this.#speaking = [];
    for (const link of speaking) link.flush();
  };

  readonly #beat = (): void => {
    const links = this.#peers.links();
    for (const link of links) link.beat();
    this.#cancelBeat = links.length === 0 ? null : this.deps.clock.after(LINK.quietMs, this.#beat);
  };

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.deps.onFault(error);
    }
  }
}
