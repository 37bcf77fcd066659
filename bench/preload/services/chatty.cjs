const { createServer } = require('node:http');
const { close, log, readMemory } = require('./read-memory.cjs');

// Three requests make ten lines: 1,000 lines/s at 300 requests/s.
const moreLines = [2, 2, 3];
let requests = 0;

const server = createServer(async (request, response) => {
  if (request.url === '/heap') return send(response, 200, heap());
  const memory = await readMemory(Number(request.url.slice('/memories/'.length)));
  for (let left = moreLines[requests++ % 3]; left > 0; left--) log.info({ left }, 'and more about it');
  send(response, 200, memory);
});

/** What is alive, which a heap between two collections does not show. */
function heap() {
  globalThis.gc();
  return { usedBytes: process.memoryUsage().heapUsed };
}

function send(response, status, value) {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('SIGTERM', () => server.close(close));
