// The core's Outlet over Bun's topics: each event is encoded once and published once, whatever the size of the room. Bun keeps
// publish and send to one socket in order, and batches what falls into one turn.
import type { Server } from "bun";
import type { Clock } from "../clock.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Dialects } from "../dialects/index.ts";
import { UNLOOKED_BYTES_MAX } from "../limits/table.ts";
import type { Counts } from "../metrics/tally.ts";
import type { Asked } from "../protocol/commands.ts";
import type { Event } from "../protocol/events.ts";
import type { Outlet, RoomFace } from "../rooms/ports.ts";
import type { Line } from "../rooms/seat.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { audienceTopic, Galleries } from "./galleries.ts";
import type { SocketLine } from "./line.ts";

/**
 * Bytes that may be handed out in all before all lines are looked at: as many as one address may leave unread by default. To look at 20,000
 * lines takes a millisecond or two, and to hand out so much some ten.
 */
const UNLOOKED_IN_ALL_MAX = 32 * 1024 * 1024;

/**
 * What a frame to one member costs a room besides its bytes: it takes a publish of its own, so a list of a hundred short ids cost three times
 * the server's time that a message to the same hundred does, at a fraction of its bytes.
 */
const TARGET_BYTES = 512;

export class SocketOutlet implements Outlet {
  /** Set once the server listens; nothing is told before. Topics are each port's own, so what all hear is published on each. */
  servers: readonly Server<SocketLine>[] = [];
  /** Where else a room's members listen; null: nowhere, at one node. */
  elsewhere: Elsewhere | null = null;
  /** The time of the last beat, in ms: when a room is told something is no more than that worth [M4]. */
  now = 0;
  #lastTopic = 0;
  /** Bytes that were handed out since all lines were last looked at for that. */
  #unlooked = 0;
  readonly #galleries: Galleries;

  constructor(
    private readonly counts: Counts,
    private readonly dialects: Dialects,
    /** Has the lines of a room that has been told much, or all lines, looked at: the next sweep may come too late for them. */
    private readonly look: (room: RoomFace | null) => void,
    clock: Clock,
  ) {
    this.#galleries = new Galleries(clock, (topic, text) => void this.#publish(topic, text));
  }

  enter(line: Line, room: RoomFace): void {
    socketOf(line).subscribe(room.code);
  }

  quit(line: Line, room: RoomFace): void {
    if ((line as SocketLine).isOpen) socketOf(line).unsubscribe(room.code);
  }

  tellAll(room: RoomFace, event: Event, seq: number | null): void {
    if (this.elsewhere !== null && event.kind === "hostChanged") this.elsewhere.hostChanged(room);
    const text = this.#encode(room, event, seq);
    if (text === null) return;
    const bytes = this.#publish(room.code, text);
    if (this.elsewhere !== null) this.elsewhere.publish(room.code, text, null);
    this.#handOut(room, bytes, room.here);
  }

  tellRoom(room: RoomFace, event: Event, except: Line | null, seq: number | null): void {
    const text = this.#encode(room, event, seq);
    if (text === null) return;
    // A socket's `publish` leaves that socket out, and stays on its port: rooms of the second port's wire are told nothing with an `except`.
    // A socket that has closed cannot publish, and is no subscriber any more.
    const isExcepted = except !== null && (except as SocketLine).isOpen;
    const bytes = isExcepted
      ? bytesOf(socketOf(except).publish(room.code, text, false), text)
      : this.#publish(room.code, text);
    if (this.elsewhere !== null) this.elsewhere.publish(room.code, text, isExcepted ? except : null);
    this.#handOut(room, bytes, isExcepted ? room.here - 1 : room.here);
  }

  tellOne(line: Line, room: RoomFace, event: Event, seq: number | null): void {
    const text = this.#encode(room, event, seq);
    if (text !== null) this.#publishTo(line as SocketLine, room, text);
  }

  tellSome(lines: readonly Line[], room: RoomFace, event: Event, seq: number | null): void {
    const text = this.#encode(room, event, seq);
    if (text === null) return;
    for (const line of lines) this.#publishTo(line as SocketLine, room, text);
  }

  attend(line: Line, room: RoomFace, number: number): void {
    const own = line as SocketLine;
    const topic = audienceTopic(room.code);
    // Its node spreads them: it is told once, however many listen there.
    if (own.isGuest) own.socket.subscribe(topic);
    else this.#galleries.subscribe(topic, own, number);
  }

  unattend(line: Line, room: RoomFace, number: number): void {
    const own = line as SocketLine;
    const topic = audienceTopic(room.code);
    if (!own.isGuest) this.#galleries.unsubscribe(topic, own, number);
    else if (own.isOpen) own.socket.unsubscribe(topic);
  }

