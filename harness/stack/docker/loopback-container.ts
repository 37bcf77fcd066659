import { type ContainerRuntimeClient, GenericContainer, type StartedTestContainer } from 'testcontainers';
import type { LogFile } from './log-file.ts';

/**
 * A container whose ports are published on 127.0.0.1 alone (Testcontainers would publish them on every address of
 * the machine), that notices its own end while it starts, and that is removed with its log kept.
 */
export class LoopbackContainer extends GenericContainer {
  /** Rejects when the container ends although nobody removed it. */
  readonly ended: Promise<never>;
  readonly #end: (error: Error) => void;
  readonly #client: ContainerRuntimeClient;
  readonly #log: LogFile;
  readonly #removed = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  #isBeingCreated = false;
  #id: string | undefined;
  #removal: Promise<void> | undefined;

  constructor(image: string, ports: readonly number[], log: LogFile, client: ContainerRuntimeClient) {
    super(image);
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.ended = promise;
    this.#end = reject;
    this.#log = log;
    this.#client = client;
    this.withExposedPorts(...ports);
    this.hostConfig.PortBindings = Object.fromEntries(
      ports.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '0' }]]),
    );
    // No Ryuk: its image may not be to be had, and our own watchdog does its work.
    this.withAutoCleanup(false);
    this.withLogConsumer((stream) => log.follow(stream as Parameters<LogFile['follow']>[0]));
  }

  get wasCreated(): boolean {
    return this.#id !== undefined;
  }

  override start(): Promise<StartedTestContainer> {
    return super.start().finally(() => this.#settled.resolve());
  }

  protected override async beforeContainerCreated(): Promise<void> {
    this.#removed.signal.throwIfAborted();
    this.#isBeingCreated = true;
  }

  /** The last moment before it starts: it may have been given up while the engine was making it. */
  protected override async containerCreated(id: string): Promise<void> {
    this.#id = id;
    if (this.#removed.signal.aborted) await this.#remove();
    this.#removed.signal.throwIfAborted();
    this.#container
      .wait({ condition: 'next-exit', abortSignal: this.#removed.signal })
      .then(({ StatusCode }) => this.#end(new Error(`ended with exit code ${StatusCode}`)))
      .catch(() => undefined);
  }

  /** Kills and removes it with its anonymous volumes; doing it twice does no harm. */
  remove(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<void> {
    this.#removed.abort(new Error('was given up'));
    if (!this.#id && this.#isBeingCreated) await this.#settled.promise;
    if (!this.#id) return;
    await this.#container.kill().catch(onlyIf(404, 409));
    if (!this.#log.isFollowing) this.#log.follow(await this.#client.container.logs(this.#container));
    await this.#log.finished();
    await this.#container.remove({ force: true, v: true }).catch(onlyIf(404, 409));
  }

  get #container() {
    return this.#client.container.getById(this.#id!);
  }
}

/** 404: it is gone already. 409: it does not run, or somebody is removing it right now. */
function onlyIf(...statuses: number[]): (error: { statusCode?: number }) => void {
  return (error) => {
    if (!statuses.includes(error.statusCode ?? 0)) throw error;
  };
}
