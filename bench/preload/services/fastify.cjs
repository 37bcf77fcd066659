const fastify = require('fastify');
const { close, readMemory } = require('./read-memory.cjs');

const app = fastify();
app.get('/memories/:id', (request) => readMemory(Number(request.params.id)));

app.listen({ port: 0, host: '127.0.0.1' }).then(() => process.send({ port: app.server.address().port }));
process.once('SIGTERM', () => app.close().then(close));
