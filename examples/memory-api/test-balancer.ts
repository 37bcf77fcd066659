import { once } from 'node:events';
import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** In front of several services: each request goes to the next of them, once; what fails is not tried again. */
export interface TestBalancer extends AsyncDisposable {
  readonly url: string;
  add(serviceUrl: string): void;
  /** Gets no new request; what it has it may finish. */
  remove(serviceUrl: string): void;
}

export async function startBalancer(): Promise<TestBalancer> {
  const services: { url: string; agent: Agent }[] = [];
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    turn += 1;
    const { url, agent } = services[turn % services.length]!;
    const { method, headers } = incoming;
    const passed = send(url + incoming.url, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] });
      answer.pipe(outgoing);
    });
    passed.on('error', (error) => {
      outgoing.writeHead(502).end(JSON.stringify({ balancer: `${url} ${error.message}` }));
    });
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void services.push({ url, agent: new Agent({ keepAlive: true }) }),
    remove: (url) => {
      const at = services.findIndex((service) => service.url === url);
      services.splice(at, 1);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const { agent } of services) agent.destroy();
      await closed;
    },
  };
}
