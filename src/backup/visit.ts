// A backup's line to the server: asks it, and knows whether it is still the same one.
import { createConnection, type Socket } from "node:net";
import { z } from "zod";
import { BackupError } from "./pieces.ts";

const Reply = z.object({ version: z.string(), no: z.string().optional() });
type Reply = z.infer<typeof Reply>;
const REPLY_CHARS_MAX = 4_096;
/** How long a server that is busy may take to answer. */
const PATIENCE_MS = 30_000;

export class Visit {
  #isGone = false;

  private constructor(
    private readonly socket: Socket,
    /** Of the server. */
    readonly version: string,
  ) {
    socket.on("close", () => {
      this.#isGone = true;
    });
  }

  /** Says that a backup begins. @throws {BackupError} where no server is there, or it says no */
  static async open(path: string): Promise<Visit> {
    const socket = createConnection(path);
    // What breaks between two questions is found by the next one.
    socket.on("error", () => {});
    try {
      const { version, no } = await asked(socket, "take");
      if (no !== undefined) throw new BackupError(no);
      return new Visit(socket, version);
    } catch (error) {
      socket.destroy();
      if (error instanceof BackupError) throw error;
      throw new BackupError(whyNone(path, error as NodeJS.ErrnoException));
    }
  }

  /** @throws {BackupError} where the server has gone since it was asked, whoever is there now */
  async stillThere(): Promise<void> {
    const isThere = !this.#isGone && (await asked(this.socket, "here").then(Boolean, () => false));
    if (!isThere) throw new BackupError("the server has gone meanwhile; ask the next one");
  }

  done(bytes: number): void {
    this.socket.write(`done ${bytes}\n`);
  }

  end(): void {
    this.socket.end();
  }
}

/** Whether somebody listens there. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = createConnection(path);
    socket.on("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.on("error", () => answer(false));
  });
}

/** The one line that a question is answered with; throws where none comes. */
function asked(socket: Socket, question: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let text = "";
    const hear = (more: Buffer) => {
      text += more.toString();
      if (text.length > REPLY_CHARS_MAX) return end(new Error("it says what no server says"));
      if (!text.endsWith("\n")) return;
      try {
        const reply = Reply.parse(JSON.parse(text));
        end(null);
        resolve(reply);
      } catch {
        end(new Error("it says what no server says"));
      }
    };
    const fail = (error: Error) => end(error);
    const gone = () => end(new Error("it went without a word"));
    const late = () => end(new Error("it does not answer"));
    const end = (error: Error | null) => {
      socket.off("data", hear).off("error", fail).off("close", gone).off("timeout", late).setTimeout(0);
      if (error !== null) reject(error);
    };
    socket.on("data", hear).on("error", fail).on("close", gone).on("timeout", late).setTimeout(PATIENCE_MS);
    socket.write(`${question}\n`);
  });
}

function whyNone(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return `no server answers at ${path}: set DATA_DIR as it is set there; where none runs nothing changes, and a copy of the folder is a backup`;
  return `the server at ${path} cannot be asked: ${code ?? message}`;
}
