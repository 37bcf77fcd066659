import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** The newest revision of the protocol, and the ones before it, which begin with a handshake. */
export const revisions = ['2026-07-28', 'with a handshake'] as const;
export type Revision = (typeof revisions)[number];

/** What a tool answered, its text read. */
export interface ToolAnswer {
  failed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  text: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  structured: any;
}

/** A client of the SDK, connected. */
export interface TestClient extends AsyncDisposable {
  readonly client: Client;
  call(name: string, given: Record<string, unknown>): Promise<ToolAnswer>;
}

export function connectHttp(
  origin: string,
  headers: Record<string, string>,
  revision: Revision = '2026-07-28',
): Promise<TestClient> {
  const url = new URL('/mcp', origin);
  return connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }), revision);
}

export interface StdioClient extends TestClient {
  /** What the process has logged until now. */
  log(): string;
  readonly pid: number;
}

/** Starts the process as a client of MCP would. */
export async function connectStdio(
  env: Record<string, string>,
  args: readonly string[] = [],
  revision: Revision = '2026-07-28',
): Promise<StdioClient> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(import.meta.dirname, 'stdio.ts'), ...args],
    env,
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk) => (log += chunk));
  const connected = await connect(transport, revision);
  return { ...connected, log: () => log, pid: transport.pid! };
}

async function connect(transport: Transport, revision: Revision): Promise<TestClient> {
  const mode = revision === '2026-07-28' ? { pin: revision } : ('legacy' as const);
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return {
    client,
    async call(name, given) {
      const result = await client.callTool({ name, arguments: given });
      const [content] = result.content;
      if (content?.type !== 'text') throw new Error(`expected a text, got ${JSON.stringify(result)}`);
      return {
        failed: result.isError === true,
        text: JSON.parse(content.text),
        structured: result.structuredContent,
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