  tellAudience(room: RoomFace, event: Event): void {
    const text = this.#encode(room, event, null);
    if (text === null) return;
    const topic = audienceTopic(room.code);
    this.#galleries.tell(topic, text);
    if (this.elsewhere !== null) this.elsewhere.publish(topic, text, null);
    const { audience, host, outgoing } = room;
    const [bytes, listeners] = [Buffer.byteLength(text), audience?.size ?? 0];
    this.#handOut(room, bytes, listeners);
    // Its members are what a host's share is asked for: who watches is heard of only here. Counts come by themselves, and not at its word.
    if (host !== null && event.kind !== "tally") outgoing.chargeShare(host, bytes * listeners);
  }

  sizeOf(room: RoomFace, answer: Event, asked: Asked): number {
    const text = this.dialects.byName.get(room.wire)?.encode(answer, asked);
    return typeof text === "string" ? Buffer.byteLength(text) : 0;
  }

  /** Everyone who listens to a topic of the door's own. */
  tellTopic(topic: string, dialect: Dialect, event: Event): void {
    const listeners = this.servers.reduce((sum, server) => sum + server.subscriberCount(topic), 0);
    const text = listeners === 0 && this.elsewhere === null ? null : dialect.encode(event);
    if (text === null) return;
    this.#count(this.#publish(topic, text), listeners);
    this.elsewhere?.publish(topic, text, null);
  }

  /** A frame for everyone who listens to a topic of the door's own. */
  publishTo(topic: string, text: string, listeners: number): void {
    this.#count(this.#publish(topic, text), listeners);
    if (this.elsewhere !== null) this.elsewhere.publish(topic, text, null);
  }

  /** A frame for everyone who listens to a topic on this node; answers the bytes of the payload. What is handed out is counted by who asks. */
  publishHere(topic: string, text: string): number {
    return this.#publish(topic, text);
  }

  /**
   * A frame that a room on another node has encoded, and counted as told, for its members that are here [N3].
   * @param except one of them that does not hear it; null: all do
   */
  publishCarried(topic: string, text: string, listeners: number, except: SocketLine | null): void {
    const bytes = except?.isOpen
      ? bytesOf(except.socket.publish(topic, text, false), text)
      : this.#publish(topic, text);
    this.#lookAfter(bytes * listeners);
  }

  /**
   * Publishes to a topic that only this line hears. With eight phones talking to one display that takes 12 to 20 % less of
   * the server's CPU than `send`, since Bun batches it with the room's messages. Made when first needed: an idle phone has none.
   */
  #publishTo(line: SocketLine, room: RoomFace, text: string): void {
    if (line.ownTopic === null) {
      // A topic of its own would be one on each of two nodes.
      if (line.isGuest) {
        this.elsewhere?.tell(line, text);
        this.#handOut(room, Buffer.byteLength(text), 1);
        room.outgoing.left -= TARGET_BYTES;
        return;
      }
      line.ownTopic = `~${++this.#lastTopic}`;
      line.socket.subscribe(line.ownTopic);
    }
    this.#handOut(room, this.#publish(line.ownTopic, text), 1);
    room.outgoing.left -= TARGET_BYTES;
  }

  /** The frame, or null where the room's wire is silent. No room has a wire that is not here: the schedule restores none. */
  #encode(room: RoomFace, event: Event, seq: number | null): string | null {
    return this.dialects.byName.get(room.wire)?.encode(event, undefined, seq, room.wireData) ?? null;
  }

  /** Answers the bytes of the payload. */
  #publish(topic: string, text: string): number {
    let bytes = 0;
    for (const server of this.servers) bytes = Math.max(bytes, server.publish(topic, text, false));
    return bytesOf(bytes, text);
  }

  /** The room pays for what is handed out, whoever had it handed out [L26]. */
  #handOut(room: RoomFace, bytes: number, listeners: number): void {
    this.#count(bytes, listeners);
    const { outgoing } = room;
    outgoing.left -= bytes * listeners;
    outgoing.unlooked += bytes;
    outgoing.toldAt = this.now;
    this.#lookAfter(bytes * listeners);
    if (outgoing.unlooked < UNLOOKED_BYTES_MAX) return;
    outgoing.unlooked = 0;
    this.look(room);
  }

  /** Has all lines looked at once so much was handed out. */
  #lookAfter(bytes: number): void {
    this.#unlooked += bytes;
    if (this.#unlooked < UNLOOKED_IN_ALL_MAX) return;
    this.#unlooked = 0;
    this.look(null);
  }

  #count(bytes: number, listeners: number): void {
    this.counts.messagesOut += listeners;
    this.counts.bytesOut += bytes * listeners;
  }
}

/** What a publish hands to each listener: Bun tells the bytes, but not where somebody has to wait for them; then the text's own length. */
function bytesOf(published: number, text: string): number {
  return published > 0 ? published : text.length;
}

/** Every Line of a running server is a SocketLine: the doors make no others. */
function socketOf(line: Line) {
  return (line as SocketLine).socket;
}
