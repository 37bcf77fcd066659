/**
 * The style sheet. Colours are custom properties, once for light and once for dark; text colours have a contrast
 * of at least 4.5:1 on their ground (WCAG 2.2 AA), lines at least 3:1.
 */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfc; --panel: #ffffff; --sunk: #f4f4f6; --edge: #e4e4e9; --grid: #ececf0;
  --ink: #17181c; --soft: #5c5f6a;
  --met: #157347; --met-tint: #e7f5ed; --violated: #c02b37; --violated-tint: #fdecee; --inconclusive: #8a5a00; --inconclusive-tint: #fdf3dc;
  --p50: #0f8a8a; --p95: #5b4bd6; --p99: #c2570c; --rate: #3470c8; --errors: #c02b37; --hits: #157347;
  --fault: #c2570c; --link: #3d4fd0;
  --axis: 52px; --mono: ui-monospace, 'SF Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0b0c0e; --panel: #131418; --sunk: #1a1b20; --edge: #282a31; --grid: #212329;
    --ink: #ecedf1; --soft: #9a9daa;
    --met: #4cc38a; --met-tint: #10281d; --violated: #ff7b84; --violated-tint: #321417; --inconclusive: #f0b849; --inconclusive-tint: #2c210c;
    --p50: #3fc1c1; --p95: #a093ff; --p99: #ff9a52; --rate: #6ea8ff; --errors: #ff7b84; --hits: #4cc38a;
    --fault: #ff9a52; --link: #9aa8ff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; -webkit-font-smoothing: antialiased; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 32px 64px; }
