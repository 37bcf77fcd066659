/** Of this package; a test holds it against package.json, which is not read while a service starts. */
export const preloadVersion = '0.1.0';
