/** The report's look: on a screen in light and dark, and on paper. */
export const style = `
:root { color-scheme: light dark;
  --page: light-dark(#fff, #101516); --line: light-dark(#d5dddd, #2e3a3c); --text: light-dark(#142022, #e6eded);
  --quiet: light-dark(#526164, #9fb0b2); --soft: light-dark(#eef3f3, #1a2426); --bad: light-dark(#b3261e, #ff9c92);
  --series-0: light-dark(#0b6e6e, #5ec9c4); --series-1: light-dark(#b4540a, #ffab5e); --series-2: light-dark(#6b3fa0, #c3a1f0);
  --series-3: light-dark(#a3215e, #ff8fbd); --series-4: light-dark(#2659b5, #8db8ff); --series-5: light-dark(#4d6b14, #b3d66a);
  --series-6: light-dark(#7a5200, #e8c25a); --series-7: light-dark(#54606b, #b5c3cf);
  font: 15px/1.45 system-ui, sans-serif; background: var(--page); color: var(--text); }
body { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3, td, dd { overflow-wrap: anywhere; }
h2 { margin-top: 2rem; border-bottom: 1px solid var(--line); }
.quiet { color: var(--quiet); }
.bad { color: var(--bad); font-weight: 600; }
code, pre { font: 0.87em/1.5 ui-monospace, monospace; }
pre { overflow: auto; background: var(--soft); padding: 0.75rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; }
.plot { display: block; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; list-style: none; padding: 0; margin: 0.2rem 0; font-size: 0.87em; }
.legend li { overflow-wrap: anywhere; }
.legend li::before { content: ""; display: inline-block; width: 1.4rem; border-top: 3px solid; margin-right: 0.4rem; vertical-align: middle; }
.legend .dashed::before { border-top-style: dashed; }
${Array.from({ length: 8 }, (_, index) => `.legend .series-${index}::before { border-color: var(--series-${index}); }`).join("\n")}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.87em; }
th, td { text-align: left; padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { white-space: nowrap; }
td { min-width: 5rem; }
td.number { min-width: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
summary { cursor: pointer; padding: 0.3rem 0; }
:focus-visible { outline: 2px solid var(--series-0); outline-offset: 2px; }
@media print {
  :root { color-scheme: light; font-size: 11px; }
  body { padding: 0; max-width: none; }
  .scroll, pre { overflow: visible; white-space: pre-wrap; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
