// The server's end of a backup: a socket in the data folder, for who may open it. The one that backs up reads the files itself, in a process of its
// own, so that no turn of this loop is longer for it: all that is said here is who is there, and in the log what came of it [O1].
import { chmodSync, rmSync } from "node:fs";
import type { Socket, UnixSocketListener } from "bun";
import { version } from "../../package.json";
import type { Log } from "../log.ts";
import { controlPath } from "./pieces.ts";

/** What the server answers, on one line. `no`: why nothing is backed up now. */
export interface Reply {
  readonly version: string;
  readonly no?: string;
}

/** What is heard of one that backs up, a line each: that it begins, whether this is still the same server, and that it is done, with how many bytes. */
const HEARD = /^(?:(take)|(here)|done (\d{1,15}))$/;
const LINE_CHARS_MAX = 32;
/** The mode of the socket, and what is left out of that of any file meanwhile. */
const MODE = 0o600;
const UNMODE = 0o177;

interface Visit {
  heard: string;
}

export interface ControlOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** Whether the sessions are kept in this data folder [N11]. */
  readonly keepsSessions: boolean;
}

export class Control {
  #listener: UnixSocketListener<Visit> | null = null;
  #taking: Socket<Visit> | null = null;

  private constructor(private readonly options: ControlOptions) {}

  /** Listens, in a data folder that is this process's own. Where it cannot, the log says so, and nothing else is lost. */
  static listen(options: ControlOptions): Control {
    const control = new Control(options);
    try {
      control.#listen();
    } catch (error) {
      options.log.warn({ err: error }, "no backup can be asked for: the socket in the data folder cannot be opened");
    }
    return control;
  }

  /** Ends it; a backup that is under way hears that its server has gone. */
  stop(): void {
    this.#listener?.stop(true);
    this.#listener = null;
    rmSync(controlPath(this.options.dataDir), { force: true });
  }

  #listen(): void {
    const path = controlPath(this.options.dataDir);
    // A server that was killed leaves its own.
    rmSync(path, { force: true });
    const before = process.umask(UNMODE);
    try {
      this.#listener = Bun.listen<Visit>({ unix: path, data: { heard: "" }, socket: this.#handlers() });
    } finally {
      process.umask(before);
    }
    chmodSync(path, MODE);
    // A process that has nothing else to do may end.
    this.#listener.unref();
  }

  #handlers() {
    const { log } = this.options;
    return {
      open(socket: Socket<Visit>) {
        socket.data = { heard: "" };
      },
      data: (socket: Socket<Visit>, bytes: Buffer) => this.#hear(socket, bytes),
      close: (socket: Socket<Visit>) => this.#gone(socket),
      error: (_: Socket<Visit>, error: Error) => log.warn({ err: error }, "a backup's line broke"),
    };
  }

  #hear(socket: Socket<Visit>, bytes: Buffer): void {
    const lines = (socket.data.heard + bytes.toString("latin1")).split("\n");
    socket.data.heard = lines.pop() ?? "";
    const heard = lines.map((line) => HEARD.exec(line));
    // Nobody else says anything of that kind.
    if (socket.data.heard.length > LINE_CHARS_MAX || heard.includes(null)) return void socket.end();
    for (const [, take, here, done] of heard.filter((found) => found !== null)) {
      if (take !== undefined) this.#begin(socket);
      else if (here !== undefined) this.#reply(socket, null);
      else this.#done(socket, Number(done));
    }
  }

  #begin(socket: Socket<Visit>): void {
    const no = this.#whyNot();
    this.#reply(socket, no);
    if (no !== null) return void socket.end();
    this.#taking = socket;
    this.options.log.info("a backup is being taken");
  }

  #whyNot(): string | null {
    if (!this.options.keepsSessions) return "this node keeps no sessions; ask the one with SESSIONS=here";
    return this.#taking === null ? null : "another backup of this server is being taken";
  }

  #reply(socket: Socket<Visit>, no: string | null): void {
    const reply: Reply = { version, ...(no !== null && { no }) };
    socket.write(`${JSON.stringify(reply)}\n`);
  }

  #done(socket: Socket<Visit>, bytes: number): void {
    if (this.#taking !== socket) return;
    this.#taking = null;
    this.options.log.info({ bytes }, "a backup was taken");
  }

  #gone(socket: Socket<Visit>): void {
    if (this.#taking !== socket) return;
    this.#taking = null;
    this.options.log.warn("a backup was not finished");
  }
}
