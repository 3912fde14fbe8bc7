// What an operator's Prometheus and Grafana are given: every figure that they ask for is one that a server tells, and Prometheus takes the rules.
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { dashboardText } from "../../scripts/dashboard.ts";
import { nodeFigures } from "../../src/cluster/figures.ts";
import { BUCKETS } from "../../src/metrics/tally.ts";
import { CLOSES } from "../../src/protocol/refusals.ts";
import { firstThatRuns, needs } from "../support/needs.ts";
import { startServer } from "../support/server.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");
const ALERTS = join(DEPLOY, "alerts.yml");
const promtool = await needs("promtool (Debian: prometheus)", () => firstThatRuns([["promtool", "--version"]]));

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}
const dashboard: { panels: Panel[]; uid: string } = await Bun.file(join(DEPLOY, "grafana.json")).json();
const rules = Bun.YAML.parse(await Bun.file(ALERTS).text()) as {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[];
};

const alerts = rules.groups.flatMap(({ rules }) => rules);
const asked = [
  ...alerts.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
];

// With all that has figures of its own turned on; nothing is asked of anybody before a room is to be watched.
const server = startServer({ ECAST_URL: "https://ecast.example" });
afterAll(() => server.stop());

/** Names of all that a server tells, those of a node among them, as they stand in queries. */
async function told(): Promise<Set<string>> {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const names = types.flatMap(([, name = "", type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const membership = { engine: { isUp: true }, life: { leaseAgeMs: 0, isFrozen: false } };
  const counts = { frozenMs: () => 0, roomsAdopted: 0, roomsMoved: 0, roomsLetGo: 0 };
  type Watched = Parameters<typeof nodeFigures>[0];
  const node = nodeFigures({ membership, counts, links: () => null, nodes: () => null } as unknown as Watched);
  return new Set([...names, ...node.map(({ name }) => name)]);
}

const namesIn = (expr: string) => [...expr.matchAll(/\b(?:partyline|process)_[a-z_]+/g)].map(([name]) => name);

test("[O8] every figure that the dashboard and the alerts ask for is told, and every one that is told is shown", async () => {
  const names = await told();
  expect(asked.length).toBeGreaterThan(50);
  for (const [where, expr] of asked)
    for (const name of namesIn(expr)) expect([where, name, names.has(name)]).toEqual([where, name, true]);
  const shown = new Set(dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr))));
  const own = [...names].filter((name) => !/_(sum|count)$/.test(name));
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

test("[O8] the labels and values that they pick are those that there are", async () => {
  const text = await server.figures();
  const labelled = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]+)\{([^}]*)\}/gm)) {
    const known = labelled.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    labelled.set(name, known);
  }
  const always = new Set(["instance", "job"]);
  for (const [where, expr] of asked) {
    const [name = ""] = namesIn(expr);
    const picked = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(", "));
    const unknown = picked.filter((label) => !always.has(label) && labelled.get(name)?.has(label) === false);
    expect([where, unknown]).toEqual([where, []]);
    for (const [, code] of expr.matchAll(/code="(\d+)"/g))
      expect([where, Object.values(CLOSES).some((close) => String(close.code) === code)]).toEqual([where, true]);
    for (const [, pattern = ""] of expr.matchAll(/bucket=~"([^"]+)"/g))
      expect([where, BUCKETS.some((bucket) => new RegExp(`^(?:${pattern})$`).test(bucket))]).toEqual([where, true]);
  }
});

test("[O8] no two panels share a place or a number, and every alert says what to do", () => {
  const cells = new Set<string>();
  for (const {
    gridPos: { x, y, w, h },
  } of dashboard.panels) {
    expect(x + w).toBeLessThanOrEqual(24);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        expect([column, line, cells.has(`${column} ${line}`)]).toEqual([column, line, false]);
        cells.add(`${column} ${line}`);
      }
    }
  }
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { alert, annotations } of alerts)
    expect([alert, annotations.summary.length > 10 && annotations.description.length > 40]).toEqual([alert, true]);
});

promtool.test("[O8] Prometheus takes the rules, and each fires when what it is for happens", async () => {
  for (const args of [
    ["check", "rules", ALERTS],
    ["test", "rules", join(import.meta.dir, "alerts.test.yml")],
  ]) {
    const child = Bun.spawn([promtool.get(), ...args], { stdout: "pipe", stderr: "pipe" });
    const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
    expect([args[0], await child.exited, said]).toEqual([args[0], 0, said]);
  }
  const fired = await Bun.file(join(import.meta.dir, "alerts.test.yml")).text();
  for (const { alert } of alerts) expect([alert, fired.includes(`alertname="${alert}"`)]).toEqual([alert, true]);
});

test("[O8] the dashboard is what its script makes", async () => {
  expect(dashboardText() === (await Bun.file(join(DEPLOY, "grafana.json")).text())).toBe(true);
});
