// Writes deploy/grafana.json, the dashboard, from the list below: `bun run dashboard`. A new figure is a line here, and the test of the dashboard
// (test/deploy) says which one is missing.
import { join } from "node:path";

const OUT = join(import.meta.dir, "../deploy/grafana.json");
/** The servers that were picked above the panels. */
const OF = '{instance=~"$instance"}';
const OVER = "[$__rate_interval]";
const COLUMNS = 24;

interface Panel {
  readonly title: string;
  /** What Prometheus is asked, and how each answer is called. */
  readonly asks: readonly (readonly [expr: string, legend: string])[];
  /** A number, not a graph. */
  readonly isStat?: boolean;
  /** As Grafana names them. */
  readonly unit?: string;
  readonly says?: string;
}

const SECTIONS: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  [
    "Now",
    [
      {
        title: "People",
        asks: [[`sum(partyline_seats${OF})`, ""]],
        isStat: true,
        says: "Members of all rooms that are here.",
      },
      { title: "Rooms", asks: [[`sum(partyline_rooms${OF})`, ""]], isStat: true },
      { title: "Lines", asks: [[`sum(partyline_lines${OF})`, ""]], isStat: true, says: "Open WebSockets." },
      {
        title: "Slowest hundredth of turns",
        asks: [
          [`histogram_quantile(0.99, sum by (le) (rate(partyline_event_loop_lag_seconds_bucket${OF}${OVER})))`, ""],
        ],
        isStat: true,
        unit: "s",
        says: "How late the server's own beat comes: what a buzzer waits at worst.",
      },
      { title: "Since the start", asks: [[`min(process_uptime_seconds${OF})`, ""]], isStat: true, unit: "s" },
      {
        title: "Version",
        asks: [[`count by (version) (partyline_build_info${OF})`, "{{version}}"]],
        isStat: true,
        says: "How many servers run which version.",
      },
    ],
  ],
  [
    "Who plays",
    [
      {
        title: "People and lines",
        asks: [
          [`sum(partyline_seats${OF})`, "here"],
          [`sum(partyline_seats_away${OF})`, "away"],
          [`sum(partyline_audience${OF})`, "audience"],
          [`sum(partyline_lines${OF})`, "lines"],
        ],
        says: "Away: seats that wait for their members.",
      },
      {
        title: "Rooms and sessions",
        asks: [
          [`sum(partyline_rooms${OF})`, "rooms"],
          [`sum(rate(partyline_rooms_opened_total${OF}${OVER})) * 60`, "opened a minute"],
          [`sum(rate(partyline_sessions_opened_total${OF}${OVER})) * 60`, "sessions begun a minute"],
        ],
      },
      {
        title: "Connections by wire",
        asks: [[`sum by (kind) (partyline_connections${OF})`, "{{kind}}"]],
        says: "http: requests that wait for their answer.",
      },
      {
        title: "Coming back",
        asks: [
          [`sum by (result) (rate(partyline_resumes_total${OF}${OVER}))`, "{{result}}"],
          [`sum(rate(partyline_lines_opened_total${OF}${OVER}))`, "lines opened"],
        ],
        unit: "ops",
        says: "Resumes that were whole, and those that were not.",
      },
    ],
  ],
  [
    "What is said",
    [
      {
        title: "Messages a second",
        asks: [
          [`sum(rate(partyline_messages_in_total${OF}${OVER}))`, "in"],
          [`sum(rate(partyline_messages_out_total${OF}${OVER}))`, "out"],
        ],
        unit: "ops",
      },
      {
        title: "Bytes a second",
        asks: [
          [`sum(rate(partyline_bytes_in_total${OF}${OVER}))`, "in"],
          [`sum(rate(partyline_bytes_out_total${OF}${OVER}))`, "out"],
        ],
        unit: "Bps",
      },
      { title: "Unread", asks: [[`sum(partyline_unsent_bytes${OF})`, "bytes that lines leave unread"]], unit: "bytes" },
      {
        title: "Events of sessions",
        asks: [
          [`sum(rate(partyline_session_events_total${OF}${OVER}))`, "told"],
          [`sum(partyline_live_listeners${OF})`, "listeners of the live socket"],
        ],
      },
    ],
  ],
  [
    "What was refused",
    [
      {
        title: "Lines closed, by code",
        asks: [[`sum by (code) (rate(partyline_closes_total${OF}${OVER}))`, "{{code}}"]],
        unit: "ops",
        says: "4101 too fast, 4102 too slow a reader, 4103 said nothing, 4104 no sign of life, 4200 server going away.",
      },
      {
        title: "Refusals",
        asks: [[`topk(8, sum by (name) (rate(partyline_refusals_total${OF}${OVER})))`, "{{name}}"]],
        unit: "ops",
      },
      {
        title: "Limits that bit",
        asks: [
          [`sum by (bucket) (rate(partyline_limited_total${OF}${OVER}))`, "{{bucket}}"],
          [`sum(rate(partyline_pauses_total${OF}${OVER}))`, "pauses"],
          [`sum(rate(partyline_waits_total${OF}${OVER}))`, "waits"],
        ],
        unit: "ops",
      },
      {
        title: "HTTP",
        asks: [
          [
            `topk(10, sum by (route, status) (rate(partyline_http_requests_total${OF}${OVER})))`,
            "{{route}} {{status}}",
          ],
        ],
        unit: "ops",
      },
      {
        title: "Faults and losses",
        asks: [
          [`sum(increase(partyline_faults_total${OF}${OVER}))`, "faults"],
          [`sum(increase(partyline_dropped_total${OF}${OVER}))`, "dropped"],
          [`sum(increase(partyline_abandoned_total${OF}${OVER}))`, "abandoned"],
          [`sum(increase(partyline_failed_logins_total${OF}${OVER}))`, "wrong admin keys"],
        ],
        says: "A fault is a bug: report it.",
      },
    ],
  ],
  [
    "The machine",
    [
      {
        title: "Turns of the loop, late by",
        asks: [
          [
            `histogram_quantile(0.5, sum by (le, instance) (rate(partyline_event_loop_lag_seconds_bucket${OF}${OVER})))`,
            "50 % {{instance}}",
          ],
          [
            `histogram_quantile(0.9, sum by (le, instance) (rate(partyline_event_loop_lag_seconds_bucket${OF}${OVER})))`,
            "90 % {{instance}}",
          ],
          [
            `histogram_quantile(0.99, sum by (le, instance) (rate(partyline_event_loop_lag_seconds_bucket${OF}${OVER})))`,
            "99 % {{instance}}",
          ],
        ],
        unit: "s",
      },
      {
        title: "CPU",
        asks: [[`rate(process_cpu_seconds_total${OF}${OVER})`, "{{instance}}"]],
        unit: "percentunit",
        says: "1 is a whole core; the loop has one.",
      },
      {
        title: "Memory",
        asks: [
          [`process_resident_memory_bytes${OF}`, "{{instance}}"],
          [`sum(partyline_kept_bytes${OF})`, "kept by rooms"],
        ],
        unit: "bytes",
      },
      { title: "Descriptors", asks: [[`process_open_fds${OF}`, "{{instance}}"]] },
      {
        title: "Age of the snapshot of rooms",
        asks: [[`time() - (partyline_snapshot_timestamp_seconds${OF} > 0)`, "{{instance}}"]],
        unit: "s",
        says: "More than 20 s while there are rooms: they are not kept.",
      },
      {
        title: "The sessions' file",
        asks: [
          [`partyline_sessions_full_ratio${OF}`, "full {{instance}}"],
          [`increase(partyline_sessions_forgotten_total${OF}[1h])`, "forgotten an hour {{instance}}"],
        ],
        unit: "percentunit",
      },
    ],
  ],
  [
    "Several nodes",
    [
      {
        title: "Engine and lease",
        asks: [
          [`partyline_cluster_engine_up${OF}`, "engine up {{instance}}"],
          [`partyline_cluster_frozen${OF}`, "frozen {{instance}}"],
          [`partyline_cluster_lease_age_seconds${OF}`, "age of the lease {{instance}}"],
        ],
      },
      {
        title: "Frozen",
        asks: [[`increase(partyline_cluster_frozen_seconds_total${OF}[5m])`, "seconds in 5 minutes {{instance}}"]],
        unit: "s",
      },
      {
        title: "Links: not acknowledged",
        asks: [[`partyline_cluster_unacknowledged_seconds${OF}`, "{{instance}}"]],
        unit: "s",
      },
      {
        title: "Links: bytes not acknowledged",
        asks: [
          [`partyline_cluster_unacknowledged_bytes${OF}`, "{{instance}}"],
          [`partyline_cluster_links${OF}`, "links {{instance}}"],
        ],
        unit: "bytes",
      },
      {
        title: "Packets",
        asks: [
          [`sum(rate(partyline_cluster_packets_in_total${OF}${OVER}))`, "in"],
          [`sum(rate(partyline_cluster_packets_out_total${OF}${OVER}))`, "out"],
          [`sum(rate(partyline_cluster_packets_again_total${OF}${OVER}))`, "again"],
          [`sum(rate(partyline_cluster_packets_twice_total${OF}${OVER}))`, "twice"],
        ],
        unit: "ops",
      },
      {
        title: "Rooms between nodes",
        asks: [
          [`sum(increase(partyline_cluster_rooms_moved_total${OF}[5m]))`, "moved"],
          [`sum(increase(partyline_cluster_rooms_adopted_total${OF}[5m]))`, "adopted"],
          [`sum(increase(partyline_cluster_rooms_let_go_total${OF}[5m]))`, "let go"],
          [`sum(partyline_cluster_far_lines${OF})`, "far lines"],
          [`sum(partyline_cluster_guests${OF})`, "guests"],
        ],
      },
    ],
  ],
  [
    "Jackbox rooms, where they are watched",
    [
      {
        title: "Watched",
        asks: [
          [`sum by (state) (partyline_ecast_watches${OF})`, "{{state}}"],
          [`sum by (reason) (increase(partyline_ecast_overs_total${OF}[5m]))`, "over: {{reason}}"],
        ],
      },
      {
        title: "Asking them",
        asks: [
          [`sum(rate(partyline_ecast_attempts_total${OF}${OVER}))`, "looked for"],
          [`sum(rate(partyline_ecast_frames_dropped_total${OF}${OVER}))`, "frames dropped"],
        ],
        unit: "ops",
      },
    ],
  ],
  [
    "To the outside",
    [
      {
        title: "Streams and webhooks",
        asks: [
          [`sum(partyline_streams${OF})`, "streams"],
          [`sum(partyline_webhooks${OF})`, "webhooks"],
          [`sum(partyline_webhooks_failing${OF})`, "failing"],
          [`sum(partyline_webhooks_paused${OF})`, "paused"],
        ],
      },
      {
        title: "Calls of webhooks",
        asks: [
          [`sum(rate(partyline_webhook_calls_total${OF}${OVER}))`, "calls"],
          [`sum(rate(partyline_webhook_failures_total${OF}${OVER}))`, "failed"],
        ],
        unit: "ops",
      },
    ],
  ],
];

