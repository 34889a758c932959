import { type SVGTemplateResult, svg } from 'lit';
import type { MapRow } from '../protocol.ts';

/** What is drawn beside one row of the map: levels count from 0 for the root's. */
export interface RowLanes {
  /** Lanes that pass the row: an ancestor's later forks stand below it. */
  readonly through: readonly Lane[];
  /** The lane that ends in this row's dot; the root has none. */
  readonly from?: Lane;
  /** Forks of this row stand below it. */
  readonly down: boolean;
  readonly level: number;
  readonly here: boolean;
  readonly rewound: boolean;
}

export interface Lane {
  readonly level: number;
  /** It leads to this session, or from it to its forks. */
  readonly lit: boolean;
}

/** In px. */
const rowHeight = 28;
const step = 16;
const margin = 8;
const bend = 6;
/** Deeper forks stand on one level, so that their titles keep their room. */
const deepest = 8;

/** The lanes of all rows, which are in the tree's order. `here` is the index of the session that is shown. Pure. */
export function lanesOf(rows: readonly MapRow[], here: number): readonly RowLanes[] {
  const open: (number | undefined)[] = [];
  return rows.map(({ depth, kind }, index) => {
    open.length = depth;
    open.push(index);
    const parent = depth > 0 ? open[depth - 1] : undefined;
    return {
      through: open
        .slice(0, depth)
        .flatMap((ancestor, level) =>
          hasLaterFork(rows, index, level) ? [{ level, lit: ancestor === here }] : [],
        ),
      ...(depth > 0 && { from: { level: depth - 1, lit: index === here || parent === here } }),
      down: rows[index + 1]?.depth === depth + 1,
      level: depth,
      here: index === here,
      rewound: kind === 'rewound',
    };
  });
}

/** Whether the ancestor of row `index` at `level` has another fork below that row. */
function hasLaterFork(rows: readonly MapRow[], index: number, level: number): boolean {
  const end = rows.findIndex((row, at) => at > index && row.depth <= level);
  return rows.slice(index + 1, end < 0 ? undefined : end).some((row) => row.depth === level + 1);
}

/** How wide the lanes of these rows are, in px. */
export const lanesWidth = (rows: readonly MapRow[]): number =>
  xOf(Math.max(0, ...rows.map(({ depth }) => depth))) + margin;

export function drawLanes(lanes: RowLanes): SVGTemplateResult {
  const x = xOf(lanes.level);
  const middle = rowHeight / 2;
  return svg`${lanes.through.map(({ level, lit }) => line(`M${xOf(level)} 0V${rowHeight}`, lit))}
    ${lanes.down ? line(`M${x} ${middle}V${rowHeight}`, lanes.here) : ''}
    ${lanes.from ? line(bendTo(xOf(lanes.from.level), x, middle), lanes.from.lit, lanes.rewound) : ''}
    <circle
      class="map-dot ${lanes.here ? 'lit' : ''} ${lanes.rewound ? 'hollow' : ''}"
      cx=${x}
      cy=${middle}
      r="4.5"
    ></circle>`;
}

const xOf = (level: number): number => margin + step * Math.min(level, deepest);

const bendTo = (from: number, to: number, middle: number): string =>
  from === to
    ? `M${to} 0V${middle}`
    : `M${from} 0V${middle - bend}Q${from} ${middle} ${from + bend} ${middle}H${to}`;

const line = (path: string, lit: boolean, dashed = false): SVGTemplateResult =>
  svg`<path class="map-lane ${lit ? 'lit' : ''} ${dashed ? 'dashed' : ''}" d=${path}></path>`;
