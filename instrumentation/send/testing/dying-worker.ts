import { subscribe } from 'node:diagnostics_channel';

/* The thread of the last try, which dies when it makes its second request: the first one was answered then. */

let requests = 0;
subscribe('http.client.request.created', () => {
  if (++requests === 2) process.exit(1);
});
await import('../worker.ts');
