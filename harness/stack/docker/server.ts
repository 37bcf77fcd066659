import type { Service } from '../service.ts';

/** A server in a container: what is particular about the images of PostgreSQL, Redis, Jaeger. */
export interface Server {
  readonly kind: Service['kind'];
  /** For a person: `PostgreSQL`. */
  readonly title: string;
  /** The port inside the container that clients connect to. */
  readonly port: number;
  /** Further ports inside the container, by purpose. */
  readonly furtherPorts?: Readonly<Record<string, number>>;
  readonly env: Readonly<Record<string, string>>;
  /** The container's command; without, that of the image. */
  readonly command?: readonly string[];
  /** Resolves with its version once it can serve; throws while it cannot. Gives up on its own within a second. */
  probe(published: Published): Promise<string>;
}

/** The same ports as they are reached at 127.0.0.1. */
export interface Published {
  readonly port: number;
  readonly ports: Readonly<Record<string, number>>;
}
