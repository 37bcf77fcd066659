const { createServer } = require('node:http');
const { close, readMemory } = require('./read-memory.cjs');

const server = createServer(async (request, response) => {
  try {
    const memory = await readMemory(Number(request.url.slice('/memories/'.length)));
    const body = JSON.stringify(memory);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  } catch (error) {
    response.writeHead(500, { 'content-length': 0 }).end();
    console.error(error);
  }
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('SIGTERM', () => server.close(close));
