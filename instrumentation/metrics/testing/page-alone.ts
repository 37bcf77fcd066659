import { once } from 'node:events';
import { connect } from 'node:net';
import { ownScope } from '../catalogue.ts';
import { servePage } from '../prometheus-page.ts';
import { watchRuntime } from '../runtime.ts';
import { sampleRegistry, sampleText } from './sample.ts';

/** A process with a page, somebody connected to it, and what Node tells; it has nothing to do, and ends. */
const registry = sampleRegistry();
const own = registry.scope(ownScope, '0.1.0');
watchRuntime(own);
const server = servePage({
  host: '127.0.0.1',
  port: 0,
  registry,
  text: sampleText(registry),
  tell(text) {
    throw new Error(text);
  },
});
server.ref();
await once(server, 'listening');
const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
socket.unref();
server.unref();
process.stdout.write('connected\n');
