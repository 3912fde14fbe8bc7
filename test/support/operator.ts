// An operator as the tests of the monitor have one: a client of the API with a token, and what it reads of the recorder.
import { Api, type Fields } from "./api.ts";
import type { TestServer } from "./server.ts";

/** An entry without its time and id: the kind, and what of the rest is there. */
export type Told = readonly [kind: unknown, ...more: unknown[]];

export class Operator {
  private constructor(
    readonly api: Api,
    private readonly server: TestServer,
  ) {}

  static async at(server: TestServer): Promise<Operator> {
    return new Operator(await Api.admitted(server), server);
  }

  /** The monitor's answer. What was written to the server before has been read by then. */
  monitor(query = ""): Promise<Fields> {
    return this.api.ask("GET", `/api/monitor${query}`);
  }

  room(code: string): Promise<Fields> {
    return this.api.ask("GET", `/api/rooms/${code}`);
  }

  /** What was recorded of a room, each as its kind, seat, word and code, those that are null left out. */
  async record(code: string): Promise<Told[]> {
    const { events } = await this.api.ask("GET", `/api/rooms/${code}/record`);
    return (events as Fields[]).map(told);
  }

  /** What was recorded at all. */
  async recorded(): Promise<Told[]> {
    return ((await this.monitor()).events as Fields[]).map(told);
  }

  /** Waits until that is recorded of a room: every look is a round trip, so the server gets to read in between. */
  async sees(code: string, kind: string): Promise<Told[]> {
    for (;;) {
      const record = await this.record(code);
      if (record.some(([seen]) => seen === kind)) return record;
    }
  }

  /** The lines of the log that tell what operators have done. */
  audits(): Fields[] {
    const lines = this.server.logged.map((line): Fields => JSON.parse(line));
    return lines.filter(({ audit }) => audit !== undefined);
  }
}

function told({ kind, seat, what, code }: Fields): Told {
  return [kind, ...[seat, what, code].filter((part) => part !== null)];
}
