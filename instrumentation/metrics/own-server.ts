/** On a server of our own, whose requests are not the service's. */
export const ownServer = Symbol('ordeal.server');
