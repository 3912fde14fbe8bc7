// HTTP by hand: requests that no client library would write, and answers as the bytes they were.
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Writes these bytes and reads until the answer is whole or the server hangs up. Status 0: it said nothing.
 * @param localAddress the address of this machine that it comes from
 */
export function rawHttp(url: string, bytes: string | Uint8Array, localAddress?: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const isHead = typeof bytes === "string" && bytes.startsWith("HEAD ");
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ port: Number(port), host, ...(localAddress !== undefined && { localAddress }) });
    const done = () => {
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    };
    socket.on("error", () => {});
    socket.on("close", done);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isWhole(text, isHead)) done();
    });
    socket.write(bytes);
  });
}

/** The lines of an upgrade request; a header set to "" is left out. */
export function handshake(path: string, headers: Record<string, string> = {}): string {
  const all = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== "");
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

function isWhole(text: string, isHead: boolean): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  if (isHead || /^HTTP\/1\.1 (101|204|304)/.test(text)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

/** The headers of an answer, their names in lower case, in the order in which they came: one that came twice is there twice. */
export function headersOf({ text }: RawAnswer): [name: string, value: string][] {
  const [, ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
}
