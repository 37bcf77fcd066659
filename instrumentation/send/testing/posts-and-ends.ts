import { Poster } from '../post.ts';

/*
 * Posts to a host with two addresses, of which nobody listens at the first, and has nothing else to do:
 * `node posts-and-ends.ts <port>`.
 */
const poster = new Poster({
  url: `http://two-addresses.test:${process.argv[2]}/`,
  headers: {},
  timeoutMs: 300_000,
  restOfAnswerMs: 500,
  stallMs: 5000,
  mostConnections: 1,
  lookup: (_name, _options, callback) =>
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]),
});
void poster.post(Buffer.from('some'), {}, (sent) => sent.once('finish', () => process.stdout.write('sent')));
