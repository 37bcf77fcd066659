/** What the page has beyond the style of the report of a run. */
export const style = `
.facts div:nth-last-child(-n+2) { grid-column: auto; }
.pairs { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 24px; }
.pairs .wide { grid-column: 1 / -1; }
.timeline { padding-bottom: 6px; }
.plain tbody th { overflow-wrap: anywhere; white-space: normal; min-width: 130px; }
.plain tbody th:has(.pill) { min-width: 0; white-space: nowrap; }
.plain tbody td:not(.number) { white-space: normal; min-width: 112px; }
.breaker-open { --tone: var(--rate); }
.when { margin-top: 10px; }
.when figcaption { padding-left: var(--axis); margin-bottom: 3px; color: var(--soft); font-size: 12px; }
.when .lane { height: 14px; background: var(--sunk); }
.when i { position: absolute; inset-block: 0; min-width: 3px; border-radius: 4px; background: var(--tone); print-color-adjust: exact; }
@media (max-width: 900px) {
  .pairs { grid-template-columns: minmax(0, 1fr); }
  :root { --axis: 54px; }
  .plain { font-size: 12.5px; }
  .plain :is(thead, tbody) :is(td, th) { padding-inline: 6px; }
  .plain tbody th { min-width: 96px; }
  .plain tbody td:not(.number) { min-width: 84px; }
}
`;
