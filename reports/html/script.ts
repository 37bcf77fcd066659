/**
 * The little that needs a script: a cursor over the charts whose values stand in the legends, a copy button,
 * and opening the trace that a link points to. Without it the page shows the same facts.
 */
export const script = `
const timeline = document.getElementById('timeline');
if (timeline !== null) {
  const readings = JSON.parse(document.getElementById('readings').textContent);
  const plot = timeline.querySelector('.bands');
  const cursor = timeline.querySelector('.cursor');
  const outputs = [...timeline.querySelectorAll('output')];
  timeline.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const bucket = Math.floor((share * readings.spanS) / readings.bucketS);
    if (share < 0 || share > 1) return leave();
    cursor.hidden = false;
    cursor.style.left = share * 100 + '%';
    cursor.dataset.at = (readings.fromS + share * readings.spanS).toFixed(1) + ' s';
    for (const it of outputs) it.value = readings.series[it.dataset.series]?.[bucket] ?? '–';
  });
  timeline.addEventListener('pointerleave', leave);
  function leave() {
    cursor.hidden = true;
    for (const it of outputs) it.value = '';
  }
}
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('code').textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}
function reveal() {
  const it = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (it instanceof HTMLDetailsElement) { it.open = true; it.scrollIntoView(); }
}
addEventListener('hashchange', reveal);
reveal();
`;