h1, h2, h3, p, dl, dd, ol, ul, figure { margin: 0; padding: 0; }
h1 { font-size: 15px; font-weight: 500; color: var(--soft); overflow-wrap: anywhere; }
h2 { font-size: 16px; font-weight: 600; letter-spacing: -.01em; margin-bottom: 12px; }
h3 { font-size: 13px; font-weight: 600; }
section { margin-top: 44px; }
a { color: var(--link); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code, pre, time { font-family: var(--mono); font-size: 12.5px; }
pre { margin: 0; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.quiet, .lead, .empty { color: var(--soft); }
.lead { margin: -8px 0 12px; }

.brand { font-weight: 600; letter-spacing: -.01em; margin-bottom: 28px; }
.brand span { color: var(--soft); font-weight: 400; margin-left: 4px; }
.outcome { display: flex; align-items: center; gap: 18px; }
.sign { flex: none; display: grid; place-items: center; width: 60px; height: 60px; border-radius: 18px; font-size: 30px; font-weight: 700; line-height: 1; color: var(--tone); background: var(--tint); border: 1px solid color-mix(in srgb, var(--tone) 28%, transparent); }
.word { font-size: 34px; line-height: 1.1; font-weight: 650; letter-spacing: -.025em; color: var(--tone); }
.word::first-letter { text-transform: uppercase; }
.about { margin-top: 18px; max-width: 72ch; font-size: 15px; text-wrap: pretty; }
.tally { margin-top: 6px; color: var(--soft); }
.tally span::before { content: '·'; margin: 0 6px 0 2px; }
.met { --tone: var(--met); --tint: var(--met-tint); }
.violated { --tone: var(--violated); --tint: var(--violated-tint); }
.inconclusive { --tone: var(--inconclusive); --tint: var(--inconclusive-tint); }

.notice { margin-top: 16px; padding: 12px 16px; border-radius: 10px; border: 1px solid color-mix(in srgb, var(--tone) 30%, transparent); background: var(--tint); overflow-wrap: anywhere; }
.notice strong { color: var(--tone); font-weight: 600; }
.notice.bad { --tone: var(--violated); --tint: var(--violated-tint); }
.notice.doubt { --tone: var(--inconclusive); --tint: var(--inconclusive-tint); }
.notice ul { padding-left: 18px; }
.notice pre { margin-top: 8px; max-height: 240px; overflow-y: auto; }

.facts { margin-top: 28px; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 18px 24px; padding: 20px 24px; background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { overflow-wrap: anywhere; }
.facts div:nth-last-child(-n+2) { grid-column: span 2; }

table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; }
.judgements { background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; border-spacing: 0; border-collapse: separate; overflow: hidden; }
.judgements thead th, .plain thead th { color: var(--soft); font-size: 12px; padding: 10px 16px; background: var(--sunk); white-space: nowrap; }
.judgements thead :is(.c2, .c3, .c4, .c6), .plain thead .number { text-align: right; }
.judgements td { padding: 7px 16px; vertical-align: middle; }
.judgements .claim th { padding: 14px 16px 5px; font-weight: 600; border-top: 1px solid var(--edge); overflow-wrap: anywhere; }
.judgements tbody tr:last-child td { padding-bottom: 14px; }
.judgements .c3 { color: var(--soft); }
.judgements .c5 { width: 22%; min-width: 120px; }
.judgements .because td { padding-top: 0; color: var(--tone); overflow-wrap: anywhere; }
.pill { display: inline-block; padding: 1px 9px 1px 7px; border-radius: 99px; font-size: 12.5px; font-weight: 500; color: var(--tone); background: var(--tint); white-space: nowrap; }
.gauge { display: block; width: 100%; height: 16px; overflow: visible; }
.gauge .track { fill: var(--sunk); }
.gauge .good { fill: var(--edge); }
.gauge .range { fill: var(--tone); opacity: .45; }
.gauge circle { fill: var(--tone); stroke: var(--panel); stroke-width: 1.5; }
.gauge .bound { stroke: var(--soft); stroke-width: 1.5; }

.timeline { position: relative; padding: 18px 28px 14px 8px; background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; touch-action: pan-y; }
.plot { display: grid; grid-template-columns: var(--axis) minmax(0, 1fr); }
.bands { position: absolute; top: 46px; bottom: 46px; left: calc(8px + var(--axis)); right: 28px; pointer-events: none; }
.bands .mark { position: absolute; top: -6px; bottom: 0; border-left: 1px dashed color-mix(in srgb, var(--soft) 55%, transparent); }
.fault-band { position: absolute; top: 0; bottom: 0; background: color-mix(in srgb, var(--fault) 9%, transparent); border: solid color-mix(in srgb, var(--fault) 60%, transparent); border-width: 0 1px; print-color-adjust: exact; }
.fault-band span { position: absolute; padding: 0 7px; font-size: 11.5px; line-height: 20px; font-weight: 600; color: var(--fault); white-space: nowrap; pointer-events: auto; }
.fault-band .grows-right { left: 0; }
.fault-band .grows-left { right: 0; }
.fault-room { height: calc(var(--faults) * 22px); }
.cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--ink); }
.cursor::after { content: attr(data-at); position: absolute; bottom: -19px; transform: translateX(-50%); padding: 0 6px; border-radius: 4px; background: var(--ink); color: var(--ground); font: 500 11px/18px var(--mono); white-space: nowrap; }
.lane { position: relative; height: 24px; border-radius: 6px; background: repeating-linear-gradient(135deg, var(--sunk) 0 4px, transparent 4px 8px); print-color-adjust: exact; }
.segment { position: absolute; inset-block: 0; min-width: 2px; container-type: inline-size; overflow: hidden; font-size: 11.5px; line-height: 24px; }
.segment em { font-style: normal; }
.segment span { display: block; padding: 0 7px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.phases { background: none; }
.phases .segment { color: var(--soft); background: var(--sunk); border-radius: 5px; border: solid var(--panel); border-width: 0 1px; }
.phases .segment.fault { color: var(--fault); }
@container (max-width: 66px) { .segment em { display: none; } }
@container (max-width: 44px) { .phases .segment span { visibility: hidden; } }
@container (max-width: 22px) { .segment span { visibility: hidden; } }
.chart { margin-top: 14px; }
.chart figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 16px; padding-left: var(--axis); margin-bottom: 6px; min-height: 20px; }
.chart .summary { margin-left: auto; color: var(--soft); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.key { display: inline-flex; align-items: center; gap: 6px; color: var(--soft); font-size: 12px; }
.key path { fill: none; stroke: var(--line); stroke-width: 2; stroke-dasharray: var(--dash, none); }
.key output { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.key output:empty { display: none; }
.canvas, .y { display: block; width: 100%; height: 96px; overflow: visible; }
[data-testid='chart-latency'] :is(.canvas, .y) { height: 168px; }
.timeline text { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.timeline text.none { font-size: 12.5px; }
.grid { stroke: var(--grid); shape-rendering: crispEdges; }
line.limit { stroke: var(--soft); stroke-dasharray: 5 4; }
.timeline text.limit { fill: var(--soft); paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
.line { fill: none; stroke: var(--line); stroke-width: 1.75; stroke-dasharray: var(--dash, none); stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.fill { fill: var(--line); opacity: .13; }
.p50 { --line: var(--p50); } .p95 { --line: var(--p95); } .p99 { --line: var(--p99); --dash: 3 4; }
.rate { --line: var(--rate); } .errors { --line: var(--errors); } .hits { --line: var(--hits); }
.state b { color: var(--tone); }
.closed { --tone: var(--met); --tint: var(--met-tint); }
.open { --tone: var(--violated); --tint: var(--violated-tint); }
.half-open { --tone: var(--inconclusive); --tint: var(--inconclusive-tint); }
.breaker .segment { color: var(--tone); background: var(--tint); box-shadow: inset 0 -2px 0 var(--tone); font-weight: 500; }
.breaker .segment.half-open { background: var(--tone); color: var(--panel); z-index: 1; }
.time { margin-top: 8px; }
.x { display: block; width: 100%; height: 38px; overflow: visible; }

.spaced { margin-top: 12px; }
.scroll { overflow-x: auto; border: 1px solid var(--edge); border-radius: 12px; background: var(--panel); }
.plain tbody :is(td, th) { padding: 8px 16px; border-top: 1px solid var(--edge); white-space: nowrap; }
.plain .seen { white-space: normal; min-width: 190px; }
.trace { background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; padding: 0 16px; scroll-margin-top: 16px; }
.trace + .trace { margin-top: 8px; }
.trace summary { padding: 12px 0; cursor: pointer; display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; }
.trace summary::before { content: '›'; color: var(--soft); transition: rotate .15s; }
.trace[open] summary::before { rotate: 90deg; }
.trace summary .number { margin-left: auto; font-weight: 600; }
.trace summary::-webkit-details-marker { display: none; }
.ids { padding-bottom: 10px; color: var(--soft); overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 4px 16px; }
.waterfall { list-style: none; padding-bottom: 12px; }
.waterfall li { display: grid; grid-template-columns: minmax(0, 38%) minmax(0, 1fr) 76px; gap: 12px; align-items: center; padding: 5px 0; border-top: 1px solid var(--grid); }
.waterfall .name { padding-left: calc(var(--depth) * 14px); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.waterfall small { color: var(--soft); font: 11.5px var(--mono); }
.waterfall .name b { color: var(--violated); }
.bar { position: relative; height: 10px; border-radius: 3px; background: var(--sunk); }
.bar i { position: absolute; inset-block: 0; min-width: 2px; border-radius: 3px; background: var(--rate); print-color-adjust: exact; }
.waterfall .server i { background: var(--p95); }
.waterfall .internal i { background: var(--soft); }
.waterfall .error i { background: var(--violated); }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; }
.tile { padding: 14px 16px; background: var(--panel); border: 1px solid var(--edge); border-radius: 12px; }
.tile h3 { margin-bottom: 6px; }
.tile dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; padding: 2px 0; }
.tile dt { color: var(--soft); overflow-wrap: break-word; min-width: 0; }
.tile dd { margin-left: auto; }
.steps { list-style: none; }
.steps li { position: relative; display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: 26px; padding: 3px 0; overflow-wrap: anywhere; }
.steps time { text-align: right; color: var(--soft); line-height: 21px; }
.steps li::before { content: ''; position: absolute; left: 74px; top: 10px; width: 7px; height: 7px; border-radius: 50%; background: var(--soft); }
.steps li:not(:last-child)::after { content: ''; position: absolute; left: 77px; top: 21px; bottom: -6px; border-left: 1px solid var(--edge); }
.replay { position: relative; padding: 14px 88px 14px 16px; background: var(--sunk); border: 1px solid var(--edge); border-radius: 12px; }
.replay pre { white-space: pre; }
.replay button { position: absolute; top: 8px; right: 8px; padding: 4px 12px; font: inherit; font-size: 12.5px; color: var(--ink); background: var(--panel); border: 1px solid var(--edge); border-radius: 7px; cursor: pointer; }
.replay button:hover { border-color: var(--soft); }

@media (max-width: 900px) {
  :root { --axis: 44px; }
  main { padding: 24px 16px 48px; }
  section { margin-top: 36px; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); padding: 16px; gap: 14px 16px; }
  .judgements thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .judgements, .judgements tbody { display: block; }
  .judgements tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; padding: 8px 14px; align-items: center; }
  .judgements :is(td, .claim th) { padding: 0 !important; border: 0 !important; }
  .judgements .claim { border-top: 1px solid var(--edge); padding: 12px 14px 2px; }
  .judgements .c0 { order: 1; } .judgements .c1 { order: 2; text-align: right; color: var(--soft); }
  .judgements .c2 { order: 3; text-align: left; font-weight: 600; } .judgements .c4 { order: 4; }
  .judgements .c3 { order: 5; text-align: left; grid-column: 1; } .judgements .c6 { order: 6; grid-column: 2; color: var(--soft); } .judgements .c6::before { content: 'n = '; }
  .judgements .c5 { order: 7; grid-column: 1 / -1; width: auto; } .judgements .c5:empty { display: none; }
  .judgements .because { display: block; padding-top: 0; }
  .timeline { padding: 14px 14px 10px 4px; }
  .bands { top: 42px; bottom: 42px; left: calc(4px + var(--axis)); right: 14px; }
  .chart figcaption { padding-left: 10px; gap: 2px 10px; }
  .x .odd { display: none; }
  .waterfall li { grid-template-columns: minmax(0, 1fr) 70px; gap: 2px 8px; }
  .waterfall .name { grid-column: 1 / -1; }
  .steps li { grid-template-columns: 52px minmax(0, 1fr); } .steps li::before { left: 62px; } .steps li::after { left: 65px !important; }
  .plain :is(thead, tbody) :is(td, th) { padding-inline: 12px; }
}
@media print {
  :root { --ground: #fff; --panel: #fff; }
  main { max-width: none; padding: 0; }
  section, .chart, .trace, tbody, .tile { break-inside: avoid; }
  section { margin-top: 24px; }
  .trace::details-content { content-visibility: visible; display: block; }
  .replay button { display: none; }
  .timeline { break-inside: avoid; }
}
`;
