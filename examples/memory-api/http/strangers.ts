import { validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../errors.ts';

export interface Acquaintances {
  /** Names (without port) by which this service may be called. */
  allowedHostnames: readonly string[];
  /** Names (without scheme and port) of the web pages that may call it. */
  allowedOriginHostnames: readonly string[];
}

/** A request came by a name, or from a web page, that is not known here. */
export class StrangerError extends ServiceError {
  override name = 'StrangerError';
  constructor(header: 'host' | 'origin') {
    super({
      code: `${header.toUpperCase()}_NOT_ALLOWED`,
      category: 'authorization',
      severity: 'medium',
      message: `the header "${header}" names a host that is not allowed here`,
      userMessage: 'This page may not use the service.',
    });
  }
}

/**
 * Against DNS rebinding: a web page that makes its own name point here could otherwise talk to this service with
 * the browser of somebody who may (MCP specification, "Transports", security warning).
 *
 * The hook throws StrangerError.
 */
export function refuseStrangers({ allowedHostnames, allowedOriginHostnames }: Acquaintances) {
  const [hostnames, origins] = [[...allowedHostnames], [...allowedOriginHostnames]];
  return async ({ headers }: FastifyRequest): Promise<void> => {
    if (!validateHostHeader(headers.host, hostnames).ok) throw new StrangerError('host');
    if (!validateOriginHeader(headers.origin, origins).ok) throw new StrangerError('origin');
  };
}
