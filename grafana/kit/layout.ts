import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';

/** Panels side by side, over the whole width. */
export interface Row {
  /** In units of the grid, about 38 pixels. */
  height: number;
  panels: readonly Builder<Panel>[];
}

export function row(height: number, ...panels: Builder<Panel>[]): Row {
  return { height, panels };
}

/** Columns of the grid. */
const gridWidth = 24;

/** The panels in their places, numbered from 1, their queries by letters, each with the data source of its queries. */
export function layOut(rows: readonly Row[]): Panel[] {
  let y = 0;
  let id = 0;
  return rows.flatMap(({ height: h, panels }) => {
    let x = 0;
    const placed = panels.map((builder, at) => {
      const w = widthOf(at, panels.length);
      const panel = completed(builder.build(), ++id, { x, y, w, h });
      x += w;
      return panel;
    });
    y += h;
    return placed;
  });
}

/** What cannot be shared evenly goes to the first ones. */
function widthOf(at: number, count: number): number {
  return Math.floor(gridWidth / count) + (at < gridWidth % count ? 1 : 0);
}

function completed(panel: Panel, id: number, gridPos: NonNullable<Panel['gridPos']>): Panel {
  const targets = panel.targets?.map((target, at) => ({ ...target, refId: 'ABCDEFGH'[at]! }));
  const datasource = (targets?.[0] as { datasource?: Panel['datasource'] } | undefined)?.datasource;
  return { ...panel, id, gridPos, ...(targets && { targets }), ...(datasource && { datasource }) };
}
