/*
 * `import` of a part of Node reads every export it has, and with them loads what Node itself loads only when it is asked
 * for: `node:fs` costs 7 ms and 2 MB that way, `node:http` brings undici, http2 and zlib. This does not.
 */
export const fs = process.getBuiltinModule('node:fs');
export const net = process.getBuiltinModule('node:net');
export const os = process.getBuiltinModule('node:os');
export const perfHooks = process.getBuiltinModule('node:perf_hooks');
