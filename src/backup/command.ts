// `--backup FILE` and `--restore FILE [--over]` as an operator runs them: what is said, and with which exit code.
import { KeyError } from "../auth/keys.ts";
import { StoreError } from "../sessions/store/store.ts";
import { BackupError } from "./pieces.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take.ts";

/** Does what is asked; answers the exit code: 0, or 1 where it could not be done, 2 where it was not said right. */
export async function backupCommand([command = "", ...args]: readonly string[], dataDir: string): Promise<number> {
  const isOver = command === "--restore" && args.includes("--over");
  const [file, ...more] = args.filter((arg) => !(isOver && arg === "--over"));
  if (
    file === undefined ||
    file === "" ||
    file.startsWith("--") ||
    (file === "-" && command === "--backup") ||
    more.length > 0
  ) {
    console.error(`usage: bun server.ts ${command} FILE${command === "--restore" ? " [--over]" : ""}`);
    return 2;
  }
  try {
    console.log(command === "--backup" ? await backedUp(file, dataDir) : await restored(file, dataDir, isOver));
    return 0;
  } catch (error) {
    if (!(error instanceof BackupError || error instanceof StoreError || error instanceof KeyError)) throw error;
    console.error(`partyline: ${error.message}`);
    return 1;
  }
}

async function backedUp(file: string, dataDir: string): Promise<string> {
  const { path, bytes, pieces } = await takeBackup(file, dataDir);
  return `${path} holds ${pieces.join(", ")} (${bytes} bytes). Who has it has the server's secrets: keep it as such.`;
}

async function restored(file: string, dataDir: string, isOver: boolean): Promise<string> {
  const { version, takenAt, pieces, aside, webhooks } = await restoreBackup(file, dataDir, isOver);
  const lines = [`${dataDir} is as it was at ${takenAt}, with Partyline ${version}: ${pieces.join(", ")}.`];
  if (aside !== null) lines.push(`What was there before is in ${aside}.`);
  if (webhooks > 0)
    lines.push(
      `Its webhooks (${webhooks}) are paused, so that two servers do not call them: POST /api/webhooks/ID/resume where this one is to go on.`,
    );
  if (!pieces.includes("jwt.secret"))
    lines.push(
      "JWT_SECRET was set where it was taken: set the same one, or its tokens and rooms are worth nothing here.",
    );
  return lines.join("\n");
}