const source = { type: "prometheus", uid: "$source" };

/** The dashboard, as Grafana imports it. */
export function dashboard(): object {
  const panels: object[] = [];
  let y = 0;
  for (const [title, inSection] of SECTIONS) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y++;
    let x = 0;
    let below = y;
    for (const panel of inSection) {
      const [w, h] = panel.isStat === true ? [4, 4] : [12, 8];
      if (x + w > COLUMNS) [x, y] = [0, below];
      panels.push({ id: panels.length + 1, ...drawn(panel), gridPos: { x, y, w, h } });
      x += w;
      below = y + h;
    }
    y = below;
  }
  const instances = { query: "label_values(partyline_build_info, instance)", refId: "instances" };
  const all = { selected: true, text: ["All"], value: ["$__all"] };
  const list = [
    { name: "source", label: "Prometheus", type: "datasource", query: "prometheus", current: {}, hide: 0 },
    {
      ...{ name: "instance", label: "Server", type: "query", datasource: source, query: instances, refresh: 2 },
      ...{ includeAll: true, multi: true, allValue: ".*", current: all, sort: 1 },
    },
  ];
  return {
    ...{ uid: "partyline", title: "Partyline", tags: ["partyline"], schemaVersion: 39, version: 1, editable: true },
    ...{ refresh: "10s", time: { from: "now-3h", to: "now" }, timezone: "browser", graphTooltip: 1 },
    ...{ annotations: { list: [] }, templating: { list }, panels },
  };
}

function drawn({ title, asks, isStat = false, unit = "short", says: description = "" }: Panel): object {
  const targets = asks.map(([expr, legendFormat], at) => {
    return { refId: String.fromCharCode(65 + at), datasource: source, expr, legendFormat };
  });
  const own = { title, description, datasource: source, targets };
  if (isStat) {
    const reduceOptions = { calcs: ["lastNotNull"], fields: "", values: false };
    const options = { reduceOptions, colorMode: "value", graphMode: "area", textMode: "auto" };
    return { ...own, type: "stat", fieldConfig: { defaults: { unit }, overrides: [] }, options };
  }
  const custom = { fillOpacity: 8, lineWidth: 1, showPoints: "never" };
  const legend = { displayMode: "list", placement: "bottom", showLegend: true };
  const options = { legend, tooltip: { mode: "multi", sort: "desc" } };
  return { ...own, type: "timeseries", fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] }, options };
}

/** The file's text. */
export const dashboardText = () => `${JSON.stringify(dashboard(), null, 2)}\n`;

if (import.meta.main) {
  await Bun.write(OUT, dashboardText());
  console.log("wrote deploy/grafana.json");
}
